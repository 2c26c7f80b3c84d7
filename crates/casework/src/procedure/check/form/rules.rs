//! Citations, labels, lengths, consequences, lists: what each rule must say about itself.

use super::super::super::model::{Consequence, Label, Limit, LimitRole, Procedure, Rest, Transition};
use super::super::Property::{self, Cited, Labelled, LatestAnswer, Lengths, ListsFilled, MergeDeclared};
use super::super::words::say;
use super::Faults;
use crate::act::Verb;
use crate::deadline::{MAX_LENGTH, Roll, Unit};
use crate::ids::Name;

pub(super) fn check(procedure: &Procedure, faults: &mut Faults) {
    citations(procedure, faults);
    labels(procedure, faults);
    for limit in &procedure.limits {
        length(limit, faults);
        consequence(procedure, limit, faults);
    }
    for remedy in procedure.remedies.iter().filter(|remedy| remedy.length == 0) {
        faults.add(Lengths, &remedy.id, say("期限长度为零", "its length is zero"));
    }
    let supervises = |transition: &&Transition| transition.verb == Verb::Supervise;
    for transition in procedure.transitions.iter().filter(supervises) {
        if !transition.starts.contains(&procedure.supervision) {
            let message = say("督办没有开始督办期限", "a supervision must start the limit of `supervision`");
            faults.add(Property::Consequence, &transition.id, message);
        }
    }
    latest_answers(procedure, faults);
    lists(procedure, faults);
    merging(procedure, faults);
}

fn citations(procedure: &Procedure, faults: &mut Faults) {
    let kinds = procedure.kinds.iter().map(|kind| (&kind.id, &kind.basis));
    let ways = procedure.ways.iter().map(|way| (&way.id, &way.basis));
    let limits = procedure.limits.iter().map(|limit| (&limit.id, &limit.basis));
    let letters = procedure.letters.iter().map(|letter| (&letter.id, &letter.basis));
    let grounds =
        procedure.grounds.iter().chain(&procedure.simple_grounds).map(|ground| (&ground.id, &ground.basis));
    let remedies = procedure.remedies.iter().map(|remedy| (&remedy.id, &remedy.basis));
    let disposals = procedure.disposals.iter().map(|basis| (&basis.id, &basis.basis));
    let kept = (procedure.retention_years != 0).then_some((&procedure.id, &procedure.retention_basis));
    let transitions = procedure.transitions.iter().map(|transition| (&transition.id, &transition.basis));
    let all = disposals.chain(kept);
    let all = all
        .chain(kinds)
        .chain(ways)
        .chain(limits)
        .chain(letters)
        .chain(grounds)
        .chain(remedies)
        .chain(transitions);
    for (id, _) in all.filter(|(_, basis)| basis.trim().is_empty()) {
        faults.add(Cited, id, say("没有写明依据（basis）", "cites nothing in `basis`"));
    }
}

fn labels(procedure: &Procedure, faults: &mut Faults) {
    let mut labels: Vec<(&Name, &str, &Label)> = vec![(&procedure.id, "name", &procedure.name)];
    labels.extend(
        procedure
            .kinds
            .iter()
            .flat_map(|kind| [(&kind.id, "name", &kind.name), (&kind.id, "hint", &kind.hint)]),
    );
    labels.extend(procedure.disposals.iter().map(|basis| (&basis.id, "name", &basis.name)));
    labels.extend(procedure.ways.iter().map(|way| (&way.id, "name", &way.name)));
    labels.extend(
        procedure
            .stages
            .iter()
            .flat_map(|stage| [(&stage.id, "name", &stage.name), (&stage.id, "told", &stage.told)]),
    );
    labels.extend(procedure.limits.iter().map(|limit| (&limit.id, "name", &limit.name)));
    labels.extend(procedure.letters.iter().map(|letter| (&letter.id, "name", &letter.name)));
    labels.extend(
        procedure.grounds.iter().chain(&procedure.simple_grounds).flat_map(|ground| {
            [(&ground.id, "name", &ground.name), (&ground.id, "must_say", &ground.must_say)]
        }),
    );
    labels.extend(procedure.remedies.iter().flat_map(|remedy| {
        [
            (&remedy.id, "name", &remedy.name),
            (&remedy.id, "body", &remedy.body),
            (&remedy.id, "from", &remedy.from),
        ]
    }));
    for (id, field, label) in labels {
        for (language, text) in [("zh", &label.zh), ("en", &label.en)] {
            if text.trim().is_empty() {
                faults.add(
                    Labelled,
                    id,
                    say(format!("{field}.{language} 为空"), format!("`{field}.{language}` is empty")),
                );
            }
        }
    }
    for (field, text) in [
        ("jurisdiction", &procedure.jurisdiction),
        ("time_zone", &procedure.time_zone),
        ("calendar", &procedure.calendar),
    ] {
        if text.trim().is_empty() {
            faults.add(Labelled, &procedure.id, say(format!("{field} 为空"), format!("`{field}` is empty")));
        }
    }
}

fn length(limit: &Limit, faults: &mut Faults) {
    if limit.length == 0 {
        faults.add(Lengths, &limit.id, say("期限长度为零", "its length is zero"));
    }
    if limit.length.saturating_add(limit.extension_days) > MAX_LENGTH {
        faults.add(Lengths, &limit.id, say("期限过长，无法计算", "too long to be computed"));
    }
    if limit.unit == Unit::CalendarDaysBefore || limit.roll == Roll::PreviousWorkingDay {
        let message = say("期限必须向后计算", "a limit counts forward and never rolls back");
        faults.add(Lengths, &limit.id, message);
    }
    if limit.role == LimitRole::Window && limit.unit != Unit::WorkingDays && limit.roll == Roll::None {
        let message = say(
            "信访人的最后一天遇休息日必须顺延（roll = \"next_working_day\"）",
            "a petitioner's last day must roll off a day of rest (`roll = \"next_working_day\"`)",
        );
        faults.add(Lengths, &limit.id, message);
    }
}

fn consequence(procedure: &Procedure, limit: &Limit, faults: &mut Faults) {
    let due = match limit.role {
        LimitRole::Duty => Consequence::Supervise,
        LimitRole::Option | LimitRole::Window => Consequence::Close,
        LimitRole::Cooling => Consequence::Withdraw,
    };
    if limit.when_passed != due {
        let message = match limit.role {
            LimitRole::Duty => say(
                "官方期限届满必须引起督办（supervise）",
                "a missed duty must lead to a supervision (`supervise`)",
            ),
            LimitRole::Option | LimitRole::Window => {
                say("期限届满应当关闭（close）", "it must `close` when it passes")
            }
            LimitRole::Cooling => {
                say("冷静期届满撤回生效（withdraw）", "at its end the withdrawal takes effect (`withdraw`)")
            }
        };
        faults.add(Property::Consequence, &limit.id, message);
    }
    let mut passes = procedure
        .transitions
        .iter()
        .filter(|transition| transition.verb == Verb::Pass && transition.about.as_ref() == Some(&limit.id));
    match limit.role {
        LimitRole::Duty | LimitRole::Option => {
            if let Some(transition) = passes.next() {
                let message = say(
                    format!("“{}”是官方期限，届满不能改变事项的阶段", limit.id),
                    format!("\"{}\" binds officials: its passing cannot move the matter", limit.id),
                );
                faults.add(Property::Consequence, &transition.id, message);
            }
        }
        LimitRole::Cooling if passes.next().is_none() => {
            let message =
                say("没有 pass 转换使撤回生效", "no `pass` transition makes the withdrawal take effect");
            faults.add(Property::Consequence, &limit.id, message);
        }
        LimitRole::Cooling | LimitRole::Window => {}
    }
}

fn latest_answers(procedure: &Procedure, faults: &mut Faults) {
    for kind in &procedure.kinds {
        for dispatched in [true, false] {
            let answer = procedure
                .latest_answer
                .iter()
                .find(|answer| answer.kind == kind.id && answer.dispatched == dispatched);
            if answer.is_none_or(|answer| answer.chain.is_empty()) {
                let message = say(
                    format!("缺少最迟答复日的期限链（dispatched = {dispatched}）"),
                    format!("no chain of limits to the latest answer (`dispatched = {dispatched}`)"),
                );
                faults.add(LatestAnswer, &kind.id, message);
            }
        }
    }
    for name in procedure.latest_answer.iter().flat_map(|answer| &answer.chain) {
        if procedure.limit(name).is_some_and(|limit| limit.role != LimitRole::Duty) {
            let message =
                say("最迟答复日只能由官方期限推算", "the latest answer chains official duties only");
            faults.add(LatestAnswer, name, message);
        }
    }
}

fn lists(procedure: &Procedure, faults: &mut Faults) {
    let lists = [
        (Verb::Decline, "grounds", procedure.grounds.is_empty()),
        (Verb::AcceptSimple, "simple_grounds", procedure.simple_grounds.is_empty()),
        (Verb::RouteToPath, "ways", procedure.ways.iter().all(|way| way.petition)),
    ];
    for (verb, list, is_empty) in lists {
        if is_empty
            && let Some(transition) = procedure.transitions.iter().find(|transition| transition.verb == verb)
        {
            let message = say(
                format!("“{}”要从 {list} 中选择，但清单是空的", verb.word()),
                format!("`{}` chooses from `{list}`, which is empty", verb.word()),
            );
            faults.add(ListsFilled, &transition.id, message);
        }
    }
    if procedure.kinds.is_empty() {
        faults.add(ListsFilled, &procedure.id, say("没有任何信访类别", "there is no kind of petition"));
    }
    if procedure.ways.iter().filter(|way| way.petition).count() > 1 {
        let message =
            say("只能有一种途径是信访程序本身", "only one way can be the petition procedure itself");
        faults.add(ListsFilled, &procedure.id, message);
    }
}

fn merging(procedure: &Procedure, faults: &mut Faults) {
    for transition in &procedure.transitions {
        let wanted = if transition.verb == Verb::Merge {
            Rest::Merged
        } else if transition.verb == Verb::Split {
            Rest::Split
        } else {
            continue;
        };
        let rest = transition.to.as_ref().and_then(|to| procedure.stage(to)).and_then(|stage| stage.rest);
        if rest != Some(wanted) {
            let message = say(
                "并案、分案后的阶段必须标明（rest = \"merged\" 或 \"split\"）",
                "must end in a stage that says so (`rest = \"merged\"` or `\"split\"`)",
            );
            faults.add(MergeDeclared, &transition.id, message);
        }
    }
    for stage in procedure.stages.iter().filter(|stage| stage.rest == Some(Rest::Merged)) {
        let undone = procedure.transitions_from(Some(&stage.id), Verb::Unmerge).next().is_some();
        if !undone {
            faults.add(MergeDeclared, &stage.id, say("并案不能撤销", "a merge cannot be undone from here"));
        }
    }
}
