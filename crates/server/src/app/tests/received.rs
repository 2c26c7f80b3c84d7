//! The receipt as whoever submits gets it: rights and duties, and only those that their matter has (procedure.md §5, document 2).

use super::flood::visitor;
use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn the_receipt_says_the_rights_that_the_matter_has() {
    for office in on_both("rights").await {
        for (kind, reviewed) in [("claim", true), ("suggestion", false)] {
            let mut who = visitor(&office, "198.51.100.7");
            who.write_as(kind).await;
            assert_eq!(who.step("check", &[]).await.0, StatusCode::SEE_OTHER, "{kind}");
            let (status, _, receipt) = who.get("/submit/received").await;
            assert_eq!(status, StatusCode::OK, "{receipt}");
            for said in ["您的权利和义务", "不得打击报复", "请如实反映"] {
                assert!(receipt.contains(said), "{kind}, {said}: {receipt}");
            }
            // Nothing that is not handled and answered is reviewed.
            assert_eq!(receipt.contains("30日内申请复查"), reviewed, "{kind}: {receipt}");
        }
    }
}
