//! The words of an explanation, in Chinese and English.

use super::super::model::*;
use crate::act::Verb;
use crate::deadline::{Lang, Roll, Unit};
use crate::ids::Name;

/// Picks and makes words in one language.
#[derive(Clone, Copy)]
pub(super) struct Words(pub(super) Lang);

impl Words {
    pub(super) fn pick<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self.0 {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    pub(super) fn label(self, label: &Label) -> &str {
        self.pick(&label.zh, &label.en)
    }

    pub(super) fn colon(self) -> &'static str {
        self.pick("：", ": ")
    }

    pub(super) fn semicolon(self) -> &'static str {
        self.pick("；", "; ")
    }

    pub(super) fn comma(self) -> &'static str {
        self.pick("，", ", ")
    }

    pub(super) fn pair(self, title: &str, text: &str) -> String {
        [title, self.colon(), text].concat()
    }

    pub(super) fn list(self, names: &[Name], say: impl Fn(&Name) -> String) -> String {
        names.iter().map(say).collect::<Vec<_>>().join(self.pick("、", ", "))
    }

    /// The citation, and whether it is law.
    pub(super) fn source(self, basis: &str, force: Force) -> String {
        format!(" [{basis}{}{}]", self.comma(), self.force(force))
    }

    /// An English verb is the word of the file, spelt with spaces.
    pub(super) fn verb(self, verb: Verb) -> String {
        match self.0 {
            Lang::Zh => verb_zh(verb).to_owned(),
            Lang::En => verb.word().replace('_', " "),
        }
    }

    pub(super) fn force(self, force: Force) -> &'static str {
        match force {
            Force::Law => self.pick("法定", "law"),
            Force::Policy => self.pick("非法定，本单位目标", "office target, not law"),
        }
    }

    pub(super) fn owner(self, owner: StageOwner) -> &'static str {
        match owner {
            StageOwner::Office => self.pick("登记转送的机关", "the office that registered it"),
            StageOwner::Organ => self.pick("承办单位", "the unit in charge"),
            StageOwner::Reviewer => self.pick("复查复核机关", "the reviewing organ"),
            StageOwner::SuperiorOffice => self.pick("上级信访部门", "the superior petition office"),
        }
    }

    pub(super) fn rest(self, rest: Rest) -> &'static str {
        match rest {
            Rest::Concluded => self.pick("已答复，期限均已届满", "answered, every window closed"),
            Rest::NotAccepted => self.pick("不予受理", "not accepted"),
            Rest::LegalPath => self.pick("已告知法定途径", "told the legal path"),
            Rest::Settled => self.pick("和解已履行", "settled and carried out"),
            Rest::Withdrawn => self.pick("已撤回", "withdrawn by the petitioner"),
            Rest::Lapsed => self.pick("逾期未申请", "the review window passed unused"),
            Rest::Final => self.pick("终结", "after the last review"),
            Rest::SuggestionReplied => self.pick("建议已回复", "suggestion replied to"),
            Rest::ReportFedBack => self.pick("检举已反馈", "report fed back"),
            Rest::Merged => self.pick("与另一件并案办理", "handled with another, living matter"),
            Rest::Split => self.pick("已分案办理", "handled as its parts"),
        }
    }

    pub(super) fn role(self, role: LimitRole) -> &'static str {
        match role {
            LimitRole::Duty => self.pick("官方义务", "an official must act"),
            LimitRole::Option => self.pick("官方可以在此期间行使", "an official may act until then"),
            LimitRole::Window => self.pick("信访人可以在此期间行使", "the petitioner may act until then"),
            LimitRole::Cooling => self.pick("信访人可以反悔的时间", "time for the petitioner to reconsider"),
        }
    }

    pub(super) fn consequence(self, consequence: Consequence) -> &'static str {
        match consequence {
            Consequence::Supervise => {
                self.pick("逾期即督办", "if missed, a supervision begins or goes up a step")
            }
            Consequence::Close => self.pick("届满关闭", "closes when it passes"),
            Consequence::Withdraw => self.pick("届满撤回生效", "at its end the withdrawal takes effect"),
        }
    }

    pub(super) fn letter(self, kind: LetterKind) -> &'static str {
        match kind {
            LetterKind::Notice => self.pick("告知", "notice"),
            LetterKind::Refusal => self.pick("不予受理", "refusal"),
            LetterKind::Path => self.pick("途径告知", "path notice"),
            LetterKind::Opinion => self.pick("处理意见", "opinion"),
            LetterKind::Internal => self.pick("机关之间", "between units"),
        }
    }

    pub(super) fn number(self, length: u32, unit: Unit) -> String {
        let unit = match unit {
            Unit::CalendarDays => self.pick("日", "calendar days"),
            Unit::WorkingDays => self.pick("个工作日", "working days"),
            Unit::Months => self.pick("个月", "months"),
            Unit::CalendarDaysBefore => self.pick("日前", "calendar days before"),
        };
        match self.0 {
            Lang::Zh => format!("{length}{unit}"),
            Lang::En if length == 1 => {
                format!("1 {}", unit.replace("days", "day").replace("months", "month"))
            }
            Lang::En => format!("{length} {unit}"),
        }
    }

    /// The length with its source, extension, suspension and rolling.
    pub(super) fn length(self, limit: &Limit) -> String {
        let number = self.number(limit.length, limit.unit);
        let mut length = match (limit.source, self.0) {
            (LengthSource::Fixed, _) => number,
            (LengthSource::Date, Lang::Zh) => format!("由行为写明日期（默认{number}）"),
            (LengthSource::Date, Lang::En) => format!("until the date the act names (offered: {number})"),
            (LengthSource::Days, Lang::Zh) => format!("由行为写明，最长{number}"),
            (LengthSource::Days, Lang::En) => format!("as the act says, at most {number}"),
            (LengthSource::Remedy, Lang::Zh) => "按所选救济的期限".to_owned(),
            (LengthSource::Remedy, Lang::En) => "as long as the remedy named".to_owned(),
        };
        if limit.extension_days > 0 {
            length += &match self.0 {
                Lang::Zh => format!("，可延长一次{}日", limit.extension_days),
                Lang::En => format!(", once extended by up to {} days", limit.extension_days),
            };
        }
        if !limit.excludes.is_empty() {
            length += self.pick("，听证时间不计入", ", hearing days not counted");
        }
        length += match limit.roll {
            Roll::None => "",
            Roll::NextWorkingDay => self.pick("，遇休息日顺延", ", rolled to the next working day"),
            Roll::PreviousWorkingDay => self.pick("，遇休息日提前", ", rolled to the working day before"),
        };
        length
    }
}

fn verb_zh(verb: Verb) -> &'static str {
    match verb {
        Verb::Submit => "提交",
        Verb::Register => "登记",
        Verb::Split => "分案",
        Verb::Merge => "并案",
        Verb::Unmerge => "撤销并案",
        Verb::Forward => "转送",
        Verb::Relay => "逐级转送",
        Verb::Assign => "交办",
        Verb::Object => "提出异议",
        Verb::AgreeToObjection => "同意异议",
        Verb::RefuseObjection => "不同意异议",
        Verb::TakeUp => "接办",
        Verb::RouteToPath => "告知法定途径",
        Verb::EnterPathNumber => "填写程序编号",
        Verb::ReportPerformance => "报告履职情况",
        Verb::Decline => "不予受理",
        Verb::ObjectToRefusal => "对不予受理提出异议",
        Verb::ReviewRefusal => "审查不予受理异议",
        Verb::Accept => "受理",
        Verb::AcceptSimple => "简易受理",
        Verb::Convert => "转为普通程序",
        Verb::HandOver => "更换承办人",
        Verb::RecordContact => "记录联系",
        Verb::RequestSupplement => "要求补充材料",
        Verb::AddSupplement => "补充材料",
        Verb::NotifyHearing => "通知听证",
        Verb::HoldHearing => "听证",
        Verb::Extend => "延期",
        Verb::Settle => "调解和解",
        Verb::DraftOpinion => "拟写意见",
        Verb::IssueOpinion => "出具处理意见",
        Verb::Serve => "送达",
        Verb::CorrectLetter => "更正文书",
        Verb::PostLetter => "交邮",
        Verb::ReturnPost => "邮件退回",
        Verb::ReturnService => "送达退回",
        Verb::RequestReview => "申请复查复核",
        Verb::AdmitReview => "受理复查复核申请",
        Verb::RefuseReview => "不予受理复查复核申请",
        Verb::UpholdOpinion => "维持",
        Verb::ChangeOpinion => "变更",
        Verb::RemandOpinion => "撤销重办",
        Verb::Withdraw => "撤回",
        Verb::RevokeWithdrawal => "收回撤回",
        Verb::RecordExecution => "记录履行",
        Verb::ReportResult => "报告办理结果",
        Verb::Supervise => "督办",
        Verb::ReplyToSupervision => "回复督办",
        Verb::Recommend => "提出建议",
        Verb::AnswerRecommendation => "回复建议",
        Verb::ReplyToSuggestion => "回复建议",
        Verb::ReferReport => "移送检举",
        Verb::AcceptReport => "受理检举",
        Verb::FeedBackReport => "反馈检举",
        Verb::ProposeReclassification => "提议更正类别",
        Verb::ConfirmReclassification => "确认更正类别",
        Verb::MarkUrgent => "标为紧急",
        Verb::ReviewUrgent => "核实紧急",
        Verb::AskRecusal => "申请回避",
        Verb::DecideRecusal => "决定回避",
        Verb::DeclareRecusal => "自行回避",
        Verb::ProposeDisposal => "提议限制或者销毁",
        Verb::DecideDisposal => "决定限制或者销毁",
        Verb::AddParty => "增加参加人",
        Verb::Rate => "评价",
        Verb::ReplyInterim => "临时答复",
        Verb::Transfer => "横向转办",
        Verb::IssueLetter => "制发文书",
        Verb::Pass => "期限届满",
        Verb::Recalendar => "按新日历重算",
    }
}
