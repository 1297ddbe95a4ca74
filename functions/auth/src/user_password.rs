//! `PUT /api/user/password`: sets a password with a code sent to the account; ends all other sessions.

use domain::{Account, Error, Result, SessionToken};
use table::account;
use table::limit::{self, Bucket};
use table::user::{self, User};
use web::{Call, Reply};

use crate::password::NewPassword;
use crate::{App, proof};

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let fields = call.fields()?;
    let (account, code) = (fields.required("account")?, fields.code("code").ok_or_else(Error::missing)?);
    let password = NewPassword::parse(fields.required("password")?)?;
    let account = Account::parse(&account).ok_or(Error::refused("请使用邮箱登录！"))?;

    let (table, network) = (&app.base.table, call.network());
    limit::take(table, Bucket::LoginsFromNetwork(&network), call.began_seconds()).await?;
    let caller = caller(app, call).await?;
    if caller.as_ref().is_some_and(|(_, user)| user.account != account) {
        return Err(proof::wrong_code());
    }
    let (proved, known) = tokio::join!(proof::prove(app, call, &account, &code), account::find(table, &account));
    let (proved, id) = (proved?, known?.ok_or(Error::refused("账号不存在，请先注册"))?);

    let stored = app.hasher.hash(&password)?;
    let keep = caller.as_ref().map(|(token, _)| token);
    if account::set_password(table, id, &stored, &proved, keep, call.began()).await? {
        Reply::message("重置密码成功")
    } else {
        Err(proof::wrong_code())
    }
}

/// Who calls, if anybody: this route also works logged out, so a bad token is ignored.
async fn caller(app: &App, call: &Call) -> Result<Option<(SessionToken, User)>> {
    let Some(token) = call.token() else { return Ok(None) };
    match user::authenticate(&app.base.table, &token, call.began()).await {
        Ok(user) => Ok(Some((token, user))),
        Err(Error::LoggedOut) => Ok(None),
        Err(error) => Err(error),
    }
}
