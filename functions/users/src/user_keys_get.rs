//! `GET /api/user/keys`: the keys of the caller's programs, newest first, masked.

use domain::Result;
use web::{Call, Reply};

use crate::{App, api_key};

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let user = call.user().await?;
    let keys: Vec<_> = user.keys().into_iter().map(|key| api_key::view(user.id, key, &app.base.zone)).collect();
    Reply::list(keys.len() as u64, &keys)
}
