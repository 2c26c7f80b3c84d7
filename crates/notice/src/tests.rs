//! Every letter of both procedures is worded, in both languages, and says what the law wants it to say.

use super::*;

const PROCEDURES: [(&str, &str); 2] = [
    (include_str!("../../../procedures/cn-petition-2022.toml"), CN_PETITION_2022),
    (include_str!("../../../procedures/in-cpgrams-2024.toml"), IN_CPGRAMS_2024),
];

const LANGUAGES: [Language; 2] = [Language::Zh, Language::En];

/// As a procedure file describes a letter.
#[derive(Deserialize)]
struct Known {
    id: String,
    kind: String,
    template: String,
    basis: String,
    remedy: Option<String>,
    #[serde(default)]
    last: bool,
}

#[derive(Deserialize)]
struct Procedure {
    id: String,
    letters: Vec<Known>,
}

/// Each procedure with the wordings of its own file.
fn pairs() -> Vec<(Procedure, Book)> {
    PROCEDURES
        .into_iter()
        .map(|(procedure, wording)| (toml::from_str(procedure).unwrap(), toml::from_str(wording).unwrap()))
        .collect()
}

/// Every fact, with a value that names it.
fn all_facts() -> BTreeMap<&'static str, String> {
    FACTS.iter().map(|fact| (*fact, format!("[{fact}]"))).collect()
}

fn without(missing: &[&str]) -> BTreeMap<&'static str, String> {
    let mut facts = all_facts();
    facts.retain(|fact, _| !missing.contains(fact));
    facts
}

fn text(letter: &Letter) -> String {
    format!("{}\n{}\n{}", letter.title, letter.paragraphs.join("\n"), letter.closing.join("\n"))
}

fn placeholders(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).map(|piece| piece.split_once('}').expect("a placeholder ends with }").0).collect()
}

/// Every phrase of every file, with where it stands.
fn phrases(book: &Book) -> Vec<(String, &Phrase)> {
    let own = book.letters.iter().flat_map(|letter| {
        let phrases = std::iter::once(&letter.title).chain(&letter.paragraphs).chain(&letter.closing);
        phrases.map(|phrase| (format!("{}/{}: {}", book.procedure, letter.template, phrase.zh), phrase))
    });
    own.chain(
        book.closing
            .iter()
            .chain(&book.rights)
            .map(|phrase| (format!("{}: {}", book.procedure, phrase.zh), phrase)),
    )
    .collect()
}

/// Document 2: the receipt says rights and duties under the procedure's own law.
#[test]
fn the_receipt_says_rights_and_duties() {
    for (procedure, _) in pairs() {
        for language in LANGUAGES {
            let facts = BTreeMap::from([("remedy_days", "[remedy_days]".to_owned())]);
            let said = rights(&procedure.id, language, &facts);
            assert!(said.len() >= 4, "{said:?}");
            assert!(said.iter().any(|right| right.contains("[remedy_days]")), "{said:?}");
            let truth = |right: &String| right.contains("如实") || right.contains("true");
            assert!(said.iter().any(truth), "duties are said too: {said:?}");
        }
    }
    assert!(rights("another-law", Language::Zh, &all_facts()).is_empty(), "another law's would be wrong");
}

#[test]
fn every_template_has_a_wording_and_every_wording_a_procedure() {
    for (procedure, book) in pairs() {
        assert_eq!(procedure.id, book.procedure);
        let asked: BTreeSet<&str> = procedure.letters.iter().map(|letter| letter.template.as_str()).collect();
        let worded: BTreeSet<&str> = book.letters.iter().map(|letter| letter.template.as_str()).collect();
        assert_eq!(asked, worded, "{}: asked for on the left, worded on the right", procedure.id);
        assert_eq!(worded.len(), book.letters.len(), "{}: a template is worded twice", procedure.id);
        for template in asked {
            assert!(templates().contains(&template));
            assert!(compose(template, Language::Zh, &BTreeMap::new()).is_some());
        }
    }
    assert_eq!(templates().len(), 30);
    assert_eq!(compose("no_such_letter", Language::Zh, &all_facts()), None);
    assert_eq!(compose("cn-petition-2022/disposed", Language::Zh, &all_facts()), None);
}

#[test]
fn a_procedure_has_its_own_words_and_borrows_what_it_lacks() {
    let title = |template| compose(template, Language::En, &all_facts()).unwrap().title;
    assert_eq!(title("refusal"), "Notice of non-acceptance");
    assert_eq!(title("cn-petition-2022/refusal"), "Notice of non-acceptance");
    assert_eq!(title("in-cpgrams-2024/refusal"), "Notice that your grievance is not taken up");
    assert_eq!(title("in-cpgrams-2024/acceptance"), "Notice of acceptance");
    assert_eq!(title("not-shipped/refusal"), "Notice of non-acceptance");
}

#[test]
fn no_letter_cites_the_law_of_another_country() {
    for (procedure, _) in pairs() {
        for known in &procedure.letters {
            let name = format!("{}/{}", procedure.id, known.template);
            let zh = text(&compose(&name, Language::Zh, &all_facts()).unwrap());
            let en = text(&compose(&name, Language::En, &all_facts()).unwrap());
            let (own, other) = match procedure.id.as_str() {
                "cn-petition-2022" => {
                    (["《信访工作条例》", "Petition Work Regulations"], ["备忘录", "Memorandum"])
                }
                _ => (
                    ["2024年8月23日备忘录", "Office Memorandum"],
                    ["《信访工作条例》", "Petition Work Regulations"],
                ),
            };
            for (text, own, other) in [(zh, own[0], other[0]), (en, own[1], other[1])] {
                assert!(text.contains(own), "{name} names no law:\n{text}");
                assert!(!text.contains(other), "{name} names a foreign law:\n{text}");
            }
        }
    }
}

#[test]
fn a_letter_cites_the_articles_it_rests_on() {
    for (procedure, _) in pairs() {
        for known in &procedure.letters {
            let name = format!("{}/{}", procedure.id, known.template);
            let zh = text(&compose(&name, Language::Zh, &all_facts()).unwrap());
            let articles: Vec<String> = match procedure.id.as_str() {
                "cn-petition-2022" => {
                    // What rests on our own rules cites no article.
                    let numbers = known.basis.strip_prefix("Art.").into_iter();
                    let numbers = numbers.flat_map(|numbers| numbers.split(", "));
                    numbers.map(|number| format!("第{}条", han(number.split('(').next().unwrap()))).collect()
                }
                _ => known
                    .basis
                    .split(['§', ' ', ','])
                    .filter(|word| word.starts_with(|first: char| first.is_ascii_digit()))
                    .map(str::to_owned)
                    .collect(),
            };
            for article in articles {
                assert!(zh.contains(&article), "{name} does not cite {article} ({})", known.basis);
            }
        }
    }
}

/// 1 to 99 in Chinese numerals.
fn han(number: &str) -> String {
    let digit = |n: u32| "〇一二三四五六七八九".chars().nth(n as usize).unwrap().to_string();
    let number: u32 = number.parse().unwrap();
    match (number / 10, number % 10) {
        (0, ones) => digit(ones),
        (tens, ones) => {
            let tens = if tens == 1 { String::new() } else { digit(tens) };
            format!("{tens}十{}", if ones == 0 { String::new() } else { digit(ones) })
        }
    }
}

#[test]
fn both_languages_use_the_same_known_placeholders() {
    for (_, book) in pairs() {
        for (place, phrase) in phrases(&book) {
            let (zh, en) = (placeholders(&phrase.zh), placeholders(&phrase.en));
            assert_eq!(zh, en, "{place}");
            for name in zh {
                assert!(FACTS.contains(&name), "{place}: {name} is no fact");
            }
        }
        for letter in &book.letters {
            assert!(!letter.title.zh.is_empty() && !letter.title.en.is_empty());
            assert!(
                placeholders(&letter.title.zh).is_empty(),
                "a heading has no condition: {}",
                letter.title.zh
            );
            for phrase in letter.paragraphs.iter().chain(&letter.closing) {
                assert!(
                    !phrase.zh.is_empty() && !phrase.en.is_empty(),
                    "{}: one language only",
                    letter.template
                );
            }
        }
    }
    let distinct: BTreeSet<&&str> = FACTS.iter().collect();
    assert_eq!(distinct.len(), FACTS.len());
}

#[test]
fn words_that_evade_are_absent() {
    let forbidden =
        ["请耐心等待", "有关部门", "已阅", "正在走流程", "上访", "息诉", "缠访", "非访", "老户", "稳控"];
    for (_, book) in pairs() {
        for (place, phrase) in phrases(&book) {
            for word in forbidden {
                assert!(!phrase.zh.contains(word), "{place} says {word}");
            }
        }
    }
}

/// Lengths come from the procedure: a number written here would outlive a change of the law.
#[test]
fn no_wording_states_a_length_of_its_own() {
    for (_, book) in pairs() {
        for (place, phrase) in phrases(&book) {
            for word in ["日内", "个工作日", "个月"] {
                assert!(!phrase.zh.contains(word), "{place} states a length");
            }
            let words: Vec<&str> = phrase.en.split_whitespace().collect();
            for pair in words.windows(2) {
                let number = pair[0].chars().all(|c| c.is_ascii_digit());
                let length = ["day", "days", "month", "months", "working"]
                    .iter()
                    .any(|unit| pair[1].starts_with(unit));
                assert!(!(number && length), "{place} states a length");
            }
        }
    }
}

#[test]
fn chinese_is_set_with_chinese_punctuation_and_without_spaces() {
    for (_, book) in pairs() {
        for (place, phrase) in phrases(&book) {
            for mark in [' ', ',', ';', ':', '(', ')', '?', '!', '"', '\''] {
                assert!(!phrase.zh.contains(mark), "{place} contains {mark:?}");
            }
            assert!(!phrase.en.contains(['，', '。', '：', '；', '（', '）']), "{place}: {}", phrase.en);
        }
    }
}

#[test]
fn with_all_facts_every_letter_is_whole() {
    for (procedure, book) in pairs() {
        for wording in &book.letters {
            for language in LANGUAGES {
                let name = format!("{}/{}", procedure.id, wording.template);
                let letter = compose(&name, language, &all_facts()).unwrap();
                let text = text(&letter);
                assert!(!text.contains(['{', '}']), "{name}:\n{text}");
                assert!(letter.paragraphs.len() >= wording.paragraphs.len(), "{name} lost a paragraph");
                assert!(letter.closing.len() > wording.closing.len(), "{name} lost a note");
                assert!(text.contains("[number]"), "{name} does not name the petition");
            }
        }
    }
}

#[test]
fn a_paragraph_that_lacks_a_fact_is_left_out_and_nothing_else() {
    for (procedure, book) in pairs() {
        for wording in &book.letters {
            let name = format!("{}/{}", procedure.id, wording.template);
            for language in LANGUAGES {
                for fact in FACTS {
                    let uses = |phrase: &&Phrase| placeholders(phrase.pick(language)).contains(fact);
                    let lost: usize = wording
                        .paragraphs
                        .iter()
                        .filter(uses)
                        .map(|p| p.lines(language, &all_facts()).len())
                        .sum();
                    let whole = compose(&name, language, &all_facts()).unwrap();
                    let missing = compose(&name, language, &without(&[fact])).unwrap();
                    assert_eq!(
                        missing.paragraphs.len() + lost,
                        whole.paragraphs.len(),
                        "{name} without {fact}"
                    );
                    let mut empty = all_facts();
                    empty.insert(fact, " \n".to_owned());
                    assert_eq!(compose(&name, language, &empty).unwrap(), missing, "{name}: {fact} empty");
                }
            }
        }
    }
}

/// A refusal or an opinion says how to go on, or that nothing is left in this procedure (INV-11).
#[test]
fn refusals_and_opinions_name_the_remedy_or_say_that_it_was_the_last() {
    let mut n_seen = 0;
    for (procedure, _) in pairs() {
        for known in
            procedure.letters.iter().filter(|known| known.kind == "refusal" || known.kind == "opinion")
        {
            let name = format!("{}/{}", procedure.id, known.template);
            assert!(known.remedy.is_some() != known.last, "{}: a remedy, or the last", known.id);
            for language in LANGUAGES {
                n_seen += 1;
                let worded = |facts: &BTreeMap<&str, String>| text(&compose(&name, language, facts).unwrap());
                if known.last {
                    let facts = without(&["remedy_until", "remedy_days", "remedy_body"]);
                    assert!(worded(&facts).contains("[last]"), "{name} does not say that it is the last");
                } else {
                    let facts = BTreeMap::from([("remedy_until", "[remedy_until]".to_owned())]);
                    assert!(worded(&facts).contains("[remedy_until]"), "{name} hides the last day");
                    assert!(!worded(&without(&["last"])).contains("[last]"));
                }
                let opens_window = known.remedy.as_deref().is_some_and(|limit| limit != "remand_handle");
                if opens_window {
                    let facts = without(&["last", "remedy_until"]);
                    assert!(
                        worded(&facts).contains("[remedy_days]"),
                        "{name}: not served yet, so the length counts"
                    );
                }
                if opens_window && known.template != "review_refusal" {
                    assert!(
                        worded(&all_facts()).contains("[remedy_body]"),
                        "{name} does not say who decides"
                    );
                }
            }
        }
    }
    assert!(n_seen >= 28, "{n_seen}");
}

#[test]
fn each_line_of_a_fact_is_a_paragraph() {
    let mut facts =
        BTreeMap::from([("answers", " 1. 路灯：予以支持。\r\n\n2. 护栏：解释说明。\n".to_owned())]);
    let letter = compose("opinion", Language::Zh, &facts).unwrap();
    let at = letter.paragraphs.iter().position(|line| line == "对您的请求逐项答复：").unwrap();
    assert_eq!(letter.paragraphs[at + 1..at + 3], ["1. 路灯：予以支持。", "2. 护栏：解释说明。"]);

    facts.insert("findings", "{number} 是信访人写的，不是占位符".to_owned());
    let letter = compose("opinion", Language::Zh, &facts).unwrap();
    assert!(letter.paragraphs.contains(&"{number} 是信访人写的，不是占位符".to_owned()));
}

#[test]
fn a_full_stop_is_not_doubled() {
    let facts = BTreeMap::from([("place", "区信访局二楼。".to_owned()), ("chair", "周某".to_owned())]);
    let letter = compose("hearing", Language::Zh, &facts).unwrap();
    assert!(letter.paragraphs.contains(&"听证地点和具体时间：区信访局二楼。".to_owned()));
    assert!(letter.paragraphs.contains(&"听证主持人：周某。主持人没有参加该事项的调查。".to_owned()));
    let facts = BTreeMap::from([("place", "Room 2.".to_owned())]);
    let letter = compose("hearing", Language::En, &facts).unwrap();
    assert!(letter.paragraphs.contains(&"Place and hour: Room 2.".to_owned()));
}

#[test]
fn a_feedback_on_a_report_repeats_nothing_of_it() {
    for name in ["cn-petition-2022/report", "in-cpgrams-2024/report", "in-cpgrams-2024/vigilance"] {
        for language in LANGUAGES {
            let letter = compose(name, language, &all_facts()).unwrap();
            assert!(!text(&letter).contains("[title]"), "{name} prints the heading of a sealed report");
        }
    }
}
