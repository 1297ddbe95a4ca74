//! Redeeming: one transaction gives the user what the code gives, writes the ledger row, uses the code up and counts it.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use domain::{BusinessDay, Error, MessageId, Result, SessionHash};

use super::{Code, Status, TRIES_MAX, counted, find, moved};
use crate::failure::{Cancelled, pause, still_busy};
use crate::grant::Grant;
use crate::keys::Key;
use crate::ledger::Cause;
use crate::list::{List, Tally};
use crate::stats::acts;
use crate::user::User;
use crate::values::{n, s};
use crate::{Table, ledger, user};

/// The place of the batch among the actions.
const BATCH: usize = 3;

/// One person's wish to redeem one code.
#[derive(Debug)]
pub struct Redemption<'a> {
    /// The id of the ledger row, drawn once for the request: by it a try whose answer was lost is known again.
    pub row: MessageId,
    /// The code's keyed hash.
    pub hash: &'a str,
    /// The session that asks.
    pub session: &'a SessionHash,
    /// The client's address.
    pub ip: &'a str,
    /// The business day.
    pub today: BusinessDay,
    /// Milliseconds since the Unix epoch.
    pub now: i64,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redeemed {
    /// The person has what the code gives.
    Done,
    /// Somebody had it before, be it the same person.
    Used,
    /// Its last day is over, or its batch is void.
    Expired,
    /// It was deleted meanwhile.
    Unknown,
}

/// Redeems `code` for `user`, both as just read.
///
/// # Errors
/// [`Error::LoggedOut`] when the session ended meanwhile; when the table cannot be read or written.
pub async fn redeem(table: &Table, mut code: Code, mut user: User, redemption: &Redemption<'_>) -> Result<Redeemed> {
    let rows_before = user.rows;
    for attempt in 0..TRIES_MAX {
        if let Some(refusal) = refusal(&code, redemption.today) {
            return Ok(refusal);
        }
        match table.transact(actions(table, &code, &user, redemption)?, None).await {
            Ok(()) => return Ok(Redeemed::Done),
            // Void: all else held, so no earlier try of ours had its effect.
            Err(Cancelled::Condition(BATCH)) => return Ok(Redeemed::Expired),
            // The user or the code has moved on; or an earlier try of ours did it, and its answer was lost.
            Err(Cancelled::Condition(_) | Cancelled::Busy) => pause(attempt).await,
            Err(Cancelled::Failed(error)) => return Err(error),
        }
        let (there, found) = tokio::try_join!(user::find(table, user.id), find(table, redemption.hash))?;
        user = there.ok_or(Error::LoggedOut)?;
        let rows = ledger::between(table, user.id, rows_before + 1, user.rows).await?;
        if rows.iter().any(|row| row.id == redemption.row) {
            return Ok(Redeemed::Done);
        }
        if !user.has_session(redemption.session, redemption.now) {
            return Err(Error::LoggedOut);
        }
        let Some(found) = found else { return Ok(Redeemed::Unknown) };
        code = found;
    }
    Err(still_busy("redeeming a code"))
}

/// Why a code cannot be redeemed, as far as it tells by itself.
fn refusal(code: &Code, today: BusinessDay) -> Option<Redeemed> {
    match code.status {
        Status::Used => Some(Redeemed::Used),
        Status::Void => Some(Redeemed::Expired),
        Status::Unused => code.end_day.is_some_and(|last| last < today).then_some(Redeemed::Expired),
    }
}

fn actions(table: &Table, code: &Code, user: &User, redemption: &Redemption<'_>) -> Result<Vec<TransactWriteItem>> {
    let describe = format!("卡密充值 ({})", code.benefit.describe());
    let grant = Grant {
        id: redemption.row,
        benefit: code.benefit,
        describe: &describe,
        cause: Cause::Code { code: code.id, batch: code.batch },
        today: redemption.today,
        now: redemption.now,
    };
    let (row, gives) = grant.to(user.id, user.standing());
    let gives = gives
        .when("enabled = :true AND attribute_exists(sessions.#session)")
        .name("#session", redemption.session.as_str())
        .value(":true", AttributeValue::Bool(true));
    let key = Key::redemption_code(redemption.hash);
    let uses_up = moved(&key, code.id, Status::Unused, Status::Used, redemption.now)
        .set("#user = :user, #ip = :ip, #ordinal = :ordinal")
        .name("#user", "user")
        .name("#ip", "ip")
        .name("#ordinal", "ordinal")
        .value(":user", s(&user.id.to_string()))
        .value(":ip", s(redemption.ip))
        .value(":ordinal", n(row.ordinal));
    let counts = counted(code.batch, 1, -1).when("attribute_not_exists(#void)").name("#void", "void");
    let tally = Tally::of(user.id)
        .row(&row, redemption.today)
        .leaves(List::CODES_UNUSED, code.id)
        .joins(List::CODES_USED, code.id);
    let (gives, tally) = acts(gives, tally, user.active, redemption.today);
    Ok(vec![
        gives.action(table)?,
        ledger::put(table, &row)?,
        uses_up.action(table)?,
        counts.action(table)?,
        tally.action(table)?,
    ])
}
