//! The end of batches: what is left unused of one that is over moves to the void codes.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{BatchId, Clock, CodeId, Error, Result, Zone};
use serde_json::json;

use super::{
    Batch, CODES_A_TRANSACTION, Code, LOOKS_MAX, Status, TRIES_MAX, Voided, batch, codes_of, counted, moved, read,
};
use crate::Table;
use crate::audit::{Audit, Note};
use crate::failure::{Cancelled, pause, still_busy, unexpected};
use crate::keys::{DUE_BATCHES, Key, Place};
use crate::list::{List, Listed, Spread, Tally};
use crate::read::entity;
use crate::values::{n, s};
use crate::write::Change;

/// Makes a batch void: from the first commit on no code of it can be redeemed. Then moves its codes, until the clock says
/// `until` (milliseconds); what is left then, the next run of [`expire_due`] does. Returns how many codes it moved. A
/// batch that is void already is only looked after.
///
/// # Errors
/// When the table cannot be read or written.
pub async fn void(table: &Table, id: BatchId, audit: &Audit, clock: &Clock, until: i64) -> Result<usize> {
    if mark(table, id, clock.millis(), audit).await? {
        return move_codes(table, id, clock, until).await;
    }
    Ok(0)
}

/// Moves the codes of all batches that are over, until the clock says `until` (milliseconds). Returns how many it moved.
/// What one run leaves, the next one does. Safe to run beside everything, itself included.
///
/// # Errors
/// When the table cannot be read or written; batches that fail do not keep the others from being looked after.
pub async fn expire_due(table: &Table, zone: &Zone, clock: &Clock, until: i64) -> Result<usize> {
    let due = table
        .client
        .query()
        .table_name(&table.name)
        .index_name("due")
        .key_condition_expression("due_pk = :batches AND due_sk <= :now")
        .expression_attribute_values(":batches", s(DUE_BATCHES))
        .expression_attribute_values(":now", n(clock.millis().div_euclid(1000)));
    let (mut moved, mut failure) = (0, None);
    let mut due = due.into_paginator().items().send();
    while let Some(item) = due.next().await {
        if clock.millis() >= until {
            break;
        }
        let Some(key) = Key::of(&item.map_err(unexpected)?) else { continue };
        match look_after(table, &key, zone, clock, until).await {
            Ok(count) => moved += count,
            Err(error) => {
                tracing::error!(
                    batch = key.pk(),
                    causes = error.causes(),
                    "could not expire a batch of redemption codes"
                );
                failure = Some(error);
            }
        }
    }
    failure.map_or(Ok(moved), Err)
}

/// One batch that the index `due` names.
async fn look_after(table: &Table, key: &Key, zone: &Zone, clock: &Clock, until: i64) -> Result<usize> {
    let Some(batch) = read::<Batch>(table, key).await? else { return Ok(0) };
    match batch.ends(zone) {
        None => Ok(0),
        // The business day may have moved since, with the site's time zone.
        Some(second) if second > clock.millis().div_euclid(1000) => {
            let again = Change::of(key).when("attribute_exists(due_pk) AND attribute_not_exists(#void)");
            let again = again.name("#void", "void").placed(&Place::due_batch(second));
            attempt(table, vec![again.action(table)?]).await.map(|_| 0)
        }
        Some(_) => move_codes(table, batch.id, clock, until).await,
    }
}

/// Marks a batch as void at `now` (milliseconds), once. False when there is no such batch.
async fn mark(table: &Table, id: BatchId, now: i64, audit: &Audit) -> Result<bool> {
    let voided = Voided { by: audit.by, at: now };
    let value = serde_dynamo::aws_sdk_dynamodb_1::to_attribute_value(voided).map_err(Error::internal)?;
    let change = Change::of(&Key::batch(id))
        .set("#void = :void")
        .when("attribute_exists(pk) AND attribute_not_exists(#void)")
        .name("#void", "void")
        .value(":void", value);
    let change = change.placed(&Place::due_batch(voided.at.div_euclid(1000)));
    let note = Note::of(format!("batch {id}"), [("status", json!(1), json!(0))]);
    let mut actions = vec![change.action(table)?];
    actions.extend(audit.record(table, &note, None)?);
    Ok(attempt(table, actions).await? || batch(table, id).await?.is_some_and(|batch| batch.void.is_some()))
}

/// Moves the codes of a batch that is over, until none is left or time is up.
async fn move_codes(table: &Table, id: BatchId, clock: &Clock, until: i64) -> Result<usize> {
    let mut all = 0;
    let mut spread = Spread::default();
    for look in 0..LOOKS_MAX {
        for some in codes_of(table, id, &[List::CODES_UNUSED]).await?.chunks(CODES_A_TRANSACTION) {
            if clock.millis() >= until {
                return Ok(all);
            }
            all += move_some(table, id, some, clock.millis()).await?;
            // Codes of another system lie as far apart as they were made there.
            spread.follow(table, some.iter().filter_map(|code| CodeId::from_i64(code.id)), clock.millis()).await?;
        }
        if is_finished(table, id).await? {
            break;
        }
        // The index does not show yet what the batch counts.
        pause(look).await;
    }
    Ok(all)
}

/// Moves some codes, those left out that were redeemed or deleted meanwhile. Returns how many it moved.
async fn move_some(table: &Table, id: BatchId, codes: &[Listed], now: i64) -> Result<usize> {
    let mut codes: Vec<&Listed> = codes.iter().collect();
    let mut before = 0;
    for attempt in 0..TRIES_MAX {
        if codes.is_empty() {
            return Ok(before);
        }
        match table.transact(actions(table, id, &codes, now)?, None).await {
            Ok(()) => return Ok(before + codes.len()),
            Err(Cancelled::Condition(_) | Cancelled::Busy) => pause(attempt).await,
            Err(Cancelled::Failed(error)) => return Err(error),
        }
        let there = table.get_all(codes.iter().map(|code| code.key.clone())).await?;
        let there: HashMap<Key, Code> =
            there.into_iter().map(|(key, item)| Ok((key, entity(item)?))).collect::<Result<_>>()?;
        // What is void by our own time was moved by an earlier try, whose answer was lost.
        before += there.values().filter(|code| code.status == Status::Void && code.updated == now).count();
        codes.retain(|code| there.get(&code.key).is_some_and(|code| code.status == Status::Unused));
    }
    Err(still_busy("expiring redemption codes"))
}

fn actions(table: &Table, id: BatchId, codes: &[&Listed], now: i64) -> Result<Vec<TransactWriteItem>> {
    let mut tally = Tally::spread_by(id.as_i64() >> super::BATCH_BITS);
    let mut actions = Vec::new();
    for listed in codes {
        let Some(code) = CodeId::from_i64(listed.id) else { continue };
        tally = tally.leaves(List::CODES_UNUSED, code).joins(List::CODES_VOID, code);
        actions.push(moved(&listed.key, code, Status::Unused, Status::Void, now).action(table)?);
    }
    let left = i64::try_from(codes.len()).unwrap_or(i64::MAX);
    actions.extend([counted(id, 0, -left).action(table)?, tally.action(table)?]);
    Ok(actions)
}

/// Takes a batch out of the index `due` when nothing is left of it; says whether nothing was.
async fn is_finished(table: &Table, id: BatchId) -> Result<bool> {
    let change = Change::of(&Key::batch(id)).remove("due_pk").remove("due_sk").when("#left = :none");
    attempt(table, vec![change.name("#left", "left").value(":none", n(0)).action(table)?]).await
}

/// A transaction that may be done twice; false when its condition does not hold.
async fn attempt(table: &Table, actions: Vec<TransactWriteItem>) -> Result<bool> {
    for attempt in 0..TRIES_MAX {
        match table.transact(actions.clone(), None).await {
            Ok(()) => return Ok(true),
            Err(Cancelled::Condition(_)) => return Ok(false),
            Err(Cancelled::Busy) => pause(attempt).await,
            Err(Cancelled::Failed(error)) => return Err(error),
        }
    }
    Err(still_busy("ending a batch of redemption codes"))
}
