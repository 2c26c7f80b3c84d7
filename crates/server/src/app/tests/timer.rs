//! What time brings about: missed deadlines, warnings, another calendar; and many at one office at once.

use super::*;
use casework::Command;

#[tokio::test(flavor = "multi_thread")]
async fn every_day_of_a_year_there_is_an_owner_and_a_deadline_and_a_second_run_does_nothing() {
    for office in on_both("year").await {
        let claim = office.app.submit(&Actor::Petitioner { party: 0 }, submission("y1")).await.unwrap();
        let dispatched = office.app.submit(&Actor::Petitioner { party: 0 }, submission("y2")).await.unwrap();
        office.act(actor(OFFICE, 0), dispatched.petition, |_| registration("claim")).await.unwrap();
        office.act(actor(OFFICE, 0), dispatched.petition, forward).await.unwrap();
        let mut day = date(2026, 3, 2);
        let mut warned = 0;
        for _ in 0..365 {
            day = day.tomorrow().unwrap();
            office.app.clock.set_civil(day, 0, 5);
            let first = office.app.tick().await.unwrap();
            let second = office.app.tick().await.unwrap();
            assert_eq!(second, crate::app::tick::TickReport::default(), "{day}");
            assert_eq!(first.delivered, first.warned, "{day}");
            warned += first.warned;
            for id in [claim.petition, dispatched.petition] {
                let petition =
                    store::history::load(&office.app.database, id).await.unwrap().unwrap().petition;
                assert!(petition.owner.is_some(), "{day}");
                assert!(
                    petition.open_deadlines().any(|(_, deadline)| deadline.set.due_on >= day),
                    "{day}: a deadline whose last day is still to come"
                );
            }
        }
        assert!(warned > 200, "every working day of every missed duty: {warned}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_official_is_warned_by_rule_10_and_no_more_once_it_is_done() {
    for office in on_both("warn").await {
        let receipt = office.app.submit(&Actor::Petitioner { party: 0 }, submission("w")).await.unwrap();
        office.act(actor(OFFICE, 0), receipt.petition, |_| registration("claim")).await.unwrap();
        // Received Monday 2 March; 15 days end on Tuesday 17 March. Half: 9 March; four fifths: 14 March; three working
        // days before: 12 March (13, 16 and 17 are left); the day itself; then each working day.
        let clerk = official_id(OFFICE, 0);
        let mut days = Vec::new();
        for day in 3..=20 {
            office.go_to(date(2026, 3, day));
            office.app.tick().await.unwrap();
            let (reminded, _) = office.app.reminders(&actor(OFFICE, 0), clerk, None).await.unwrap();
            days.extend(
                reminded
                    .iter()
                    .filter(|one| one.reminder.limit == *"dispatch")
                    .filter(|one| one.reminder.warned_on == date(2026, 3, day))
                    .map(|_| day),
            );
        }
        assert_eq!(days, [9, 12, 14, 17, 18, 19, 20], "{}", office.app.database.kind());
        let list = async || office.app.reminders(&actor(OFFICE, 0), clerk, None).await.unwrap().0;
        let shown: Vec<String> = list()
            .await
            .iter()
            .map(|one| format!("{},{},{}", one.reminder.petition, one.reminder.idx, one.reminder.warned_on))
            .collect();
        office.app.put_away(official_id(HOUSING, 1), &shown).await.unwrap();
        assert_eq!(list().await.len(), shown.len(), "another's reminders are not put away");
        office.app.put_away(clerk, &["nonsense".to_owned()]).await.unwrap();
        office.app.put_away(clerk, &shown).await.unwrap();
        assert!(list().await.is_empty(), "put away");
        office.go_to(date(2026, 3, 23));
        office.app.tick().await.unwrap();
        assert!(list().await.iter().any(|one| one.reminder.limit == *"dispatch"), "the next working day");
        office.act(actor(OFFICE, 0), receipt.petition, forward).await.unwrap();
        assert!(list().await.iter().all(|one| one.reminder.limit != *"dispatch"), "done");
        assert!(
            office
                .app
                .reminders(&actor(HOUSING, 1), official_id(HOUSING, 1), None)
                .await
                .unwrap()
                .0
                .is_empty(),
            "another's reminders are not shown"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_year_that_an_office_adds_moves_provisional_dates_visibly_and_once() {
    for mut office in on_both("calendar").await {
        office.go_to(date(2026, 12, 20));
        office.app.tick().await.unwrap();
        let receipt = office.app.submit(&Actor::Petitioner { party: 0 }, submission("c")).await.unwrap();
        office.act(actor(OFFICE, 0), receipt.petition, |_| registration("claim")).await.unwrap();
        let dispatch = async |app: &App| {
            let petition =
                store::history::load(&app.database, receipt.petition).await.unwrap().unwrap().petition;
            let set = petition.open("dispatch").next().unwrap().1.set.clone();
            (set.due_on, set.provisional, petition.version)
        };
        // The fifteenth day is Monday 4 January 2027.
        let (due_on, provisional, version) = dispatch(&office.app).await;
        assert_eq!((due_on, provisional), (date(2027, 1, 4), true));
        let folder = std::env::temp_dir().join(format!(
            "huiyin-calendar-{}-{}",
            std::process::id(),
            office.app.database.kind()
        ));
        std::fs::create_dir_all(&folder).unwrap();
        let year = "year = 2027\nissued_at = \"2026-12-21\"\nsource = \"a test\"\nnotices = []\nworking = []\n\
                    off = [{ first = \"2027-01-01\", last = \"2027-01-05\", zh = \"元旦\", en = \"New Year\" }]\n";
        std::fs::write(folder.join("2027.toml"), year).unwrap();
        office.config.calendar_folder = folder.clone();
        let clock = Clock::simulated("Asia/Shanghai", "2026-12-22T02:00:00Z".parse().unwrap()).unwrap();
        let app = App::open(&office.config, clock).await.unwrap();
        assert_eq!(app.tick().await.unwrap().moved, 1);
        let (due_on, provisional, moved) = dispatch(&app).await;
        assert_eq!((due_on, provisional), (date(2027, 1, 6), false));
        assert!(moved > version, "recorded");
        assert_eq!(app.tick().await.unwrap().moved, 0, "once");
        std::fs::write(folder.join("2027.toml"), "year = 2027\n").unwrap();
        let clock = Clock::simulated("Asia/Shanghai", "2026-12-22T02:00:00Z".parse().unwrap()).unwrap();
        let Err(error) = App::open(&office.config, clock).await else {
            panic!("a broken calendar is refused")
        };
        assert!(format!("{error:#}").contains("2027.toml"), "{error:#}");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_clerks_of_one_office_sign_letters_at_once_without_a_gap() {
    for office in on_both("clerks").await {
        let mut ids = Vec::new();
        for n in 0..24 {
            let new = submission(&format!("clerk{n}"));
            let receipt = office.app.submit(&Actor::Petitioner { party: 0 }, new).await.unwrap();
            office.act(actor(OFFICE, 0), receipt.petition, |_| registration("claim")).await.unwrap();
            ids.push(receipt.petition);
        }
        let forwards = ids.iter().map(|id| office.act(actor(OFFICE, 0), *id, forward));
        let mut serials = Vec::new();
        for done in futures_util::future::join_all(forwards).await {
            let petition = done.unwrap();
            serials.extend(
                petition
                    .letters
                    .iter()
                    .filter(|letter| letter.signed.letter == *"forward_letter")
                    .map(|letter| letter.signed.serial),
            );
        }
        serials.sort_unstable();
        assert_eq!(serials, (1..=24).collect::<Vec<u32>>(), "{}", office.app.database.kind());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_stopped_timer_missed_is_warned_of_when_it_runs_again() {
    for office in on_both("stopped").await {
        let receipt = office.app.submit(&Actor::Petitioner { party: 0 }, submission("s")).await.unwrap();
        office.act(actor(OFFICE, 0), receipt.petition, |_| registration("claim")).await.unwrap();
        office.go_to(date(2026, 3, 13));
        office.app.tick().await.unwrap();
        // Four fifths of the time were gone on Saturday the 14th.
        office.go_to(date(2026, 3, 16));
        office.app.tick().await.unwrap();
        let clerk = official_id(OFFICE, 0);
        let (reminded, _) = office.app.reminders(&actor(OFFICE, 0), clerk, None).await.unwrap();
        let dispatch = reminded.iter().find(|one| one.reminder.limit == *"dispatch").unwrap();
        assert_eq!(dispatch.reminder.warned_on, date(2026, 3, 16));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_petition_that_cannot_be_read_holds_up_no_other() {
    for office in on_both("poison").await {
        let mut ids = Vec::new();
        for n in 0..3 {
            let new = submission(&format!("p{n}"));
            ids.push(office.app.submit(&Actor::Petitioner { party: 0 }, new).await.unwrap().petition);
        }
        // A row that does not match its digest.
        let mut batch = store::Batch::new();
        batch.push(store::Write::new(
            "insert into event (petition_id, seq, at, sure, kind, actor, body, body_digest, ekey, entry, log_epoch, log_index) values ($1, 1000, '', 1, '', '', $2, $3, $3, $3, 1, 0)",
            vec![ids[0].to_string().into(), vec![0_u8].into(), vec![0_u8].into()],
        ));
        office.app.database.commit(batch).await.unwrap();
        office.go_to(date(2026, 3, 4));
        let report = office.app.tick().await.unwrap();
        assert_eq!((report.passed, report.failed), (2, 1), "{}", office.app.database.kind());
        for id in &ids[1..] {
            let petition = store::history::load(&office.app.database, *id).await.unwrap().unwrap().petition;
            assert!(petition.supervision.is_some());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_dated_back_over_new_year_is_numbered_in_the_old_year() {
    for office in on_both("newyear").await {
        let clerk = actor(OFFICE, 0);
        let mut serials = Vec::new();
        for (n, today) in [(0, date(2026, 12, 30)), (1, date(2027, 1, 4))] {
            office.go_to(date(2026, 12, 30));
            let new = submission(&format!("n{n}"));
            let receipt = office.app.submit(&Actor::Petitioner { party: 0 }, new).await.unwrap();
            office.act(clerk.clone(), receipt.petition, |_| registration("claim")).await.unwrap();
            office.go_to(today);
            let mut contents = Contents::new();
            let act = forward(&mut contents);
            let reason = contents.add("节后补录").unwrap();
            let command = Command { act, on: Some(date(2026, 12, 30)), dated_back: Some(reason) };
            let petition =
                office.app.carry_out(&clerk, receipt.petition, None, command, contents).await.unwrap();
            serials.extend(
                petition
                    .letters
                    .iter()
                    .filter(|letter| letter.signed.letter == *"forward_letter")
                    .map(|letter| (letter.signed.year, letter.signed.serial)),
            );
        }
        assert_eq!(serials, [(2026, 1), (2026, 2)], "{}", office.app.database.kind());
    }
}
