//! What takes two people in a matter: a name where it is sealed, an extension (DUAL-1, IAM-6).

use super::*;

const PURPOSE: &str = "field=phone&purpose=contact&words=talk";

#[tokio::test(flavor = "multi_thread")]
async fn dual_1_in_a_sealed_matter_one_asks_and_another_agrees() {
    for office in with_integrity("two").await {
        let (id, case_ref, code) = referred(&office, "two").await;
        let asker = session(&office, INTEGRITY, 1).await;
        let other = session(&office, INTEGRITY, 0).await;
        let stranger = session(&office, HOUSING, 1).await;
        let path = format!("/staff/cases/{case_ref}/identity");
        let field = format!("{path}?field=phone");
        let hidden = async || !office.page(&field, &asker).await.1.contains("13800004521");
        let (status, to, _) = office.form(&path, &asker, PURPOSE).await;
        assert_eq!((status, to.as_str()), (StatusCode::SEE_OTHER, field.as_str()));
        let (_, page) = office.page(&field, &asker).await;
        assert!(page.contains("integrity 0") && page.contains("ask="), "who may agree, and where: {page}");
        assert!(hidden().await, "nobody has agreed");
        let seq = page.split("identity?ask=").nth(1).unwrap();
        let seq: String = seq.chars().take_while(char::is_ascii_digit).collect();
        let agree = format!("ask={seq}");
        // One person with two tabs.
        assert_eq!(office.form(&path, &asker, &agree).await.0, StatusCode::CONFLICT);
        let api = format!("/api/v1/cases/{case_ref}/identity");
        let (status, _) = office.send(&api, &asker, json!({ "agree": seq.parse::<u64>().unwrap() })).await;
        assert_eq!(status, StatusCode::CONFLICT);
        assert!(hidden().await);
        // Whoever may not know of it is told nothing of the question either; nor is anything else agreed to.
        let asked = format!("{path}?{agree}");
        assert_eq!(office.page(&asked, &stranger).await.0, StatusCode::NOT_FOUND);
        assert_eq!(office.form(&path, &stranger, &agree).await.0, StatusCode::NOT_FOUND);
        assert_eq!(office.form(&path, &other, "ask=77").await.0, StatusCode::NOT_FOUND);
        assert!(office.page(&format!("/staff/cases/{case_ref}"), &other).await.1.contains(&agree));
        let (_, page) = office.page(&asked, &other).await;
        assert!(page.contains("integrity 1") && page.contains("talk") && !page.contains("13800004521"));
        assert_eq!(office.form(&path, &other, &agree).await.0, StatusCode::SEE_OTHER);
        // Open to whoever asked, to nobody else, for ten minutes.
        assert!(!hidden().await);
        let (_, theirs) = office.page(&field, &other).await;
        assert!(!theirs.contains("13800004521"));
        assert_eq!(office.form(&path, &other, &agree).await.0, StatusCode::NOT_FOUND, "agreed to once");
        let kinds = async || {
            let found = store::reads::of_petition(&office.app.database, id, None, 100).await.unwrap();
            found.iter().rev().map(|kept| kept.read.seen.kind()).collect::<Vec<_>>()
        };
        assert_eq!(
            kinds().await.iter().filter(|kind| **kind != "case").collect::<Vec<_>>(),
            [&"asked", &"agreed"]
        );
        let later = office.app.clock.now() + jiff::SignedDuration::from_mins(11);
        office.app.clock.set(later);
        assert!(hidden().await, "ten minutes");
        let (_, told) = office.post("/api/v1/track", json!({ "code": code })).await;
        let told = told["accesses"].to_string();
        assert!(told.contains("\"asked\"") && told.contains("\"agreed\"") && !told.contains("integrity 0"));
        // Asked a day ago: it is too late.
        let asker = session(&office, INTEGRITY, 1).await;
        let (status, given) = office
            .send(&api, &asker, json!({ "field": "name", "purpose": "contact", "words": "talk" }))
            .await;
        assert_eq!(status, StatusCode::ACCEPTED);
        assert!(given["value"].is_null());
        let after =
            |minutes: i64| (office.app.clock.now() + jiff::SignedDuration::from_mins(minutes)).to_string();
        assert_eq!(given["until"], after(24 * 60), "somebody may agree for a day");
        let others = [session(&office, INTEGRITY, 0).await, session(&office, INTEGRITY, 2).await];
        let agreeing =
            others.each_ref().map(|other| office.send(&api, other, json!({ "agree": given["asked"] })));
        let mut answers = futures_util::future::join_all(agreeing).await;
        answers.sort_by_key(|(status, _)| *status);
        assert_eq!(answers[0].0, StatusCode::ACCEPTED);
        assert_eq!(answers[0].1["until"], after(10), "and it stays open for ten minutes");
        assert_eq!(answers[1].0, StatusCode::NOT_FOUND, "agreed to twice");
        assert_eq!(kinds().await.iter().filter(|kind| **kind == "agreed").count(), 2, "of two questions");
        let (_, given) = office
            .send(&api, &asker, json!({ "field": "phone", "purpose": "contact", "words": "talk" }))
            .await;
        office.app.clock.set(office.app.clock.now() + jiff::SignedDuration::from_hours(25));
        let other = session(&office, INTEGRITY, 0).await;
        let late = office.send(&api, &other, json!({ "agree": given["asked"] })).await;
        assert_eq!(late.0, StatusCode::NOT_FOUND);
        assert_eq!(faults(&office.app).await, [""; 0]);
    }
}

/// Architecture §10.9: where the body has one person, the head of the unit above is the second, and sees nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn dual_1_the_second_person_of_a_body_of_one_is_the_head_above() {
    for office in with_integrity("alone").await {
        let mut new = (*office.app.directory()).clone();
        for n in [0, 2] {
            new.officials.get_mut(&official_id(INTEGRITY, n)).unwrap().active = false;
        }
        let unit = new.units.get_mut(&unit_id(INTEGRITY)).unwrap();
        (unit.intake, unit.head) = (official_id(INTEGRITY, 1), official_id(INTEGRITY, 1));
        // The integrity body of the city.
        let mut city = new.units[&unit_id(INTEGRITY)].clone();
        (city.id, city.parent) = (unit_id(9), Some(unit_id(CITY)));
        (city.intake, city.head) = (official_id(9, 0), official_id(9, 2));
        new.units.insert(city.id, city);
        staff(&mut new, 9, "city");
        change(&office, &new).await;
        let (_, case_ref, _) = referred(&office, "alone").await;
        let asker = session(&office, INTEGRITY, 1).await;
        let head = session(&office, 9, 2).await;
        let clerk = session(&office, 9, 0).await;
        let path = format!("/staff/cases/{case_ref}/identity");
        office.form(&path, &asker, PURPOSE).await;
        let (_, page) = office.page(&format!("{path}?field=phone"), &asker).await;
        let seq = page.split("identity?ask=").nth(1).unwrap_or_else(|| panic!("{page}"));
        let seq: String = seq.chars().take_while(char::is_ascii_digit).collect();
        let asked = format!("{path}?ask={seq}");
        assert_eq!(office.page(&asked, &clerk).await.0, StatusCode::NOT_FOUND, "the head alone");
        let (status, page) = office.page(&asked, &head).await;
        assert_eq!(status, StatusCode::OK);
        assert!(!page.contains("停工") && !page.contains("13800004521"), "nothing of the matter: {page}");
        assert_eq!(office.page(&format!("/staff/cases/{case_ref}"), &head).await.0, StatusCode::NOT_FOUND);
        let (status, to, _) = office.form(&path, &head, &format!("ask={seq}")).await;
        assert_eq!((status, to.as_str()), (StatusCode::SEE_OTHER, "/staff"));
        let (_, page) = office.page(&format!("{path}?field=phone"), &asker).await;
        assert!(page.contains("13800004521"));
        assert_eq!(faults(&office.app).await, [""; 0]);
    }
}

/// What the head of a body asks, nobody agrees to who works under them, while the head above can; where nobody above is,
/// one of the body agrees, and the read says so.
#[tokio::test(flavor = "multi_thread")]
async fn dual_1_whoever_works_under_the_asker_agrees_only_where_nobody_else_could() {
    for office in with_integrity("asker").await {
        let (_, case_ref, _) = referred(&office, "asker").await;
        let head = session(&office, INTEGRITY, 2).await;
        let below = session(&office, INTEGRITY, 1).await;
        let path = format!("/staff/cases/{case_ref}/identity");
        let ask = async || {
            office.form(&path, &head, PURPOSE).await;
            let (_, page) = office.page(&format!("{path}?field=phone"), &head).await;
            let seq = page.split("identity?ask=").nth(1).unwrap_or_else(|| panic!("{page}"));
            (seq.chars().take_while(char::is_ascii_digit).collect::<String>(), page)
        };
        let mut new = (*office.app.directory()).clone();
        let mut city = new.units[&unit_id(INTEGRITY)].clone();
        (city.id, city.parent) = (unit_id(9), Some(unit_id(CITY)));
        (city.intake, city.head) = (official_id(9, 0), official_id(9, 2));
        new.units.insert(city.id, city);
        staff(&mut new, 9, "city");
        let without = (*office.app.directory()).clone();
        change(&office, &new).await;
        let (seq, page) = ask().await;
        assert!(page.contains("city 2") && !page.contains("integrity 1"), "who may agree: {page}");
        assert_eq!(office.form(&path, &below, &format!("ask={seq}")).await.0, StatusCode::NOT_FOUND);
        // One person with two tabs.
        assert_eq!(office.form(&path, &head, &format!("ask={seq}")).await.0, StatusCode::CONFLICT);
        let agreed = async || {
            let id = office.app.by_ref(&case_ref).await.unwrap().unwrap();
            let found = store::reads::of_petition(&office.app.database, id, None, 100).await.unwrap();
            found.iter().find_map(|kept| {
                if let casework::access::Seen::Agreed { under, .. } = kept.read.seen {
                    Some(under)
                } else {
                    None
                }
            })
        };
        assert_eq!(agreed().await, None);
        // Nobody above any more.
        let mut gone = without;
        for official in new.officials.values().filter(|official| official.unit == unit_id(9)) {
            let mut left = official.clone();
            left.active = false;
            gone.officials.insert(left.id, left);
        }
        gone.units.insert(unit_id(9), new.units[&unit_id(9)].clone());
        // Nor at the petition office, which would have the report instead.
        gone.officials.get_mut(&official_id(OFFICE, 2)).unwrap().roles.remove(&Role::Head);
        change(&office, &gone).await;
        assert_eq!(office.form(&path, &below, &format!("ask={seq}")).await.0, StatusCode::SEE_OTHER);
        assert_eq!(agreed().await, Some(true), "and the record says so");
        assert_eq!(faults(&office.app).await, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn iam_6_whoever_showed_longer_ago_that_it_is_they_shows_it_again_before_a_name() {
    for office in with_integrity("fresh").await {
        let (id, case_ref, _) = in_hand(&office, "fresh").await;
        let handler = session(&office, HOUSING, 1).await;
        let path = format!("/staff/cases/{case_ref}/identity");
        let six = office.app.clock.now() + jiff::SignedDuration::from_mins(6);
        office.app.clock.set(six);
        let shown = async || {
            let found = store::reads::of_petition(&office.app.database, id, None, 100).await.unwrap();
            found.iter().filter(|kept| kept.read.seen.kind() == "identity").count()
        };
        let (status, _, page) = office.form(&path, &handler, PURPOSE).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        assert!(page.contains("holder_password") && page.contains("value=\"talk\""), "{page}");
        let api = format!("/api/v1/cases/{case_ref}/identity");
        let asked = json!({ "field": "phone", "purpose": "contact", "words": "talk" });
        assert_eq!(office.send(&api, &handler, asked).await.0, StatusCode::UNAUTHORIZED);
        let wrong = format!("{PURPOSE}&holder_password=wrong");
        assert_eq!(office.form(&path, &handler, &wrong).await.0, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(shown().await, 0, "nothing was opened");
        let right = format!("{PURPOSE}&holder_password=correct%20horse");
        office.app.clock.set(office.app.clock.now() + jiff::SignedDuration::from_mins(1));
        assert_eq!(office.form(&path, &handler, &right).await.0, StatusCode::SEE_OTHER);
        assert_eq!(shown().await, 1);
        // Agreeing asks for it too.
        let (_, case_ref, _) = referred(&office, "fresh-two").await;
        let asker = session(&office, INTEGRITY, 1).await;
        let other = session(&office, INTEGRITY, 0).await;
        let path = format!("/staff/cases/{case_ref}/identity");
        office.form(&path, &asker, PURPOSE).await;
        let (_, page) = office.page(&format!("{path}?field=phone"), &asker).await;
        let seq = page.split("identity?ask=").nth(1).unwrap();
        let seq: String = seq.chars().take_while(char::is_ascii_digit).collect();
        office.app.clock.set(office.app.clock.now() + jiff::SignedDuration::from_mins(6));
        assert_eq!(office.form(&path, &other, &format!("ask={seq}")).await.0, StatusCode::FORBIDDEN);
        assert!(!office.page(&format!("{path}?field=phone"), &asker).await.1.contains("13800004521"));
    }
}

/// I6: whoever handles or handled it extends nothing, in one tab or in two.
#[tokio::test(flavor = "multi_thread")]
async fn dual_1_nobody_extends_their_own_matter_with_two_tabs() {
    for office in on_both("extend").await {
        let (id, case_ref, _) = in_hand(&office, "extend").await;
        let head = session(&office, HOUSING, 2).await;
        let handler = official_id(HOUSING, 2);
        office.act(actor(HOUSING, 1), id, |contents| accept(contents, handler)).await.unwrap();
        let case = format!("/staff/cases/{case_ref}");
        assert!(!office.page(&case, &head).await.1.contains("acts/extend"), "not offered to the handler");
        let seen = petition(&office, id).await.version;
        let extend = "days=10&reason=more";
        let own = form(&office, &case_ref, "extend", &head, seen, extend).await;
        assert_eq!(own, StatusCode::CONFLICT);
        // Handed on in one tab, extended in the other: the case changed; and looked at again, it is still their own delay.
        let hand_over = format!("official={}", official_id(HOUSING, 1));
        assert_eq!(
            form(&office, &case_ref, "hand_over", &head, seen, &hand_over).await,
            StatusCode::SEE_OTHER
        );
        assert_eq!(form(&office, &case_ref, "extend", &head, seen, extend).await, StatusCode::CONFLICT);
        let seen = petition(&office, id).await.version;
        assert_eq!(form(&office, &case_ref, "extend", &head, seen, extend).await, StatusCode::CONFLICT);
        assert_eq!(petition(&office, id).await.extension_days, 0);
        assert_eq!(faults(&office.app).await, [""; 0]);
    }
}
