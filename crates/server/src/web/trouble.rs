//! What went wrong, as a page in the visitor's language; the same problems as `problem.rs` gives the API.

use super::locale::Locale;
use super::page::{self, Page};
use super::problem::Problem;
use crate::app::{App, Failure};
use askama::Template;
use axum::extract::{Request, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use casework::Refusal;
use casework::refusal::RefusalClass;
use std::sync::{Arc, Mutex};

/// A problem on its way to a page.
#[derive(Debug)]
pub(crate) struct Trouble(pub(crate) Problem);

impl<T: Into<Problem>> From<T> for Trouble {
    fn from(problem: T) -> Self {
        Trouble(problem.into())
    }
}

/// Carries the problem from the handler to `dress`, which knows the language.
#[derive(Clone)]
struct Carried(Arc<Mutex<Option<Problem>>>);

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let mut response = self.0.status().into_response();
        response.extensions_mut().insert(Carried(Arc::new(Mutex::new(Some(self.0)))));
        response
    }
}

#[derive(Template)]
#[template(path = "trouble.html")]
struct TroublePage {
    page: Page,
    lead: String,
    advice: String,
    staff: bool,
}

/// Refuses changes that come from elsewhere (SESS-2), and turns every trouble into a page.
pub(crate) async fn dress(State(app): State<Arc<App>>, page: Page, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let staff = path.starts_with("/staff");
    let asked = request.method() == Method::GET;
    if request.method() == Method::POST && !super::cookie::is_same_origin(request.headers()) {
        return render(&page, &Problem::Elsewhere, staff);
    }
    let mut response = next.run(request).await;
    let carried = response.extensions_mut().remove::<Carried>();
    // Whoever showed anew that it is they has another session by now, also where what they wanted failed (SESS-1).
    let cookies: Vec<HeaderValue> = response.headers().get_all(SET_COOKIE).iter().cloned().collect();
    drop(app);
    let mut told =
        match carried.and_then(|carried| carried.0.lock().ok().and_then(|mut problem| problem.take())) {
            Some(Problem::LogIn) if staff => page::see_other("/staff/login", []),
            // The passphrase is asked for, and then the page comes that was asked for.
            Some(Problem::Failure(Failure::Sealed)) if staff && asked => {
                page::see_other(&format!("/staff/sealed?to={path}"), [])
            }
            Some(Problem::OldPassword) if staff => page::see_other(super::desk::account::own::PASSWORD, []),
            Some(problem) => render(&page, &problem, staff),
            None => {
                return match super::problem::of_framework(&response) {
                    Some(problem) => render(&page, &problem, staff),
                    None => response,
                };
            }
        };
    for cookie in cookies {
        told.headers_mut().append(SET_COOKIE, cookie);
    }
    told
}

fn render(page: &Page, problem: &Problem, staff: bool) -> Response {
    let locale = page.locale;
    let (name, lead, advice) = match problem {
        Problem::Invalid(faults) => {
            let lines: Vec<String> = faults.iter().map(|fault| fault.words(locale).to_owned()).collect();
            ("invalid", lines.join(" "), locale.say("trouble-invalid-advice"))
        }
        Problem::LogIn => ("login", String::new(), locale.say("trouble-login-advice")),
        Problem::OldPassword => ("login", String::new(), locale.say("password-old")),
        Problem::SecondFactor => ("login", String::new(), locale.say("trouble-login-advice")),
        Problem::Busy => ("tries", String::new(), locale.say("login-busy")),
        Problem::Later(seconds) => {
            ("tries", String::new(), locale.with("login-wait", &[("seconds", &seconds.to_string())]))
        }
        Problem::TooManyTries { after_s, .. } => {
            ("tries", tries(page, *after_s), locale.say("trouble-tries-advice"))
        }
        Problem::Work { .. } => ("crowded", String::new(), locale.say("trouble-crowded-advice")),
        Problem::Elsewhere => ("elsewhere", String::new(), locale.say("trouble-elsewhere-advice")),
        Problem::TooLarge => ("large", String::new(), locale.say("trouble-large-advice")),
        Problem::Unreadable(_) => ("unreadable", String::new(), locale.say("trouble-unreadable-advice")),
        Problem::Failure(Failure::Refused(refusal)) => {
            ("refused", refused(locale, refusal), locale.say("trouble-refused-advice"))
        }
        Problem::Failure(Failure::Absent) => ("absent", String::new(), locale.say("trouble-absent-advice")),
        Problem::Failure(Failure::Unfit(unfit)) => (
            "file",
            locale.say(&format!("trouble-file-{}", unfit.code().replace('_', "-"))),
            locale.say("trouble-file-advice"),
        ),
        Problem::Failure(Failure::Sealed) => {
            let who = if staff { "staff" } else { "petitioner" };
            ("sealed", String::new(), locale.say(&format!("trouble-sealed-{who}")))
        }
        Problem::Failure(Failure::NoRecipients) => {
            ("refused", locale.say("sealed-no-recipients"), locale.say("trouble-refused-advice"))
        }
        Problem::Failure(Failure::OnePerson) => {
            ("refused", locale.say("identity-one-person"), locale.say("trouble-refused-advice"))
        }
        Problem::Failure(Failure::Changed { .. } | Failure::TokenUsed) => {
            ("changed", String::new(), locale.say("trouble-changed-advice"))
        }
        Problem::Failure(Failure::Broken(error)) => {
            let incident = super::problem::incident(error);
            (
                "broken",
                locale.with("trouble-broken-lead", &[("incident", &incident)]),
                locale.say("trouble-broken-advice"),
            )
        }
    };
    let title = locale.say(&format!("trouble-{name}"));
    let template = TroublePage { page: page.clone().titled(title), lead, advice, staff };
    super::problem::retry_after(page::html(problem.status(), &template), problem.after_s())
}

/// When to try again, and how to file without this server (SPAM-4).
pub(crate) fn tries(page: &Page, after_s: u64) -> String {
    let (minutes, address, phone) =
        (after_s.div_ceil(60).to_string(), page.address.as_str(), page.phone.as_str());
    page.locale.with("trouble-tries-lead", &[("n", &minutes), ("address", address), ("phone", phone)])
}

/// The sentence of a refusal, with the article it follows.
pub(crate) fn refused(locale: Locale, refusal: &Refusal) -> String {
    let key = format!("refusal-{}", refusal.code().replace('_', "-"));
    let (day, number, basis) = match refusal {
        Refusal::Guard { day, number, basis, .. } => (*day, *number, basis.as_str()),
        Refusal::Subordinate { basis, .. } => (None, None, basis.as_str()),
        Refusal::InTheFuture { on } | Refusal::DatedBackWithoutReason { on } => (Some(*on), None, ""),
        Refusal::BeforeTheLastStep { since, .. } => (Some(*since), None, ""),
        Refusal::NotForYou { .. }
        | Refusal::NotAtThisStage { .. }
        | Refusal::Unknown { .. }
        | Refusal::DateOutOfRange
        | Refusal::ProcedureLacks { .. } => (None, None, ""),
    };
    let day = day.map(|day| locale.date(day)).unwrap_or_default();
    let number = number.map(|number| number.to_string()).unwrap_or_default();
    let who = if let Refusal::Subordinate { instead, .. } = refusal { instead.as_str() } else { "" };
    let sentence = locale.with(&key, &[("day", &day), ("number", &number), ("who", who)]);
    if basis.is_empty() {
        sentence
    } else {
        locale.with("refusal-with-basis", &[("sentence", &sentence), ("basis", &locale.article(basis))])
    }
}

/// What stands above a form that came back: the refusal, or that the case moved on.
pub(crate) fn sentence(locale: Locale, failure: &Failure) -> String {
    match failure {
        Failure::Refused(refusal) => refused(locale, refusal),
        Failure::Changed { .. } | Failure::TokenUsed => locale.say("form-changed"),
        Failure::OnePerson => locale.say("identity-one-person"),
        Failure::NoRecipients => locale.say("sealed-no-recipients"),
        Failure::Sealed => locale.say("trouble-sealed"),
        Failure::Unfit(unfit) => locale.say(&format!("trouble-file-{}", unfit.code().replace('_', "-"))),
        Failure::Absent | Failure::Broken(_) => String::new(),
    }
}

/// No such page.
pub(crate) async fn absent() -> Trouble {
    Trouble(Problem::Failure(Failure::Absent))
}

/// The status a refusal has on a page that shows the form again.
pub(crate) fn status_of(failure: &Failure) -> StatusCode {
    match failure {
        Failure::Changed { .. } | Failure::TokenUsed | Failure::OnePerson | Failure::NoRecipients => {
            StatusCode::CONFLICT
        }
        Failure::Refused(refusal) if refusal.class() == RefusalClass::State => StatusCode::CONFLICT,
        Failure::Sealed => StatusCode::FORBIDDEN,
        Failure::Refused(_) | Failure::Unfit(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Failure::Absent => StatusCode::NOT_FOUND,
        Failure::Broken(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
