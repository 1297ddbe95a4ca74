//! `DELETE /api/user/keys/{id}`: a key opens nothing any more; what it has begun is finished and settled.

use domain::Result;
use table::api_key;
use web::{Call, Reply};

use crate::App;

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let user = call.user().await?;
    let id = call.id("id")?;
    let revoked = api_key::revoke(&app.base.table, &user, id, call.began()).await?;
    Reply::data(&i32::from(revoked))
}
