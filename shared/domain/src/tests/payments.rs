//! Amounts of money and the words for payments.

use proptest::prelude::*;

use crate::{Fen, PayType, Provider};

#[test]
fn yuan_are_read_as_plain_decimals_alone() {
    let fen = |text: &str| Fen::of_yuan_text(text).map(Fen::number);
    for (text, expected) in
        [("0.99", 99), ("0.9", 90), ("99", 9_900), ("99.0", 9_900), ("99.00", 9_900), ("007.5", 750), ("0", 0)]
    {
        assert_eq!(fen(text), Some(expected), "{text}");
    }
    // More zeros say no more, before the point or behind it.
    for (text, expected) in
        [("9.900", 990), ("09.90", 990), ("9.9000000000", 990), ("0.990", 99), ("0.000", 0), ("00000000009.9", 990)]
    {
        assert_eq!(fen(text), Some(expected), "{text}");
    }
    for text in [
        "",
        ".",
        "1.",
        ".5",
        "-99",
        "+99",
        "9.9e1",
        "0x10",
        "1,000",
        "1 ",
        " 1",
        "1.234",
        "9.901",
        "9.9001",
        "9.90000000000000",
        "1e1",
        "9.9e0",
        "9.９00",
        "１",
        "NaN",
        "1.2.3",
        "9999999999999",
    ] {
        assert_eq!(fen(text), None, "{text}");
    }
    for (text, expected) in [("99", Some(99)), ("0", Some(0)), ("", None), ("9.9", None), ("-1", None), ("1e2", None)] {
        assert_eq!(Fen::of_text(text).map(Fen::number), expected, "{text}");
    }
}

#[test]
fn amounts_never_overflow() {
    assert_eq!(Fen::new(-1), None);
    assert_eq!(Fen::new(i64::MAX).and_then(|fen| fen.times(2)), None);
    assert_eq!(Fen::new(100).and_then(|fen| fen.times(-1)), None);
    assert_eq!(Fen::new(150).and_then(|fen| fen.times(99)).map(Fen::number), Some(14_850));
    assert!(serde_json::from_str::<Fen>("-1").is_err() && serde_json::from_str::<Fen>("1.5").is_err());
}

#[test]
fn names_of_providers_and_ways_to_pay_are_the_clients() {
    for provider in Provider::ALL {
        assert_eq!(Provider::parse(provider.name()), Some(provider));
        assert_eq!(serde_json::to_value(provider).unwrap(), provider.name());
    }
    for pay_type in PayType::ALL {
        assert_eq!(PayType::parse(pay_type.name()), Some(pay_type));
        assert_eq!(serde_json::to_value(pay_type).unwrap(), pay_type.name());
        assert!(Provider::Epay.serves(pay_type));
    }
    assert!(!Provider::Alipay.serves(PayType::WeChat) && !Provider::PayJs.serves(PayType::Qq));
}

proptest! {
    #[test]
    fn written_amounts_are_read_again(number in 0..100_000_000_000_i64) {
        let fen = Fen::new(number).unwrap();
        prop_assert_eq!(Fen::of_yuan_text(&fen.yuan_text()), Some(fen));
    }

    #[test]
    fn no_text_is_read_as_another_amount(text in "[0-9.eE+-]{0,12}") {
        if let Some(fen) = Fen::of_yuan_text(&text) {
            let (yuan, decimals) = text.split_once('.').unwrap_or((&text, "0"));
            let decimals = format!("{decimals:0<12}");
            let exact = i128::from(yuan.parse::<i64>().unwrap()) * 1_000_000_000_000 + decimals.parse::<i128>().unwrap();
            prop_assert_eq!(i128::from(fen.number()) * 10_000_000_000, exact);
        }
    }
}
