//! Random values from a seed, so that a failing case can be repeated.

/// The SplitMix64 sequence.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    pub(crate) fn bytes(&mut self, n_bytes: usize) -> Vec<u8> {
        (0..n_bytes).map(|_| self.next() as u8).collect()
    }

    pub(crate) fn array<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.next() as u8)
    }

    /// Words in several scripts.
    pub(crate) fn words(&mut self) -> String {
        let words = ["路灯", "不亮", "street", "lamp", "№ 7", "\u{1f3db}", "\n", ""];
        (0..1 + self.below(20)).map(|_| words[self.below(8) as usize]).collect()
    }

    /// Flips one bit.
    pub(crate) fn flip(&mut self, bytes: &mut [u8]) {
        let place = self.below(bytes.len() as u64) as usize;
        bytes[place] ^= 1 << self.below(8);
    }
}
