//! C2SP tlog-policy: whose signatures a verifier believes, and how many witnesses must agree.

use crate::{
    Malformed,
    checkpoint::Checkpoint,
    cosign,
    note::{Kind, Note, Verifier},
    text,
};

/// A witness that a policy knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// Its name within the policy.
    pub name: String,
    /// Its key.
    pub key: Verifier,
    /// Where it can be reached.
    pub url: Option<String>,
}

/// A log that a policy knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// Its key, whose name is the log's origin.
    pub key: Verifier,
    /// Where it can be reached.
    pub url: Option<String>,
}

/// Logs, witnesses and the quorum.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Policy {
    logs: Vec<Log>,
    witnesses: Vec<Witness>,
    groups: Vec<Group>,
    /// `None` when no witness need agree.
    quorum: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Group {
    name: String,
    least: usize,
    members: Vec<String>,
}

/// What a policy makes of a note whose signatures are good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What the log signed.
    pub checkpoint: Checkpoint,
    /// The witnesses whose cosignatures are good: policy name, earliest POSIX time in seconds.
    pub witnesses: Vec<(String, u64)>,
    /// Have enough of them agreed? True of a policy that asks for none.
    pub quorum: bool,
}

/// Why a note is worth nothing under a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Untrusted {
    /// The note is no checkpoint.
    #[error("{0}")]
    Malformed(#[from] Malformed),
    /// No log of the policy has this origin, or none of its keys stands under the note.
    #[error("no log that the policy knows has signed the checkpoint")]
    UnknownLog,
    /// A signature in a log's name is not the log's.
    #[error("the log's signature is wrong")]
    LogSignature,
    /// A cosignature in a known witness's name is not the witness's.
    #[error("a witness's signature is wrong")]
    WitnessSignature,
}

impl Policy {
    /// Reads a policy.
    ///
    /// # Errors
    /// The text does not follow tlog-policy, or a key is not of the kind that its line needs.
    pub fn parse(policy: &str) -> Result<Policy, Malformed> {
        if policy.contains(|c: char| c.is_ascii_control() && c != '\n' && c != '\t') {
            return Err(Malformed("a policy has a control character"));
        }
        let (mut read, mut quorum) = (Policy::default(), None);
        for line in policy.split('\n').map(|line| line.trim_matches([' ', '\t'])) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let words: Vec<&str> = line.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
            match words.as_slice() {
                ["log", key, url @ ..] => read.add_log(key, url)?,
                ["witness", name, key, url @ ..] => read.add_witness(name, key, url)?,
                ["group", name, least, members @ ..] => read.add_group(name, least, members)?,
                ["quorum", name] if quorum.is_none() && (*name == "none" || read.defines(name)) => {
                    quorum = Some((*name).to_owned());
                }
                ["quorum", ..] => {
                    return Err(Malformed("a policy has two quorum lines, or one that names nothing"));
                }
                _ => return Err(Malformed("a policy has a line of no known form")),
            }
        }
        read.quorum =
            Some(quorum.ok_or(Malformed("a policy has no quorum line"))?).filter(|name| name != "none");
        Ok(read)
    }

    /// The logs that the policy knows.
    pub fn logs(&self) -> &[Log] {
        &self.logs
    }

    /// The witnesses that the policy knows.
    pub fn witnesses(&self) -> &[Witness] {
        &self.witnesses
    }

    /// Does the policy ask for any witness at all?
    pub fn asks_for_witnesses(&self) -> bool {
        self.quorum.is_some()
    }

    /// Checks a checkpoint's signatures. Signatures of unknown keys count for nothing; a wrong one of a known key
    /// spoils the note.
    ///
    /// # Errors
    /// Says why the note is worth nothing. A quorum that is not reached is no error: see [`Verdict::quorum`].
    pub fn check(&self, note: &Note) -> Result<Verdict, Untrusted> {
        let checkpoint = Checkpoint::parse(&note.text)?;
        let mut signed = false;
        for key in self.logs.iter().map(|log| &log.key).filter(|key| key.name() == checkpoint.origin) {
            for signature in note.signatures.iter().filter(|signature| key.claims(signature)) {
                if !key.verify(&note.text, signature) {
                    return Err(Untrusted::LogSignature);
                }
                signed = true;
            }
        }
        if !signed {
            return Err(Untrusted::UnknownLog);
        }
        let mut witnesses = Vec::new();
        for witness in &self.witnesses {
            let mut earliest = None;
            for signature in note.signatures.iter().filter(|signature| witness.key.claims(signature)) {
                if !witness.key.verify(&note.text, signature) {
                    return Err(Untrusted::WitnessSignature);
                }
                let at = cosign::cosigned_at(signature);
                earliest = earliest.min(at).or(at);
            }
            witnesses.extend(earliest.map(|at| (witness.name.clone(), at)));
        }
        let quorum = self.quorum.as_ref().is_none_or(|name| self.agrees(name, &witnesses));
        Ok(Verdict { checkpoint, witnesses, quorum })
    }

    /// Groups only refer to what stands before them, so this ends.
    fn agrees(&self, name: &str, witnesses: &[(String, u64)]) -> bool {
        match self.groups.iter().find(|group| group.name == name) {
            Some(group) => {
                group.members.iter().filter(|member| self.agrees(member, witnesses)).count() >= group.least
            }
            None => witnesses.iter().any(|(witness, _)| witness == name),
        }
    }

    fn defines(&self, name: &str) -> bool {
        self.witnesses.iter().any(|witness| witness.name == name)
            || self.groups.iter().any(|group| group.name == name)
    }

    fn add_log(&mut self, key: &str, url: &[&str]) -> Result<(), Malformed> {
        let (key, url) = (key_of(Kind::Ed25519, key)?, optional(url)?);
        if self.logs.iter().any(|log| log.key.public_key() == key.public_key()) {
            return Err(Malformed("a policy has the same log twice"));
        }
        self.logs.push(Log { key, url });
        Ok(())
    }

    fn add_witness(&mut self, name: &str, key: &str, url: &[&str]) -> Result<(), Malformed> {
        let (key, url) = (key_of(Kind::Cosignature, key)?, optional(url)?);
        if self.witnesses.iter().any(|witness| witness.key.public_key() == key.public_key()) {
            return Err(Malformed("a policy has the same witness twice"));
        }
        self.check_new(name)?;
        self.witnesses.push(Witness { name: name.to_owned(), key, url });
        Ok(())
    }

    fn add_group(&mut self, name: &str, least: &str, members: &[&str]) -> Result<(), Malformed> {
        self.check_new(name)?;
        let least = match least {
            "any" => 1,
            "all" => members.len(),
            number => text::decimal(number).and_then(|k| usize::try_from(k).ok()).unwrap_or(0),
        };
        if least < 1 || least > members.len() {
            return Err(Malformed("a group asks for none, or for more members than it has"));
        }
        for (place, member) in members.iter().enumerate() {
            let taken = members.iter().take(place).any(|other| other == member)
                || self.groups.iter().any(|group| group.members.iter().any(|other| other == member));
            if taken || !self.defines(member) {
                return Err(Malformed("a member of a group is unknown, or already in a group"));
            }
        }
        let members = members.iter().map(|member| (*member).to_owned()).collect();
        self.groups.push(Group { name: name.to_owned(), least, members });
        Ok(())
    }

    fn check_new(&self, name: &str) -> Result<(), Malformed> {
        let taken = name == "none" || self.defines(name);
        if taken {
            Err(Malformed("a policy has the same name twice, or one that means none"))
        } else {
            Ok(())
        }
    }
}

fn key_of(kind: Kind, vkey: &str) -> Result<Verifier, Malformed> {
    let key = Verifier::parse(vkey)?;
    if key.kind() == kind { Ok(key) } else { Err(Malformed("a key is of the wrong kind for its line")) }
}

fn optional(url: &[&str]) -> Result<Option<String>, Malformed> {
    match url {
        [] => Ok(None),
        [url] => Ok(Some((*url).to_owned())),
        [..] => Err(Malformed("a line of a policy has too many words")),
    }
}
