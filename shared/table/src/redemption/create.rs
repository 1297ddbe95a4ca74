//! Making a batch: some transactions, one after the other, each of which makes codes and counts them.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{BatchId, CodeId, Error, Result, Zone};

use super::{BATCH_BITS, Batch, Code, Status, TRIES_MAX, find};
use crate::Table;
use crate::audit::{Audit, Note};
use crate::failure::{Cancelled, pause, still_busy};
use crate::keys::{Key, Place};
use crate::list::{List, Tally};
use crate::values::n;
use crate::write::Change;

/// Codes that one transaction makes: with the batch, the tally and the record it stays within DynamoDB's 100 actions.
const CODES_A_TRANSACTION: usize = 96;

/// A code to make.
#[derive(Clone, Debug)]
pub struct NewCode {
    /// Its id, as [`code_id`](super::code_id) gives it.
    pub id: CodeId,
    /// Its keyed hash.
    pub hash: String,
    /// Its text, sealed with the id as associated data.
    pub sealed: Vec<u8>,
}

/// Draws the id of a new batch at `now` (milliseconds since the Unix epoch).
///
/// # Errors
/// When the system has no randomness.
pub fn draw_batch(now: i64) -> Result<BatchId> {
    let id = BatchId::draw(now)?;
    Ok(BatchId::from_i64(id.as_i64() >> BATCH_BITS << BATCH_BITS).unwrap_or(id))
}

/// Makes a batch and its codes. A function that dies on the way leaves a batch that counts the codes that were made; the
/// record of the first transaction tells how many were asked for.
///
/// # Errors
/// [`Error::Conflict`] when somebody made it void meanwhile; when the table cannot be written.
pub async fn create(table: &Table, batch: &Batch, codes: &[NewCode], zone: &Zone, audit: &Audit) -> Result<()> {
    let note = Note::made(&Batch { count: number(codes), ..batch.clone() });
    let mut made = 0;
    for some in codes.chunks(CODES_A_TRANSACTION) {
        let record = (made == 0).then_some((audit, &note));
        make(table, batch, made, some, zone, record).await?;
        made += number(some);
    }
    Ok(())
}

async fn make(
    table: &Table,
    batch: &Batch,
    before: u64,
    codes: &[NewCode],
    zone: &Zone,
    record: Option<(&Audit, &Note)>,
) -> Result<()> {
    let (mut actions, tally) = actions(table, batch, before, codes, zone)?;
    match record {
        Some((audit, note)) => actions.extend(audit.record(table, note, Some(tally))?),
        None => actions.push(tally.action(table)?),
    }
    for attempt in 0..TRIES_MAX {
        match table.transact(actions.clone(), None).await {
            Ok(()) => return Ok(()),
            Err(Cancelled::Condition(0)) => return made_before(table, before, codes).await,
            Err(Cancelled::Condition(_)) => return Err(Error::internal("a redemption code came twice")),
            Err(Cancelled::Busy) => pause(attempt).await,
            Err(Cancelled::Failed(error)) => return Err(error),
        }
    }
    Err(still_busy("making redemption codes"))
}

/// The batch is not as expected: either an earlier try of ours did it and its answer was lost, or the batch's id is
/// taken, or it was made void. Only our own try knows these codes.
async fn made_before(table: &Table, before: u64, codes: &[NewCode]) -> Result<()> {
    match codes.first() {
        Some(code) if find(table, &code.hash).await?.is_some() => Ok(()),
        _ if before == 0 => Err(Error::Conflict("操作冲突，请重试")),
        _ => Err(Error::Conflict("该批次已作废")),
    }
}

fn actions(
    table: &Table,
    batch: &Batch,
    before: u64,
    codes: &[NewCode],
    zone: &Zone,
) -> Result<(Vec<TransactWriteItem>, Tally)> {
    // The low bits of a batch's id are zero and would all meet in one shard.
    let mut tally = Tally::spread_by(batch.id.as_i64() >> BATCH_BITS);
    let due = batch.ends(zone).map(Place::due_batch);
    let counted = if before == 0 {
        tally = tally.joins(List::BATCHES, batch.id);
        let batch = Batch { count: number(codes), used: 0, left: number(codes), ..batch.clone() };
        let places: Vec<Place> = due.into_iter().chain([Place::listed(List::BATCHES, batch.id)]).collect();
        table.put_new(&Key::batch(batch.id), &batch, &places)?
    } else {
        more(batch.id, before, codes, due.as_ref()).action(table)?
    };
    let mut actions = vec![counted];
    for code in codes {
        tally = tally.joins(List::CODES_UNUSED, code.id);
        let place = Place::listed(List::CODES_UNUSED, code.id);
        actions.push(table.put_new(&Key::redemption_code(&code.hash), &entity(batch, code), &[place])?);
    }
    Ok((actions, tally))
}

/// More codes for a batch that is there, not void, and has as many as we made. It is due again, should the janitor have
/// found it empty since: it can be the last minute of its last day.
fn more(batch: BatchId, before: u64, codes: &[NewCode], due: Option<&Place>) -> Change {
    let change = Change::of(&Key::batch(batch))
        .add("#count :made, #left :made")
        .when("#count = :before AND attribute_not_exists(#void)")
        .name("#count", "count")
        .name("#left", "left")
        .name("#void", "void")
        .value(":made", n(number(codes)))
        .value(":before", n(before));
    match due {
        Some(due) => change.placed(due),
        None => change,
    }
}

fn entity(batch: &Batch, code: &NewCode) -> Code {
    Code {
        id: code.id,
        batch: batch.id,
        sealed: code.sealed.clone(),
        benefit: batch.benefit,
        end_day: batch.end_day,
        status: Status::Unused,
        created: batch.created,
        updated: batch.created,
        user: None,
        ip: None,
        ordinal: None,
        imported: false,
    }
}

fn number(codes: &[NewCode]) -> u64 {
    u64::try_from(codes.len()).unwrap_or(u64::MAX)
}
