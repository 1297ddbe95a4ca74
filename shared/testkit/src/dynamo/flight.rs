//! Which items are in writers' hands at this moment. DynamoDB refuses whoever comes second to an item that a transaction
//! has in hand, and a transaction that comes second to any write; plain writes wait for each other.
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling>

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::lock;

/// The writes that have begun and not ended.
#[derive(Debug, Default)]
pub(super) struct Flight(Mutex<Hands>);

#[derive(Debug, Default)]
struct Hands {
    items: HashMap<String, Hold>,
    /// The request tokens of transactions.
    tokens: HashSet<String>,
}

/// Who has an item in hand.
#[derive(Debug, Default)]
struct Hold {
    by_transaction: bool,
    plain_writes: usize,
}

/// A write in flight; it lands when this is dropped.
#[derive(Debug, Default)]
pub(super) struct InFlight {
    flight: Arc<Flight>,
    items: Vec<String>,
    token: Option<String>,
    is_transaction: bool,
}

impl Flight {
    /// Lets a call begin, or answers with the body of its refusal. Calls that write no single items always may.
    pub(super) fn enter(self: &Arc<Self>, operation: &str, body: &[u8]) -> Result<InFlight, Value> {
        let is_transaction = operation == "TransactWriteItems";
        if !is_transaction && !["PutItem", "UpdateItem", "DeleteItem"].contains(&operation) {
            return Ok(InFlight::default());
        }
        let Ok(request) = serde_json::from_slice::<Value>(body) else { return Ok(InFlight::default()) };
        let items = if is_transaction { targets(&request) } else { vec![target(&request)] };
        let token = request["ClientRequestToken"].as_str().filter(|_| is_transaction).map(str::to_owned);
        let mut hands = lock(&self.0);
        if token.as_ref().is_some_and(|token| hands.tokens.contains(token)) {
            return Err(in_progress());
        }
        let is_held = |item: &String| {
            let held = |hold: &Hold| hold.by_transaction || is_transaction && hold.plain_writes > 0;
            hands.items.get(item).is_some_and(held)
        };
        let conflicts: Vec<bool> = items.iter().map(is_held).collect();
        if conflicts.contains(&true) {
            return Err(if is_transaction { cancelled(&conflicts) } else { refused() });
        }
        for item in &items {
            let hold = hands.items.entry(item.clone()).or_default();
            if is_transaction {
                hold.by_transaction = true;
            } else {
                hold.plain_writes += 1;
            }
        }
        hands.tokens.extend(token.clone());
        Ok(InFlight { flight: Arc::clone(self), items, token, is_transaction })
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let mut hands = lock(&self.flight.0);
        for item in &self.items {
            let Some(hold) = hands.items.get_mut(item) else { continue };
            if self.is_transaction {
                hold.by_transaction = false;
            } else {
                hold.plain_writes = hold.plain_writes.saturating_sub(1);
            }
            if !hold.by_transaction && hold.plain_writes == 0 {
                hands.items.remove(item);
            }
        }
        if let Some(token) = &self.token {
            hands.tokens.remove(token);
        }
    }
}

/// The items that a transaction names, action by action.
fn targets(request: &Value) -> Vec<String> {
    let actions = request["TransactItems"].as_array().into_iter().flatten();
    actions
        .map(|action| action.as_object().and_then(|kinds| kinds.values().next()).map(target).unwrap_or_default())
        .collect()
}

/// The item that one write names: its table and its key.
fn target(write: &Value) -> String {
    let key = if write["Key"].is_object() { &write["Key"] } else { &write["Item"] };
    format!("{} {} {}", write["TableName"], key["pk"], key["sk"])
}

/// The refusal of a plain write whose item a transaction has in hand.
pub(crate) fn refused() -> Value {
    let name = "com.amazonaws.dynamodb.v20120810#TransactionConflictException";
    json!({"__type": name, "message": "Transaction is ongoing for the item"})
}

/// The refusal of a transaction, which of whose actions name items in other hands.
pub(crate) fn cancelled(conflicts: &[bool]) -> Value {
    let code = |conflict: &bool| if *conflict { "TransactionConflict" } else { "None" };
    let reason = |conflict: &bool| {
        let message = conflict.then_some("Transaction is ongoing for the item");
        json!({"Code": code(conflict), "Message": message})
    };
    let message = "Transaction cancelled, please refer cancellation reasons for specific reasons";
    json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": format!("{message} [{}]", conflicts.iter().map(code).collect::<Vec<_>>().join(", ")),
        "CancellationReasons": conflicts.iter().map(reason).collect::<Vec<_>>(),
    })
}

/// The refusal of a transaction whose earlier try is still on its way.
fn in_progress() -> Value {
    let name = "com.amazonaws.dynamodb.v20120810#TransactionInProgressException";
    json!({"__type": name, "Message": "The transaction with the given request token is already in progress."})
}
