//! The JSON API: the same commands as the pages, with the same refusals.

mod accesses;
pub(super) mod attach;
mod disposal;
pub(super) mod document;
pub(super) mod official;
pub(super) mod petitioner;
pub(super) mod receipt;
pub(super) mod reveal;
mod tracked;

use super::problem::{Problem, fault};
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;

/// The body of a request, or what is wrong with it.
fn read<T>(body: Result<Json<T>, JsonRejection>) -> Result<T, Problem> {
    body.map(|Json(body)| body).map_err(|rejection| {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            return Problem::TooLarge;
        }
        let reason = rejection.body_text();
        Problem::Invalid(vec![fault(
            "request",
            "unreadable",
            &format!("请求不是所要求的JSON：{reason}"),
            &reason,
        )])
    })
}
