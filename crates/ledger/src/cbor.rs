//! The small part of CBOR (RFC 8949) that records use, in its deterministic form (§4.2.1): definite lengths and the
//! shortest integers. No maps, no floats, no tags.

/// Writes CBOR. Nothing that it writes can fail.
#[derive(Default)]
pub(crate) struct Writer(pub(crate) Vec<u8>);

impl Writer {
    fn head(&mut self, major: u8, value: u64) -> &mut Self {
        let major = major << 5;
        let bytes = value.to_be_bytes();
        let (kind, width) = match value {
            0..24 => {
                self.0.push(major | bytes[7]);
                return self;
            }
            24..0x100 => (24, 1),
            0x100..0x1_0000 => (25, 2),
            0x1_0000..0x1_0000_0000 => (26, 4),
            _ => (27, 8),
        };
        self.0.push(major | kind);
        self.0.extend(bytes.iter().skip(8 - width));
        self
    }

    pub(crate) fn uint(&mut self, value: u64) -> &mut Self {
        self.head(0, value)
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.head(2, bytes.len() as u64).0.extend(bytes);
        self
    }

    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.head(3, text.len() as u64).0.extend(text.as_bytes());
        self
    }

    pub(crate) fn array(&mut self, n_items: usize) -> &mut Self {
        self.head(4, n_items as u64)
    }

    pub(crate) fn truth(&mut self, truth: bool) -> &mut Self {
        self.0.push(if truth { 0xf5 } else { 0xf4 });
        self
    }
}

/// Reads what [`Writer`] writes; `None` for anything else.
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, n_bytes: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(n_bytes)?;
        self.0 = rest;
        Some(taken)
    }

    fn head(&mut self, major: u8) -> Option<u64> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = rest;
        let (width, least) = match first & 0x1f {
            small @ 0..24 => return (first >> 5 == major).then_some(u64::from(small)),
            24 => (1, 24),
            25 => (2, 0x100),
            26 => (4, 0x1_0000),
            27 => (8, 0x1_0000_0000),
            _ => return None,
        };
        let value = self.take(width)?.iter().fold(0, |value, byte| value << 8 | u64::from(*byte));
        (first >> 5 == major && value >= least).then_some(value)
    }

    pub(crate) fn uint(&mut self) -> Option<u64> {
        self.head(0)
    }

    pub(crate) fn bytes(&mut self) -> Option<&'a [u8]> {
        let n_bytes = self.head(2)?;
        self.take(usize::try_from(n_bytes).ok()?)
    }

    pub(crate) fn fixed<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.bytes()?.try_into().ok()
    }

    pub(crate) fn text(&mut self) -> Option<&'a str> {
        let n_bytes = self.head(3)?;
        str::from_utf8(self.take(usize::try_from(n_bytes).ok()?)?).ok()
    }

    pub(crate) fn array(&mut self) -> Option<u64> {
        self.head(4)
    }

    pub(crate) fn truth(&mut self) -> Option<bool> {
        match self.take(1)? {
            [0xf5] => Some(true),
            [0xf4] => Some(false),
            _ => None,
        }
    }
}
