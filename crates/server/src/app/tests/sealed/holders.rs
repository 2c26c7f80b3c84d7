//! Who can open a sealed matter, and how that follows who should (SEAL-1, SEAL-5).

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn seal_5_no_act_leaves_a_matter_with_fewer_than_two_who_can_open_it() {
    // At the integrity body only one has set a passphrase.
    let keyed = [(OFFICE, 0), (OFFICE, 2), (INTEGRITY, 1)];
    for office in with_recipients("sealed-few", &keyed).await {
        let (id, ..) = filed(&office, report("few")).await;
        as_recipient(&office, (OFFICE, 0), async {
            office.act(recipient(OFFICE, 0), id, |_| registration("report")).await.unwrap();
            let refused = office.act(recipient(OFFICE, 0), id, refer).await;
            assert!(matches!(refused, Err(Failure::NoRecipients)), "{refused:?}");
        })
        .await;
        // A second one sets theirs: now it goes, to both and away from the office.
        office.app.keep_sealing_key(official_id(INTEGRITY, 2), PASSPHRASE).await.unwrap();
        as_recipient(&office, (OFFICE, 0), office.act(recipient(OFFICE, 0), id, refer)).await.unwrap();
        let mut holders: Vec<OfficialId> = sealed::wraps_of(&office.app.database, id)
            .await
            .unwrap()
            .into_iter()
            .map(|(who, _)| who)
            .collect();
        holders.sort();
        assert_eq!(holders, [official_id(INTEGRITY, 1), official_id(INTEGRITY, 2)]);
        // A third sees that there is something they cannot open, until one of the two gives it to them; opening the list is
        // not enough, because a key may have been made by somebody who got hold of an account.
        office.app.keep_sealing_key(official_id(INTEGRITY, 0), PASSPHRASE).await.unwrap();
        let third = recipient(INTEGRITY, 0);
        let list =
            as_recipient(&office, (INTEGRITY, 0), office.app.sealed_matters(&third, None)).await.unwrap().0;
        assert!(list.len() == 1 && list[0].closed && list[0].title.is_empty());
        let first = recipient(INTEGRITY, 1);
        as_recipient(&office, (INTEGRITY, 1), office.app.sealed_matters(&first, None)).await.unwrap();
        let list = async || {
            as_recipient(&office, (INTEGRITY, 0), office.app.sealed_matters(&third, None)).await.unwrap().0
        };
        assert!(list().await[0].closed);
        let waiting = office.app.waiting_recipients(&first).await.unwrap();
        assert!(
            waiting.len() == 1 && waiting[0].official == official_id(INTEGRITY, 0) && waiting[0].matters == 1
        );
        // Nobody can be given what whoever gives cannot open, nor somebody of another unit.
        let strange = office.app.give_sealed(&first, official_id(OFFICE, 0)).await;
        assert!(matches!(strange, Err(Failure::Absent)));
        office.app.give_sealed(&first, official_id(INTEGRITY, 0)).await.unwrap();
        assert!(list().await[0].closed, "given by nobody who has it");
        as_recipient(&office, (INTEGRITY, 1), office.app.give_sealed(&first, official_id(INTEGRITY, 0)))
            .await
            .unwrap();
        let list = list().await;
        assert!(!list[0].closed && list[0].title.contains(CANARY));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn seal_1_what_comes_before_there_are_recipients_is_sealed_once_there_are() {
    for office in with_recipients("sealed-late", &[]).await {
        let (id, _, code) = filed(&office, report("late")).await;
        let database = &office.app.database;
        // Nobody could have opened it: the office keeps it, as any petition, rather than nobody at all.
        assert!(content::key_of(database, id).await.is_ok());
        office.app.keep_sealing_key(official_id(OFFICE, 0), PASSPHRASE).await.unwrap();
        office.app.tick().await.unwrap();
        assert!(content::key_of(database, id).await.is_ok(), "one recipient is not enough");
        office.app.keep_sealing_key(official_id(OFFICE, 2), PASSPHRASE).await.unwrap();
        office.app.tick().await.unwrap();
        assert!(matches!(content::key_of(database, id).await, Err(StoreError::Sealed(_))));
        for n in [0, 2] {
            assert!(as_recipient(&office, (OFFICE, n), content::key_of(database, id)).await.is_ok());
        }
        // The code that was given before opens it too.
        let (_, told) = office.post("/api/v1/track", json!({ "code": code })).await;
        assert!(told.to_string().contains(CANARY), "{told}");
        assert_eq!(super::faults(&office.app).await, Vec::<String>::new());
        // A key that was written past the program is given nothing, and is named.
        let mut batch = store::Batch::new();
        let stranger = sealed::pair(store::seal::Suite::Intl, &[9; 32]).unwrap().1;
        let sql = "update sealing_key set public = $1 where official_id = $2";
        batch.push(store::Write::new(
            sql,
            vec![stranger.bytes().to_vec().into(), official_id(OFFICE, 2).to_string().into()],
        ));
        database.commit(batch).await.unwrap();
        as_recipient(&office, (OFFICE, 0), office.app.settle(id)).await;
        let given = sealed::wraps_of(database, id).await.unwrap();
        assert!(
            !given.iter().any(|(_, public)| *public == stranger),
            "a key of nobody knows whom was given the matter"
        );
        assert!(super::faults(&office.app).await.join("").contains("sealing_key"));
        office.app.keep_sealing_key(official_id(OFFICE, 2), PASSPHRASE).await.unwrap();
        // It goes on: what happens from now on is sealed.
        as_recipient(&office, (OFFICE, 0), async {
            office.act(recipient(OFFICE, 0), id, |_| registration("report")).await.unwrap();
        })
        .await;
        let closed = history::load(database, id).await.unwrap().unwrap();
        assert!(closed.closed && closed.records.last().unwrap().events.is_empty());
        assert_eq!(super::faults(&office.app).await, Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn seal_1_many_that_cannot_be_sealed_yet_keep_none_behind_them_from_it() {
    for office in with_recipients("sealed-queue", &[]).await {
        let database = &office.app.database;
        // More than are looked at in one go wait at the integrity body, where nobody has a passphrase.
        for n in 0..=100 {
            let against_us =
                NewSubmission { accused: vec![unit_id(OFFICE)], ..report(&format!("queue-{n}")) };
            filed(&office, against_us).await;
        }
        // Ids have no order that a test can choose: of so many, some stand behind the first hundred.
        let mut ours = Vec::new();
        for n in 0..30 {
            ours.push(filed(&office, report(&format!("ours-{n}"))).await.0);
        }
        for n in [0, 2] {
            office.app.keep_sealing_key(official_id(OFFICE, n), PASSPHRASE).await.unwrap();
        }
        office.app.tick().await.unwrap();
        for id in ours {
            assert!(matches!(content::key_of(database, id).await, Err(StoreError::Sealed(_))));
        }
        assert_eq!(sealed::unsealed(database, "", 1000).await.unwrap().len(), 101);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn seal_1_a_claim_that_is_a_report_is_sealed_and_one_that_is_none_is_opened() {
    for office in with_recipients("sealed-kind", &RECIPIENTS).await {
        let database = &office.app.database;
        let propose = |kind: &str| {
            let kind = Name::from(kind);
            move |contents: &mut Contents| {
                let reason = contents.add("经核实").unwrap();
                Act::ProposeReclassification(Reclassification { kind, reason, by: None, named: Vec::new() })
            }
        };
        let confirm = |contents: &mut Contents| {
            Act::ConfirmReclassification(Reasoned { reason: contents.add("同意").unwrap() })
        };
        let (id, ..) = filed(&office, submission("kind")).await;
        office.act(recipient(OFFICE, 0), id, |_| registration("claim")).await.unwrap();
        office.act(recipient(OFFICE, 0), id, propose("report")).await.unwrap();
        office.act(recipient(OFFICE, 2), id, confirm).await.unwrap();
        assert!(matches!(content::key_of(database, id).await, Err(StoreError::Sealed(_))));
        assert_eq!(super::faults(&office.app).await, Vec::<String>::new());
        // And back: a suggestion that was taken for a report is everybody's work again.
        as_recipient(&office, (OFFICE, 0), office.act(recipient(OFFICE, 0), id, propose("suggestion")))
            .await
            .unwrap();
        as_recipient(&office, (OFFICE, 2), office.act(recipient(OFFICE, 2), id, confirm)).await.unwrap();
        assert!(content::key_of(database, id).await.is_ok());
        assert!(!history::load(database, id).await.unwrap().unwrap().closed);
        assert_eq!(super::faults(&office.app).await, Vec::<String>::new());
        let (_, inbox) = office.page("/staff", &session(&office, OFFICE, 0).await).await;
        assert!(inbox.contains(&petition(&office, id).await.submission.unwrap().case_ref.to_string()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn seal_5_the_recovery_quorum_gives_it_to_recipients_who_lost_theirs() {
    for office in with_recipients("sealed-quorum", &RECIPIENTS).await {
        // The same office with somebody outside who can bring it back.
        let outside = Identity::generate();
        let config = Config { recovery_recipients: vec![outside.recipient()], ..office.config.clone() };
        let clock = Clock::simulated("Asia/Shanghai", "2026-03-02T02:00:00Z".parse().unwrap()).unwrap();
        let app = App::open(&config, clock).await.unwrap();
        let office = Office { app: Arc::new(app), ..office };
        let (id, ..) = referred(&office, "quorum").await;
        // Everybody forgot their passphrase and made a new key: nobody opens anything.
        for n in 0..3 {
            office.app.keep_sealing_key(official_id(INTEGRITY, n), PASSPHRASE).await.unwrap();
        }
        let database = &office.app.database;
        let by = async |n| as_recipient(&office, (INTEGRITY, n), content::key_of(database, id)).await;
        assert!(matches!(by(1).await, Err(StoreError::Sealed(_))));
        // There are as many wraps as before; the doctor is not deceived by it.
        assert_eq!(
            doctor(&office).await,
            (Level::Red, "1 of 1 open for fewer than two recipients".to_owned())
        );
        assert_eq!(crate::app::reseal::held(database, &outside).await.unwrap(), (1, 1));
        let stranger = Identity::generate();
        assert_eq!(office.app.reseal(&stranger).await.unwrap().given, 0);
        assert!(by(1).await.is_err());
        let done = office.app.reseal(&outside).await.unwrap();
        assert_eq!((done.matters, done.given, done.shut, done.nobody), (1, 1, 0, 0));
        for n in 0..3 {
            assert!(by(n).await.is_ok(), "recipient {n}");
        }
        assert_eq!(doctor(&office).await.0, Level::Ok);
        assert_eq!(super::faults(&office.app).await, Vec::<String>::new());
    }
}
