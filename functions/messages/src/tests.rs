//! Bounds of texts, and conversations from messages.

use domain::{ConversationId, MessageId, UserId, Zone};
use serde_json::{Value, json};
use table::message::{Message, Options, Speaker};

use crate::conversations::{Conversations, first_words};
use crate::excerpt;

/// What Lambda's answer makes of a text: a JSON text in a JSON text, without the quotes around it.
fn wire(text: &str) -> usize {
    let inner = serde_json::to_string(text).unwrap();
    serde_json::to_string(&inner).unwrap().len() - r#""\"\"""#.len()
}

#[test]
fn bytes_are_those_of_the_answer() {
    for text in ["", "a", "你好", "\"\\/", "a\nb\r\t\u{8}\u{c}", "\0\u{1f}\u{7f}\u{85}", "😀\u{2028}"] {
        assert_eq!(excerpt::bytes(text), wire(text), "{text:?}");
    }
}

#[test]
fn a_cut_text_fits_and_says_so() {
    let cut = |text: &str, max| excerpt::cut(text.to_owned(), max);
    assert_eq!(cut("你好吗", 9), "你好吗");
    assert_eq!(cut("你好吗", 8), "你…");
    assert_eq!(cut("a\"b\"c", 9), "a\"b…");
    assert_eq!(cut("a\"b\"c", 7), "a…");
    assert_eq!(cut("abcd", 3), "…");
    assert_eq!(cut("", 0), "");
    for max in 3..40 {
        assert!(wire(&cut("\"你\n😀\\x", max)) <= max, "{max}");
    }
}

#[test]
fn a_name_is_one_short_line() {
    for (text, expected) in [
        ("  hello\n\tworld  ", "hello world"),
        ("\u{7}bell\u{2028}line", "bell line"),
        (
            "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三",
            "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十",
        ),
        ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaa b c", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        (" \n ", ""),
    ] {
        assert_eq!(first_words(text), expected, "{text:?}");
    }
}

fn zone() -> Zone {
    "Asia/Shanghai".parse().unwrap()
}

/// The question (even ids) or answer (odd ids) with this id.
fn message(conversation: &str, id: i64, content: &str) -> Message {
    Message {
        id: MessageId::from_i64(id).unwrap(),
        user: UserId::from_i64(1).unwrap(),
        conversation: ConversationId::parse(conversation).unwrap(),
        role: if id % 2 == 0 { Speaker::User } else { Speaker::Assistant },
        content: content.to_owned(),
        model: "m".to_owned(),
        options: Options::default(),
        hidden: false,
        withdrawn: None,
        route: Vec::new(),
        created: 0,
        updated: None,
    }
}

fn view(conversations: &Conversations) -> Vec<(String, Vec<i64>)> {
    let id = |value: &Value| value["id"].as_str().unwrap().to_owned();
    let view = conversations.view(&zone());
    let ids = |row: &Value| row["data"].as_array().unwrap().iter().map(|data| id(data).parse().unwrap()).collect();
    view.iter().map(|row| (id(row), ids(row))).collect()
}

#[test]
fn turns_stay_whole_when_the_texts_are_too_long() {
    let mut conversations = Conversations::default();
    let long = "x".repeat(200_000);
    for id in (2..100).rev() {
        conversations.take(message(if id < 90 { "a" } else { "b" }, id, &long));
    }
    assert!(conversations.are_full());
    // 800,000 bytes a turn.
    assert_eq!(view(&conversations), [("b".to_owned(), (94..100).collect())]);
}

#[test]
fn no_more_than_fifty_conversations_are_shown_and_theirs_go_on() {
    let mut conversations = Conversations::default();
    for id in (200..400).rev() {
        conversations.take(message(&format!("c{}", id / 2), id, "x"));
    }
    conversations.take(message("c199", 100, "x"));
    let shown = view(&conversations);
    assert_eq!(shown.len(), 50);
    assert_eq!(shown[0], ("c199".to_owned(), vec![100, 398, 399]));
    assert_eq!(shown[49], ("c150".to_owned(), vec![300, 301]));
}

#[test]
fn what_is_hidden_is_not_told() {
    let mut conversations = Conversations::default();
    conversations.take(message("a", 5, "answer"));
    conversations.take(Message { hidden: true, ..message("a", 4, "secret question") });
    let view = conversations.view(&zone());
    assert_eq!((view[0]["name"].clone(), view[0]["data"].as_array().unwrap().len()), (json!("answer"), 1));
    assert!(!json!(view).to_string().contains("secret"));
    conversations.end_early();
    assert!(conversations.view(&zone()).is_empty());
}
