//! What is left of a key's money, where its provider has a call that tells.

use reqwest::Url;
use serde_json::Value;
use tokio::time::Instant;

use crate::call::{Call, collect};
use crate::client::Client;
use crate::failure::{Cause, Verdict};
use crate::key::Key;

/// Answers of these calls have some hundred bytes; the usage of each day of three months some thousand.
const BODY_BYTES_MAX: usize = 512 * 1024;
const MICROS_PER_DOLLAR: f64 = 1_000_000.0;
/// A Stability credit is a cent: <https://platform.stability.ai/pricing>.
const MICROS_PER_CREDIT: f64 = 10_000.0;
const MICROS_PER_CENT: f64 = 10_000.0;

/// A key's money, in millionths of a dollar. Some proxies put their own currency into the same fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Balance {
    /// What the key may spend in all; for a prepaid account without a history, what is left of it.
    pub limit_micro_usd: u64,
    /// What it has spent of that.
    pub used_micro_usd: u64,
}

impl Balance {
    /// What is left.
    #[must_use]
    pub fn left_micro_usd(self) -> u64 {
        self.limit_micro_usd.saturating_sub(self.used_micro_usd)
    }
}

impl Client {
    /// The limit of an OpenAI-style key and its usage from the day `start` to before the day `end` (`YYYY-MM-DD`, at
    /// most 100 days apart): `dashboard/billing/subscription` and `…/usage`. OpenAI itself answers them to browsers
    /// only; one-api and its kin answer them to keys: <https://www.newapi.ai/en/api/fei-account-billing-panel>.
    /// `None` when this host has no such calls.
    ///
    /// # Errors
    /// When the key is not accepted, or the host does not answer as a host should.
    pub async fn openai_balance(
        &self,
        key: &Key,
        start: &str,
        end: &str,
        until: Instant,
    ) -> Result<Option<Balance>, Cause> {
        // Some have the calls beside `/v1`, some below it, many have both.
        for version in [&["v1"][..], &[]] {
            let route = |name| self.route(key, version, &["dashboard", "billing", name]);
            let subscription = self.read_billing(route("subscription")?, key, until).await?;
            let limit = subscription.as_ref().and_then(|found| micros(found.get("hard_limit_usd")?, MICROS_PER_DOLLAR));
            let Some(limit_micro_usd) = limit else { continue };
            let mut url = route("usage")?;
            url.query_pairs_mut().append_pair("start_date", start).append_pair("end_date", end);
            let usage = self.read_billing(url, key, until).await?;
            let used = usage.as_ref().and_then(|found| micros(found.get("total_usage")?, MICROS_PER_CENT));
            return Ok(Some(Balance { limit_micro_usd, used_micro_usd: used.unwrap_or(0) }));
        }
        Ok(None)
    }

    /// The credits that a Stability account has left:
    /// <https://platform.stability.ai/docs/api-reference#tag/v1user/operation/userBalance>.
    ///
    /// # Errors
    /// As [`Client::openai_balance`].
    pub async fn stability_balance(&self, key: &Key, until: Instant) -> Result<Option<Balance>, Cause> {
        let url = self.route(key, &["v1"], &["user", "balance"])?;
        let answer = self.read_billing(url, key, until).await?;
        let left = answer.as_ref().and_then(|found| micros(found.get("credits")?, MICROS_PER_CREDIT));
        Ok(left.map(|limit_micro_usd| Balance { limit_micro_usd, used_micro_usd: 0 }))
    }

    /// The document at `url`; `None` when there is none for this kind of key, or a page for people instead.
    async fn read_billing(&self, url: Url, key: &Key, until: Instant) -> Result<Option<Value>, Cause> {
        let call = Call::get(url, "application/json").bearer(key)?;
        let response = match self.exchange(&call, until).await {
            Ok(response) => response,
            // 403 is what OpenAI answers here to every key, so it says nothing about this one.
            Err(Verdict::Next(Cause::NotFound | Cause::Forbidden) | Verdict::Refuse(..)) => return Ok(None),
            Err(Verdict::Next(cause)) => return Err(cause),
        };
        let body = collect(response, BODY_BYTES_MAX, until).await?;
        Ok(serde_json::from_slice(&body).ok())
    }
}

/// A number, or a number in a text, in units of so many millionths; `None` for what is no amount of money.
fn micros(amount: &Value, unit: f64) -> Option<u64> {
    let amount = amount.as_f64().or_else(|| amount.as_str()?.trim().parse().ok())?;
    let micros = (amount * unit).round();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 2^53")]
    (0.0..=9_007_199_254_740_992.0).contains(&micros).then_some(micros as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn amounts_are_read_to_the_millionth() {
        for (amount, unit, found) in [
            (json!(5), MICROS_PER_DOLLAR, Some(5_000_000)),
            (json!(1.394_104), MICROS_PER_DOLLAR, Some(1_394_104)),
            (json!(0.1), MICROS_PER_DOLLAR, Some(100_000)),
            (json!("12.5"), MICROS_PER_CENT, Some(125_000)),
            (json!(100_000_000), MICROS_PER_DOLLAR, Some(100_000_000_000_000)),
            (json!(0), MICROS_PER_CENT, Some(0)),
            (json!(-1), MICROS_PER_CENT, None),
            (json!(1e300), MICROS_PER_CENT, None),
            (json!("NaN"), MICROS_PER_CENT, None),
            (json!(null), MICROS_PER_CENT, None),
        ] {
            assert_eq!(micros(&amount, unit), found, "{amount}");
        }
    }
}
