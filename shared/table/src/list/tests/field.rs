//! Lists of small rows in an embedded table, changed as every entity changes them.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::types::TransactWriteItem;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use domain::BatchId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use testkit::{Dynamo, Wire};

use crate::Table;
use crate::failure::Cancelled;
use crate::keys::{Key, Place, list_partition};
use crate::list::{List, Tally};
use crate::values::s;
use crate::write::{Change, delete};

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Row {
    pub(super) id: BatchId,
}

/// An empty table.
pub(crate) fn table() -> Table {
    table_and_wire().0
}

/// An empty table, and the wire that its calls go over.
pub(crate) fn table_and_wire() -> (Table, Wire) {
    let dynamo = Dynamo::memory().unwrap();
    let key = |name: &str, kind| json!({"AttributeName": name, "KeyType": kind});
    let attribute = |name: &str, kind| json!({"AttributeName": name, "AttributeType": kind});
    let request = json!({
        "TableName": "main",
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [key("pk", "HASH"), key("sk", "RANGE")],
        "AttributeDefinitions":
            [attribute("pk", "S"), attribute("sk", "S"), attribute("list_pk", "S"), attribute("list_sk", "N")],
        "GlobalSecondaryIndexes": [{
            "IndexName": "list",
            "KeySchema": [key("list_pk", "HASH"), key("list_sk", "RANGE")],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["user"]},
        }],
    });
    let (status, body) = dynamo.execute("CreateTable", request.to_string().as_bytes());
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
    let elsewhere = http_client_fn(|_, _| SharedHttpConnector::new(Nowhere));
    let wire = Wire::new(dynamo, elsewhere);
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("key", "secret", None, None, "test"))
        .retry_config(RetryConfig::disabled())
        .http_client(wire.client())
        .build();
    (Table::new(Client::from_conf(config), "main"), wire)
}

/// The table's calls are answered before they get here.
#[derive(Debug)]
struct Nowhere;

impl HttpConnector for Nowhere {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::ready(Err(ConnectorError::other("nothing is elsewhere".into(), None)))
    }
}

fn id(row: i64) -> BatchId {
    BatchId::from_i64(row).unwrap()
}

pub(super) fn put(table: &Table, list: List, row: i64) -> TransactWriteItem {
    table.put_new(&Key::batch(id(row)), &Row { id: id(row) }, &[Place::listed(list, id(row))]).unwrap()
}

/// Puts rows into a list.
pub(super) async fn join(table: &Table, list: List, rows: &[i64], spread: i64) -> Result<(), Cancelled> {
    let tally = rows.iter().fold(Tally::spread_by(spread), |tally, row| tally.joins(list, id(*row)));
    let puts = rows.iter().map(|row| put(table, list, *row));
    table.transact(puts.chain([tally.action(table).unwrap()]).collect(), None).await
}

/// Takes a row out of its list and of the table.
pub(super) async fn leave(table: &Table, list: List, row: i64, spread: i64) -> Result<(), Cancelled> {
    let gone = table.remove(&Key::batch(id(row))).condition_expression("attribute_exists(pk)");
    let tally = Tally::spread_by(spread).leaves(list, id(row)).action(table).unwrap();
    table.transact(vec![delete(gone).unwrap(), tally], None).await
}

/// Takes a row from one list to another.
pub(super) async fn move_over(table: &Table, (from, to): (List, List), row: i64, spread: i64) -> Result<(), Cancelled> {
    let change = Change::of(&Key::batch(id(row)))
        .set("list_pk = :to")
        .when("list_pk = :from")
        .value(":to", s(&list_partition(to)))
        .value(":from", s(&list_partition(from)));
    let tally = Tally::spread_by(spread).leaves(from, id(row)).joins(to, id(row)).action(table).unwrap();
    table.transact(vec![change.action(table).unwrap(), tally], None).await
}
