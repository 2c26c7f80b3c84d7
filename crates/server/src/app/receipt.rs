//! Receipts: what proves to a petitioner, and to anybody they show it to, that a decision of their petition was recorded
//! at its time and has not been altered since (security.md §2.5, LOG-6, CORE-2).
//!
//! There is one for each decision that `casework::told` calls theirs. A record binds all events of a decision at once, so
//! that a receipt shows all or nothing: `events.cbor` holds no personal data and no words, but it does hold references
//! beside what the story tells, such as who is in charge, or the id of a matter that was answered together with this one
//! (from which can be read when that one was filed, and nothing else). A decision in which something stays between
//! officials has no receipt at all, as it has no place in the story.
//!
//! Words are left out unless the petitioner asks for them, and their keys with them: without a key nobody who finds the
//! receipt can even try a guess. Never in a receipt is who somebody is; the record binds it, and a code that fell into
//! other hands must not tell it. The one file that names somebody is a letter as it was issued, which the same page shows: its
//! receipt holds it, and proves it to whoever they show the letter to.
//!
//! A receipt is *signed* from the moment of the commit, by the commit's own checkpoint. It is *witnessed* once a
//! published checkpoint that holds the entry was cosigned by a witness of the configuration.

use super::{App, Failure};
use crate::entropy;
use anyhow::{Context as _, bail};
use casework::act::{LetterIssue, Party};
use casework::{ContentId, Fact, Petition, PetitionId};
use ledger::checkpoint::Checkpoint;
use ledger::note::{Kind, Note, Signature, Verifier};
use ledger::policy::Policy;
use ledger::proof::Proof;
use ledger::receipt::{self, Files, Keys};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;
use std::sync::Arc;
use store::history::{History, Recorded};
use store::log::proof::{self, Proven};
use store::log::{Head, NewEvent, Stream, feed, millis};
use store::{StoreError, attachment, content};

/// Whose acts are the petitioner's own.
const OWN: &str = "petitioner";
/// Commits whose proofs are kept at hand: those who filed in the same one ask at the same time.
const RECENT: usize = 4;

/// The witnesses of the configuration.
#[derive(Clone, Debug, Default)]
pub(crate) struct Witnesses(Vec<(String, Verifier)>);

/// Commits whose receipts are being handed out.
#[derive(Debug, Default)]
pub(crate) struct Recent(tokio::sync::Mutex<VecDeque<Arc<Proven>>>);

/// Whether the words go with a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Words {
    /// Only that there were some.
    LeftOut,
    /// Those that the petitioner may read, with the keys that prove them.
    Carried,
}

/// A decision with its proof.
#[derive(Clone, Debug)]
pub(crate) struct Proved {
    /// Which log of the database.
    pub(crate) epoch: i64,
    /// When it was recorded, as the store keeps instants.
    pub(crate) at: String,
    /// Whether the clock was believed then.
    pub(crate) sure: bool,
    /// Index, path and signed checkpoint, with cosignatures where there are any.
    pub(crate) proof: Proof,
    /// What is signed.
    pub(crate) checkpoint: Checkpoint,
    /// When it was signed.
    pub(crate) signed_at: String,
    /// Who cosigned it, by the names of their keys.
    pub(crate) witnesses: Vec<String>,
    /// The encoded record.
    pub(crate) record: Vec<u8>,
    /// What happened, in full.
    pub(crate) events: Vec<u8>,
    /// Opens the entry.
    pub(crate) ekey: [u8; 32],
    /// Whose signatures to believe, as the office says.
    pub(crate) policy: String,
}

/// How a decision stands in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Which entry, from 0.
    pub(crate) index: u64,
    /// Whether a witness of the configuration has cosigned a checkpoint that holds it.
    pub(crate) witnessed: bool,
    /// Whether there are words to go with its receipt.
    pub(crate) has_words: bool,
}

impl Witnesses {
    /// Reads lines `URL VKEY`.
    ///
    /// # Errors
    /// Names the line that is none.
    pub(crate) fn parse(lines: &[String]) -> anyhow::Result<Witnesses> {
        let mut witnesses: Vec<(String, Verifier)> = Vec::new();
        for line in lines {
            let parts = line.trim().split_once(char::is_whitespace);
            let key = parts.and_then(|(url, key)| Some((url, Verifier::parse(key.trim()).ok()?)));
            match key.filter(|(_, key)| key.kind() == Kind::Cosignature) {
                Some((url, key)) if witnesses.iter().all(|(_, known)| known.name() != key.name()) => {
                    witnesses.push((url.to_owned(), key));
                }
                Some((_, key)) => {
                    bail!("configuration: `witnesses` names {} twice", key.name())
                }
                None => {
                    bail!("configuration: `witnesses` has {line:?}, which is not an address and a public key")
                }
            }
        }
        Ok(Witnesses(witnesses))
    }

    /// The good cosignatures of this text by witnesses of the configuration.
    fn good(&self, text: &str, lines: &[String]) -> Vec<Signature> {
        let by_ours = |signature: &Signature| {
            self.0.iter().any(|(_, key)| key.claims(signature) && key.verify(text, signature))
        };
        let lines = lines.iter().filter_map(|line| Signature::parse(line.trim_end_matches('\n')).ok());
        lines.filter(by_ours).collect()
    }

    /// A tlog-policy over a log. While no witness has cosigned, it asks for none: it would else refuse a true receipt.
    fn policy(&self, head: &Head, cosigned: bool) -> String {
        let mut policy = "# Whose signatures to believe, as the office itself says.\n".to_owned();
        let _ = writeln!(policy, "log {}", head.vkey);
        if let Some(second) = &head.second {
            let _ = writeln!(policy, "# SM2 {second}");
        }
        for (url, key) in &self.0 {
            let _ = writeln!(policy, "witness {} {key} {url}", key.name());
        }
        let names: Vec<&str> = self.0.iter().map(|(_, key)| key.name()).collect();
        match names.as_slice() {
            [one] if cosigned => {
                let _ = writeln!(policy, "quorum {one}");
            }
            // No key's name has a plus sign.
            [_, ..] if cosigned => {
                let _ = writeln!(policy, "group any+witness any {}\nquorum any+witness", names.join(" "));
            }
            _ => policy.push_str("quorum none\n"),
        }
        policy
    }
}

impl App {
    /// A decision with its proof, as good as it is by now.
    ///
    /// # Errors
    /// `Absent` when there is no such decision.
    pub(crate) async fn prove(&self, id: PetitionId, seq: u64) -> Result<Proved, Failure> {
        let stream = Stream::Petition(id);
        let placed = proof::placed(&self.database, stream, seq).await?.ok_or(Failure::Absent)?;
        let proven = self.proven(placed.epoch, placed.index).await?;
        let (at, sure) = (placed.event.at.clone(), placed.event.sure);
        let mut proved = self.proved(&proven, placed.index, &placed.event, (&at, sure))?;
        self.witness(&mut proved, &proven.head, placed.index).await?;
        Ok(proved)
    }

    /// The proof of an event that was committed just now: by its own commit's checkpoint, with one question to the
    /// database for all who filed in the same commit, and one for each of them.
    ///
    /// # Errors
    /// `Absent` when it was not committed.
    pub(crate) async fn prove_new(&self, event: &NewEvent) -> Result<Proved, Failure> {
        let Stream::Petition(id) = event.stream else { return Err(Failure::Absent) };
        let seq = i64::try_from(event.seq).unwrap_or(i64::MAX);
        let rows = self
            .database
            .query(
                "select log_epoch, log_index, at, sure from event where petition_id = $1 and seq = $2",
                vec![id.to_string().into(), seq.into()],
            )
            .await?;
        let row = rows.first().ok_or(Failure::Absent)?;
        let index = u64::try_from(row.int(1)?).unwrap_or(u64::MAX);
        let proven = self.proven(row.int(0)?, index).await?;
        self.proved(&proven, index, event, (row.text(2)?, row.int(3)? != 0))
    }

    /// The commit that holds an entry. Whoever asks for the same one waits for the first who did.
    async fn proven(&self, epoch: i64, index: u64) -> Result<Arc<Proven>, StoreError> {
        let mut recent = self.recent.0.lock().await;
        if let Some(known) = recent.iter().find(|proven| proven.holds(epoch, index)) {
            return Ok(Arc::clone(known));
        }
        let proven = Arc::new(proof::proven(&self.database, epoch, index).await?);
        recent.truncate(RECENT - 1);
        recent.push_front(Arc::clone(&proven));
        Ok(proven)
    }

    fn proved(
        &self,
        proven: &Proven,
        index: u64,
        event: &NewEvent,
        (at, sure): (&str, bool),
    ) -> Result<Proved, Failure> {
        let signed = &proven.signed;
        Ok(Proved {
            epoch: proven.head.epoch,
            at: at.to_owned(),
            sure,
            proof: Proof {
                extra: None,
                index,
                path: proven.path(index)?,
                checkpoint: signed.note().to_string(),
            },
            checkpoint: signed.checkpoint.clone(),
            signed_at: signed.at.clone(),
            witnesses: Vec::new(),
            record: event.record(&proven.head.origin, millis(at)?, sure).encode(),
            events: event.body.clone(),
            ekey: event.ekey,
            policy: self.witnesses.policy(&proven.head, false),
        })
    }

    /// Puts the proof under a cosigned checkpoint when there is one: the first, and else, when that was cosigned by none
    /// whom the configuration still names, the newest of theirs.
    async fn witness(&self, proved: &mut Proved, head: &Head, index: u64) -> Result<(), Failure> {
        if self.witnesses.0.is_empty() {
            return Ok(());
        }
        let first = feed::first_with(&self.database, head, index, true).await?;
        let mut sizes: Vec<u64> = first.into_iter().collect();
        if !sizes.is_empty() {
            let newest = feed::witnessed(&self.database, head).await?;
            sizes.extend(newest.into_iter().map(|(_, size)| size).filter(|size| *size > index));
        }
        for size in sizes {
            let signed = proof::signed(&self.database, head, size.saturating_sub(1)).await?;
            // A published checkpoint ends a commit.
            if signed.checkpoint.size != size {
                continue;
            }
            let text = signed.checkpoint.text();
            let lines = feed::cosignatures(&self.database, head, size).await?;
            let cosignatures = self.witnesses.good(&text, &lines);
            if cosignatures.is_empty() {
                continue;
            }
            proved.witnesses = cosignatures.iter().map(|signature| signature.name.clone()).collect();
            let signatures = signed.signatures.iter().cloned().chain(cosignatures).collect();
            proved.proof.path = proof::inclusion(&self.database, head, index, &signed).await?;
            proved.proof.checkpoint = Note { text, signatures }.to_string();
            proved.checkpoint = signed.checkpoint;
            proved.signed_at = signed.at;
            proved.policy = self.witnesses.policy(head, true);
            break;
        }
        Ok(())
    }

    /// The receipt of a decision that concerns the petitioner.
    ///
    /// # Errors
    /// `Absent` for any other.
    pub(crate) async fn receipt(&self, history: &History, seq: u64, words: Words) -> Result<Files, Failure> {
        let record = theirs(history, seq).ok_or(Failure::Absent)?;
        let id = history.petition.id;
        let proved = self.prove(id, seq).await?;
        let mut keys = Keys { ekey: proved.ekey, contents: BTreeMap::new() };
        let mut files = proved.files();
        if words == Words::Carried {
            let bound = ledger::record::Record::decode(&proved.record).context("decode a record")?.contents;
            let shown = shown(record);
            for (id, opened) in content::opened(&self.database, id).await? {
                let bytes = *id.0.as_bytes();
                let kept_with_it = bound.iter().any(|content| content.id == bytes);
                if kept_with_it && shown(&id) {
                    keys.contents.insert(bytes, opened.ckey);
                    files.insert(receipt::text_name(&bytes), opened.words.into_bytes());
                }
            }
            // A letter goes with its proof: it is the office's own file, and small.
            for letter in issued(&history.petition, record) {
                let name = format!("files/{}.pdf", entropy::hex(letter.1.file.0.as_bytes()));
                files.insert(name, self.letter_file(history, letter.0).await?);
            }
            // Of a file the key that proves it, not its bytes: whoever has the file puts it beside (docs/manual/attachments.md).
            for file in attachment::of_petition(&self.database, id).await? {
                if file.seq == seq && shown(&file.id) {
                    keys.contents.insert(*file.id.0.as_bytes(), file.ckey);
                }
            }
        }
        files.insert(receipt::KEYS.to_owned(), keys.to_string().into_bytes());
        Ok(files)
    }

    /// Where the decisions of a petition stand in the log, by the number of events before them; those that concern the
    /// petitioner, all others are left out.
    pub(crate) async fn places(&self, history: &History) -> Result<BTreeMap<u64, Place>, Failure> {
        let rows = self
            .database
            .query(
                "select seq, log_epoch, log_index from event where petition_id = $1 order by seq",
                vec![history.petition.id.to_string().into()],
            )
            .await?;
        // Up to where each log was cosigned.
        let mut cosigned: BTreeMap<i64, u64> = BTreeMap::new();
        let mut places = BTreeMap::new();
        for row in &rows {
            let (seq, epoch) = (u64::try_from(row.int(0)?).unwrap_or(0), row.int(1)?);
            let index = u64::try_from(row.int(2)?).unwrap_or(u64::MAX);
            if !self.witnesses.0.is_empty() && !cosigned.contains_key(&epoch) {
                let head = proof::head_of(&self.database, epoch).await?.ok_or(Failure::Absent)?;
                let known = feed::witnessed(&self.database, &head).await?;
                let ours = known
                    .iter()
                    .filter(|(name, _)| self.witnesses.0.iter().any(|(_, key)| key.name() == name));
                cosigned.insert(epoch, ours.map(|(_, size)| *size).max().unwrap_or(0));
            }
            if let Some(record) = theirs(history, seq) {
                let witnessed = cosigned.get(&epoch).is_some_and(|size| index < *size);
                let told = record.events.iter().any(|event| !casework::told::words(&event.fact).is_empty());
                let has_words = told || record.actor == OWN;
                places.insert(seq, Place { index, witnessed, has_words });
            }
        }
        Ok(places)
    }

    /// Whose signatures this office believes about one of its logs, no witness need agree; `None` when the log is not
    /// of this office.
    pub(crate) async fn own_policy(&self, origin: &str) -> Result<Option<Policy>, Failure> {
        let heads = proof::heads(&self.database).await?;
        let head = heads.iter().find(|head| head.origin == origin);
        let policy = head.map(|head| Policy::parse(&self.witnesses.policy(head, false)));
        Ok(policy.transpose().context("the office's own policy")?)
    }
}

impl Proved {
    /// The files of a receipt without words, for a receiver who puts them together without help.
    pub(crate) fn files(&self) -> Files {
        let keys = Keys { ekey: self.ekey, contents: BTreeMap::new() };
        let text = |text: &str| text.as_bytes().to_vec();
        [
            (receipt::PROOF, text(&self.proof.to_string())),
            (receipt::RECORD, self.record.clone()),
            (receipt::EVENTS, self.events.clone()),
            (receipt::KEYS, text(&keys.to_string())),
            (receipt::POLICY, text(&self.policy)),
            ("VERIFY.txt", text(receipt::VERIFY)),
        ]
        .into_iter()
        .map(|(name, bytes)| (name.to_owned(), bytes))
        .collect()
    }
}

/// The decision at that place, when it concerns the petitioner.
fn theirs(history: &History, seq: u64) -> Option<&Recorded> {
    let record = history.records.iter().find(|record| record.seq == seq)?;
    let issues = issued(&history.petition, record).next().is_some();
    (issues || casework::told::is_theirs(&record.events)).then_some(record)
}

/// Letters to the petitioner that became files in a decision, with their places.
fn issued<'h>(
    petition: &'h Petition,
    record: &'h Recorded,
) -> impl Iterator<Item = (usize, &'h LetterIssue)> {
    record.events.iter().filter_map(|event| {
        let Fact::LetterIssued(issue) = &event.fact else { return None };
        let index = issue.letter as usize;
        let own = petition.letters.get(index).is_some_and(|letter| letter.signed.to_petitioner);
        own.then_some((index, issue))
    })
}

/// Which words of a decision the petitioner may take away: those they read on their page, and whatever they wrote
/// themselves; never who somebody is.
fn shown(record: &Recorded) -> impl Fn(&ContentId) -> bool {
    let facts = || record.events.iter().map(|event| &event.fact);
    let mut told: BTreeSet<ContentId> =
        facts().flat_map(casework::told::words).map(|text| text.content).collect();
    told.extend(facts().flat_map(casework::told::files).map(|file| file.content));
    // Of a letter between units there is no receipt.
    told.extend(
        facts().filter_map(|fact| if let Fact::LetterIssued(issue) = fact { Some(issue.file) } else { None }),
    );
    let mut persons = BTreeSet::new();
    for party in facts().flat_map(parties) {
        persons.extend(party.identity.iter().map(|text| text.content));
    }
    let own = record.actor == OWN;
    move |id| told.contains(id) || own && !persons.contains(id)
}

#[expect(clippy::wildcard_enum_match_arm, reason = "no other fact says who somebody is")]
fn parties(fact: &Fact) -> &[Party] {
    match fact {
        Fact::Submitted(submission) => &submission.parties,
        Fact::PartyAdded(party) => std::slice::from_ref(party),
        _ => &[],
    }
}
