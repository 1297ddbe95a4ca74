//! `GET /api/admin/audit`: what administrators did, newest first, or with `?user_id=` what one of them did, who may be
//! deleted since.

use domain::{Result, UserId};
use serde_json::Value;
use table::audit::{self, Record};
use table::list::{self, List, Owned};
use web::{Call, Reply};

use crate::{App, view};

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    match call.query_id("user_id").transpose() {
        None => everybodys(app, call).await,
        Some(user) => of_one(app, call, user).await,
    }
}

async fn everybodys(app: &App, call: &Call) -> Result<Reply> {
    let table = &app.base.table;
    let (_, counts) = call.administrator_and(list::counts(table, &[List::AUDIT])).await?;
    let page = list::page(table, &counts, call.page()).await?;
    let records: Vec<Owned<Record>> = list::load(table, &page).await?;
    let rows = records.iter().map(|owned| view::record(&owned.row, owned.user.as_ref(), &app.base.zone));
    Reply::list(counts.total(), &rows.collect::<Vec<Value>>())
}

/// An id that cannot be read is told to administrators alone.
async fn of_one(app: &App, call: &Call, user: Result<UserId>) -> Result<Reply> {
    let table = &app.base.table;
    let find = async {
        let id = user?;
        Ok((id, audit::counted(table, id).await?))
    };
    let (_, (id, (count, user))) = call.administrator_and(find).await?;
    let records = audit::page(table, id, count, call.page()).await?;
    let rows = records.iter().map(|record| view::record(record, user.as_ref(), &app.base.zone));
    Reply::list(count, &rows.collect::<Vec<Value>>())
}
