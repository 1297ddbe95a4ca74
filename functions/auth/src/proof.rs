//! Proving an address by the code that was mailed to it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use domain::{Account, Error, LoginCode, Network, Result, random};
use table::code::{self, Proved, StoredCode, Tried};
use table::user::User;

use web::Call;

use crate::App;

/// A fresh salt for one code.
pub(crate) fn salt() -> Result<String> {
    Ok(BASE64.encode(random::<12>()?))
}

/// Counts a try and compares it with the codes that are good. Returns the one that fits, which the transaction that
/// follows uses up. A network tries against its own code; one that has none tries with those that have none.
pub(crate) async fn prove(app: &App, call: &Call, account: &Account, text: &str) -> Result<Proved> {
    let (table, network, now) = (&app.base.table, call.network(), call.began_seconds());
    let (tried, live) =
        tokio::try_join!(code::count_try(table, account, &network, now), code::live(table, account, now))?;
    let codes: Vec<&StoredCode> = live.iter().filter(|code| code.takes(&network, tried)).collect();
    if tried == Tried::UsedUp || codes.is_empty() {
        return Err(Error::refused("请先发送验证码"));
    }
    if tried == Tried::NoneOfItsOwn {
        code::count_foreign_try(table, account, &network, now).await?;
    }
    let code = LoginCode::parse(text).ok_or_else(wrong_code)?;
    let fits = |stored: &&StoredCode| app.codes.matches(&stored.hash, account, &stored.salt, &code);
    codes.into_iter().find(fits).map(StoredCode::proved).ok_or_else(wrong_code)
}

/// Whether a request comes from the network of the user's last login.
pub(crate) fn is_home(user: Option<&User>, network: &Network) -> bool {
    user.is_some_and(|user| network.is_home_of(&user.ip))
}

/// The code does not fit, or was used meanwhile.
pub(crate) const fn wrong_code() -> Error {
    Error::refused("验证码不正确")
}
