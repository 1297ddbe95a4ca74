//! What a check can find.

use domain::UserId;
use serde::{Deserialize, Serialize};

/// Something that is not as the rest of the books says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// What.
    pub kind: Kind,
    /// Of what: a user's id, `<user>/<ordinal>` of a ledger row, a list or `<list>/<first id of the stretch>`, the id of
    /// a code, a batch or an order, or `<day>/<figure>` of the statistics.
    pub id: String,
    /// What the rows say.
    pub expected: i64,
    /// What is there instead.
    pub found: i64,
}

/// The kinds of differences. Their words are part of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A user's balance and what is set aside are not the sum of the ledger rows.
    Sum,
    /// A balance, or what is set aside, is below zero.
    Negative,
    /// What is set aside is not the sum of the reservations.
    Held,
    /// A reservation has not ended in its time, or nobody would ever end it.
    Hold,
    /// A ledger row is missing: the ordinal expected, and the next one that is there.
    RowMissing,
    /// A row, or the mark of a hidden one, beyond the user's number of rows.
    RowBeyond,
    /// A row's total is not the sum up to it.
    RowTotal,
    /// A row stands in the list of all rows although it is hidden, or does not although it is not, or is another user's.
    RowPlace,
    /// A row's mark and the set of hidden rows do not agree.
    RowHidden,
    /// A row's cause has another row, or is not there.
    RowCause,
    /// The number of hidden rows that the user's item names is not their number.
    HiddenCount,
    /// The number of messages that the user's item names is not their number.
    Messages,
    /// The number of messages kept for administrators that the user's item names is not their number.
    KeptMessages,
    /// The number of pictures that the user's item names is not their number.
    Images,
    /// The number of pictures put up that the user's item names is not their number.
    Uploads,
    /// An API key that has spent more than it may or less than nothing, or is gone while something is set aside for it.
    ApiKey,
    /// A user without their account, or an account without its user.
    Account,
    /// Something is left of a deleted user that should not be.
    Remains,
    /// Who administrates and the set that protects the last one do not agree.
    Administrators,
    /// A list's number of rows is not what its parts add up to.
    ListTotal,
    /// A stretch of a list has another number of rows than is counted for it.
    ListRows,
    /// Two levels of a list's counts do not agree.
    ListLevels,
    /// A used code without the row of its redeemer.
    CodeRow,
    /// A batch's numbers are not those of its codes.
    Batch,
    /// A paid order without its receipt or without the row of its buyer.
    OrderRow,
    /// An order that waits and that nobody would ever look after.
    OrderDue,
    /// The number of open orders that the user's item names is not their number.
    OpenOrders,
    /// A figure of a day's statistics is not what the rows of that day add up to.
    Day,
    /// An item that cannot be read as what it is.
    Unreadable,
}

impl Difference {
    pub(super) fn new(kind: Kind, id: &(impl ToString + ?Sized), expected: i64, found: i64) -> Self {
        Self { kind, id: id.to_string(), expected, found }
    }

    pub(super) fn of_row(kind: Kind, user: UserId, ordinal: u64, expected: i64, found: i64) -> Self {
        Self { kind, id: format!("{user}/{ordinal}"), expected, found }
    }

    /// Where one of two things is to be the case and the other is.
    pub(super) fn either(kind: Kind, id: &(impl ToString + ?Sized), expected: bool) -> Self {
        Self::new(kind, id, i64::from(expected), i64::from(!expected))
    }
}

/// A count as a number that differences can be told in.
pub(super) fn number(count: impl TryInto<i64>) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}
