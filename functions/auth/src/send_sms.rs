//! `GET /api/send_sms`: mails a login code to an address. The answer is the same for known and unknown accounts.

use domain::{Account, Error, LoginCode, Result};
use table::code;
use table::limit::{self, Bucket};
use web::{Call, Reply};

use crate::{App, proof};

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let source = call.query("source").unwrap_or_default();
    let account = Account::parse(&source).ok_or(Error::refused("请使用邮箱登录！"))?;

    let (table, now) = (&app.base.table, call.began_seconds());
    let network = call.network();
    // One after the other: who is refused must not use up the next one's count, which is shared with others.
    for bucket in [Bucket::CodesFromNetwork(&network), Bucket::CodesToMailbox(&account), Bucket::CodesOfSite] {
        limit::take(table, bucket, now).await?;
    }

    let code = LoginCode::draw()?;
    let salt = proof::salt()?;
    code::put(table, &account, &app.codes.hash(&account, &salt, &code), &salt, now).await?;
    app.mailer.send_code(&account, &code).await?;
    Reply::message("发送成功，请注意查收！")
}
