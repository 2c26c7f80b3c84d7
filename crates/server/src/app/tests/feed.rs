//! The public log: on the beat, on both databases, as files and over HTTP, rebuilt from outside.

use super::*;
use crate::feed::{Public, Resource};
use axum::http::header;
use ledger::checkpoint::Checkpoint;
use ledger::note::Signer;
use ledger::policy::Policy;
use ledger::tile::{Tile, parse_bundle};
use ledger::tree::{Edge, Node, consistency_proof, leaf_hash, verify_consistency};
use std::collections::{BTreeMap, BTreeSet};
use std::future::IntoFuture as _;
use std::path::{Path, PathBuf};

/// A node of an office, with a folder for the files.
struct Publisher {
    office: Office,
    app: Arc<App>,
    folder: PathBuf,
}

impl Drop for Publisher {
    fn drop(&mut self) {
        let _gone = std::fs::remove_dir_all(&self.folder);
    }
}

async fn publishers(name: &str) -> Vec<Publisher> {
    publishing(on_both_signed(name).await, name).await
}

async fn publishing(offices: [Office; 2], name: &str) -> Vec<Publisher> {
    let mut publishers = Vec::new();
    for office in offices {
        let kind = office.app.database.kind();
        let folder = std::env::temp_dir().join(format!("huiyin-feed-{}-{name}-{kind}", std::process::id()));
        let _left_over = std::fs::remove_dir_all(&folder);
        let config = Config { log_folder: folder.clone(), ..office.config.clone() };
        let clock = Clock::simulated("Asia/Shanghai", office.app.clock.now()).unwrap();
        let app = Arc::new(App::open(&config, clock).await.unwrap());
        publishers.push(Publisher { office, app, folder });
    }
    publishers
}

impl Publisher {
    fn at(&self, instant: &str) {
        self.app.clock.set(instant.parse().unwrap());
    }

    fn later(&self, seconds: i64) {
        let now = self.app.clock.now();
        self.app.clock.set(now.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap());
    }

    async fn submit(&self, new: NewSubmission) {
        self.app.submit(&Actor::Petitioner { party: 0 }, new).await.unwrap();
    }

    async fn publish(&self) -> Option<Public> {
        self.app.publish().await.unwrap().pop()
    }

    /// Status, content type, caching and body of an address.
    async fn page(&self, path: &str) -> (StatusCode, String, String, Vec<u8>) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let answer = crate::web::router(self.app.clone()).oneshot(request).await.unwrap();
        let named = |name| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let (kind, cache) = (named(header::CONTENT_TYPE), named(header::CACHE_CONTROL));
        let status = answer.status();
        let body = answer.into_body().collect().await.unwrap().to_bytes().to_vec();
        (status, kind.unwrap_or_default(), cache.unwrap_or_default(), body)
    }

    async fn text(&self, path: &str) -> String {
        let (status, kind, _, body) = self.page(path).await;
        assert_eq!((status, kind.as_str()), (StatusCode::OK, "text/plain; charset=utf-8"), "{path}");
        String::from_utf8(body).unwrap()
    }

    async fn published(&self) -> Vec<(u64, String)> {
        let sql = "select size, at from log_published order by size";
        let rows = self.app.database.query(sql, Vec::new()).await.unwrap();
        rows.iter()
            .map(|row| (u64::try_from(row.int(0).unwrap()).unwrap(), row.text(1).unwrap().to_owned()))
            .collect()
    }

    /// Every file by its path below the folder.
    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        fn walk(folder: &Path, under: &str, found: &mut BTreeMap<String, Vec<u8>>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let entry = entry.unwrap();
                let name = format!("{under}{}", entry.file_name().to_str().unwrap());
                if entry.path().is_dir() {
                    walk(&entry.path(), &format!("{name}/"), found);
                } else {
                    found.insert(name, std::fs::read(entry.path()).unwrap());
                }
            }
        }
        let mut found = BTreeMap::new();
        walk(&self.folder, "", &mut found);
        found
    }

    /// All entries that are public, from bundles over HTTP alone.
    async fn entries(&self, size: u64) -> Vec<Vec<u8>> {
        let mut entries = Vec::new();
        for index in 0..size.div_ceil(256) {
            let width = Tile { level: 0, index }.width(size);
            let path = format!("/log/{}", Tile::entries_path(index, width));
            entries.extend(parse_bundle(&self.page(&path).await.3).unwrap());
        }
        entries
    }
}

fn edge(entries: &[Vec<u8>]) -> Edge {
    let mut edge = Edge::default();
    entries.iter().for_each(|entry| edge.push(leaf_hash(entry)));
    edge
}

/// LOG-4: what is public is the log as it stood at a beat; what came since is nowhere.
#[tokio::test(flavor = "multi_thread")]
async fn log_4_nothing_shows_before_the_beat_and_every_beat_is_published() {
    for one in publishers("beats").await {
        assert_eq!(one.page("/log/checkpoint").await.0, StatusCode::NOT_FOUND);
        assert_eq!(one.publish().await.unwrap().size, 16, "the directory, put in place on the beat itself");
        for (at, token) in [("2026-03-02T02:03:17.123Z", "b1"), ("2026-03-02T02:08:59.001Z", "b2")] {
            one.at(at);
            one.submit(submission(token)).await;
            assert_eq!(one.publish().await, None, "this beat was served");
            for hidden in ["checkpoint/", "tile/0/000.p/32", "tile/entries/000.p/17", "tile/0/000"] {
                assert_eq!(one.page(&format!("/log/{hidden}")).await.0, StatusCode::NOT_FOUND, "{hidden}");
            }
            assert_eq!(one.page("/log/tile/entries/000.p/16").await.0, StatusCode::OK);
            assert!(one.text("/log/checkpoint").await.lines().nth(1) == Some("16"));
        }
        // The node is late, and somebody files in between: that is the next beat's.
        one.at("2026-03-02T02:10:03.5Z");
        one.submit(submission("b3")).await;
        one.at("2026-03-02T02:10:04Z");
        let public = one.publish().await.unwrap();
        assert_eq!((public.size, public.at.as_str()), (48, "2026-03-02T02:10:00.000Z"));
        one.at("2026-03-02T02:20:00.250Z");
        assert_eq!(one.publish().await.unwrap().size, 64);
        one.at("2026-03-02T02:31:00Z");
        let quiet = one.publish().await.unwrap();
        assert_eq!((quiet.size, quiet.at.as_str()), (64, "2026-03-02T02:30:00.000Z"), "nothing happened");
        assert_eq!(
            one.office.app.publish().await.unwrap(),
            [],
            "the other node is behind its clock, not ahead"
        );
        for (size, at) in one.published().await {
            let at: jiff::Timestamp = at.parse().unwrap();
            assert_eq!((size % 16, at.as_millisecond() % 600_000), (0, 0));
        }
        // A clock that was a month ahead for a while holds the log up for no month.
        one.at("2026-04-02T02:30:00Z");
        one.publish().await.unwrap();
        one.at("2026-03-02T02:40:00Z");
        assert_eq!(one.publish().await.unwrap().at, "2026-03-02T02:40:00.000Z");
    }
}

/// Two nodes, one beat: one of them publishes. And the log grows though nothing happens.
#[tokio::test(flavor = "multi_thread")]
async fn one_node_takes_the_turn_and_idle_commits_look_like_any_other() {
    for one in publishers("turns").await {
        let (a, b) = tokio::join!(one.app.publish(), one.office.app.publish());
        let taken = [a.unwrap(), b.unwrap()].iter().flatten().count();
        assert_eq!(taken, 1);
        for _ in 0..3 {
            one.later(61);
            one.app.grow_idly().await.unwrap();
        }
        one.later(600);
        assert_eq!(one.publish().await.unwrap().size, 64);
        assert_eq!(faults_of(&one).await, [""; 0]);
    }
}

async fn faults_of(one: &Publisher) -> Vec<String> {
    let rules = one.app.rules().unwrap();
    let expected = store::verify::Expected::default();
    let report = store::verify::verify(&one.app.database, &rules, &expected, |_| {}).await.unwrap();
    let lines = report.faults.iter().chain(&report.breaches).chain(&report.contradictions);
    lines.map(ToString::to_string).collect()
}

/// LOG-4: two offices that differ in kinds, units, texts and keys publish files of the same names and lengths, and not
/// one entry or hash of one is in the other.
#[tokio::test(flavor = "multi_thread")]
async fn log_4_the_public_log_tells_neither_kind_nor_unit_nor_text() {
    // Two offices, two keys.
    let both = publishing(on_both("alike").await, "alike").await;
    for (which, one) in both.iter().enumerate() {
        for n in 0..20 {
            one.later(37 + n);
            let mut new = submission(&format!("a{which}-{n}"));
            if which == 1 {
                new.kind = Name::from("suggestion");
                new.office = unit_id(HOUSING);
                new.body = "很长的文字。".repeat(100);
                new.identity = String::new();
            }
            one.submit(new).await;
        }
        one.later(600);
        one.publish().await.unwrap();
        one.app.write_public_files().await;
    }
    let [a, b] = [both[0].files(), both[1].files()];
    let shape = |files: &BTreeMap<String, Vec<u8>>| -> Vec<(String, usize)> {
        let of_log = files.iter().filter(|(name, _)| *name != "checkpoint");
        of_log.map(|(name, bytes)| (name.clone(), bytes.len())).collect()
    };
    assert_eq!(shape(&a), shape(&b));
    assert!(a.len() > 4, "{:?}", a.keys());
    for (name, bytes) in &a {
        let other = &b[name];
        if name.starts_with("tile/entries") {
            let (ours, theirs) = (parse_bundle(bytes).unwrap(), parse_bundle(other).unwrap());
            assert!(ours.iter().chain(&theirs).all(|entry| entry.len() == 33 && entry[0] == 1));
            let all: BTreeSet<&[u8]> = ours.iter().chain(&theirs).map(|entry| &entry[1..]).collect();
            assert_eq!(all.len(), ours.len() + theirs.len(), "no entry twice");
            // Nor any field in one place: a byte that were the same in all entries would be one.
            for place in 1..33 {
                assert!(
                    ours.iter().any(|entry| entry[place] != ours[0][place]),
                    "byte {place} never changes"
                );
            }
        } else if name.starts_with("tile/") {
            let hashes: BTreeSet<&[u8]> = bytes.chunks(32).chain(other.chunks(32)).collect();
            assert_eq!(hashes.len(), (bytes.len() + other.len()) / 32, "no hash twice");
        }
    }
}

/// What lies in the folder is what `/log/` serves, and whoever fetches it gets the root that the log signed.
#[tokio::test(flavor = "multi_thread")]
async fn files_and_pages_are_the_same_and_the_root_comes_out_of_the_entries() {
    for one in publishers("mirror").await {
        one.publish().await.unwrap();
        one.app.write_public_files().await;
        assert!(one.files().contains_key("tile/0/000.p/16"));
        for n in 0..43 {
            one.later(15);
            one.app.grow_idly().await.unwrap();
            if n % 14 == 0 {
                one.later(600);
                one.publish().await.unwrap();
                one.app.write_public_files().await;
            }
        }
        one.later(600);
        let public = one.publish().await.unwrap();
        one.app.write_public_files().await;
        let files = one.files();
        assert_eq!(public.size, 704);
        assert!(!files.contains_key("tile/0/000.p/16"), "the whole tile has taken the place of its parts");
        assert!(files.contains_key("tile/1/000.p/2") && files.contains_key("tile/entries/002.p/192"));
        for (name, bytes) in &files {
            let (status, kind, cache, body) = one.page(&format!("/log/{name}")).await;
            assert_eq!((status, &body), (StatusCode::OK, bytes), "{name}");
            if name == "checkpoint" {
                assert_eq!(
                    (kind.as_str(), cache.as_str()),
                    ("text/plain; charset=utf-8", "public, max-age=5")
                );
            } else {
                assert_eq!(kind, "application/octet-stream");
                // Under its own address a log's tiles never change; under the newest log's another may follow.
                assert_eq!(cache, "public, max-age=600");
                let (_, _, cache, own) = one.page(&format!("/log/1/{name}")).await;
                assert!(cache.contains("immutable") && own == body, "{cache}");
            }
        }
        let note = one.text("/log/checkpoint").await;
        let (checkpoint, signed) = Checkpoint::of_note(&note).unwrap();
        let policy = Policy::parse(&one.text("/log/policy").await).unwrap();
        assert_eq!(policy.check(&signed).unwrap().checkpoint, checkpoint);
        let entries = one.entries(public.size).await;
        assert_eq!((edge(&entries).root(), checkpoint.size), (checkpoint.root, 704));
        assert_eq!(faults_of(&one).await, [""; 0]);
        mirrored(&one, policy.logs()[0].key.to_string()).await;
    }
}

/// The program of the manual, as it stands there: from files, over HTTP, and against a log that is another one.
async fn mirrored(one: &Publisher, vkey: String) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/log", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, crate::web::router(one.app.clone())).into_future());
    let copy = one.folder.with_extension("copy");
    let _left_over = std::fs::remove_dir_all(&copy);
    let files = one.folder.display().to_string();
    let say = |(code, said): (Option<i32>, String), wanted: i32, word: &str| {
        assert_eq!(code, Some(wanted), "{said}");
        assert!(said.contains(word), "{said}");
    };
    say(mirror(&files, &vkey, &copy).await, 0, "704 entries agree");
    say(mirror(&url, &vkey, &copy).await, 0, "704 entries agree");
    assert!(copy.join("tile/entries/001").exists());
    // One entry of an old bundle is another one now.
    let bundle = one.folder.join("tile/entries/002.p/192");
    let kept = std::fs::read(&bundle).unwrap();
    let mut altered = kept.clone();
    altered[40] ^= 1;
    std::fs::write(&bundle, altered).unwrap();
    say(mirror(&files, &vkey, &copy).await, 1, "another history");
    std::fs::write(&bundle, kept).unwrap();
    // An older copy of the log was put in place.
    let checkpoint = one.folder.join("checkpoint");
    let older = store::log::feed::sizes(&one.app.database, &head(one).await, 9).await.unwrap()[1];
    let older = store::log::feed::checkpoint(&one.app.database, &head(one).await, older).await.unwrap();
    std::fs::write(&checkpoint, older).unwrap();
    say(mirror(&files, &vkey, &copy).await, 1, "had 704 entries once");
    let stranger = Signer::new("test.example/log/1", &[9; 32]).unwrap().verifier().to_string();
    say(mirror(&url, &stranger, &copy.join("other")).await, 1, "has not signed");
    let _gone = std::fs::remove_dir_all(&copy);
}

async fn head(one: &Publisher) -> store::log::Head {
    store::log::head(&one.app.database).await.unwrap().unwrap()
}

async fn mirror(source: &str, vkey: &str, copy: &Path) -> (Option<i32>, String) {
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/manual/mirror.py");
    let mut command = tokio::process::Command::new("python3");
    let output = command.arg(program).args([source, vkey]).arg(copy).output().await.unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&said).into_owned())
}

/// LOG-5: between any two public checkpoints the log only grew, as whoever has the public files can prove; and one leaf
/// changed makes every such proof fail.
#[tokio::test(flavor = "multi_thread")]
async fn log_5_any_two_published_checkpoints_prove_that_the_log_only_grew() {
    for one in publishers("grew").await {
        for n in 0..60 {
            one.later(600);
            for _ in 0..(n % 3) {
                one.app.grow_idly().await.unwrap();
            }
            one.publish().await;
        }
        let sizes: Vec<u64> = one.published().await.into_iter().map(|(size, _)| size).collect();
        assert!(sizes.len() >= 40, "{sizes:?}");
        let newest = *sizes.last().unwrap();
        let entries = one.entries(newest).await;
        let mut tiles: BTreeMap<Tile, Vec<ledger::Hash>> = BTreeMap::new();
        for resource in Resource::all(newest) {
            if let Resource::Tile(tile, width) = resource {
                let bytes = one.page(&format!("/log/{}", tile.path(width))).await.3;
                tiles.insert(tile, bytes.as_chunks::<32>().0.to_vec());
            }
        }
        let node = |node: Node| Tile::of(node).node(&tiles[&Tile::of(node)], node);
        let head = head(&one).await;
        for (at, old) in sizes.iter().enumerate() {
            let was = note_of(&one, &head, *old).await;
            let entries = &entries[..usize::try_from(*old).unwrap()];
            assert_eq!(edge(entries).root(), was.root);
            let mut altered = entries.to_vec();
            altered[(at * 7) % entries.len()][5] ^= 1;
            let forged = edge(&altered).root();
            for new in &sizes[at..] {
                let is = note_of(&one, &head, *new).await;
                let proof = consistency_proof(*old, *new, node).unwrap();
                assert_eq!(verify_consistency(*old, *new, &was.root, &is.root, &proof), Ok(()));
                assert!(verify_consistency(*old, *new, &forged, &is.root, &proof).is_err());
            }
        }
    }
}

async fn note_of(one: &Publisher, head: &store::log::Head, size: u64) -> Checkpoint {
    let note = store::log::feed::checkpoint(&one.app.database, head, size).await.unwrap();
    Checkpoint::of_note(&note).unwrap().0
}

/// A log that was closed by a loss stays readable beside the one that follows it, as files and over HTTP.
#[tokio::test(flavor = "multi_thread")]
async fn an_older_log_stays_readable_under_its_number() {
    for one in publishers("epochs").await {
        one.publish().await.unwrap();
        one.app.write_public_files().await;
        let old = one.text("/log/checkpoint").await;
        let origin = "test.example/second/2";
        let keeper = store::log::Keeper::new(&crate::keyfile::read(&one.office.config.key_file).unwrap(), "");
        let vkey = keeper.signer(origin).unwrap().verifier().to_string();
        let mut batch = store::Batch::new();
        batch.push(store::Write::new(
            "insert into log_head (epoch, origin, vkey, size, at, peaks) values (2, $1, $2, 0, '', $3)",
            vec![origin.into(), vkey.into(), Vec::<u8>::new().into()],
        ));
        one.app.database.commit(batch).await.unwrap();
        assert_eq!(one.text("/log/checkpoint").await, old, "nothing of the new one yet");
        assert_eq!(one.page("/log/2/checkpoint").await.0, StatusCode::NOT_FOUND);
        for _ in 0..2 {
            one.app.grow_idly().await.unwrap();
        }
        one.later(600);
        one.publish().await.unwrap();
        one.app.write_public_files().await;
        assert_eq!(one.text("/log/1/checkpoint").await, old);
        let new = one.text("/log/checkpoint").await;
        assert!(new.starts_with(origin), "{new}");
        assert_eq!(one.text("/log/2/checkpoint").await, new);
        let files = one.files();
        assert_eq!((&files["1/checkpoint"], &files["checkpoint"]), (&old.into_bytes(), &new.into_bytes()));
        for name in ["1/tile/0/000.p/16", "1/tile/entries/000.p/16", "tile/0/000.p/32"] {
            assert_eq!(one.page(&format!("/log/{name}")).await.3, files[name], "{name}");
        }
        assert_eq!(one.page("/log/3/checkpoint").await.0, StatusCode::NOT_FOUND);
    }
}

/// KEY-2: what is carried away as files has the old log to its very end, a beat after the new one began.
#[tokio::test(flavor = "multi_thread")]
async fn key_2_the_end_of_the_old_log_is_among_the_files() {
    for one in publishers("turned").await {
        one.publish().await.unwrap();
        one.app.write_public_files().await;
        let key = crate::keyfile::read(&one.office.config.key_file).unwrap().with_signing(2, [5; 32]);
        crate::keyfile::replace(&one.office.config.key_file, &key).unwrap();
        one.submit(submission("in the old log")).await;
        let (old, _) = one.app.turn_log(&key).await.unwrap();
        one.submit(submission("in the new log")).await;
        one.app.write_public_files().await;
        assert!(!one.files().contains_key("1/checkpoint"), "the old one is still the newest that is public");
        one.later(600);
        for public in one.app.publish().await.unwrap() {
            one.app.write_public_files().await;
            assert!(public.size > 0);
        }
        let files = one.files();
        let note = |name: &str| String::from_utf8(files[name].clone()).unwrap();
        let (end, new) = (note("1/checkpoint"), note("checkpoint"));
        assert_eq!(Checkpoint::of_note(&end).unwrap().0.size, old.size());
        assert!(new.starts_with("test.example/log/2\n"), "{new}");
        assert_eq!(one.text("/log/1/checkpoint").await, end);
    }
}

/// Files that say more than the database were published once: they are evidence, and stay.
#[tokio::test(flavor = "multi_thread")]
async fn files_of_a_longer_log_or_of_another_one_are_left_alone() {
    for one in publishers("longer").await {
        let public = one.publish().await.unwrap();
        let checkpoint = one.folder.join("checkpoint");
        std::fs::create_dir_all(&one.folder).unwrap();
        let origin = public.head.origin.clone();
        for (origin, size) in [(origin.as_str(), 4096), ("another.example/log/1", 16)] {
            let signer = Signer::new(origin, &[3; 32]).unwrap();
            let note = Checkpoint { origin: origin.to_owned(), size, root: [1; 32] }.signed(&signer);
            std::fs::write(&checkpoint, &note).unwrap();
            one.app.write_public_files().await;
            assert_eq!(std::fs::read_to_string(&checkpoint).unwrap(), note);
            assert_eq!(one.files().len(), 1, "and nothing beside it");
        }
        std::fs::remove_file(&checkpoint).unwrap();
        one.app.write_public_files().await;
        assert_eq!(one.files().len(), 3);
    }
}

#[test]
fn paths_are_read_only_as_the_specification_writes_them() {
    for path in ["0/000", "0/x001/x234/067", "2/000.p/1", "63/000", "entries/273.p/112", "entries/x001/000"] {
        let resource = Resource::parse(path).unwrap_or_else(|| panic!("{path}"));
        assert_eq!(resource.path(), format!("tile/{path}"));
    }
    for path in [
        "",
        "0",
        "0/",
        "0/0",
        "0/0000",
        "0/x000/001",
        "0/001/002",
        "00/000",
        "256/000",
        "+1/000",
        "entries/000.p/0",
        "entries/000.p/256",
        "0/000.p/017",
        "0/000.p/",
        "0/000.p/1/2",
        "0/../checkpoint",
        "0/x999/x999/x999/x999/x999/x999/x999/999",
        "data/000",
        "0/00a",
        "0/000.p/-1",
    ] {
        assert_eq!(Resource::parse(path), None, "{path}");
    }
}
