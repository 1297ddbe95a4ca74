//! Reservations: credits set aside while a chat or a draw runs, inside the user item.
//!
//! A hold ends in exactly one way: the settlement spends it, or a release gives it back. Both name it in their
//! condition, so whoever comes second finds it gone. One that an API key asked for takes as much of the key's room, and
//! what it does not spend goes back there too.

use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use domain::limits::{HOLD_SECONDS, HOLDS_MAX};
use domain::{ApiKeyId, ApiKeyToken, BusinessDay, Credits, Error, Family, Result, SessionToken, UserId};
use futures_util::future::try_join_all;

use crate::Table;
use crate::failure::{condition_of_update, unexpected};
use crate::keys::{DUE_SHARDS, Key, due_partition, due_partition_of_shard, user_of};
use crate::user::{Hold, User, find, from_item};
use crate::values::{n, s};
use crate::write::{Change, send_update};

/// The wait before another try to give a reservation back.
const RELEASE_PAUSE: Duration = Duration::from_millis(200);

/// What shows who asks.
#[derive(Clone, Copy, Debug)]
pub enum Bearer<'a> {
    /// A session of the site.
    Session(&'a SessionToken),
    /// A key of a user's program.
    ApiKey {
        /// The key.
        key: &'a ApiKeyToken,
        /// What it is to be used with: a key may be for some models only.
        model: &'a str,
    },
}

impl Bearer<'_> {
    /// Whose it claims to be.
    pub const fn user(&self) -> UserId {
        match self {
            Self::Session(token) => token.user(),
            Self::ApiKey { key, .. } => key.user(),
        }
    }

    /// The condition under which it may reserve `:amount` at `:now` (milliseconds), `#bearer` being its hash.
    const fn condition(&self) -> &'static str {
        match self {
            Self::Session(_) => "sessions.#bearer > :now",
            Self::ApiKey { .. } => {
                "attribute_not_exists(api_keys.#bearer.g) AND api_keys.#bearer.r >= :amount \
                 AND (attribute_not_exists(api_keys.#bearer.e) OR api_keys.#bearer.e > :now) \
                 AND (attribute_not_exists(api_keys.#bearer.m) OR contains(api_keys.#bearer.m, :model))"
            }
        }
    }
}

/// Who pays for a reservation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payer {
    /// The balance, which must hold this many credits.
    Balance(Credits),
    /// A membership that is valid on this day for models of this family: nothing is set aside.
    Member(Family, BusinessDay),
}

/// An open reservation and the user as they are with it.
#[derive(Clone, Debug)]
pub struct Reservation {
    /// The reservation's id.
    pub id: String,
    /// What is set aside and until when.
    pub hold: Hold,
    /// The user after the reservation.
    pub user: User,
}

impl Reservation {
    /// The API key that asked for it, if a program did.
    pub fn api_key(&self) -> Option<ApiKeyId> {
        self.user.api_keys.get(self.hold.api_key.as_ref()?).map(|key| key.id)
    }
}

/// What became of an attempt to reserve.
#[derive(Debug)]
pub enum Attempt {
    /// It is open.
    Open(Box<Reservation>),
    /// A condition did not hold; here is the user as they are (`None`: there is none).
    Refused(Option<Box<User>>),
}

/// Authenticates, checks and reserves in one write, at `now` (seconds).
///
/// # Errors
/// When the table cannot be written.
pub async fn reserve(table: &Table, bearer: Bearer<'_>, id: &str, payer: Payer, now: i64) -> Result<Attempt> {
    let amount = match payer {
        Payer::Balance(credits) => credits,
        Payer::Member(..) => 0,
    };
    let (hash, api_key, takes_room) = match bearer {
        Bearer::Session(token) => (token.hash().as_str().to_owned(), None, ""),
        Bearer::ApiKey { key, .. } => {
            let hash = key.hash();
            (hash.as_str().to_owned(), Some(hash), ", api_keys.#bearer.r = api_keys.#bearer.r - :amount")
        }
    };
    let hold = Hold { amount, until: now + HOLD_SECONDS, api_key };
    let hold_value = serde_dynamo::aws_sdk_dynamodb_1::to_attribute_value(&hold).map_err(Error::internal)?;
    // `due_sk` is a promise to look again, not the exact next moment: the janitor moves or removes it when it comes, so
    // that running chats do not write the index each time.
    let mut condition = format!(
        "enabled = :true AND {} AND balance >= :amount AND size(holds) < :holds_max AND attribute_not_exists(holds.#hold)",
        bearer.condition()
    );
    if let Payer::Member(family, _) = payer {
        condition.push_str(match family {
            Family::Gpt4 => " AND svip_day >= :today",
            Family::Gpt3 => " AND (svip_day >= :today OR vip_day >= :today)",
        });
    }
    let mut update = table
        .client
        .update_item()
        .table_name(&table.name)
        .set_key(Some(Key::user(bearer.user()).attributes()))
        .update_expression(format!(
            "SET balance = balance - :amount, held = held + :amount, holds.#hold = :hold, \
             due_pk = if_not_exists(due_pk, :due), due_sk = if_not_exists(due_sk, :until){takes_room}"
        ))
        .condition_expression(condition)
        .expression_attribute_names("#bearer", hash)
        .expression_attribute_names("#hold", id)
        .expression_attribute_values(":true", AttributeValue::Bool(true))
        .expression_attribute_values(":now", n(now * 1000))
        .expression_attribute_values(":amount", n(amount))
        .expression_attribute_values(":hold", hold_value)
        .expression_attribute_values(":holds_max", n(i64::try_from(HOLDS_MAX).unwrap_or(i64::MAX)))
        .expression_attribute_values(":due", s(&due_partition(bearer.user())))
        .expression_attribute_values(":until", n(hold.until))
        .return_values(ReturnValue::AllNew)
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    if let Payer::Member(_, today) = payer {
        update = update.expression_attribute_values(":today", s(&today.to_string()));
    }
    if let Bearer::ApiKey { model, .. } = bearer {
        update = update.expression_attribute_values(":model", s(model));
    }
    match send_update(update).await {
        Ok(done) => {
            let user = from_item(done.attributes.unwrap_or_default())?;
            Ok(Attempt::Open(Box::new(Reservation { id: id.to_owned(), hold, user })))
        }
        Err(error) => match condition_of_update(error) {
            Ok(item) => Ok(opened_before(item.map(from_item).transpose()?, id)),
            Err(error) => {
                // It may be open all the same, and its answer lost: give it back now rather than in a quarter of an hour.
                let _ = give_back(table, bearer.user(), id, &hold).await;
                Err(error)
            }
        },
    }
}

/// The SDK repeats a write whose answer was lost; the repetition then fails because the hold is there. Ids are never
/// used twice, so a hold of this id is ours, also when an earlier look of ours took another amount.
fn opened_before(user: Option<User>, id: &str) -> Attempt {
    match user {
        Some(user) => match user.holds.get(id).cloned() {
            Some(hold) => Attempt::Open(Box::new(Reservation { id: id.to_owned(), hold, user })),
            None => Attempt::Refused(Some(Box::new(user))),
        },
        None => Attempt::Refused(None),
    }
}

/// Gives back the reservations that a dead function left behind, and returns the user as they are then.
///
/// # Errors
/// When the table cannot be written.
pub async fn recovered(table: &Table, mut user: User, now: i64) -> Result<User> {
    let abandoned: Vec<(String, Hold)> =
        user.abandoned_holds(now).into_iter().map(|(id, hold)| (id.to_owned(), hold.clone())).collect();
    for (id, hold) in abandoned {
        if let Some(after) = give_back(table, user.id, &id, &hold).await? {
            tracing::warn!(user = %user.id, hold = %id, credits = hold.amount, "gave back an abandoned reservation");
            user = after;
        } else if let Some(now_there) = find(table, user.id).await? {
            user = now_there;
        }
    }
    Ok(user)
}

/// Gives a reservation back whose turn delivered nothing, and returns the user as they are then.
///
/// # Errors
/// When the table cannot be written.
pub async fn release(table: &Table, reservation: &Reservation) -> Result<Option<User>> {
    give_back(table, reservation.user.id, &reservation.id, &reservation.hold).await
}

/// As [`release`], and goes on trying until it is done: give it a time limit.
///
/// # Errors
/// When the table refuses for another reason than being busy.
pub async fn release_at_last(table: &Table, reservation: &Reservation) -> Result<Option<User>> {
    loop {
        match release(table, reservation).await {
            Err(Error::Unavailable { .. }) => tokio::time::sleep(RELEASE_PAUSE).await,
            done => return done,
        }
    }
}

/// What a reserved request still needed; when it cannot be had, the reservation is given back. Should that fail as well,
/// the janitor does it.
///
/// # Errors
/// Those of what was needed.
pub async fn or_release<T>(table: &Table, reservation: &Reservation, needed: Result<T>) -> Result<T> {
    if needed.is_err() {
        let _ = release(table, reservation).await;
    }
    needed
}

/// Users whose reservations are due for a look at `now` (seconds), at most `limit` a shard, and whether there may be
/// more.
///
/// # Errors
/// When the index cannot be read.
pub async fn due(table: &Table, now: i64, limit: i32) -> Result<(Vec<UserId>, bool)> {
    let shards = (0..DUE_SHARDS).map(|shard| {
        let query = table
            .client
            .query()
            .table_name(&table.name)
            .index_name("due")
            .key_condition_expression("due_pk = :shard AND due_sk <= :now")
            .expression_attribute_values(":shard", s(&due_partition_of_shard(shard)))
            .expression_attribute_values(":now", n(now));
        query.limit(limit).send()
    });
    let (mut users, mut more) = (Vec::new(), false);
    for page in try_join_all(shards).await.map_err(unexpected)? {
        more |= page.last_evaluated_key.is_some();
        users.extend(page.items().iter().filter_map(|item| user_of(item.get("pk")?.as_s().ok()?)));
    }
    Ok((users, more))
}

/// The janitor's look at one user: gives back what is abandoned, then moves the next look to the earliest reservation
/// left, or takes the user out of the index when there is none.
///
/// # Errors
/// When the table cannot be read or written.
pub async fn look_after(table: &Table, id: UserId, now: i64) -> Result<usize> {
    let Some(user) = find(table, id).await? else { return Ok(0) };
    let abandoned = user.abandoned_holds(now).len();
    let user = recovered(table, user, now).await?;
    let next = user.holds.values().map(|hold| hold.until).min();
    let update = table.client.update_item().table_name(&table.name).set_key(Some(Key::user(id).attributes()));
    let update = match next {
        // A chat that starts meanwhile keeps the old mark (`if_not_exists`), so the mark only goes while no hold is there.
        None => update
            .update_expression("REMOVE due_pk, due_sk")
            .condition_expression("attribute_exists(due_pk) AND size(holds) = :none")
            .expression_attribute_values(":none", n(0)),
        Some(until) => update
            .update_expression("SET due_sk = :until")
            .condition_expression("attribute_exists(due_pk)")
            .expression_attribute_values(":until", n(until)),
    };
    match send_update(update).await {
        Ok(_) => Ok(abandoned),
        Err(error) => condition_of_update(error).map(|_| abandoned),
    }
}

/// Ends a reservation of which `rest` was not spent, as one change of the user item; its condition is that the
/// reservation is there.
pub(crate) fn spend(reservation: &Reservation, rest: Credits) -> Change {
    let change = Change::of(&Key::user(reservation.user.id))
        .set("balance = balance + :rest, held = held - :amount")
        .remove("holds.#hold")
        .when("attribute_exists(holds.#hold)")
        .name("#hold", &reservation.id)
        .value(":amount", n(reservation.hold.amount))
        .value(":rest", n(rest));
    match &reservation.hold.api_key {
        Some(key) => change.set(GIVES_ROOM).name("#key", key.as_str()),
        None => change,
    }
}

/// What a key's reservation did not spend goes back to the key. A key that a reservation names is kept, be it revoked, so
/// the path is there.
const GIVES_ROOM: &str = "api_keys.#key.r = api_keys.#key.r + :rest";

/// Gives the reserved credits back; `None` when that reservation has ended already, by whomever.
async fn give_back(table: &Table, user: UserId, id: &str, hold: &Hold) -> Result<Option<User>> {
    let room = hold.api_key.as_ref().map(|_| format!(", {GIVES_ROOM}")).unwrap_or_default();
    let mut update = table
        .client
        .update_item()
        .table_name(&table.name)
        .set_key(Some(Key::user(user).attributes()))
        .update_expression(format!("SET balance = balance + :rest, held = held - :amount{room} REMOVE holds.#hold"))
        .condition_expression("holds.#hold.a = :amount AND holds.#hold.u = :until")
        .expression_attribute_names("#hold", id)
        .expression_attribute_values(":amount", n(hold.amount))
        .expression_attribute_values(":rest", n(hold.amount))
        .expression_attribute_values(":until", n(hold.until))
        .return_values(ReturnValue::AllNew);
    if let Some(key) = &hold.api_key {
        update = update.expression_attribute_names("#key", key.as_str());
    }
    match send_update(update).await {
        Ok(done) => done.attributes.map(from_item).transpose(),
        Err(error) => condition_of_update(error).map(|_| None),
    }
}
