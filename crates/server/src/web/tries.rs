//! Wrong codes and passwords are counted per source, in memory only, and slowed down; right ones never are.
//!
//! Submitting is never limited here: whoever files is not counted (architecture §10.11).

use super::problem::Problem;
use crate::app::App;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

/// Length of the window, in minutes.
const WINDOW: i64 = 15;
/// Most sources remembered; beyond it the oldest window is forgotten whole.
const SOURCES: usize = 100_000;

/// Wrong tries by source in the running window.
#[derive(Debug, Default)]
pub(crate) struct Tries {
    window: Mutex<(i64, HashMap<IpAddr, u32>)>,
}

impl Tries {
    /// Wrong tries of the source in the window of this minute.
    fn of(&self, source: IpAddr, minute: i64) -> u32 {
        let Ok(window) = self.window.lock() else { return 0 };
        if window.0 == minute / WINDOW { window.1.get(&source).copied().unwrap_or(0) } else { 0 }
    }

    fn add(&self, source: IpAddr, minute: i64) {
        let Ok(mut window) = self.window.lock() else { return };
        if window.0 != minute / WINDOW || window.1.len() >= SOURCES {
            *window = (minute / WINDOW, HashMap::new());
        }
        *window.1.entry(source).or_insert(0) += 1;
    }
}

/// Where a request comes from, with its wrong tries checked. Asking for it *is* the limit.
pub(crate) struct Source {
    address: IpAddr,
    minute: i64,
}

impl Source {
    /// Remembers a wrong code or password.
    pub(crate) fn failed(&self, app: &App) {
        app.tries.add(self.address, self.minute);
    }
}

impl FromRequestParts<Arc<App>> for Source {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let connected = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let address = connected.map_or(IpAddr::from([127, 0, 0, 1]), |connected| connected.0.ip());
        let minute = app.clock.now().as_second() / 60;
        if app.tries.of(address, minute) >= app.code_tries {
            return Err(Problem::TooManyTries);
        }
        Ok(Source { address, minute })
    }
}
