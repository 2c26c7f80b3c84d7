//! A letter as it goes to the printer: every word that will stand on the paper, in the order in which it is read, and nothing
//! that a printer could trip over.

use crate::{Language, Letter};
use serde::Serialize;

/// Most characters of one paragraph that are printed; far beyond what an office writes, and short of what stops a printer.
const LONGEST: usize = 100_000;
/// A run without a place to break a line that is longer than one is given such places, so far apart.
const LINE: usize = 28;
const APART: usize = 24;
/// Half-width characters without a place to break, from which a line before them may look torn apart.
const LONG_RUN: usize = 16;
/// Stands for a character that no face has, as printers have always set it.
const MISSING: char = '〓';
/// 全角空格
const WIDE: char = '\u{3000}';

/// Which layout of GB/T 9704-2012 a letter has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// The general form: red head, rule, title. What a petitioner is told.
    General,
    /// 信函格式: two double rules. What passes between units.
    Letter,
}

/// The day that a letter bears.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "a date is a date")]
pub struct Day {
    pub year: i16,
    pub month: i8,
    pub day: i8,
}

/// Everything that is printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sheet {
    /// The layout.
    pub form: Form,
    /// `zh` or `en`.
    language: &'static str,
    /// What the document is called where it is listed: title and number.
    name: String,
    /// 发文机关标志: whose letter it is.
    organ: String,
    /// 发文字号; empty for a letter without one.
    number: String,
    title: String,
    /// 主送机关, without its colon; empty where it is addressed to nobody by name.
    addressee: String,
    paragraphs: Vec<Paragraph>,
    /// Who signs, and on what day, in words.
    signer: String,
    date: String,
    dated: Day,
    /// Notes below the rule.
    closing: Vec<String>,
    /// By what it can be checked, once it is issued.
    check: Option<Check>,
    /// 版记; none in the letter form.
    imprint: Option<Imprint>,
}

/// 版记: what stands between rules at the foot of the last page (GB/T 9704-2012, 7.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Imprint {
    /// Who gets a copy, in words; empty where nobody does.
    copies: String,
    /// Who issued it.
    organ: String,
    /// When, in words.
    issued: String,
}

impl Imprint {
    /// Issued by whom and when; with whom gets a copy.
    pub fn new(organ: &str, issued: &str, copies: &str) -> Imprint {
        Imprint { copies: printable(copies), organ: printable(organ), issued: printable(issued) }
    }
}

/// What stands on an issued letter so that whoever holds it can check it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What it is for, the mark among it: one line each.
    pub words: Vec<String>,
    /// What the code is, for who does not see it.
    pub alt: String,
    /// The mark as a QR code: modules on a side, quiet ones among them.
    pub side: usize,
    /// Its dark modules as an SVG path.
    pub path: String,
}

/// A paragraph and its level: 1 for 一、, 2 for （一）, 0 for text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Paragraph {
    level: u8,
    /// How deep a heading stands under the title, for readers of the file.
    tag: u8,
    /// It announces what follows: no page ends with it.
    leads: bool,
    /// It holds a run, like a petition's number, that would leave the line before it torn apart: its lines are not justified.
    ragged: bool,
    text: String,
}

/// What stands around the wording.
#[derive(Clone, Debug)]
pub struct Frame<'a> {
    /// The layout.
    pub form: Form,
    /// The language of the wording.
    pub language: Language,
    /// Whose letter it is, and who signs.
    pub organ: &'a str,
    /// 发文字号, as `云信受〔2026〕12号`.
    pub number: &'a str,
    /// To whom.
    pub addressee: &'a str,
    /// The day, in words.
    pub date: &'a str,
    /// The same day.
    pub dated: Day,
    /// By what it can be checked; a copy for reading bears none.
    pub check: Option<Check>,
    /// 版记; none before a letter is issued.
    pub imprint: Option<Imprint>,
}

impl Sheet {
    /// A worded letter in its frame.
    pub fn new(letter: &Letter, frame: &Frame<'_>) -> Sheet {
        let mut has_first = false;
        let paragraph = |text: &String| {
            let level = level(text);
            has_first |= level == 1;
            // Whoever hears the file read must not miss a step.
            let tag = if level == 2 && has_first { 3 } else { 2 };
            let text = printable(text);
            Paragraph {
                level,
                tag,
                leads: text.ends_with(['：', ':']),
                ragged: longest_run(&text) >= LONG_RUN,
                text,
            }
        };
        let title = printable(&letter.title);
        let number = printable(frame.number);
        Sheet {
            form: frame.form,
            language: frame.language.tag(),
            name: [title.as_str(), number.as_str()].join(" ").trim().to_owned(),
            organ: printable(frame.organ),
            number,
            title,
            addressee: printable(frame.addressee),
            paragraphs: letter.paragraphs.iter().map(paragraph).collect(),
            signer: printable(frame.organ),
            date: printable(frame.date),
            dated: frame.dated,
            closing: letter.closing.iter().map(|note| printable(note)).collect(),
            check: frame.check.clone(),
            imprint: frame.imprint.clone().filter(|_| frame.form == Form::General),
        }
    }
}

/// The level of a heading that an official typed as one: short, numbered as GB/T 9704 numbers, and no sentence.
fn level(text: &str) -> u8 {
    let is_number = |c: char| "一二三四五六七八九十".contains(c);
    let is_heading = text.chars().count() <= 30 && !text.ends_with(['。', '；', '！', '？', '，', '：']);
    let after_number = |text: &str| -> Option<char> {
        let rest = text.trim_start_matches(is_number);
        (rest.len() < text.len()).then(|| rest.chars().next()).flatten()
    };
    match text.strip_prefix('（') {
        _ if !is_heading => 0,
        Some(rest) if after_number(rest) == Some('）') => 2,
        None if after_number(text) == Some('、') => 1,
        Some(_) | None => 0,
    }
}

/// Characters of the longest number, with what stands in it, in which no line can break.
fn longest_run(text: &str) -> usize {
    let runs = text.split(|c: char| !c.is_ascii_graphic());
    runs.filter(|run| run.contains(|c: char| c.is_ascii_digit())).map(str::len).max().unwrap_or_default()
}

/// Words as they can be printed: without what shows nothing or turns the line about, with a sign for what no face has, and
/// with places where a run longer than a line may break.
pub(crate) fn printable(text: &str) -> String {
    let (mut printed, mut run) = (String::with_capacity(text.len()), Vec::new());
    for c in text.trim().chars().filter(|c| !is_unseen(*c)).take(LONGEST) {
        // A wide space leaves room to sign.
        let c = if c.is_whitespace() && c != WIDE { ' ' } else { c };
        let c = if [' ', WIDE].contains(&c) || crate::press::has(c) { c } else { MISSING };
        if [' ', WIDE].contains(&c) || is_ideograph(c) {
            end_run(&mut printed, &mut run);
            printed.push(c);
        } else {
            run.push(c);
        }
    }
    end_run(&mut printed, &mut run);
    // What shows nothing may have stood behind a space.
    printed.truncate(printed.trim_end().len());
    printed
}

fn end_run(printed: &mut String, run: &mut Vec<char>) {
    let breaks = run.len() > LINE;
    for (place, c) in run.drain(..).enumerate() {
        if breaks && place > 0 && place.is_multiple_of(APART) {
            printed.push('\u{200b}');
        }
        printed.push(c);
    }
}

/// A line may break beside it.
fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
}

/// Controls, marks of direction, and what has no width or shows nothing: a name that holds one would not be the name that is
/// read.
fn is_unseen(c: char) -> bool {
    (c.is_control() && !c.is_whitespace())
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_told_by_their_numbers_and_sentences_are_none() {
        for (text, expected) in [
            ("一、调查核实的事实", 1),
            ("十二、其他", 1),
            ("（一）关于复工时间", 2),
            ("一、本局认为，你的请求有事实依据。", 0),
            ("（一）关于复工时间，施工单位将于2026年4月10日进场", 2),
            ("（略）", 0),
            ("一般情况", 0),
            ("你的请求", 0),
            ("", 0),
        ] {
            assert_eq!(level(text), expected, "{text}");
        }
    }

    #[test]
    fn room_to_sign_is_kept_and_a_number_keeps_its_lines_together() {
        assert_eq!(printable("签名：　　　　日期："), "签名：　　　　日期：");
        assert_eq!(longest_run("您反映的“供暖”（编号349999-20260302-004217-6），已于"), 24);
        assert_eq!(longest_run("an administrative reconsideration."), 0, "words are no numbers");
        assert!(longest_run("不迟于2026年3月20日，拨打0599-1234567") < LONG_RUN);
    }

    /// What somebody typed cannot turn a line about, hide in it, or stop the printer.
    #[test]
    fn what_shows_nothing_goes_and_what_no_face_has_is_marked() {
        assert_eq!(printable(" 林\u{202e}晓\u{200b}芸\u{0} \u{ffa0}"), "林晓芸");
        assert_eq!(printable("喜\u{1f600}欢"), "喜〓欢");
        assert_eq!(printable("一\n二\t三"), "一 二 三");
        assert_eq!(printable("䶮㛃𠮷98㎡⑪€"), "䶮㛃𠮷98㎡⑪€", "names and measures have signs of their own");
        assert_eq!(printable(&"字".repeat(300_000)).chars().count(), LONGEST);
        assert_eq!(
            printable("349999-20260302-004217-6"),
            "349999-20260302-004217-6",
            "a number is copied as it is"
        );
        assert_eq!(printable(&"x".repeat(100)).matches('\u{200b}').count(), 4);
        assert_eq!(printable(&"！".repeat(40)).matches('\u{200b}').count(), 1);
        assert_eq!(printable("〔2026〕"), "〔2026〕");
    }
}
