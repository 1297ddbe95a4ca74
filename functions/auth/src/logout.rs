//! `POST /api/logout`: ends the current session.

use domain::{Error, Result};
use table::user;
use web::{Call, Reply};

use crate::App;

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let token = call.token().ok_or(Error::LoggedOut)?;
    user::authenticate(&app.base.table, &token, call.began()).await?;
    // It was alive a moment ago. Should it be gone now, a try of ours ended it whose answer was lost, or another call.
    let _ = user::end_session(&app.base.table, &token).await?;
    Reply::message("退出成功")
}
