//! What gives a user credits or days of membership: the row and the change of the user item, for the transaction that
//! also does what caused them.

use domain::{Benefit, BusinessDay, Level, MessageId, UserId};

use crate::keys::Key;
use crate::ledger::{self, Cause, Row};
use crate::user::Standing;
use crate::values::{n, s};
use crate::write::Change;

/// A benefit on its way to a user.
#[derive(Debug)]
pub(crate) struct Grant<'a> {
    /// The id of the ledger row.
    pub(crate) id: MessageId,
    /// What is given.
    pub(crate) benefit: Benefit,
    /// What the person reads.
    pub(crate) describe: &'a str,
    /// Why.
    pub(crate) cause: Cause,
    /// The business day.
    pub(crate) today: BusinessDay,
    /// Milliseconds since the Unix epoch.
    pub(crate) now: i64,
}

impl Grant<'_> {
    /// The row, and the change that holds only while the user is as known and has their account.
    pub(crate) fn to(&self, user: UserId, standing: Standing) -> (Row, Change) {
        let row = |amount| Row::next(user, standing, self.id, amount, self.describe, self.cause.clone(), self.now);
        let change = Change::of(&Key::user(user)).when("attribute_not_exists(gone)");
        let (row, change) = match self.benefit {
            Benefit::Credits(credits) => {
                (row(credits), change.set("balance = balance + :credits").value(":credits", n(credits)))
            }
            Benefit::Days(days, level) => {
                (Row { days: Some(days), ..row(0) }, self.extends(change, standing, days, level))
            }
        };
        let change = ledger::takes(change, &row);
        (row, change)
    }

    /// Days count from today or from the end of the membership, whichever is later; the higher level holds the lower.
    fn extends(&self, change: Change, was: Standing, days: u32, level: Level) -> Change {
        let extended = |old: BusinessDay| s(&old.max(self.today).plus(days).to_string());
        let change = change
            .set("vip_day = :vip_day")
            .when("vip_day = :old_vip_day")
            .value(":vip_day", extended(was.vip_day))
            .value(":old_vip_day", s(&was.vip_day.to_string()));
        match level {
            Level::Member => change,
            Level::Super => change
                .set("svip_day = :svip_day")
                .when("svip_day = :old_svip_day")
                .value(":svip_day", extended(was.svip_day))
                .value(":old_svip_day", s(&was.svip_day.to_string())),
        }
    }
}
