//! Passwords: argon2id, never more at once than the machine has cores, so that a storm of logins leaves the pages alone
//! (IAM-3).

use crate::app::App;
use crate::config::Profile;
use anyhow::Context as _;
use argon2::password_hash::PasswordHasher as _;
use argon2::password_hash::phc::{Output, PasswordHash};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use casework::OfficialId;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError};
use tokio::sync::{Mutex, OwnedMutexGuard, Semaphore};
use zeroize::Zeroizing;

/// Shortest password, in characters.
pub(crate) const SHORTEST: usize = 10;
/// Longest, so that hashing it stays cheap.
const LONGEST: usize = 200;
/// Distinct characters a password needs at least.
const DISTINCT: usize = 5;
/// Memory, in KiB, and passes of a passphrase that opens something for good.
const PASSPHRASE_KIB: u32 = 64 * 1024;
const PASSPHRASE_PASSES: u32 = 3;
/// Logins that may wait for their turn.
const WAITING: usize = 64;
/// Tries in a lane, with the one that is looked at, before more are turned away: whoever storms one login keeps only its own
/// lane busy (IAM-3).
const STANDING: usize = 2;
/// Turns that logins share, so that nobody tries one login twice at the same moment.
const TURNS: usize = 64;
/// Hash of no password, verified when a login does not exist, so that both take as long.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$RdescudvJCsgt3ub+b+dWRWJTmaaJObGEVmVjf5RdMw";
/// A password that is found within so many guesses is refused.
const GUESSES: u64 = 1_000_000;
/// Words that guessers try first, in this country too; a password that holds little else is refused.
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
    /// Fewer kinds of characters than the profile `mlps3` asks for.
    Plain,
    /// The one before, which the profile `mlps3` has changed.
    Same,
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
    turns: Vec<Lane>,
}

/// Where tries at one login stand one behind the other: while one is looked at, the next cannot know whether it must wait.
#[derive(Default)]
struct Lane {
    turn: Arc<Mutex<()>>,
    standing: Arc<AtomicUsize>,
}

/// A turn at a login, until it is let go.
pub(in crate::app) struct Turn {
    _guard: OwnedMutexGuard<()>,
    _place: Place,
}

/// A place in a lane.
struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Passwords {
    /// As many at once as there are cores.
    pub(crate) fn new() -> Passwords {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Passwords {
            cores: Arc::new(Semaphore::new(cores)),
            rooms: Arc::default(),
            waiting: AtomicUsize::new(0),
            turns: (0..TURNS).map(|_| Lane::default()).collect(),
        }
    }

    /// The turn that everybody takes who tries this login; `None` when too many stand there already.
    pub(in crate::app) async fn turn(&self, login: &str) -> Option<Turn> {
        let n = login.bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte)));
        let lane = self.turns.get(n % TURNS)?;
        let before = lane.standing.fetch_add(1, Ordering::SeqCst);
        let place = Place(Arc::clone(&lane.standing));
        if before >= STANDING {
            return None;
        }
        Some(Turn { _guard: Arc::clone(&lane.turn).lock_owned().await, _place: place })
    }

    /// Whether the password is that of the hash; without a hash it is never, and takes as long. `None` when too many wait.
    pub(in crate::app) async fn verify(
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

impl Passwords {
    /// What a passphrase gives that something is encrypted under, in its turn like a login. Slower than a login: whoever
    /// has a copy of the database may try for years.
    pub(in crate::app) async fn derive(
        &self,
        passphrase: &str,
        salt: [u8; 16],
    ) -> anyhow::Result<Zeroizing<[u8; 32]>> {
        let core = Arc::clone(&self.cores).acquire_owned().await.context("the queue of logins")?;
        let passphrase = Zeroizing::new(passphrase.to_owned());
        tokio::task::spawn_blocking(move || {
            let _core = core;
            let params = Params::new(PASSPHRASE_KIB, PASSPHRASE_PASSES, 1, Some(32));
            let params = params.map_err(|error| anyhow::anyhow!("{error}"))?;
            let mut under = Zeroizing::new([0; 32]);
            Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
                .hash_password_into(passphrase.as_bytes(), &salt, under.as_mut_slice())
                .map_err(|error| anyhow::anyhow!("derive a key from a passphrase: {error}"))?;
            Ok(under)
        })
        .await
        .context("derive a key from a passphrase")?
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

/// Whether a new password is strong enough. `words` are those that guessers know of its holder and the office: none of them,
/// and nothing that is guessed first, may be most of it; and of the thirty thousand passwords that are used most, their usual
/// spellings and whatever else is guessed within a million tries none is taken (ASVS V6.2.4, V6.2.11).
pub(super) fn weakness(words: &[String], password: &str) -> Option<Weak> {
    let n_chars = password.chars().count();
    if n_chars < SHORTEST {
        return Some(Weak::Short);
    }
    if n_chars > LONGEST {
        return Some(Weak::Long);
    }
    let lower = password.to_lowercase();
    let distinct: BTreeSet<char> = lower.chars().collect();
    let words: Vec<String> = words.iter().map(|word| word.to_lowercase()).filter(is_word).collect();
    let guessed = FIRST_GUESSED.iter().copied().chain(words.iter().map(String::as_str));
    // What is left once the guessed words are taken away must still be something.
    let left = guessed.fold(lower.clone(), |left, word| left.replace(word, ""));
    if distinct.len() < DISTINCT || left.chars().count() * 2 < n_chars {
        return Some(Weak::Guessable);
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    (zxcvbn::zxcvbn(password, &words).guesses() < GUESSES).then_some(Weak::Guessable)
}

/// Two Chinese characters are a word, two letters are none.
#[expect(clippy::ptr_arg, reason = "a filter over owned words")]
fn is_word(word: &String) -> bool {
    word.chars().count() > if word.is_ascii() { 2 } else { 1 }
}

impl App {
    /// Whether a new password of this login is too weak, by what a guesser knows: the login, its holder's name, the office's,
    /// their unit's and its address on the net (ASVS V6.2.11).
    pub(in crate::app) fn weakness(&self, login: &str, official: OfficialId, password: &str) -> Option<Weak> {
        let directory = self.directory();
        let official = directory.official(official);
        let own = official.and_then(|official| directory.unit(official.unit)).cloned();
        let units = own.into_iter().chain(self.front_office());
        let names = units.flat_map(|unit| [unit.name_zh, unit.name_en]);
        let names = names.chain([login.to_owned(), self.public_address.clone()]);
        let mut words: Vec<String> = official.map(|official| official.name.clone()).into_iter().collect();
        for name in names {
            words.extend(name.split(|c: char| !c.is_alphanumeric()).map(str::to_owned));
            words.push(name);
        }
        let is_plain = self.profile == Profile::Mlps3 && kinds(password) < KINDS;
        weakness(&words, password).or(is_plain.then_some(Weak::Plain))
    }
}

/// Days after which the profile `mlps3` has a password changed (GB/T 22239-2019, 8.1.4.1 a, which names no figure).
pub(super) const RENEWED_DAYS: i64 = 90;
/// Kinds of characters that it asks for: of small and capital letters, digits, and all others.
const KINDS: usize = 3;

/// How many kinds of characters a password has.
fn kinds(password: &str) -> usize {
    let kind = |c: char| match c {
        'a'..='z' => 0,
        'A'..='Z' => 1,
        '0'..='9' => 2,
        _ => 3,
    };
    password.chars().map(kind).collect::<BTreeSet<u8>>().len()
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
            assert_eq!(weakness(&["zhangsan".to_owned()], password), weak, "{password}");
        }
        assert_eq!(weakness(&[], &"长江黄河珠江".repeat(40)), Some(Weak::Long));
    }

    /// Of what stands in every list of leaked passwords and has ten characters, nothing gets through, spelled as it is spelled.
    #[test]
    fn common_passwords_are_refused_however_they_are_spelled() {
        for common in [
            "1234567890",
            "qwertyuiop",
            "basketball",
            "1q2w3e4r5t",
            "1qaz2wsx3edc",
            "christopher",
            "strawberry",
            "liverpool1",
            "charlie123",
            "zaq12wsxcde",
            "alexander1",
            "motherfucker",
            "blink182blink182",
            "Basketball",
            "b4sketb4ll",
            "llabteksab",
            "1234567890-=",
            "qwertyuiop[]",
            "2024-01-01",
            "abcdefghij",
            "princess2010",
        ] {
            assert_eq!(weakness(&[], common), Some(Weak::Guessable), "{common}");
        }
        for unheard_of in ["correct horse", "vier Enten im Regen", "春眠不觉晓处处闻啼鸟", "9rT!kq0Zp2x"]
        {
            assert_eq!(weakness(&[], unheard_of), None, "{unheard_of}");
        }
    }

    #[test]
    fn words_of_the_office_make_no_password() {
        let words =
            ["望湖区信访局", "Wanghu District Petition Office", "Wanghu", "Petition", "Office", "李伟", "li"]
                .map(str::to_owned);
        for password in
            ["望湖区信访局2026!", "wanghu1wanghu", "李伟在望湖区信访局的密码", "WangHu Petition Office"]
        {
            assert!(
                password.contains("Office") || weakness(&[], password).is_none(),
                "{password}: in any case"
            );
            assert_eq!(weakness(&words, password), Some(Weak::Guessable), "{password}");
        }
        assert_eq!(weakness(&words, "li bai drinks alone"), None, "two letters are no word");
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

    #[tokio::test]
    async fn iam_3_a_storm_at_one_login_turns_nobody_else_away() {
        let passwords = Passwords::new();
        let first = passwords.turn("clerk").await.unwrap();
        let behind: Vec<_> = (1..STANDING).map(|_| Box::pin(passwords.turn("clerk"))).collect();
        let mut behind = futures_util::future::join_all(behind);
        assert!(futures_util::poll!(&mut behind).is_pending());
        assert!(passwords.turn("clerk").await.is_none(), "the lane is full");
        assert!(passwords.turn("head").await.is_some());
        // Who goes away, or is done, leaves room.
        drop(behind);
        drop(first);
        assert!(passwords.turn("clerk").await.is_some());
    }
}
