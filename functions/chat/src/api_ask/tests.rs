use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn parse(body: &Value) -> Result<ApiAsk> {
    ApiAsk::parse(body.to_string().as_bytes())
}

/// A plain question with some fields besides.
fn with(more: &Value) -> Value {
    let mut body = json!({"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}]});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

fn refusal(more: &Value) -> String {
    parse(&with(more)).unwrap_err().to_string()
}

#[test]
fn everything_that_is_served_is_read() {
    let ask = parse(&with(&json!({
        "messages": [
            {"role": "system", "content": "Be kind."},
            {"role": "developer", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], "name": "ada"},
            {"role": "assistant", "content": "null", "tool_calls": []},
        ],
        "stream": true, "stream_options": {"include_usage": true}, "max_tokens": 5, "temperature": 0, "top_p": 1,
        "presence_penalty": -2, "frequency_penalty": 1.5, "stop": "x", "seed": -7, "n": 1,
        "response_format": {"type": "json_object"},
        "user": "u", "metadata": {"a": "b"}, "store": true, "tools": [], "logprobs": false, "logit_bias": {},
    })))
    .unwrap();
    let message = |role, content: &str| Message { role, content: content.to_owned() };
    let messages = vec![
        message(Role::System, "Be kind."),
        message(Role::Developer, "Be brief."),
        message(Role::User, "a\nb"),
        message(Role::Assistant, "null"),
    ];
    let expected = Prompt {
        model: "gpt-4o".to_owned(),
        messages,
        temperature: Some(0.0),
        top_p: Some(1.0),
        presence_penalty: Some(-2.0),
        frequency_penalty: Some(1.5),
        stop: vec!["x".to_owned()],
        seed: Some(-7),
        response_format: Some(ResponseFormat::JsonObject),
        max_tokens: 5,
    };
    assert_eq!((ask.prompt, ask.streams, ask.includes_usage), (expected, true, true));
}

#[test]
fn what_is_left_out_or_null_has_its_default() {
    let nothing = json!({
        "stream": null, "stream_options": null, "max_tokens": null, "temperature": null, "stop": null, "n": null,
        "seed": null, "response_format": null, "tools": null, "logprobs": null, "modalities": null,
    });
    for more in [json!({}), nothing] {
        let ask = parse(&with(&more)).unwrap();
        let messages = vec![Message { role: Role::User, content: "hi".to_owned() }];
        let plain = Prompt { model: "gpt-4o".to_owned(), messages, max_tokens: 4096, ..Prompt::default() };
        assert_eq!((ask.prompt, ask.streams, ask.includes_usage), (plain, false, false));
    }
    let tokens = |more: Value| parse(&with(&more)).unwrap().prompt.max_tokens;
    assert_eq!(tokens(json!({"max_tokens": 7, "max_completion_tokens": 9})), 9);
    assert_eq!(tokens(json!({"max_tokens": 1_000_000_000_000_u64})), 4096);
}

#[test]
fn what_is_not_served_is_refused_by_name() {
    for (more, name) in [
        (json!({"tools": [{"type": "function"}]}), "tools"),
        (json!({"functions": [{"name": "f"}]}), "functions"),
        (json!({"logprobs": true}), "logprobs"),
        (json!({"logit_bias": {"50256": -100}}), "logit_bias"),
        (json!({"modalities": ["text", "audio"]}), "modalities"),
        (json!({"messages": [{"role": "tool", "content": "1", "tool_call_id": "x"}]}), "tools"),
        (json!({"messages": [{"role": "assistant", "content": null, "tool_calls": [{}]}]}), "tools"),
    ] {
        assert_eq!(refusal(&more), format!("暂不支持参数 {name}"), "{more}");
    }
    assert_eq!(refusal(&json!({"n": 2})), "参数 n 只支持 1");
    for kind in ["image_url", "input_audio", "file"] {
        let more = json!({"messages": [{"role": "user", "content": [{"type": kind, kind: {"url": "https://a.b"}}]}]});
        assert_eq!(refusal(&more), "消息内容只支持文本，暂不支持图片、音频和文件");
    }
}

#[test]
fn what_is_wrong_is_refused_by_name() {
    for (more, name) in [
        (json!({"temperature": 2.1}), "temperature"),
        (json!({"temperature": "hot"}), "temperature"),
        (json!({"top_p": -0.1}), "top_p"),
        (json!({"presence_penalty": 3}), "presence_penalty"),
        (json!({"max_tokens": 0}), "max_tokens"),
        (json!({"max_tokens": -5}), "max_tokens"),
        (json!({"max_completion_tokens": 1.5}), "max_completion_tokens"),
        (json!({"seed": 1.5}), "seed"),
        (json!({"stop": ["a", "b", "c", "d", "e"]}), "stop"),
        (json!({"stop": "x".repeat(300)}), "stop"),
        (json!({"stop": [1]}), "stop"),
        (json!({"response_format": {"type": "xml"}}), "response_format"),
        (json!({"stream": "yes"}), "stream"),
        (json!({"messages": []}), "messages"),
        (json!({"messages": "hi"}), "messages"),
        (json!({"messages": null}), "messages"),
        (json!({"messages": ["hi"]}), "messages"),
        (json!({"messages": [{"content": "hi"}]}), "messages"),
        (json!({"messages": [{"role": "root", "content": "hi"}]}), "messages.role"),
        (json!({"messages": [{"role": "user"}]}), "messages.content"),
        (json!({"messages": [{"role": "user", "content": {"text": "hi"}}]}), "messages.content"),
        (json!({"messages": [{"role": "user", "content": [{"type": "text"}]}]}), "messages.content"),
    ] {
        assert_eq!(refusal(&more), format!("参数 {name} 不正确"), "{more}");
    }
    assert_eq!(parse(&json!({"messages": []})).unwrap_err().to_string(), "缺少参数 model");
    assert_eq!(parse(&json!({"model": "m"})).unwrap_err().to_string(), "缺少参数 messages");
    for body in ["", "[]", "null", "{", "{\"model\":\"\u{0}\"}", "\"model\""] {
        assert_eq!(ApiAsk::parse(body.as_bytes()).unwrap_err().to_string(), "请求内容不是有效的JSON", "{body}");
    }
    assert!(matches!(parse(&with(&json!({"model": "m".repeat(101)}))), Err(Error::NoModel)));
}

#[test]
fn a_conversation_has_bounds() {
    let say = |texts: Vec<String>| {
        let messages: Vec<Value> = texts.into_iter().map(|text| json!({"role": "user", "content": text})).collect();
        parse(&with(&json!({"messages": messages})))
    };
    assert!(say(vec!["x".repeat(API_PROMPT_BYTES_MAX)]).is_ok());
    assert!(matches!(say(vec!["x".repeat(API_PROMPT_BYTES_MAX), "y".to_owned()]), Err(Error::TooLarge)));
    assert!(say(vec![String::new(); API_MESSAGES_MAX]).is_ok());
    assert!(matches!(say(vec![String::new(); API_MESSAGES_MAX + 1]), Err(Error::TooLarge)));
}

#[test]
fn words_are_looked_for_in_all_that_is_said() {
    let settings = Settings { prohibited_words: domain::WordList::new("foo"), ..Settings::default() };
    let ask = |role: &str| {
        parse(&with(&json!({"messages": [{"role": role, "content": "a Foo"}, {"role": "user", "content": "b"}]})))
    };
    for role in ["user", "system", "developer", "assistant"] {
        assert!(ask(role).unwrap().check_words(&settings).is_err(), "{role}");
    }
    // No word is made of the end of one message and the beginning of the next.
    let halves = json!([{"role": "user", "content": "fo"}, {"role": "user", "content": "o"}]);
    assert!(parse(&with(&json!({"messages": halves}))).unwrap().check_words(&settings).is_ok());
}

proptest! {
    #[test]
    fn any_bytes_are_a_question_or_a_refusal(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = ApiAsk::parse(&bytes);
    }
}
