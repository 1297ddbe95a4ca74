//! `GET /dashboard/billing/subscription` and `GET /v1/dashboard/billing/subscription`: the most that the caller's API key
//! can spend in all, in the form that OpenAI's own balance page once read. A credit is told as a dollar.

use domain::{Error, Result};
use serde_json::json;
use web::{Call, Reply};

pub(crate) async fn handle(call: &Call) -> Result<Reply> {
    let token = call.api_key().ok_or(Error::LoggedOut)?;
    let user = call.key_owner().await?;
    let key = user.live_key(&token.hash(), call.began()).ok_or(Error::LoggedOut)?;
    // What the key may spend is of no use beyond what its owner has; what is set aside for it counts as spent.
    let limit = key.spent().saturating_add(key.room().min(user.balance));
    Reply::json(&json!({
        "object": "billing_subscription",
        "has_payment_method": true,
        "soft_limit_usd": limit,
        "hard_limit_usd": limit,
        "system_hard_limit_usd": limit,
        // Seconds; 0 for no end.
        "access_until": key.expires.unwrap_or(0).div_euclid(1000),
    }))
}
