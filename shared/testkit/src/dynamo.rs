//! DynamoDB in this process: the embedded engine behind the service's JSON wire format.

pub(crate) mod flight;
mod plain;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use dynoxide::{Database, DynoxideError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use flight::Flight;

/// An embedded DynamoDB. Clones share the tables.
///
/// The engine has the service's limits (expressions of 4 KB, items of 400 KB, transactions of 100 actions and 4 MB, keys
/// of 2,048 and 1,024 bytes, pages of 1 MB). It does one call after the other, though, where the service does many at
/// once and refuses those that meet in an item: that is added here.
///
/// Every call holds the engine's one lock from start to end and may touch the disk, so it blocks its thread: async
/// code goes through [`crate::Wire`], which moves it off the runtime.
#[derive(Clone)]
pub struct Dynamo {
    database: Database,
    flight: Arc<Flight>,
    /// What each call takes besides, in microseconds.
    latency: Arc<AtomicU64>,
}

impl Dynamo {
    /// An empty DynamoDB that lives as long as its last clone.
    ///
    /// # Errors
    /// When the engine cannot start.
    pub fn memory() -> Result<Self, String> {
        Database::memory().map(Self::of).map_err(|error| error.to_string())
    }

    /// A DynamoDB kept in the file `path`, which is made when it is absent.
    ///
    /// # Errors
    /// When the file cannot be opened or is not one of the engine's.
    pub fn file(path: &Path) -> Result<Self, String> {
        let name = path.to_str().ok_or_else(|| format!("{} is not UTF-8", path.display()))?;
        Database::new(name).map(Self::of).map_err(|error| format!("{name}: {error}"))
    }

    fn of(database: Database) -> Self {
        Self { database, flight: Arc::default(), latency: Arc::default() }
    }

    /// Lets every call take this much longer, as on a network; a write has its items in hand meanwhile.
    pub fn set_latency(&self, latency: Duration) {
        self.latency.store(u64::try_from(latency.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Carries out one call in DynamoDB's JSON protocol, `operation` being what follows the dot in `x-amz-target`.
    /// Returns the HTTP status and the body.
    pub fn execute(&self, operation: &str, body: &[u8]) -> (u16, Vec<u8>) {
        let _in_flight = match self.flight.enter(operation, body) {
            Ok(in_flight) => in_flight,
            Err(refusal) => return (400, refusal.to_string().into_bytes()),
        };
        let latency = Duration::from_micros(self.latency.load(Ordering::Relaxed));
        if !latency.is_zero() {
            std::thread::sleep(latency);
        }
        match self.dispatch(operation, body) {
            Ok(answer) => (200, answer),
            Err(error) => (error.status_code(), error.to_json().into_bytes()),
        }
    }

    /// Every item of `table` as plain JSON (numbers as numbers, sets as sorted lists, binaries as base64 text),
    /// ordered by `pk`, then `sk`.
    ///
    /// # Panics
    /// When the table does not exist: a test that looks at nothing proves nothing.
    pub fn items(&self, table: &str) -> Vec<Map<String, Value>> {
        let mut items = Vec::new();
        let mut start = Value::Null;
        loop {
            let request = json!({"TableName": table, "ExclusiveStartKey": start, "ConsistentRead": true});
            let (status, body) = self.execute("Scan", request.to_string().as_bytes());
            assert!(status == 200, "cannot scan {table}: {}", String::from_utf8_lossy(&body));
            let mut page: Value = serde_json::from_slice(&body).unwrap_or_default();
            for item in page["Items"].as_array().into_iter().flatten() {
                items.push(plain::item(item));
            }
            start = page["LastEvaluatedKey"].take();
            if start.is_null() {
                break;
            }
        }
        items.sort_by_cached_key(|item| [plain::sort_text(item.get("pk")), plain::sort_text(item.get("sk"))]);
        items
    }

    /// Deletes what the table's TTL has ended, as the real service does within days. Returns how many items went.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn sweep(&self) -> Result<usize, String> {
        self.database.sweep_ttl().map_err(|error| error.to_string())
    }

    fn dispatch(&self, operation: &str, body: &[u8]) -> Result<Vec<u8>, DynoxideError> {
        let db = &self.database;
        match operation {
            "CreateTable" => run(body, |request| db.create_table(request)),
            "DescribeTable" => run(body, |request| db.describe_table(request)),
            "ListTables" => run(body, |request| db.list_tables(request)),
            "DeleteTable" => run(body, |request| db.delete_table(request)),
            "UpdateTimeToLive" => run(body, |request| db.update_time_to_live(request)),
            "DescribeTimeToLive" => run(body, |request| db.describe_time_to_live(request)),
            "GetItem" => run(body, |request| db.get_item(request)),
            "PutItem" => run(body, |request| db.put_item(request)),
            "UpdateItem" => run(body, |request| db.update_item(request)),
            "DeleteItem" => run(body, |request| db.delete_item(request)),
            "Query" => run(body, |request| db.query(request)),
            "Scan" => run(body, |request| db.scan(request)),
            "BatchGetItem" => run(body, |request| db.batch_get_item(request)),
            "BatchWriteItem" => run(body, |request| db.batch_write_item(request)),
            "TransactGetItems" => run(body, |request| db.transact_get_items(request)),
            "TransactWriteItems" => run(body, |request| db.transact_write_items(request)),
            _ => Err(DynoxideError::ValidationException(format!("{operation} is not served here"))),
        }
    }
}

impl fmt::Debug for Dynamo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dynamo")
    }
}

/// Reads the request, runs `call` and writes its answer.
fn run<Q: DeserializeOwned, A: Serialize>(
    body: &[u8],
    call: impl FnOnce(Q) -> Result<A, DynoxideError>,
) -> Result<Vec<u8>, DynoxideError> {
    let request = serde_json::from_slice(body).map_err(|error| unreadable(&error.to_string()))?;
    serde_json::to_vec(&call(request)?).map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}

/// The error for a request that does not parse. The engine's own readers prefix what they refuse with the class of
/// the error; anything else is of the wrong JSON type, which DynamoDB calls a serialization fault.
fn unreadable(message: &str) -> DynoxideError {
    let message = message.split(" at line ").next().unwrap_or(message);
    match message.split_once(':') {
        Some(("VALIDATION" | "VALIDATION_REQUEST" | "VALIDATION_AS_READ", rest)) => {
            DynoxideError::ValidationException(rest.to_owned())
        }
        Some(("SERIALIZATION" | "SERIALIZATION_AS_READ", rest)) => {
            DynoxideError::SerializationException(rest.to_owned())
        }
        _ if ["missing field", "unknown variant", "AttributeValue"].iter().any(|part| message.contains(part)) => {
            DynoxideError::ValidationException(message.to_owned())
        }
        _ => DynoxideError::SerializationException(message.to_owned()),
    }
}
