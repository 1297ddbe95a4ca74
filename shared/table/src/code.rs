//! The login code of an account: at most one, hashed, counted before it is compared.

use aws_sdk_dynamodb::types::{ReturnValue, TransactWriteItem};
use domain::limits::{CODE_SECONDS, CODE_TRIES_MAX};
use domain::{Account, Error, Result};
use serde::{Deserialize, Serialize};

use crate::failure::condition_of_update;
use crate::keys::Key;
use crate::values::{n, s};
use crate::{Table, write};

/// A stored login code.
#[derive(Clone, Serialize, Deserialize)]
pub struct StoredCode {
    /// Keyed hash of account, salt and digits.
    pub hash: String,
    /// Makes the hash of the same digits different each time.
    pub salt: String,
    /// Second of expiry.
    pub ttl: i64,
    /// Tries so far, the running one included.
    pub tries: i64,
}

/// Stores a new code in place of any old one; it has all its tries.
///
/// # Errors
/// When the table cannot be written.
pub async fn put(table: &Table, account: &Account, hash: &str, salt: &str, now: i64) -> Result<()> {
    let code = StoredCode { hash: hash.to_owned(), salt: salt.to_owned(), ttl: now + CODE_SECONDS, tries: 0 };
    table.put(&Key::login_code(account), &code).await
}

/// Counts one try and returns the code to compare with; `None` when there is none, it is too old or tried too often.
///
/// # Errors
/// When the table cannot be written.
pub async fn count_try(table: &Table, account: &Account, now: i64) -> Result<Option<StoredCode>> {
    let update = table
        .client
        .update_item()
        .table_name(&table.name)
        .set_key(Some(Key::login_code(account).attributes()))
        .update_expression("SET tries = tries + :one")
        .condition_expression("#ttl > :now AND tries < :max")
        .expression_attribute_names("#ttl", "ttl")
        .expression_attribute_values(":one", n(1))
        .expression_attribute_values(":now", n(now))
        .expression_attribute_values(":max", n(CODE_TRIES_MAX))
        .return_values(ReturnValue::AllNew);
    match update.send().await {
        Ok(counted) => {
            let item = counted.attributes.unwrap_or_default();
            serde_dynamo::aws_sdk_dynamodb_1::from_item(item).map(Some).map_err(Error::internal)
        }
        Err(error) => condition_of_update(error).map(|_| None),
    }
}

/// Uses the code up, as one action of a transaction: fails when it was used or replaced meanwhile.
pub(crate) fn use_up(table: &Table, account: &Account, hash: &str) -> Result<TransactWriteItem> {
    let delete = table.remove(&Key::login_code(account)).condition_expression("#hash = :hash");
    let delete = delete.expression_attribute_names("#hash", "hash");
    write::delete(delete.expression_attribute_values(":hash", s(hash)))
}

impl std::fmt::Debug for StoredCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredCode").field("tries", &self.tries).finish_non_exhaustive()
    }
}
