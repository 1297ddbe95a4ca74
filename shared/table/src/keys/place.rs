//! Places in the indexes, whose partitions are named in one place with all others.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{Id, ImageId, MessageId, OrderId, UploadId, UserId};

use super::{
    DUE_BATCHES, DUE_ERASURES, DUE_ORDERS, DUE_SHARDS, due_messages_of_shard, image_owner, list_partition,
    message_owner, order_owner, upload_owner, withdrawn_owner,
};
use crate::list::List;
use crate::values::{n, s};

/// A place in a sparse index: the attributes that put an item there. Its sort key is a number: the item's id, or a time.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    index: &'static str,
    pk: String,
    sort: i64,
}

impl Place {
    /// In an administrator's list.
    pub(crate) fn listed<K>(list: List, id: Id<K>) -> Self {
        Self { index: "list", pk: list_partition(list), sort: id.as_i64() }
    }

    /// Among the messages of their user, whatever the conversation.
    pub(crate) fn message_of<K>(user: UserId, id: Id<K>) -> Self {
        Self { index: "owner", pk: message_owner(user), sort: id.as_i64() }
    }

    /// Among the messages of a user that only administrators still see.
    pub(crate) fn withdrawn_message_of(user: UserId, id: MessageId) -> Self {
        Self { index: "owner", pk: withdrawn_owner(user), sort: id.as_i64() }
    }

    /// Among the messages that administrators see for some time, by the second in which that began.
    pub(crate) fn due_message(user: UserId, second: i64) -> Self {
        Self { index: "due", pk: due_messages_of_shard(user.as_i64() % DUE_SHARDS), sort: second }
    }

    /// Among the pictures that their user put up.
    pub(crate) fn upload_of(user: UserId, id: UploadId) -> Self {
        Self { index: "owner", pk: upload_owner(user), sort: id.as_i64() }
    }

    /// Among what the janitor is to delete, from this second on.
    pub(crate) fn due_erasure(second: i64) -> Self {
        Self { index: "due", pk: DUE_ERASURES.to_owned(), sort: second }
    }

    /// Among the pictures of their user.
    pub(crate) fn image_of(user: UserId, id: ImageId) -> Self {
        Self { index: "owner", pk: image_owner(user), sort: id.as_i64() }
    }

    /// Among the batches of redemption codes that end, from this second on.
    pub(crate) fn due_batch(second: i64) -> Self {
        Self { index: "due", pk: DUE_BATCHES.to_owned(), sort: second }
    }

    /// Among the orders of their user.
    pub(crate) fn order_of(user: UserId, id: OrderId) -> Self {
        Self { index: "owner", pk: order_owner(user), sort: id.as_i64() }
    }

    /// Among the orders whose provider is to be asked, from this second on.
    pub(crate) fn due_order(second: i64) -> Self {
        Self { index: "due", pk: DUE_ORDERS.to_owned(), sort: second }
    }

    /// The attributes.
    pub(crate) fn attributes(&self) -> [(String, AttributeValue); 2] {
        [(format!("{}_pk", self.index), s(&self.pk)), (format!("{}_sk", self.index), n(self.sort))]
    }
}
