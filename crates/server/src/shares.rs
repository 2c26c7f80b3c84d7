//! A recovery key split into shares, so that no one person opens an office alone (KEY-4): any two of three bring it back,
//! one tells nothing.
//!
//! A share is typed in from paper by hand: four lines of five groups, the last group of each a check on its line, digits and
//! letters that cannot be taken for one another.

use crate::recovery::Identity;
use anyhow::{Context as _, bail, ensure};
use sha2::{Digest as _, Sha256};
use vsss_rs::Gf256;
use zeroize::Zeroizing;

/// Shares that are needed, and that are made.
pub(crate) const NEEDED: u8 = 2;
/// Shares that are made.
pub(crate) const MADE: u8 = 3;
const FORMAT: u8 = 1;
/// Bytes of a line, and lines of a share.
const LINE: usize = 10;
const LINES: usize = 4;
/// Crockford's: neither I, L, O nor U.
const SYMBOLS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// One share.
#[derive(Clone)]
pub(crate) struct Share {
    /// Which key it is a part of: the beginning of a digest of its public half.
    set: [u8; 4],
    number: u8,
    part: Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Share").field("number", &self.number).finish_non_exhaustive()
    }
}

/// Splits a key.
///
/// # Errors
/// When it cannot be split, which no key causes.
pub(crate) fn split(identity: &Identity) -> anyhow::Result<Vec<Share>> {
    let secret = identity.bytes()?;
    let generator = crate::entropy::generator();
    let parts = Gf256::split_array(usize::from(NEEDED), usize::from(MADE), secret.as_slice(), generator)
        .map_err(|error| anyhow::anyhow!("split the recovery key: {error}"))?;
    let set = set_of(&identity.recipient());
    (1..=MADE)
        .zip(parts)
        .map(|(number, part)| {
            let part = Zeroizing::new(part);
            ensure!(part.first() == Some(&number) && part.len() == 33, "split the recovery key: its parts");
            Ok(Share { set, number, part })
        })
        .collect()
}

/// The key of which these are shares.
///
/// # Errors
/// When there are too few, they are of different keys, or one is there twice.
pub(crate) fn join(shares: &[Share]) -> anyhow::Result<Identity> {
    let Some(first) = shares.first() else { bail!("no share was given") };
    if let Some(other) = shares.iter().find(|share| share.set != first.set) {
        bail!(
            "the shares are of different keys, sets {} and {}: look for two whose sheets name the same set",
            shown(&first.set),
            shown(&other.set)
        );
    }
    let mut numbers: Vec<u8> = shares.iter().map(|share| share.number).collect();
    numbers.sort_unstable();
    numbers.dedup();
    ensure!(
        numbers.len() == shares.len(),
        "the same share was given twice; {NEEDED} different ones are needed"
    );
    ensure!(
        shares.len() >= usize::from(NEEDED),
        "one share alone opens nothing; {NEEDED} of the {MADE} are needed"
    );
    let parts: Vec<Vec<u8>> = shares.iter().map(|share| share.part.to_vec()).collect();
    let secret = Gf256::combine_array(&parts).map(Zeroizing::new);
    for mut part in parts {
        zeroize::Zeroize::zeroize(&mut part);
    }
    let secret = secret.map_err(|error| anyhow::anyhow!("join the shares: {error}"))?;
    let identity = Identity::from_bytes(&secret)?;
    ensure!(set_of(&identity.recipient()) == first.set, "the shares do not make the key that they name");
    Ok(identity)
}

impl Share {
    /// Its number.
    pub(crate) fn number(&self) -> u8 {
        self.number
    }

    /// The sheet to be printed.
    pub(crate) fn sheet(&self, recipient: &str) -> Zeroizing<String> {
        let mut sheet = format!(
            "Huiyin recovery share {} of {MADE}, set {}\n回音 恢复密钥份额 第 {} 份，共 {MADE} 份，组号 {}\n\n\
             Any {NEEDED} shares of one set open the backups of an office; one opens nothing.\n\
             同一组任意 {NEEDED} 份合用可打开本单位备份；单独一份无用。\n\
             Key / 公钥: {recipient}\n\n",
            self.number,
            shown(&self.set),
            self.number,
            shown(&self.set)
        );
        for (n, line) in self.lines().iter().enumerate() {
            sheet.push_str(&format!("{}: {}\n", n + 1, line.as_str()));
        }
        sheet.push_str(
            "\nType the four lines into a file to use it; capitals or not, spaces or not. The last group checks its line.\n\
             使用时将以上四行录入一个文件，大小写和空格不限；每行末组用于校验该行。\n",
        );
        Zeroizing::new(sheet)
    }

    fn lines(&self) -> Vec<Zeroizing<String>> {
        let mut bytes = Zeroizing::new(vec![FORMAT, NEEDED, MADE]);
        bytes.extend(self.set);
        // The part begins with the number.
        bytes.extend(self.part.iter());
        let line = |(n, line): (usize, &[u8])| {
            let symbols = Zeroizing::new(format!("{}{}", symbols(line).as_str(), check(n, line)));
            let groups: Vec<&str> = (0..5).filter_map(|at| symbols.get(4 * at..4 * at + 4)).collect();
            Zeroizing::new(groups.join(" "))
        };
        bytes.chunks(LINE).enumerate().map(line).collect()
    }

    /// Reads a share as it was typed in: its four lines, each with its number before it; others are passed over.
    ///
    /// # Errors
    /// Names the line that is missing or mistyped. What was typed is never repeated.
    pub(crate) fn parse(text: &str) -> anyhow::Result<Share> {
        let mut lines: [Option<Zeroizing<Vec<u8>>>; LINES] = [const { None }; LINES];
        for line in text.lines() {
            let Some((number, rest)) = line.trim().split_once([':', '：', '.']) else { continue };
            let Ok(number @ 1..=LINES) = number.trim().parse::<usize>() else { continue };
            let Some(line) = lines.get_mut(number - 1) else { continue };
            ensure!(line.is_none(), "line {number} of the share is there twice");
            *line = Some(read_line(number, rest)?);
        }
        let mut bytes = Zeroizing::new(Vec::new());
        for (n, line) in lines.iter().enumerate() {
            bytes.extend(
                line.as_ref().with_context(|| format!("line {} of the share is missing", n + 1))?.iter(),
            );
        }
        let [FORMAT, NEEDED, MADE, rest @ ..] = bytes.as_slice() else {
            bail!("this is a share of another kind, for another version of huiyin");
        };
        let (set, part) = rest.split_first_chunk().context("a share is longer")?;
        let number = part.first().copied().filter(|number| (1..=MADE).contains(number));
        let number = number.context("a share has a number from 1 to 3")?;
        Ok(Share { set: *set, number, part: Zeroizing::new(part.to_vec()) })
    }
}

fn read_line(number: usize, typed: &str) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let mistyped =
        || format!("line {number} of the share is mistyped: compare it with the sheet, group by group");
    let mut values = Zeroizing::new(Vec::new());
    for typed in typed.chars().filter(|typed| !typed.is_whitespace() && *typed != '-') {
        let symbol = match typed.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            symbol => symbol,
        };
        let value = SYMBOLS.iter().position(|known| char::from(*known) == symbol).with_context(mistyped)?;
        values.push(u8::try_from(value)?);
    }
    ensure!(values.len() == 20, mistyped());
    let (words, typed_check) = values.split_at(16);
    let mut bytes = Zeroizing::new(Vec::new());
    for eight in words.chunks(8) {
        let all = eight.iter().fold(0_u64, |all, value| all << 5 | u64::from(*value));
        bytes.extend(all.to_be_bytes().iter().skip(3));
    }
    let typed_check: String = typed_check
        .iter()
        .filter_map(|value| SYMBOLS.get(usize::from(*value)))
        .map(|s| char::from(*s))
        .collect();
    ensure!(typed_check == check(number - 1, &bytes), mistyped());
    Ok(bytes)
}

/// Five bits a symbol; whole groups of five bytes.
fn symbols(bytes: &[u8]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::new());
    for five in bytes.chunks(5) {
        let all = five.iter().fold(0_u64, |all, byte| all << 8 | u64::from(*byte));
        for shift in (0..8).rev() {
            let value = usize::try_from(all >> (5 * shift) & 31).unwrap_or(0);
            text.extend(SYMBOLS.get(value).map(|symbol| char::from(*symbol)));
        }
    }
    text
}

/// Four symbols that check a line in its place.
fn check(n: usize, line: &[u8]) -> String {
    let digest = Sha256::new()
        .chain_update(b"huiyin share line 1")
        .chain_update(n.to_be_bytes())
        .chain_update(line)
        .finalize();
    symbols(digest.get(..5).unwrap_or_default()).chars().take(4).collect()
}

fn set_of(recipient: &str) -> [u8; 4] {
    Sha256::digest(recipient.as_bytes()).first_chunk().copied().unwrap_or_default()
}

fn shown(set: &[u8; 4]) -> String {
    let text = symbols(&[set.as_slice(), &[0]].concat());
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    format!("{}-{}", part(0, 4), part(4, 7))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set() -> (Identity, Vec<Share>) {
        let identity = Identity::generate();
        let shares = split(&identity).unwrap();
        (identity, shares)
    }

    /// KEY-4: any two open, through paper.
    #[test]
    fn key_4_any_two_of_three_make_the_key() {
        let (identity, shares) = set();
        let typed: Vec<Share> = shares
            .iter()
            .map(|share| {
                let sheet = share.sheet(&identity.recipient());
                // As people type: small letters, no spaces, O for 0 and l for 1.
                let sheet = sheet.to_lowercase().replace('0', "O").replace("1: ", "1:").replace(" of ", " ");
                let lines: Vec<&str> = sheet.lines().filter(|line| line.contains(':')).collect();
                Share::parse(&lines.join("\n")).unwrap()
            })
            .collect();
        for (one, other) in [(0, 1), (0, 2), (1, 2), (2, 0)] {
            let joined = join(&[typed[one].clone(), typed[other].clone()]).unwrap();
            assert_eq!(joined.recipient(), identity.recipient());
            assert_eq!(joined.file(), identity.file());
        }
        assert_eq!(join(&typed).unwrap().recipient(), identity.recipient(), "all three do too");
    }

    /// KEY-4: one tells nothing. Whatever the secret is, a share takes every value alike.
    #[test]
    fn key_4_one_share_opens_nothing() {
        let (identity, shares) = set();
        for share in &shares {
            let alone = join(std::slice::from_ref(share)).err().unwrap().to_string();
            assert!(alone.contains("one share alone opens nothing"), "{alone}");
            let twice = join(&[share.clone(), share.clone()]).err().unwrap().to_string();
            assert!(twice.contains("given twice"), "{twice}");
            assert_ne!(share.part[1..], identity.bytes().unwrap()[..], "a share is not the key");
        }
        // The same key split again gives other shares: nothing in one follows from the key alone.
        let again = split(&identity).unwrap();
        assert!(shares.iter().zip(&again).all(|(one, other)| one.part != other.part));
        // One share of each splitting does not make the key, and is not taken for it.
        let mixed = join(&[shares[0].clone(), again[1].clone()]).err().unwrap().to_string();
        assert!(mixed.contains("do not make the key"), "{mixed}");
    }

    #[test]
    fn key_4_shares_of_different_keys_are_refused_by_their_sets() {
        let (one, other) = (set().1, set().1);
        let refused = join(&[one[0].clone(), other[1].clone()]).err().unwrap().to_string();
        assert!(
            refused.contains("different keys, sets ") && refused.contains(&shown(&one[0].set)),
            "{refused}"
        );
    }

    #[test]
    fn key_4_a_line_that_is_mistyped_is_named() {
        let (identity, shares) = set();
        let sheet = shares[1].sheet(&identity.recipient());
        let lines: Vec<String> =
            sheet.lines().filter(|line| line.contains(": ")).skip(1).map(str::to_owned).collect();
        assert_eq!(lines.len(), 4, "{}", lines.len());
        for (n, line) in lines.iter().enumerate() {
            for at in 3..line.len() {
                let old = line.as_bytes()[at];
                if old == b' ' {
                    continue;
                }
                let mut typed = line.clone().into_bytes();
                typed[at] = if old == b'7' { b'8' } else { b'7' };
                let mut all = lines.clone();
                all[n] = String::from_utf8(typed).unwrap();
                let refused = Share::parse(&all.join("\n")).unwrap_err().to_string();
                assert!(refused.contains(&format!("line {} of the share is mistyped", n + 1)), "{refused}");
            }
            let mut swapped = lines.clone();
            swapped[n] = format!("{}{}", &line[..3], &lines[(n + 1) % 4][3..]);
            assert!(Share::parse(&swapped.join("\n")).unwrap_err().to_string().contains("mistyped"));
            let mut missing = lines.clone();
            missing.remove(n);
            let refused = Share::parse(&missing.join("\n")).unwrap_err().to_string();
            assert!(refused.contains(&format!("line {} of the share is missing", n + 1)), "{refused}");
        }
    }
}
