//! Erasure by destroying keys, and restriction before its time (RET-1 to RET-3, I10; PIPL Art.47), on both databases.

use super::record::{faults, text, write};
use super::recusal::{INTEGRITY, NOWHERE};
use super::*;
use crate::doctor::{Level, examine};
use casework::access::Seen;
use casework::disclosure::Sight;
use casework::petition::DeadlineState;
use casework::refusal::RefusalClass;
use store::verify::Expected;
use store::{Batch, Database, Value as Cell, keys};

const HEAD: u128 = 2;
/// What the petitioner wrote, and who they are.
const CANARIES: [&str; 3] = ["二期停工九个月", "合同约定2026年1月交房", "林某"];

fn proposal(contents: &mut Contents, measure: Measure, basis: &str) -> Act {
    let reason = contents.add("经鉴定，没有继续保存的价值").unwrap();
    Act::ProposeDisposal(DisposalProposal {
        measure,
        basis: Name::from(basis),
        reason,
        by: None,
        kept_until: None,
    })
}

fn decision(contents: &mut Contents, approved: bool) -> Act {
    let reason = contents.add(if approved { "" } else { "鉴定没有完成" }).unwrap();
    Act::DecideDisposal(DisposalDecision { approved, reason, on: None, backups_until: None })
}

impl Office {
    /// Every letter that must be served is, in person.
    async fn served(&self, id: PetitionId) {
        loop {
            let petition = self.petition(id).await;
            let Some(letter) = petition.open("serve").find_map(|(_, deadline)| deadline.set.letter) else {
                return;
            };
            let unit = petition.letters[letter as usize].signed.unit.0.as_u128();
            self.act(actor(unit, 0), id, |contents| {
                let proof = contents.add("本人签收").unwrap();
                Act::Serve(Service { letter, method: ServiceMethod::InPerson, proof })
            })
            .await
            .unwrap();
        }
    }

    /// Answered, its promise carried out, every window closed.
    pub(super) async fn rested(&self) -> (PetitionId, String) {
        let (id, code) = self.answered().await;
        self.served(id).await;
        self.act(actor(HOUSING, 1), id, |contents| {
            Act::RecordExecution(Execution { promise: 0, proof: contents.add("已复工").unwrap() })
        })
        .await
        .unwrap();
        self.served(id).await;
        self.go_to(date(2026, 7, 1));
        self.app.tick().await.unwrap();
        (id, code)
    }

    pub(super) async fn propose(
        &self,
        id: PetitionId,
        measure: Measure,
        basis: &str,
    ) -> Result<Petition, Failure> {
        self.act(actor(HOUSING, HEAD), id, |contents| proposal(contents, measure, basis)).await
    }

    async fn decide(&self, id: PetitionId, approved: bool) -> Result<Petition, Failure> {
        self.act(actor(OFFICE, HEAD), id, |contents| decision(contents, approved)).await
    }

    /// Proposed and decided by two people.
    async fn disposed(&self, id: PetitionId, measure: Measure, basis: &str) -> Petition {
        self.propose(id, measure, basis).await.unwrap();
        self.decide(id, true).await.unwrap()
    }

    pub(super) async fn petition(&self, id: PetitionId) -> Petition {
        store::history::load(&self.app.database, id).await.unwrap().unwrap().petition
    }

    async fn cells(&self, sql: &str, id: PetitionId) -> Vec<Cell> {
        let rows = self.app.database.query(sql, vec![id.to_string().into()]).await.unwrap();
        rows.iter().flat_map(|row| row.values().to_vec()).collect()
    }

    async fn wraps(&self, id: PetitionId) -> Vec<Vec<u8>> {
        let sql = "select wrapped, recovery from petition_key where petition_id = $1";
        let blob = |cell: Cell| match cell {
            Cell::Blob(bytes) => bytes,
            other @ (Cell::Null | Cell::Integer(_) | Cell::Text(_)) => panic!("{other:?}"),
        };
        self.cells(sql, id).await.into_iter().map(blob).collect()
    }

    pub(super) async fn case_ref(&self, id: PetitionId) -> String {
        self.petition(id).await.submission.unwrap().case_ref.to_string()
    }

    async fn erased_says_verify(&self) -> u64 {
        let rules = self.app.rules().unwrap();
        let expected = Expected::default();
        store::verify::verify(&self.app.database, &rules, &expected, |_| {}).await.unwrap().erased
    }

    async fn staff_session(&self, unit: u128, n: u128) -> String {
        let login = format!("e{unit}n{n}");
        self.app.set_account(&login, official_id(unit, n), "correct horse").await.unwrap();
        self.log_in(&login).await
    }

    /// `/follow` as the petitioner's browser gets it.
    async fn followed_page(&self, code: &str) -> String {
        let (id, party) = self.app.by_code(code).await.unwrap().unwrap();
        let session = self.app.follow(id, party).await.unwrap();
        let request = Request::get("/follow")
            .header("cookie", format!("__Host-huiyin-follow={session}; __Host-huiyin-language=en"));
        let response =
            crate::web::router(self.app.clone()).oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        String::from_utf8(bytes.to_vec()).unwrap()
    }
}

fn refused_with(result: Result<Petition, Failure>, code: &str) {
    match result {
        Err(Failure::Refused(refusal)) => assert_eq!(refusal.code(), code),
        other => panic!("{code} expected: {other:?}"),
    }
}

/// RET-1, I10: two people destroy the key on a basis of the law. Nobody opens anything afterwards: not the office with its
/// key file, not those who recover, not whoever reads the files of the database.
#[tokio::test(flavor = "multi_thread")]
async fn ret_1_after_an_erasure_nothing_opens_the_words_and_the_record_stays_whole() {
    for office in on_both_signed("erase").await {
        let (id, code) = office.rested().await;
        // Wrapped for those who recover too.
        let (_, identities) = office.rotated().await;
        store::keys::follow(&office.app.database).await.unwrap();
        let old = office.wraps(id).await;
        assert!(old.iter().all(|wrap| wrap.len() > 60), "both wraps are there");
        let receipt = office.take(json!({ "code": code, "words": true })).await.unwrap();
        let session = office.app.follow(id, 0).await.unwrap();
        for sql in [
            "insert into reminder (petition_id, idx, official_id, warned_on, seen_on) values ($1, 0, 'o', '2026-07-01', '')",
            "insert into outbox (petition_id, message_id, topic, body, due_at, tries, leased_until, done_at) values ($1, 'm', 't', 'b', '2999-01-01', 0, '', '')",
        ] {
            assert!(write(&office, sql, vec![Cell::Text(id.to_string())]).await);
        }
        assert!(office.app.words(&office.petition(id).await).await.unwrap().len() > 6);

        office.propose(id, Measure::Erase, "order").await.unwrap();
        // Nobody decides on what they proposed, and nobody of another unit or post does.
        for other in [actor(HOUSING, HEAD), actor(OFFICE, 0), actor(CITY, HEAD), actor(CITY, AUDITOR)] {
            refused_with(office.act(other, id, |contents| decision(contents, true)).await, "not_for_you");
        }
        let seen = office.petition(id).await.version;
        // One person in two tabs: the second is told that the case changed.
        for tab in 0..2 {
            let mut contents = Contents::new();
            let act = decision(&mut contents, true);
            let decided =
                office.app.carry_out(&actor(OFFICE, HEAD), id, Some(seen), act.into(), contents).await;
            match (tab, decided) {
                (0, Ok(after)) => assert_eq!(after.erased.unwrap().basis, *"order"),
                (1, Err(Failure::Changed { .. })) => {}
                (_, other) => panic!("{other:?}"),
            }
        }
        assert_eq!(office.wraps(id).await, [b"", b""], "both wraps are empty");

        // With the key file of the office and the rows as they are.
        let again = App::open(&office.config, Clock::real("UTC").unwrap()).await.unwrap();
        let lost = store::content::key_of(&again.database, id).await;
        assert!(matches!(lost, Err(store::StoreError::Destroyed(_))), "{lost:?}");
        assert!(store::content::of_petition(&again.database, id).await.unwrap().is_empty());
        let blind = Database::look(&office.config.database).await.unwrap();
        for identity in &identities {
            let known = crate::recovery::opened(&blind, identity).await.unwrap();
            let found = App::recoverable(&blind, &known, |_| ()).await.unwrap();
            assert_eq!((found.petitions, found.open), (0, 0), "no wrap is left to try");
        }
        // Nor do the bytes of the wraps stand anywhere in the files.
        if let Some(file) = office.config.sqlite_file() {
            let log = format!("{}-wal", file.display());
            for file in [file.to_path_buf(), log.into()] {
                let bytes = std::fs::read(&file).unwrap_or_default();
                for wrap in &old {
                    let part = &wrap[20..52];
                    let left = bytes.windows(part.len()).any(|window| window == part);
                    assert!(!left, "{} still has a wrap", file.display());
                }
            }
        }

        // What was kept beside the record is gone too.
        assert_eq!(office.app.followed(&session).await.unwrap(), None);
        let digest = "select digest from submission_token where petition_id = $1";
        assert_eq!(office.cells(digest, id).await, [Cell::Text(String::new())]);
        for table in ["reminder", "outbox"] {
            let sql = format!("select count(*) from {table} where petition_id = $1");
            assert_eq!(office.cells(&sql, id).await, [Cell::Integer(0)], "{table}");
        }

        // The record stays whole and says how many; the petitioner's own receipt proves what it proved.
        assert_eq!(faults(&office.app).await, [""; 0]);
        assert_eq!(office.erased_says_verify().await, 1);
        let verdict = ledger::receipt::verify(&receipt, None, None).unwrap();
        assert_eq!((verdict.kind.as_str(), verdict.checked.is_empty()), ("submit", false));
        let later = office.take(json!({ "code": code, "words": true })).await.unwrap();
        let verdict = ledger::receipt::verify(&later, None, None).unwrap();
        assert_eq!(
            (verdict.kind.as_str(), verdict.checked.len()),
            ("submit", 0),
            "no words are left to show"
        );

        // Nothing more is done with it.
        refused_with(office.propose(id, Measure::Lift, "order").await, "not_erased");
        let supplement =
            json!({ "code": code, "seen": office.petition(id).await.version, "text": "再说一句" });
        let (status, problem) = office.post("/api/v1/track/add_supplement", supplement).await;
        assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("not_erased")));
        assert_eq!(office.app.tick().await.unwrap().passed, 0);
    }
}

/// RET-1, RET-3: what the petitioner is told, and what is left for the office to see.
#[tokio::test(flavor = "multi_thread")]
async fn ret_3_the_petitioner_is_told_and_the_office_sees_a_shell() {
    for office in on_both_signed("erased-told").await {
        let (id, code) = office.rested().await;
        let case_ref = office.case_ref(id).await;
        // Early in the morning it is still the day before in UTC: the office's own day counts.
        office.app.clock.set_civil(date(2026, 7, 2), 7, 0);
        let handler = office.staff_session(HOUSING, 1).await;
        let head = office.staff_session(OFFICE, HEAD).await;
        office.propose(id, Measure::Erase, "order").await.unwrap();
        // The decision lies on the desk of whoever owes it, with the reason.
        let (_, inbox) = office.page("/staff", &head).await;
        assert!(inbox.contains(&case_ref), "{inbox}");
        let form = format!("/staff/cases/{case_ref}/acts/decide_disposal");
        let (status, page) = office.page(&form, &head).await;
        assert!(status == StatusCode::OK && page.contains("经鉴定"), "{page}");
        let seen = office.petition(id).await.version;
        let (status, to, _) = office.form(&form, &head, &format!("seen={seen}&approved=yes&reason=")).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{to}");
        let (status, _, page) = office.form(&form, &head, &format!("seen={seen}&approved=yes&reason=")).await;
        assert_eq!(status, StatusCode::CONFLICT, "{page}");

        for session in [&handler, &head] {
            let (status, page) = office.page(&format!("/staff/cases/{case_ref}"), session).await;
            assert_eq!(status, StatusCode::OK);
            assert!(page.contains("已销毁") && page.contains("生效裁判"), "{page}");
            assert!(CANARIES.iter().all(|canary| !page.contains(canary)));
            let (status, page) = office.page(&format!("/staff/cases/{case_ref}/letters/0"), session).await;
            assert!(
                status == StatusCode::CONFLICT && page.contains("已于2026年7月2日销毁"),
                "{status} {page}"
            );
            let (status, case) = office.get(&format!("/api/v1/cases/{case_ref}"), session).await;
            assert_eq!((status, &case["title"], &case["body"]), (StatusCode::OK, &json!(""), &json!("")));
            assert_eq!(case["acts"], json!([]));
            assert_eq!(office.page("/staff", session).await.0, StatusCode::OK);
            assert_eq!(office.page("/staff/reminders", session).await.0, StatusCode::OK);
        }
        let page = office.followed_page(&code).await;
        assert!(page.contains("2026年7月2日") || page.contains("2 July 2026"), "{page}");
        // 400 days later no backup is left that could open it.
        assert!(page.contains("2027年8月6日") || page.contains("6 August 2027"), "{page}");
        assert!(CANARIES.iter().all(|canary| !page.contains(canary)));
        let (_, seen) = office.post("/api/v1/track", json!({ "code": code })).await;
        assert_eq!(seen["disposal"]["erased"], json!(true));
        assert_eq!(
            (&seen["disposal"]["on"], &seen["disposal"]["backups_until"]),
            (&json!("2026-07-02"), &json!("2027-08-06"))
        );
        assert_eq!(seen["number"], json!(office.petition(id).await.submission.unwrap().number.to_string()));
        let findings = examine(&office.config, &office.app.clock).await.unwrap();
        let line = findings.iter().find(|found| found.subject == "erased petitions").unwrap();
        assert!(line.level == Level::Ok && line.found.contains("2027-08-06"), "{line:?}");
        assert_eq!(faults(&office.app).await, [""; 0]);
    }
}

/// RET-1, RET-2: while the file must be kept, the person's request restricts it; while something runs, nothing is done.
#[tokio::test(flavor = "multi_thread")]
async fn ret_2_while_it_must_be_kept_it_is_restricted_and_shown_to_nobody() {
    for office in on_both_signed("restrict").await {
        let (id, code) = office.answered().await;
        refused_with(office.propose(id, Measure::Erase, "order").await, "not_at_this_stage");
        office.go_to(date(2026, 4, 3));
        office.app.tick().await.unwrap();
        assert!(office.petition(id).await.is_at("lapsed"));
        refused_with(office.propose(id, Measure::Restrict, "request").await, "nothing_runs");
        let (id, code) = {
            drop((id, code));
            office.second_rested().await
        };
        refused_with(office.propose(id, Measure::Erase, "request").await, "retention_over");
        refused_with(office.propose(id, Measure::Erase, "because").await, "disposal_based");
        let proposed = office.propose(id, Measure::Restrict, "request").await.unwrap();
        let kept_until = proposed.disposal.as_ref().unwrap().kept_until;
        assert_eq!(kept_until, Some(date(2036, 12, 31)), "ten years from the first of January");
        let (_, deadline) = proposed.open("disposal").next().unwrap();
        assert_eq!((deadline.set.unit, deadline.state), (Some(unit_id(OFFICE)), DeadlineState::Running));
        office.decide(id, true).await.unwrap();

        let case_ref = office.case_ref(id).await;
        for (unit, n) in [(HOUSING, 1), (HOUSING, HEAD), (OFFICE, 0), (OFFICE, HEAD)] {
            let session = office.staff_session(unit, n).await;
            let (status, page) = office.page(&format!("/staff/cases/{case_ref}"), &session).await;
            assert_eq!(status, StatusCode::OK);
            assert!(
                page.contains("限制处理") && CANARIES.iter().all(|canary| !page.contains(canary)),
                "{page}"
            );
            for path in ["letters/0", "identity?field=name", "files/0"] {
                let (status, page) = office.page(&format!("/staff/cases/{case_ref}/{path}"), &session).await;
                assert_eq!(status, StatusCode::CONFLICT, "{path}: {page}");
            }
            let reveal = json!({ "field": "name", "purpose": "contact", "words": "要联系" });
            let (status, _) =
                office.send(&format!("/api/v1/cases/{case_ref}/identity"), &session, reveal).await;
            assert_eq!(status, StatusCode::CONFLICT);
        }
        // Each of them is on record, and the petitioner is told; nobody who may not know of it learns of it.
        let (reads, _) = office.app.reads_of(id, None, 50).await.unwrap();
        let withheld = reads.iter().filter(|kept| kept.read.seen == Seen::Shell);
        let who: std::collections::BTreeSet<_> = withheld.map(|kept| kept.actor.clone()).collect();
        assert_eq!(who.len(), 4, "{reads:?}");
        let stranger = office.staff_session(CITY, 1).await;
        assert_eq!(
            office.page(&format!("/staff/cases/{case_ref}"), &stranger).await.0,
            StatusCode::NOT_FOUND
        );
        // No act but what ends it; the petitioner's own code still opens everything.
        let seen = office.petition(id).await.version;
        let body = json!({ "seen": seen, "standing": "agent", "identity": "某人" });
        let session = office.staff_session(OFFICE, 0).await;
        let (status, _) = office.send(&format!("/api/v1/cases/{case_ref}/add_party"), &session, body).await;
        assert_eq!(status, StatusCode::CONFLICT);
        let refused = office.act(actor(HOUSING, 1), id, |_| {
            Act::AddParty(Party { standing: Standing::Agent, identity: None })
        });
        match refused.await {
            Err(Failure::Refused(refusal)) => {
                assert_eq!((refusal.code(), refusal.class()), ("not_restricted", RefusalClass::State));
            }
            other => panic!("{other:?}"),
        }
        let page = office.followed_page(&code).await;
        assert!(page.contains(CANARIES[0]) && page.contains(CANARIES[1]), "{page}");
        let (_, tracked) = office.post("/api/v1/track", json!({ "code": code })).await;
        assert_eq!(
            (&tracked["disposal"]["erased"], &tracked["title"]),
            (&json!(false), &json!("二期停工九个月，逾期不交房"))
        );
        assert_eq!(faults(&office.app).await, [""; 0]);

        // It ends as it began, by two people; then the words are there again.
        office.disposed(id, Measure::Lift, "request").await;
        let session = office.staff_session(HOUSING, 1).await;
        let (_, page) = office.page(&format!("/staff/cases/{case_ref}"), &session).await;
        assert!(page.contains(CANARIES[0]), "{page}");
        // After its time it is erased on request; a refusal says why and changes nothing.
        office.app.clock.set_civil(date(2037, 1, 5), 10, 0);
        refused_with(office.propose(id, Measure::Restrict, "request").await, "retention_over");
        office.propose(id, Measure::Erase, "request").await.unwrap();
        let silent = office.act(actor(OFFICE, HEAD), id, |contents| {
            Act::DecideDisposal(DisposalDecision {
                approved: false,
                reason: contents.add("").unwrap(),
                on: None,
                backups_until: None,
            })
        });
        refused_with(silent.await, "disposal_refusal_explained");
        assert!(office.decide(id, false).await.unwrap().erased.is_none());
        assert!(office.wraps(id).await[0].len() > 60);
        office.disposed(id, Measure::Erase, "request").await;
        assert_eq!(office.wraps(id).await[0], b"");
        assert_eq!(faults(&office.app).await, [""; 0]);
        assert_eq!(office.erased_says_verify().await, 1);
    }
}

impl Office {
    /// Another one, from its submission to its rest.
    async fn second_rested(&self) -> (PetitionId, String) {
        self.go_to(date(2026, 3, 2));
        let new = NewSubmission { identity: json!({ "name": "林某" }).to_string(), ..submission("second") };
        let receipt = self.app.submit(&Actor::Petitioner { party: 0 }, new).await.unwrap();
        let id = receipt.petition;
        self.forwarded(id).await;
        let handler = official_id(HOUSING, 1);
        self.act(actor(HOUSING, 1), id, |_| Act::TakeUp(Handover { official: handler })).await.unwrap();
        self.act(actor(HOUSING, 1), id, |contents| {
            Act::Decline(Declining {
                ground: Name::from("NA1"),
                facts: contents.add("法院已经受理").unwrap(),
                advice: contents.add("请等候法院裁判").unwrap(),
            })
        })
        .await
        .unwrap();
        self.served(id).await;
        self.go_to(date(2026, 6, 30));
        self.app.tick().await.unwrap();
        (id, receipt.code.to_string())
    }
}

/// RET-1, I10: a key that is empty, back, or destroyed by whoever has the database and the signing key is named.
#[tokio::test(flavor = "multi_thread")]
async fn i10_a_key_destroyed_otherwise_than_by_two_people_is_named() {
    for office in on_both_signed("shredded").await {
        let (id, _) = office.rested().await;
        let (other, _) = office.second_rested().await;
        let old = office.wraps(id).await;
        let set = |wraps: Vec<Vec<u8>>, id: PetitionId| {
            let sql =
                text("update petition_key set wrapped = $1, recovery = $2 where petition_id = $3".to_owned());
            let params = wraps.into_iter().map(Cell::Blob).chain([Cell::Text(id.to_string())]).collect();
            write(&office, sql, params)
        };
        let kept = office.wraps(other).await;
        set(vec![Vec::new(), Vec::new()], other).await;
        let found = faults(&office.app).await;
        assert!(found.len() == 1 && found[0].contains("no erasure is on record"), "{found:?}");
        set(kept, other).await;
        assert_eq!(faults(&office.app).await, [""; 0]);

        office.disposed(id, Measure::Erase, "unlawful").await;
        assert_eq!(faults(&office.app).await, [""; 0]);
        set(old, id).await;
        let found = faults(&office.app).await;
        assert!(found.len() == 1 && found[0].contains("its erasure is on record"), "{found:?}");
        set(vec![Vec::new(), Vec::new()], id).await;
        assert_eq!(faults(&office.app).await, [""; 0]);

        // With everything the office has, one person alone, and nothing in the petition's own record.
        let one = official_id(HOUSING, HEAD);
        let database = &office.app.database;
        let (fact, writes) = keys::erase(database, other, &Name::from("order"), (one, one)).await.unwrap();
        let tip = keys::tip(database).await.unwrap();
        let (at, sure) = office.app.clock.stamp_now();
        let mut event = keys::event(&tip, (&at, sure), 1, &fact, [7; 32]);
        event.actor = one.to_string();
        let mut batch = Batch::new();
        batch.extend(writes);
        batch.record(event);
        assert_eq!(database.commit(batch).await.unwrap(), store::Outcome::Committed);
        let found = faults(&office.app).await;
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("I10: one person alone") && found[1].contains("not what was decided"));
    }
}

/// RET-1: whoever is shown words that are withheld from everybody is named by `verify`.
#[tokio::test(flavor = "multi_thread")]
async fn ret_1_a_read_of_what_is_withheld_is_named() {
    for office in on_both_signed("withheld").await {
        let (id, _) = office.rested().await;
        office.disposed(id, Measure::Restrict, "request").await;
        office.go_to(date(2026, 7, 2));
        // To whoever may not know of it there is no such case, also where one is asked to agree to something in it.
        let stranger = office.staff_session(CITY, 1).await;
        let agree = |case_ref: &str| format!("/staff/cases/{case_ref}/identity?ask=1");
        let case_ref = office.case_ref(id).await;
        let absent = office.page(&agree(NOWHERE), &stranger).await;
        let (status, page) = office.page(&agree(&case_ref), &stranger).await;
        assert_eq!(
            (status, page.replace(&case_ref, NOWHERE)),
            absent,
            "a foreign file tells that it is restricted"
        );
        office.app.record_read(&actor(HOUSING, 1), id, Seen::Shell).await.unwrap();
        assert_eq!(faults(&office.app).await, [""; 0]);
        office.app.record_read(&actor(HOUSING, 1), id, Seen::Case).await.unwrap();
        let found = faults(&office.app).await;
        assert!(found.len() == 1 && found[0].contains("RET-1"), "{found:?}");
    }
}

/// RET-2: an office may keep files longer than its law asks for, never shorter.
#[tokio::test(flavor = "multi_thread")]
async fn ret_2_a_period_below_that_of_the_law_is_refused() {
    for office in on_both_signed("kept-years").await {
        let clock = || Clock::simulated("Asia/Shanghai", "2026-07-01T02:00:00Z".parse().unwrap()).unwrap();
        let short = Config { retention_years: 9, ..office.config.clone() };
        let refused = format!("{:#}", App::open(&short, clock()).await.err().unwrap());
        assert!(refused.contains("retention_years") && refused.contains("at least 10"), "{refused}");
        let (id, _) = office.rested().await;
        let long = Config { retention_years: 30, ..office.config.clone() };
        let app = App::open(&long, clock()).await.unwrap();
        let mut contents = Contents::new();
        let act = proposal(&mut contents, Measure::Restrict, "request");
        let proposed = app.carry_out(&actor(HOUSING, HEAD), id, None, act.into(), contents).await.unwrap();
        assert_eq!(proposed.disposal.unwrap().kept_until, Some(date(2056, 12, 31)));
        // `verify` knows the law's own period alone, and believes a longer one.
        assert_eq!(faults(&office.app).await, [""; 0]);
    }
}

/// RET-1, SEAL-1: a sealed matter is erased by two recipients of two units, and no holder of its key is left; whoever may
/// be told of it sees the shell, nobody is asked to open it, and the record stays whole.
#[tokio::test(flavor = "multi_thread")]
async fn ret_1_a_sealed_matter_is_erased_by_two_who_could_open_it() {
    for office in sealed::with_recipients("erase-sealed", &sealed::RECIPIENTS).await {
        let (id, case_ref, code) = sealed::closed(&office, "erase-sealed").await;
        let proposes = sealed::recipient(INTEGRITY, HEAD);
        let decides = sealed::recipient(OFFICE, HEAD);
        let by_head = |contents: &mut Contents| proposal(contents, Measure::Erase, "order");
        sealed::as_recipient(&office, (INTEGRITY, HEAD), office.act(proposes.clone(), id, by_head))
            .await
            .unwrap();
        // The decision is owed outside, by somebody who could not open it before.
        let decide = |contents: &mut Contents| decision(contents, true);
        let unopened = office.act(decides.clone(), id, decide).await;
        assert!(matches!(unopened, Err(Failure::Sealed)), "{unopened:?}");
        let handler = sealed::recipient(INTEGRITY, 1);
        let other = sealed::as_recipient(&office, (INTEGRITY, 1), office.act(handler, id, decide)).await;
        refused_with(other, "not_for_you");
        sealed::as_recipient(&office, (OFFICE, HEAD), async {
            let (seen, _) = office.app.known(&decides, &case_ref).await.unwrap();
            let words = office.app.words_for(&seen, Sight::Shell).await.unwrap();
            assert_eq!(words.values().collect::<Vec<_>>(), ["经鉴定，没有继续保存的价值"]);
            office.act(decides.clone(), id, decide).await.unwrap();
        })
        .await;
        assert_eq!(office.wraps(id).await, [b"", b""]);
        let held = "select count(*) from sealed_wrap where petition_id = $1";
        assert_eq!(office.cells(held, id).await, [Cell::Integer(0)]);
        for who in [(INTEGRITY, HEAD), (INTEGRITY, 1), (OFFICE, HEAD)] {
            let lost = sealed::as_recipient(&office, who, store::content::key_of(&office.app.database, id));
            assert!(matches!(lost.await, Err(store::StoreError::Destroyed(_))));
        }
        let (_, line) = sealed::doctor(&office).await;
        assert!(!line.contains("1 "), "nobody is missing where nothing is left to open: {line}");
        assert_eq!(faults(&office.app).await, [""; 0]);
        assert_eq!(office.erased_says_verify().await, 1);
        assert_eq!(office.app.tick().await.unwrap().failed, 0);
        let page = office.followed_page(&code).await;
        assert!(page.contains("销毁"), "{page}");
        assert!(!page.contains(sealed::CANARY), "{page}");
        // Whoever opens sealed matters there still finds what is left of it, and nobody is to be given it.
        sealed::as_recipient(&office, (INTEGRITY, 1), async {
            let handler = sealed::recipient(INTEGRITY, 1);
            let (list, _) = office.app.sealed_matters(&handler, None).await.unwrap();
            assert!(list.len() == 1 && list[0].title.is_empty() && !list[0].closed);
            assert!(office.app.waiting_recipients(&handler).await.unwrap().is_empty());
            assert!(matches!(office.app.known(&handler, &case_ref).await, Ok((_, Sight::Shell))));
        })
        .await;
        let kinds = office.cells("select distinct kind from read_event where petition_id = $1", id).await;
        assert_eq!(kinds, [Cell::Text("sealed".to_owned())], "who still looked is told to nobody");
        // What follows it is told to nobody either, and takes nothing from it.
        let version = office.petition(id).await.version;
        let next = NewSubmission { earlier: Some(id), ..submission("follows-an-erased-one") };
        office.app.submit(&Actor::Petitioner { party: 0 }, next).await.unwrap();
        assert_eq!(office.petition(id).await.version, version);
        assert_eq!(faults(&office.app).await, [""; 0]);
        // A key that somebody gives on who had it in hand comes too late, and one that lies there is named.
        let gives = |batch: &mut Batch| {
            let sql =
                "insert into sealed_wrap (petition_id, holder, public, wrapped) values ($1, $2, $3, $3)";
            let holder = Cell::Text(official_id(INTEGRITY, 1).to_string());
            let row = vec![Cell::Text(id.to_string()), holder, Cell::Blob(vec![7; 32])];
            batch.push(store::Write::new(sql, row));
        };
        let mut late = Batch::new();
        late.push(store::sealed::while_it_stands(id));
        gives(&mut late);
        assert_eq!(office.app.database.commit(late).await.unwrap(), store::Outcome::Conflict);
        assert_eq!(office.cells(held, id).await, [Cell::Integer(0)]);
        let mut past = Batch::new();
        gives(&mut past);
        office.app.database.commit(past).await.unwrap();
        let found = faults(&office.app).await;
        assert!(found.len() == 1 && found[0].contains("somebody holds a key"), "{found:?}");
        let drop_it = "delete from sealed_wrap where petition_id = $1";
        write(&office, drop_it, vec![Cell::Text(id.to_string())]).await;
        // One that nobody decided is named, although nobody can read what was decided in it.
        let (other, ..) = sealed::closed(&office, "erase-sealed-alone").await;
        let two = (official_id(INTEGRITY, HEAD), official_id(OFFICE, HEAD));
        let database = &office.app.database;
        let (fact, writes) = keys::erase(database, other, &Name::from("order"), two).await.unwrap();
        let tip = keys::tip(database).await.unwrap();
        office.go_to(date(2026, 3, 4));
        let (at, sure) = office.app.clock.stamp_now();
        let mut event = keys::event(&tip, (&at, sure), 1, &fact, [7; 32]);
        event.actor = two.1.to_string();
        let mut batch = Batch::new();
        batch.extend(writes);
        batch.record(event);
        assert_eq!(database.commit(batch).await.unwrap(), store::Outcome::Committed);
        let found = faults(&office.app).await;
        assert!(found.len() == 1 && found[0].contains("not what was decided"), "{found:?}");
    }
}
