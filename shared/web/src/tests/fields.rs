use domain::{Error, Result, UserId};
use serde_json::{Value, json};

use crate::Fields;

fn fields(value: &Value) -> Fields {
    Fields::parse(value.to_string().as_bytes()).unwrap()
}

/// What `read` makes of one value: `Err` when it is refused with the one sentence for that.
fn reading<T>(value: &Value, read: impl FnOnce(&Fields) -> Result<Option<T>>) -> Result<Option<T>, ()> {
    read(&fields(&json!({"x": value}))).map_err(|error| {
        assert!(matches!(&error, Error::Refused(sentence) if sentence == "参数不正确"), "{error:?}");
    })
}

#[test]
fn absent_is_absent_in_every_spelling() {
    let fields = Fields::parse(
        br#"{"a":null,"b":"","c":"undefined","d":" ","e":{},"f":[1],"g":true,"n":12,"s":"1.5","x":"NaN","o":{"m":"k"}}"#,
    )
    .unwrap();
    for name in ["a", "b", "c", "d", "e", "f", "g", "z"] {
        assert!(fields.required(name).is_err(), "{name}");
        assert!(fields.number(name).is_none(), "{name}");
    }
    assert_eq!(fields.text("n").unwrap(), "12");
    assert_eq!(fields.number("s"), Some(1.5));
    assert_eq!(fields.number("x"), None);
    assert_eq!(fields.inner("o").text("m").unwrap(), "k");
    assert!(fields.inner("n").text("m").is_none());
    assert!(Fields::parse(b" \r\n").unwrap().text("a").is_none());
    for body in [&b"[]"[..], b"1", b"{", b"{\"a\":\"\xff\"}", b"null", b"a=b"] {
        assert!(Fields::parse(body).is_err());
    }
}

#[test]
fn words_are_cleaned_and_texts_are_not() {
    let fields =
        Fields::parse(json!({"a": "\u{feff}ｓk 1\n", "b": 7, "c": "\u{200b}", "d": [1]}).to_string().as_bytes());
    let fields = fields.unwrap();
    let read = |name: &str| (fields.word(name), fields.text(name));
    assert_eq!(read("a"), (Some("sk1".to_owned()), Some("\u{feff}ｓk 1\n".to_owned())));
    assert_eq!(read("b"), (Some("7".to_owned()), Some("7".to_owned())));
    assert_eq!((fields.word("c"), fields.word("d"), fields.word("e")), (None, None, None));
    assert!(fields.required_word("c").is_err() && fields.required_word("a").is_ok());
}

#[test]
fn absent_is_no_error_and_unreadable_is_one() {
    let integer = |value: &Value| reading(value, |fields| fields.integer("x"));
    let id = |value: &Value| reading(value, |fields| fields.id("x")).map(|id| id.map(UserId::as_i64));
    let flag = |value: &Value| reading(value, |fields| fields.flag("x"));
    let day = |value: &Value| reading(value, |fields| fields.day("x")).map(|day| day.map(|day| day.to_string()));
    for absent in [json!(null), json!(""), json!(" "), json!("undefined"), json!("null"), json!("\u{feff}")] {
        assert_eq!(integer(&absent), Ok(None));
        assert_eq!(id(&absent), Ok(None));
        assert_eq!(flag(&absent), Ok(None));
        assert_eq!(day(&absent), Ok(None));
    }
    for unreadable in [json!([1]), json!({"a": 1}), json!("x"), json!(1.5), json!("一"), json!("0x10"), json!(-1e300)]
    {
        assert_eq!(integer(&unreadable), Err(()), "{unreadable}");
        assert_eq!(id(&unreadable), Err(()), "{unreadable}");
        assert_eq!(flag(&unreadable), Err(()), "{unreadable}");
        assert_eq!(day(&unreadable), Err(()), "{unreadable}");
    }
    assert_eq!(Fields::default().integer("x").unwrap(), None);
}

#[test]
fn integers_come_as_numbers_floats_and_texts() {
    let integer = |value: &Value| reading(value, |fields| fields.integer("x"));
    for (value, expected) in [
        (json!(0), 0),
        (json!(-7), -7),
        (json!(i64::MAX), i64::MAX),
        (json!(30.0), 30),
        (json!(-0.0), 0),
        (json!(1e3), 1000),
        (json!(" 12 "), 12),
        (json!("-5"), -5),
        (json!("10.0"), 10),
        (json!("9223372036854775807"), i64::MAX),
    ] {
        assert_eq!(integer(&value), Ok(Some(expected)), "{value}");
    }
    for value in
        [json!(u64::MAX), json!("9223372036854775808"), json!("inf"), json!("NaN"), json!(true), json!("1,000")]
    {
        assert_eq!(integer(&value), Err(()), "{value}");
    }
}

#[test]
fn ids_keep_every_digit() {
    let id = |value: &Value| reading(value, |fields| fields.id("x")).map(|id| id.map(UserId::as_i64));
    assert_eq!(id(&json!("912359229838370988")), Ok(Some(912_359_229_838_370_988)));
    assert_eq!(id(&json!(912_359_229_838_370_988_i64)), Ok(Some(912_359_229_838_370_988)));
    assert_eq!(id(&json!(" 7 ")), Ok(Some(7)));
    for value in [json!(0), json!(-1), json!("-1"), json!(7.0), json!(u64::MAX), json!(true)] {
        assert_eq!(id(&value), Err(()), "{value}");
    }
    let required =
        |value: Value| fields(&value).required_id("id").map(UserId::as_i64).map_err(|error| error.to_string());
    assert_eq!(required(json!({"id": "7"})), Ok(7));
    assert_eq!(required(json!({})), Err("缺少必要参数".to_owned()));
    assert_eq!(required(json!({"id": "seven"})), Err("参数不正确".to_owned()));
}

#[test]
fn flags_and_days_come_in_either_form() {
    let flag = |value: &Value| reading(value, |fields| fields.flag("x"));
    for (value, expected) in [
        (json!(0), false),
        (json!(1), true),
        (json!("0"), false),
        (json!(" 1 "), true),
        (json!(false), false),
        (json!(true), true),
        (json!("true"), true),
    ] {
        assert_eq!(flag(&value), Ok(Some(expected)), "{value}");
    }
    assert_eq!(flag(&json!(2)), Err(()));
    let day = |value: &Value| reading(value, |fields| fields.day("x")).map(|day| day.map(|day| day.to_string()));
    for value in ["2026-01-02", "2026-01-02 23:59:59"] {
        assert_eq!(day(&json!(value)), Ok(Some("2026-01-02".to_owned())));
    }
    for value in [json!("2026-02-30"), json!(20_260_102), json!("2026-01-02T16:00:00.000Z")] {
        assert_eq!(day(&value), Err(()), "{value}");
    }
}

#[test]
fn a_field_is_there_when_it_is_not_null() {
    let fields = fields(&json!({
        "empty": "", "blank": " ", "zero": 0, "no": false, "object": {}, "null": null, "word": "null",
        "undefined": " undefined ",
    }));
    assert!(["empty", "blank", "zero", "no", "object"].into_iter().all(|name| fields.has(name)));
    assert!(["null", "word", "undefined", "nothing"].into_iter().all(|name| !fields.has(name)));
}

#[test]
fn the_texts_of_a_form_are_read_like_those_of_json() {
    let texts = [("prompt", "一只猫"), ("quantity", "2"), ("width", ""), ("draw", "undefined"), ("prompt", "一只狗")];
    let fields = Fields::of_texts(texts.map(|(name, text)| (name.to_owned(), text.to_owned())));
    assert_eq!(fields.text("prompt").unwrap(), "一只狗");
    assert_eq!(fields.integer("quantity").unwrap(), Some(2));
    assert!(fields.integer("width").unwrap().is_none());
    assert!(fields.text("draw").is_none());
}
