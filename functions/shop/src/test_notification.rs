//! The notification that a deployment sends to itself, to see that providers reach it. It is signed with a key of the
//! deployment's own and credits nobody.

use std::time::Duration;

use domain::{ChannelId, Provider, Result};
use outbound::{Call as Outgoing, CallError, Url};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::time::Instant;
use web::Call;

use crate::{App, public_url};

/// Stands in the address where the order's id would.
pub(crate) const ID: &str = "test";
/// How old one may be.
const AGE_MILLIS_MAX: i64 = 60_000;
/// How long it may take to arrive and be answered.
const PATIENCE: Duration = Duration::from_secs(5);
/// Longest answer that is read.
const ANSWER_BYTES_MAX: usize = 4 * 1024;

/// Sends one for a channel. None when it arrived; else a sentence that says what is wrong.
pub(crate) async fn send(app: &App, call: &Call, provider: Provider, channel: ChannelId) -> Result<Option<String>> {
    let base = public_url(call)?;
    let url = format!("{base}/api/pay/notify/{}/{ID}", provider.name());
    let at = app.base.clock.millis();
    let signature = app.test_key.sign(&signed(provider, channel, at));
    let body = format!("channel={channel}&at={at}&sign={}", utf8_percent_encode(&signature, NON_ALPHANUMERIC));
    let problem = match Url::parse(&url) {
        Err(_) => Some("部署参数 PublicUrl 不是有效的网址".to_owned()),
        Ok(url) => {
            let outgoing = Outgoing::post(url, "application/x-www-form-urlencoded", body, ANSWER_BYTES_MAX);
            match app.cashier.http().send(outgoing.repeatable(), Instant::now() + PATIENCE).await {
                Ok(answer) => verdict(answer.status, &answer.body),
                Err(error) => Some(unreached(error)),
            }
        }
    };
    Ok(problem.map(|sentence| format!("{sentence}（通知地址：{url}）")))
}

/// What an answer shows.
fn verdict(status: u16, body: &[u8]) -> Option<String> {
    match status {
        200 if body == b"success" => None,
        200 if body == b"fail" => Some("通知到达了另一套部署，或部署密钥已变化".to_owned()),
        200 => Some("该地址由别的网站应答，请检查域名解析和反向代理".to_owned()),
        301 | 302 | 303 | 307 | 308 => Some("该地址被重定向，支付平台不会跟随，请填写最终地址".to_owned()),
        401 | 403 => Some("该地址拒绝了外部请求（403），请检查防火墙或WAF规则".to_owned()),
        404 => Some("该地址没有通知接口（404），请检查部署参数 PublicUrl 是否包含阶段名".to_owned()),
        429 => Some("请求过于频繁，请稍后再试".to_owned()),
        status => Some(format!("该地址应答了错误状态（{status}）")),
    }
}

fn unreached(error: CallError) -> String {
    match error {
        CallError::Blocked(_) => "公网地址不在公网上，支付平台无法访问，请检查部署参数 PublicUrl".to_owned(),
        CallError::Timeout => "通知在5秒内没有得到应答，请检查网络和反向代理".to_owned(),
        _ => "无法连接到公网地址，请检查域名解析和证书".to_owned(),
    }
}

/// Whether a notification is one of these, and young.
pub(crate) fn is_ours(app: &App, call: &Call, fields: &[(String, String)]) -> bool {
    let field = |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let provider = call.path("channel").and_then(|name| Provider::parse(&name));
    let (channel, at) = (field("channel").and_then(ChannelId::parse), field("at").and_then(|at| at.parse().ok()));
    let (Some(provider), Some(channel), Some(at), Some(sign)) = (provider, channel, at, field("sign")) else {
        return false;
    };
    let is_young = app.base.clock.millis().abs_diff(at) <= AGE_MILLIS_MAX.unsigned_abs();
    is_young && app.test_key.matches(&signed(provider, channel, at), sign)
}

fn signed(provider: Provider, channel: ChannelId, at: i64) -> String {
    format!("{} {channel} {at}", provider.name())
}
