//! What went wrong, as problem+json (RFC 9457) with a stable code.

use super::intake::Challenge;
use super::locale::Locale;
use crate::app::Failure;
use crate::files::Unfit;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use casework::deadline::Lang;
use casework::refusal::{Refusal, RefusalClass};
use serde::Serialize;

/// An answer other than success.
#[derive(Debug)]
pub(crate) enum Problem {
    /// Fields that cannot be taken as they are.
    Invalid(Vec<FieldFault>),
    /// No session, or wrong login or password.
    LogIn,
    /// The right password, but the second factor is missing or not set up.
    SecondFactor,
    /// The password must be changed on the pages first (IAM-7).
    OldPassword,
    /// Too many wrong codes or passwords from one source.
    TooManyTries {
        /// Seconds until the next try.
        after_s: u64,
        /// How to file without this server.
        otherwise: String,
    },
    /// The source files above the normal rate: work first, or patience (SPAM-1).
    Work {
        /// What is to be done.
        challenge: Challenge,
        /// Seconds after which it is taken in without.
        after_s: u64,
    },
    /// Too many wrong tries under one login; so many seconds must pass.
    Later(i64),
    /// More people log in at this moment than the machine can check.
    Busy,
    /// A change that does not come from a page of ours (SESS-2).
    Elsewhere,
    /// More than a request may carry.
    TooLarge,
    /// A request that is none of ours: wrong method, address or form.
    Unreadable(StatusCode),
    /// The rest.
    Failure(Failure),
}

/// What is wrong with one field, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub(crate) struct FieldFault {
    /// The field as the request names it, with its place in a group: `answers.0.article`.
    pub(crate) field: String,
    /// Stable code.
    pub(crate) code: &'static str,
    /// Chinese.
    pub(crate) zh: String,
    /// English.
    pub(crate) en: String,
}

/// A problem as it is sent.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub(crate) struct Body {
    r#type: String,
    /// What is wrong and what to do, in Chinese and English.
    title: String,
    status: u16,
    /// Stable: `invalid`, `log_in`, `second_factor`, `too_many_tries`, `work_needed`, `later`, `busy`, `elsewhere`, `too_large`, `unreadable`, `not_found`, `changed`,
    /// `token_used`, `sealed`, `no_recipients`, `broken`, `file_…`, or why the rules refuse.
    code: String,
    /// With `work_needed`: what is to be done and sent again as `work`.
    #[serde(skip_serializing_if = "Option::is_none")]
    challenge: Option<Challenge>,
    /// With `changed`: the version the case has now.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
    /// The article that a refusal follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    basis: Option<String>,
    /// The day that would have been right.
    #[serde(skip_serializing_if = "Option::is_none")]
    day: Option<String>,
    /// With `invalid`: what is wrong with which field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<FieldFault>,
}

impl<T: Into<Failure>> From<T> for Problem {
    fn from(failure: T) -> Self {
        Problem::Failure(failure.into())
    }
}

impl FieldFault {
    /// The fault in one language.
    pub(crate) fn words(&self, locale: Locale) -> &str {
        match locale.lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

impl Problem {
    /// Seconds after which the same would be answered otherwise.
    pub(crate) fn after_s(&self) -> Option<u64> {
        match self {
            Problem::TooManyTries { after_s, .. } | Problem::Work { after_s, .. } => Some(*after_s),
            Problem::Later(seconds) => u64::try_from(*seconds).ok(),
            Problem::Busy => Some(2),
            Problem::Invalid(_)
            | Problem::LogIn
            | Problem::SecondFactor
            | Problem::OldPassword
            | Problem::Elsewhere
            | Problem::TooLarge
            | Problem::Unreadable(_)
            | Problem::Failure(_) => None,
        }
    }

    /// How it is answered over HTTP.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Problem::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Problem::LogIn => StatusCode::UNAUTHORIZED,
            Problem::TooManyTries { .. } | Problem::Later(_) => StatusCode::TOO_MANY_REQUESTS,
            Problem::Work { .. } => StatusCode::PRECONDITION_REQUIRED,
            Problem::SecondFactor | Problem::OldPassword => StatusCode::UNAUTHORIZED,
            Problem::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Problem::Elsewhere => StatusCode::FORBIDDEN,
            Problem::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Problem::Unreadable(status) => *status,
            Problem::Failure(Failure::Refused(refusal)) => match refusal.class() {
                RefusalClass::Authority => StatusCode::FORBIDDEN,
                RefusalClass::State => StatusCode::CONFLICT,
                RefusalClass::Content => StatusCode::UNPROCESSABLE_ENTITY,
            },
            Problem::Failure(Failure::Unfit(unfit)) => match unfit {
                Unfit::NoRoom => StatusCode::INSUFFICIENT_STORAGE,
                Unfit::Source => StatusCode::TOO_MANY_REQUESTS,
                Unfit::TooLarge | Unfit::TooMuch => StatusCode::PAYLOAD_TOO_LARGE,
                Unfit::Kind | Unfit::Mismatch => StatusCode::UNSUPPORTED_MEDIA_TYPE,
                Unfit::Empty
                | Unfit::TooMany
                | Unfit::Pixels
                | Unfit::Damaged
                | Unfit::CutOff
                | Unfit::Gone => StatusCode::UNPROCESSABLE_ENTITY,
            },
            Problem::Failure(Failure::Absent) => StatusCode::NOT_FOUND,
            Problem::Failure(Failure::Sealed) => StatusCode::FORBIDDEN,
            Problem::Failure(
                Failure::Changed { .. } | Failure::TokenUsed | Failure::OnePerson | Failure::NoRecipients,
            ) => StatusCode::CONFLICT,
            Problem::Failure(Failure::Broken(_)) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        let after_s = self.after_s();
        let plain = |code: &str, title: &str| Body {
            r#type: format!("about:blank#{code}"),
            title: title.to_owned(),
            status: status.as_u16(),
            code: code.to_owned(),
            challenge: None,
            version: None,
            basis: None,
            day: None,
            fields: Vec::new(),
        };
        let body = match self {
            Problem::Invalid(fields) => Body {
                fields,
                ..plain("invalid", "有些内容需要修改 / some fields need to be changed")
            },
            Problem::LogIn => {
                plain("log_in", "请先登录；用户名或密码不对 / log in first; login or password is wrong")
            }
            Problem::SecondFactor => plain(
                "second_factor",
                "还要第二步验证的验证码；没有设置过的，请先在网页上设置 / the code of the second factor is needed; set it up on the pages first",
            ),
            Problem::OldPassword => plain(
                "old_password",
                "密码已满90天，请先在网页上修改 / the password is ninety days old; change it on the pages first",
            ),
            Problem::Later(seconds) => plain(
                "later",
                &format!("试错次数过多，请等{seconds}秒 / too many wrong tries; wait {seconds} seconds"),
            ),
            Problem::Busy => plain(
                "busy",
                "此刻登录的人太多，请过几秒再试 / too many people are logging in; try again in a few seconds",
            ),
            Problem::TooManyTries { after_s, otherwise } => {
                let minutes = after_s.div_ceil(60);
                let title = format!(
                    "输错次数过多，请{minutes}分钟后再试 / too many wrong tries; try again in {minutes} minutes. {otherwise}"
                );
                plain("too_many_tries", &title)
            }
            Problem::Work { challenge, after_s } => {
                let title = format!(
                    "同一来源短时间内提交较多，尚未收下：请完成challenge的计算后以work重新提交，或在{after_s}秒后重新提交 / many filings came from this source; nothing was taken in yet: do the work of the challenge and send it again with `work`, or send it again in {after_s} seconds"
                );
                Body { challenge: Some(challenge), ..plain("work_needed", &title) }
            }
            Problem::Elsewhere => plain(
                "elsewhere",
                "请求不是从本站页面发出的 / the request does not come from a page of this site",
            ),
            Problem::TooLarge => plain(
                "too_large",
                "内容超过512 KB，请删减或分几次提交 / more than 512 KB; shorten it or send it in parts",
            ),
            Problem::Unreadable(_) => plain(
                "unreadable",
                "请求无法识别，请对照接口文档 / the request cannot be read; see /api/v1/openapi.json",
            ),
            Problem::Failure(Failure::Refused(refusal)) => {
                let title = [Lang::Zh, Lang::En]
                    .map(|lang| super::trouble::refused(Locale { lang }, &refusal))
                    .join(" / ");
                let mut body = plain(refusal.code(), &title);
                if let Refusal::Subordinate { basis, .. } = &refusal {
                    body.basis = Some(basis.clone());
                }
                if let Refusal::Guard { basis, day, .. } = &refusal {
                    body.basis = Some(basis.clone());
                    body.day = day.map(|day| day.to_string());
                }
                body
            }
            Problem::Failure(Failure::Unfit(unfit)) => {
                let code = format!("file_{}", unfit.code());
                let key = format!("trouble-file-{}", unfit.code().replace('_', "-"));
                plain(&code, &[Lang::Zh, Lang::En].map(|lang| Locale { lang }.say(&key)).join(" / "))
            }
            Problem::Failure(Failure::Absent) => plain("not_found", "没有找到 / not found"),
            Problem::Failure(Failure::Changed { now }) => {
                let title = "事项已有新进展，请刷新后再提交 / the case changed; look again and repeat";
                Body { version: Some(now), ..plain("changed", title) }
            }
            Problem::Failure(Failure::TokenUsed) => plain(
                "token_used",
                "这个token已用于另一件事项，没有收下；请换一个token重新提交 / another petition came under this token; nothing was taken in; send it under a token of its own",
            ),
            Problem::Failure(Failure::Sealed) => plain(
                "sealed",
                "密件：须由密件受理人在网页上输入密件口令，或者使用26位查询码 / sealed: a recipient must show their sealing passphrase on the pages, or the long code is needed",
            ),
            Problem::Failure(Failure::NoRecipients) => plain(
                "no_recipients",
                "受理单位能打开密件的不足两人，请先补齐密件受理人 / fewer than two recipients there can open sealed matters; name them first",
            ),
            Problem::Failure(Failure::OnePerson) => {
                plain("one_person", "需要另一个人同意 / it takes another person than the one who asked")
            }
            Problem::Failure(Failure::Broken(error)) => {
                let incident = incident(&error);
                plain("broken", &format!("系统出错，编号 {incident} / something broke, incident {incident}"))
            }
        };
        let text = serde_json::to_string(&body).unwrap_or_default();
        let response = (status, [(header::CONTENT_TYPE, "application/problem+json")], text).into_response();
        retry_after(response, after_s)
    }
}

/// The answer with the time after which to try again.
pub(crate) fn retry_after(mut response: Response, after_s: Option<u64>) -> Response {
    if let Some(after_s) = after_s {
        response.headers_mut().insert(header::RETRY_AFTER, after_s.into());
    }
    response
}

/// What the framework refused before a handler saw it, as a problem of ours; `None` for everything that is one already.
pub(crate) fn of_framework(response: &Response) -> Option<Problem> {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if !response.status().is_client_error() || kind.is_some_and(|kind| !kind.starts_with("text/plain")) {
        return None;
    }
    Some(match response.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::TooLarge,
        status => Problem::Unreadable(status),
    })
}

/// Turns what the framework refused into a problem of ours.
pub(crate) async fn dress(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let Some(problem) = of_framework(&response) else { return response };
    let allow = response.headers().get(header::ALLOW).cloned();
    let mut answer = problem.into_response();
    if let Some(allow) = allow {
        answer.headers_mut().insert(header::ALLOW, allow);
    }
    answer
}

/// Logs what broke, once; the number joins the answer to the log, the cause stays in the log.
pub(crate) fn incident(error: &anyhow::Error) -> String {
    let incident = crate::entropy::token().unwrap_or_default();
    tracing::error!(incident = %incident, "request failed: {error:#}");
    incident
}

/// No such route.
pub(crate) async fn not_found() -> Problem {
    Problem::Failure(Failure::Absent)
}

/// A fault of one field.
pub(crate) fn fault(field: impl Into<String>, code: &'static str, zh: &str, en: &str) -> FieldFault {
    FieldFault { field: field.into(), code, zh: zh.to_owned(), en: en.to_owned() }
}

/// Checks typed words: there when required, not too long, no control characters but line breaks and tabs.
pub(crate) fn check_words(
    faults: &mut Vec<FieldFault>,
    field: &str,
    text: &str,
    most: usize,
    required: bool,
) {
    let n_chars = text.chars().count();
    if required && text.trim().is_empty() {
        faults.push(fault(field, "missing", "请填写这一项", "this is needed"));
    } else if n_chars > most {
        faults.push(fault(
            field,
            "too_long",
            &format!("最多{most}字，您写了{n_chars}字，请删减"),
            &format!("at most {most} characters; there are {n_chars}; shorten it"),
        ));
    } else if text.contains('\u{fffd}') {
        faults.push(fault(
            field,
            "wrong_encoding",
            "有的字无法识别，请用UTF-8编码的浏览器重新填写",
            "some characters cannot be read; write them again in a browser that sends UTF-8",
        ));
    } else if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        faults.push(fault(
            field,
            "control_characters",
            "含有不可显示的控制字符，请删除后重试",
            "it holds control characters that cannot be shown; remove them",
        ));
    }
}
