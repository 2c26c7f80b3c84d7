//! Names: defined once, used only when defined, and meaning what their place asks for.

use super::super::super::model::{LimitRole, Procedure, Rest, Transition};
use super::super::Property::{NamesExist, NamesUnique};
use super::super::machine::{PROMISE, SERVICE};
use super::super::words::{say, unknown};
use super::Faults;
use crate::act::Verb;
use crate::guard::{guard_names, predicate_names};
use crate::ids::Name;
use std::collections::BTreeSet;

pub(super) fn check(procedure: &Procedure, faults: &mut Faults) {
    unique("stages", procedure.stages.iter().map(|stage| &stage.id), faults);
    unique("limits", procedure.limits.iter().map(|limit| &limit.id), faults);
    unique("letters", procedure.letters.iter().map(|letter| &letter.id), faults);
    unique("kinds", procedure.kinds.iter().map(|kind| &kind.id), faults);
    unique("ways", procedure.ways.iter().map(|way| &way.id), faults);
    unique("grounds", procedure.grounds.iter().map(|ground| &ground.id), faults);
    unique("simple_grounds", procedure.simple_grounds.iter().map(|ground| &ground.id), faults);
    unique("remedies", procedure.remedies.iter().map(|remedy| &remedy.id), faults);
    unique("disposals", procedure.disposals.iter().map(|basis| &basis.id), faults);
    unique("transitions", procedure.transitions.iter().map(|transition| &transition.id), faults);

    match procedure.limit(&procedure.supervision) {
        None => faults.add(
            NamesExist,
            &procedure.id,
            unknown("期限", "limit", &procedure.supervision, "supervision"),
        ),
        Some(limit) if limit.role != LimitRole::Duty => faults.add(
            NamesExist,
            &limit.id,
            say("督办期限必须是官方义务（duty）", "the limit of `supervision` must be a `duty`"),
        ),
        Some(_) => {}
    }
    for transition in &procedure.transitions {
        of_transition(procedure, transition, faults);
    }
    if !procedure.transitions.iter().any(|transition| transition.verb == Verb::Submit) {
        faults.add(
            NamesExist,
            &procedure.id,
            say("没有提交（submit）转换", "no transition has the verb `submit`"),
        );
    }
    of_the_rest(procedure, faults);
}

fn unique<'a>(table: &str, names: impl Iterator<Item = &'a Name>, faults: &mut Faults) {
    let mut seen = BTreeSet::new();
    for name in names {
        if name.as_str().trim().is_empty() {
            faults.add(
                NamesUnique,
                &table,
                say(format!("{table} 中有空的 id"), format!("an id of `{table}` is empty")),
            );
        }
        if ["*", "any", "rest", "previous"].contains(&name.as_str()) {
            faults.add(NamesUnique, name, say("这是保留词，不能作 id", "a reserved word cannot be an id"));
        }
        if !seen.insert(name) {
            faults.add(
                NamesUnique,
                name,
                say(format!("{table} 中重复定义"), format!("defined twice in `{table}`")),
            );
        }
    }
}

fn of_transition(procedure: &Procedure, transition: &Transition, faults: &mut Faults) {
    let id = &transition.id;
    let stage = |name: &Name| procedure.stage(name).is_some();
    let limit = |name: &Name| procedure.limit(name).is_some();
    for from in
        transition.from.iter().filter(|from| !["*", "any", "rest"].contains(&from.as_str()) && !stage(from))
    {
        faults.add(NamesExist, id, unknown("阶段", "stage", from, "from"));
    }
    if let Some(to) = &transition.to {
        let rest_merged =
            |name: &Name| procedure.stage(name).is_some_and(|stage| stage.rest == Some(Rest::Merged));
        if *to == *"previous" && (transition.from.is_empty() || !transition.from.iter().all(rest_merged)) {
            let message = say(
                "“previous” 只能从并案阶段（rest = \"merged\"）返回",
                "`to = \"previous\"` leaves only stages with `rest = \"merged\"`",
            );
            faults.add(NamesExist, id, message);
        } else if *to != *"previous" && !stage(to) {
            faults.add(NamesExist, id, unknown("阶段", "stage", to, "to"));
        }
    }
    for kind in transition.kinds.iter().filter(|kind| procedure.kind(kind).is_none()) {
        faults.add(NamesExist, id, unknown("类别", "kind", kind, "kinds"));
    }
    for name in transition.when.iter().filter(|name| !predicate_names().any(|known| **name == *known)) {
        faults.add(NamesExist, id, unknown("判断", "predicate", name, "when"));
    }
    for name in transition.guards.iter().filter(|name| !guard_names().any(|known| **name == *known)) {
        faults.add(NamesExist, id, unknown("条件", "guard", name, "guards"));
    }
    for (field, names) in [("starts", &transition.starts), ("stops", &transition.stops)] {
        for name in names.iter().filter(|name| !limit(name)) {
            faults.add(NamesExist, id, unknown("期限", "limit", name, field));
        }
    }
    for (verb, own) in [(Verb::Serve, SERVICE), (Verb::RecordExecution, PROMISE)] {
        for name in transition.stops.iter().filter(|name| transition.verb == verb && **name != *own) {
            let message = say(
                format!("“{}”只能停止期限“{own}”，不能停止“{name}”", verb.word()),
                format!("`{}` ends one deadline of `{own}`; it cannot stop \"{name}\"", verb.word()),
            );
            faults.add(NamesExist, id, message);
        }
    }
    for name in transition.cancels.iter().filter(|name| **name != *"*" && !limit(name)) {
        faults.add(NamesExist, id, unknown("期限", "limit", name, "cancels"));
    }
    for name in transition.letters.iter().filter(|name| procedure.letter(name).is_none()) {
        faults.add(NamesExist, id, unknown("文书", "letter", name, "letters"));
    }
    about(procedure, transition, faults);
    match (transition.verb == Verb::Submit, transition.from.is_empty()) {
        (true, false) => faults.add(
            NamesExist,
            id,
            say("submit 不能有 from", "`submit` leaves no stage: `from` must be absent"),
        ),
        (false, true) => faults.add(
            NamesExist,
            id,
            say("缺少 from", "`from` is missing: only `submit` comes from nowhere"),
        ),
        (true, true) if transition.to.is_none() => {
            faults.add(NamesExist, id, say("submit 缺少 to", "`submit` must name the first stage in `to`"));
        }
        (true, true) | (false, false) => {}
    }
}

fn about(procedure: &Procedure, transition: &Transition, faults: &mut Faults) {
    let conditions = [&transition.when, &transition.guards, &transition.kinds];
    if transition.verb == Verb::Pass && conditions.iter().any(|names| !names.is_empty()) {
        let message = say(
            "pass 由时间引起，不能有 when、guards、kinds",
            "time asks no condition: `pass` has no `when`, `guards` or `kinds`",
        );
        faults.add(NamesExist, &transition.id, message);
    }
    let Some(about) = &transition.about else { return };
    let serves = matches!(transition.verb, Verb::Serve | Verb::ReturnService);
    if serves && procedure.letter(about).is_none() {
        faults.add(NamesExist, &transition.id, unknown("文书", "letter", about, "about"));
    } else if transition.verb == Verb::Pass && procedure.limit(about).is_none() {
        faults.add(NamesExist, &transition.id, unknown("期限", "limit", about, "about"));
    } else if !serves && transition.verb != Verb::Pass {
        let message = say(
            "只有 serve、return_service（文书）和 pass（期限）可以有 about",
            "`about` belongs to `serve`, `return_service` (a letter) and `pass` (a limit) only",
        );
        faults.add(NamesExist, &transition.id, message);
    }
}

fn of_the_rest(procedure: &Procedure, faults: &mut Faults) {
    for letter in &procedure.letters {
        if let Some(remedy) = letter.remedy.as_ref().filter(|remedy| procedure.limit(remedy).is_none()) {
            faults.add(NamesExist, &letter.id, unknown("期限", "limit", remedy, "remedy"));
        }
    }
    for remedy in &procedure.remedies {
        for way in remedy.ways.iter().filter(|way| procedure.way(way).is_none()) {
            faults.add(NamesExist, &remedy.id, unknown("途径", "way", way, "ways"));
        }
    }
    for limit in &procedure.limits {
        for cause in limit.excludes.iter().filter(|cause| **cause != *"hearing") {
            faults.add(NamesExist, &limit.id, unknown("中止事由", "cause of exclusion", cause, "excludes"));
        }
    }
    for answer in &procedure.latest_answer {
        if procedure.kind(&answer.kind).is_none() {
            faults.add(NamesExist, &"latest_answer", unknown("类别", "kind", &answer.kind, "kind"));
        }
        for name in answer.chain.iter().filter(|name| procedure.limit(name).is_none()) {
            faults.add(NamesExist, &"latest_answer", unknown("期限", "limit", name, "chain"));
        }
    }
}
