//! `GET /api/admin/carmi`: redemption codes, newest first: all, those of a status, those of a batch.

use domain::{BatchId, Error, Page, Result};
use serde_json::Value;
use table::Table;
use table::list::{self, List, Listed};
use table::redemption::{self, Code};
use views::carmi;
use web::{Call, Reply};

use crate::App;

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let table = &app.base.table;
    let (lists, batch) = match parse(call) {
        Ok(wanted) => wanted,
        // Who may not ask learns that first.
        Err(error) => return call.administrator().await.and(Err(error)),
    };
    let (count, listed) = match batch {
        None => {
            let (_, counts) = call.administrator_and(list::counts(table, &lists)).await?;
            (counts.total(), list::page(table, &counts, call.page()).await?)
        }
        Some(batch) => call.administrator_and(of_batch(table, batch, &lists, call.page())).await?.1,
    };
    let rows = list::load::<Code>(table, &listed).await?;
    let rows: Vec<Value> = rows.iter().map(|owned| carmi::row(owned, &app.sealer, &app.base.zone)).collect();
    Reply::list(count, &rows)
}

fn parse(call: &Call) -> Result<(Vec<List>, Option<BatchId>)> {
    let lists = match call.query_word("status") {
        None => redemption::LISTS.to_vec(),
        Some(text) => {
            let status = text.parse().ok().and_then(carmi::status);
            vec![status.ok_or(Error::unreadable())?.list()]
        }
    };
    Ok((lists, call.query_id("batch")?))
}

/// A batch is small enough to count what the index shows of it.
async fn of_batch(table: &Table, batch: BatchId, lists: &[List], page: Page) -> Result<(u64, Vec<Listed>)> {
    let all = redemption::codes_of(table, batch, lists).await?;
    let count = u64::try_from(all.len()).unwrap_or(u64::MAX);
    Ok((count, page.of(all.into_iter().rev()).collect()))
}
