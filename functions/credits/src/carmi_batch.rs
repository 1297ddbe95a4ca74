//! `GET /api/admin/carmi/batch`: batches of redemption codes, newest first.

use domain::Result;
use serde_json::Value;
use table::list::{self, List};
use table::redemption::Batch;
use views::carmi;
use web::{Call, Reply};

use crate::App;

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let table = &app.base.table;
    let (_, counts) = call.administrator_and(list::counts(table, &[List::BATCHES])).await?;
    let listed = list::page(table, &counts, call.page()).await?;
    let rows = list::load::<Batch>(table, &listed).await?;
    let rows: Vec<Value> = rows.iter().map(|owned| carmi::batch(owned, &app.base.zone)).collect();
    Reply::list(counts.total(), &rows)
}
