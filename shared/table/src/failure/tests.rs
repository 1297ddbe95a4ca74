//! What the reasons of a cancelled transaction mean; and rivals, who commit whenever somebody pauses.

use std::future::Future;

use futures_util::future::BoxFuture;

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

/// What a rival does.
type Deed = Box<dyn Fn() -> BoxFuture<'static, ()> + Send>;

tokio::task_local! {
    /// What a rival does in every pause of this task's.
    static RIVAL: Deed;
}

/// Runs `actor` against a rival who does `deed` in each of its pauses, however short: whatever was read before a pause is
/// out of date behind it.
pub(crate) async fn beside<T>(
    deed: impl Fn() -> BoxFuture<'static, ()> + Send + 'static,
    actor: impl Future<Output = T>,
) -> T {
    RIVAL.scope(Box::new(deed), actor).await
}

/// Lets the rival of this task, if it has one, do its deed.
pub(super) async fn meanwhile() {
    if let Ok(deed) = RIVAL.try_with(|deed| deed()) {
        deed.await;
    }
}
