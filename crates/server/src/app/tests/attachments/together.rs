//! All files of a case at once, opened with another program (ATT-6).

use super::*;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use store::content::sha256;

/// The largest part of an answer that may be in memory: a piece of a file, and what encryption adds.
const PART: usize = store::attachment::PIECE + 4096;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What stands between two marks of a page.
fn between(page: &str, before: &str, after: &str) -> String {
    let (_, rest) = page.split_once(before).unwrap_or_else(|| panic!("no {before} in {page}"));
    rest.split_once(after).unwrap().0.to_owned()
}

fn passphrase(page: &Answer) -> String {
    between(&page.text(), "<dd class=\"mono strong\">", "</dd>")
}

fn seed(page: &Answer) -> String {
    between(&page.text(), "name=\"seed\" value=\"", "\"")
}

/// 7-Zip, which is no code of ours.
fn seven(arguments: &[&str], archive: &Path) -> Output {
    Command::new("7z").args(arguments).arg("-y").arg(archive).output().expect("7z: scripts/ensure.sh test")
}

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("huiyin-zip-{}-{name}", std::process::id()));
    let _left_over = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

impl Office {
    /// Asks for the ZIP, and looks at each part as it comes.
    async fn zip(&self, path: &str, cookie: &str, words: &str) -> Answer {
        let request = Request::post(path)
            .header("cookie", cookie)
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded");
        let request = request.body(Body::from(words.to_owned())).unwrap();
        let response = crate::web::router(self.app.clone()).oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let (mut body, mut bytes) = (response.into_body(), Vec::new());
        while let Some(frame) = body.frame().await {
            let part = frame.unwrap().into_data().unwrap();
            assert!(part.len() <= PART, "a part of {} bytes was held in memory", part.len());
            bytes.extend(part);
        }
        Answer { status, headers, bytes }
    }

    async fn zips(&self) -> i64 {
        let sql = "select count(*) from read_event where kind = 'all_files'";
        self.app.database.query(sql, Vec::new()).await.unwrap()[0].int(0).unwrap()
    }
}

/// ATT-6, ATT-5: names are inert, a wrong passphrase opens nothing, digests are those of the index and of what was sent;
/// photographs are copies without metadata until originals are asked for; each time is a read with its purpose.
#[tokio::test(flavor = "multi_thread")]
async fn att_6_all_files_come_in_one_encrypted_zip_with_inert_names() {
    for office in on_both("att-zip").await {
        let (photo, paper) = (photograph(), pdf(""));
        let long = "一行字，很多遍。".repeat(60_000).into_bytes();
        let sent: [(&str, &[u8]); 3] = [("现场 1.jpg", &photo), ("合同.pdf", &paper), ("经过.txt", &long)];
        let mut handles = Vec::new();
        for (name, bytes) in sent {
            handles.push(office.handle(name, bytes).await);
        }
        let handles: Vec<&str> = handles.iter().map(String::as_str).collect();
        let (_, made) = office.with_files("zip", "claim", &handles).await;
        let code = made["code"].as_str().unwrap();
        let case_ref = office.history(code).await.petition.submission.unwrap().case_ref;
        let path = format!("/staff/cases/{case_ref}/zip");
        let desk = format!("__Host-huiyin-staff={}", office.staff(OFFICE, 0).await);
        let case = office.shown(&format!("/staff/cases/{case_ref}"), &desk).await.text();
        assert!(case.contains(&format!("href=\"{path}\"")), "{case}");

        let page = office.shown(&path, &desk).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text());
        assert_eq!(page.headers["cache-control"], "no-store");
        let (secret, own) = (passphrase(&page), seed(&page));
        assert_eq!((secret.len(), secret.matches('-').count()), (29, 4), "{secret}");
        assert_ne!(passphrase(&office.shown(&path, &desk).await), secret, "shown once");
        let words =
            |purpose: &str, more: &str| format!("token={}&seed={own}&purpose={purpose}{more}", page.token());
        // Without a purpose, or without a passphrase that was shown, nothing is taken.
        let refused = office.fill(&path, &desk, &words("", "&originals=on")).await;
        assert_eq!(
            (refused.status, passphrase(&refused)),
            (StatusCode::UNPROCESSABLE_ENTITY, secret.clone())
        );
        let unseen = format!("token={}&purpose=x", page.token());
        assert_eq!(office.fill(&path, &desk, &unseen).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(office.zips().await, 0);

        let folder = folder(office.app.database.kind());
        for (originals, more) in [(false, ""), (true, "&originals=on")] {
            let answer = office.zip(&path, &desk, &words("%E6%A0%B8%E5%AF%B9", more)).await;
            is_inert(&answer);
            assert_eq!(office.zips().await, 1 + i64::from(originals));
            // Long enough that no ciphertext holds them by chance.
            for clear in ["现场", "合同", "经过", "一行字", "%PDF-1"].map(str::as_bytes) {
                assert!(!answer.bytes.windows(clear.len()).any(|part| part == clear), "{clear:?}");
            }
            let archive = folder.join("files.zip");
            std::fs::write(&archive, &answer.bytes).unwrap();
            let listed = String::from_utf8(seven(&["l", "-slt"], &archive).stdout).unwrap();
            let names: Vec<&str> =
                listed.lines().filter_map(|line| line.strip_prefix("Path = ")).skip(1).collect();
            assert_eq!(names, ["001.bin", "002.bin", "003.bin", "index.txt"]);
            assert_eq!(listed.matches("Encrypted = +").count(), 4, "{listed}");
            assert_eq!(listed.matches("Method = AES-256").count(), 4, "{listed}");
            let wrong = format!("-p{}", secret.replace(&secret[..1], "_"));
            assert!(!seven(&["t", &wrong], &archive).status.success(), "a wrong passphrase");
            assert!(!seven(&["t", "-p"], &archive).status.success(), "no passphrase");

            let into = folder.join(format!("originals-{originals}"));
            let opened = seven(&["x", &format!("-p{secret}"), &format!("-o{}", into.display())], &archive);
            assert!(opened.status.success(), "{}", String::from_utf8_lossy(&opened.stdout));
            let index = std::fs::read_to_string(into.join("index.txt")).unwrap();
            for (n, (name, bytes)) in sent.iter().enumerate() {
                let here = std::fs::read(into.join(format!("{:03}.bin", n + 1))).unwrap();
                let entry =
                    between(&format!("{index}\r\n\r\n"), &format!("{:03}.bin\r\n", n + 1), "\r\n\r\n");
                assert!(entry.contains(*name), "{entry}");
                assert!(entry.contains(&hex(&sha256(&here))), "what is there: {entry}");
                assert!(entry.contains(&hex(&sha256(bytes))), "what was sent: {entry}");
                assert_eq!(&here == bytes, originals || n > 0, "{name}");
            }
            if !originals {
                let copy = office.shown(&format!("/staff/cases/{case_ref}/files/0"), &desk).await;
                assert_eq!(
                    std::fs::read(into.join("001.bin")).unwrap(),
                    copy.bytes,
                    "the copy that tells nothing"
                );
            }
        }
        // The petitioner is told, with the purpose and without a name.
        let (_, seen) = office.post("/api/v1/track", json!({ "code": code })).await;
        let told = seen["accesses"].to_string();
        assert!(told.contains("核对") && told.contains("打包下载") && !told.contains("official 0"), "{told}");
        // Another's seed is another passphrase, and whoever does not see the petitioner has no files.
        let other = format!("__Host-huiyin-staff={}", office.staff(OFFICE, 1).await);
        let theirs = office.shown(&path, &other).await;
        let words = format!("token={}&seed={own}&purpose=", theirs.token());
        assert_ne!(passphrase(&office.fill(&path, &other, &words).await), secret);
        let auditor = format!("__Host-huiyin-staff={}", office.staff(CITY, AUDITOR).await);
        assert_eq!(office.shown(&path, &auditor).await.status, StatusCode::NOT_FOUND);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
