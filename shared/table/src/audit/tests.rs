//! What records say, and how long they are.

use serde_json::{Value, json};

use super::note::CHANGES_BYTES_MAX;
use super::{Note, Shown};

/// A thing with a text, a number and a secret.
#[derive(Clone)]
struct Thing {
    text: String,
    number: Option<i64>,
    mask: &'static str,
    sealed: Vec<u8>,
}

impl Shown for Thing {
    fn target(&self) -> String {
        "thing 7".to_owned()
    }

    fn shown(&self) -> Vec<(&'static str, Value)> {
        vec![("text", json!(self.text)), ("number", json!(self.number)), ("key", json!(self.mask))]
    }

    fn secret(&self) -> Option<(&'static str, &[u8])> {
        Some(("key", &self.sealed))
    }
}

fn thing() -> Thing {
    Thing { text: "a".to_owned(), number: None, mask: "sk-***", sealed: vec![1] }
}

fn changes(note: &Note) -> Value {
    serde_json::from_str(&note.changes()).unwrap()
}

#[test]
fn what_is_made_and_gone_is_told_without_what_it_has_not() {
    assert_eq!(changes(&Note::made(&thing())), json!({"text": [null, "a"], "key": [null, "sk-***"]}));
    assert_eq!(changes(&Note::gone(&thing())), json!({"text": ["a", null], "key": ["sk-***", null]}));
    assert_eq!(Note::made(&thing()).target(), "thing 7");
}

#[test]
fn of_a_change_only_what_differs_is_told() {
    assert_eq!(Note::changed(&thing(), &thing()), None);
    let other = Thing { number: Some(5), ..thing() };
    assert_eq!(changes(&Note::changed(&thing(), &other).unwrap()), json!({"number": [null, 5]}));
    assert_eq!(changes(&Note::changed(&other, &thing()).unwrap()), json!({"number": [5, null]}));
}

#[test]
fn another_secret_is_told_by_its_mask_even_when_that_is_the_same() {
    let other = Thing { sealed: vec![2], ..thing() };
    assert_eq!(changes(&Note::changed(&thing(), &other).unwrap()), json!({"key": ["sk-***", "sk-***"]}));
    let other = Thing { mask: "sk-+++", sealed: vec![2], ..thing() };
    assert_eq!(changes(&Note::changed(&thing(), &other).unwrap()), json!({"key": ["sk-***", "sk-+++"]}));
}

#[test]
fn of_long_texts_those_around_the_first_difference_are_kept() {
    let long = |tail: &str| Thing { text: format!("{}{tail}", "长".repeat(1000)), ..thing() };
    let told = changes(&Note::changed(&long("甲"), &long("乙")).unwrap());
    assert_eq!(told["text"], json!([format!("…{}甲", "长".repeat(20)), format!("…{}乙", "长".repeat(20))]));
    let told = changes(&Note::changed(&long(""), &thing()).unwrap());
    assert_eq!(told["text"], json!([format!("{}…", "长".repeat(300)), "a"]));
    let told = changes(&Note::changed(&long("甲"), &long("")).unwrap());
    assert_eq!(told["text"], json!([format!("…{}甲", "长".repeat(20)), format!("…{}", "长".repeat(20))]));
}

#[test]
fn however_much_changes_the_record_stays_short() {
    let names: Vec<&'static str> = domain::settings::DEFINITIONS.iter().map(|definition| definition.name).collect();
    for text in ["长".repeat(40_000), "\u{1}\"\\".repeat(9_000), String::new(), "x".repeat(301)] {
        let note = Note::of("settings".to_owned(), names.iter().map(|name| (*name, json!(text), json!(text))));
        let told = note.changes();
        assert!(told.len() <= CHANGES_BYTES_MAX, "{} bytes", told.len());
        let told: Value = serde_json::from_str(&told).unwrap();
        assert_eq!(told.as_object().unwrap().len(), names.len(), "all names are told: {told}");
    }
}
