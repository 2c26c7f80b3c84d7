//! What went wrong, as problem+json (RFC 9457) with a stable code.

use crate::app::Failure;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use casework::refusal::{Refusal, RefusalClass};
use serde::Serialize;

/// An answer other than success.
#[derive(Debug)]
pub(crate) enum Problem {
    /// Fields that cannot be taken as they are.
    Invalid(Vec<FieldFault>),
    /// No session, or wrong login or password.
    LogIn,
    /// Too many wrong codes or passwords from one source.
    TooManyTries,
    /// The rest.
    Failure(Failure),
}

/// What is wrong with one field, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct FieldFault {
    /// The field as the request names it.
    pub(crate) field: &'static str,
    /// Stable code.
    pub(crate) code: &'static str,
    /// Chinese.
    pub(crate) zh: String,
    /// English.
    pub(crate) en: String,
}

#[derive(Serialize)]
struct Body {
    r#type: String,
    title: String,
    status: u16,
    code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    basis: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    day: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<FieldFault>,
}

impl<T: Into<Failure>> From<T> for Problem {
    fn from(failure: T) -> Self {
        Problem::Failure(failure.into())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let plain = |status: StatusCode, code: &str, title: String| Body {
            r#type: format!("about:blank#{code}"),
            title,
            status: status.as_u16(),
            code: code.to_owned(),
            version: None,
            basis: None,
            day: None,
            fields: Vec::new(),
        };
        let body = match self {
            Problem::Invalid(fields) => {
                let title = "有些内容需要修改 / some fields need to be changed".to_owned();
                Body { fields, ..plain(StatusCode::UNPROCESSABLE_ENTITY, "invalid", title) }
            }
            Problem::LogIn => {
                let title =
                    "请先登录；用户名或密码不对 / log in first; login or password is wrong".to_owned();
                plain(StatusCode::UNAUTHORIZED, "log_in", title)
            }
            Problem::TooManyTries => {
                let title =
                    "输错次数过多，请15分钟后再试 / too many wrong tries; try again in 15 minutes".to_owned();
                plain(StatusCode::TOO_MANY_REQUESTS, "too_many_tries", title)
            }
            Problem::Failure(Failure::Refused(refusal)) => {
                let status = match refusal.class() {
                    RefusalClass::Authority => StatusCode::FORBIDDEN,
                    RefusalClass::State => StatusCode::CONFLICT,
                    RefusalClass::Content => StatusCode::UNPROCESSABLE_ENTITY,
                };
                let mut body = plain(status, refusal.code(), refusal.to_string());
                if let Refusal::Guard { basis, day, .. } = &refusal {
                    body.basis = Some(basis.clone());
                    body.day = day.map(|day| day.to_string());
                }
                body
            }
            Problem::Failure(Failure::Absent) => {
                plain(StatusCode::NOT_FOUND, "not_found", "没有找到 / not found".to_owned())
            }
            Problem::Failure(Failure::Changed { now }) => {
                let title =
                    "事项已有新进展，请刷新后再提交 / the case changed; look again and repeat".to_owned();
                Body { version: Some(now), ..plain(StatusCode::CONFLICT, "changed", title) }
            }
            Problem::Failure(Failure::Broken(error)) => {
                // The number joins the answer to the log; the cause stays in the log.
                let incident = crate::entropy::token().unwrap_or_default();
                tracing::error!(incident = %incident, "request failed: {error:#}");
                let title = format!("系统出错，编号 {incident} / something broke, incident {incident}");
                plain(StatusCode::INTERNAL_SERVER_ERROR, "broken", title)
            }
        };
        let status = StatusCode::from_u16(body.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let text = serde_json::to_string(&body).unwrap_or_default();
        (status, [(header::CONTENT_TYPE, "application/problem+json")], text).into_response()
    }
}

/// No such route.
pub(crate) async fn not_found() -> Problem {
    Problem::Failure(Failure::Absent)
}

/// A fault of one field.
pub(crate) fn fault(field: &'static str, code: &'static str, zh: &str, en: &str) -> FieldFault {
    FieldFault { field, code, zh: zh.to_owned(), en: en.to_owned() }
}

/// Checks typed words: there when required, not too long, no control characters but line breaks and tabs.
pub(crate) fn check_words(
    faults: &mut Vec<FieldFault>,
    field: &'static str,
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
    } else if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        faults.push(fault(
            field,
            "control_characters",
            "含有不可显示的控制字符，请删除后重试",
            "it holds control characters that cannot be shown; remove them",
        ));
    }
}
