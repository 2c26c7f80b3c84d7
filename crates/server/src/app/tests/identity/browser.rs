//! A browser without scripts: one cookie, forms with their token.

use super::*;
use axum::http::HeaderMap;

/// Somebody at a browser.
pub(super) struct Browser<'a> {
    office: &'a Office,
    /// The session, as the cookie carries it.
    pub(super) cookie: String,
}

/// What came back.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl Answer {
    /// Where it leads; empty for a page.
    pub(super) fn location(&self) -> &str {
        self.headers.get("location").map_or("", |to| to.to_str().unwrap())
    }

    /// The value of a hidden field.
    pub(super) fn field(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let (_, rest) = self.text.split_once(&start).unwrap_or_else(|| panic!("no {name} in {}", self.text));
        rest.split('"').next().unwrap().to_owned()
    }
}

fn encode(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

impl<'a> Browser<'a> {
    pub(super) fn new(office: &'a Office) -> Browser<'a> {
        Browser { office, cookie: String::new() }
    }

    async fn ask(&mut self, request: axum::http::request::Builder, site: &str, body: String) -> Answer {
        let request = request
            .header("host", "petitions.test")
            .header("sec-fetch-site", site)
            .header("cookie", format!("__Host-huiyin-staff={}", self.cookie))
            .header("content-type", "application/x-www-form-urlencoded");
        let router = crate::web::router(self.office.app.clone());
        let response = router.oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        for cookie in headers.get_all("set-cookie") {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            if let Some(token) = pair.strip_prefix("__Host-huiyin-staff=") {
                self.cookie = token.to_owned();
            }
        }
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        Answer { status, headers, text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    pub(super) async fn get(&mut self, path: &str) -> Answer {
        self.ask(Request::get(path), "same-origin", String::new()).await
    }

    /// Sends a form with the token of this session.
    pub(super) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = crate::web::form_token(&self.office.app, &self.cookie);
        let fields: Vec<(&str, &str)> =
            std::iter::once(("token", token.as_str())).chain(fields.iter().copied()).collect();
        self.send(path, "same-origin", &fields).await
    }

    /// Sends a form as it is, from a page of that site.
    pub(super) async fn send(&mut self, path: &str, site: &str, fields: &[(&str, &str)]) -> Answer {
        let body: Vec<String> =
            fields.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        self.ask(Request::post(path), site, body.join("&")).await
    }

    /// Logs in with a password; where that leads.
    pub(super) async fn log_in(&mut self, login: &str, password: &str) -> String {
        let answer = self.post("/staff/login", &[("login", login), ("password", password)]).await;
        answer.location().to_owned()
    }
}
