//! Files made for tests, hostile ones among them. None of them is anybody else's.

use super::metadata::tests::exif_block;

/// A segment of a JPEG.
fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 2).unwrap();
    [[0xff, marker].as_slice(), &length.to_be_bytes(), body].concat()
}

/// A photograph with place, device, author and time, turned on its side, with a note and a film behind its end.
pub(crate) fn photograph() -> Vec<u8> {
    let exif = [b"Exif\0\0".as_slice(), &exif_block()].concat();
    let frame = [8, 0, 2, 0, 3, 1, 1, 0x11, 0];
    let mut jpeg = vec![0xff, 0xd8];
    jpeg.extend(segment(0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"));
    jpeg.extend(segment(0xe1, &exif));
    jpeg.extend(segment(0xe1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>canary-xmp</x:xmpmeta>"));
    jpeg.extend(segment(0xfe, b"canary-comment"));
    jpeg.extend(segment(0xe2, b"ICC_PROFILE\0\x01\x01colours"));
    jpeg.extend(segment(0xc0, &frame));
    jpeg.extend(segment(0xda, &[1, 1, 0, 0, 63, 0]));
    jpeg.extend(b"drawn\xff\0here\xff\xd0and here");
    jpeg.extend([0xff, 0xd9]);
    jpeg.extend(b"canary-trailer");
    jpeg
}

/// A photograph without anything beside, of so many bytes.
pub(crate) fn large_photograph(size: usize) -> Vec<u8> {
    let mut jpeg = vec![0xff, 0xd8];
    jpeg.extend(segment(0xc0, &[8, 0, 2, 0, 3, 1, 1, 0x11, 0]));
    jpeg.extend(segment(0xda, &[1, 1, 0, 0, 63, 0]));
    let mut noise = 0x2545_f491_u32;
    while jpeg.len() < size - 2 {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        // No byte that would be a marker.
        jpeg.push((noise >> 24) as u8 & 0x7f);
    }
    jpeg.extend([0xff, 0xd9]);
    jpeg
}

fn chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap();
    [length.to_be_bytes().as_slice(), name, body, &[0; 4]].concat()
}

/// A PNG of these sides, with metadata.
pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    let sides = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    let parts = [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(b"IHDR", &sides),
        chunk(b"eXIf", &exif_block()),
        chunk(b"tEXt", b"Author\0canary-png"),
        chunk(b"IDAT", b"drawn"),
        chunk(b"IEND", b""),
    ];
    parts.concat()
}

/// A WebP with a canvas, EXIF and XMP.
pub(crate) fn webp() -> Vec<u8> {
    let chunk = |name: &[u8; 4], body: &[u8]| {
        let length = u32::try_from(body.len()).unwrap();
        let pad = vec![0; body.len() % 2];
        [name.as_slice(), &length.to_le_bytes(), body, &pad].concat()
    };
    let body = [
        chunk(b"VP8X", &[0x0c, 0, 0, 0, 9, 0, 0, 19, 0, 0]),
        chunk(b"VP8 ", b"drawn"),
        chunk(b"EXIF", &exif_block()),
        chunk(b"XMP ", b"canary-xmp"),
    ]
    .concat();
    let length = u32::try_from(body.len() + 4).unwrap();
    [b"RIFF".as_slice(), &length.to_le_bytes(), b"WEBP", &body].concat()
}

/// A GIF that is JavaScript too.
pub(crate) fn polyglot() -> Vec<u8> {
    b"GIF89a/*\x01\0\0\0\0,\0\0*/=1;document.title='run';//".to_vec()
}

/// A PDF with what such names do; `/#4a#61vaScript` is `/JavaScript`.
pub(crate) fn pdf(names: &str) -> Vec<u8> {
    format!("%PDF-1.7\n1 0 obj<</Type/Catalog/OpenAction<<{names}>>>>endobj\n2 0 obj<</Author(canary)/Producer(x)>>endobj\ntrailer<</Root 1 0 R/Info 2 0 R>>\n%%EOF\n").into_bytes()
}

/// A zip of named files that say how large they would be; nothing is packed in it.
pub(crate) fn zip(files: &[(&str, u32)]) -> Vec<u8> {
    let mut local = Vec::new();
    let mut directory = Vec::new();
    for (name, unpacked) in files {
        let offset = u32::try_from(local.len()).unwrap();
        let length = u16::try_from(name.len()).unwrap();
        let common = |mark: &[u8], made: &[u8]| {
            let mut head = [mark, made, &[20, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0]].concat();
            head.extend(0_u32.to_le_bytes());
            head.extend(unpacked.to_le_bytes());
            head.extend(length.to_le_bytes());
            head.extend([0, 0]);
            head
        };
        local.extend(common(b"PK\x03\x04", &[]));
        local.extend(name.as_bytes());
        directory.extend(common(b"PK\x01\x02", &[20, 0]));
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let n = u16::try_from(files.len()).unwrap().to_le_bytes();
    let (at, length) = (u32::try_from(local.len()).unwrap(), u32::try_from(directory.len()).unwrap());
    let mut zip = [local, directory].concat();
    zip.extend(b"PK\x05\x06\0\0\0\0");
    zip.extend([n, n].concat());
    zip.extend(length.to_le_bytes());
    zip.extend(at.to_le_bytes());
    zip.extend([0, 0]);
    zip
}

/// The test file of virus scanners, put together so that no scanner takes this source for it.
pub(crate) fn eicar() -> Vec<u8> {
    [r"X5O!P%@AP[4\PZX54(P^)7CC)7}$", "EICAR-STANDARD-", "ANTIVIRUS-TEST-FILE!$H+H*"].concat().into_bytes()
}
