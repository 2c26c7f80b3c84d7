//! Who reads a case is recorded, a name is shown for a purpose, the petitioner is told (ACC-1, ACC-2, ACC-3, ACC-6).

use super::*;
use crate::identity::Identity;
use casework::access::{IdentityField, Purpose, Read, Seen};
use casework::directory::Level;
use store::reads::{Kept, NewRead};

/// A matter whose petitioner gave everything, and its reference.
async fn given(office: &Office, new: NewSubmission) -> (PetitionId, String) {
    let identity = Identity {
        name: "林晓芸".to_owned(),
        phone: "13800004521".to_owned(),
        address: "望湖区人民路1号".to_owned(),
        ..Identity::default()
    };
    let new = NewSubmission { identity: identity.words(), ..new };
    let id = office.app.submit(&Actor::Petitioner { party: 0 }, new).await.unwrap().petition;
    let history = store::history::load(&office.app.database, id).await.unwrap().unwrap();
    (id, history.petition.submission.unwrap().case_ref.to_string())
}

/// Sessions of the office's clerk and head, of a unit's handler, and of the audit administrator.
async fn sessions(office: &Office) -> [String; 4] {
    let mut sessions = Vec::new();
    for (login, id) in [
        ("clerk", official_id(OFFICE, 0)),
        ("chief", official_id(OFFICE, 2)),
        ("handler", official_id(HOUSING, 1)),
        ("auditor", official_id(CITY, AUDITOR)),
    ] {
        office.app.set_account(login, id, "correct horse").await.unwrap();
        sessions.push(office.log_in(login).await);
    }
    sessions.try_into().unwrap()
}

async fn reads(office: &Office, id: PetitionId) -> Vec<Kept> {
    store::reads::of_petition(&office.app.database, id, None, 100).await.unwrap()
}

async fn kinds(office: &Office, id: PetitionId) -> Vec<&'static str> {
    reads(office, id).await.iter().rev().map(|kept| kept.read.seen.kind()).collect()
}

fn minutes(office: &Office, minutes: i64) {
    let later = office.app.clock.now() + jiff::SignedDuration::from_mins(minutes);
    office.app.clock.set(later);
}

const PURPOSE: &str = "purpose=contact&words=%E7%BA%A6%E5%AE%9A%E9%9D%A2%E8%B0%88%E6%97%B6%E9%97%B4";

#[tokio::test(flavor = "multi_thread")]
async fn acc_2_every_way_to_a_case_is_a_read_and_within_fifteen_minutes_one() {
    for office in on_both("read").await {
        let (id, case_ref) = given(&office, submission("read")).await;
        let [clerk, chief, handler, _] = sessions(&office).await;
        let version = store::history::load(&office.app.database, id).await.unwrap().unwrap().petition.version;
        let case = format!("/staff/cases/{case_ref}");
        // Who may not know of it reads nothing.
        assert_eq!(office.page(&case, &handler).await.0, StatusCode::NOT_FOUND);
        assert_eq!(kinds(&office, id).await, [""; 0]);
        for path in [case.clone(), format!("{case}/acts/register"), format!("{case}/identity?field=phone")] {
            minutes(&office, 15);
            let (status, page) = office.page(&path, &clerk).await;
            assert_eq!(status, StatusCode::OK, "{path}");
            assert!(page.contains("姓名") || page.contains("电话") || page.contains("合同约定"), "{path}");
            let n = kinds(&office, id).await.len();
            assert_eq!(office.page(&path, &clerk).await.0, StatusCode::OK);
            minutes(&office, 14);
            office.page(&path, &clerk).await;
            assert_eq!(kinds(&office, id).await.len(), n, "{path}: once in fifteen minutes");
        }
        assert_eq!(kinds(&office, id).await, ["case"; 3]);
        // Another person's read is another; through the API it is a read too.
        office.page(&case, &chief).await;
        assert_eq!(kinds(&office, id).await.len(), 4);
        minutes(&office, 16);
        assert_eq!(office.get(&format!("/api/v1/cases/{case_ref}"), &chief).await.0, StatusCode::OK);
        assert_eq!(kinds(&office, id).await.len(), 5);
        let found = reads(&office, id).await;
        assert_eq!(found[0].actor, official_id(OFFICE, 2).to_string());
        assert_eq!((found[0].read.unit, found[0].read.level), (unit_id(OFFICE), Level::County));
        assert!(found[0].read.roles.contains(&Role::Head));
        let history = store::history::load(&office.app.database, id).await.unwrap().unwrap();
        assert_eq!(history.petition.version, version, "a read is outside the matter's versions");
        assert_eq!(faults(&office.app).await, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn acc_2_what_cannot_be_recorded_is_not_shown() {
    for office in on_both("unrecorded").await {
        let (id, case_ref) = given(&office, submission("unrecorded")).await;
        let [clerk, ..] = sessions(&office).await;
        let case = format!("/staff/cases/{case_ref}");
        store::fault::fail_write(1);
        let (status, page) = office.page(&case, &clerk).await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!page.contains("合同约定") && !page.contains("林"), "{page}");
        assert_eq!(kinds(&office, id).await, [""; 0]);
        assert_eq!(office.page(&case, &clerk).await.0, StatusCode::OK);
        assert_eq!(kinds(&office, id).await, ["case"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn acc_2_many_who_open_a_case_at_once_are_each_recorded() {
    for office in on_both("at-once").await {
        let (id, _) = given(&office, submission("at-once")).await;
        let readers: Vec<Actor> = [CITY, GOVERNMENT, OFFICE, HOUSING]
            .iter()
            .flat_map(|unit| [0, 1, 2].map(|n| actor(*unit, n)))
            .collect();
        let reads = readers.iter().map(|reader| office.app.record_read(reader, id, Seen::Case));
        for read in futures_util::future::join_all(reads).await {
            read.unwrap();
        }
        assert_eq!(kinds(&office, id).await, ["case"; 12]);
        assert_eq!(faults(&office.app).await, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn acc_1_a_field_is_revealed_for_a_purpose_for_ten_minutes_to_one_person() {
    for office in on_both("reveal").await {
        let (id, case_ref) = given(&office, submission("reveal")).await;
        let [clerk, chief, ..] = sessions(&office).await;
        let case = format!("/staff/cases/{case_ref}");
        let (_, page) = office.page(&case, &clerk).await;
        assert!(page.contains("林*芸") && page.contains("138****4521"));
        assert!(!page.contains("林晓芸") && !page.contains("13800004521") && !page.contains("人民路1号"));
        let path = format!("{case}/identity");
        // Without a lawful purpose, without words, of nothing that was given: 422, and nothing is recorded or shown.
        for fields in [
            "field=phone",
            "field=phone&purpose=contact",
            "field=phone&words=x",
            "field=phone&purpose=curiosity&words=x",
            "field=id_number&purpose=contact&words=x",
        ] {
            let (status, _, page) = office.form(&path, &clerk, fields).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{fields}");
            assert!(!page.contains("13800004521"), "{fields}");
        }
        assert_eq!(kinds(&office, id).await, ["case"]);
        let (status, to, _) = office.form(&path, &clerk, &format!("field=phone&{PURPOSE}")).await;
        assert_eq!((status, to.as_str()), (StatusCode::SEE_OTHER, format!("{path}?field=phone").as_str()));
        assert_eq!(kinds(&office, id).await, ["case", "identity"]);
        let (_, page) = office.page(&to, &clerk).await;
        assert!(page.contains("13800004521"));
        for other in ["林", "人民路", "合同", "停工"] {
            assert!(!page.contains(other), "only the field that was asked for, not {other}");
        }
        // Open on the case too, for this person; nobody else, no other field.
        let (_, page) = office.page(&case, &clerk).await;
        assert!(page.contains("13800004521") && page.contains("林*芸"));
        let (_, page) = office.page(&case, &chief).await;
        assert!(page.contains("138****4521") && !page.contains("13800004521"));
        minutes(&office, 10);
        assert!(office.page(&case, &clerk).await.1.contains("13800004521"), "the tenth minute");
        office.app.clock.set(office.app.clock.now() + jiff::SignedDuration::from_secs(1));
        for page in [office.page(&case, &clerk).await.1, office.page(&to, &clerk).await.1] {
            assert!(!page.contains("13800004521"), "masked again");
        }
        // What for is kept under the petition's key.
        let words = "约定面谈时间".as_bytes();
        let rows = office.app.database.query("select body from read_event", Vec::new()).await.unwrap();
        assert!(rows.iter().all(|row| !row.blob(0).unwrap().windows(words.len()).any(|part| part == words)));
        assert_eq!(faults(&office.app).await, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn acc_1_the_api_reveals_as_the_page_does() {
    for office in on_both("reveal-api").await {
        let (id, case_ref) = given(&office, submission("reveal-api")).await;
        let [clerk, _, handler, auditor] = sessions(&office).await;
        let path = format!("/api/v1/cases/{case_ref}/identity");
        let asked = json!({ "field": "address", "purpose": "serve", "words": "送达受理告知书" });
        let (status, answer) = office.send(&path, &clerk, asked.clone()).await;
        assert_eq!(status, StatusCode::OK);
        let until = answer["until"].clone();
        assert_eq!(answer, json!({ "field": "address", "value": "望湖区人民路1号", "until": until }));
        for field in ["field", "purpose", "words"] {
            let mut less = asked.clone();
            less[field] = json!("");
            let (status, problem) = office.send(&path, &clerk, less).await;
            assert_eq!(
                (status, &problem["fields"][0]["field"]),
                (StatusCode::UNPROCESSABLE_ENTITY, &json!(field))
            );
        }
        assert_eq!(kinds(&office, id).await, ["case", "identity"], "what is refused opens nothing");
        // Who may not know of the matter, and who may not know who filed it, are answered alike.
        let absent = office.send("/api/v1/cases/0123456789abcdef/identity", &clerk, asked.clone()).await;
        assert_eq!(office.send(&path, &handler, asked.clone()).await, absent);
        assert_eq!(office.send(&path, &auditor, asked).await, absent);
        let (_, document) = office.get("/api/v1/openapi.json", "").await;
        assert!(document["paths"]["/api/v1/cases/{case_ref}/identity"]["post"].is_object(), "documented");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn acc_1_a_letter_names_its_addressee_only_while_the_name_is_open() {
    for office in on_both("letter").await {
        let (id, case_ref) = given(&office, submission("letter")).await;
        let petition = office.forwarded(id).await;
        let letter = petition.letters.iter().position(|letter| letter.signed.to_petitioner).unwrap();
        let [clerk, ..] = sessions(&office).await;
        let path = format!("/staff/cases/{case_ref}/letters/{letter}");
        let (status, page) = office.page(&path, &clerk).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("林*芸") && !page.contains("林晓芸"));
        assert!(page.contains(&format!("identity?field=name&#38;letter={letter}")), "{page}");
        let fields = format!("field=name&letter={letter}&{PURPOSE}");
        let (_, to, _) = office.form(&format!("/staff/cases/{case_ref}/identity"), &clerk, &fields).await;
        assert_eq!(to, path);
        assert!(office.page(&path, &clerk).await.1.contains("林晓芸"));
        let found = reads(&office, id).await;
        let letters = found.iter().filter_map(|kept| match &kept.read.seen {
            Seen::Letter { letter, grant } => Some((*letter, *grant)),
            Seen::Case
            | Seen::Shell
            | Seen::Paper { .. }
            | Seen::Identity { .. }
            | Seen::Asked { .. }
            | Seen::Agreed { .. }
            | Seen::Original { .. }
            | Seen::AllFiles { .. }
            | Seen::Code { .. } => None,
        });
        let letter = u32::try_from(letter).unwrap();
        assert_eq!(letters.collect::<Vec<_>>(), [(letter, Some(2)), (letter, None)]);
        assert_eq!(found.iter().find(|kept| kept.seq == 2).unwrap().read.seen.kind(), "identity");
        minutes(&office, 11);
        assert!(!office.page(&path, &clerk).await.1.contains("林晓芸"));
        assert_eq!(
            office.page(&format!("/staff/cases/{case_ref}/letters/99"), &clerk).await.0,
            StatusCode::NOT_FOUND
        );
        assert_eq!(faults(&office.app).await, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn acc_3_the_petitioner_sees_post_unit_level_and_day_and_no_name() {
    for office in on_both("told").await {
        let (id, code) = office.answered().await;
        let (_, seen) = office.post("/api/v1/track", json!({ "code": code })).await;
        assert_eq!(seen["accesses"], json!({ "rows": [], "next": null }));
        let clerk = actor(OFFICE, 0);
        let purpose = (Purpose::Contact, "约定面谈时间");
        office.app.reveal(&clerk, id, IdentityField::Name, purpose).await.unwrap();
        for n in 0..24 {
            let read = Seen::Letter { letter: n, grant: None };
            office.app.record_read(&actor(HOUSING, 1), id, read).await.unwrap();
        }
        let (_, seen) = office.post("/api/v1/track", json!({ "code": code })).await;
        let rows = seen["accesses"]["rows"].as_array().unwrap();
        assert_eq!((rows.len(), &rows[0]["seq"], &rows[0]["kind"]), (20, &json!(24), &json!("letter")));
        assert_eq!((&rows[0]["identity"], &rows[0]["level"]), (&json!(false), &json!("county")));
        assert_eq!(rows[0]["roles"], json!(["handler", "recipient"]));
        let before = seen["accesses"]["next"].clone();
        let (_, more) =
            office.post("/api/v1/track", json!({ "code": code, "accesses_before": before })).await;
        let last = more["accesses"]["rows"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(
            (more["accesses"]["rows"].as_array().unwrap().len(), &more["accesses"]["next"]),
            (5, &Value::Null)
        );
        let expected = json!({
            "seq": 0, "on": "2026-03-02", "unit_zh": "望湖区信访局", "unit_en": "unit 2", "level": "county",
            "roles": ["registrar", "supervisor", "recipient"], "kind": "identity", "zh": "查看了信访人的姓名",
            "en": "Saw of the petitioner: Name", "identity": true, "field": "name", "purpose": "contact",
            "purpose_zh": "联系信访人、听取意见", "purpose_en": "To reach or hear the petitioner", "words": "约定面谈时间",
        });
        assert_eq!(last, expected);
        let cookie = format!("__Host-huiyin-follow={}", office.app.follow(id, 0).await.unwrap());
        let page = async |path: &str| {
            let request = Request::get(path).header("cookie", &cookie).body(Body::empty()).unwrap();
            let response = crate::web::router(office.app.clone()).oneshot(request).await.unwrap();
            let bytes = response.into_body().collect().await.unwrap().to_bytes();
            String::from_utf8(bytes.to_vec()).unwrap()
        };
        let first = page("/follow").await;
        assert!(
            first.contains("经办人员") && first.contains("/follow/reads") && first.contains("纪检监察机关")
        );
        let second = page(&format!("/follow/reads?before={}", before)).await;
        assert!(second.contains("望湖区信访局（县级）") && second.contains("登记人员、督办人员"));
        assert!(second.contains("约定面谈时间") && second.contains("涉及您的身份"));
        for text in [first.as_str(), &second, &seen["accesses"].to_string(), &more["accesses"].to_string()] {
            // The official in charge is named where the law says so, not among the readers.
            let listed = text.split("谁看过您的信访事项").nth(1).unwrap_or(text);
            for name in ["official 0", "official 1"] {
                assert!(!listed.contains(name), "{name}");
            }
            assert!(!text.contains(&official_id(OFFICE, 0).to_string()));
        }
        // Another petition's page does not list them, and who follows nothing sees nothing.
        let (other, _) = given(&office, submission("other")).await;
        let cookie = format!("__Host-huiyin-follow={}", office.app.follow(other, 0).await.unwrap());
        let request = Request::get("/follow/reads").header("cookie", cookie).body(Body::empty()).unwrap();
        let response = crate::web::router(office.app.clone()).oneshot(request).await.unwrap();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        assert!(String::from_utf8(bytes.to_vec()).unwrap().contains("还没有人看过"));
    }
}

/// A sealed report, and a claim; both read by the clerk.
async fn plain_and_sealed(office: &Office, clerk: &str) -> [(PetitionId, String); 2] {
    let plain = given(office, submission("plain")).await;
    let sealed = NewSubmission {
        kind: Name::from("report"),
        accused: vec![unit_id(HOUSING)],
        title: "密件的题目".to_owned(),
        ..submission("sealed")
    };
    let sealed = given(office, sealed).await;
    let mut numbered = Vec::new();
    for (id, case_ref) in [plain, sealed] {
        assert_eq!(office.page(&format!("/staff/cases/{case_ref}"), clerk).await.0, StatusCode::OK);
        let history = store::history::load(&office.app.database, id).await.unwrap().unwrap();
        numbered.push((id, history.petition.submission.unwrap().number.to_string()));
    }
    numbered.try_into().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn acc_3_names_are_the_audit_administrators_and_no_case_is_shown_there() {
    for office in on_both("auditor").await {
        let [clerk, chief, handler, auditor] = sessions(&office).await;
        let [plain, sealed] = plain_and_sealed(&office, &clerk).await;
        let by = format!("official={}&from=2026-03-02&to=2026-03-02", official_id(OFFICE, 0));
        for session in [&clerk, &chief, &handler] {
            let absent = office.page("/staff/nothing", session).await;
            let (status, page) = office.page("/staff/reads", session).await;
            assert_eq!((status, page.replace("reads", "nothing")), absent);
            let (status, _) = office.page(&format!("/staff/reads?{by}"), session).await;
            assert_eq!(status, StatusCode::NOT_FOUND);
            let refused = office.form("/staff/reads/incident", session, &by).await;
            assert_eq!(refused.0, StatusCode::NOT_FOUND);
        }
        let (status, page) = office.page(&format!("/staff/reads?{by}"), &auditor).await;
        assert_eq!(status, StatusCode::OK);
        let reference = office.app.sealed_name(sealed.0);
        let rows = page.split("<tbody>").nth(1).unwrap();
        assert!(
            rows.contains("official 0") && rows.contains(&plain.1) && rows.contains(&reference),
            "{rows}"
        );
        assert!(page.contains("/staff/reads/incident"));
        for hidden in [&sealed.1, "停工", "密件的题目", "林", "合同"] {
            assert!(!page.contains(hidden), "{hidden}");
        }
        // By matter: a sealed one's number is answered like one that nobody has.
        let (_, page) = office.page(&format!("/staff/reads?number={}", plain.1), &auditor).await;
        assert!(page.contains("official 0"));
        let (_, page) = office.page(&format!("/staff/reads?number={}", sealed.1), &auditor).await;
        let nobody = "349999-20200101-00001-0";
        let (_, other) = office.page(&format!("/staff/reads?number={nobody}"), &auditor).await;
        assert_eq!(page.replace(&sealed.1, "N"), other.replace(nobody, "N"));
        // Whoever may see the sealed matter finds the reference there.
        let history = store::history::load(&office.app.database, sealed.0).await.unwrap().unwrap();
        let case = format!("/staff/cases/{}", history.petition.submission.unwrap().case_ref);
        assert!(office.page(&case, &clerk).await.1.contains(&reference));
        assert_eq!(office.page(&case, &auditor).await.0, StatusCode::NOT_FOUND);
        let bad = office.page("/staff/reads?official=x&from=2026-03-02&to=2026-03-01", &auditor).await;
        assert_eq!(bad.0, StatusCode::UNPROCESSABLE_ENTITY);
        // Pages follow each other without a gap.
        for n in 0..70 {
            let read = Seen::Letter { letter: n, grant: None };
            office.app.record_read(&actor(OFFICE, 0), plain.0, read).await.unwrap();
        }
        let numbered = format!("number={}", plain.1);
        for (asked, all) in [(by.as_str(), 72), (numbered.as_str(), 71)] {
            let (_, first) = office.page(&format!("/staff/reads?{asked}"), &auditor).await;
            let next = first
                .split("href=\"")
                .filter(|part| part.contains("before="))
                .map(|part| part.split('"').next().unwrap());
            let next = next.last().unwrap().replace("&#38;", "&");
            let (_, second) = office.page(&next, &auditor).await;
            let rows = |page: &str| page.matches("<tr><td class=\"nowrap\">").count();
            assert_eq!((rows(&first), rows(&second)), (50, all - 50), "{asked}");
            assert!(!second.contains("before="));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn acc_6_the_petitions_that_an_account_read_are_listed_and_that_is_recorded() {
    for office in on_both("incident").await {
        let [clerk, ..] = sessions(&office).await;
        let [plain, sealed] = plain_and_sealed(&office, &clerk).await;
        let purpose = (Purpose::Contact, "联系");
        office.app.reveal(&actor(OFFICE, 0), plain.0, IdentityField::Phone, purpose).await.unwrap();
        // Another person's, and another day's.
        office.app.record_read(&actor(OFFICE, 2), plain.0, Seen::Case).await.unwrap();
        office.go_to(date(2026, 3, 4));
        office.app.record_read(&actor(OFFICE, 0), sealed.0, Seen::Case).await.unwrap();
        let auditor = office.log_in("auditor").await;
        let by = format!("official={}&from=2026-03-02&to=2026-03-03", official_id(OFFICE, 0));
        let (status, _, table) = office.form("/staff/reads/incident", &auditor, &by).await;
        assert_eq!(status, StatusCode::OK);
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines[0], "matter,sealed,first_read_at,last_read_at,kinds,identity_fields");
        let at = "2026-03-02T02:00:00.000Z";
        let mut expected = vec![
            format!("{},no,{at},{at},case 1; identity 1,phone", plain.1),
            format!("{},yes,{at},{at},case 1,", office.app.sealed_name(sealed.0)),
        ];
        expected.sort();
        assert_eq!(lines[1..], expected);
        let events = store::log::office::all(&office.app.database).await.unwrap();
        let event = events.last().unwrap();
        assert_eq!(
            (event.kind.as_str(), &event.actor),
            ("incident", &official_id(CITY, AUDITOR).to_string())
        );
        let body: Value = serde_json::from_str(&event.body).unwrap();
        let official = official_id(OFFICE, 0);
        assert_eq!(
            body,
            json!({ "official": official, "from": "2026-03-02", "to": "2026-03-03", "matters": 2 })
        );
        // Nor does a session that was left open (IAM-6): it is asked who they are, and what was typed is kept.
        office.app.clock.set(office.app.clock.now() + jiff::SignedDuration::from_mins(6));
        let (status, _, asked) = office.form("/staff/reads/incident", &auditor, &by).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        assert!(asked.contains("holder_password") && asked.contains("value=\"2026-03-02\""), "{asked}");
        assert_eq!(store::log::office::all(&office.app.database).await.unwrap().len(), events.len());
        let proved = format!("{by}&holder_password=correct%20horse");
        let (status, _, again) = office.form("/staff/reads/incident", &auditor, &proved).await;
        assert_eq!((status, again), (StatusCode::OK, table));
        let auditor = office.log_in("auditor").await;
        let events = store::log::office::all(&office.app.database).await.unwrap();
        // A form of another site, or of nobody, takes nothing.
        let n = events.len();
        let (status, _, _) = office.form("/staff/reads/incident", &auditor, "official=&from=&to=").await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(store::log::office::all(&office.app.database).await.unwrap().len(), n);
        assert_eq!(faults(&office.app).await, [""; 0]);
    }
}

/// I8: recorded truly, through the writer with the office's own key, and against the rules.
#[tokio::test(flavor = "multi_thread")]
async fn i8_a_name_shown_outside_a_grant_is_named_by_verify() {
    for office in on_both("i8").await {
        let (id, _) = given(&office, submission("i8")).await;
        let actor_id = official_id(OFFICE, 0).to_string();
        let forge = async |seen: Seen, petition: PetitionId| {
            let read =
                Read { unit: unit_id(OFFICE), level: Level::County, roles: [Role::Registrar].into(), seen };
            let tip = store::reads::tip(&office.app.database, petition).await.unwrap();
            let at = ("2026-03-02T03:00:00.000Z", true);
            let new = NewRead { petition, tip, at, actor: &actor_id, read: &read, ekey: [5; 32] };
            let mut batch = store::Batch::new();
            batch.record(store::reads::append(new).unwrap());
            office.app.database.commit(batch).await.unwrap();
        };
        forge(Seen::Letter { letter: 0, grant: Some(7) }, id).await;
        let found = faults(&office.app).await;
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with(&format!("read_event {id}/0: I8")), "{found:?}");
        // A read of a petition that there never was.
        let nobody = PetitionId(uuid::Uuid::from_u128(77));
        forge(Seen::Case, nobody).await;
        let found = faults(&office.app).await;
        assert!(found.iter().any(|line| line.starts_with(&format!("read_event {nobody}/0:"))), "{found:?}");
    }
}

/// IAM-6: a lost code is replaced by whoever shows just then who they are.
#[tokio::test(flavor = "multi_thread")]
async fn iam_6_a_code_is_replaced_by_whoever_shows_who_they_are() {
    for office in on_both("replaced").await {
        let [clerk, ..] = sessions(&office).await;
        let visit = NewSubmission {
            channel: Channel::Visit,
            received_on: Some(date(2026, 3, 2)),
            ..submission("replaced")
        };
        let receipt = office.app.submit(&actor(OFFICE, 0), visit).await.unwrap();
        let id = receipt.petition;
        let petition = store::history::load(&office.app.database, id).await.unwrap().unwrap().petition;
        let path = format!("/staff/cases/{}/code", petition.submission.unwrap().case_ref);
        let opens = async || office.app.by_code(receipt.code.as_str()).await.unwrap().is_some();
        minutes(&office, 6);
        let (status, _, asked) = office.form(&path, &clerk, "purpose=passport").await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        assert!(asked.contains("holder_password") && asked.contains("value=\"passport\""), "{asked}");
        assert!(opens().await && !kinds(&office, id).await.contains(&"code"), "replaced all the same");
        let proved = "purpose=passport&holder_password=correct%20horse";
        let (status, _, page) = office.form(&path, &clerk, proved).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        assert!(!opens().await && kinds(&office, id).await.contains(&"code"));
        assert_eq!(faults(&office.app).await, [""; 0]);
    }
}
