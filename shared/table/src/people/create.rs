//! A new user by an administrator's hand.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{Account, Error, MessageId, Result, UserId};

use super::{ADJUSTED, By, Wanted, account_taken, administrates};
use crate::audit::Note;
use crate::failure::{Cancelled, pause, still_busy};
use crate::keys::Key;
use crate::ledger::Row;
use crate::list::{List, Tally};
use crate::stats::Figure;
use crate::user::User;
use crate::{Table, account, administrators, ledger};

/// All that an administrator does at once meets in the number of their records, so this is generous.
const TRIES_MAX: u32 = 12;

/// Makes a user with a free account. They have no session: they log in by a code sent to the account, or by a password that
/// is wanted for them. Credits are no gift of the site, but the administrator's.
///
/// # Errors
/// [`Error::Conflict`] when the account is taken; when the table cannot be written.
pub async fn create(table: &Table, account: &Account, wanted: &Wanted, by: By<'_>) -> Result<User> {
    let fresh = account::fresh_user(UserId::draw(by.now())?, account, by.today.yesterday(), by.now());
    let credits = wanted.total.unwrap_or(0);
    let user = User { balance: credits, rows: u64::from(credits > 0), ..wanted.of(&fresh) };
    let actions = actions(table, &user, by)?;
    // One request token for all tries: a try whose answer was lost is not done twice, and still counts as done.
    let request_token = user.id.to_string();
    for attempt in 0..TRIES_MAX {
        match table.transact(actions.clone(), Some(&request_token)).await {
            Ok(()) => return Ok(user),
            Err(Cancelled::Condition(0)) => return Err(account_taken()),
            Err(Cancelled::Condition(_)) => return Err(Error::internal("a user id came twice")),
            Err(Cancelled::Busy) => pause(attempt).await,
            Err(Cancelled::Failed(error)) => return Err(error),
        }
    }
    Err(still_busy("making a user"))
}

/// The marker comes first: its condition tells that the account is taken.
fn actions(table: &Table, user: &User, by: By<'_>) -> Result<Vec<TransactWriteItem>> {
    let mut actions =
        vec![account::put_marker(table, &user.account, user.id)?, table.put_new(&Key::user(user.id), user, &[])?];
    let mut tally = Tally::of(user.id).joins(List::USERS, user.id).figure(by.today, &Figure::NewUsers, 1);
    if user.balance > 0 {
        let id = MessageId::draw(by.now())?;
        let row = Row::first(user, id, ADJUSTED, by.adjustment(id));
        tally = tally.row(&row, by.today);
        actions.push(ledger::put(table, &row)?);
    }
    if administrates(user) {
        actions.push(administrators::joins(user.id).action(table)?);
    }
    actions.extend(by.audit.record(table, &Note::made(user), Some(tally))?);
    Ok(actions)
}
