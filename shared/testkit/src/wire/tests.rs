//! The real DynamoDB client over the wire: results, costs, faults.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update};
use tokio::task::JoinSet;

use super::{Fault, FaultKind, Service, round_trips};
use crate::testing::{dynamo_client, wire};
use crate::{Dynamo, Wire};

type Item = HashMap<String, AttributeValue>;

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

fn key(sk: &str) -> Item {
    HashMap::from([("pk".to_owned(), text("p")), ("sk".to_owned(), text(sk))])
}

async fn put(client: &Client, sk: &str) -> Result<(), String> {
    let sent = client.put_item().table_name("main").set_item(Some(key(sk))).send().await;
    sent.map(drop).map_err(|error| error.code().unwrap_or("no answer").to_owned())
}

async fn get(client: &Client, sk: &str) -> Option<Item> {
    client.get_item().table_name("main").set_key(Some(key(sk))).send().await.unwrap().item
}

/// Adds one to `n` of item `sk` and puts item `sk`-note, in one transaction.
async fn transact(client: &Client, sk: &str, token: &str) -> Result<(), String> {
    let update = Update::builder()
        .table_name("main")
        .set_key(Some(key(sk)))
        .update_expression("ADD n :one")
        .expression_attribute_values(":one", AttributeValue::N("1".to_owned()))
        .build()
        .unwrap();
    let put = Put::builder().table_name("main").set_item(Some(key(&format!("{sk}-note")))).build().unwrap();
    let sent = client
        .transact_write_items()
        .client_request_token(token)
        .transact_items(TransactWriteItem::builder().update(update).build())
        .transact_items(TransactWriteItem::builder().put(put).build())
        .send()
        .await;
    sent.map(drop).map_err(|error| {
        let error = error.into_service_error();
        let name = error.code().unwrap_or("no answer").to_owned();
        let reasons = match &error {
            TransactWriteItemsError::TransactionCanceledException(cancelled) => cancelled.cancellation_reasons(),
            _ => &[],
        };
        let codes = reasons.iter().filter_map(|reason| reason.code());
        codes.fold(name, |shown, code| format!("{shown} {code}"))
    })
}

fn number(dynamo: &Dynamo, sk: &str) -> Option<i64> {
    dynamo.items("main").iter().find(|item| item["sk"] == sk).and_then(|item| item["n"].as_i64())
}

#[tokio::test]
async fn the_real_client_works_and_its_calls_are_counted() {
    let (wire, dynamo) = wire();
    let client = dynamo_client(&wire, 1);
    put(&client, "a").await.unwrap();
    assert_eq!(get(&client, "a").await, Some(key("a")));
    assert_eq!(get(&client, "b").await, None);
    transact(&client, "a", "one").await.unwrap();
    let indexed = client
        .update_item()
        .table_name("main")
        .set_key(Some(key("a")))
        .update_expression("SET due_pk = :pk, due_sk = :sk")
        .expression_attribute_values(":pk", text("due"))
        .expression_attribute_values(":sk", AttributeValue::N("7".to_owned()))
        .send()
        .await;
    indexed.unwrap();
    let found = client
        .query()
        .table_name("main")
        .index_name("due")
        .key_condition_expression("due_pk = :pk")
        .expression_attribute_values(":pk", text("due"))
        .send()
        .await
        .unwrap();
    assert_eq!((found.count, number(&dynamo, "a")), (1, Some(1)));

    let calls = wire.take_log();
    let seen: Vec<_> = calls
        .iter()
        .map(|call| (call.operation.as_str(), call.units_read, call.units_written, call.targets.join(", ")))
        .collect();
    let expected = [
        ("PutItem", 0.0, 1.0, "main p/a".to_owned()),
        ("GetItem", 0.5, 0.0, "main p/a".to_owned()),
        ("GetItem", 0.5, 0.0, "main p/b".to_owned()),
        ("TransactWriteItems", 0.0, 4.0, "Update main p/a, Put main p/a-note".to_owned()),
        ("UpdateItem", 0.0, 2.0, "main p/a".to_owned()),
        ("Query", 0.5, 0.0, "main#due due_pk = :pk :pk=due".to_owned()),
    ];
    assert_eq!(seen, expected);
    assert!(calls.iter().all(|call| call.service == Service::DynamoDb && call.status == Some(200)));
    assert!(wire.take_log().is_empty());
}

#[tokio::test]
async fn a_repeated_token_has_one_effect() {
    let (wire, dynamo) = wire();
    let client = dynamo_client(&wire, 1);
    for _ in 0..2 {
        transact(&client, "a", "same").await.unwrap();
    }
    assert_eq!(number(&dynamo, "a"), Some(1));
}

#[tokio::test]
async fn a_failed_condition_brings_the_old_item() {
    let (wire, _) = wire();
    let client = dynamo_client(&wire, 3);
    put(&client, "a").await.unwrap();
    let refused = client
        .put_item()
        .table_name("main")
        .set_item(Some(key("a")))
        .condition_expression("attribute_not_exists(pk)")
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .send()
        .await
        .unwrap_err();
    let PutItemError::ConditionalCheckFailedException(failed) = refused.into_service_error() else {
        panic!("another error");
    };
    assert_eq!(failed.item(), Some(&key("a")));
    assert_eq!(wire.take_log().len(), 2, "a failed condition is an answer, not a reason to try again");
}

#[tokio::test]
async fn calls_side_by_side_are_told_from_calls_in_a_row() {
    Box::pin(check_overlap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_side_by_side_are_told_from_calls_in_a_row_with_threads() {
    Box::pin(check_overlap()).await;
}

async fn check_overlap() {
    let (wire, _) = wire();
    let client = dynamo_client(&wire, 1);
    tokio::join!(get(&client, "a"), get(&client, "b"), get(&client, "c"));
    let calls = wire.take_log();
    assert!(calls.iter().all(|call| call.overlaps(&calls[0])));
    assert_eq!(round_trips(&calls), 1);
    get(&client, "a").await;
    tokio::join!(get(&client, "b"), get(&client, "c"));
    assert_eq!(round_trips(&wire.take_log()), 2);
    assert_eq!(round_trips(&[]), 0);
}

/// What one fault does to a transaction tried once: the outcome and whether the effect is there.
async fn struck(kind: FaultKind) -> (Result<(), String>, bool) {
    let (wire, dynamo) = wire();
    let planned = wire.plan(Fault::new(kind));
    let outcome = transact(&dynamo_client(&wire, 1), "a", "token").await;
    let calls = wire.take_log();
    assert_eq!((calls.len(), calls[0].fault, planned.hits()), (1, Some(kind), 1));
    assert_eq!(calls[0].status.is_none(), matches!(kind, FaultKind::FailBefore | FaultKind::FailAfter));
    (outcome, number(&dynamo, "a").is_some())
}

#[tokio::test]
async fn each_kind_of_fault_does_what_it_says() {
    let failed = |shown: &str| Err(shown.to_owned());
    assert_eq!(struck(FaultKind::FailBefore).await, (failed("no answer"), false));
    assert_eq!(struck(FaultKind::FailAfter).await, (failed("no answer"), true));
    assert_eq!(struck(FaultKind::Throttle).await, (failed("ProvisionedThroughputExceededException"), false));
    let conflict = "TransactionCanceledException TransactionConflict None";
    assert_eq!(struck(FaultKind::Conflict).await, (failed(conflict), false));
    assert_eq!(struck(FaultKind::Http500).await, (failed("InternalServerError"), false));
}

#[tokio::test]
async fn the_client_repeats_what_may_pass_and_a_lasting_fault_outlasts_it() {
    for kind in [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Throttle, FaultKind::Http500] {
        let (wire, dynamo) = wire();
        let client = dynamo_client(&wire, 2);
        wire.plan(Fault::new(kind));
        transact(&client, "a", "token").await.unwrap();
        assert_eq!((number(&dynamo, "a"), wire.take_log().len()), (Some(1), 2), "{kind:?}");
        let lasting = wire.plan(Fault::new(kind).lasting());
        transact(&client, "b", "other").await.unwrap_err();
        assert_eq!((lasting.hits(), wire.take_log().len()), (2, 2), "{kind:?}");
        wire.heal();
        put(&client, "c").await.unwrap();
    }
}

#[tokio::test]
async fn a_plan_counts_the_calls_it_names() {
    let (wire, _) = wire();
    let client = dynamo_client(&wire, 1);
    wire.plan(Fault::new(FaultKind::Throttle).on("PutItem").nth(2).times(2));
    let mut outcomes = Vec::new();
    for sk in ["a", "b", "c", "d"] {
        get(&client, sk).await;
        outcomes.push(put(&client, sk).await.is_ok());
    }
    assert_eq!(outcomes, [true, false, false, true]);
    let conflict = wire.plan(Fault::new(FaultKind::Conflict));
    get(&client, "a").await;
    assert_eq!(conflict.hits(), 0, "only writes conflict");
    put(&client, "e").await.unwrap_err();
    assert_eq!(conflict.hits(), 1);
}

/// Kills a put where it hangs; returns whether its effect is there.
async fn killed(kind: FaultKind) -> bool {
    let (wire, dynamo) = wire();
    let client = dynamo_client(&wire, 1);
    let planned = wire.plan(Fault::new(kind));
    let mut function = JoinSet::new();
    function.spawn(async move { put(&client, "a").await });
    planned.reached().await;
    assert!(wire.take_log().is_empty(), "the call has not ended");
    function.shutdown().await;
    let calls = wire.take_log();
    assert_eq!((calls.len(), calls[0].status), (1, None));
    !dynamo.items("main").is_empty()
}

#[tokio::test]
async fn a_call_that_hangs_can_be_killed_or_released() {
    assert!(!killed(FaultKind::HangBefore).await);
    assert!(killed(FaultKind::HangAfter).await);
    for kind in [FaultKind::HangBefore, FaultKind::HangAfter] {
        let (wire, _) = wire();
        let client = dynamo_client(&wire, 1);
        let planned = wire.plan(Fault::new(kind));
        let other = async {
            planned.reached().await;
            planned.release();
        };
        let (outcome, ()) = tokio::join!(put(&client, "a"), other);
        assert_eq!((outcome, wire.take_log()[0].status), (Ok(()), Some(200)));
    }
}

#[tokio::test]
async fn the_read_timeout_of_the_client_ends_a_call_that_hangs() {
    let (wire, _) = wire();
    let limit = TimeoutConfig::builder().read_timeout(Duration::from_millis(20)).build();
    let config = dynamo_client(&wire, 1).config().to_builder().timeout_config(limit).build();
    wire.plan(Fault::new(FaultKind::HangBefore));
    let outcome = Client::from_conf(config).get_item().table_name("main").set_key(Some(key("a"))).send().await;
    assert!(
        matches!(outcome, Err(aws_sdk_dynamodb::error::SdkError::DispatchFailure(failure)) if failure.is_timeout())
    );
}

#[tokio::test]
async fn clones_share_log_and_plans() {
    let (wire, _) = wire();
    let other: Wire = wire.clone();
    other.plan(Fault::new(FaultKind::Throttle));
    assert!(put(&dynamo_client(&wire, 1), "a").await.is_err());
    assert_eq!(other.take_log().len(), 1);
}
