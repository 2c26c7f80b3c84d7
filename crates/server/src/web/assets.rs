//! Style sheets, script and icon, embedded in the binary and served under names that change with their content.

use crate::entropy::hex;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::LazyLock;

/// A file and the name it is served under.
struct Asset {
    name: String,
    media: &'static str,
    body: &'static [u8],
}

/// Everything a page may load; nothing comes from elsewhere.
pub(crate) struct Assets {
    base: Asset,
    own: Asset,
    script: Asset,
    door: Asset,
    work: Asset,
    passkey: Asset,
    icon: Asset,
}

static ASSETS: LazyLock<Assets> = LazyLock::new(|| Assets {
    base: asset("base", "css", "text/css", include_bytes!("../../../../web/dist/base.css")),
    own: asset("hy", "css", "text/css", include_bytes!("../../../../web/hy.css")),
    script: asset("hy", "js", "text/javascript", include_bytes!("../../../../web/hy.js")),
    door: asset("door", "js", "text/javascript", include_bytes!("../../../../web/door.js")),
    work: asset("work", "js", "text/javascript", include_bytes!("../../../../web/work.js")),
    passkey: asset("passkey", "js", "text/javascript", include_bytes!("../../../../web/passkey.js")),
    icon: asset("icon", "svg", "image/svg+xml", include_bytes!("../../../../web/icon.svg")),
});

fn asset(stem: &str, ending: &str, media: &'static str, body: &'static [u8]) -> Asset {
    let digest = hex(&store::content::sha256(body));
    let short = digest.get(..12).unwrap_or_default();
    Asset { name: format!("{stem}.{short}.{ending}"), media, body }
}

impl Assets {
    /// The embedded files.
    pub(crate) fn get() -> &'static Assets {
        &ASSETS
    }

    /// Address of the accessible base layer.
    pub(crate) fn base_css(&self) -> String {
        format!("/assets/{}", self.base.name)
    }

    /// Address of our own layer.
    pub(crate) fn own_css(&self) -> String {
        format!("/assets/{}", self.own.name)
    }

    /// Address of the script of the staff pages.
    pub(crate) fn script(&self) -> String {
        format!("/assets/{}", self.script.name)
    }

    /// Address of the script of the public pages.
    pub(crate) fn door(&self) -> String {
        format!("/assets/{}", self.door.name)
    }

    /// Address of the worker that does proofs of work.
    pub(crate) fn work(&self) -> String {
        format!("/assets/{}", self.work.name)
    }

    /// Address of the script that asks authenticators.
    pub(crate) fn passkey(&self) -> String {
        format!("/assets/{}", self.passkey.name)
    }

    /// Address of the icon.
    pub(crate) fn icon(&self) -> String {
        format!("/assets/{}", self.icon.name)
    }
}

/// Serves a file for a year: its name changes when it does.
pub(crate) async fn serve(Path(name): Path<String>) -> Response {
    let Assets { base, own, script, door, work, passkey, icon } = &*ASSETS;
    match [base, own, script, door, work, passkey, icon].into_iter().find(|asset| asset.name == name) {
        Some(asset) => (
            [
                (header::CONTENT_TYPE, asset.media),
                (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
            ],
            asset.body,
        )
            .into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
