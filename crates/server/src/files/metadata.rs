//! Words that documents carry beside their content: names of a PDF, streams of an old office file (ATT-2, ATT-5).

use std::io::Read;

/// Names of a PDF, one after another, with their escapes resolved: `/J#61vaScript` is the same name.
pub(super) fn pdf_names<R: Read>(reader: R, mut each: impl FnMut(&[u8])) -> std::io::Result<()> {
    const LONGEST: usize = 32;
    let mut name: Option<Vec<u8>> = None;
    let mut escape: Vec<u8> = Vec::new();
    for byte in std::io::BufReader::with_capacity(64 * 1024, reader).bytes() {
        let byte = byte?;
        let ends = byte.is_ascii_whitespace() || byte == 0 || b"()<>[]{}/%".contains(&byte);
        if let Some(known) = &mut name {
            if !ends {
                if byte == b'#' || !escape.is_empty() {
                    escape.push(byte);
                    if escape.len() == 3 {
                        let digits =
                            std::str::from_utf8(escape.get(1..).unwrap_or_default()).unwrap_or_default();
                        known.push(u8::from_str_radix(digits, 16).unwrap_or(b'#'));
                        escape.clear();
                    }
                } else {
                    known.push(byte);
                }
                if known.len() > LONGEST {
                    name = None;
                }
                continue;
            }
            each(known);
            name = None;
        }
        escape.clear();
        if byte == b'/' {
            name = Some(Vec::new());
        }
    }
    Ok(())
}

/// Whether some bytes stand anywhere in a file.
pub(super) fn holds<R: Read>(mut reader: R, wanted: &[&[u8]]) -> std::io::Result<Vec<bool>> {
    let longest = wanted.iter().map(|bytes| bytes.len()).max().unwrap_or(1);
    let mut found = vec![false; wanted.len()];
    let mut window = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let n = reader.read(&mut buffer)?;
        if n == 0 {
            return Ok(found);
        }
        window.extend_from_slice(buffer.get(..n).unwrap_or_default());
        for (found, wanted) in found.iter_mut().zip(wanted) {
            *found |= window.windows(wanted.len()).any(|part| part == *wanted);
        }
        window.drain(..window.len().saturating_sub(longest));
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A TIFF block by hand: make, artist, date, orientation 6, and a place.
    pub(crate) fn exif_block() -> Vec<u8> {
        let mut block = b"MM\0\x2a\0\0\0\x08".to_vec();
        let texts: [(u16, &[u8]); 3] =
            [(0x010f, b"canary-make\0"), (0x0132, b"2026:11:24 10:00:00\0"), (0x013b, b"canary-artist\0")];
        // Entries in the order of their tags; texts and the place behind them.
        let n = 5_u16;
        let mut behind = 8 + 2 + 12 * u32::from(n) + 4;
        let mut tail = Vec::new();
        block.extend(n.to_be_bytes());
        let mut entry = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
            block.extend(tag.to_be_bytes());
            block.extend(kind.to_be_bytes());
            block.extend(count.to_be_bytes());
            block.extend(value);
        };
        let [make, date, artist] = texts;
        let (tag, text) = make;
        entry(tag, 2, text.len() as u32, behind.to_be_bytes());
        tail.extend_from_slice(text);
        behind += text.len() as u32;
        entry(0x0112, 3, 1, [0, 6, 0, 0]);
        for (tag, text) in [date, artist] {
            entry(tag, 2, text.len() as u32, behind.to_be_bytes());
            tail.extend_from_slice(text);
            behind += text.len() as u32;
        }
        entry(0x8825, 4, 1, behind.to_be_bytes());
        block.extend([0; 4]);
        block.extend(tail);
        // GPS: north of somewhere.
        block.extend([0, 1, 0, 1, 0, 2, 0, 0, 0, 2, b'N', 0, 0, 0, 0, 0, 0, 0]);
        block
    }

    #[test]
    fn names_of_a_pdf_are_read_through_their_escapes_and_over_the_edges_of_buffers() {
        let mut names = Vec::new();
        let text = [vec![b' '; 64 * 1024 - 3], b"/J#61vaScript /S/Launch(x)/#zz".to_vec()].concat();
        pdf_names(text.as_slice(), |name| names.push(String::from_utf8_lossy(name).into_owned())).unwrap();
        assert_eq!(names, ["JavaScript", "S", "Launch"]);
    }

    #[test]
    fn bytes_are_found_over_the_edges_of_buffers() {
        let text = [vec![b' '; 64 * 1024 - 3], b"needle".to_vec()].concat();
        assert_eq!(holds(text.as_slice(), &[b"needle", b"other"]).unwrap(), [true, false]);
    }
}
