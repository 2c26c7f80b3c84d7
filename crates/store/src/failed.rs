//! A device that failed under the writer: said once, for good, to whoever waits and to whoever comes later.

use crate::StoreError;
use std::sync::OnceLock;
use tokio::sync::Notify;

/// Set once; nothing is written after it. A sync that failed is never tried again: the kernel may have dropped the pages
/// and would report success (CRASH-3).
#[derive(Debug, Default)]
pub(crate) struct Failed {
    error: OnceLock<StoreError>,
    said: Notify,
}

impl Failed {
    pub(crate) fn say(&self, error: StoreError) {
        let _first = self.error.set(error);
        self.said.notify_waiters();
    }

    pub(crate) fn get(&self) -> Option<&StoreError> {
        self.error.get()
    }

    pub(crate) async fn wait(&self) -> StoreError {
        loop {
            let said = self.said.notified();
            if let Some(error) = self.get() {
                return error.clone();
            }
            said.await;
        }
    }
}
