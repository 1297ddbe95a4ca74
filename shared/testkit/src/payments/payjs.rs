//! PAYJS: `api/native`, `api/check` and its notifications, <https://help.payjs.cn/api/check.html>.

use serde_json::{Value, json};

use super::digest::{md5, text_to_sign, values};
use super::fields::{Fields, is_address, is_digits, is_made_of};
use super::keys::payjs_key;
use super::notification::{Change, pairs};
use super::reply::Reply;
use super::trade::{Draft, Provider, State, Trade};
use super::wish::Wish;
use super::{Office, qr};

/// The most that can be paid at once, in fen: 10,000 yuan.
const FEN_MAX: i64 = 1_000_000;

/// `POST api/native`: a new trade, whose QR is to be scanned.
pub(super) fn create(office: &Office<'_>, fields: &Fields) -> Reply {
    let (wish, body) = Wish::read(fields.get("body"));
    let draft = match draft(fields, &body) {
        Ok(draft) if !wish.refuse => draft,
        Ok(_) => return error("商户状态异常").with_wish(wish),
        Err(refusal) => return refusal,
    };
    let key = payjs_key(&draft.merchant);
    let Ok(trade) = office.book.enter(draft, office.now) else {
        return error("商户订单号重复");
    };
    let page = wish.link.write(office.page(&trade));
    let answer = json!({
        "return_code": 1, "return_msg": "SUCCESS", "payjs_order_id": trade.trade_no,
        "out_trade_no": trade.out_trade_no, "total_fee": trade.amount_fen.to_string(),
        "qrcode": qr::address(office.url, "payjs", &page), "code_url": page,
    });
    signed(answer, &key, wish.unsigned).with_wish(wish)
}

/// `POST api/check`: what becomes of a trade.
pub(super) fn check(office: &Office<'_>, fields: &Fields) -> Reply {
    let asked = fields.get("payjs_order_id");
    if fields.odd() || asked.is_empty() {
        return error("订单号(payjs_order_id)不能为空");
    }
    let found = office.book.find(|trade| trade.provider == Provider::Payjs && trade.trade_no == asked);
    let Some(trade) = found else {
        return error("订单不存在");
    };
    // Who asks need not be said, and so the order itself says whose key signs.
    let mchid = fields.get("mchid");
    let key = payjs_key(&trade.merchant);
    if !(mchid.is_empty() || mchid == trade.merchant) || fields.get("sign") != sign(&text(fields.iter()), &key) {
        return error("签名错误");
    }
    let answer = json!({
        "return_code": 1, "mchid": trade.merchant, "out_trade_no": trade.out_trade_no,
        "payjs_order_id": trade.trade_no, "transaction_id": trade.transaction(),
        // There is no word for money that went back.
        "status": i32::from(matches!(trade.state, State::Paid | State::Refunded)),
        "openid": if trade.paid.is_some() { "local-openid" } else { "" }, "total_fee": trade.amount_fen,
        "paid_time": trade.paid_at(), "attach": trade.attach,
    });
    signed(trade.told(answer), &key, false)
}

/// The fields of a notification, signed. There is only the one of a payment.
pub(super) fn notification(trade: &Trade, change: &Change) -> Vec<(String, String)> {
    let mut fields = vec![
        ("return_code", change.status("1")),
        ("total_fee", change.amount(trade.amount_fen.to_string())),
        ("out_trade_no", trade.out_trade_no.clone()),
        ("payjs_order_id", trade.trade_no.clone()),
        ("transaction_id", trade.transaction()),
        ("time_end", trade.paid_at()),
        ("openid", "local-openid".to_owned()),
        ("attach", trade.attach.clone()),
        ("mchid", trade.merchant.clone()),
    ];
    if trade.method == "alipay" {
        fields.push(("type", trade.method.clone()));
    }
    let key = change.key(payjs_key(&trade.merchant));
    change.signed(fields, "sign", |fields| sign(&change.text(text(pairs(fields))), &key))
}

fn draft(fields: &Fields, body: &str) -> Result<Draft, Reply> {
    let mchid = fields.get("mchid");
    if fields.odd() || !is_made_of(mchid, 32, |byte| byte.is_ascii_alphanumeric()) {
        return Err(error("商户号不存在"));
    }
    if fields.get("sign") != sign(&text(fields.iter()), &payjs_key(mchid)) {
        return Err(error("签名错误"));
    }
    let (out_trade_no, total_fee) = (fields.get("out_trade_no"), fields.get("total_fee"));
    let checks = [
        (is_made_of(out_trade_no, 32, |byte| byte.is_ascii_graphic()), "用户端自主生成的订单号(out_trade_no)不正确"),
        (is_address(fields.get("notify_url")), "通知地址(notify_url)不正确"),
        (body.chars().count() <= 32, "订单标题(body)过长"),
        (fields.get("attach").chars().count() <= 127, "用户自定义数据(attach)过长"),
        (matches!(fields.get("type"), "" | "alipay"), "交易类型(type)不正确"),
    ];
    if let Some((_, problem)) = checks.iter().find(|(good, _)| !good) {
        return Err(error(problem));
    }
    let amount_fen = Some(total_fee).filter(|fee| is_digits(fee, 9)).and_then(|fee| fee.parse().ok());
    let Some(amount_fen) = amount_fen.filter(|fen| (1..=FEN_MAX).contains(fen)) else {
        return Err(error("金额(total_fee)不正确"));
    };
    Ok(Draft {
        provider: Provider::Payjs,
        merchant: mchid.to_owned(),
        out_trade_no: out_trade_no.to_owned(),
        amount_fen,
        title: fields.get("body").to_owned(),
        notify_url: fields.get("notify_url").to_owned(),
        method: fields.get("type").to_owned(),
        attach: fields.get("attach").to_owned(),
        plugins: String::new(),
    })
}

/// The answer with its signature: of its values as texts, as far as they are not empty.
fn signed(mut answer: Value, key: &str, wrongly: bool) -> Reply {
    let mut text = text(pairs(&values(&answer)));
    if wrongly {
        text.push('x');
    }
    answer["sign"] = sign(&text, key).into();
    Reply::json(&answer)
}

fn text<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    text_to_sign(fields, &["sign"])
}

/// The signature of `text`: the MD5, in capitals, of the text with the key as its last field.
pub(super) fn sign(text: &str, key: &str) -> String {
    md5(&format!("{text}&key={key}")).to_uppercase()
}

/// A refusal, which comes without a signature.
fn error(problem: &str) -> Reply {
    Reply::json(&json!({"return_code": 0, "status": 0, "msg": problem}))
}
