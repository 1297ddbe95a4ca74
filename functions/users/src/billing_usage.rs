//! `GET /dashboard/billing/usage` and `GET /v1/dashboard/billing/usage`: what the caller's API key has spent since it was
//! made, whichever days are asked for, in the hundredths that OpenAI's own balance page once read.

use domain::{Error, Result};
use serde_json::json;
use web::{Call, Reply};

/// Parts of a credit that the usage is told in.
const PARTS: i64 = 100;

pub(crate) async fn handle(call: &Call) -> Result<Reply> {
    let token = call.api_key().ok_or(Error::LoggedOut)?;
    let user = call.key_owner().await?;
    let key = user.live_key(&token.hash(), call.began()).ok_or(Error::LoggedOut)?;
    Reply::json(&json!({"object": "list", "total_usage": key.spent().saturating_mul(PARTS)}))
}
