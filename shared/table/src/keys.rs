//! Every key of the table. Nothing else builds one.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{Account, ConversationId, MessageId, UserId};

use crate::values::s;

/// Partitions of the `due` index: enough that reservations never make a hot partition.
pub(crate) const DUE_SHARDS: i64 = 4;

/// A primary key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pk: String,
    sk: String,
}

impl Key {
    pub(crate) fn user(id: UserId) -> Self {
        Self { pk: format!("user#{id}"), sk: "user".to_owned() }
    }

    pub(crate) fn account(account: &Account) -> Self {
        Self { pk: account_partition(account), sk: "account".to_owned() }
    }

    pub(crate) fn code(account: &Account) -> Self {
        Self { pk: account_partition(account), sk: "code".to_owned() }
    }

    pub(crate) fn limit(kind: &'static str, subject: &str, window: i64) -> Self {
        Self { pk: format!("limit#{kind}#{}", escaped(subject)), sk: format!("{window:012}") }
    }

    pub(crate) fn ledger_row(user: UserId, ordinal: u64) -> Self {
        Self { pk: ledger_partition(user), sk: ledger_sort(ordinal) }
    }

    pub(crate) fn message(user: UserId, conversation: &ConversationId, id: MessageId) -> Self {
        Self { pk: message_partition(user, conversation), sk: format!("{:019}", id.as_i64()) }
    }

    pub(crate) fn setting(name: &str) -> Self {
        Self { pk: SITE_PARTITION.to_owned(), sk: format!("{SETTING_PREFIX}{}", escaped(name)) }
    }

    pub(crate) fn upstream(id: &str) -> Self {
        Self { pk: SITE_PARTITION.to_owned(), sk: format!("{UPSTREAM_PREFIX}{}", escaped(id)) }
    }

    /// The key as attributes.
    pub(crate) fn attributes(&self) -> HashMap<String, AttributeValue> {
        HashMap::from([("pk".to_owned(), s(&self.pk)), ("sk".to_owned(), s(&self.sk))])
    }
}

pub(crate) const SITE_PARTITION: &str = "site";
pub(crate) const SETTING_PREFIX: &str = "setting#";
pub(crate) const UPSTREAM_PREFIX: &str = "upstream#";

fn account_partition(account: &Account) -> String {
    format!("account#{}", escaped(account.as_str()))
}

pub(crate) fn ledger_partition(user: UserId) -> String {
    format!("ledger#{user}")
}

/// Twelve digits sort a million million rows a user.
pub(crate) fn ledger_sort(ordinal: u64) -> String {
    format!("{ordinal:012}")
}

pub(crate) fn message_partition(user: UserId, conversation: &ConversationId) -> String {
    format!("messages#{user}#{}", conversation.as_str())
}

/// The partition of the `due` index that a user's reservations are found in.
pub(crate) fn due_partition(user: UserId) -> String {
    due_partition_of_shard(user.as_i64() % DUE_SHARDS)
}

pub(crate) fn due_partition_of_shard(shard: i64) -> String {
    format!("holds#{shard}")
}

/// The user that a primary key names, for keys that come back from the index.
pub(crate) fn user_of(pk: &str) -> Option<UserId> {
    UserId::parse(pk.strip_prefix("user#")?)
}

/// Free text as one key part: the separator and the escape sign are escaped.
fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('#', "%23")
}
