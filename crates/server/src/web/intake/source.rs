//! Where a request comes from, as a hash under the key of the day: HMAC(key, IPv4 address or first 56 bits of IPv6).
//!
//! The key is drawn at the first request of a day, lives in memory only and is forgotten at midnight. No address is
//! written anywhere, not even into an error (SPAM-3, PRIV-1).

use super::rate::{Buckets, Key, Rate};
use super::{LEVELS, Owed};
use crate::app::App;
use crate::narrow::Narrow;
use crate::tls::Secured;
use crate::web::problem::Problem;
use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::serve::IncomingStream;
use jiff::civil::Date;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

/// Bytes of a megabyte.
const MB: u64 = 1 << 20;

/// Sources of today with what they asked for.
#[derive(Debug)]
pub(super) struct Sources {
    filings: Rate,
    tries: Rate,
    megabytes: Rate,
    challenges: Rate,
    day: Mutex<Option<Day>>,
}

struct Day {
    on: Date,
    key: [u8; 32],
    filings: Buckets,
    tries: Buckets,
    megabytes: Buckets,
    challenges: Buckets,
}

impl std::fmt::Debug for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Day").field("on", &self.on).finish_non_exhaustive()
    }
}

impl Sources {
    pub(super) fn new(filings: Rate, tries: Rate, megabytes: Rate, challenges: Rate) -> Sources {
        Sources { filings, tries, megabytes, challenges, day: Mutex::new(None) }
    }

    /// Forgets another day.
    pub(super) fn turn(&self, today: Date) {
        if let Ok(mut day) = self.day.lock()
            && day.as_ref().is_some_and(|day| day.on != today)
        {
            *day = None;
        }
    }

    /// Something of today; `None` when no key can be drawn.
    fn today<T>(&self, today: Date, ask: impl FnOnce(&mut Day) -> T) -> Option<T> {
        let mut day = self.day.lock().ok()?;
        if day.as_ref().is_none_or(|day| day.on != today) {
            let key = crate::entropy::bytes().ok()?;
            let [filings, tries, megabytes, challenges] = std::array::from_fn(|_| Buckets::default());
            *day = Some(Day { on: today, key, filings, tries, megabytes, challenges });
        }
        day.as_mut().map(ask)
    }

    /// A source as it is known today. Whoever cannot be told apart is one source with all of those.
    pub(super) fn key(&self, app: &App, address: IpAddr) -> Key {
        let prefix = match address.to_canonical() {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().into_iter().take(7).collect(),
        };
        let mut key = Key::default();
        if let Some(hash) = self.today(app.clock.today(), |day| store::content::commit(&day.key, &prefix)) {
            for (to, from) in key.iter_mut().zip(hash) {
                *to = from;
            }
        }
        key
    }

    /// What the next filing of a source owes. `worked` is paid in advance.
    pub(super) fn filing(&self, app: &App, filer: Filer, worked: bool) -> Owed {
        let now = app.clock.now().as_millisecond();
        let over = self.today(app.clock.today(), |day| day.filings.over(filer.key, now, self.filings));
        match over.unwrap_or(0) {
            0 => Owed::Nothing,
            _ if worked => Owed::Nothing,
            over => Owed::Level(((over - 1) / self.filings.burst()).min(LEVELS - 1)),
        }
    }

    /// The same, and counts it if it owes nothing.
    pub(super) fn count_filing(&self, app: &App, filer: Filer, worked: bool) -> Owed {
        let owed = self.filing(app, filer, worked);
        if owed == Owed::Nothing {
            self.charge_filing(app, filer);
        }
        owed
    }

    pub(super) fn charge_filing(&self, app: &App, filer: Filer) {
        let now = app.clock.now().as_millisecond();
        self.today(app.clock.today(), |day| day.filings.charge(filer.key, now, self.filings));
    }

    /// Whether a source brought as many bytes of files as one may in a day.
    pub(super) fn has_brought_enough(&self, app: &App, filer: Filer) -> bool {
        let now = app.clock.now().as_millisecond();
        let over = self.today(app.clock.today(), |day| day.megabytes.over(filer.key, now, self.megabytes));
        over.unwrap_or(0) > 0
    }

    /// Counts a file, by the megabytes that it begins.
    pub(super) fn charge_bytes(&self, app: &App, filer: Filer, bytes: u64) {
        let now = app.clock.now().as_millisecond();
        self.today(app.clock.today(), |day| {
            for _ in 0..bytes.div_ceil(MB) {
                day.megabytes.charge(filer.key, now, self.megabytes);
            }
        });
    }

    /// Seconds until a filing of the source owes nothing.
    pub(super) fn filing_after(&self, app: &App, filer: Filer) -> u64 {
        let now = app.clock.now().as_millisecond();
        let after = self.today(app.clock.today(), |day| day.filings.after_s(filer.key, now, self.filings));
        after.unwrap_or(1)
    }
}

/// Who files: asking for it limits nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Filer {
    pub(super) key: Key,
}

impl FromRequestParts<Arc<App>> for Filer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        Ok(Filer { key: app.intake.sources.key(app, address(parts, app)) })
    }
}

/// Who tries codes and passwords, with the wrong ones counted. Asking for it *is* the limit.
pub(crate) struct Source {
    key: Key,
}

impl Source {
    /// Remembers a wrong code or password.
    pub(crate) fn failed(&self, app: &App) {
        let sources = &app.intake.sources;
        let now = app.clock.now().as_millisecond();
        sources.today(app.clock.today(), |day| day.tries.charge(self.key, now, sources.tries));
    }
}

impl Source {
    /// Counts a challenge that is kept waiting for somebody who has not said who they are. One source keeps so many
    /// waiting and no more, so that it cannot shut logins to all others (IAM-3b).
    ///
    /// # Errors
    /// When the source has asked for as many as one may.
    pub(crate) fn asks(&self, app: &App) -> Result<(), Problem> {
        let sources = &app.intake.sources;
        let now = app.clock.now().as_millisecond();
        let after = sources.today(app.clock.today(), |day| {
            if day.challenges.over(self.key, now, sources.challenges) > 0 {
                return Some(day.challenges.after_s(self.key, now, sources.challenges));
            }
            day.challenges.charge(self.key, now, sources.challenges);
            None
        });
        match after.flatten() {
            Some(after_s) => Err(Problem::TooManyTries { after_s, otherwise: app.otherwise() }),
            None => Ok(()),
        }
    }
}

impl FromRequestParts<Arc<App>> for Source {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let sources = &app.intake.sources;
        let key = sources.key(app, address(parts, app));
        let now = app.clock.now().as_millisecond();
        let after = sources.today(app.clock.today(), |day| {
            let over = day.tries.over(key, now, sources.tries);
            (over > 0).then(|| day.tries.after_s(key, now, sources.tries))
        });
        match after.flatten() {
            Some(after_s) => Err(Problem::TooManyTries { after_s, otherwise: app.otherwise() }),
            None => Ok(Source { key }),
        }
    }
}

/// Whether a request comes from a device that the office put up for visitors.
pub(crate) fn is_kiosk(parts: &Parts, app: &App) -> bool {
    !app.kiosks.is_empty() && app.kiosks.contains(&address(parts, app).to_canonical())
}

/// Who is at the other end of the connection, with TLS or without.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(SocketAddr);

impl Connected<IncomingStream<'_, Narrow<TcpListener>>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Narrow<TcpListener>>) -> Peer {
        Peer(*stream.remote_addr())
    }
}

impl Connected<IncomingStream<'_, Narrow<Secured>>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Narrow<Secured>>) -> Peer {
        Peer(*stream.remote_addr())
    }
}

fn address(parts: &Parts, app: &App) -> IpAddr {
    let connected = parts.extensions.get::<ConnectInfo<Peer>>();
    let peer = connected.map_or(IpAddr::from([127, 0, 0, 1]), |connected| connected.0.0.ip());
    source(peer, &parts.headers, &app.trusted_proxies)
}

/// The peer, or what a trusted proxy names as the last hop before it. A header from anybody else is not believed.
fn source(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    // A listener on both families sees an IPv4 peer as one of IPv6.
    let peer = peer.to_canonical();
    if !trusted.contains(&peer) {
        return peer;
    }
    let hops = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = hops.flat_map(|value| value.split(',')).map(str::trim).collect();
    for hop in hops.iter().rev() {
        // What stands left of a hop that cannot be read was perhaps written by the visitor.
        let Some(address) = read(hop) else { return peer };
        if !trusted.contains(&address) {
            return address;
        }
    }
    peer
}

/// An address, as some proxies write it also with a port.
fn read(hop: &str) -> Option<IpAddr> {
    let address = hop.parse().ok().or_else(|| hop.parse::<SocketAddr>().ok().map(|socket| socket.ip()));
    address.map(|address| address.to_canonical())
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
        for (written, found) in [
            ("10.1.2.3, 198.51.100.7:51234", "198.51.100.7"),
            ("10.1.2.3, unknown", "127.0.0.1"),
            ("10.1.2.3, [2001:db8::7]:443", "2001:db8::7"),
        ] {
            headers.insert("x-forwarded-for", written.parse().unwrap());
            assert_eq!(source(proxy, &headers, &[proxy]), ip(found), "{written}");
            assert_eq!(source(ip("::ffff:127.0.0.1"), &headers, &[proxy]), ip(found), "{written}");
        }
    }
}
