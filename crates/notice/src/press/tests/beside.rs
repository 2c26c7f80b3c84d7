//! What is printed beside letters: papers that are filled in by hand, reports, and letters put together for a printer.

use super::*;
use crate::bundle::{Bundle, Cover};
use crate::paper::{Head, Paper, Row};
use crate::press::{press_bundle, press_counted, press_paper, press_report};
use crate::report::{self, Report, Section, Table};

/// A paper to be signed: every label with what is known beside it and room where nothing is, on one page, archival and tagged.
#[test]
fn a_paper_leaves_room_for_what_is_written_by_hand() {
    let head = Head {
        language: Language::Zh,
        organ: "云水区住房和城乡建设局",
        title: "送达回证",
        number: "349999-20260302-004217-6",
        dated: Day { year: 2026, month: 3, day: 5 },
    };
    let rows = || {
        vec![
            Row::known("受送达人", "林晓芸"),
            Row::known("送达方式", "□ 当面送达\n□ 留置送达"),
            Row::blank("受送达人签名", 3),
            Row::blank("送达人签名", 2),
        ]
    };
    let paper = || Paper::new(&head, rows(), &["代收人应当注明与受送达人的关系。".to_owned()]);
    let pdf = press_paper(&paper()).unwrap();
    assert_eq!(pdf, press_paper(&paper()).unwrap(), "the same bytes");
    let all = words(&pdf);
    assert!(all.iter().all(|word| word.page == 1));
    let title = all.iter().find(|word| word.text == "送达回证").unwrap();
    near((title.left + title.right) / 2.0, 105.0, 1.0, "middle of the title");
    let top = |text: &str| all.iter().find(|word| word.text == text).unwrap().top;
    near(top("受送达人"), top("林晓芸"), 1.0, "label beside its value");
    assert!(top("送达人签名") - top("受送达人签名") > 15.0, "room of three lines");
    assert!(all.iter().any(|word| word.text.contains('□')), "boxes to tick");
    assert!(says("qpdf", &["--check", "FILE"], &pdf).0);
    let (_, open) = says("qpdf", &["--qdf", "--object-streams=disable", "FILE", "-"], &pdf);
    assert!(open.contains("/S /TH") && open.contains("pdfuaid"), "rows have headers, the file is tagged");
}

/// Document 27: a table that runs over pages has its head on each, numbers stand at the right.
#[test]
fn a_report_keeps_its_tables_under_their_heads() {
    let head = report::Head {
        language: Language::Zh,
        organ: "云水区信访局",
        title: "2026年度信访工作报告",
        period: "2026年1月1日至2026年12月31日",
        closing: "本报告供机关内部使用。",
        date: "2027年1月8日",
        dated: Day { year: 2027, month: 1, day: 8 },
    };
    let cells = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<String>>();
    let rows = (1..=60).map(|n| cells(&[&format!("第{n}类"), &n.to_string()])).collect();
    let table = Table::new("按内容分类", &cells(&["内容分类", "件数（件）"]), rows);
    let section = Section::new("一、受理", &cells(&["本期共收到信访事项60件。"]), vec![table]);
    let made = Report::new(&head, vec![section]);
    let pdf = press_report(&made).unwrap();
    assert_eq!(pdf, press_report(&made).unwrap(), "the same bytes");
    let all = words(&pdf);
    let pages = all.iter().map(|word| word.page).max().unwrap();
    assert!(pages >= 2, "{pages}");
    for page in 1..=pages {
        let rows = all.iter().any(|word| word.page == page && word.text.starts_with('第'));
        let heads = all.iter().filter(|word| word.page == page && word.text.contains("件数（件）"));
        assert_eq!(heads.count(), usize::from(rows), "page {page}");
    }
    let number = place(&all, "第60类");
    let cell = all.iter().find(|word| word.text == "60" && (word.top - number.top).abs() < 2.0).unwrap();
    assert!(cell.right < 184.1 && cell.right > 175.0, "numbers stand at the right: {cell:?}");
    let (good, info) = says("pdfinfo", &["FILE"], &pdf);
    assert!(good && info.contains("Tagged:          yes") && info.contains("2026年度信访工作报告"), "{info}");
}

/// Letters for the post: pages as they were issued, each letter on a sheet of its own, its address where a long envelope's window
/// is, a mark on what was printed before.
#[test]
fn a_bundle_keeps_letters_apart_and_addresses_in_the_window() {
    let long: Vec<String> =
        (0..30).map(|n| format!("第{n}项：{}", "工地停工，至今没有复工。".repeat(6))).collect();
    let long: Vec<&str> = long.iter().map(String::as_str).collect();
    let (one, n_one) = press_counted(&Sheet::new(&letter(&["一页的文书。"]), &frame(Form::General))).unwrap();
    let (many, n_many) = press_counted(&Sheet::new(&letter(&long), &frame(Form::General))).unwrap();
    assert!(n_one == 1 && n_many > 2, "{n_one} {n_many}");
    let cover = Cover::new(
        "云水区住房和城乡建设局",
        &["青河路7号2单元301室".to_owned(), "林晓芸".to_owned()],
        "信访事项处理意见书",
        "云建信〔2026〕12号",
        &["不同意的，可以自收到之日起30日内提出。".to_owned()],
    );
    let mut bundle = Bundle::new(Language::Zh);
    assert!(bundle.is_empty());
    bundle.add(one.clone(), n_one, Some(cover), "");
    bundle.add(many, n_many, None, "重印件，前次打印日期：2026年3月5日");
    bundle.add(one, n_one, None, "");
    let file = press_bundle(&bundle).unwrap();
    let (_, told) = says("pdfinfo", &["FILE"], &file);
    let pages: usize =
        told.lines().find_map(|line| line.strip_prefix("Pages:")).unwrap().trim().parse().unwrap();
    // Cover and its back, one page and its back, the long one with its back if it is odd, the last.
    assert_eq!(pages, 2 + 2 + n_many.next_multiple_of(2) + 1);
    let words = words(&file);
    let at = |text: &str| {
        words.iter().filter(|word| word.page == 1 && text.contains(&word.text)).collect::<Vec<_>>()
    };
    for line in ["青河路7号2单元301室", "林晓芸", "云水区住房和城乡建设局"] {
        let found = at(line);
        let in_window = found
            .iter()
            .any(|word| word.left >= 20.0 && word.right <= 105.0 && word.top >= 45.0 && word.bottom <= 90.0);
        assert!(in_window, "{line}: {found:?}");
    }
    let window = words.iter().filter(|word| word.page == 1 && word.top < 90.0).map(|word| word.text.as_str());
    assert!(!window.collect::<String>().contains("意见书"), "what the letter is stays inside");
    let marked: std::collections::BTreeSet<usize> =
        words.iter().filter(|word| word.text.contains("重印件")).map(|word| word.page).collect();
    assert_eq!(marked, (5..5 + n_many).collect(), "every page that was printed before says so, and no other");
    assert!(
        words.iter().any(|word| word.page == 3 && word.text.contains("一页的文书")),
        "the words are words"
    );
    // However long an address is, all of it stands in the window.
    let address = "云水区青石街道办事处下辖的石桥社区青河路老纺织厂宿舍".repeat(6);
    let long =
        Cover::new("云水区住房和城乡建设局", &[address.clone(), "林晓芸".to_owned()], "函", "1号", &[]);
    let mut one_long = Bundle::new(Language::Zh);
    one_long.add(
        super::press(&Sheet::new(&letter(&["短。"]), &frame(Form::General))).unwrap(),
        1,
        Some(long),
        "",
    );
    let file = press_bundle(&one_long).unwrap();
    let found = self::words(&file);
    let inside: String = found
        .iter()
        .filter(|word| word.page == 1 && word.top >= 45.0 && word.bottom <= 90.0 && word.right <= 105.0)
        .map(|word| word.text.as_str())
        .collect();
    assert!(inside.contains(&address) && inside.ends_with("林晓芸"), "{inside}");
    // A file that is none is refused, and says nothing of itself.
    let mut broken = Bundle::new(Language::En);
    broken.add(b"no file".to_vec(), 1, None, "");
    let refused = press_bundle(&broken).unwrap_err().to_string();
    assert!(refused.contains("lay it out") && !refused.contains("no file"), "{refused}");
}
