//! `POST /api/user/keys`: a new key for a program of the caller's. Its text is in this answer alone.

use domain::Result;
use table::api_key;
use table::limit::{self, Bucket};
use web::{Call, Reply};

use crate::{App, api_key as form};

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let user = call.user().await?;
    let bounds = form::bounds(&call.fields()?, &app.base.zone, call.began())?;
    limit::take(&app.base.table, Bucket::ApiKeysOfUser(user.id), call.began_seconds()).await?;
    let (token, key) = api_key::create(&app.base.table, user.id, bounds, call.began()).await?;
    let row = form::view_whole(&token, &key, &app.base.zone);
    Reply::new("请妥善保存密钥，此后不再显示", &row)
}
