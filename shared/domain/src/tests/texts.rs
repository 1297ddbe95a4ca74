use proptest::prelude::*;
use serde_json::{from_value, json, to_value};

use crate::limits::{NICKNAME_CHARS_MAX, WEB_ADDRESS_BYTES_MAX};
use crate::text::{clean, web_address};
use crate::{Avatar, Nickname};

#[test]
fn lines_are_trimmed_counted_in_characters_and_plain() {
    assert_eq!(clean(" 阿达 L. \n", 5).as_deref(), Some("阿达 L."));
    assert_eq!(clean("\u{3000}", 5).as_deref(), Some(""));
    assert_eq!(clean("👩\u{200d}💻!", 4).as_deref(), Some("👩\u{200d}💻!"));
    assert_eq!(clean("阿达阿达阿达", 5), None);
    assert_eq!(clean("", 0).as_deref(), Some(""));
    for c in ['\0', '\n', '\r', '\t', '\u{7f}', '\u{85}', '\u{2028}', '\u{202a}', '\u{202e}', '\u{2066}', '\u{2069}'] {
        assert_eq!(clean(&format!("a{c}b"), 5), None, "{c:?}");
    }
    let longest = "名".repeat(NICKNAME_CHARS_MAX);
    assert_eq!(Nickname::parse(&longest).unwrap().as_str(), longest);
    assert!(Nickname::parse(&format!("{longest}!")).is_none());
}

#[test]
fn pictures_have_web_addresses_or_none() {
    for text in
        ["", "http://a.b/c.png", "HTTPS://cdn.example.com:8443/头像/a-b_c.png?x=1&y=%20#z", "https://[2001:db8::1]/a"]
    {
        assert_eq!(web_address(&format!(" {text} ")).as_deref(), Some(text));
    }
    let long = format!("https://a.b/{}", "c".repeat(WEB_ADDRESS_BYTES_MAX - 12));
    assert_eq!(web_address(&long).as_deref(), Some(long.as_str()));
    for text in [
        "a.png",
        "/a.png",
        "//a.b/c",
        "ftp://a.b/c",
        "javascript:alert(1)",
        "javascript://a.b/%0aalert(1)",
        "data:image/png;base64,AAAA",
        "https:///a",
        "https://",
        "https://?a",
        "https://a.b/c d",
        "https://a.b/\"onerror=x",
        "https://a.b/'x",
        "https://a.b/<x>",
        "https://a.b/`x",
        "https://a.b\\c",
        "https://a.b/\nc",
        &format!("{long}c"),
    ] {
        assert_eq!(web_address(text), None, "{text}");
    }
}

#[test]
fn stored_texts_are_read_by_the_same_rules() {
    let nickname = Nickname::parse(" Chat用户 ").unwrap();
    assert_eq!(to_value(&nickname).unwrap(), json!("Chat用户"));
    assert_eq!(from_value::<Nickname>(json!("Chat用户")).unwrap(), nickname);
    assert!(from_value::<Nickname>(json!("a\nb")).is_err());
    assert_eq!(from_value::<Avatar>(json!("")).unwrap(), Avatar::default());
    assert!(from_value::<Avatar>(json!("x")).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_clean_text_stays_as_it_is(text in any::<String>(), max in 0_usize..40) {
        if let Some(line) = clean(&text, max) {
            prop_assert!(line.chars().count() <= max && !line.contains(char::is_control));
            prop_assert_eq!(clean(&line, max), Some(line));
        }
    }
}
