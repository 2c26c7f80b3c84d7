//! Reports of a petition office as whoever runs the office gets them: numbers of the record, and what is sealed in none of them.

use crate::office::{Office, huiyin, words};
use std::process::Command;
use store::Database;

const LATEST: &str = "select max(received_on) from matter where sealed = 0";
const LISTED: &str = "select received_on from matter where sealed = 0 and office_id = (select id from unit where body like '%望湖区信访局%')";

/// Words of the first column.
fn column(address: &str, sql: &'static str) -> Vec<String> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
        let database = Database::look(address).await.unwrap();
        let rows = database.query(sql, Vec::new()).await.unwrap();
        rows.iter().map(|row| row.text(0).unwrap().to_owned()).collect()
    })
}

/// STAT-3, SEAL-2: what the annual report of the demo's district says is what its lists hold, without what is sealed; and what is asked
/// wrongly is refused by name. On an office that was made already.
pub(crate) fn counts_what_the_lists_hold(office: &Office, config: &str) {
    let on = |arguments: &[&str]| {
        let output = huiyin(&[&["report"], arguments, &["--config", config]].concat());
        (output.status.code().unwrap(), words(&output))
    };
    let out = office.path("annual.pdf");
    let district = ["--office", "望湖区信访局"];
    let annual =
        |year: &str, out: &str| on(&[&["annual", "--year", year, "--out", out], &district[..]].concat());
    // The demo's newest matter is of yesterday.
    let latest = column(&office.address, LATEST).remove(0);
    let year = &latest[..4];
    let (code, said) = annual(year, &out);
    assert_eq!(code, 0, "{said}");
    let text = Command::new("pdftotext").args(["-raw", &out, "-"]).output().unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    let told = text.split_once("本期收到信访事项").unwrap().1;
    let told: usize = told.split_once('件').unwrap().0.trim().parse().unwrap();
    let listed = column(&office.address, LISTED).iter().filter(|day| day.starts_with(year)).count();
    assert_eq!(told, listed, "{text}");
    assert!(
        told > 0 && text.contains(&format!("{year}年度信访工作报告")) && !text.contains("检举控告 "),
        "{text}"
    );
    // English, and a period of its own.
    let briefing = office.path("briefing.pdf");
    let (code, said) = on(&[
        &["briefing", "--from", "2020-09-01", "--to", &latest, "--language", "en", "--out", &briefing],
        &["--office", "Wanghu District Petition Office"][..],
    ]
    .concat());
    assert_eq!(code, 0, "{said}");
    let text = Command::new("pdftotext").args(["-raw", &briefing, "-"]).output().unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("1 September 2020 to ") && text.contains("Share in time"), "{text}");
    // Nothing happened: the tables say so, and no share is made of nothing.
    let empty = office.path("empty.pdf");
    let (code, said) =
        on(&[&["briefing", "--from", "2001-01-01", "--to", "2001-12-31", "--out", &empty], &district[..]]
            .concat());
    assert_eq!(code, 0, "{said}");
    let text = Command::new("pdftotext").args(["-raw", &empty, "-"]).output().unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("本期收到信访事项0件") && text.matches("没有 —").count() == 4, "{text}");
    assert!(
        !text.contains('%') && !text.contains("第四十一条"),
        "the article asks for the annual report: {text}"
    );
    for (asked, refused) in [
        (annual(year, &out), "annual.pdf"),
        (annual("2999", &office.path("later.pdf")), "2999-01-01 has not come yet"),
        (on(&["annual", "--year", year, "--out", &office.path("x.pdf")]), "name one with --office: "),
        (
            on(&["annual", "--year", year, "--out", &office.path("x.pdf"), "--office", "某局"]),
            "there is no petition office 某局; there are: ",
        ),
        (
            on(&["briefing", "--from", "2026-02-01", "--to", "2026-01-01", "--out", &office.path("x.pdf")]),
            "the last day, 2026-01-01, is before the first, 2026-02-01",
        ),
    ] {
        assert!(asked.0 != 0 && asked.1.contains(refused), "{refused}: {asked:?}");
    }
    assert!(!office.file("x.pdf").exists() && !office.file("later.pdf").exists(), "nothing half made");
}
