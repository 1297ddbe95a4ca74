use serde_json::{from_value, json, to_value};

use crate::limits::{BENEFIT_CREDITS_MAX, BENEFIT_DAYS_MAX};
use crate::{Benefit, Level, RedemptionCode};

#[test]
fn levels_are_numbers_outside_and_words_for_people() {
    for (level, number, name) in [(Level::Member, 1, "会员"), (Level::Super, 2, "超级会员")] {
        assert_eq!((Level::from_number(number), level.number()), (Some(level), number));
        assert_eq!(level.to_string(), name);
        assert_eq!(to_value(level).unwrap(), json!(number));
        assert_eq!(from_value::<Level>(json!(number)).unwrap(), level);
    }
    for number in [i64::MIN, -1, 0, 3] {
        assert!(Level::from_number(number).is_none() && from_value::<Level>(json!(number)).is_err(), "{number}");
    }
    assert!(Level::Super > Level::Member);
}

#[test]
fn benefits_speak_the_clients_words_and_come_back_from_storage() {
    for (benefit, kind, number, level, describe) in [
        (Benefit::Credits(1), "integral", 1, Level::Member, "积分"),
        (Benefit::Credits(BENEFIT_CREDITS_MAX), "integral", BENEFIT_CREDITS_MAX, Level::Member, "积分"),
        (Benefit::Days(30, Level::Member), "day", 30, Level::Member, "会员"),
        (Benefit::Days(36_500, Level::Super), "day", BENEFIT_DAYS_MAX, Level::Super, "超级会员"),
    ] {
        assert_eq!(Benefit::of(kind, number, level), Some(benefit));
        assert_eq!((benefit.kind(), benefit.number(), benefit.level()), (kind, number, level));
        assert_eq!(benefit.describe(), describe);
        let stored = json!({"type": kind, "number": number, "level": level.number()});
        assert_eq!(to_value(benefit).unwrap(), stored);
        assert_eq!(from_value::<Benefit>(stored).unwrap(), benefit);
    }
    assert_eq!(Benefit::of("integral", 5, Level::Super), Some(Benefit::Credits(5)));
}

#[test]
fn what_is_no_benefit_is_refused_at_the_door_and_in_storage() {
    for (kind, number) in [
        ("integral", 0),
        ("integral", -1),
        ("integral", BENEFIT_CREDITS_MAX + 1),
        ("day", 0),
        ("day", -30),
        ("day", BENEFIT_DAYS_MAX + 1),
        ("day", i64::MAX),
        ("", 1),
        ("Day", 1),
        ("money", 1),
    ] {
        assert_eq!(Benefit::of(kind, number, Level::Member), None, "{kind} {number}");
        let stored = json!({"type": kind, "number": number, "level": 1});
        assert!(from_value::<Benefit>(stored).is_err(), "{kind} {number}");
    }
}

#[test]
fn redemption_codes_are_read_as_people_write_them() {
    let long = "a".repeat(64);
    for (text, code) in [
        ("9f8e", "9f8e"),
        (" 9F8E\r\n", "9f8e"),
        ("\u{3000}\u{a0}9F8e\u{3000}", "9f8e"),
        ("\u{feff}ａＢ c\u{200b}", "abc"),
        ("VIP-2024_#1!", "vip-2024_#1!"),
        (&long, &long),
    ] {
        assert_eq!(RedemptionCode::parse(text).unwrap().as_str(), code, "{text}");
    }
    for text in ["", " ", "\u{3000}", "a\u{0}", "卡密", "é", &format!("{long}a")] {
        assert!(RedemptionCode::parse(text).is_none(), "{text}");
    }
}

#[test]
fn drawn_codes_differ_and_hide_in_debug() {
    let (one, other) = (RedemptionCode::draw().unwrap(), RedemptionCode::draw().unwrap());
    assert_ne!(one, other);
    assert_eq!(one.as_str().len(), 32);
    assert!(one.as_str().bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)));
    assert_eq!(RedemptionCode::parse(&one.as_str().to_uppercase()), Some(one.clone()));
    assert!(!format!("{one:?}").contains(one.as_str()));
    assert_eq!(from_value::<RedemptionCode>(to_value(&one).unwrap()).unwrap(), one);
    assert!(from_value::<RedemptionCode>(json!("卡密")).is_err());
}
