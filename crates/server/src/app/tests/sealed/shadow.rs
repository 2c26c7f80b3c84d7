//! SEAL-2: an office with fifty sealed reports, and the same office before the first of them came. To everybody who is no
//! recipient every answer is the same, byte for byte, but for form tokens; the clock stands still meanwhile. One database
//! before and after, and not two: two would differ in every random reference.

use super::*;
use crate::web::routes::{API, Access, PAGES};
use axum::http::HeaderMap;

/// Ordinary matters that both offices have.
const ORDINARY: usize = 4;
const REPORTS: usize = 50;

/// What differs between two requests to one and the same office: instants of this moment, and tokens.
fn masked(body: &str) -> String {
    let mut masked = String::new();
    for part in body.split_inclusive(['"', '<', '>', ' ', '\n', '&']) {
        let core = part.trim_end_matches(['"', '<', '>', ' ', '\n', '&']);
        let is_token = core.len() >= 32 && core.chars().all(|c| c.is_ascii_hexdigit() || c == '.');
        masked.push_str(if is_token { "TOKEN" } else { core });
        masked.push_str(&part[core.len()..]);
    }
    masked
}

fn headers(of: &HeaderMap) -> Vec<String> {
    let shown = of.iter().filter(|(name, _)| *name != "date" && *name != "set-cookie");
    let mut lines: Vec<String> =
        shown.map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
    lines.sort();
    lines
}

/// Whoever looks at all matters, and who administers: the audit administrator is there already.
const MORE: [Role; 3] = [Role::Auditor, Role::SystemAdministrator, Role::SecurityAdministrator];

/// They come to the office, each with one role.
async fn with_more_people(office: &Office) {
    let mut new = (*office.app.directory()).clone();
    for (n, role) in (10..).zip(MORE) {
        let id = official_id(GOVERNMENT, n);
        let like = new.officials[&official_id(GOVERNMENT, 1)].clone();
        new.officials.insert(id, Official { id, name: format!("more {n}"), roles: [role].into(), ..like });
    }
    change(office, &new).await;
}

/// Everybody who is no recipient, by the cookie of a session; and somebody without one.
async fn everybody_else(office: &Office) -> Vec<String> {
    let mut sessions = vec![String::new()];
    let directory = office.app.directory();
    let others = directory.officials.values().filter(|official| !official.roles.contains(&Role::Recipient));
    let others: Vec<&Official> = others.collect();
    for role in Role::ALL.into_iter().filter(|role| *role != Role::Recipient) {
        let holds = |official: &&Official| official.roles.contains(&role);
        assert!(others.iter().any(holds), "nobody looks as {}", role.word());
    }
    for official in others {
        let login = format!("shadow-{}", official.id.0.simple());
        office.app.set_account(&login, official.id, "correct horse").await.unwrap();
        sessions.push(office.log_in(&login).await);
    }
    sessions
}

type Answer = (StatusCode, Vec<String>, String);

/// Where two answers part.
fn difference(one: &Answer, other: &Answer) -> String {
    let at = one.2.bytes().zip(other.2.bytes()).take_while(|(one, other)| one == other).count();
    let part = |answer: &Answer| {
        let bytes = answer.2.as_bytes();
        String::from_utf8_lossy(&bytes[at.saturating_sub(80).min(bytes.len())..(at + 200).min(bytes.len())])
            .into_owned()
    };
    format!("{} {:?}\n… {} …\nand {} {:?}\n… {} …", one.0, one.1, part(one), other.0, other.1, part(other))
}

async fn answer(office: &Office, path: &str, session: &str, api: bool) -> Answer {
    let mut request = Request::get(path);
    if api {
        request = request.header("authorization", format!("Bearer {session}"));
    } else {
        request = request.header("cookie", format!("__Host-huiyin-staff={session}"));
    }
    let request = request.body(Body::empty()).unwrap();
    let response = crate::web::router(office.app.clone()).oneshot(request).await.unwrap();
    let (status, heads) = (response.status(), headers(response.headers()));
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, heads, masked(&String::from_utf8_lossy(&bytes)))
}

/// A report as it may be by now: just filed, referred, read, accepted, or late since weeks.
async fn one_more(office: &Office, n: usize) -> String {
    let token = format!("report-{n}");
    let late = NewSubmission {
        channel: Channel::Letter,
        received_on: Some(date(2026, 3, 2)),
        dated_back: "邮局投递".to_owned(),
        ..report(&token)
    };
    match n % 5 {
        0 => filed(office, report(&token)).await.1,
        1 => {
            let (_, case_ref, _) = referred(office, &token).await;
            let reader = recipient(INTEGRITY, 1);
            as_recipient(office, (INTEGRITY, 1), office.app.visible(&reader, &case_ref)).await.unwrap();
            case_ref
        }
        2 => {
            let receipt = office.app.submit(&recipient(OFFICE, 0), late).await.unwrap();
            petition(office, receipt.petition).await.submission.unwrap().case_ref.to_string()
        }
        3 => {
            let (id, case_ref, _) = referred(office, &token).await;
            let accept =
                |_: &mut Contents| Act::AcceptReport(Handover { official: official_id(INTEGRITY, 1) });
            as_recipient(office, (INTEGRITY, 1), office.act(recipient(INTEGRITY, 1), id, accept))
                .await
                .unwrap();
            case_ref
        }
        _ => referred(office, &token).await.1,
    }
}

/// Every address that can be looked at, for every ordinary matter.
fn addresses_of(case_refs: &[String]) -> Vec<(String, bool)> {
    let mut all = Vec::new();
    let routes = API.iter().map(|route| ("/api/v1", route)).chain(PAGES.iter().map(|route| ("", route)));
    for (before, route) in routes.filter(|(_, route)| route.methods.contains(&"GET")) {
        // Assets are the same for all; the two others draw a new secret each time they are asked.
        let draws = ["/staff/account/factor", "/staff/account/passkeys/new"];
        if route.path.starts_with("/assets") || draws.contains(&route.path) {
            continue;
        }
        let api = !before.is_empty();
        let known = ["index", "verb", "step", "unit", "official"];
        let path = route
            .path
            .replace("{index}", "0")
            .replace("{verb}", "record_contact")
            .replace("{step}", "what")
            .replace("{unit}", &unit_id(HOUSING).to_string())
            .replace("{official}", &official_id(HOUSING, 1).to_string());
        assert!(!known.iter().any(|name| path.contains(&format!("{{{name}}}"))), "{path}");
        if path.contains("{case_ref}") {
            all.extend(
                case_refs
                    .iter()
                    .map(|case_ref| (format!("{before}{}", path.replace("{case_ref}", case_ref)), api)),
            );
        } else {
            assert!(!path.contains('{') || matches!(route.access, Access::Anyone), "{path}");
            all.push((format!("{before}{path}"), api));
        }
    }
    for path in [
        "/staff?view=mine",
        "/staff?view=overdue",
        "/staff?view=soon",
        "/staff?channel=online",
        "/staff?stage=registered",
    ] {
        all.push((path.to_owned(), false));
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn seal_2_fifty_sealed_reports_cast_no_shadow() {
    for office in with_recipients("shadow", &RECIPIENTS).await {
        with_more_people(&office).await;
        let mut case_refs = Vec::new();
        for n in 0..ORDINARY {
            let (id, case_ref, _) = filed(&office, submission(&format!("ordinary-{n}"))).await;
            if n > 0 {
                office.forwarded(id).await;
            }
            case_refs.push(case_ref);
        }
        office.app.clock.set_civil(date(2026, 4, 20), 9, 0);
        office.app.tick().await.unwrap();
        let sessions = everybody_else(&office).await;
        let addresses = addresses_of(&case_refs);
        // First without. What an official reads is recorded, and so every page is asked for once before it is compared.
        let mut before = Vec::new();
        for round in 0..2 {
            for session in &sessions {
                for (path, api) in &addresses {
                    let answer = answer(&office, path, session, *api).await;
                    if round == 1 {
                        before.push(answer);
                    }
                }
            }
        }
        let mut at = before.iter();
        for session in &sessions {
            for (path, api) in &addresses {
                let again = answer(&office, path, session, *api).await;
                let then = at.next().unwrap();
                assert!(again == *then, "{path} is never the same twice: {}", difference(then, &again));
            }
        }
        // Then fifty reports come.
        let mut sealed_refs = Vec::new();
        for n in 0..REPORTS {
            sealed_refs.push(one_more(&office, n).await);
        }
        office.app.tick().await.unwrap();
        let mut n_requests = 0;
        let mut at = before.iter();
        for session in &sessions {
            for (path, api) in &addresses {
                let now = answer(&office, path, session, *api).await;
                let then = at.next().unwrap();
                assert!(now == *then, "SEAL-2: {path} tells of sealed reports: {}", difference(then, &now));
                n_requests += 1;
            }
        }
        // Addresses of sealed matters are to them as addresses of nothing.
        for session in &sessions {
            for case_ref in sealed_refs.iter().take(5) {
                let zeros = "0".repeat(case_ref.len());
                let own = addresses_of(std::slice::from_ref(case_ref));
                for (path, api) in own.into_iter().filter(|(path, _)| path.contains(case_ref)) {
                    let sealed = answer(&office, &path, session, api).await;
                    let nothing = answer(&office, &path.replace(case_ref, &zeros), session, api).await;
                    let sealed = (sealed.0, sealed.1, sealed.2.replace(case_ref.as_str(), &zeros));
                    assert!(sealed == nothing, "SEAL-2: {path}: {}", difference(&nothing, &sealed));
                    n_requests += 1;
                }
            }
        }
        println!("SEAL-2: {n_requests} requests of {} people, {REPORTS} reports", sessions.len());
        assert!(n_requests > 500, "{n_requests}");
    }
}
