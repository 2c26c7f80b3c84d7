//! What is printed, read back by other programs: poppler for where things stand and which faces are in, qpdf for the file.

mod beside;

use super::press;
use crate::sheet::{Day, Form, Frame, Imprint, Sheet};
use crate::{Language, Letter};
use std::io::Write as _;
use std::process::{Command, Stdio};

/// Points in a millimetre.
const MM: f64 = 72.0 / 25.4;

fn letter(paragraphs: &[&str]) -> Letter {
    Letter {
        title: "信访事项处理意见书".to_owned(),
        paragraphs: paragraphs.iter().map(|text| (*text).to_owned()).collect(),
        closing: vec!["联系电话：0599-1234567（云水区住房和城乡建设局）。".to_owned()],
    }
}

fn frame(form: Form) -> Frame<'static> {
    Frame {
        form,
        language: Language::Zh,
        organ: "云水区住房和城乡建设局",
        number: "云建信〔2026〕12号",
        addressee: "林晓芸",
        date: "2026年3月5日",
        dated: Day { year: 2026, month: 3, day: 5 },
        check: None,
        imprint: None,
    }
}

fn printed(form: Form, paragraphs: &[&str]) -> Vec<u8> {
    press(&Sheet::new(&letter(paragraphs), &frame(form))).unwrap()
}

/// What a program says of a file.
fn says(program: &str, arguments: &[&str], pdf: &[u8]) -> (bool, String) {
    let folder = std::env::temp_dir().join(format!("huiyin-press-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let digest = pdf.iter().fold(7_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte)));
    let file =
        folder.join(format!("{digest:x}-{}-{:?}.pdf", arguments.join(""), std::thread::current().id()));
    std::fs::File::create(&file).unwrap().write_all(pdf).unwrap();
    let given = arguments.iter().map(|word| if *word == "FILE" { file.to_str().unwrap() } else { word });
    let found = Command::new(program).args(given).stdin(Stdio::null()).output();
    let found =
        found.unwrap_or_else(|error| panic!("{program}: {error}; scripts/ensure.sh test installs it"));
    std::fs::remove_file(file).unwrap();
    (found.status.success(), String::from_utf8_lossy(&found.stdout).into_owned())
}

/// A word on paper: page from 1, left, top, right and bottom in millimetres from the upper left corner.
#[derive(Debug)]
struct Word {
    page: usize,
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
    text: String,
}

/// An attribute, in millimetres.
fn number_of(tag: &str, name: &str) -> f64 {
    let after = tag.split_once(&format!("{name}=\"")).unwrap().1;
    after.split_once('"').unwrap().0.parse::<f64>().unwrap() / MM
}

fn words(pdf: &[u8]) -> Vec<Word> {
    let (good, html) = says("pdftotext", &["-bbox", "FILE", "-"], pdf);
    assert!(good);
    let mut page = 0;
    let mut words = Vec::new();
    for line in html.lines().map(str::trim) {
        if line.starts_with("<page ") {
            near(number_of(line, "width"), 210.0, 0.01, "width of A4");
            near(number_of(line, "height"), 297.0, 0.01, "height of A4");
            page += 1;
        }
        let Some(rest) = line.strip_prefix("<word ") else { continue };
        let number = |name: &str| number_of(rest, name);
        let text = rest.split_once('>').unwrap().1.trim_end_matches("</word>").to_owned();
        words.push(Word {
            page,
            left: number("xMin"),
            top: number("yMin"),
            right: number("xMax"),
            bottom: number("yMax"),
            text,
        });
    }
    words
}

/// The only place of a text.
fn place<'w>(words: &'w [Word], text: &str) -> &'w Word {
    let found: Vec<&Word> = words.iter().filter(|word| word.text.contains(text)).collect();
    assert_eq!(found.len(), 1, "{text} in {words:#?}");
    found[0]
}

/// The lower edge of a word's characters, each a square as high as it is wide.
fn square_bottom(word: &Word) -> f64 {
    let size = (word.right - word.left) / word.text.chars().count() as f64;
    (word.top + word.bottom) / 2.0 + size / 2.0
}

fn near(found: f64, expected: f64, by: f64, what: &str) {
    assert!((found - expected).abs() <= by, "{what}: {found:.2} mm, and not {expected:.2} ± {by}");
}

/// GB/T 9704-2012, 5.2 and 7: the page of text is 156 mm by 225 mm, 37 mm below and 28 mm from the left edge; 22 lines of 28
/// characters in 3号.
#[test]
fn a_page_has_22_lines_of_28_characters() {
    let long = "字".repeat(28 * 60);
    let pdf = printed(Form::General, &[&long]);
    let all = words(&pdf);
    let lines: Vec<&Word> = all.iter().filter(|word| word.page == 2 && word.text.starts_with('字')).collect();
    assert_eq!(lines.len(), 22, "lines of a page");
    for line in &lines {
        assert_eq!(line.text.chars().count(), 28, "characters of a line");
        near(line.left, 28.0, 0.4, "left edge");
        near(line.right, 210.0 - 26.0, 0.6, "right edge");
    }
    let pitch = (225.0 - 15.75 / MM) / 21.0;
    for (one, next) in lines.iter().zip(lines.iter().skip(1)) {
        near(next.top - one.top, pitch, 0.05, "from line to line");
    }
    // poppler measures from the ascender of the face, which stands above the character's own square.
    let square = |word: &Word| (word.top + word.bottom) / 2.0;
    near(square(lines[21]) - square(lines[0]), 225.0 - 15.75 / MM, 0.1, "from the first line to the last");
    near(square(lines[0]) - 15.75 / MM / 2.0, 37.0, 0.6, "head of the page");
    // 4号 with a dash on each side, 7 mm below the text; left on an even page.
    let number =
        all.iter().find(|word| word.page == 2 && word.text.contains('2') && word.top > 262.0).unwrap();
    near(square(number) - 14.0 / MM / 2.0, 262.0 + 7.0, 1.0, "page number");
    assert!(number.left < 40.0, "left on an even page: {number:?}");
}

/// 7.2, 7.3: the organ's name is red and begins 35 mm below the head of the text; the number stands two lines below it, the rule
/// 4 mm under that, the title two lines under the rule; then to whom.
#[test]
fn the_head_of_the_general_form_stands_where_it_must() {
    let pdf = printed(Form::General, &["正文。"]);
    let all = words(&pdf);
    let line = (225.0 - 15.75 / MM) / 21.0;
    let organ = &all[0];
    assert_eq!(organ.text, "云水区住房和城乡建设局");
    near(organ.top, 37.0 + 35.0, 0.3, "top of the organ's name");
    near((organ.left + organ.right) / 2.0, 106.0, 0.6, "middle of the organ's name");
    assert!(organ.left > 27.9 && organ.right < 184.1, "no wider than the page of text: {organ:?}");
    let number = place(&all, "云建信〔2026〕12号");
    near((number.left + number.right) / 2.0, 106.0, 0.3, "middle of the number");
    near(
        number.top + (number.bottom - number.top) / 2.0 - 15.75 / MM / 2.0 - square_bottom(organ),
        2.0 * line,
        1.2,
        "two empty lines above the number",
    );
    let title = place(&all, "信访事项处理意见书");
    near((title.left + title.right) / 2.0, 106.0, 0.3, "middle of the title");
    near((title.right - title.left) / 9.0, 22.0 / MM, 0.05, "a character of the title: 2号");
    near(
        title.top + (title.bottom - title.top) / 2.0 - 11.0 / MM - square_bottom(number),
        4.0 + 1.4 / MM + 2.0 * line,
        1.0,
        "from number to title",
    );
    let to = place(&all, "林晓芸：");
    near(to.left, 28.0, 0.3, "to whom: flush left");
    let body = place(&all, "正文。");
    near(body.left, 28.0 + 2.0 * 15.75 / MM, 0.3, "a paragraph begins two characters in");
    // Signature and date: the date ends four characters from the right; the organ's name has the same middle.
    let date = place(&all, "2026年3月5日");
    let signer = all.iter().rev().find(|word| word.text == "云水区住房和城乡建设局").unwrap();
    near(date.right, 184.0 - 4.0 * 15.75 / MM, 0.3, "four characters from the right");
    near(
        (date.left + date.right) / 2.0,
        (signer.left + signer.right) / 2.0,
        0.5,
        "date under the organ's name",
    );
    let fonts = says("pdffonts", &["FILE"], &pdf).1;
    let faces: Vec<&str> = fonts.lines().skip(2).collect();
    assert!(
        faces.iter().all(|face| face.contains("yes yes yes")),
        "embedded, a subset, with its characters: {fonts}"
    );
    assert!(faces.iter().any(|face| face.contains("NotoSerifCJKsc-Bold")), "{fonts}");
}

/// 7.4: 版记 stands at the foot of the last page, in 4号, one character in from both sides, and its last rule on the lower edge of the
/// page of text; a letter that fills its page has it on the next.
#[test]
fn the_imprint_stands_at_the_foot_of_the_last_page() {
    let imprint = Imprint::new("云水区住房和城乡建设局", "2026年3月6日印发", "抄送：云水区信访局");
    for lines in [1, 9, 10, 11, 12, 13, 14, 40] {
        let text = "字".repeat(28 * lines);
        let framed = Frame { imprint: Some(imprint.clone()), ..frame(Form::General) };
        let pdf = press(&Sheet::new(&letter(&[&text]), &framed)).unwrap();
        let all = words(&pdf);
        let issued = place(&all, "2026年3月6日印发");
        let last = all.iter().map(|word| word.page).max();
        assert_eq!(Some(issued.page), last, "{lines} lines");
        near(issued.right, 184.0 - 14.0 / MM, 0.4, "one character from the right");
        let height = 14.0 / MM;
        near(issued.bottom, 297.0 - 35.0 - 2.0, height / 2.0, "above the lower edge of the page");
        let copies = place(&all, "抄送：");
        near(copies.left, 28.0 + height, 0.4, "one character from the left");
        near((copies.right - copies.left) / 9.0, height, 0.1, "4号");
        assert!(copies.page == issued.page && copies.bottom < issued.top + 1.0, "{copies:?} over {issued:?}");
        let note = place(&all, "联系电话");
        assert_eq!(note.page, issued.page, "{lines} lines: no page bears it alone");
        let over = all.iter().filter(|word| word.page == issued.page && word.bottom > copies.top + 1.0);
        let over: Vec<&str> = over.map(|word| word.text.as_str()).collect();
        assert!(over.iter().all(|text| imprint_says(text)), "nothing stands over it: {over:?}");
    }
    let between = Frame { imprint: Some(imprint), ..frame(Form::Letter) };
    let pdf = press(&Sheet::new(&letter(&["正文。"]), &between)).unwrap();
    assert!(!words(&pdf).iter().any(|word| word.text.contains("印发")), "none in the letter form");
}

fn imprint_says(text: &str) -> bool {
    ["抄送：云水区信访局", "云水区住房和城乡建设局", "2026年3月6日印发", "—", "1", "2", "3"].contains(&text)
}

/// 10.1: the letter form: name 30 mm below the edge, no page number on the first page, number flush right.
#[test]
fn the_letter_form_stands_where_it_must() {
    let long = "字".repeat(28 * 30);
    let pdf = printed(Form::Letter, &[&long]);
    let all = words(&pdf);
    near(all[0].top, 30.0, 0.3, "top of the organ's name");
    let number = place(&all, "云建信〔2026〕12号");
    near(number.right, 184.0, 0.4, "number: flush right");
    let low = |page: usize| all.iter().filter(|word| word.page == page && word.top > 263.0).count();
    assert_eq!(low(1), 0, "no page number on the first page");
    assert!(low(2) > 0, "and one on the second");
}

/// A name is never wider than the page, however long; and every character of it is there.
#[test]
fn a_long_name_of_an_organ_is_made_smaller() {
    let long = "云岭市云水区自然资源和规划局不动产登记与城乡建设档案管理服务中心";
    let pdf =
        press(&Sheet::new(&letter(&["正文。"]), &Frame { organ: long, ..frame(Form::General) })).unwrap();
    let all = words(&pdf);
    assert_eq!(all[0].text, long);
    assert!(all[0].left > 27.9 && all[0].right < 184.1, "{:?}", all[0]);
}

/// Headings stand on the grid, as large as the text, whatever their level.
#[test]
fn headings_do_not_leave_the_grid() {
    for headings in [["一、事实", "（一）复工"], ["（一）复工", "（二）交付"]] {
        let pdf = printed(Form::General, &[headings[0], "经查属实。", headings[1], "属实经查。"]);
        let all = words(&pdf);
        let middle = |text: &str| {
            let word = place(&all, text);
            (word.top + word.bottom) / 2.0
        };
        let pitch = (225.0 - 15.75 / MM) / 21.0;
        let (one, two) =
            (middle("经查属实。") - middle(headings[0]), middle(headings[1]) - middle("经查属实。"));
        near(one, pitch, 0.4, headings[0]);
        near(two, pitch, 0.4, headings[1]);
        let heading = place(&all, headings[1]);
        near((heading.right - heading.left) / 5.0, 15.75 / MM, 0.2, "a character of a heading: 3号");
        near(heading.left, 28.0 + 2.0 * 15.75 / MM, 0.4, "two characters in");
    }
}

/// However long the letter: the page of the signature bears a line of the letter too, and the signature is whole.
#[test]
fn no_page_bears_a_signature_alone() {
    for lines in 18..34 {
        let long = "字".repeat(28 * lines);
        let all = words(&printed(Form::General, &[&long, "末段一行。"]));
        let (last, date) = (place(&all, "末段一行。"), place(&all, "2026年3月5日"));
        assert_eq!(last.page, date.page, "{lines} lines");
        let signer = all.iter().rev().find(|word| word.text == "云水区住房和城乡建设局").unwrap();
        assert_eq!(signer.page, date.page, "{lines} lines");
    }
}

/// A line that announces what follows is on the page of what follows.
#[test]
fn no_page_ends_with_what_only_announces() {
    for lines in 4..12 {
        let long = "字".repeat(28 * lines);
        let all = words(&printed(
            Form::General,
            &[&long, "对你的请求逐项答复：", "请求一：予以支持。", "末段一行。"],
        ));
        let (leads, follows) = (place(&all, "对你的请求逐项答复："), place(&all, "请求一：予以支持。"));
        assert_eq!(leads.page, follows.page, "{lines} lines");
    }
}

/// A number that does not fit into the line goes to the next; the line that it leaves is not torn apart.
#[test]
fn a_long_number_does_not_tear_the_line_before_it_apart() {
    let text = "您反映的“青河苑小区冬季供暖温度不足”（编号349999-20260302-004217-6），已于2026年3月2日收到。";
    let all = words(&printed(Form::General, &[text]));
    let first = all.iter().find(|word| word.text.starts_with("您反映的")).unwrap();
    assert!(first.text.ends_with("编号"), "{first:?}");
    let per_character = (first.right - first.left) / first.text.chars().count() as f64;
    near(per_character, 156.0 / 28.0, 0.3, "width of a character");
}

/// English is set as English: quotation marks take no more room than they need.
#[test]
fn an_english_letter_is_printed_too() {
    let english = Letter {
        title: "Opinion".to_owned(),
        paragraphs: vec!["The petitioner’s “request” was heard.".to_owned()],
        closing: Vec::new(),
    };
    let sheet =
        Sheet::new(&english, &Frame { language: Language::En, date: "5 March 2026", ..frame(Form::General) });
    let pdf = press(&sheet).unwrap();
    let text = says("pdftotext", &["-raw", "FILE", "-"], &pdf).1;
    assert!(text.contains("The petitioner’s “request” was heard."), "{text}");
    let word = words(&pdf).into_iter().find(|word| word.text.contains('’')).unwrap();
    assert!(word.right - word.left < 32.0, "{word:?}");
    let (_, open) = says("qpdf", &["--qdf", "--object-streams=disable", "FILE", "-"], &pdf);
    assert!(open.contains("/Lang (en)"));
}

/// Equal input, equal bytes, in every thread, so that a hash says which letter it is (architecture §10.10). And small.
#[test]
fn the_same_letter_has_the_same_bytes() {
    let one = printed(Form::General, &["一、事实", "经查，属实。"]);
    assert_eq!(one, printed(Form::General, &["一、事实", "经查，属实。"]));
    assert_ne!(one, printed(Form::General, &["一、事实", "经查，不属实。"]));
    assert!(one.len() < 150_000, "{} bytes", one.len());
    let threads: Vec<_> = (0..4)
        .map(|_| std::thread::spawn(|| printed(Form::General, &["一、事实", "经查，属实。"])))
        .collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap(), one);
    }
}

/// PDF/A-2a and PDF/UA-1: the file says so, has its language, a title that windows show, tags, and the words in the order in
/// which they are read; and a second program finds nothing wrong with it.
#[test]
fn the_file_is_archival_tagged_and_read_in_order() {
    let pdf = printed(Form::General, &["一、事实", "（一）复工", "经查，属实。", "二、意见", "支持。"]);
    let (good, found) = says("qpdf", &["--check", "FILE"], &pdf);
    assert!(good && found.contains("No syntax or stream encoding errors found"), "{found}");
    let info = says("pdfinfo", &["FILE"], &pdf).1;
    assert!(info.contains("Tagged:          yes"), "{info}");
    assert!(info.contains("Title:           信访事项处理意见书 云建信〔2026〕12号"), "{info}");
    assert!(info.contains("Creator:         Huiyin"), "{info}");
    let plain = String::from_utf8_lossy(&pdf).into_owned();
    for said in [
        "<pdfaid:part>2</pdfaid:part>",
        "<pdfaid:conformance>A</pdfaid:conformance>",
        "<pdfuaid:part>1</pdfuaid:part>",
    ] {
        assert!(plain.contains(said), "{said}");
    }
    let (_, open) = says("qpdf", &["--qdf", "--object-streams=disable", "FILE", "-"], &pdf);
    assert!(open.contains("/Lang (zh-CN)") && open.contains("/DisplayDocTitle true"));
    assert!(open.contains("/H1") && open.contains("/H2") && open.contains("/H3"));
    let text = says("pdftotext", &["-raw", "FILE", "-"], &pdf).1;
    let order = [
        "云水区住房和城乡建设局",
        "云建信",
        "信访事项处理意见书",
        "林晓芸",
        "一、事实",
        "（一）复工",
        "经查",
        "二、意见",
        "支持",
        "2026年3月5日",
        "联系电话",
    ];
    let places: Vec<usize> =
        order.iter().map(|word| text.find(word).unwrap_or_else(|| panic!("{word}: {text}"))).collect();
    assert!(places.is_sorted(), "{text}");
    // What was read can be copied out as it was written.
    assert!(text.contains("经查，属实。"), "{text}");
}

/// Nothing that somebody types stops the printer or gives it orders.
#[test]
fn whatever_is_typed_is_printed_as_it_stands() {
    let orders = "#panic(\"no\") $x$ *bold* `raw` \\ // comment <label> @ref https://a.example/x = heading";
    let pdf =
        printed(Form::General, &[orders, "（一）没有一级标题", "", &"长".repeat(5_000), &"x".repeat(3_000)]);
    let text = says("pdftotext", &["-raw", "FILE", "-"], &pdf).1.replace(['\n', ' ', '\u{200b}'], "");
    assert!(
        text.contains("#panic(\"no\")$x$*bold*`raw`\\//comment<label>@refhttps://a.example/x=heading"),
        "{text}"
    );
    for word in words(&pdf) {
        assert!(word.right < 186.0, "nothing runs off the page: {word:?}");
    }
}
