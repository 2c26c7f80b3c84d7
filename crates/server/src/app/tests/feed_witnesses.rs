//! An office and its witnesses, over real HTTP and across an air gap.

use super::*;
use crate::feed::Public;
use crate::witness::{self, Begin, TROUBLE, Witness};
use ledger::note::Note;
use ledger::policy::Policy;
use std::future::IntoFuture as _;
use std::path::PathBuf;

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _gone = std::fs::remove_dir_all(&self.0);
    }
}

fn folder(name: &str) -> Folder {
    let folder = std::env::temp_dir().join(format!("huiyin-witnesses-{}-{name}", std::process::id()));
    let _left_over = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    Folder(folder)
}

const WITNESSED_AT: &str = "2026-03-02T02:00:30Z";

fn clock() -> Clock {
    Clock::simulated("UTC", WITNESSED_AT.parse().unwrap()).unwrap()
}

/// A new witness of a log: its key, and the witness at work.
fn new_witness(folder: &Folder, name: &str, log: &str) -> (String, Witness) {
    let key = folder.0.join(format!("{name}.key"));
    let vkey = witness::new_key(&format!("{name}.example/witness"), &key).unwrap();
    let state = folder.0.join(name);
    (vkey, Witness::open(&key, &state, &[log.to_owned()], Begin::New, clock()).unwrap())
}

/// Serves it; its address.
async fn at_work(witness: Witness) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (router, _broken) = witness::router(Arc::new(witness));
    tokio::spawn(axum::serve(listener, router).into_future());
    address
}

/// A node of the office that knows these witnesses.
async fn knowing(office: &Office, witnesses: Vec<String>) -> App {
    let config = Config { witnesses, ..office.config.clone() };
    let clock = Clock::simulated("Asia/Shanghai", office.app.clock.now()).unwrap();
    App::open(&config, clock).await.unwrap()
}

async fn vkey(office: &Office) -> String {
    store::log::head(&office.app.database).await.unwrap().unwrap().vkey
}

async fn trouble(app: &App, name: &str) -> String {
    app.setting(&format!("{TROUBLE}{name}.example/witness")).await.unwrap().unwrap_or_default()
}

fn later(app: &App, seconds: i64) {
    app.clock.set(app.clock.now().checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap());
}

/// The next beat, shown to the witnesses; what is public then.
async fn beat(app: &App) -> Public {
    app.grow_idly().await.unwrap();
    later(app, 600);
    let public = app.publish().await.unwrap().remove(0);
    app.ask_witnesses(&public).await;
    public
}

#[tokio::test(flavor = "multi_thread")]
async fn a_published_checkpoint_is_signed_by_every_witness_within_reach() {
    for office in on_both_signed("signed").await {
        let folder = folder(&format!("signed-{}", office.app.database.kind()));
        let (first, one) = new_witness(&folder, "one", &vkey(&office).await);
        let (second, two) = new_witness(&folder, "two", &vkey(&office).await);
        let (gone, _) = new_witness(&folder, "gone", &vkey(&office).await);
        let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let witnesses = vec![
            format!("{} {first}", at_work(one).await),
            format!("{}/ {second}", at_work(two).await),
            format!("http://{unused} {gone}"),
            format!("offline {}", new_witness(&folder, "far", &vkey(&office).await).0),
        ];
        let app = knowing(&office, witnesses).await;
        for _ in 0..3 {
            let public = beat(&app).await;
            let note = public.checkpoint(&app.database).await.unwrap();
            let policy = Policy::parse(&public.policy(&app.feed.witnesses)).unwrap();
            let verdict = policy.check(&Note::parse(&note).unwrap()).unwrap();
            assert!(verdict.quorum);
            let at = WITNESSED_AT.parse::<jiff::Timestamp>().unwrap().as_second();
            let at = u64::try_from(at).unwrap();
            assert_eq!(verdict.witnesses, [("w1".to_owned(), at), ("w2".to_owned(), at)]);
            assert_eq!(public.witnessed(&app.database).await.unwrap(), Some(note));
        }
        assert_eq!(trouble(&app, "one").await, "");
        let unreached = trouble(&app, "gone").await;
        assert!(unreached.contains("cannot be reached") && !witness::is_alarm(&unreached), "{unreached}");
        // An office that forgot what it has of a witness is told, and proves from there.
        super::record::write(&office, "delete from log_cosignature", Vec::new()).await;
        let public = beat(&app).await;
        assert_eq!(
            store::log::feed::cosignatures(&app.database, &public.head, public.size).await.unwrap().len(),
            2
        );
        assert_eq!(trouble(&app, "one").await, "");
    }
}

/// A copy of an office that was put in place from before, or that says something else, meets its witness.
#[tokio::test(flavor = "multi_thread")]
async fn a_witness_that_saw_more_or_something_else_is_an_alarm() {
    let [office, forger] = on_both_signed("alarm").await;
    let folder = folder("alarm");
    let (key, one) = new_witness(&folder, "one", &vkey(&office).await);
    let witnesses = vec![format!("{} {key}", at_work(one).await)];
    let app = knowing(&office, witnesses.clone()).await;
    for _ in 0..2 {
        beat(&app).await;
    }
    // The same key and the same name of the log, with another history.
    assert_eq!(vkey(&office).await, vkey(&forger).await);
    let forged = knowing(&forger, witnesses).await;
    let other = "another history";
    for (n, word) in [(1, "it has signed 48 entries"), (2, other), (3, other), (4, other)] {
        let public = beat(&forged).await;
        assert_eq!(public.size, 16 * (n + 1));
        let said = trouble(&forged, "one").await;
        assert!(said.contains(word) && witness::is_alarm(&said), "{n}: {said}");
        assert!(store::log::feed::witnessed(&forged.database, &public.head).await.unwrap().is_empty());
    }
    assert_eq!(beat(&app).await.size, 64, "the honest one goes on");
    assert_eq!(trouble(&app, "one").await, "");
}

/// What is carried by hand: the request out, the signature back, late and beside lines of others.
#[tokio::test(flavor = "multi_thread")]
async fn across_an_air_gap_requests_and_signatures_travel_as_files() {
    for office in on_both_signed("gap").await {
        let folder = folder(&format!("gap-{}", office.app.database.kind()));
        let (key, far) = new_witness(&folder, "far", &vkey(&office).await);
        let (stranger, other) = new_witness(&folder, "stranger", &vkey(&office).await);
        let app = knowing(&office, vec![format!("offline {key}")]).await;
        let mut signed = 0;
        for _ in 0..3 {
            let public = beat(&app).await;
            let name = app.feed.witnesses[0].key.name();
            let old = witness::seen_by(&app.database, &public.head, name).await.unwrap();
            assert_eq!(old, signed);
            let request =
                witness::request(&app.database, &public.head, old, public.size).await.unwrap().to_string();
            let first = witness::request(&app.database, &public.head, signed, public.size).await.unwrap();
            let lines =
                format!("{}{}", other_line(&other, &first.to_string()), far.consider(&request).unwrap());
            // It comes back when the log has grown.
            let newer = beat(&app).await;
            let kept = witness::keep(&app.database, &app.feed.witnesses, &newer, &lines).await.unwrap();
            assert_eq!(kept.iter().map(|kept| kept.size).collect::<Vec<_>>(), [public.size]);
            signed = public.size;
            let note = newer.witnessed(&app.database).await.unwrap().unwrap();
            assert!(
                note.contains(&format!("\n{signed}\n")) && note.contains("— far.example/witness "),
                "{note}"
            );
            assert!(!note.contains("stranger"), "{stranger} is nobody here");
        }
        // Under no checkpoint of this log, by nobody known, or no line at all: nothing is kept.
        let public = beat(&app).await;
        for lines in ["", "hello\n", &far_line(&far).replace("example", "sample")] {
            assert!(
                witness::keep(&app.database, &app.feed.witnesses, &public, lines).await.unwrap().is_empty()
            );
        }
    }
}

/// The other witness starts from nothing each time it can; its line only has to be well formed.
fn other_line(other: &Witness, request: &str) -> String {
    other.consider(request).unwrap_or_else(|_| far_line(other))
}

fn far_line(witness: &Witness) -> String {
    let name = witness.vkey().split('+').next().unwrap().to_owned();
    format!("— {name} AAAAAAAA{}\n", "A".repeat(92))
}

/// Two offices that witness each other; each log is signed by the other's witness.
#[tokio::test(flavor = "multi_thread")]
async fn two_offices_witness_each_other() {
    let [here, there] = on_both_signed("mutual").await;
    let folder = folder("mutual");
    let (of_there, witness_here) = new_witness(&folder, "here", &vkey(&there).await);
    let (of_here, witness_there) = new_witness(&folder, "there", &vkey(&here).await);
    let here = knowing(&here, vec![format!("{} {of_here}", at_work(witness_there).await)]).await;
    let there = knowing(&there, vec![format!("{} {of_there}", at_work(witness_here).await)]).await;
    for app in [&here, &there] {
        let public = beat(app).await;
        let policy = Policy::parse(&public.policy(&app.feed.witnesses)).unwrap();
        let note = Note::parse(&public.checkpoint(&app.database).await.unwrap()).unwrap();
        assert!(policy.check(&note).unwrap().quorum);
    }
}

#[test]
fn witnesses_are_named_by_address_and_key() {
    let folder = folder("named");
    let key = witness::new_key("a.example/witness", &folder.0.join("a")).unwrap();
    let known = |text: &str| witness::known(&[text.to_owned()]);
    assert!(known(&format!("http://127.0.0.1:8461 {key}")).unwrap()[0].url.is_some());
    assert!(known(&format!("offline {key}")).unwrap()[0].url.is_none());
    let log = ledger::note::Signer::new("a.example/log", &[1; 32]).unwrap().verifier();
    for (text, word) in [
        (key.clone(), "URL VKEY"),
        (format!("https://a.example {key}"), "TLS is for a proxy"),
        (format!("nowhere {key}"), "http://"),
        (format!("http://a.example {log}"), "a log's key"),
        ("http://a.example a+b+c".to_owned(), "base64"),
    ] {
        let said = format!("{:#}", known(&text).unwrap_err());
        assert!(said.contains(word), "{text}: {said}");
    }
    let twice = [format!("offline {key}"), format!("http://b.example {key}")];
    assert!(format!("{:#}", witness::known(&twice).unwrap_err()).contains("twice"));
}
