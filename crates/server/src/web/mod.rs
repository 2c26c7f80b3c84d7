//! HTTP: parse, act, answer. No rule of procedure lives here.

pub(crate) mod accesses;
mod act_form;
mod api;
mod assets;
mod choices;
mod command;
mod cookie;
mod deadlines;
mod desk;
mod fields;
mod files;
mod form;
mod intake;
pub(crate) mod letter;
pub(crate) mod locale;
mod log;
mod page;
mod problem;
mod public;
mod reveal;
pub(crate) mod routes;
mod sent;
mod story;
mod trouble;

#[cfg(test)]
pub(crate) use assets::Assets;
pub(crate) use command::read as read_act;
#[cfg(test)]
pub(crate) use cookie::form_token;
#[cfg(test)]
pub(crate) use intake::{Challenge, solve as solve_work, token as form_token_for_tests};
pub(crate) use intake::{Intake, Peer};

use crate::app::App;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::routing::{MethodRouter, get};
use std::convert::Infallible;
use std::sync::Arc;
use store::sealed;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::set_header::SetResponseHeaderLayer;

/// What pages may load: our own style, script and picture, nothing inline, nothing from elsewhere (WEB-2).
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// What answers for programs may load, whoever opens them: nothing, nowhere.
pub(super) const DATA_POLICY: &str =
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// What pages may use of a visitor's device: nothing.
const FEATURES: &str = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()";

/// Every route, one line each.
pub(crate) fn router(app: Arc<App>) -> Router {
    // Over TLS, and from then on over nothing else. Without TLS, as the demo is tried out, the word would be ignored.
    let transport = app.secure_cookies.then(|| header(header::STRICT_TRANSPORT_SECURITY, "max-age=63072000"));
    let router = Router::new()
        .route("/healthz", get(async || "ok\n"))
        .nest("/api/v1", api_routes(&app))
        .nest("/log", log::routes())
        .merge(page_routes(&app))
        .with_state(app)
        // What a request brings to open sealed matters with ends with it (SEAL-1).
        .layer(from_fn(async |request: Request, next: Next| sealed::scope(next.run(request)).await))
        .layer(policy(DATA_POLICY))
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(header::REFERRER_POLICY, "no-referrer"))
        // Nothing of ours is opened, embedded or used by another site, and we use nothing of the visitor's device (WEB-3).
        .layer(header(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"))
        .layer(header(HeaderName::from_static("cross-origin-resource-policy"), "same-origin"))
        .layer(header(HeaderName::from_static("permissions-policy"), FEATURES))
        // Whatever speaks of a case is kept by no cache; the embedded files set their own.
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CACHE_CONTROL,
            HeaderValue::from_static("no-store"),
        ));
    match transport {
        Some(transport) => router.layer(transport),
        None => router,
    }
}

fn api_routes(app: &App) -> Router<Arc<App>> {
    built(app, routes::API)
        .fallback(problem::not_found)
        .layer(from_fn(problem::dress))
        .layer(policy(DATA_POLICY))
}

fn page_routes(app: &Arc<App>) -> Router<Arc<App>> {
    built(app, routes::PAGES)
        .fallback(trouble::absent)
        .layer(from_fn_with_state(app.clone(), trouble::dress))
        .layer(policy(PAGE_POLICY))
}

/// What an answer may load; a file of somebody's says it more strictly itself (ATT-3).
fn policy(value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(value))
}

fn built(app: &App, table: &[routes::Route]) -> Router<Arc<App>> {
    table.iter().fold(Router::new(), |router, route| {
        let handler: MethodRouter<Arc<App>> = match route.body {
            routes::Body::Words => limited((route.handler)(), routes::WORDS),
            routes::Body::Bytes(most) => limited((route.handler)(), most),
            // Streamed, never whole in memory (ATT-1); the handler counts each file.
            routes::Body::Files => {
                let most = usize::try_from(app.files.most_together).unwrap_or(usize::MAX);
                limited((route.handler)(), most.saturating_add(2 * sent::WORDS))
            }
        };
        router.route(route.path, handler)
    })
}

fn limited(handler: MethodRouter<Arc<App>>, most: usize) -> MethodRouter<Arc<App>> {
    // The framework's own limit would cut off at two megabytes what may be longer.
    handler.layer::<_, Infallible>(RequestBodyLimitLayer::new(most)).layer(DefaultBodyLimit::disable())
}

fn header(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
}
