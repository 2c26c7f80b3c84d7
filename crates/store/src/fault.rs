//! Lets a test make the n-th write fail, so that it can be shown that nothing is ever half written.

#[cfg(feature = "testing")]
mod armed {
    use std::sync::atomic::{AtomicI64, Ordering};

    static LEFT: AtomicI64 = AtomicI64::new(0);

    /// Makes the `n`-th write from now fail, counted from 1, in this process. 0 disarms.
    pub fn fail_write(n: i64) {
        LEFT.store(n, Ordering::SeqCst);
    }

    pub(crate) fn strikes() -> bool {
        LEFT.load(Ordering::SeqCst) > 0 && LEFT.fetch_sub(1, Ordering::SeqCst) == 1
    }
}

#[cfg(feature = "testing")]
pub use armed::fail_write;
#[cfg(feature = "testing")]
pub(crate) use armed::strikes;

#[cfg(not(feature = "testing"))]
pub(crate) const fn strikes() -> bool {
    false
}
