//! An epay site (易支付), the interface of its version 1: `mapi.php`, `api.php?act=order`, and its notifications.
//! It has no one maker; <https://epay.mushu.me/doc.html> is one of the many sites that document it.

use std::net::IpAddr;

use serde_json::{Value, json};

use super::digest::{sign, text_to_sign};
use super::fields::{Fields, fen, is_address, is_made_of};
use super::keys::epay_key;
use super::notification::{Change, pairs};
use super::reply::Reply;
use super::trade::{Draft, Provider, State, Trade};
use super::wish::Wish;
use super::{Office, time};

const METHODS: [&str; 4] = ["alipay", "wxpay", "qqpay", "bank"];
const DEVICES: [&str; 7] = ["", "pc", "mobile", "qq", "wechat", "alipay", "jump"];
/// Where the name of what is bought is cut, in bytes.
const NAME_BYTES_MAX: usize = 127;

/// `POST mapi.php`: a new trade.
pub(super) fn create(office: &Office<'_>, fields: &Fields) -> Reply {
    let (wish, name) = Wish::read(fields.get("name"));
    let draft = match draft(fields, &name) {
        Ok(draft) if !wish.refuse => draft,
        Ok(_) => return error(-1, "该商户已被封禁，无法发起支付").with_wish(wish),
        Err(refusal) => return refusal,
    };
    let again = draft.clone();
    let trade = match office.book.enter(draft, office.now) {
        Ok(trade) => trade,
        Err(known) if is_same(&known, &again) => *known,
        Err(_) => return error(-1, "商户订单号(out_trade_no)已存在"),
    };
    // Which of its three fields a site answers with depends on the way of paying and on what pays.
    let device = fields.get("device");
    let field = if matches!(device, "jump" | "mobile") || trade.method == "bank" { "payurl" } else { "qrcode" };
    let address = wish.link.write(office.page(&trade));
    let answer = json!({"trade_no": trade.trade_no, field: address});
    Reply::json(&enveloped(json!({"code": 1}), answer, wish.nested)).with_wish(wish)
}

/// An answer, whose parts stand together or, at some sites, one under `data` of the other.
fn enveloped(mut envelope: Value, answer: Value, is_nested: bool) -> Value {
    match answer {
        Value::Object(fields) if !is_nested => {
            for (name, value) in fields {
                envelope[name] = value;
            }
        }
        answer => envelope["data"] = answer,
    }
    envelope
}

/// `GET api.php?act=order`: what becomes of a trade.
pub(super) fn order(office: &Office<'_>, fields: &Fields) -> Reply {
    if fields.get("act") != "order" {
        return error(-5, "No Act!");
    }
    let pid = fields.get("pid");
    if fields.odd() || !is_merchant(pid) {
        return error(-3, "商户ID不存在");
    }
    if fields.get("key") != epay_key(pid) {
        return error(-3, "商户密钥错误");
    }
    let (theirs, ours) = (fields.get("trade_no"), fields.get("out_trade_no"));
    if theirs.is_empty() && ours.is_empty() {
        return error(-4, "订单号不能为空");
    }
    let found = office.book.find(|trade| {
        let is_asked = if theirs.is_empty() { trade.out_trade_no == ours } else { trade.trade_no == theirs };
        trade.provider == Provider::Epay && trade.merchant == pid && is_asked
    });
    let Some(trade) = found else {
        return error(-1, "订单号不存在");
    };
    let optional = |text: &str| if text.is_empty() { Value::Null } else { text.into() };
    let number = pid.parse::<u64>().ok().filter(|number| number.to_string() == pid);
    let pid = number.map_or_else(|| Value::from(pid), Value::from);
    let answer = json!({
        "trade_no": trade.trade_no, "out_trade_no": trade.out_trade_no,
        "api_trade_no": optional(&trade.transaction()), "type": trade.method, "pid": pid,
        "addtime": time::write(trade.created, time::SECONDS), "endtime": optional(&trade.paid_at()),
        "name": trade.title, "money": trade.yuan(), "param": optional(&trade.attach), "buyer": null,
        // A part that went back is one word with the whole.
        "status": match trade.state {
            State::Waiting | State::Closed => 0,
            State::Paid if trade.refunded_fen == 0 => 1,
            State::Paid | State::Refunded => 2,
        },
        "payurl": null,
    });
    let is_nested = Wish::read(&trade.title).0.nested;
    Reply::json(&enveloped(json!({"code": 1, "msg": "succ"}), trade.told(answer), is_nested))
}

/// Most sites number their merchants, some name them.
fn is_merchant(pid: &str) -> bool {
    is_made_of(pid, 20, |byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// Whether an unpaid order is only asked for once more.
fn is_same(known: &Trade, again: &Draft) -> bool {
    let asked = (again.amount_fen, &again.title, &again.notify_url, &again.attach);
    known.state == State::Waiting && asked == (known.amount_fen, &known.title, &known.notify_url, &known.attach)
}

/// The fields of a notification, signed. A site knows one word for all of them.
pub(super) fn notification(trade: &Trade, change: &Change) -> Vec<(String, String)> {
    // It counts in floating point, and so 1.00 becomes 1 and 1.50 becomes 1.5.
    let money = trade.yuan().trim_end_matches('0').trim_end_matches('.').to_owned();
    let mut fields = vec![
        ("pid", trade.merchant.clone()),
        ("trade_no", trade.trade_no.clone()),
        ("out_trade_no", trade.out_trade_no.clone()),
        ("type", trade.method.clone()),
        ("name", trade.title.clone()),
        ("money", change.amount(money)),
        ("trade_status", change.status("TRADE_SUCCESS")),
        ("sign_type", "MD5".to_owned()),
    ];
    if !trade.attach.is_empty() {
        fields.push(("param", trade.attach.clone()));
    }
    let key = change.key(epay_key(&trade.merchant));
    change.signed(fields, "sign", |fields| sign(&change.text(text(pairs(fields))), &key))
}

fn draft(fields: &Fields, name: &str) -> Result<Draft, Reply> {
    let pid = fields.get("pid");
    if fields.odd() || !is_merchant(pid) {
        return Err(error(-1, "商户ID(pid)不存在"));
    }
    if fields.get("sign_type") != "MD5" || fields.get("sign") != sign(&text(fields.iter()), &epay_key(pid)) {
        return Err(error(-3, "签名校验失败，请返回重试！"));
    }
    let out_trade_no = fields.get("out_trade_no");
    let in_number = |byte: u8| byte.is_ascii_alphanumeric() || b"._-|".contains(&byte);
    let checks = [
        (is_made_of(out_trade_no, 64, in_number), "订单号(out_trade_no)格式不正确"),
        (is_address(fields.get("notify_url")), "通知地址(notify_url)不能为空或格式不正确"),
        (!name.is_empty(), "商品名称(name)不能为空"),
        (METHODS.contains(&fields.get("type")), "支付方式(type)不存在"),
        (DEVICES.contains(&fields.get("device")), "设备类型(device)不存在"),
        (fields.get("clientip").parse::<IpAddr>().is_ok(), "用户IP地址(clientip)不正确"),
    ];
    if let Some((_, problem)) = checks.iter().find(|(good, _)| !good) {
        return Err(error(-1, problem));
    }
    let Some(amount_fen) = fen(fields.get("money")) else {
        return Err(error(-1, "金额(money)不合法"));
    };
    let title = fields.get("name");
    Ok(Draft {
        provider: Provider::Epay,
        merchant: pid.to_owned(),
        out_trade_no: out_trade_no.to_owned(),
        amount_fen,
        title: title[..title.floor_char_boundary(NAME_BYTES_MAX)].to_owned(),
        notify_url: fields.get("notify_url").to_owned(),
        method: fields.get("type").to_owned(),
        attach: fields.get("param").to_owned(),
        plugins: String::new(),
    })
}

fn text<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    text_to_sign(fields, &["sign", "sign_type"])
}

fn error(code: i32, problem: &str) -> Reply {
    Reply::json(&json!({"code": code, "msg": problem}))
}
