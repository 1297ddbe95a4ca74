//! Xunhupay (虎皮椒): `payment/do.html`, `payment/query.html` and its notifications,
//! <https://www.xunhupay.com/doc/api/pay.html>.

use serde_json::{Value, json};

use super::digest::{md5, sign, text_to_sign, values};
use super::fields::{Fields, fen, is_address, is_digits, is_made_of};
use super::keys::xunhupay_key;
use super::notification::{Change, pairs};
use super::reply::Reply;
use super::trade::{Draft, Provider, State, Trade};
use super::wish::Wish;
use super::{Office, qr};

/// `POST payment/do.html`: a new trade.
pub(super) fn create(office: &Office<'_>, fields: &Fields) -> Reply {
    let (wish, title) = Wish::read(fields.get("title"));
    let draft = match draft(fields, &title) {
        Ok(draft) if !wish.refuse => draft,
        Ok(draft) => return error(500, "支付渠道未开通", &xunhupay_key(&draft.merchant)).with_wish(wish),
        Err(refusal) => return refusal,
    };
    let key = xunhupay_key(&draft.merchant);
    let Ok(trade) = office.book.enter(draft, office.now) else {
        return error(500, "商户订单号重复", &key);
    };
    let page = office.page(&trade);
    let picture = wish.link.write(qr::address(office.url, "xunhupay", &page));
    let answer = json!({
        "openid": trade.trade_no.parse::<u64>().ok(), "url_qrcode": picture,
        "url": wish.link.write(page), "errcode": 0, "errmsg": "success!",
    });
    hashed(answer, &key, wish.unsigned).with_wish(wish)
}

/// `POST payment/query.html`: what becomes of a trade. As seen of the real one, the answer has no hash.
pub(super) fn query(office: &Office<'_>, fields: &Fields) -> Reply {
    let key = match caller(fields) {
        Ok(key) => key,
        Err(refusal) => return refusal,
    };
    let (theirs, ours) = (fields.get("open_order_id"), fields.get("out_trade_order"));
    let found = office.book.find(|trade| {
        let is_asked = if theirs.is_empty() { trade.out_trade_no == ours } else { trade.trade_no == theirs };
        trade.provider == Provider::Xunhupay && trade.merchant == fields.get("appid") && is_asked
    });
    let Some(trade) = found else {
        return error(500, "订单不存在", &key);
    };
    let optional = |text: String| if text.is_empty() { Value::Null } else { text.into() };
    Reply::json(&json!({
        "errcode": 0, "errmsg": "",
        "data": trade.told(json!({
            "open_order_id": trade.trade_no, "out_trade_order": trade.out_trade_no,
            "paid_date": optional(trade.paid_at()), "pay_url": office.page(&trade), "payment_method": "two-wechat",
            "status": match trade.state {
                State::Waiting => "WP",
                State::Paid => "OD",
                State::Closed | State::Refunded => "CD",
            },
            "title": trade.title, "total_amount": trade.yuan(), "transaction_id": optional(trade.transaction()),
        })),
    }))
}

/// The fields of a notification at `now`, signed.
pub(super) fn notification(trade: &Trade, change: &Change, now: i64) -> Vec<(String, String)> {
    let status = match trade.state {
        State::Waiting | State::Closed => "WP",
        State::Paid => "OD",
        State::Refunded => "CD",
    };
    let fields = vec![
        ("trade_order_id", trade.out_trade_no.clone()),
        ("total_fee", change.amount(trade.yuan())),
        ("transaction_id", trade.transaction()),
        ("open_order_id", trade.trade_no.clone()),
        ("order_title", trade.title.clone()),
        ("status", change.status(status)),
        ("plugins", trade.plugins.clone()),
        ("attach", trade.attach.clone()),
        ("appid", trade.merchant.clone()),
        ("time", (now / 1000).to_string()),
        ("nonce_str", md5(&format!("{}{now}", trade.trade_no))),
    ];
    let key = change.key(xunhupay_key(&trade.merchant));
    change.signed(fields, "hash", |fields| sign(&change.text(text(pairs(fields))), &key))
}

/// The key of who asks, once the request is signed with it.
fn caller(fields: &Fields) -> Result<String, Reply> {
    let appid = fields.get("appid");
    if fields.odd() || !is_made_of(appid, 32, |byte| byte.is_ascii_alphanumeric()) {
        return Err(unhashed(500, "应用ID(appid)不存在"));
    }
    let key = xunhupay_key(appid);
    if fields.get("hash") != sign(&text(fields.iter()), &key) {
        return Err(unhashed(40029, "签名错误"));
    }
    let nonce_str = fields.get("nonce_str");
    if !is_digits(fields.get("time"), 11) || !is_made_of(nonce_str, 32, |byte| byte.is_ascii_graphic()) {
        return Err(error(500, "参数(time, nonce_str)不正确", &key));
    }
    Ok(key)
}

fn draft(fields: &Fields, title: &str) -> Result<Draft, Reply> {
    let key = caller(fields)?;
    let trade_order_id = fields.get("trade_order_id");
    let in_number = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$'()*+,/:;=?@-._~%".contains(&byte);
    let checks = [
        (fields.get("version") == "1.1", "版本号(version)不正确"),
        (is_made_of(trade_order_id, 32, in_number), "商户订单号(trade_order_id)不正确"),
        ((1..=127).contains(&title.chars().count()), "订单标题(title)不正确"),
        (is_address(fields.get("notify_url")), "通知回调网址(notify_url)不正确"),
        (matches!(fields.get("type"), "" | "WAP" | "JSAPI"), "支付通道类型(type)不正确"),
    ];
    if let Some((_, problem)) = checks.iter().find(|(good, _)| !good) {
        return Err(error(500, problem, &key));
    }
    let Some(amount_fen) = fen(fields.get("total_fee")) else {
        return Err(error(500, "订单金额(total_fee)不正确", &key));
    };
    Ok(Draft {
        provider: Provider::Xunhupay,
        merchant: fields.get("appid").to_owned(),
        out_trade_no: trade_order_id.to_owned(),
        amount_fen,
        title: fields.get("title").to_owned(),
        notify_url: fields.get("notify_url").to_owned(),
        method: String::new(),
        attach: fields.get("attach").to_owned(),
        plugins: fields.get("plugins").to_owned(),
    })
}

/// The text that the provider signs.
pub(super) fn text<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let fields: Vec<_> = fields.into_iter().map(|(name, value)| (name, stripped(value))).collect();
    text_to_sign(fields.iter().map(|(name, value)| (*name, value.as_str())), &["hash"])
}

/// The value as PHP's `stripslashes` leaves it, which the provider applies to all that it signs.
fn stripped(value: &str) -> String {
    let (mut stripped, mut characters) = (String::new(), value.chars());
    while let Some(character) = characters.next() {
        match character {
            '\\' => stripped.extend(characters.next()),
            _ => stripped.push(character),
        }
    }
    stripped
}

/// The answer with its hash: of its values as texts.
fn hashed(mut answer: Value, key: &str, wrongly: bool) -> Reply {
    let mut text = text(pairs(&values(&answer)));
    if wrongly {
        text.push('x');
    }
    answer["hash"] = sign(&text, key).into();
    Reply::json(&answer)
}

fn error(code: i32, problem: &str, key: &str) -> Reply {
    hashed(json!({"errcode": code, "errmsg": problem}), key, false)
}

/// A refusal of who has no key.
fn unhashed(code: i32, problem: &str) -> Reply {
    Reply::json(&json!({"errcode": code, "errmsg": problem}))
}
