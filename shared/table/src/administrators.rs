//! Who administrates: one item with the ids of all administrators who are not banned, so that a condition can protect the
//! last one.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::UserId;

use crate::keys::Key;
use crate::values::n;
use crate::write::{Change, VERSION};

/// The first one; the condition fails where there is one already. (The set is never emptied: the last one stays.)
pub(crate) fn first(user: UserId) -> Change {
    joins(user).when("attribute_not_exists(ids)")
}

/// One more; finish it as an action of the transaction that makes the user one.
pub(crate) fn joins(user: UserId) -> Change {
    Change::of(&Key::administrators())
        .set("v = :v")
        .add("ids :user")
        .value(":v", n(VERSION))
        .value(":user", AttributeValue::Ss(vec![user.to_string()]))
}

/// One less; the condition fails for the last one.
pub(crate) fn leaves(user: UserId) -> Change {
    Change::of(&Key::administrators())
        .delete("ids :user")
        .when("contains(ids, :id) AND size(ids) > :one")
        .value(":id", AttributeValue::S(user.to_string()))
        .value(":one", n(1))
        .value(":user", AttributeValue::Ss(vec![user.to_string()]))
}
