//! `GET /api/admin/turnover`: everybody's ledger rows, newest first, or with `?user_id=` the statement of one user, who
//! may be deleted.

use domain::{Result, UserId};
use serde_json::Value;
use table::ledger::{self, Row};
use table::list::{self, List, Owned};
use table::user::{self, User};
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
    let (_, counts) = call.administrator_and(list::counts(table, &[List::LEDGER])).await?;
    let page = list::page(table, &counts, call.page()).await?;
    let rows: Vec<Owned<Row>> = list::load(table, &page).await?;
    // The index may still show what was hidden some milliseconds ago.
    let shown = rows.iter().filter(|owned| owned.row.hidden.is_none());
    let rows: Vec<Value> = shown.map(|owned| view_of(app, &owned.row, owned.user.as_ref())).collect();
    Reply::list(counts.total(), &rows)
}

/// An id that cannot be read is told to administrators alone.
async fn of_one(app: &App, call: &Call, user: Result<UserId>) -> Result<Reply> {
    let table = &app.base.table;
    let (_, user) = call.administrator_and(async { user::find_or_remains(table, user?).await }).await?;
    let Some(user) = user else { return Reply::list(0, &[]) };
    let (count, rows) = ledger::page(table, &user, call.page()).await?;
    let owner = user.gone.is_none().then_some(&user);
    let rows: Vec<Value> = rows.iter().map(|row| view_of(app, row, owner)).collect();
    Reply::list(count, &rows)
}

fn view_of(app: &App, row: &Row, user: Option<&User>) -> Value {
    view::owned(view::row(row, &app.base.zone), user)
}
