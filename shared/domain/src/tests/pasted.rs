//! Every blank, every character that nobody sees and every full-width form, in every place of every kind of field.

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory, WhiteSpace};
use icu_properties::{CodePointMapData, CodePointSetData};
use proptest::prelude::*;

use crate::paste::{clean, is_blank, is_hidden, names};
use crate::secret::{check_stays, is_mask, upstream_host, upstream_secret};
use crate::settings::Definition;
use crate::text::web_address;
use crate::{
    Account, ApiKeyToken, BusinessDay, ConversationId, LoginCode, Page, PayType, Provider, Ratio, RedemptionCode,
    SessionToken, UserId, model,
};

fn all() -> impl Iterator<Item = char> {
    (0..=u32::from(char::MAX)).filter_map(char::from_u32)
}

#[test]
fn what_nobody_sees_is_what_unicode_says() {
    let (category, white) = (CodePointMapData::<GeneralCategory>::new(), CodePointSetData::new::<WhiteSpace>());
    let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    for c in all() {
        let hidden = category.get(c) == GeneralCategory::Format || ignorable.contains(c);
        assert_eq!(is_hidden(c), hidden, "{:x}", u32::from(c));
        assert_eq!(is_blank(c), hidden || white.contains(c), "{:x}", u32::from(c));
    }
    assert!(is_blank('\u{feff}') && is_blank('\u{200b}') && is_blank('\u{3000}') && !is_blank('0'));
}

/// The full-width form of an ASCII character.
fn wide(c: char) -> char {
    if c.is_ascii_graphic() { char::from_u32(u32::from(c) + 0xfee0).unwrap() } else { c }
}

/// `right` with `c` before, inside and behind it.
fn placed(right: &str, c: char) -> Vec<String> {
    let (left, behind) = right.split_at(right.len() / 2);
    vec![format!("{c}{right}"), format!("{left}{c}{behind}"), format!("{right}{c}"), format!("{c}{left}{c}{behind}{c}")]
}

/// All that may stand in a field in place of `right`.
fn variants(right: &str) -> Vec<String> {
    // Of the four thousand that Unicode keeps hidden for later, the ends do.
    let tried = |c: &char| is_blank(*c) && !('\u{e0080}'..'\u{e0fff}').contains(c);
    let mut variants: Vec<String> = all().filter(tried).flat_map(|c| placed(right, c)).collect();
    variants.push(right.chars().map(wide).collect());
    variants.extend(right.char_indices().map(|(place, c)| {
        let behind = &right[place + c.len_utf8()..];
        format!("{}{}{behind}", &right[..place], wide(c))
    }));
    variants
}

/// Whether a parser reads all variants of `right` as `right`, and nothing that differs by more.
fn reads<T: PartialEq>(right: &str, parse: impl Fn(&str) -> Option<T>) {
    let meant = parse(right);
    assert!(meant.is_some(), "{right}");
    for variant in variants(right) {
        assert!(parse(&variant) == meant, "{variant:?} for {right:?}");
    }
}

#[test]
fn every_field_without_blanks_reads_what_was_meant() {
    reads("014198", LoginCode::parse);
    reads("0123456789abcdef", RedemptionCode::parse);
    reads("ABC-def_123", RedemptionCode::parse);
    reads("e24c1448-16bf-482e-bff3-db1bb9e21b39", |text| ConversationId::parse(text).map(|id| id.as_str().to_owned()));
    reads("2026-01-31", BusinessDay::parse);
    reads("2026-01-31T08:15:00", BusinessDay::parse);
    for provider in Provider::ALL {
        reads(provider.name(), Provider::parse);
    }
    for pay_type in PayType::ALL {
        reads(pay_type.name(), PayType::parse);
    }
    reads("sk-0123456789abcdef/+=", |text| upstream_secret(text).map(std::borrow::Cow::into_owned));
    reads("https://api.example.com:8443/v1", upstream_host);
    reads("12", |text| Some(Page::parse(Some(text), Some(text))));
    reads("7", |text| clean(text).parse::<i64>().ok());
    let user = UserId::from_i64(7).unwrap();
    let (session, key) = (SessionToken::issue(user).unwrap().reveal(), ApiKeyToken::issue(user).unwrap().reveal());
    reads(&session, |text| SessionToken::parse(text).map(|token| token.hash()));
    reads(&key, |text| ApiKeyToken::parse(text).map(|token| token.reveal()));
}

/// One space has a meaning of its own before the `@`: see [`Account::fold`].
#[test]
fn every_address_is_read_as_it_was_meant() {
    let right = Account::parse("ada.l+x@example.com").unwrap();
    for variant in variants("Ada.L+x@Example.COM") {
        let inside = variant.trim_matches(is_blank).split('@').next().unwrap().contains(' ');
        assert_eq!(Account::parse(&variant).as_ref() == Some(&right), !inside, "{variant:?}");
    }
    assert_eq!(Account::parse(" ada@ example . com ").unwrap().as_str(), "ada@example.com");
    assert_eq!(Account::fold("\u{feff}ＡＤＡ.l"), "ada.l");
}

#[test]
fn numbers_and_names_of_settings_are_read_as_they_were_meant() {
    let read = |name, text: &str| Definition::find(name).unwrap().read(text, |_| None).ok();
    reads("1000", |text| read("register_reward", text));
    reads("0.125", |text| read("ai4_ratio", text));
    reads("20", |text| read("ai3_carry_count", text));
    reads("omni-moderation-latest", |text| read("moderation_model", text));
    for nothing in ["", " ", "\u{feff}", "\u{200b}\u{3000}"] {
        assert_eq!(read("ai3_carry_count", nothing).as_deref(), Some(""), "{nothing:?}");
        assert_eq!(read("moderation_model", nothing).as_deref(), Some(""), "{nothing:?}");
    }
    assert_eq!(Ratio::parse("0.1 "), None, "what is stored was cleaned when it was sent");
}

#[test]
fn lists_of_names_are_read_behind_every_mark() {
    for mark in [",", "，", "、", ";", "；", "\n", "\r\n", "\u{2028}", "\u{2029}", "\u{85}", " ,\u{feff}", "、\u{3000}"]
    {
        let text = format!("{mark}gpt-4o{mark}{mark}ｏ１-pro\u{200b}{mark}gpt-4o{mark}claude-*{mark}");
        let read = model::list(&text, 9, 99);
        assert_eq!(read.unwrap(), ["gpt-4o", "o1-pro", "claude-*"], "{mark:?}");
    }
    let ends = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];
    for variant in variants("gpt-4o").into_iter().filter(|variant| !variant.contains(ends)) {
        assert_eq!(model::list(&variant, 9, 99).unwrap(), ["gpt-4o"], "{variant:?}");
    }
    assert_eq!(names("\u{feff}、 ;\n").count(), 0);
}

/// A blank inside an address may stand for one in the name of a file, so it is refused; no other one is kept.
#[test]
fn web_addresses_are_read_as_they_were_meant_or_refused() {
    let right = "https://cdn.example.com/a/b.png?x=1";
    for c in all().filter(|c| is_blank(*c)) {
        for (place, variant) in placed(right, c).into_iter().enumerate() {
            let inside = place % 2 == 1;
            let expected = if inside && c.is_whitespace() { None } else { Some(right.to_owned()) };
            assert_eq!(web_address(&variant), expected, "{variant:?}");
        }
    }
    assert_eq!(web_address("ｈｔｔｐｓ：／／ａ．ｂ／头像（１）.png").as_deref(), Some("https://a.b/头像（１）.png"));
}

#[test]
fn a_secret_is_meant_by_its_mask_and_goes_to_its_own_address_alone() {
    let (mask, address) = ("sk-abc******wxyz", "https://api.example.com/v1/");
    assert!(!is_mask("sk-zzz******wxyz", mask) && !is_mask("", mask));
    for variant in variants(mask) {
        assert!(is_mask(&variant, mask), "{variant:?}");
    }
    for own in ["https://api.example.com/v1/", " https://api.example.com/v1\u{200b}", "api.example.com/v1"] {
        assert!(check_stays(address, own).is_ok(), "{own}");
    }
    for other in ["", "https://api.example.com", "https://evil.example.com/v1", "http://api.example.com/v1"] {
        assert_eq!(check_stays(address, other).unwrap_err().to_string(), "更换接口地址时，请重新填写密钥", "{other}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_clean_text_stays_as_it_is(text in any::<String>()) {
        let cleaned = clean(&text).into_owned();
        prop_assert!(!cleaned.contains(is_blank));
        prop_assert_eq!(clean(&cleaned), cleaned.as_str());
    }

    #[test]
    fn a_name_is_never_more_than_visible_ascii(text in any::<String>()) {
        prop_assert!(!model::is_name(&text) || text.bytes().all(|byte| byte.is_ascii_graphic()));
        if let Ok(names) = model::list(&text, 3, 30) {
            prop_assert!(names.len() <= 3 && names.iter().all(|name| model::is_name(name)));
        }
    }
}
