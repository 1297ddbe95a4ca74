//! `POST /api/signin`: signs the business day and gives its reward.

use domain::{Error, Result};
use serde_json::json;
use table::signin::{self, Draft};
use web::{Call, Reply};

use crate::App;

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let session = call.token().ok_or(Error::LoggedOut)?;
    let (user, site) = tokio::join!(call.user(), app.site.get(&app.base.table, call.began()));
    let (user, reward) = (user?, site?.settings.signin_reward);
    let day = app.base.zone.day(call.began());
    let draft = Draft { session: &session, day, reward, ip: call.address(), now: call.began() };
    if !signin::sign(&app.base.table, user, &draft).await? {
        return Err(Error::Conflict("今日已经签到了"));
    }
    Reply::new(format!("签到成功 +{reward}积分"), &json!([]))
}
