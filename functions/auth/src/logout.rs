//! `POST /api/logout`: ends the current session.

use domain::{Error, Result};
use table::user;
use web::{Call, Reply};

use crate::App;

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let token = call.token().ok_or(Error::LoggedOut)?;
    if user::end_session(&app.base.table, &token).await? {
        Reply::message("退出成功")
    } else {
        Err(Error::LoggedOut)
    }
}
