//! HTTP: parse, act, answer. No rule of procedure lives here.

mod act_form;
mod api;
mod assets;
mod choices;
mod command;
mod cookie;
mod deadlines;
mod desk;
mod fields;
mod form;
mod intake;
mod letter;
mod locale;
mod log;
mod page;
mod problem;
mod public;
mod story;
mod trouble;

pub(crate) use command::read as read_act;
pub(crate) use intake::Intake;
#[cfg(test)]
pub(crate) use intake::{solve as solve_work, token as form_token_for_tests};

use crate::app::App;
use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use std::sync::Arc;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::set_header::SetResponseHeaderLayer;

/// Largest request body, in bytes: four texts of the greatest length in UTF-8, with room for JSON.
const MAX_BODY: usize = 512 * 1024;

/// What pages may load: our own style, script and picture, nothing inline, nothing from elsewhere (WEB-2).
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Every route, one line each.
pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .nest("/api/v1", api_routes())
        .route("/assets/{name}", get(assets::serve))
        .nest("/log", log::routes())
        .merge(page_routes(&app))
        .with_state(app)
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(header::REFERRER_POLICY, "no-referrer"))
        // Whatever speaks of a case is kept by no cache; the embedded files set their own.
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CACHE_CONTROL,
            HeaderValue::from_static("no-store"),
        ))
}

fn api_routes() -> Router<Arc<App>> {
    use api::{document, official, petitioner, receipt};
    Router::new()
        .route("/openapi.json", get(document::served))
        .route("/petitions", post(petitioner::submit))
        .route("/track", post(petitioner::track))
        .route("/receipt", post(receipt::receipt))
        .route("/track/{verb}", post(petitioner::own_act))
        .route("/session", post(official::log_in).delete(official::log_out))
        .route("/inbox", get(official::inbox))
        .route("/cases/{case_ref}", get(official::case))
        .route("/cases/{case_ref}/{verb}", post(official::act))
        .fallback(problem::not_found)
        .layer(RequestBodyLimitLayer::new(MAX_BODY))
        .layer(from_fn(problem::dress))
        .layer(header(header::CONTENT_SECURITY_POLICY, "default-src 'none'"))
}

fn page_routes(app: &Arc<App>) -> Router<Arc<App>> {
    use desk::{act, case, inbox, register, reminders};
    use public::{follow, own_act, proof, submit, verify};
    // What is dropped there is a file; everywhere else it is words.
    let verify = Router::new()
        .route("/verify", get(verify::show).post(verify::check))
        .layer(RequestBodyLimitLayer::new(verify::MOST_SENT));
    Router::new()
        .route("/", get(public::start))
        .route("/language", get(public::language))
        .route("/paths", get(public::paths))
        .route("/privacy", get(public::privacy))
        .route("/access", get(public::access))
        .route("/exit", get(public::exit))
        .route("/submit", get(submit::begin))
        .route("/submit/saved", get(submit::saved))
        .route("/submit/received", get(submit::received))
        .route("/submit/receipt", post(proof::of_submission))
        .route("/submit/leave", post(submit::leave))
        .route("/submit/{step}", get(submit::show).post(submit::take_step))
        .route("/follow", get(follow::show).post(follow::open))
        .route("/follow/receipt", post(proof::of_followed))
        .route("/follow/leave", post(follow::leave))
        .route("/follow/letters/{index}", get(follow::letter))
        .route("/follow/acts/{verb}", get(own_act::show).post(own_act::carry_out))
        .route("/staff", get(inbox::show))
        .route("/staff/login", get(desk::login).post(desk::log_in))
        .route("/staff/logout", post(desk::log_out))
        .route("/staff/register", get(register::show).post(register::enter))
        .route("/staff/reminders", get(reminders::show).post(reminders::put_away))
        .route("/staff/cases/{case_ref}", get(case::show))
        .route("/staff/cases/{case_ref}/identity", post(case::reveal))
        .route("/staff/cases/{case_ref}/code", post(case::reissue))
        .route("/staff/cases/{case_ref}/letters/{index}", get(case::letter).post(case::letter_named))
        .route("/staff/cases/{case_ref}/acts/{verb}", get(act::show).post(act::carry_out))
        .fallback(trouble::absent)
        .layer(RequestBodyLimitLayer::new(MAX_BODY))
        .merge(verify)
        .layer(from_fn_with_state(app.clone(), trouble::dress))
        .layer(header(header::CONTENT_SECURITY_POLICY, PAGE_POLICY))
}

fn header(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
}
