//! What the reasons of a cancelled transaction mean.

use super::{Cancelled, first_reason};

#[test]
fn a_condition_counts_only_when_all_before_it_could_be_done() {
    let meant = |codes: &str| match first_reason(codes.split(' ')) {
        Some(Cancelled::Condition(index)) => format!("condition {index}"),
        Some(Cancelled::Busy) => "busy".to_owned(),
        Some(Cancelled::Failed(error)) => error.to_string(),
        None => "unexpected".to_owned(),
    };
    for (codes, meaning) in [
        ("ConditionalCheckFailed None None", "condition 0"),
        ("None None ConditionalCheckFailed", "condition 2"),
        ("ConditionalCheckFailed TransactionConflict None", "condition 0"),
        ("TransactionConflict ConditionalCheckFailed None", "busy"),
        ("None ThrottlingError ConditionalCheckFailed", "busy"),
        ("None ProvisionedThroughputExceeded None", "busy"),
        ("None ValidationError None", "unexpected"),
        ("None None", "unexpected"),
    ] {
        assert_eq!(meant(codes), meaning, "{codes}");
    }
}
