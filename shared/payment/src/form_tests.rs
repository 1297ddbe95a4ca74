//! Forms and documents, and the many that are refused.

use proptest::prelude::*;

use super::*;

#[test]
fn forms_are_decoded_once_and_nothing_is_merged() {
    for (form, expected) in [
        ("a=1&b=2", &[("a", "1"), ("b", "2")][..]),
        ("b=x+y%2Bz&a=%E4%BC%9A", &[("b", "x y+z"), ("a", "会")]),
        ("a=1&a=2", &[("a", "1"), ("a", "2")]),
        ("a=b=c&d&=e&&", &[("a", "b=c"), ("d", ""), ("", "e")]),
        ("a=%2541&b=%zz%", &[("a", "%41"), ("b", "%zz%")]),
        ("", &[]),
        ("charset=GBK&s=%BB%E1%D4%B1", &[("charset", "GBK"), ("s", "会员")]),
        ("s=%BB%E1&charset=gb2312", &[("s", "会"), ("charset", "gb2312")]),
        ("charset=gb18030&s=%820%8A3", &[("charset", "gb18030"), ("s", "\u{3500}")]),
        ("charset=utf-8&s=%F0%9F%8E%89", &[("charset", "utf-8"), ("s", "🎉")]),
    ] {
        let read = read_form(form.as_bytes()).unwrap();
        let read: Vec<_> = read.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(read, expected, "{form}");
    }
}

#[test]
fn documents_are_read_flat() {
    let read = read_json(br#"{"a":"x","n":88.80,"z":null,"t":true,"o":{"b": 1},"a":"y"}"#).unwrap();
    assert_eq!(read, pairs([("a", "x"), ("n", "88.80"), ("z", ""), ("t", "true"), ("o", "{\"b\": 1}"), ("a", "y")]));
    assert_eq!(flat_members(b"\xef\xbb\xbf {\"a\":\"\\u4f1a\\/\",\"o\":[1]}"), Some(pairs([("a", "会/")])));
    assert_eq!(flat_members(b"{\"a\":1,\"a\":2}"), None);
    assert_eq!(flat_members(b"{\"a\":{},\"a\":2}"), None);
}

#[test]
fn what_is_too_much_or_no_text_is_refused() {
    let many = "a=1&".repeat(FIELDS_MAX + 1);
    let long = format!("a={}", "x".repeat(BYTES_MAX));
    for form in [many.as_str(), &long, "a=%FF", "charset=latin1&a=1", "charset=gbk&a=%FF", "%FF=1"] {
        assert_eq!(read_form(form.as_bytes()), Err(Rejection::Malformed), "{}", form.len());
    }
    let many = format!("{{{}\"a\":1}}", "\"a\":1,".repeat(FIELDS_MAX));
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(BYTES_MAX));
    for document in [many.as_str(), &long, "", "[]", "1", "{", "{\"a\":1} x", "{\"a\":\"\u{0}\"}"] {
        assert_eq!(read_json(document.as_bytes()), Err(Rejection::Malformed), "{}", document.len());
    }
    assert!(read_form("a=1&".repeat(FIELDS_MAX).as_bytes()).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_again(
        fields in proptest::collection::vec(("[a-bd-z_]{1,8}", "\\PC{0,20}"), 0..20),
    ) {
        prop_assert_eq!(read_form(write_form(&fields).as_bytes()), Ok(fields));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = (read_form(&bytes), read_json(&bytes));
    }
}
