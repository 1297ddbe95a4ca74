//! The pages for people, in Chinese, which work without scripts.

use std::fmt::Write;

use super::trade::{Delivery, State, Trade};
use super::{address, qr, time};

const STYLE: &str = "body{font:16px/1.6 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;color:#222}\
    table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;\
    border-bottom:1px solid #ddd;overflow-wrap:anywhere}th{white-space:nowrap;font-weight:600}\
    button{font:inherit;padding:.3rem 1.2rem;margin:.2rem .4rem .2rem 0}input{font:inherit;width:14rem}\
    input[type=checkbox]{width:auto}fieldset{border:1px solid #ddd;margin:1rem 0}.amount{font-size:1.6rem}\
    code{font-size:.85rem;overflow-wrap:anywhere}.no{color:#b00}";

/// The switches that a person can set: name, label, hint.
const SWITCHES: [(&str, &str, &str); 6] = [
    ("late", "延迟（秒）", "0"),
    ("repeat", "发送次数", "1"),
    ("amount", "改写金额", "与订单相同"),
    ("status", "改写状态", "与订单相同"),
    ("fields", "附加字段", "a=1&amp;b=2"),
    ("key", "改用密钥", "商户的密钥"),
];

/// The page of one trade at the stack at `url`.
pub(super) fn trade(trade: &Trade, url: &str) -> String {
    let mut body = format!(
        "<p><a href=\"/_local/pay\">全部订单</a></p><h1>{}</h1><p class=\"amount\">¥ {}　{}</p><table>",
        escape(&trade.title),
        trade.yuan(),
        trade.state.title(),
    );
    for (name, value) in [
        ("支付平台", trade.provider.title().to_owned()),
        ("商户", trade.merchant.clone()),
        ("商户订单号", trade.out_trade_no.clone()),
        ("平台订单号", trade.trade_no.clone()),
        ("支付方式", trade.method.clone()),
        ("创建时间", time::write(trade.created, time::SECONDS)),
        ("支付时间", trade.paid_at()),
        ("通知地址", trade.notify_url.clone()),
    ] {
        if !value.is_empty() {
            let _ = write!(body, "<tr><th>{name}</th><td>{}</td></tr>", escape(&value));
        }
    }
    body.push_str("</table>");
    body.push_str(&form(trade));
    let picture = qr::address(url, "xunhupay", &address(url, &trade.number));
    let _ = write!(body, "<p><img src=\"{}\" alt=\"本页的二维码\" width=\"180\"></p>", escape(&picture));
    body.push_str(&deliveries(&trade.deliveries));
    document(&format!("{} · 模拟支付", trade.title), &body)
}

/// The page of all trades, newest first.
pub(super) fn list(trades: &[Trade]) -> String {
    let mut body = String::from(
        "<h1>模拟支付</h1><p>本机的支付宝、易支付、PAYJS 与虎皮椒。没有真钱。<a href=\"/_local/pay/params\">收款渠道的参数</a></p>",
    );
    if trades.is_empty() {
        body.push_str("<p>还没有订单。</p>");
    } else {
        body.push_str("<table><tr><th>订单</th><th>支付平台</th><th>商品</th><th>金额</th><th>状态</th></tr>");
        for trade in trades {
            let _ = write!(
                body,
                "<tr><td><a href=\"{}\">{}</a></td><td>{}</td><td>{}</td><td>¥ {}</td><td>{}</td></tr>",
                escape(&address("", &trade.number)),
                escape(&trade.number),
                trade.provider.title(),
                escape(&trade.title),
                trade.yuan(),
                trade.state.title(),
            );
        }
        body.push_str("</table>");
    }
    document("模拟支付", &body)
}

/// The buttons that do something in this state, with the switches.
fn form(trade: &Trade) -> String {
    let buttons: &[(&str, &str)] = match trade.state {
        State::Waiting => &[("pay", "支付"), ("close", "关闭"), ("notify", "仅发送通知")],
        State::Paid => &[("notify", "再次发送通知"), ("refund", "退款")],
        State::Closed | State::Refunded => &[("notify", "再次发送通知")],
    };
    let mut form = String::from("<form method=\"post\"><p>");
    for (action, label) in buttons {
        let target = format!("{}/{action}", address("", &trade.number));
        let _ = write!(form, "<button formaction=\"{}\">{label}</button>", escape(&target));
    }
    form.push_str("</p><fieldset><legend>通知开关（可不填）</legend><table>");
    for (name, label, hint) in SWITCHES {
        let _ = write!(
            form,
            "<tr><th><label for=\"{name}\">{label}</label></th>\
             <td><input id=\"{name}\" name=\"{name}\" placeholder=\"{hint}\" autocomplete=\"off\"></td></tr>"
        );
    }
    form.push_str(
        "</table><p><label><input type=\"checkbox\" name=\"signature\" value=\"wrong\"> 错误签名</label>　\
         <label><input type=\"checkbox\" name=\"lost\" value=\"1\"> 通知丢失（不发送）</label></p></fieldset></form>",
    );
    form
}

fn deliveries(deliveries: &[Delivery]) -> String {
    if deliveries.is_empty() {
        return "<h2>通知</h2><p>还没有发送通知。</p>".to_owned();
    }
    let mut table = String::from("<h2>通知</h2><table><tr><th>时间</th><th>发送</th><th>答复</th></tr>");
    for delivery in deliveries.iter().rev() {
        let class = if delivery.accepted() { "yes" } else { "no" };
        let status = if delivery.status == 0 { "无答复".to_owned() } else { delivery.status.to_string() };
        let _ = write!(
            table,
            "<tr><td>{}</td><td><code>{}<br>{}</code></td><td class=\"{class}\">{status} {}</td></tr>",
            time::write(delivery.time, "%H:%M:%S"),
            escape(&delivery.url),
            escape(&delivery.sent),
            escape(&delivery.body),
        );
    }
    table.push_str("</table>");
    table
}

fn document(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>{}</title><style>{STYLE}</style></head><body>{body}</body></html>\n",
        escape(title)
    )
}

/// The text as HTML, also between quotes.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}
