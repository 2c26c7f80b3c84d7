//! Files on their way out: as something to be kept, never as something that a browser shows or runs (ATT-3).

use super::locale::Locale;
use crate::app::attach::Held;
use crate::app::attached::{Attached, Copy};
use crate::app::{App, Failure};
use crate::files::{About, Verdict};
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use std::fmt::Write as _;
use std::sync::Arc;

/// What a browser may do with a file of somebody's: keep it.
const POLICY: &str = "sandbox; default-src 'none'";

/// A file as a list shows it.
#[derive(Clone, Debug)]
pub(crate) struct FileRow {
    /// Its place in the petition's list; 0 for what is not submitted yet.
    pub(crate) index: usize,
    /// Its id, for the buttons of whoever still holds it.
    pub(crate) id: String,
    pub(crate) name: String,
    /// Kind and size.
    pub(crate) size: String,
    pub(crate) sha256: String,
    /// On which day it came.
    pub(crate) on: String,
    /// What it tells beside its content; empty when nothing was found.
    pub(crate) found: String,
    /// What it would do, and what a scanner found; empty most of the time.
    pub(crate) warning: String,
    /// What the scanner said, when there is one.
    pub(crate) verdict: String,
    /// A copy without metadata can be made.
    pub(crate) strips: bool,
    /// Whoever takes it must say why.
    pub(crate) dangerous: bool,
}

impl FileRow {
    /// A file that waits to be submitted.
    pub(crate) fn held(held: &Held, locale: Locale) -> FileRow {
        FileRow::new(&held.about, locale)
    }

    /// A file of a petition.
    pub(crate) fn attached(file: &Attached, locale: Locale) -> FileRow {
        FileRow { index: file.index, on: locale.date(file.on), ..FileRow::new(&file.about, locale) }
    }

    fn new(about: &About, locale: Locale) -> FileRow {
        let found: Vec<String> = about.found.iter().map(|found| locale.word("file-found", found)).collect();
        let mut warnings: Vec<String> =
            about.active.iter().map(|active| locale.word("file-active", active)).collect();
        let verdict = match &about.verdict {
            Verdict::NotScanned => String::new(),
            Verdict::Clean => locale.say("file-clean"),
            Verdict::Failed => locale.say("file-scan-failed"),
            Verdict::Malware(name) => {
                warnings.push(locale.with("file-malware", &[("name", name)]));
                String::new()
            }
        };
        let mut size = format!("{} · {}", about.media, bytes(about.size));
        if let Some(listing) = about.listing {
            let n = listing.n_files.to_string();
            let unpacked = bytes(listing.unpacked);
            let _ = write!(size, " · {}", locale.with("file-listing", &[("n", &n), ("unpacked", &unpacked)]));
        }
        FileRow {
            index: 0,
            id: about.file.clone(),
            name: about.name.clone(),
            size,
            sha256: about.sha256.clone(),
            on: String::new(),
            found: locale.join(&found),
            warning: locale.join(&warnings),
            verdict,
            strips: about.can_be_stripped(),
            dangerous: about.needs_purpose(),
        }
    }
}

/// 3.4 MB; tenths, never rounded to nothing.
pub(crate) fn bytes(n: u64) -> String {
    match n {
        0..1_000 => format!("{n} B"),
        1_000..1_000_000 => format!("{}.{} kB", n / 1_000, n % 1_000 / 100),
        _ => format!("{}.{} MB", n / 1_000_000, n % 1_000_000 / 100_000),
    }
}

/// Hands a file over.
///
/// # Errors
/// Whatever the database reports.
pub(crate) async fn hand_over(app: &Arc<App>, file: &Attached, copy: Copy) -> Result<Response, Failure> {
    let (bytes, size) = app.file_bytes(file, copy).await?;
    Ok(as_download(Body::from_stream(bytes), &file.about.name, Some(size)))
}

/// Something to be kept, under that name.
pub(crate) fn as_download(body: Body, name: &str, size: Option<u64>) -> Response {
    let mut response = (StatusCode::OK, body).into_response();
    let headers = response.headers_mut();
    let fixed = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    if let Some(size) = size {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(size));
    }
    let disposition = HeaderValue::from_str(&disposition(name));
    let plain = HeaderValue::from_static("attachment");
    headers.insert(header::CONTENT_DISPOSITION, disposition.unwrap_or(plain));
    response
}

/// `attachment` with the name as RFC 5987 writes it, and a plain one for what does not read that.
pub(crate) fn disposition(name: &str) -> String {
    let mut coded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
            coded.push(char::from(byte));
        } else {
            let _ = write!(coded, "%{byte:02X}");
        }
    }
    let ending = name.rsplit_once('.').map(|(_, ending)| ending).unwrap_or_default();
    let ending: String = ending.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("attachment; filename=\"file.{ending}\"; filename*=UTF-8''{coded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ATT-3: the name is a value, whatever it holds.
    #[test]
    fn a_name_stays_inside_its_header() {
        assert_eq!(
            disposition("合同 \"1\"\r\nX: y.pdf"),
            "attachment; filename=\"file.pdf\"; filename*=UTF-8''%E5%90%88%E5%90%8C%20%221%22%0D%0AX%3A%20y.pdf"
        );
    }

    #[test]
    fn sizes_are_read_at_a_glance() {
        assert_eq!(
            [0, 999, 1_000, 1_999_999, 26_214_400].map(bytes),
            ["0 B", "999 B", "1.0 kB", "1.9 MB", "26.2 MB"]
        );
    }

    /// Every reason has its sentence in both languages, and whatever is found too.
    #[test]
    fn every_refusal_of_a_file_and_everything_found_has_its_sentence() {
        use casework::deadline::Lang;
        for lang in [Lang::Zh, Lang::En] {
            let said = |key: String| assert!(Locale { lang }.find(&key).is_some(), "{key}");
            for unfit in crate::files::Unfit::ALL {
                let code = unfit.code().replace('_', "-");
                let refused = Locale { lang }.with(
                    &format!("file-refused-{code}"),
                    &[("name", "a.jpg"), ("files", "20"), ("each", "25"), ("together", "100")],
                );
                assert!(refused.starts_with("a.jpg"), "{refused}");
                said(format!("trouble-file-{code}"));
            }
            for found in ["place", "device", "author", "time", "program", "other"] {
                said(format!("file-found-{found}"));
            }
            for active in ["macros", "script", "launch", "embedded", "bomb"] {
                said(format!("file-active-{active}"));
            }
        }
    }
}
