//! What the shipped procedures say, and how a procedure is told in words.

use casework::deadline::Lang;
use casework::procedure::check::check_templates;
use casework::procedure::{CN_PETITION_2022, IN_CPGRAMS_2024, Procedure, explain};
use expect_test::expect;

const SOUND: &str = include_str!("../broken/sound.toml");

/// What CPGRAMS does to make closures unappealable must not come back (procedure.md §8).
#[test]
fn no_appeal_is_gated_and_nobody_is_blocked_in_cpgrams() {
    let procedure = Procedure::parse("in", IN_CPGRAMS_2024).unwrap();
    for transition in
        procedure.transitions.iter().filter(|transition| transition.verb == casework::Verb::RequestReview)
    {
        let conditions: Vec<&str> =
            transition.when.iter().chain(&transition.guards).map(casework::Name::as_str).collect();
        assert_eq!(conditions, ["reason_given", "review_in_time", "reviewer_exists"]);
        assert!(
            !transition.stops.iter().any(|limit| limit == "evaluation"),
            "rating and appeal run side by side"
        );
    }
    let rules: String = IN_CPGRAMS_2024.lines().filter(|line| !line.starts_with('#')).collect();
    for word in ["frivolous", "habitual", "block", "spam", "PET\""] {
        assert!(!rules.contains(word), "{word}");
    }
}

/// Every limit, letter and ground of a procedure is told, with its citation, in both languages.
#[test]
fn a_procedure_is_told_in_words() {
    for text in [CN_PETITION_2022, IN_CPGRAMS_2024] {
        let procedure = Procedure::parse("shipped", text).unwrap();
        let (zh, en) = (explain(&procedure, Lang::Zh), explain(&procedure, Lang::En));
        for limit in &procedure.limits {
            assert!(zh.contains(&limit.name.zh) && en.contains(&limit.name.en), "{}", limit.id);
            assert!(zh.contains(&limit.basis) && en.contains(&limit.basis), "{}", limit.basis);
        }
        for letter in &procedure.letters {
            assert!(zh.contains(&letter.name.zh) && en.contains(&letter.name.en), "{}", letter.id);
        }
        for transition in &procedure.transitions {
            assert!(
                zh.contains(&format!("({})", transition.id)) && en.contains(&format!("({})", transition.id))
            );
        }
    }
    let sound = Procedure::parse("sound", SOUND).unwrap();
    expect![[r#"
        # Tiny procedure

        tiny · v1 · XX · Asia/Shanghai
        In force from 2026-01-01. Whenever an official deadline is missed, a supervision begins: Reply to supervision.

        ## Kinds

        - Claim (claim): You ask for something [Art.1]
        - latest answer: Claim, received by a petition office: Handle
        - latest answer: Claim, received by the competent organ: Handle

        ## Stages

        ### Received (received)
        The petitioner reads: Received
        Answered for by: the office that registered it
        - take up (A2) → In hand; only if: handler_of_owner [Art.2, law]
        - withdraw (B1); only if: not_withdrawing; starts: Time to reconsider [Art.6, office target, not law]
        - pass (B3): Time to reconsider → Withdrawn; starts: Serve; ends: everything but replies to supervisions and recommendations, and looks at danger; letters: Confirmation of withdrawal [Art.6, office target, not law]

        ### In hand (in_hand)
        The petitioner reads: Being handled
        Answered for by: the unit in charge
        - issue opinion (A3) → Reply to serve; only if: opinion_complete; starts: Serve; meets: Handle; ends: Time to reconsider; letters: Opinion [Art.3, law]
        - withdraw (B1); only if: not_withdrawing; starts: Time to reconsider [Art.6, office target, not law]
        - pass (B3): Time to reconsider → Withdrawn; starts: Serve; ends: everything but replies to supervisions and recommendations, and looks at danger; letters: Confirmation of withdrawal [Art.6, office target, not law]

        ### Reply to serve (reply_signed)
        The petitioner reads: On its way
        Answered for by: the unit in charge
        - serve (A4): Opinion → Replied; only if: service_proved; starts: Ask for a review, Carry out what was promised; meets: Serve [Art.3, law]

        ### Replied (replied)
        The petitioner reads: Answered; you may ask for a review
        Answered for by: the unit in charge
        - request review (A5) → In review; only if: reason_given; starts: Review; meets: Ask for a review [Art.4, law]
        - pass (A8): Ask for a review → Lapsed [Art.4, law]

        ### In review (in_review)
        The petitioner reads: Being reviewed
        Answered for by: the reviewing organ
        - uphold opinion (A6) → Review to serve; only if: review_complete; starts: Serve; meets: Review; letters: Review opinion [Art.5, law]

        ### Review to serve (review_signed)
        The petitioner reads: The review is on its way
        Answered for by: the reviewing organ
        - serve (A7): Review opinion → Final; only if: service_proved; meets: Serve [Art.5, law]

        ### Final (final)
        The petitioner reads: Complete
        May rest here: after the last review

        ### Lapsed (lapsed)
        The petitioner reads: The time for a review is over
        May rest here: the review window passed unused

        ### Withdrawn (withdrawn)
        The petitioner reads: You withdrew it
        May rest here: withdrawn by the petitioner

        ## At the start and at any time

        - submit (A1) → Received; starts: Handle [Art.1, law]
        - revoke withdrawal (B2); not at rest; only if: withdrawing; ends: Time to reconsider [Art.6, office target, not law]
        - serve (B4); only if: service_proved; meets: Serve [Art.3, office target, not law]
        - record execution (B6); only if: promise_open, proof_given; meets: Carry out what was promised [Art.3, office target, not law]
        - return service (B7); only if: reason_given, letter_was_served; starts: Serve [Art.3, office target, not law]
        - reply to supervision (B5); only if: supervision_open; meets: Reply to supervision [Art.7, office target, not law]

        ## Limits

        - Handle (handle): 30 calendar days; an official must act; if missed, a supervision begins or goes up a step [Art.2, law]
        - Serve (serve): 5 working days; an official must act; if missed, a supervision begins or goes up a step [Art.3, office target, not law]
        - Ask for a review (ask_review): 30 calendar days, rolled to the next working day; the petitioner may act until then; closes when it passes [Art.4, law]
        - Review (review): 30 calendar days; an official must act; if missed, a supervision begins or goes up a step [Art.5, law]
        - Carry out what was promised (execution): until the date the act names (offered: 30 calendar days); an official must act; if missed, a supervision begins or goes up a step [Art.3, office target, not law]
        - Time to reconsider (cooling): 3 working days; time for the petitioner to reconsider; at its end the withdrawal takes effect [Art.6, office target, not law]
        - Reply to supervision (supervision_reply): 10 calendar days; an official must act; if missed, a supervision begins or goes up a step [Art.7, office target, not law]

        ## Letters

        - Opinion (opinion): opinion; remedy: Ask for a review [Art.3, law]
        - Review opinion (review_opinion): opinion; no remedy is left in this procedure [Art.5, law]
        - Confirmation of withdrawal (withdrawal_confirmation): notice [Art.6, office target, not law]
    "#]].assert_eq(&explain(&sound, Lang::En));
    expect![[r#"
        # 小程序

        tiny · v1 · XX · Asia/Shanghai
        自 2026-01-01 起施行。官方期限一旦逾期，就开始督办：督办反馈。

        ## 类别

        - 诉求 (claim)：您要求解决问题 [Art.1]
        - 最迟答复：诉求，由信访部门收到：办理
        - 最迟答复：诉求，由有权机关直接收到：办理

        ## 阶段

        ### 已收到 (received)
        告诉信访人：已收到
        负责：登记转送的机关
        - 接办 (A2) → 办理中；条件：handler_of_owner [Art.2，法定]
        - 撤回 (B1)；条件：not_withdrawing；开始：撤回冷静期 [Art.6，非法定，本单位目标]
        - 期限届满 (B3)：撤回冷静期 → 已撤回；开始：送达；取消：全部（督办反馈、建议回复、紧急核实除外）；文书：撤回确认书 [Art.6，非法定，本单位目标]

        ### 办理中 (in_hand)
        告诉信访人：正在办理
        负责：承办单位
        - 出具处理意见 (A3) → 待送达；条件：opinion_complete；开始：送达；完成：办理；取消：撤回冷静期；文书：处理意见书 [Art.3，法定]
        - 撤回 (B1)；条件：not_withdrawing；开始：撤回冷静期 [Art.6，非法定，本单位目标]
        - 期限届满 (B3)：撤回冷静期 → 已撤回；开始：送达；取消：全部（督办反馈、建议回复、紧急核实除外）；文书：撤回确认书 [Art.6，非法定，本单位目标]

        ### 待送达 (reply_signed)
        告诉信访人：正在送达
        负责：承办单位
        - 送达 (A4)：处理意见书 → 已答复；条件：service_proved；开始：申请复查、履行；完成：送达 [Art.3，法定]

        ### 已答复 (replied)
        告诉信访人：已答复，您可以申请复查
        负责：承办单位
        - 申请复查复核 (A5) → 复查中；条件：reason_given；开始：复查；完成：申请复查 [Art.4，法定]
        - 期限届满 (A8)：申请复查 → 逾期 [Art.4，法定]

        ### 复查中 (in_review)
        告诉信访人：正在复查
        负责：复查复核机关
        - 维持 (A6) → 复查待送达；条件：review_complete；开始：送达；完成：复查；文书：复查意见书 [Art.5，法定]

        ### 复查待送达 (review_signed)
        告诉信访人：复查意见正在送达
        负责：复查复核机关
        - 送达 (A7)：复查意见书 → 终结；条件：service_proved；完成：送达 [Art.5，法定]

        ### 终结 (final)
        告诉信访人：程序终结
        可以在此终结：终结

        ### 逾期 (lapsed)
        告诉信访人：复查期已过
        可以在此终结：逾期未申请

        ### 已撤回 (withdrawn)
        告诉信访人：您已撤回
        可以在此终结：已撤回

        ## 开始和随时

        - 提交 (A1) → 已收到；开始：办理 [Art.1，法定]
        - 收回撤回 (B2)；仅限未终结；条件：withdrawing；取消：撤回冷静期 [Art.6，非法定，本单位目标]
        - 送达 (B4)；条件：service_proved；完成：送达 [Art.3，非法定，本单位目标]
        - 记录履行 (B6)；条件：promise_open、proof_given；完成：履行 [Art.3，非法定，本单位目标]
        - 送达退回 (B7)；条件：reason_given、letter_was_served；开始：送达 [Art.3，非法定，本单位目标]
        - 回复督办 (B5)；条件：supervision_open；完成：督办反馈 [Art.7，非法定，本单位目标]

        ## 期限

        - 办理 (handle)：30日；官方义务；逾期即督办 [Art.2，法定]
        - 送达 (serve)：5个工作日；官方义务；逾期即督办 [Art.3，非法定，本单位目标]
        - 申请复查 (ask_review)：30日，遇休息日顺延；信访人可以在此期间行使；届满关闭 [Art.4，法定]
        - 复查 (review)：30日；官方义务；逾期即督办 [Art.5，法定]
        - 履行 (execution)：由行为写明日期（默认30日）；官方义务；逾期即督办 [Art.3，非法定，本单位目标]
        - 撤回冷静期 (cooling)：3个工作日；信访人可以反悔的时间；届满撤回生效 [Art.6，非法定，本单位目标]
        - 督办反馈 (supervision_reply)：10日；官方义务；逾期即督办 [Art.7，非法定，本单位目标]

        ## 文书

        - 处理意见书 (opinion)：处理意见；救济：申请复查 [Art.3，法定]
        - 复查意见书 (review_opinion)：处理意见；本程序内的最后一步 [Art.5，法定]
        - 撤回确认书 (withdrawal_confirmation)：告知 [Art.6，非法定，本单位目标]
    "#]].assert_eq(&explain(&sound, Lang::Zh));
}

#[test]
fn wordings_are_compared_with_those_that_exist() {
    let procedure = Procedure::parse("cn", CN_PETITION_2022).unwrap();
    let known: Vec<&str> = procedure.letters.iter().map(|letter| letter.template.as_str()).collect();
    assert_eq!(check_templates(&procedure, &known), []);
    let without: Vec<&str> = known.iter().copied().filter(|template| *template != "opinion").collect();
    let missing: Vec<String> =
        check_templates(&procedure, &without).into_iter().map(|finding| finding.subject).collect();
    assert_eq!(missing, ["opinion"]);
}
