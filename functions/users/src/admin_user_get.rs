//! `GET /api/admin/user`: a page of all users, or of those whose account begins as `account` says.

use domain::Result;
use table::account::{self, Prefix};
use table::list::{self, List};
use web::{Call, Reply, view};

use crate::App;

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let (table, page) = (&app.base.table, call.page());
    let (count, users) = if let Some(prefix) = call.query("account").as_deref().and_then(Prefix::parse) {
        // Not beside each other: a search may read much, and is for administrators only.
        call.administrator().await?;
        account::search(table, &prefix, page).await?
    } else {
        let (_, counts) = call.administrator_and(list::counts(table, &[List::USERS])).await?;
        let listed = list::page(table, &counts, page).await?;
        (counts.total(), list::users(table, &listed).await?)
    };
    let rows: Vec<_> = users.iter().map(|user| view::administered(user, &app.base.zone)).collect();
    Reply::list(count, &rows)
}
