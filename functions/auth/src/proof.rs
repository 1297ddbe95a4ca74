//! Proving an address by the code that was mailed to it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use domain::{Account, Error, LoginCode, Result, random};
use table::code;

use web::Call;

use crate::App;

/// A fresh salt for one code.
pub(crate) fn salt() -> Result<String> {
    Ok(BASE64.encode(random::<12>()?))
}

/// Counts a try and compares. Returns the stored hash, by which the transaction that follows uses the code up.
pub(crate) async fn prove(app: &App, call: &Call, account: &Account, text: &str) -> Result<String> {
    let stored = code::count_try(&app.base.table, account, call.began_seconds()).await?;
    let stored = stored.ok_or(Error::refused("请先发送验证码"))?;
    match LoginCode::parse(text) {
        Some(code) if app.codes.matches(&stored.hash, account, &stored.salt, &code) => Ok(stored.hash),
        _ => Err(wrong_code()),
    }
}

/// The code does not fit, or was used meanwhile.
pub(crate) const fn wrong_code() -> Error {
    Error::refused("验证码不正确")
}
