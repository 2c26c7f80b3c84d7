//! What the checker says, in Chinese and English.

use super::super::model::Label;
use super::Report;
use crate::deadline::Lang;
use std::fmt::Display;

/// A sentence in both languages.
pub(super) fn say(zh: impl Into<String>, en: impl Into<String>) -> Label {
    Label { zh: zh.into(), en: en.into() }
}

pub(super) fn template_unknown(template: &str) -> Label {
    say(format!("没有名为“{template}”的文书措辞"), format!("there is no wording called \"{template}\""))
}

pub(super) fn unknown(what_zh: &str, what_en: &str, name: &impl Display, field: &str) -> Label {
    say(
        format!("字段 {field} 引用了不存在的{what_zh}“{name}”"),
        format!("`{field}` names the {what_en} \"{name}\", which does not exist"),
    )
}

pub(super) fn never_still(stage: &impl Display) -> Label {
    say(
        format!("停在“{stage}”时，没有任何官方期限在走，信访人也没有可用的期限：事项会被遗忘"),
        format!(
            "a petition can be at \"{stage}\" with no official deadline and no open window of the petitioner"
        ),
    )
}

pub(super) fn not_owned(stage: &impl Display, who_zh: &str, who_en: &str) -> Label {
    say(
        format!("到达“{stage}”时还不知道负责的{who_zh}"),
        format!("a petition can reach \"{stage}\" before {who_en} is known"),
    )
}

pub(super) fn end_not_reached(stage: &impl Display) -> Label {
    say(format!("从“{stage}”再也到不了任何终点"), format!("from \"{stage}\" no end can be reached any more"))
}

pub(super) fn duty_not_stoppable(limit: &impl Display, stage: &impl Display) -> Label {
    say(
        format!("期限“{limit}”在“{stage}”仍在走，却再没有办法履行或者了结"),
        format!("\"{limit}\" runs at \"{stage}\" and nothing can meet or end it any more"),
    )
}

pub(super) fn window_not_usable(limit: &impl Display, stage: &impl Display) -> Label {
    say(
        format!("期限“{limit}”在“{stage}”开着，信访人却用不了、也收不回"),
        format!("\"{limit}\" is open at \"{stage}\" but the petitioner cannot use or end it there"),
    )
}

pub(super) fn rest_not_quiet(limit: &impl Display, stage: &impl Display) -> Label {
    say(
        format!("事项已在“{stage}”终结，期限“{limit}”还在走，而在这里无法履行"),
        format!("at rest at \"{stage}\" the duty \"{limit}\" still runs and cannot be done there"),
    )
}

pub(super) fn cooling_leads_nowhere(limit: &impl Display, stage: &impl Display) -> Label {
    say(
        format!("冷静期“{limit}”可能在“{stage}”届满，却没有对应的 pass 转换"),
        format!(
            "the cooling period \"{limit}\" can end at \"{stage}\" where no `pass` transition carries it out"
        ),
    )
}

pub(super) fn time_goes_round(stage: &impl Display) -> Label {
    say(
        format!("在“{stage}”如果没有人作为，期限届满只会来回转圈，没有任何官方义务"),
        format!(
            "when nobody acts at \"{stage}\", passing days only lead round in a circle without any official duty"
        ),
    )
}

pub(super) fn stage_not_reached(stage: &impl Display) -> Label {
    say(format!("没有办法到达阶段“{stage}”"), format!("the stage \"{stage}\" cannot be reached"))
}

pub(super) fn transition_never_taken(transition: &impl Display) -> Label {
    say(
        format!("转换“{transition}”永远不会发生：到不了它的阶段，或者总有排在前面的转换"),
        format!(
            "\"{transition}\" can never be taken: its stage is never reached, or one before it always goes first"
        ),
    )
}

pub(super) fn too_large(en: &str) -> Label {
    say(format!("文件太大，无法完整检查（{en}）"), format!("too large to be explored whole ({en})"))
}

/// The last line of a report.
pub(super) fn summary(report: &Report, lang: Lang) -> String {
    let explored = report.explored;
    match lang {
        Lang::Zh if report.is_sound() => format!(
            "通过：{} 次探索，{} 个状态，{} 步；任何事项在任何时候都有人负责、有期限在走",
            explored.explorations, explored.states, explored.steps
        ),
        Lang::Zh => format!("未通过：{} 个问题（已探索 {} 个状态）", report.findings.len(), explored.states),
        Lang::En if report.is_sound() => format!(
            "sound: {} explorations, {} states, {} steps; no petition can lie still without an owner and a deadline",
            explored.explorations, explored.states, explored.steps
        ),
        Lang::En => {
            format!("not sound: {} findings ({} states explored)", report.findings.len(), explored.states)
        }
    }
}
