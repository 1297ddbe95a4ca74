//! `GET /api/signin/list`: the caller's sign-ins of this business month, oldest first, as a calendar fills.

use domain::Result;
use serde_json::Value;
use table::signin;
use web::{Call, Reply};

use crate::{App, view};

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let user = call.user().await?;
    let today = app.base.zone.day(call.began());
    let (first, last) = (today.first_of_month(), today.last_of_month());
    let signins = signin::between(&app.base.table, user.id, first, last).await?;
    let signins: Vec<Value> = signins.iter().map(|signin| view::signin(signin, &app.base.zone)).collect();
    Reply::data(&signins)
}
