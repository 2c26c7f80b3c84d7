//! HTTP: parse, act, answer. No rule of procedure lives here.

mod api;
mod command;
mod fields;
mod problem;
mod staff;
mod tries;

pub(crate) use tries::Tries;

use crate::app::App;
use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use std::sync::Arc;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::set_header::SetResponseHeaderLayer;

/// Largest request body, in bytes: four texts of the greatest length in UTF-8, with room for JSON.
const MAX_BODY: usize = 512 * 1024;

/// Every route, one line each.
pub(crate) fn router(app: Arc<App>) -> Router {
    let set = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
    };
    Router::new()
        .route("/healthz", axum::routing::get(async || "ok\n"))
        .route("/api/v1/petitions", axum::routing::post(api::submit))
        .route("/api/v1/track", axum::routing::post(api::track))
        .route("/api/v1/track/{verb}", axum::routing::post(api::own_act))
        .route("/api/v1/session", axum::routing::post(staff::log_in).delete(staff::log_out))
        .route("/api/v1/inbox", axum::routing::get(staff::inbox))
        .route("/api/v1/cases/{case_ref}", axum::routing::get(staff::case))
        .route("/api/v1/cases/{case_ref}/{verb}", axum::routing::post(staff::act))
        .fallback(problem::not_found)
        .with_state(app)
        .layer(RequestBodyLimitLayer::new(MAX_BODY))
        .layer(set(header::CACHE_CONTROL, "no-store"))
        .layer(set(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(set(header::REFERRER_POLICY, "no-referrer"))
        .layer(set(header::CONTENT_SECURITY_POLICY, "default-src 'none'"))
}
