//! Passwords: argon2id, never more at once than the machine has cores, so that a storm of logins leaves the pages alone
//! (IAM-3).

use anyhow::Context as _;
use argon2::password_hash::PasswordHasher as _;
use argon2::password_hash::phc::{Output, PasswordHash};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError};
use tokio::sync::{Mutex, Semaphore};

/// Shortest password, in characters.
pub(crate) const SHORTEST: usize = 10;
/// Longest, so that hashing it stays cheap.
const LONGEST: usize = 200;
/// Distinct characters a password needs at least.
const DISTINCT: usize = 5;
/// Logins that may wait for their turn.
const WAITING: usize = 64;
/// Turns that logins share, so that nobody tries one login twice at the same moment.
const TURNS: usize = 64;
/// Hash of no password, verified when a login does not exist, so that both take as long.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$RdescudvJCsgt3ub+b+dWRWJTmaaJObGEVmVjf5RdMw";
/// Words that guessers try first; a password that holds little else is refused.
const FIRST_GUESSED: &[&str] = &[
    "password", "passw0rd", "qwerty", "asdfgh", "zxcvbn", "1q2w3e", "123456", "654321", "111111", "000000",
    "888888", "666666", "112233", "123123", "abc123", "iloveyou", "admin", "welcome", "letmein", "woaini",
    "5201314", "xinfang", "huiyin",
];

/// Why a password is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weak {
    /// Fewer than ten characters.
    Short,
    /// More than two hundred.
    Long,
    /// Little else than something that is guessed first, the login, or one character again and again.
    Guessable,
}

/// Memory of one hash at a time.
type Room = Vec<Block>;

/// The queue of those who log in.
pub(crate) struct Passwords {
    cores: Arc<Semaphore>,
    /// What hashes are made in, one for each core: what is given back to the allocator by ever other threads stays with it,
    /// and a storm would fill the memory of the machine with it.
    rooms: Arc<std::sync::Mutex<Vec<Room>>>,
    waiting: AtomicUsize,
    turns: Vec<Arc<Mutex<()>>>,
}

impl Passwords {
    /// As many at once as there are cores.
    pub(crate) fn new() -> Passwords {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Passwords {
            cores: Arc::new(Semaphore::new(cores)),
            rooms: Arc::default(),
            waiting: AtomicUsize::new(0),
            turns: (0..TURNS).map(|_| Arc::default()).collect(),
        }
    }

    /// The turn that everybody takes who tries this login.
    pub(super) fn turn(&self, login: &str) -> Arc<Mutex<()>> {
        let n = login.bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte)));
        self.turns.get(n % TURNS).map(Arc::clone).unwrap_or_default()
    }

    /// Whether the password is that of the hash; without a hash it is never, and takes as long. `None` when too many wait.
    pub(super) async fn verify(
        &self,
        hash: Option<String>,
        password: String,
    ) -> anyhow::Result<Option<bool>> {
        if self.waiting.fetch_add(1, Ordering::SeqCst) >= WAITING {
            self.waiting.fetch_sub(1, Ordering::SeqCst);
            return Ok(None);
        }
        let core = Arc::clone(&self.cores).acquire_owned().await;
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        let core = core.context("the queue of logins")?;
        let known = hash.filter(|hash| !hash.is_empty());
        let rooms = Arc::clone(&self.rooms);
        let right = tokio::task::spawn_blocking(move || {
            let _core = core;
            let taken = rooms.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut room = taken.unwrap_or_default();
            let right = is_of(known.as_deref().unwrap_or(NOBODY), password.as_bytes(), &mut room);
            rooms.lock().unwrap_or_else(PoisonError::into_inner).push(room);
            Some(right? && known.is_some())
        })
        .await
        .context("verify a password")?;
        Ok(Some(right.unwrap_or(false)))
    }
}

/// Whether the password is that of the hash; `None` for text that is none.
fn is_of(hash: &str, password: &[u8], room: &mut Room) -> Option<bool> {
    let hash = PasswordHash::new(hash).ok()?;
    let (salt, known) = (hash.salt.as_ref()?, hash.hash.as_ref()?);
    let algorithm = Algorithm::try_from(hash.algorithm.as_str()).ok()?;
    let version = Version::try_from(hash.version?).ok()?;
    let argon2 = Argon2::new(algorithm, version, Params::try_from(&hash).ok()?);
    room.resize(argon2.params().block_count(), Block::new());
    let mut out = vec![0; known.len()];
    argon2.hash_password_into_with_memory(password, salt, &mut out, room).ok()?;
    // Compares in constant time.
    Some(Output::new(&out).ok()? == *known)
}

/// Whether a new password is strong enough. No rule on kinds of characters and no forced change (IAM-7).
pub(super) fn weakness(login: &str, password: &str) -> Option<Weak> {
    let n_chars = password.chars().count();
    if n_chars < SHORTEST {
        return Some(Weak::Short);
    }
    if n_chars > LONGEST {
        return Some(Weak::Long);
    }
    let lower = password.to_lowercase();
    let distinct: std::collections::BTreeSet<char> = lower.chars().collect();
    let login = login.to_lowercase();
    let guessed = FIRST_GUESSED.iter().copied().chain((login.chars().count() > 2).then_some(login.as_str()));
    // What is left once the guessed words are taken away must still be something.
    let left = guessed.fold(lower.clone(), |left, word| left.replace(word, ""));
    let is_weak = distinct.len() < DISTINCT || left.chars().count() * 2 < n_chars;
    is_weak.then_some(Weak::Guessable)
}

/// The hash that is kept.
pub(super) fn hash(password: &str) -> anyhow::Result<String> {
    let hash = Argon2::default().hash_password(password.as_bytes());
    Ok(hash.map_err(|error| anyhow::anyhow!("hash a password: {error}"))?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_long_and_not_what_is_guessed_first() {
        for (password, weak) in [
            ("短", Some(Weak::Short)),
            ("nine char", Some(Weak::Short)),
            ("password123456", Some(Weak::Guessable)),
            ("aaaaaaaaaaaaaaaa", Some(Weak::Guessable)),
            ("zhangsan888888", Some(Weak::Guessable)),
            ("correct horse", None),
            ("春眠不觉晓处处闻啼鸟", None),
        ] {
            assert_eq!(weakness("zhangsan", password), weak, "{password}");
        }
        assert_eq!(weakness("a", &"长江黄河珠江".repeat(40)), Some(Weak::Long));
    }

    #[tokio::test]
    async fn iam_3_a_storm_of_logins_is_bounded() {
        let passwords = Arc::new(Passwords::new());
        let tries = (0..WAITING + 40).map(|_| {
            let passwords = Arc::clone(&passwords);
            tokio::spawn(async move { passwords.verify(None, "correct horse".to_owned()).await.unwrap() })
        });
        let mut refused = 0;
        for tried in tries.collect::<Vec<_>>() {
            match tried.await.unwrap() {
                None => refused += 1,
                Some(right) => assert!(!right, "nobody has this password"),
            }
        }
        assert!(refused > 0, "everybody was let in at once");
        let cores = std::thread::available_parallelism().unwrap().get();
        let rooms = passwords.rooms.lock().unwrap().len();
        assert!((1..=cores).contains(&rooms), "{rooms} hashes' memory is kept, with {cores} cores");
        let hash = hash("correct horse").unwrap();
        assert_eq!(
            passwords.verify(Some(hash.clone()), "correct horse".to_owned()).await.unwrap(),
            Some(true)
        );
        assert_eq!(passwords.verify(Some(hash), "wrong horse".to_owned()).await.unwrap(), Some(false));
        assert_eq!(passwords.verify(Some(String::new()), String::new()).await.unwrap(), Some(false));
    }
}
