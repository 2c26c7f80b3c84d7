//! What bounds files: memory, purposes, the life of a draft.

use super::*;
use crate::files::samples::pdf;
use axum::body::Bytes;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// ATT-1: a body that begins a part and never ends it is given up long before it is all there.
#[tokio::test(flavor = "multi_thread")]
async fn att_1_a_part_without_an_end_is_not_waited_for() {
    let office = office(store::testing::sqlite("framing").await.unwrap(), "framing").await;
    for start in ["no boundary at all", "--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\""] {
        let taken = Arc::new(AtomicUsize::new(0));
        let counting = Arc::clone(&taken);
        let chunks = (0..640).map(move |n| {
            let mut chunk = if n == 0 { start.as_bytes().to_vec() } else { Vec::new() };
            chunk.resize(64 * 1024, b'a');
            counting.fetch_add(chunk.len(), Ordering::SeqCst);
            Ok::<_, std::io::Error>(Bytes::from(chunk))
        });
        let body = Body::from_stream(futures_util::stream::iter(chunks));
        let request =
            Request::post("/api/v1/files").header("content-type", "multipart/form-data; boundary=x");
        let router = crate::web::router(office.app.clone());
        let answer = router.oneshot(request.body(body).unwrap()).await.unwrap();
        assert!(answer.status().is_client_error(), "{}", answer.status());
        let taken = taken.load(Ordering::SeqCst);
        assert!(taken < 3 * 1024 * 1024, "{taken} of 40 megabytes were taken in");
    }
    // A file of several pieces is understood as it comes, and is no such body.
    let photo = large_photograph(3_000_000);
    assert_eq!(office.bring("large.jpg", &photo).await.status, StatusCode::CREATED);
}

/// ATT-5: what tells something that no copy leaves out is taken for a purpose, on the page and over the API, and is a read.
#[tokio::test(flavor = "multi_thread")]
async fn att_5_what_no_copy_leaves_out_is_taken_for_a_purpose() {
    for office in on_both("att5").await {
        let handle = office.handle("paper.pdf", &pdf("/Author(canary)")).await;
        let (_, made) = office.with_files("p", "claim", &[&handle]).await;
        let code = made["code"].as_str().unwrap();
        let session = office.staff(OFFICE, 0).await;
        let case_ref = office.history(code).await.petition.submission.unwrap().case_ref;
        let (_, case) = office.get(&format!("/api/v1/cases/{case_ref}"), &session).await;
        assert_eq!(
            (&case["files"][0]["index"], &case["files"][0]["name"]),
            (&json!(0), &json!("paper.pdf")),
            "{case}"
        );
        let path = format!("/api/v1/cases/{case_ref}/files/0");
        let (status, asked) = office.send(&path, &session, json!({})).await;
        assert_eq!(
            (status, &asked["fields"][0]["field"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("purpose"))
        );
        let desk = format!("__Host-huiyin-staff={session}");
        let page = office.shown(&format!("/staff/cases/{case_ref}/files/0"), &desk).await;
        assert_eq!((page.status, office.originals().await), (StatusCode::SEE_OTHER, 0));
        let (status, _) = office.send(&path, &session, json!({ "purpose": "核对签名" })).await;
        assert_eq!((status, office.originals().await), (StatusCode::OK, 1));
        // The petitioner is told, with the purpose and without a name.
        let (_, seen) = office.post("/api/v1/track", json!({ "code": code })).await;
        let told = seen["accesses"].to_string();
        assert!(told.contains("核对签名") && !told.contains("official 0"), "{told}");
    }
}

/// What waits with a draft waits as long as the draft.
#[tokio::test(flavor = "multi_thread")]
async fn att_1_files_live_as_long_as_their_draft() {
    for office in on_both("att-draft").await {
        let cookie = office.begin().await;
        let token = office.shown("/submit/files", &cookie).await.token();
        let own = [("token", token.as_str()), ("do", "add")];
        office.bring_to("/submit/files", &cookie, &own, &[("a.jpg", &photograph())]).await;
        office.go_to(date(2026, 3, 29));
        let token = office.shown("/submit/what", &cookie).await.token();
        let words = format!("token={token}&do=on&title=a&body=b&wants=c");
        assert_eq!(office.fill("/submit/what", &cookie, &words).await.status, StatusCode::SEE_OTHER);
        office.go_to(date(2026, 4, 10));
        office.app.forget_expired().await.unwrap();
        assert!(
            office.shown("/submit/files", &cookie).await.text().contains("a.jpg"),
            "the draft lives, its file does not"
        );
        office.go_to(date(2026, 5, 15));
        office.app.forget_expired().await.unwrap();
        assert_eq!((office.count("draft").await, office.count("upload").await), (0, 0));
    }
}

/// ATT-1: one source cannot fill the disk. What it brings above its day's measure is refused with a sentence, petitions are
/// not; some hours later, and on another day, there is room again.
#[tokio::test(flavor = "multi_thread")]
async fn att_1_a_source_brings_so_much_a_day_and_petitions_are_taken_as_always() {
    let mut office = office(store::testing::sqlite("att1-source").await.unwrap(), "att1-source").await;
    office.config.source_megabytes = 2;
    let clock = Clock::simulated("Asia/Shanghai", "2026-03-02T02:00:00Z".parse().unwrap()).unwrap();
    office.app = Arc::new(App::open(&office.config, clock).await.unwrap());
    for n in 0..2 {
        assert_eq!(office.bring("a.jpg", &photograph()).await.status, StatusCode::CREATED, "{n}");
    }
    let answer = office.bring("a.jpg", &photograph()).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(answer.text().contains("请先提交文字") && answer.text().contains("file_source"));
    assert_eq!(office.with_files("p", "claim", &[]).await.0, StatusCode::CREATED);
    let cookie = office.begin().await;
    let token = office.shown("/submit/files", &cookie).await.token();
    let page =
        office.bring_to("/submit/files", &cookie, &[("token", &token)], &[("a.jpg", &photograph())]).await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(page.text().contains("请先提交文字"));
    // What is refused for another reason counts for nothing.
    for hours in [13, 24] {
        office.wait(hours * 3_600);
        assert_eq!(office.bring("a.jpg", b"no picture").await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        let taken = office.bring("a.jpg", &photograph()).await.status;
        assert_eq!(taken, StatusCode::CREATED, "{hours} hours later");
    }
}

/// ATT-1: the API takes one file and says so: whatever else is sent with it is refused whole, and not lost unseen.
#[tokio::test(flavor = "multi_thread")]
async fn att_1_the_api_takes_one_file_and_nothing_beside_it() {
    for office in on_both("att1-one").await {
        let photograph = photograph();
        let picture: (&str, &[u8]) = ("a.jpg", &photograph);
        let bring = async |words: &[(&str, &str)], files: &[(&str, &[u8])]| {
            office.bring_to("/api/v1/files", "", words, files).await.status
        };
        assert_eq!(bring(&[], &[picture, picture]).await, StatusCode::BAD_REQUEST, "a second file");
        assert_eq!(bring(&[("note", "x")], &[picture]).await, StatusCode::BAD_REQUEST, "words");
        office.wait(1);
        office.app.tick().await.unwrap();
        let rows = office.app.database.query("select count(*) from attachment", Vec::new()).await.unwrap();
        assert_eq!(rows[0].int(0).unwrap(), 0, "something is kept");
        assert_eq!(bring(&[], &[picture]).await, StatusCode::CREATED);
    }
}
