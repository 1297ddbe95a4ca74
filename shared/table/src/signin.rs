//! Sign-ins: one for each user and business day, with its reward.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use domain::{Benefit, BusinessDay, Credits, Error, MessageId, Result, SessionToken, SigninId, UserId};
use serde::{Deserialize, Serialize};

use crate::Table;
use crate::failure::{Cancelled, pause, still_busy, unexpected};
use crate::grant::Grant;
use crate::keys::{Key, Place, signin_partition};
use crate::ledger::{self, Cause};
use crate::list::{List, Tally};
use crate::read::entity;
use crate::stats::{Figure, acts};
use crate::user::{self, User};
use crate::values::{n, s};
use crate::write::Change;

const TRIES_MAX: u32 = 8;

/// A day that a user has signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signin {
    /// The id.
    pub id: SigninId,
    /// Who.
    pub user: UserId,
    /// Which day.
    pub day: BusinessDay,
    /// The client's address.
    pub ip: String,
    /// Milliseconds since the Unix epoch.
    pub created: i64,
}

/// A sign-in, before it is stored.
#[derive(Debug)]
pub struct Draft<'a> {
    /// The session that signs, which must still be live then.
    pub session: &'a SessionToken,
    /// The business day of `now`.
    pub day: BusinessDay,
    /// What the day is worth, written to the ledger as `签到奖励`; 0 writes no row.
    pub reward: Credits,
    /// The client's address.
    pub ip: &'a str,
    /// Milliseconds since the Unix epoch.
    pub now: i64,
}

/// Signs a day and gives the reward, in one transaction. False when the day is signed already.
///
/// # Errors
/// [`Error::LoggedOut`] when the session ended or the user was banned meanwhile; when the table cannot be written.
pub async fn sign(table: &Table, user: User, draft: &Draft<'_>) -> Result<bool> {
    if user.signin_day == Some(draft.day) {
        return Ok(false);
    }
    let (ip, created) = (draft.ip.to_owned(), draft.now);
    let signin = Signin { id: SigninId::draw(draft.now)?, user: user.id, day: draft.day, ip, created };
    let row_id = MessageId::draw(draft.now)?;
    let mut user = user;
    for attempt in 0..TRIES_MAX {
        match table.transact(actions(table, &user, &signin, row_id, draft)?, None).await {
            Ok(()) => return Ok(true),
            // Signed meanwhile, or the user has moved on: look which.
            Err(Cancelled::Condition(_)) => {}
            Err(Cancelled::Busy) => pause(attempt).await,
            Err(Cancelled::Failed(error)) => return Err(error),
        }
        if let Some(there) = find(table, user.id, draft.day).await? {
            // It is ours when an earlier try did it and its answer was lost.
            return Ok(there.id == signin.id);
        }
        user = user::authenticate(table, draft.session, draft.now).await?;
    }
    Err(still_busy("sign-in"))
}

/// The sign-ins of a user from one day to another, oldest first.
///
/// # Errors
/// When the table cannot be read.
pub async fn between(table: &Table, user: UserId, first: BusinessDay, last: BusinessDay) -> Result<Vec<Signin>> {
    let found = table
        .client
        .query()
        .table_name(&table.name)
        .key_condition_expression("pk = :signins AND sk BETWEEN :first AND :last")
        .expression_attribute_values(":signins", s(&signin_partition(user)))
        .expression_attribute_values(":first", s(&first.to_string()))
        .expression_attribute_values(":last", s(&last.to_string()))
        .consistent_read(true)
        .send()
        .await
        .map_err(unexpected)?;
    serde_dynamo::aws_sdk_dynamodb_1::from_items(found.items.unwrap_or_default()).map_err(Error::internal)
}

async fn find(table: &Table, user: UserId, day: BusinessDay) -> Result<Option<Signin>> {
    let key = Key::signin(user, day);
    let mut items = table.get_all([key.clone()]).await?;
    items.remove(&key).map(entity).transpose()
}

/// The user, the sign-in, the ledger row and the counts.
fn actions(
    table: &Table,
    user: &User,
    signin: &Signin,
    row_id: MessageId,
    draft: &Draft<'_>,
) -> Result<Vec<TransactWriteItem>> {
    let mut tally = Tally::of(user.id).joins(List::SIGNINS, signin.id).figure(draft.day, &Figure::Signins, 1);
    let place = Place::listed(List::SIGNINS, signin.id);
    let mut actions = vec![table.put_new(&Key::signin(user.id, signin.day), signin, &[place])?];
    let change = if draft.reward > 0 {
        let (row, change) = grant(row_id, draft).to(user.id, user.standing());
        tally = tally.row(&row, draft.day);
        actions.push(ledger::put(table, &row)?);
        change
    } else {
        Change::of(&Key::user(user.id))
    };
    let (change, tally) = acts(signs(change, user, draft), tally, user.active, draft.day);
    actions.push(change.action(table)?);
    actions.push(tally.action(table)?);
    Ok(actions)
}

fn grant(id: MessageId, draft: &Draft<'_>) -> Grant<'static> {
    Grant {
        id,
        benefit: Benefit::Credits(draft.reward),
        describe: "签到奖励",
        cause: Cause::Signin { day: draft.day },
        today: draft.day,
        now: draft.now,
    }
}

/// What a sign-in asks of its user's item and leaves there. Of two days that are signed around midnight the later one
/// stays, whichever comes first; the item of each day sees to it that it is signed once.
fn signs(change: Change, user: &User, draft: &Draft<'_>) -> Change {
    let last = user.signin_day.map_or(draft.day, |signed| signed.max(draft.day));
    let change = change
        .set("signin_day = :signin_day")
        .when("enabled = :true AND sessions.#session > :now")
        .name("#session", draft.session.hash().as_str())
        .value(":signin_day", s(&last.to_string()))
        .value(":true", AttributeValue::Bool(true))
        .value(":now", n(draft.now));
    match user.signin_day {
        None => change.when("attribute_not_exists(signin_day)"),
        Some(signed) => change.when("signin_day = :signed").value(":signed", s(&signed.to_string())),
    }
}
