//! `GET /api/user/info`: the caller.

use domain::Result;
use web::{Call, Reply, view};

use crate::App;

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let user = call.user().await?;
    Reply::data(&view::user(&user, &app.base.zone, call.began()))
}
