//! Alipay's gateway: `alipay.trade.precreate` and `alipay.trade.query` of the face-to-face payment (当面付), in RSA2,
//! <https://docs.open.alipay.com/194/106078>.

pub(super) mod notify;

use serde_json::Value;

use super::digest::text_to_sign;
use super::fields::{Fields, fen, is_address, is_digits, is_made_of};
use super::keys::{application_signed, sign_as_alipay};
use super::reply::{self, Reply};
use super::trade::{Draft, Provider, State, Trade};
use super::wish::Wish;
use super::{Office, time};

/// What Alipay calls its JSON.
const MEDIA_TYPE: &str = "text/html;charset=utf-8";
/// The dearest trade, in fen: 100,000,000 yuan.
const FEN_MAX: i64 = 10_000_000_000;

/// What the gateway says no with before it looks at a trade: `code`, `sub_code` and `sub_msg`.
type Refusal = (&'static str, &'static str, &'static str);
/// What a trade is refused with: `sub_code` and `sub_msg`.
type Problem = (&'static str, &'static str);

/// `POST gateway.do`.
pub(super) fn answer(office: &Office<'_>, fields: &Fields) -> Reply {
    let node = match fields.get("method") {
        "" => return refused("error_response", ("40001", "isv.missing-method", "缺少方法名参数")),
        "alipay.trade.precreate" => "alipay_trade_precreate_response",
        "alipay.trade.query" => "alipay_trade_query_response",
        _ => return refused("error_response", ("40002", "isv.invalid-method", "不存在的方法名")),
    };
    if let Some(refusal) = refusal(fields) {
        return refused(node, refusal);
    }
    let Ok(asked @ Value::Object(_)) = serde_json::from_str(fields.get("biz_content")) else {
        return failed(node, &[], ("ACQ.INVALID_PARAMETER", "参数有误：biz_content"));
    };
    if node == "alipay_trade_query_response" {
        query(office, fields, &asked)
    } else {
        precreate(office, fields, &asked)
    }
}

/// What is wrong with a request, whatever it asks for.
fn refusal(fields: &Fields) -> Option<Refusal> {
    let is = |name: &str, value: &str| fields.get(name).eq_ignore_ascii_case(value);
    let gives = |name: &str| !fields.get(name).is_empty();
    let signed = || application_signed(&text_to_sign(fields.iter(), &["sign"]), fields.get("sign"));
    Some(match () {
        () if fields.odd() => ("40002", "isv.invalid-parameter", "参数无效"),
        () if !gives("app_id") => ("40001", "isv.missing-app-id", "缺少应用ID参数"),
        () if !is_digits(fields.get("app_id"), 32) => ("40002", "isv.invalid-app-id", "无效的应用ID参数"),
        () if !gives("sign_type") => ("40001", "isv.missing-signature-type", "缺少签名类型参数"),
        () if !is("sign_type", "RSA2") => ("40002", "isv.invalid-signature-type", "无效的签名类型"),
        () if !is("charset", "utf-8") => ("40002", "isv.invalid-charset", "字符集错误"),
        () if gives("format") && !is("format", "JSON") => ("40002", "isv.invalid-format", "无效的数据格式"),
        () if !gives("version") => ("40001", "isv.missing-version", "缺少版本参数"),
        () if !is("version", "1.0") => ("40002", "isv.invalid-parameter", "无效的版本参数"),
        () if !gives("timestamp") => ("40001", "isv.missing-timestamp", "缺少时间戳参数"),
        () if !time::is_time(fields.get("timestamp")) => ("40002", "isv.invalid-timestamp", "非法的时间戳参数"),
        () if !gives("sign") => ("40001", "isv.missing-signature", "缺少签名参数"),
        () if !signed() => ("40002", "isv.invalid-signature", "验签出错，请确认您的签名过程和所用的密钥"),
        () => return None,
    })
}

/// A new trade, or the QR once more of one that the merchant has already.
fn precreate(office: &Office<'_>, fields: &Fields, asked: &Value) -> Reply {
    const NODE: &str = "alipay_trade_precreate_response";
    let (wish, subject) = Wish::read(asked["subject"].as_str().unwrap_or_default());
    let draft = match draft(fields, asked, &subject) {
        Ok(draft) if !wish.refuse => draft,
        Ok(_) => return failed(NODE, &[], ("ACQ.ACCESS_FORBIDDEN", "无权限使用接口")).with_wish(wish),
        Err(problem) => return failed(NODE, &[], problem),
    };
    let wanted = (draft.amount_fen, draft.title.clone());
    let trade = match office.book.enter(draft, office.now) {
        Ok(trade) => trade,
        Err(known) => match problem_of(&known, &wanted) {
            Some(problem) => return failed(NODE, &[], problem),
            None => *known,
        },
    };
    let page = wish.link.write(office.page(&trade));
    let text =
        object(&[("code", "10000"), ("msg", "Success"), ("out_trade_no", &trade.out_trade_no), ("qr_code", &page)]);
    signed(NODE, &text, wish.unsigned).with_wish(wish)
}

/// Why a trade cannot be asked for once more.
fn problem_of(known: &Trade, (amount_fen, title): &(i64, String)) -> Option<Problem> {
    match known.state {
        State::Paid => Some(("ACQ.TRADE_HAS_SUCCESS", "交易已被支付")),
        State::Closed | State::Refunded => Some(("ACQ.TRADE_HAS_CLOSE", "交易已经关闭")),
        State::Waiting if known.amount_fen != *amount_fen || known.title != *title => {
            Some(("ACQ.CONTEXT_INCONSISTENT", "交易信息被篡改"))
        }
        State::Waiting => None,
    }
}

fn draft(fields: &Fields, asked: &Value, subject: &str) -> Result<Draft, Problem> {
    let out_trade_no = asked["out_trade_no"].as_str().unwrap_or_default();
    // The amount is a price, and comes as a text or as a number.
    let amount = asked["total_amount"].as_str().map_or_else(|| asked["total_amount"].to_string(), str::to_owned);
    let amount_fen = fen(&amount).filter(|fen| *fen <= FEN_MAX);
    let in_number = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let checks = [
        (is_made_of(out_trade_no, 64, in_number), "参数有误：商户订单号(out_trade_no)"),
        (amount_fen.is_some(), "参数有误：订单总金额(total_amount)"),
        ((1..=256).contains(&subject.chars().count()), "参数有误：订单标题(subject)"),
        (is_lifetime(&asked["timeout_express"]), "参数有误：超时时间(timeout_express)"),
        (is_address(fields.get("notify_url")), "参数有误：通知地址(notify_url)"),
    ];
    let problem = checks.iter().find(|(good, _)| !good).map(|(_, problem)| *problem);
    match (problem, amount_fen) {
        (None, Some(amount_fen)) => Ok(Draft {
            provider: Provider::Alipay,
            merchant: fields.get("app_id").to_owned(),
            out_trade_no: out_trade_no.to_owned(),
            amount_fen,
            title: asked["subject"].as_str().unwrap_or_default().to_owned(),
            notify_url: fields.get("notify_url").to_owned(),
            method: String::new(),
            attach: String::new(),
            plugins: String::new(),
        }),
        (problem, _) => Err(("ACQ.INVALID_PARAMETER", problem.unwrap_or("参数有误"))),
    }
}

/// Whether it is nothing, or `90m`, `2h`, `15d` or `1c`.
fn is_lifetime(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => {
            text == "1c" || text.strip_suffix(['m', 'h', 'd']).is_some_and(|number| is_digits(number, 5))
        }
        _ => false,
    }
}

/// What becomes of a trade. There is none before its QR was scanned.
fn query(office: &Office<'_>, fields: &Fields, asked: &Value) -> Reply {
    const NODE: &str = "alipay_trade_query_response";
    let text = |name: &str| asked[name].as_str().unwrap_or_default();
    let (theirs, ours) = (text("trade_no"), text("out_trade_no"));
    if theirs.is_empty() && ours.is_empty() {
        return failed(NODE, &[], ("ACQ.INVALID_PARAMETER", "参数有误：out_trade_no和trade_no不能同时为空"));
    }
    let found = office.book.find(|trade| {
        let is_asked = if theirs.is_empty() { trade.out_trade_no == ours } else { trade.trade_no == theirs };
        trade.provider == Provider::Alipay && trade.merchant == fields.get("app_id") && is_asked && trade.scanned
    });
    let Some(trade) = found else {
        let nothing = [
            ("buyer_pay_amount", "0.00"),
            ("invoice_amount", "0.00"),
            ("out_trade_no", ours),
            ("point_amount", "0.00"),
            ("receipt_amount", "0.00"),
        ];
        return failed(NODE, &nothing, ("ACQ.TRADE_NOT_EXIST", "交易不存在"));
    };
    let (yuan, paid_at) = (trade.yuan(), trade.paid_at());
    let paid = if trade.paid.is_some() { yuan.as_str() } else { "0.00" };
    let mut pairs = vec![
        ("code", "10000"),
        ("msg", "Success"),
        ("buyer_logon_id", "159****5620"),
        ("buyer_pay_amount", paid),
        ("buyer_user_id", notify::BUYER_ID),
        ("invoice_amount", paid),
        ("out_trade_no", &trade.out_trade_no),
        ("point_amount", "0.00"),
        ("receipt_amount", paid),
    ];
    if trade.paid.is_some() {
        pairs.push(("send_pay_date", &paid_at));
    }
    let status = notify::status(trade.state);
    // Of money that went back in part it says nothing.
    pairs.extend([("total_amount", yuan.as_str()), ("trade_no", &trade.trade_no), ("trade_status", status)]);
    for (name, value) in &trade.says {
        pairs.retain(|(own, _)| own != name);
        pairs.push((name, value));
    }
    signed(NODE, &object(&pairs), false)
}

/// What the gateway itself answers: without a signature.
fn refused(node: &str, (code, sub_code, sub_msg): Refusal) -> Reply {
    let msg = if code == "40001" { "Missing Required Arguments" } else { "Invalid Arguments" };
    let text = object(&[("code", code), ("msg", msg), ("sub_code", sub_code), ("sub_msg", sub_msg)]);
    Reply::new(MEDIA_TYPE, format!("{{\"{node}\":{text}}}"))
}

/// What the payments behind the gateway answer to what they cannot do.
fn failed(node: &str, more: &[(&str, &str)], (sub_code, sub_msg): Problem) -> Reply {
    let mut pairs = vec![("code", "40004"), ("msg", "Business Failed"), ("sub_code", sub_code), ("sub_msg", sub_msg)];
    pairs.extend_from_slice(more);
    signed(node, &object(&pairs), false)
}

/// An answer whose node is exactly `text`, which is what its signature is of.
fn signed(node: &str, text: &str, wrongly: bool) -> Reply {
    let sign = if wrongly { sign_as_alipay(format!("{text} ").as_bytes()) } else { sign_as_alipay(text.as_bytes()) };
    Reply::new(MEDIA_TYPE, format!("{{\"{node}\":{text},\"sign\":\"{sign}\"}}"))
}

/// A flat JSON object, in the order of `pairs`.
fn object(pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("\"{name}\":{}", Value::from(*value))).collect();
    reply::escaped(&format!("{{{}}}", pairs.join(",")))
}
