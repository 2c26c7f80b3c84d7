//! A procedure file in words: what an office lawyer reads before it is used.
//!
//! Plain text in Markdown's manner, one part for each table of the file. Every number stands beside its citation and
//! says whether it is law or the office's own. Names of guards are kept as they are: they can be looked up.

mod words;

use super::model::*;
use crate::act::Verb;
use crate::deadline::Lang;
use crate::ids::Name;
use words::Words;

/// Describes the procedure in plain words, with every length and its citation.
pub fn explain(procedure: &Procedure, lang: Lang) -> String {
    let mut page = Page { procedure, words: Words(lang), lines: Vec::new() };
    page.head();
    page.kinds();
    page.stages();
    page.everywhere();
    page.limits();
    page.letters();
    page.lists();
    let mut text = page.lines.join("\n");
    text.push('\n');
    text
}

struct Page<'a> {
    procedure: &'a Procedure,
    words: Words,
    lines: Vec<String>,
}

impl Page<'_> {
    fn line(&mut self, line: impl Into<String>) {
        self.lines.push(line.into());
    }

    fn part(&mut self, zh: &str, en: &str) {
        let title = self.words.pick(zh, en);
        self.lines.extend([String::new(), format!("## {title}"), String::new()]);
    }

    fn head(&mut self) {
        let procedure = self.procedure;
        let words = self.words;
        self.line(format!("# {}", words.label(&procedure.name)));
        self.line("");
        self.line(format!(
            "{} · v{} · {} · {}",
            procedure.id, procedure.version, procedure.jurisdiction, procedure.time_zone
        ));
        self.line(match words.0 {
            Lang::Zh => format!(
                "自 {} 起施行。官方期限一旦逾期，就开始督办：{}。",
                procedure.valid_from,
                self.limit(&procedure.supervision)
            ),
            Lang::En => format!(
                "In force from {}. Whenever an official deadline is missed, a supervision begins: {}.",
                procedure.valid_from,
                self.limit(&procedure.supervision)
            ),
        });
    }

    fn kinds(&mut self) {
        self.part("类别", "Kinds");
        for kind in &self.procedure.kinds {
            let words = self.words;
            let sealed = if kind.sealed { words.pick("；密封办理", "; sealed") } else { "" };
            let (name, hint, colon) = (words.label(&kind.name), words.label(&kind.hint), words.colon());
            self.line(format!("- {name} ({}){colon}{hint}{sealed} [{}]", kind.id, kind.basis));
        }
        for answer in &self.procedure.latest_answer {
            let words = self.words;
            let kind = self.procedure.kind(&answer.kind).map_or("?", |kind| words.label(&kind.name));
            let chain: Vec<String> = answer.chain.iter().map(|limit| self.limit(limit)).collect();
            let received = match answer.dispatched {
                true => words.pick("由信访部门收到", "received by a petition office"),
                false => words.pick("由有权机关直接收到", "received by the competent organ"),
            };
            let latest = words.pick("最迟答复", "latest answer");
            let (colon, comma) = (words.colon(), words.comma());
            self.line(format!("- {latest}{colon}{kind}{comma}{received}{colon}{}", chain.join(" + ")));
        }
    }

    fn stages(&mut self) {
        self.part("阶段", "Stages");
        for stage in &self.procedure.stages {
            let words = self.words;
            self.line(format!("### {} ({})", words.label(&stage.name), stage.id));
            self.line(words.pair(words.pick("告诉信访人", "The petitioner reads"), words.label(&stage.told)));
            match stage.rest {
                Some(rest) => {
                    self.line(words.pair(words.pick("可以在此终结", "May rest here"), words.rest(rest)))
                }
                None => {
                    self.line(words.pair(words.pick("负责", "Answered for by"), words.owner(stage.owner)))
                }
            }
            let here =
                self.procedure.transitions.iter().filter(|transition| transition.from.contains(&stage.id));
            let lines: Vec<String> = here.map(|transition| self.transition(transition)).collect();
            self.lines.extend(lines);
            self.line("");
        }
        self.lines.pop();
    }

    fn everywhere(&mut self) {
        self.part("开始和随时", "At the start and at any time");
        let general = |transition: &&Transition| {
            transition.from.is_empty()
                || transition.from.iter().any(|from| ["*", "any", "rest"].contains(&from.as_str()))
        };
        let lines: Vec<String> = self
            .procedure
            .transitions
            .iter()
            .filter(general)
            .map(|transition| self.transition(transition))
            .collect();
        self.lines.extend(lines);
    }

    /// One line: what, who it is for, where it leads, under which conditions, with which effects, after which article.
    fn transition(&self, transition: &Transition) -> String {
        let words = self.words;
        let mut line = format!("- {} ({})", words.verb(transition.verb), transition.id);
        if let Some(about) = &transition.about {
            line += words.colon();
            line += &self.subject(transition.verb, about);
        }
        if let Some(to) = &transition.to {
            let stage = self.procedure.stage(to).map(|stage| words.label(&stage.name));
            line += &format!(
                " → {}",
                stage.unwrap_or(words.pick("并案前的阶段", "where it was before it was merged"))
            );
        }
        if transition.from.iter().any(|from| *from == *"*") {
            line += words.pick("；仅限未终结", "; not at rest");
        }
        if transition.from.iter().any(|from| *from == *"rest") {
            line += words.pick("；仅限已终结", "; at rest only");
        }
        let kind = |name: &Name| {
            self.procedure
                .kind(name)
                .map_or_else(|| name.to_string(), |kind| words.label(&kind.name).to_owned())
        };
        let limit = |name: &Name| match name.as_str() {
            "*" => words
                .pick(
                    "全部（督办反馈、建议回复、紧急核实除外）",
                    "everything but replies to supervisions and recommendations, and looks at danger",
                )
                .to_owned(),
            _ => self.limit(name),
        };
        let letter = |name: &Name| {
            self.procedure
                .letter(name)
                .map_or_else(|| name.to_string(), |letter| words.label(&letter.name).to_owned())
        };
        let plain = |name: &Name| name.to_string();
        for (title, names) in [
            (words.pick("类别", "kinds"), words.list(&transition.kinds, kind)),
            (words.pick("选择条件", "when"), words.list(&transition.when, plain)),
            (words.pick("条件", "only if"), words.list(&transition.guards, plain)),
            (words.pick("开始", "starts"), words.list(&transition.starts, limit)),
            (words.pick("完成", "meets"), words.list(&transition.stops, limit)),
            (words.pick("取消", "ends"), words.list(&transition.cancels, limit)),
            (words.pick("文书", "letters"), words.list(&transition.letters, letter)),
        ] {
            if !names.is_empty() {
                line += words.semicolon();
                line += &words.pair(title, &names);
            }
        }
        line + &words.source(&transition.basis, transition.force)
    }

    fn subject(&self, verb: Verb, about: &Name) -> String {
        match verb == Verb::Pass {
            true => self.limit(about),
            false => {
                let letter = self.procedure.letter(about);
                letter.map_or_else(|| about.to_string(), |letter| self.words.label(&letter.name).to_owned())
            }
        }
    }

    fn limit(&self, name: &Name) -> String {
        self.procedure
            .limit(name)
            .map_or_else(|| name.to_string(), |limit| self.words.label(&limit.name).to_owned())
    }

    fn limits(&mut self) {
        self.part("期限", "Limits");
        for limit in &self.procedure.limits {
            let words = self.words;
            let code = if limit.code.is_empty() { String::new() } else { format!("{} ", limit.code) };
            self.line(format!(
                "- {code}{} ({}){}{}{}",
                words.label(&limit.name),
                limit.id,
                words.colon(),
                [&words.length(limit), words.role(limit.role), words.consequence(limit.when_passed)]
                    .join(words.semicolon()),
                words.source(&limit.basis, limit.force),
            ));
        }
    }

    fn letters(&mut self) {
        self.part("文书", "Letters");
        for letter in &self.procedure.letters {
            let words = self.words;
            let further = match (&letter.remedy, letter.last) {
                (Some(remedy), _) => {
                    words.semicolon().to_owned()
                        + &words.pair(words.pick("救济", "remedy"), &self.limit(remedy))
                }
                (None, true) => {
                    words.pick("；本程序内的最后一步", "; no remedy is left in this procedure").to_owned()
                }
                (None, false) => String::new(),
            };
            self.line(format!(
                "- {} ({}){}{}{further}{}",
                words.label(&letter.name),
                letter.id,
                words.colon(),
                words.letter(letter.kind),
                words.source(&letter.basis, letter.force),
            ));
        }
    }

    fn lists(&mut self) {
        let words = self.words;
        if !self.procedure.ways.is_empty() {
            self.part("途径", "Ways");
            for way in &self.procedure.ways {
                self.line(format!(
                    "- {} [{}]",
                    words.pair(way.id.as_str(), words.label(&way.name)),
                    way.basis
                ));
            }
        }
        let grounds = [
            (
                &self.procedure.grounds,
                "不予受理的情形（封闭清单）",
                "Grounds for not accepting (a closed list)",
            ),
            (&self.procedure.simple_grounds, "简易程序的情形", "What fits the simple procedure"),
        ];
        for (list, zh, en) in grounds.into_iter().filter(|(list, _, _)| !list.is_empty()) {
            self.part(zh, en);
            for ground in list {
                let must_say = words.pick("必须写明", "must say");
                self.line(format!(
                    "- {}{}{}{}",
                    words.pair(ground.id.as_str(), words.label(&ground.name)),
                    words.semicolon(),
                    words.pair(must_say, words.label(&ground.must_say)),
                    words.source(&ground.basis, ground.force),
                ));
            }
        }
        if !self.procedure.remedies.is_empty() {
            self.part("程序外的救济", "Remedies outside the procedure");
            for remedy in &self.procedure.remedies {
                let number = words.number(remedy.length, remedy.unit);
                let how = [words.label(&remedy.body), words.label(&remedy.from), &number].join(words.comma());
                self.line(format!("- {} [{}]", words.pair(words.label(&remedy.name), &how), remedy.basis));
            }
        }
    }
}
