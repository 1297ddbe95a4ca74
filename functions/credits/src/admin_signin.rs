//! `GET /api/admin/signin`: everybody's sign-ins, newest first.

use domain::Result;
use serde_json::Value;
use table::list::{self, List, Owned};
use table::signin::Signin;
use web::{Call, Reply};

use crate::{App, view};

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let table = &app.base.table;
    let (_, counts) = call.administrator_and(list::counts(table, &[List::SIGNINS])).await?;
    let page = list::page(table, &counts, call.page()).await?;
    let signins: Vec<Owned<Signin>> = list::load(table, &page).await?;
    let view = |owned: &Owned<Signin>| view::owned(view::signin(&owned.row, &app.base.zone), owned.user.as_ref());
    let rows: Vec<Value> = signins.iter().map(view).collect();
    Reply::list(counts.total(), &rows)
}
