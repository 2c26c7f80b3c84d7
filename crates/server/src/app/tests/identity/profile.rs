//! IAM-7: what two standards contradict each other about, by the profile that is set.

use super::*;
use crate::app::{Set, Weak};
use crate::config::Profile::{Asvs, Mlps3};

/// An office under that profile, and a session of its clerk.
async fn under(profile: crate::config::Profile) -> [(Office, String); 2] {
    let name = format!("profile-{profile:?}").to_lowercase();
    let [mut sqlite, mut postgres] = staffed_on_both(&name, false).await;
    let mut tokens = Vec::new();
    for office in [&mut sqlite, &mut postgres] {
        Arc::get_mut(&mut office.app).unwrap().profile = profile;
        let account = office.app.account("clerk").await.unwrap().unwrap();
        tokens.push(office.app.begin_session(&account, Reach::Whole).await.unwrap());
    }
    let [theirs, ours] = [tokens.pop().unwrap(), tokens.pop().unwrap()];
    [(sqlite, ours), (postgres, theirs)]
}

#[tokio::test(flavor = "multi_thread")]
async fn iam_7_rules_of_kinds_and_of_change_hold_under_their_profile_alone() {
    // By profile: a passphrase, three kinds, four kinds with the login in them, and the one there is.
    let table = [
        ("battery staple", Asvs, Set::Done),
        ("battery staple", Mlps3, Set::TooWeak(Weak::Plain)),
        ("山高月小水落石出风清", Asvs, Set::Done),
        ("山高月小水落石出风清", Mlps3, Set::TooWeak(Weak::Plain)),
        ("Battery staple 7", Asvs, Set::Done),
        ("Battery staple 7", Mlps3, Set::Done),
        ("山高月小 shui LUO", Mlps3, Set::Done),
        ("Clerk1!", Mlps3, Set::TooWeak(Weak::Short)),
        ("Clerk1!clerk", Mlps3, Set::TooWeak(Weak::Guessable)),
        ("Password2026!", Mlps3, Set::TooWeak(Weak::Guessable)),
    ];
    for profile in [Asvs, Mlps3] {
        for (office, token) in under(profile).await {
            let app = &office.app;
            for (password, of, expected) in &table {
                if *of == profile {
                    let session = app.session(&token).await.unwrap().unwrap();
                    let set = app.change_password(&session, password).await.unwrap();
                    assert_eq!(set, *expected, "{password} under {profile:?}");
                }
            }
            let session = app.session(&token).await.unwrap().unwrap();
            app.change_password(&session, "Battery staple 8").await.unwrap();
            let again = app.change_password(&session, "Battery staple 8").await.unwrap();
            let expected = if profile == Mlps3 { Set::TooWeak(Weak::Same) } else { Set::Done };
            assert_eq!(again, expected, "the same again under {profile:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn iam_7_a_password_is_changed_every_ninety_days_where_the_profile_says_so() {
    for profile in [Asvs, Mlps3] {
        for (office, _) in under(profile).await {
            let mut clerk = Browser::new(&office);
            office.wait(90 * 86_400 - 10);
            clerk.log_in("clerk", "correct horse").await;
            let api = async |token: &str| office.get("/api/v1/inbox", token).await;
            let token = office.log_in("clerk").await;
            assert_eq!(clerk.get("/staff").await.status, StatusCode::OK, "a day less");
            assert_eq!(api(&token).await.0, StatusCode::OK);
            office.wait(10);
            if profile == Asvs {
                assert_eq!(clerk.get("/staff").await.status, StatusCode::OK, "nothing is forced");
                assert_eq!(api(&token).await.0, StatusCode::OK);
                continue;
            }
            // Sessions that are open, too; whatever was to be done waits.
            const PASSWORD: &str = "/staff/account/password";
            for path in ["/staff", "/staff/account", "/staff/register", "/staff/reminders"] {
                assert_eq!(clerk.get(path).await.location(), PASSWORD, "{path}");
            }
            let (status, said) = api(&token).await;
            assert_eq!((status, said["code"].as_str()), (StatusCode::UNAUTHORIZED, Some("old_password")));
            let page = clerk.get(PASSWORD).await;
            assert_eq!(page.status, StatusCode::OK);
            assert!(page.text.contains("已满90天") && page.text.contains("中的三种"), "{}", page.text);
            let same = [("new-password", "correct horse"), ("again", "correct horse")];
            assert_eq!(clerk.post(PASSWORD, &same).await.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert_eq!(clerk.get("/staff").await.location(), PASSWORD, "a form is no change");
            let new = [("new-password", "Battery staple 7"), ("again", "Battery staple 7")];
            assert_eq!(clerk.post(PASSWORD, &new).await.location(), "/staff/account?done=password");
            assert_eq!(clerk.get("/staff").await.status, StatusCode::OK);
            // Whoever rather leaves, leaves.
            office.wait(90 * 86_400);
            clerk.log_in("clerk", "Battery staple 7").await;
            assert_eq!(clerk.get("/staff").await.location(), PASSWORD);
            clerk.get(PASSWORD).await;
            assert_eq!(clerk.post("/staff/logout", &[]).await.location(), "/staff/login");
        }
    }
}

#[test]
fn iam_7_the_profile_is_off_by_default_and_cannot_be_had_by_halves() {
    let folder = std::env::temp_dir().join(format!("huiyin-profile-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let load = |text: &str| {
        let file = folder.join("huiyin.toml");
        std::fs::write(&file, text).unwrap();
        Config::load(Some(&file))
    };
    assert_eq!(load("").unwrap().profile, Asvs);
    assert_eq!(load("profile = \"mlps3\"").unwrap().profile, Mlps3);
    for (field, line) in [
        ("second_factor", "second_factor = false"),
        ("secure_cookies", "secure_cookies = false"),
        ("session_idle_minutes", "session_idle_minutes = 31"),
    ] {
        assert!(load(line).is_ok(), "{line} alone");
        let refused = format!("{:#}", load(&format!("profile = \"mlps3\"\n{line}")).unwrap_err());
        assert!(refused.contains(&format!("`{field}` is not so")), "{refused}");
    }
    let refused = format!("{:#}", load("profile = \"mlps2\"").unwrap_err());
    assert!(refused.contains("mlps3"), "{refused}");
    let _gone = std::fs::remove_dir_all(&folder);
}
