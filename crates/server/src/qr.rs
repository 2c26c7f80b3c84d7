//! QR codes, for pages and for letters.

use qrcode::{Color, EcLevel, QrCode};
use std::fmt::Write as _;

/// Modules of quiet around a code, and the side of the whole.
const QUIET: usize = 4;

/// A QR code: its side, and the path of its dark modules. Of a query code it holds the bare code, never an address
/// (architecture §10.24).
pub(crate) struct Qr {
    pub(crate) side: usize,
    pub(crate) path: String,
}

impl Qr {
    /// Draws it; `None` when the text is too long for one, which no code is.
    pub(crate) fn new(text: &str) -> Option<Qr> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
        let width = code.width();
        let mut path = String::new();
        for (y, row) in code.to_colors().chunks(width).enumerate() {
            let mut x = 0;
            // One stroke for each run of dark modules.
            for run in row.chunk_by(|left, right| left == right) {
                if run.first() == Some(&Color::Dark) {
                    let _ = write!(path, "M{} {}h{n}v1h-{n}z", x + QUIET, y + QUIET, n = run.len());
                }
                x += run.len();
            }
        }
        Some(Qr { side: width + 2 * QUIET, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_alone_stands_in_the_picture() {
        let qr = Qr::new("K7QM-4R2X-9TDW").unwrap();
        assert_eq!(qr.side, 21 + 8, "the smallest one");
        assert!(qr.path.starts_with("M4 4h7v1h-7z"), "the first corner: {}", qr.path);
        let long = Qr::new("K7QM-4R2X-9TDW-K7QM-4R2X-9TDW-4R2X").unwrap();
        assert_eq!(long.side, 25 + 8);
    }
}
