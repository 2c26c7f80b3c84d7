//! Wrong codes and passwords are counted per source, in memory only; a source with too many waits, whatever it tries.
//!
//! Submitting is never limited here: whoever files is not counted (architecture §10.11).

use super::problem::Problem;
use crate::app::App;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
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

/// Where a request comes from: the peer, or what a trusted proxy names as the last hop before it. A header from anybody
/// else is not believed.
fn source(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    if !trusted.contains(&peer) {
        return peer;
    }
    let hops = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<IpAddr> =
        hops.flat_map(|value| value.split(',')).filter_map(|hop| hop.trim().parse().ok()).collect();
    hops.iter().rev().find(|hop| !trusted.contains(hop)).copied().unwrap_or(peer)
}

impl FromRequestParts<Arc<App>> for Source {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let connected = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = connected.map_or(IpAddr::from([127, 0, 0, 1]), |connected| connected.0.ip());
        let address = source(peer, &parts.headers, &app.trusted_proxies);
        let minute = app.clock.now().as_second() / 60;
        if app.tries.of(address, minute) >= app.code_tries {
            return Err(Problem::TooManyTries);
        }
        Ok(Source { address, minute })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_trusted_proxy_is_believed_and_only_its_last_hop() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "203.0.113.9, 198.51.100.7".parse().unwrap());
        let proxy = ip("127.0.0.1");
        assert_eq!(source(ip("192.0.2.1"), &headers, &[proxy]), ip("192.0.2.1"), "a stranger names himself");
        assert_eq!(source(proxy, &headers, &[]), proxy);
        assert_eq!(
            source(proxy, &headers, &[proxy]),
            ip("198.51.100.7"),
            "not what the visitor wrote before it"
        );
        assert_eq!(source(proxy, &headers, &[proxy, ip("198.51.100.7")]), ip("203.0.113.9"), "two proxies");
        assert_eq!(source(proxy, &HeaderMap::new(), &[proxy]), proxy);
    }
}
