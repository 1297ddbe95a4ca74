//! `GET /api/config`: what everybody is shown of the site. It asks nobody who they are and costs no table read while it
//! is fresh.

use domain::Result;
use web::{Call, Reply};

use crate::App;

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let shown = app.shown.get(&app.base, call.began()).await?;
    Reply::data(&shown.as_ref())
}
