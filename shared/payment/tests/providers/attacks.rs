//! Notifications that somebody forged, changed or borrowed from another order.

use payment::{Params, Provider, Rejection, Report, State, read_json, verify};
use proptest::prelude::*;
use serde_json::json;

use crate::{KEY, NUMBER, params, signing};

type Fields = Vec<(String, String)>;

/// The names of what each provider says: its signature, merchant, number, amount and state, and a state that is paid.
struct Words {
    signature: &'static str,
    merchant: &'static str,
    number: &'static str,
    amount: &'static str,
    state: &'static str,
}

const fn words(provider: Provider) -> Words {
    match provider {
        Provider::Alipay => Words {
            signature: "sign",
            merchant: "app_id",
            number: "out_trade_no",
            amount: "total_amount",
            state: "trade_status",
        },
        Provider::Epay => {
            Words { signature: "sign", merchant: "pid", number: "out_trade_no", amount: "money", state: "trade_status" }
        }
        Provider::PayJs => Words {
            signature: "sign",
            merchant: "mchid",
            number: "out_trade_no",
            amount: "total_fee",
            state: "return_code",
        },
        Provider::Xunhupay => Words {
            signature: "hash",
            merchant: "appid",
            number: "trade_order_id",
            amount: "total_fee",
            state: "status",
        },
    }
}

fn account(provider: Provider) -> Params {
    params(provider, "http://127.0.0.1:1")
}

/// The fields of an honest notification, not signed yet.
fn honest(provider: Provider) -> Fields {
    let fields = match provider {
        Provider::Alipay => json!({
            "app_id": signing::APP_ID, "out_trade_no": NUMBER, "total_amount": "88.88", "trade_status": "TRADE_SUCCESS",
            "trade_no": "2025010222001455611438292951", "charset": "utf-8", "sign_type": "RSA2", "subject": "会员",
            "seller_id": "2088001159940003", "body": "",
        }),
        Provider::Epay => json!({
            "pid": "1001", "out_trade_no": NUMBER, "money": "88.88", "trade_status": "TRADE_SUCCESS", "trade_no": "7",
            "type": "alipay", "name": "会员", "sign_type": "MD5",
        }),
        Provider::PayJs => json!({
            "mchid": "1530000001", "out_trade_no": NUMBER, "total_fee": "8888", "return_code": "1", "attach": "",
            "payjs_order_id": "2025010203041500812345678",
        }),
        Provider::Xunhupay => json!({
            "appid": "20250100001", "trade_order_id": NUMBER, "total_fee": "88.88", "status": "OD", "time": "1735787110",
            "open_order_id": "20259876543", "nonce_str": "fedcba9876543210", "order_title": "会员",
        }),
    };
    crate::pairs(&fields)
}

fn sign(provider: Provider, mut fields: Fields, key: &str) -> Fields {
    let signature = match provider {
        Provider::Alipay => signing::rsa2(&signing::text(&fields, &["sign", "sign_type"]), true),
        Provider::Epay => signing::epay(&fields, key),
        Provider::PayJs => signing::payjs(&fields, key),
        Provider::Xunhupay => signing::xunhupay(&fields, key),
    };
    fields.push((words(provider).signature.to_owned(), signature));
    fields
}

/// The fields with one of them changed; without it when the value is empty and `keeps` is false.
fn with(fields: &Fields, name: &str, value: &str) -> Fields {
    let mut fields = fields.clone();
    match fields.iter_mut().find(|(other, _)| other == name) {
        Some(field) => value.clone_into(&mut field.1),
        None => fields.push((name.to_owned(), value.to_owned())),
    }
    fields
}

fn without(fields: &Fields, name: &str) -> Fields {
    fields.iter().filter(|(other, _)| other != name).cloned().collect()
}

fn judge(provider: Provider, fields: &Fields) -> Result<Report, Rejection> {
    verify(provider, &account(provider), fields)
}

#[test]
fn an_honest_notification_is_believed_in_any_order_and_form() {
    for provider in Provider::ALL {
        let fields = sign(provider, honest(provider), KEY);
        let report = judge(provider, &fields).unwrap();
        assert_eq!((&report.state, report.amount.unwrap().number()), (&State::Paid, 8_888));
        assert_eq!(report.number, NUMBER);
        assert!(report.trade_no.is_some());
        let turned: Fields = fields.iter().rev().cloned().collect();
        assert!(judge(provider, &turned).is_ok());
        let object: serde_json::Map<_, _> = fields.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        let document = serde_json::Value::from(object).to_string();
        assert!(judge(provider, &read_json(document.as_bytes()).unwrap()).is_ok(), "{provider:?}");
        let more = sign(provider, with(&honest(provider), "new_field", "x=1&y=2"), KEY);
        assert!(judge(provider, &more).is_ok(), "an unknown field that is signed does no harm");
    }
}

#[test]
fn no_field_can_be_changed_added_removed_or_doubled_after_signing() {
    for provider in Provider::ALL {
        let signed = sign(provider, honest(provider), KEY);
        for (name, value) in &signed {
            let changed = judge(provider, &with(&signed, name, &format!("{value}0")));
            assert!(changed.is_err(), "{provider:?} {name}: {changed:?}");
            let doubled = [signed.clone(), vec![(name.clone(), value.clone())]].concat();
            assert_eq!(judge(provider, &doubled), Err(Rejection::Duplicate(name.clone())), "{provider:?}");
            let is_unsigned = value.is_empty() || name == "sign_type";
            let removed = judge(provider, &without(&signed, name));
            assert!(removed.is_err() || is_unsigned && provider != Provider::Alipay || value.is_empty(), "{name}");
        }
        let added = judge(provider, &with(&signed, "refund_fee", "0.00"));
        assert_eq!(added, Err(Rejection::Signature), "{provider:?}");
    }
}

#[test]
fn a_missing_signature_or_kind_of_it_is_told() {
    for provider in Provider::ALL {
        let (signed, words) = (sign(provider, honest(provider), KEY), words(provider));
        for fields in [without(&signed, words.signature), with(&signed, words.signature, "")] {
            assert_eq!(judge(provider, &fields), Err(Rejection::Missing(words.signature)));
        }
        assert_eq!(judge(provider, &Vec::new()), Err(Rejection::Missing(words.signature)));
        for forged in ["0", "null", "true", &"0".repeat(32), &"A".repeat(344)] {
            assert_eq!(judge(provider, &with(&signed, words.signature, forged)), Err(Rejection::Signature));
        }
    }
    let signed = sign(Provider::Alipay, honest(Provider::Alipay), KEY);
    assert_eq!(judge(Provider::Alipay, &with(&signed, "sign_type", "RSA")), Err(Rejection::Signature));
    assert_eq!(judge(Provider::Alipay, &without(&signed, "sign_type")), Err(Rejection::Missing("sign_type")));
    let signed = sign(Provider::Epay, honest(Provider::Epay), KEY);
    assert_eq!(judge(Provider::Epay, &with(&signed, "sign_type", "RSA")), Err(Rejection::Signature));
}

#[test]
fn fields_that_count_must_be_there_even_when_signed() {
    for provider in Provider::ALL {
        let words = words(provider);
        for name in [words.merchant, words.number, words.amount, words.state] {
            for fields in [without(&honest(provider), name), with(&honest(provider), name, "")] {
                assert_eq!(
                    judge(provider, &sign(provider, fields, KEY)),
                    Err(Rejection::Missing(name)),
                    "{provider:?}"
                );
            }
        }
    }
}

#[test]
fn keys_of_others_and_empty_keys_sign_nothing() {
    for provider in [Provider::Epay, Provider::PayJs, Provider::Xunhupay] {
        for key in ["", "other-merchants-key", &KEY.to_lowercase()] {
            assert_eq!(judge(provider, &sign(provider, honest(provider), key)), Err(Rejection::Signature), "{key}");
        }
        // The rules of the others with the right key.
        for other in [Provider::Epay, Provider::PayJs, Provider::Xunhupay] {
            let signed = sign(other, honest(provider), KEY);
            let name = words(provider).signature;
            let signature = signed.last().unwrap().1.clone();
            let judged = judge(provider, &with(&honest(provider), name, &signature));
            let same = signing::text(&honest(provider), &["sign_type"]) == signing::text(&honest(provider), &[]);
            let is_same_rule = provider == other || (same && other != Provider::PayJs && provider != Provider::PayJs);
            assert_eq!(judged.is_ok(), is_same_rule, "{provider:?} by the rule of {other:?}");
        }
    }
    let text = signing::text(&honest(Provider::Alipay), &["sign", "sign_type"]);
    let by_app = with(&honest(Provider::Alipay), "sign", &signing::rsa2(&text, false));
    assert_eq!(judge(Provider::Alipay, &by_app), Err(Rejection::Signature), "our own key is not Alipay's");
}

#[test]
fn what_is_said_to_another_merchant_is_not_for_us() {
    for provider in Provider::ALL {
        let merchant = words(provider).merchant;
        for value in ["9", "01001", " 1001", "1001 "] {
            let fields = sign(provider, with(&honest(provider), merchant, value), KEY);
            assert_eq!(judge(provider, &fields), Err(Rejection::Merchant), "{provider:?} {value}");
        }
    }
}

#[test]
fn amounts_are_plain_decimals() {
    for provider in Provider::ALL {
        let amount = |value: &str| {
            let fields = sign(provider, with(&honest(provider), words(provider).amount, value), KEY);
            judge(provider, &fields).map(|report| report.amount.unwrap().number())
        };
        let in_fen = provider == Provider::PayJs;
        for (value, yuan, fen) in [
            ("0.01", Some(1), None),
            ("99", Some(9_900), Some(99)),
            ("99.0", Some(9_900), None),
            ("99.00", Some(9_900), None),
            ("0.9", Some(90), None),
            ("9.9e1", None, None),
            ("-99", None, None),
            ("+99", None, None),
            (" 99", None, None),
            ("99.001", None, None),
            ("0x63", None, None),
            ("９９", None, None),
            ("9,900", None, None),
            ("99999999999999999999", None, None),
        ] {
            let expected = if in_fen { fen } else { yuan };
            assert_eq!(amount(value), expected.ok_or(Rejection::Amount), "{provider:?} {value}");
        }
    }
}

#[test]
fn only_the_words_for_a_payment_are_one() {
    for provider in Provider::ALL {
        for word in [
            "WAIT_BUYER_PAY",
            "TRADE_CLOSED",
            "trade_success",
            "SUCCESS",
            "0",
            "2",
            "true",
            "WP",
            "CD",
            "RD",
            "od",
            "\u{0}",
        ] {
            let fields = sign(provider, with(&honest(provider), words(provider).state, word), KEY);
            assert_ne!(judge(provider, &fields).unwrap().state, State::Paid, "{provider:?} {word}");
        }
    }
}

#[test]
fn money_that_went_back_is_no_payment() {
    let honest = honest(Provider::Alipay);
    for (changes, state) in [
        (&[("refund_fee", "3.00"), ("gmt_refund", "2025-01-03 10:00:00.123")][..], State::Refunded),
        (&[("refund_fee", "0.01")], State::Refunded),
        (&[("refund_fee", "odd")], State::Refunded),
        (&[("gmt_refund", "2025-01-03 10:00:00")], State::Refunded),
        (&[("trade_status", "TRADE_CLOSED"), ("refund_fee", "88.88")], State::Refunded),
        (&[("trade_status", "TRADE_CLOSED")], State::Closed),
        (&[("refund_fee", "0.00")], State::Paid),
        (&[("refund_fee", "0")], State::Paid),
    ] {
        let fields = changes.iter().fold(honest.clone(), |fields, (name, value)| with(&fields, name, value));
        assert_eq!(judge(Provider::Alipay, &sign(Provider::Alipay, fields, KEY)).unwrap().state, state, "{changes:?}");
    }
}

/// Also where no document names such a field, and in a part.
#[test]
fn an_amount_that_went_back_is_believed_of_every_provider() {
    for provider in Provider::ALL {
        for (name, value, state) in [
            ("refund_fee", "1", State::Refunded),
            ("refundmoney", "0.01", State::Refunded),
            ("refund_amount", "all", State::Refunded),
            ("refund_fee", "0.000", State::Paid),
        ] {
            let fields = sign(provider, with(&honest(provider), name, value), KEY);
            assert_eq!(judge(provider, &fields).unwrap().state, state, "{provider:?} {name} {value}");
        }
        let hidden = with(&honest(provider), "attach", "x&refund_fee=1");
        assert_eq!(judge(provider, &sign(provider, hidden, KEY)), Err(Rejection::Malformed), "{provider:?}");
    }
}

#[test]
fn a_signed_text_that_two_orders_share_is_refused() {
    for provider in Provider::ALL {
        let number = words(provider).number;
        let smuggled = with(&honest(provider), "attach", &format!("x&{number}=7"));
        assert_eq!(judge(provider, &sign(provider, smuggled, KEY)), Err(Rejection::Malformed), "{provider:?}");
    }
}

#[test]
fn rejections_hold_no_values() {
    let name = format!("a'\n{}", "b".repeat(500));
    let doubled = vec![(name.clone(), "secret".to_owned()), (name, "secret".to_owned())];
    let text = judge(Provider::Epay, &doubled).unwrap_err().to_string();
    assert!(text.chars().count() < 60 && !text.contains('\n') && !text.contains("secret"), "{text}");
}

#[test]
fn texts_in_gbk_are_verified_in_gbk() {
    let fields = with(&honest(Provider::Alipay), "charset", "GBK");
    let text = signing::text(&fields, &["sign", "sign_type"]);
    // Signed over UTF-8, as a careless forger or a changed charset would have it.
    let wrong = with(&fields, "sign", &signing::rsa2(&text, true));
    assert_eq!(judge(Provider::Alipay, &wrong), Err(Rejection::Signature));
    let other = with(&fields, "charset", "latin1");
    assert_eq!(judge(Provider::Alipay, &with(&other, "sign", "x")), Err(Rejection::Signature));
    // What GBK cannot hold is signed under no other spelling.
    let spelt = signing::text(&with(&fields, "subject", "&#127881;"), &["sign", "sign_type"]);
    let other = with(&with(&fields, "subject", "🎉"), "sign", &signing::rsa2(&spelt, true));
    assert_eq!(judge(Provider::Alipay, &other), Err(Rejection::Signature));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_made_up_is_believed(
        fields in proptest::collection::vec(("[a-z_]{1,12}|sign|sign_type|pid|mchid|appid|hash|money", "\\PC{0,20}"), 0..12),
    ) {
        for provider in Provider::ALL {
            prop_assert!(judge(provider, &fields).is_err());
        }
    }
}
