//! `GET /api/admin/carmi/batch/{id}`: the codes of a batch, as a file for spreadsheet programs.

use domain::{BatchId, Error, Result};
use table::list;
use table::redemption::{self, Code};
use web::{Call, Reply, csv};

use crate::{App, carmi};

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let table = &app.base.table;
    let id: Result<BatchId> = call.id("id");
    let batch = async {
        match &id {
            Ok(id) => redemption::batch(table, *id).await,
            Err(_) => Ok(None),
        }
    };
    let (_, batch) = call.administrator_and(batch).await?;
    let batch = batch.ok_or(Error::absent())?;
    let listed = redemption::all_codes_of(table, &batch).await?;
    let rows = list::load::<Code>(table, &listed).await?;
    let text = csv::text(&carmi::TITLES, rows.iter().map(|owned| carmi::cells(app, owned)));
    Ok(Reply::file(&format!("carmi-{}.csv", batch.id), csv::CONTENT_TYPE, text))
}
