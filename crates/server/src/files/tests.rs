//! ATT-2 and ATT-5 on bytes alone: what is refused, what is only noted, and what a stripped copy lacks.

use super::samples::{eicar, pdf, photograph, png, polyglot, webp, zip};
use super::*;
use std::io::Cursor;

/// What becomes of a file of this name.
fn told(name: &str, bytes: &[u8]) -> Result<About, Unfit> {
    let kind = kind_of(name).ok_or(Unfit::Kind)?;
    if !kind.fits(&bytes[..bytes.len().min(128 * 1024)]) {
        return Err(Unfit::Mismatch);
    }
    let seen = look(kind, bytes.len() as u64, Cursor::new(bytes))?;
    let mut about = About {
        name: clean_name(name),
        media: kind.media.to_owned(),
        size: bytes.len() as u64,
        sha256: String::new(),
        file: String::new(),
        found: Vec::new(),
        active: Vec::new(),
        listing: None,
        verdict: Verdict::NotScanned,
    };
    seen.tell(&mut about);
    Ok(about)
}

fn stripped(name: &str, bytes: &[u8]) -> Vec<u8> {
    let plan = plan(kind_of(name).unwrap().family, bytes.len() as u64, Cursor::new(bytes)).unwrap().unwrap();
    let part = |part: &Part| match part {
        Part::Copy(at, length) => bytes[*at as usize..(*at + *length) as usize].to_vec(),
        Part::Bytes(bytes) => bytes.clone(),
    };
    plan.parts.iter().flat_map(part).collect()
}

/// ATT-2: each hostile file is refused with a reason, or noted and kept as it is.
#[test]
fn hostile_files_are_refused_or_noted() {
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
    for (name, bytes, unfit) in [
        ("a.svg", svg.to_vec(), Unfit::Kind),
        ("a.html", b"<script>alert(1)</script>".to_vec(), Unfit::Kind),
        ("eicar.com", eicar(), Unfit::Kind),
        ("a.png", svg.to_vec(), Unfit::Mismatch),
        ("a.jpg", png(3, 2), Unfit::Mismatch),
        ("a.pdf", b"MZ\x90\0".to_vec(), Unfit::Mismatch),
        ("a.txt", b"text\0with a zero".to_vec(), Unfit::Mismatch),
        ("a.txt", png(3, 2), Unfit::Mismatch),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec(), Unfit::Mismatch),
        ("a.png", png(30_000, 30_000), Unfit::Pixels),
        ("a.gif", b"GIF89a\xff\xff\xff\xff\0\0\0".to_vec(), Unfit::Pixels),
        ("a.bmp", [b"BM".as_slice(), &[0; 16], &[0, 0, 1, 0, 0, 0, 1, 0]].concat(), Unfit::Pixels),
        ("a.zip", b"PK\x03\x04 and nothing else".to_vec(), Unfit::Damaged),
        ("a.png", b"\x89PNG\r\n\x1a\n\xff\xff\xff\xffIHDR".to_vec(), Unfit::Damaged),
        ("a.jpg", photograph()[..60].to_vec(), Unfit::Damaged),
    ] {
        assert_eq!(told(name, &bytes).map(|about| about.name), Err(unfit), "{name}");
    }
    let bomb = zip(&[("a", u32::MAX), ("b", u32::MAX)]);
    for (name, bytes, active) in [
        ("a.gif", polyglot(), vec![]),
        ("a.txt", svg.to_vec(), vec![]),
        ("a.txt", eicar(), vec![]),
        ("a.pdf", pdf("/S/JavaScript/JS(app.alert(1))"), vec![Active::Script]),
        ("a.pdf", pdf("/S/#4a#61vaScript"), vec![Active::Script]),
        ("a.pdf", pdf("/S/Launch/F(calc.exe)"), vec![Active::Launch]),
        ("a.docx", zip(&[("[Content_Types].xml", 9), ("word/vbaProject.bin", 9)]), vec![Active::Macros]),
        ("a.zip", bomb, vec![Active::Bomb]),
    ] {
        let about = told(name, &bytes).unwrap();
        assert_eq!(about.active, active, "{name}");
        assert_eq!(about.is_dangerous(), !active.is_empty());
    }
    let listed = told("a.zip", &zip(&[("a.txt", 100), ("b/c.txt", 50)])).unwrap().listing;
    assert_eq!(listed, Some(Listing { n_files: 2, unpacked: 150 }));
}

/// A directory of a zip that would take memory is not read.
#[test]
fn a_zip_of_too_many_names_is_refused() {
    let names: Vec<String> = (0..10_001).map(|n| format!("{n:06}")).collect();
    let files: Vec<(&str, u32)> = names.iter().map(|name| (name.as_str(), 1)).collect();
    assert_eq!(told("a.zip", &zip(&files)).map(|_| ()), Err(Unfit::Damaged));
    assert!(told("a.zip", &zip(&files[..10_000])).is_ok());
}

/// ATT-5: what was found is told, and the copy has none of it and the same picture.
#[test]
fn a_stripped_copy_lacks_what_was_found_and_shows_the_same() {
    let all = vec![Found::Place, Found::Device, Found::Author, Found::Time, Found::Other];
    for (name, bytes, found) in
        [("a.jpg", photograph(), &all), ("a.png", png(3, 2), &all), ("a.webp", webp(), &all)]
    {
        let about = told(name, &bytes).unwrap();
        assert_eq!(about.found, *found, "{name}");
        assert!(about.can_be_stripped());
        let copy = stripped(name, &bytes);
        let holds = |text: &[u8]| copy.windows(text.len()).any(|part| part == text);
        assert!(!holds(b"canary") && holds(b"drawn"), "{name}");
        let again = told(name, &copy).unwrap();
        // How a photograph is turned is kept, and is nothing to tell.
        assert_eq!(again.found, [], "{name}");
        assert_eq!(stripped(name, &copy), copy, "{name}: nothing more to take out");
    }
    let copy = stripped("a.jpg", &photograph());
    // Another program reads the copy's block alike.
    let other =
        ::exif::Reader::new().read_from_container(&mut std::io::BufReader::new(Cursor::new(&copy))).unwrap();
    let turned = other.get_field(::exif::Tag::Orientation, ::exif::In::PRIMARY).unwrap();
    assert_eq!((turned.value.get_uint(0), other.fields().count()), (Some(6), 1));
    assert!(copy.windows(7).any(|part| part == b"colours"), "a colour profile belongs to the picture");
}

/// A reader that counts what is asked of it.
struct Counted(Cursor<Vec<u8>>, usize);

impl std::io::Read for Counted {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let n = self.0.read(into)?;
        self.1 += n;
        Ok(n)
    }
}

impl std::io::Seek for Counted {
    fn seek(&mut self, to: std::io::SeekFrom) -> std::io::Result<u64> {
        self.0.seek(to)
    }
}

/// ATT-1: a block that claims gigabytes costs what it is: directories are read, values are not.
#[test]
fn a_block_that_names_its_bytes_a_thousand_times_is_read_once() {
    let mut block = b"MM\0\x2a\0\0\0\x08".to_vec();
    block.extend(2700_u16.to_be_bytes());
    for n in 0..2700_u16 {
        block.extend((0x0200 + n % 9).to_be_bytes());
        block.extend([0, 2, 0, 0, 0x7f, 0xff, 0, 0, 0x7e, 0xa0]);
    }
    block.resize(65_000, 0);
    let mut reader = Counted(Cursor::new(block), 0);
    assert_eq!(super::exif::read(&mut reader, 0).unwrap().found, [Found::Other].into());
    assert!(reader.1 < 40_000, "read {} bytes of 65,000, and of what they claim nothing", reader.1);
    // Directories that lead to each other end.
    let mut circle = b"II\x2a\0\x08\0\0\0\x01\0\x69\x87\x04\0\x01\0\0\0\x08\0\0\0".to_vec();
    circle.extend(8_u32.to_le_bytes());
    assert_eq!(super::exif::read(&mut Cursor::new(&circle), 0).unwrap().found, [].into());
}

/// A tag that nobody listed tells something too, and a preview is taken out.
#[test]
fn what_is_not_known_is_told() {
    // XPComment of Windows alone.
    let block = b"II\x2a\0\x08\0\0\0\x01\0\x9c\x9c\x01\0\x04\0\0\0hi\0\0\0\0\0\0";
    assert_eq!(super::exif::read(&mut Cursor::new(block), 0).unwrap().found, [Found::Other].into());
    let photo = photograph();
    let jfif = b"\xff\xe0\0\x13JFIF\0\x01\x02\0\0\x01\0\x01\x01\x01abc";
    let with_preview = [&photo[..2], jfif, &photo[2..]].concat();
    assert!(told("a.jpg", &with_preview).unwrap().found.contains(&Found::Other));
    let copy = stripped("a.jpg", &with_preview);
    assert!(copy.windows(4).any(|part| part == b"JFIF") && !copy.windows(3).any(|part| part == b"abc"));
}

/// No file, however it was cut or altered, makes the looking end otherwise than with an answer.
#[test]
fn altered_files_are_answered() {
    let samples = [
        ("a.jpg", photograph()),
        ("a.png", png(3, 2)),
        ("a.webp", webp()),
        ("a.gif", polyglot()),
        ("a.pdf", pdf("/S/Launch")),
        ("a.zip", zip(&[("a", 1), ("b", 2)])),
    ];
    let mut noise = 1_u32;
    let mut answered = 0;
    for (name, bytes) in samples {
        for n in 0..400 {
            let mut bytes = bytes.clone();
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let at = noise as usize % bytes.len();
            if n % 3 == 0 {
                bytes.truncate(at.max(12));
            } else {
                bytes[at] = (noise >> 16) as u8;
            }
            let _either = look(kind_of(name).unwrap(), bytes.len() as u64, Cursor::new(&bytes));
            answered += 1;
        }
    }
    assert_eq!(answered, 2400);
}
