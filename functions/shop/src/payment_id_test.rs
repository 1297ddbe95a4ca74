//! `POST /api/admin/payment/{id}/test`: whether the provider's notifications reach this deployment, and whether the
//! provider accepts the channel's keys.

use domain::{Error, Result};
use serde_json::json;
use table::shop;
use web::{Call, Reply};

use crate::{App, test_notification};

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let (_, shop) = call.administrator_and(shop::load(&app.base.table)).await?;
    let channel = shop.channel(call.id("id")?).ok_or_else(Error::absent)?;
    let (notify, keys) =
        tokio::join!(test_notification::send(app, call, channel.provider, channel.id), app.cashier.try_keys(channel));
    let (notify, keys) = (notify?, keys?);
    let status = i32::from(notify.is_none() && keys.is_none());
    let problems: Vec<String> = [notify, keys].into_iter().flatten().collect();
    let sentence = if problems.is_empty() {
        "测试通过：通知可达，支付平台接受密钥".to_owned()
    } else {
        problems.join("；")
    };
    Reply::new(sentence.clone(), &json!({"status": status, "reason": if status == 1 { "" } else { &sentence }}))
}
