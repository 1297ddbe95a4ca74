//! What real upstreams and the proxies before them send, beyond what the protocol says.

use upstream::Limits;

use crate::server::{Act, DONE, Server, delta, end, good, head, packet, plain, reason, stream, stream_head, usage};
use crate::{LIMITS, outcome, outcome_within};

/// The bodies of one stream, in each way in which its bytes may come and its type may be named.
fn outcomes(body: &str) -> Vec<String> {
    let mut outcomes = Vec::new();
    for content_type in ["text/event-stream; charset=utf-8", "application/json", "application/x-ndjson", ""] {
        for packet_bytes in [body.len().max(1), 7, 1] {
            let mut acts = vec![head(content_type)];
            acts.extend(body.as_bytes().chunks(packet_bytes).map(packet));
            acts.push(end());
            outcomes.push(outcome(&Server::start(acts)));
        }
    }
    outcomes.sort();
    outcomes.dedup();
    outcomes
}

#[track_caller]
fn assert_outcome(body: &str, expected: &str) {
    assert_eq!(outcomes(body), [expected], "{body}");
}

const HI: &str = r#"{"choices":[{"index":0,"delta":{"content":"hi"},"finish_reason":null}]}"#;
const STOP: &str =
    r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2}}"#;

#[test]
fn streams_in_every_spelling() {
    for body in [
        format!("data: {HI}\n\ndata: {STOP}\n\ndata: [DONE]\n\n"),
        format!("data:{HI}\n\ndata:{STOP}\n\ndata:[DONE]\n\n"),
        format!("data: {HI}\r\n\r\ndata: {STOP}\r\n\r\ndata: [DONE]\r\n\r\n"),
        format!("data: {HI}\r\rdata: {STOP}\r\rdata: [DONE]\r\r"),
        format!("\u{feff}data: {HI}\n\ndata: {STOP}\n\ndata: [DONE]\n\n"),
        format!(": OPENROUTER PROCESSING\n\ndata: {HI}\n\n: keep-alive\n\ndata: {STOP}\n\ndata: [DONE]\n\n"),
        format!("event: message\nid: 1\nretry: 3000\ndata: {HI}\n\nevent: completion\ndata: {STOP}\n\n"),
        format!("\n\n\r\n  \ndata: {HI}\n\ndata: {STOP}\n\ndata: [DONE]"),
        format!("data: {HI}\ndata: {STOP}\ndata: [DONE]\n"),
        format!("data: {HI}\n\ndata: {STOP}"),
        // An object per line, with nothing before it.
        format!("{HI}\n{STOP}\n"),
        format!("{HI}\r\n{STOP}\r\n[DONE]\r\n"),
        format!("\u{feff}{HI}\n\n{STOP}"),
        // Chunks that say nothing.
        format!("data: {{\"choices\":[],\"prompt_filter_results\":[]}}\n\ndata: {HI}\n\ndata: {STOP}\n\n"),
        format!("data: {{\"choices\":[{{\"delta\":null}}]}}\n\ndata: {HI}\n\ndata: {STOP}\n\n"),
        format!("data: {{\"choices\":[{{\"delta\":{{\"content\":null}}}}]}}\n\ndata: {HI}\n\ndata: {STOP}\n\n"),
        format!("data: {{\"choices\":null}}\n\ndata: {{}}\n\ndata: null\n\ndata: {HI}\n\ndata: {STOP}\n\n"),
        format!("data: \n\ndata: {{\"type\":\"ping\",\"message\":\"x\"}}\n\ndata: {HI}\n\ndata: {STOP}\n\n"),
        format!(
            "data: {HI}\n\ndata: {{\"choices\":[{{\"delta\":{{\"tool_calls\":[{{\"index\":0}}]}}}}]}}\n\ndata: {STOP}\n\n"
        ),
        // The whole text once more at the end.
        format!("data: {HI}\n\ndata: {}\n\n", STOP.replace("\"delta\":{}", "\"message\":{\"content\":\"hi\"}")),
        // Content in parts.
        format!(
            "data: {}\n\ndata: {STOP}\n\n",
            HI.replace("\"hi\"", r#"[{"type":"text","text":"h"},{"type":"text","text":"i"},{"type":"image_url"}]"#)
        ),
    ] {
        assert_outcome(&body, "hi Done 3+2");
    }
}

#[test]
fn usage_may_come_in_any_chunk() {
    let (text, counted) = (delta("hi"), usage(3, 2));
    let first = r#"data: {"choices":[{"delta":{"content":"hi"}}],"usage":{"prompt_tokens":3,"completion_tokens":2}}"#;
    let inside =
        r#"data: {"choices":[{"delta":{},"finish_reason":"stop","usage":{"prompt_tokens":3,"completion_tokens":2}}]}"#;
    let growing = r#"data: {"choices":[{"delta":{"content":"h"}}],"usage":{"prompt_tokens":3,"completion_tokens":1}}

data: {"choices":[{"delta":{"content":"i"}}],"usage":{"prompt_tokens":3,"completion_tokens":2}}"#;
    for body in [
        [&counted, text.as_str(), DONE].concat(),
        [&text, &reason("stop"), &counted, DONE].concat(),
        [&text, &reason("stop"), DONE]
            .concat()
            .replace("}]}\n\ndata: [", "}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2}}\n\ndata: ["),
        format!("{first}\n\n{DONE}"),
        format!("{text}{inside}\n\n{DONE}"),
        format!("{growing}\n\n{DONE}"),
        format!("{first}\n\ndata: {{\"choices\":[],\"usage\":null}}\n\n{DONE}"),
        format!("{first}\n\n{}{DONE}", usage(0, 0)),
    ] {
        assert_outcome(&body, "hi Done 3+2");
    }
}

#[test]
fn answers_that_are_no_stream() {
    let whole = r#"{"id":"x","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2}}"#;
    let parts = whole.replace("\"hi\"", r#"[{"type":"text","text":"hi"}]"#);
    let pretty = whole.replace(',', ",\n  ").replace('{', "{\r\n  ");
    for body in [whole, &parts, &pretty] {
        for (before, after) in
            [("", ""), ("", "\n"), ("\u{feff}", "\r\n\r\n"), ("\n ", " \n"), ("data: ", "\n\ndata: [DONE]\n\n")]
        {
            if before == "data: " && body == pretty {
                continue;
            }
            assert_outcome(&format!("{before}{body}{after}"), "hi Done 3+2");
        }
    }
    let long = whole.replace("\"hi\"", &format!("\"{}\"", "x".repeat(300 * 1024)));
    let limits = Limits { answer_bytes_max: 512 * 1024, ..LIMITS };
    let got = outcome_within(&Server::start(vec![plain("200 OK", "", &(long + "\n"))]), limits);
    assert!(got.ends_with("xxx Done 3+2"), "{}", got.len());
    assert_outcome(&whole.replace("\"stop\"", "null"), "hi Done 3+2");
    assert_outcome(&whole.replace("\"stop\"", "\"length\""), "hi Length 3+2");
}

#[test]
fn errors_inside_an_answer_of_status_200() {
    for (error, cause) in [
        (r#"{"error":{"message":"x","type":"invalid_request_error","code":"invalid_api_key"}}"#, "key not accepted"),
        (r#"{"error":{"message":"x","code":"insufficient_quota"}}"#, "quota spent"),
        (r#"{"error":{"message":"x","code":429}}"#, "rate limited"),
        (r#"{"error":"overloaded"}"#, "status 500"),
        (r#"{"object":"error","message":"x","code":50001}"#, "status 500"),
        (r#"{"code":402,"message":"x","data":null}"#, "quota spent"),
        (r#"{"type":"error","error":{"type":"overloaded_error","message":"x"}}"#, "status 500"),
    ] {
        let expected = format!("every upstream key failed: a ({cause})");
        for body in [
            format!("data: {error}\n\n"),
            format!("event: error\ndata:{error}\r\n\r\n"),
            format!("{error}\n"),
            error.to_owned(),
        ] {
            assert_outcome(&body, &expected);
        }
        assert_outcome(&format!("data: {HI}\n\ndata: {error}\n\n"), "hi Errored");
    }
}

#[test]
fn an_error_line_is_told_at_once_though_the_stream_stays_open() {
    let line = b"{\"error\":{\"code\":\"invalid_api_key\"}}\n";
    let server = Server::start(vec![stream_head(), packet(line), Act::Sleep(2_000)]);
    let limits = Limits { first_byte_millis: 1_500, silence_millis: 60_000, ..LIMITS };
    assert_eq!(outcome_within(&server, limits), "every upstream key failed: a (key not accepted)");
}

#[test]
fn reasoning_is_relayed_only_if_asked_for() {
    let relayed = Limits { relays_reasoning: true, ..LIMITS };
    let thought = |field: &str, text: &str| {
        format!("data: {{\"choices\":[{{\"delta\":{{\"{field}\":\"{text}\",\"content\":null}}}}]}}\n\n")
    };
    for field in ["reasoning_content", "reasoning"] {
        let events =
            [thought(field, "let me "), thought(field, "see"), delta("h"), delta("i"), reason("stop"), DONE.to_owned()];
        let server = Server::start(stream(events.iter().map(String::as_str)));
        assert_eq!(outcome(&server), "hi Done");
        assert_eq!(outcome_within(&server, relayed), "let me see\n\nhi Done");

        let whole = format!(r#"{{"choices":[{{"message":{{"{field}":"hm","content":"hi"}}}}]}}"#);
        let server = Server::start(vec![plain("200 OK", "", &whole)]);
        assert_eq!(outcome(&server), "hi Done");
        assert_eq!(outcome_within(&server, relayed), "hm\n\nhi Done");

        let only = Server::start(stream([thought(field, "hm").as_str(), &reason("length"), DONE]));
        assert_eq!(outcome(&only), "every upstream key failed: a (empty answer)");
        assert_eq!(outcome_within(&only, relayed), "hm Length");
    }
    assert_eq!(outcome_within(&Server::start(good()), relayed), "ok Done 3+2");
}

#[test]
fn a_body_that_ends_too_early_is_a_cut() {
    assert_outcome(&format!("{HI}\n"), "hi Cut");
    assert_outcome(&format!("data: {HI}\n\n"), "hi Cut");
    assert_outcome("{\"choices\":[{\"delta\":{\"content\":\"h", "every upstream key failed: a (malformed answer)");
}
