//! The waiting room: submissions of sources above the normal rate that brought no work, held for a while and then taken
//! in. Its places are counted; a full room makes the source with most people in it give up a place.

use super::rate::Key;
use super::source::Filer;
use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;
use std::time::Duration;
use tokio::sync::oneshot;

/// Most who wait at the same time.
const PLACES: usize = 4_096;

/// Who waits.
#[derive(Debug)]
pub(super) struct Room {
    places: usize,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    n: usize,
    last: u64,
    waiting: HashMap<Key, BTreeMap<u64, oneshot::Sender<()>>>,
}

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waited {
    /// It is over.
    Through,
    /// There was no place, or it had to be given up.
    SentBack,
}

impl Default for Room {
    fn default() -> Self {
        Room { places: PLACES, inner: Mutex::default() }
    }
}

impl Room {
    /// Waits. Whoever goes away in the meantime frees the place.
    pub(super) async fn wait(&self, filer: Filer, long: Duration) -> Waited {
        let Some((place, given_up)) = self.enter(filer.key) else { return Waited::SentBack };
        let waited = tokio::select! {
            () = tokio::time::sleep(long) => Waited::Through,
            _ = given_up => Waited::SentBack,
        };
        drop(place);
        waited
    }

    fn enter(&self, source: Key) -> Option<(Place<'_>, oneshot::Receiver<()>)> {
        let mut inner = self.inner.lock().ok()?;
        if inner.n >= self.places {
            let own = inner.waiting.get(&source).map_or(0, BTreeMap::len);
            let (most, n) =
                inner.waiting.iter().map(|(key, who)| (*key, who.len())).max_by_key(|(_, n)| *n)?;
            // Two of a kind would only push each other out.
            if n <= own + 1 {
                return None;
            }
            let youngest = inner.waiting.get(&most)?.keys().next_back().copied()?;
            inner.remove(most, youngest);
        }
        let (sender, receiver) = oneshot::channel();
        inner.last += 1;
        inner.n += 1;
        let id = inner.last;
        inner.waiting.entry(source).or_default().insert(id, sender);
        Some((Place { room: self, source, id }, receiver))
    }
}

impl Inner {
    fn remove(&mut self, source: Key, id: u64) {
        let Some(who) = self.waiting.get_mut(&source) else { return };
        if who.remove(&id).is_some() {
            self.n = self.n.saturating_sub(1);
        }
        if who.is_empty() {
            self.waiting.remove(&source);
        }
    }
}

/// A place that is free again when it is dropped.
struct Place<'a> {
    room: &'a Room,
    source: Key,
    id: u64,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if let Ok(mut inner) = self.room.inner.lock() {
            inner.remove(self.source, self.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spam_2_a_full_room_makes_the_fullest_source_give_up_a_place() {
        let room = Room { places: 4, inner: Mutex::default() };
        let [flooder, honest, other] = [1, 2, 3].map(|n| [n; 16]);
        let mut flood: Vec<_> = (0..4).map(|_| room.enter(flooder).unwrap()).collect();
        assert!(room.enter(flooder).is_none(), "the flooder pushes nobody out");
        let first = room.enter(honest).unwrap();
        assert!(flood[3].1.try_recv().is_err_and(|error| error == oneshot::error::TryRecvError::Closed));
        assert!(flood[0].1.try_recv().is_err_and(|error| error == oneshot::error::TryRecvError::Empty));
        let second = room.enter(other).unwrap();
        assert!(room.enter(other).is_none(), "two and two: nobody is to give way");
        drop((first, second));
        assert_eq!(room.inner.lock().unwrap().n, 2, "who leaves frees the place");
        drop(flood);
        assert_eq!(room.inner.lock().unwrap().n, 0);
        assert!(room.inner.lock().unwrap().waiting.is_empty());
    }
}
