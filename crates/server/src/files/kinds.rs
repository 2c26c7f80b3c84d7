//! Which kinds of files are taken, by the end of their name and by their first bytes, which must agree (ATT-2).
//!
//! The list is of what people send as evidence. What a browser would run (HTML, SVG, scripts) and what a machine would
//! (programs, installers) is not on it; an archive is listed, never unpacked.

/// How a file is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Jpeg,
    Png,
    Gif,
    Webp,
    Bmp,
    /// EXIF may be in it; no header is read.
    Tiff,
    Heif,
    Pdf,
    /// An office document that is a zip.
    ZipDocument,
    Zip,
    /// An office document of the older form, which may hold macros.
    Ole,
    Text,
    /// Sound and film.
    Other,
}

/// A kind that is taken.
#[derive(Debug)]
pub(crate) struct Kind {
    endings: &'static [&'static str],
    /// What it is called in the list and when it is taken away as what it is.
    pub(crate) media: &'static str,
    /// What `infer` may say of its first bytes.
    magic: &'static [&'static str],
    pub(crate) family: Family,
}

const fn kind(
    endings: &'static [&'static str],
    media: &'static str,
    magic: &'static [&'static str],
    family: Family,
) -> Kind {
    Kind { endings, media, magic, family }
}

const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const PPTX: &str = "application/vnd.openxmlformats-officedocument.presentationml.presentation";
const ODT: &str = "application/vnd.oasis.opendocument.text";
const ODS: &str = "application/vnd.oasis.opendocument.spreadsheet";
const ODP: &str = "application/vnd.oasis.opendocument.presentation";
const ZIP: &str = "application/zip";
/// Films and sound in the same container carry each other's marks.
const BOXES: &[&str] = &["video/mp4", "video/x-m4v", "video/quicktime", "audio/m4a", "video/3gpp"];

const KINDS: &[Kind] = &[
    kind(&["jpg", "jpeg"], "image/jpeg", &["image/jpeg"], Family::Jpeg),
    kind(&["png"], "image/png", &["image/png"], Family::Png),
    kind(&["gif"], "image/gif", &["image/gif"], Family::Gif),
    kind(&["webp"], "image/webp", &["image/webp"], Family::Webp),
    kind(&["bmp"], "image/bmp", &["image/bmp"], Family::Bmp),
    kind(&["tif", "tiff"], "image/tiff", &["image/tiff"], Family::Tiff),
    kind(&["heic", "heif"], "image/heif", &["image/heif"], Family::Heif),
    kind(&["pdf"], "application/pdf", &["application/pdf"], Family::Pdf),
    kind(&["docx"], DOCX, &[DOCX, ZIP], Family::ZipDocument),
    kind(&["xlsx"], XLSX, &[XLSX, ZIP], Family::ZipDocument),
    kind(&["pptx"], PPTX, &[PPTX, ZIP], Family::ZipDocument),
    kind(&["odt"], ODT, &[ODT, ZIP], Family::ZipDocument),
    kind(&["ods"], ODS, &[ODS, ZIP], Family::ZipDocument),
    kind(&["odp"], ODP, &[ODP, ZIP], Family::ZipDocument),
    kind(&["ofd"], "application/ofd", &[ZIP], Family::ZipDocument),
    kind(&["zip"], ZIP, &[ZIP], Family::Zip),
    kind(&["doc", "wps"], "application/msword", &[], Family::Ole),
    kind(&["xls", "et"], "application/vnd.ms-excel", &[], Family::Ole),
    kind(&["ppt", "dps"], "application/vnd.ms-powerpoint", &[], Family::Ole),
    kind(&["txt"], "text/plain", &[], Family::Text),
    kind(&["mp3"], "audio/mpeg", &["audio/mpeg"], Family::Other),
    kind(&["wav"], "audio/wav", &["audio/x-wav"], Family::Other),
    kind(&["amr"], "audio/amr", &["audio/amr"], Family::Other),
    kind(&["aac"], "audio/aac", &["audio/aac"], Family::Other),
    kind(&["m4a"], "audio/mp4", BOXES, Family::Other),
    kind(&["mp4", "m4v"], "video/mp4", BOXES, Family::Other),
    kind(&["mov"], "video/quicktime", BOXES, Family::Other),
    kind(&["3gp"], "video/3gpp", BOXES, Family::Other),
];

const OLE: &[u8] = &[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

impl Kind {
    /// Whether the first bytes are those of this kind.
    pub(crate) fn fits(&self, head: &[u8]) -> bool {
        match self.family {
            // Text has no mark of its own: it is what no other kind is, and whatever it says stands there inertly.
            Family::Text => {
                let known = infer::get(head);
                !head.contains(&0)
                    && known.is_none_or(|known| known.matcher_type() == infer::MatcherType::Text)
            }
            Family::Ole => head.starts_with(OLE),
            Family::Other if self.magic == BOXES => {
                head.get(4..8) == Some(b"ftyp".as_slice()) && !is_picture(head)
            }
            Family::Jpeg
            | Family::Png
            | Family::Gif
            | Family::Webp
            | Family::Bmp
            | Family::Tiff
            | Family::Heif
            | Family::Pdf
            | Family::ZipDocument
            | Family::Zip
            | Family::Other => infer::get(head).is_some_and(|known| self.magic.contains(&known.mime_type())),
        }
    }
}

fn is_picture(head: &[u8]) -> bool {
    infer::get(head).is_some_and(|known| known.matcher_type() == infer::MatcherType::Image)
}

/// The kind that a name's end says; `None` when it is not taken.
pub(crate) fn kind_of(name: &str) -> Option<&'static Kind> {
    let (_, ending) = name.rsplit_once('.')?;
    let ending = ending.to_ascii_lowercase();
    KINDS.iter().find(|kind| kind.endings.contains(&ending.as_str()))
}

/// Endings for the `accept` attribute of a form.
pub(crate) fn accepted() -> String {
    let endings = KINDS.iter().flat_map(|kind| kind.endings).map(|ending| format!(".{ending}"));
    endings.collect::<Vec<_>>().join(",")
}

/// Longest name, in characters; its end is kept.
const LONGEST: usize = 120;

/// A name without folders, control characters, and characters that turn the writing round or cannot be seen: what is
/// read is what is there. Never empty.
pub(crate) fn clean_name(typed: &str) -> String {
    let last = typed.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept = last.chars().filter(|c| !c.is_control() && !is_invisible(*c));
    // What shells, Windows and headers give a meaning to.
    let kept: String = kept.map(|c| if "<>:\"|?*;%&`$'".contains(c) { '_' } else { c }).collect();
    let kept = kept.trim().trim_start_matches('.').trim_end_matches('.').trim();
    if kept.is_empty() {
        return "unnamed".to_owned();
    }
    let n = kept.chars().count();
    if n <= LONGEST {
        return kept.to_owned();
    }
    let (stem, ending) = kept.rsplit_once('.').unwrap_or((kept, ""));
    let ending: String = ending.chars().take(10).collect();
    let room = LONGEST.saturating_sub(ending.chars().count() + 1);
    format!("{}.{ending}", stem.chars().take(room).collect::<String>())
}

/// Marks of direction and of no width.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{fffd}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ATT-2: hostile names.
    #[test]
    fn a_name_says_what_is_read() {
        for (typed, clean) in [
            ("合同.pdf", "合同.pdf"),
            ("../../x.jpg", "x.jpg"),
            ("..\\..\\windows\\x.jpg", "x.jpg"),
            ("a\r\nSet-Cookie: b=c.jpg", "aSet-Cookie_ b=c.jpg"),
            ("photo\u{202e}gpj.exe", "photogpj.exe"),
            ("a\0b.png", "ab.png"),
            ("\u{feff}.htaccess", "htaccess"),
            ("...", "unnamed"),
            ("", "unnamed"),
            ("\"><script>.png", "___script_.png"),
        ] {
            assert_eq!(clean_name(typed), clean, "{typed:?}");
        }
        let long = clean_name(&format!("{}.jpeg", "长".repeat(500)));
        assert_eq!(long.chars().count(), LONGEST);
        assert!(long.ends_with(".jpeg") && kind_of(&long).is_some());
    }

    #[test]
    fn the_end_of_a_name_decides_and_only_what_is_listed_is_taken() {
        assert_eq!(kind_of("a.JPG").unwrap().media, "image/jpeg");
        for name in ["a.html", "a.svg", "a.exe", "a.docm", "a.js", "a.jpg.lnk", "jpg", "a."] {
            assert!(kind_of(name).is_none(), "{name}");
        }
        assert!(accepted().contains(".heic"));
    }
}
