//! Which failures pass the turn on to the next key, and which do not.

use std::net::TcpListener;

use upstream::{AddressError, Attempt, Cause, Failure, Limits, Loopback, Refusal, Secret};

use crate::clock::settle;
use crate::server::{Act, Server, cut_stream, delta, good, head, packet, plain, reason, stream, stream_head};
use crate::{LIMITS, client, collect, key, open, open_hosts, prompt, run};

/// Which keys failed, and why.
fn causes(tried: &[Attempt]) -> Vec<(&str, Cause)> {
    tried.iter().map(|attempt| (attempt.key_id.as_str(), attempt.cause)).collect()
}

/// What the first of two keys does, and why it is passed over.
fn assert_passed_over(acts: Vec<Act>, cause: Cause) {
    let (bad, fine) = (Server::start(acts), Server::start(good()));
    run(async {
        let mut answer = open(&[&bad, &fine], LIMITS).await.unwrap();
        assert_eq!(answer.key_id(), "b");
        assert_eq!(causes(answer.tried()), [("a", cause)]);
        assert_eq!(collect(&mut answer).await.0, ["o", "k"]);
        let alone = open(&[&bad], LIMITS).await.unwrap_err();
        assert!(matches!(&alone, Failure::Exhausted(tried) if causes(tried) == [("a", cause)]), "{alone}");
    });
}

#[test]
fn a_status_that_is_the_keys_fault_passes_the_turn_on() {
    let limited = |retry_after_seconds| Cause::RateLimited { retry_after_seconds };
    for (status, headers, body, cause) in [
        ("401 No", "", "", Cause::Unauthorized),
        ("402 No", "", "", Cause::Quota),
        ("403 No", "", "{}", Cause::Forbidden),
        ("404 No", "", "<html>", Cause::NotFound),
        ("408 No", "", "", Cause::Server(408)),
        ("429 No", "retry-after: 20\r\n", "", limited(Some(20))),
        ("429 No", "retry-after: Wed, 21 Oct 2037 07:28:00 GMT\r\n", "", limited(None)),
        (
            "429 No",
            "date: Wed, 21 Oct 2037 07:27:15 GMT\r\nretry-after: Wed, 21 Oct 2037 07:28:00 GMT\r\n",
            "",
            limited(Some(45)),
        ),
        ("403 No", "", "<html>", Cause::Firewall),
        ("403 No", "", r#"{"error":{"message":"no access to model `m`"}}"#, Cause::NotFound),
        ("403 No", "", r#"{"error":{"code":"unsupported_country_region_territory"}}"#, Cause::Region),
        (
            "200 OK",
            "content-type: application/json\r\n",
            r#"{"code":401,"message":"x","data":null}"#,
            Cause::Unauthorized,
        ),
        ("429 No", "", r#"{"error":{"code":"insufficient_quota"}}"#, Cause::Quota),
        ("500 No", "", "", Cause::Server(500)),
        ("503 No", "", r#"{"error":{"code":"model_not_found"}}"#, Cause::NotFound),
        ("200 OK", "content-type: text/html\r\n", "<html>", Cause::Malformed),
        ("200 OK", "content-encoding: gzip\r\n", "x", Cause::Malformed),
        ("200 OK", "", "", Cause::Cut),
        ("200 OK", "content-type: application/json\r\n", "{}", Cause::Malformed),
        ("200 OK", "content-type: application/json\r\n", r#"{"choices":[]}"#, Cause::Empty),
        ("200 OK", "content-type: application/json\r\n", r#"{"error":{"code":401}}"#, Cause::Unauthorized),
    ] {
        assert_passed_over(vec![plain(status, headers, body)], cause);
    }
}

#[test]
fn a_stream_that_fails_before_any_text_passes_the_turn_on() {
    let role = "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n";
    let error = "data: {\"error\":{\"message\":\"sk-a is busy\",\"type\":\"overloaded\"}}\n\n";
    let garbage = "data: garbage\n\n".repeat(17);
    for (acts, cause) in [
        (cut_stream([]), Cause::Cut),
        (cut_stream([role]), Cause::Cut),
        (stream([role]), Cause::Cut),
        (stream([role, "data: [DONE]\n\n"]), Cause::Empty),
        (stream([role, &reason("stop")]), Cause::Empty),
        (stream([error]), Cause::Server(500)),
        (stream(["{\"error\":{\"code\":\"invalid_api_key\"}}\n"]), Cause::Unauthorized),
        (stream([garbage.as_str()]), Cause::Malformed),
        (vec![stream_head(), Act::Sleep(600)], Cause::FirstByte),
        (vec![stream_head(), packet(role.as_bytes()), Act::Sleep(600)], Cause::Silence),
        (vec![stream_head(), packet(&[b'x'; 300 * 1024]), Act::Sleep(600)], Cause::TooLarge),
        (vec![head("text/plain"), packet(b"  \n"), packet(b"hello\n"), Act::Sleep(600)], Cause::Silence),
        (vec![Act::Sleep(600)], Cause::FirstByte),
        (vec![Act::Send(b"HTTP/1.1 200 OK\r\nx: ".to_vec()), Act::Sleep(600)], Cause::FirstByte),
        (vec![Act::Send(b"garbage\r\n\r\n".to_vec())], Cause::Connect),
        (vec![], Cause::Connect),
    ] {
        assert_passed_over(acts, cause);
    }
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = Server::start(good());
    let location = format!("location: {}/v1/chat/completions\r\n", elsewhere.url);
    for status in ["301", "302", "303", "307", "308"] {
        let acts = vec![plain(&format!("{status} Moved"), &location, "")];
        assert_passed_over(acts, Cause::Server(status.parse().unwrap()));
    }
    assert!(elsewhere.requests().is_empty());
}

#[test]
fn a_port_where_nobody_listens_passes_the_turn_on() {
    let closed = format!("http://{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    let fine = Server::start(good());
    let answer = run(open_hosts(&[&closed, &fine.url], LIMITS)).unwrap();
    assert_eq!(causes(answer.tried()), [("a", Cause::Connect)]);
}

#[test]
fn plain_http_is_no_tls() {
    let server = Server::start(good());
    let host = server.url.replace("http://", "https://");
    assert_eq!(
        run(open_hosts(&[&host], LIMITS)).unwrap_err().to_string(),
        "every upstream key failed: a (no connection)"
    );
}

#[test]
fn a_request_at_fault_is_not_sent_to_another_key() {
    for (status, body, refusal) in [
        (400, "", Refusal::Other),
        (422, "{}", Refusal::Other),
        (413, "", Refusal::TooLong),
        (400, r#"{"error":{"code":"context_length_exceeded"}}"#, Refusal::TooLong),
        (400, r#"{"error":{"code":"content_filter"}}"#, Refusal::Filtered),
    ] {
        let bad = Server::start(vec![plain(&format!("{status} No"), "", body)]);
        let fine = Server::start(good());
        match run(open(&[&bad, &fine], LIMITS)).unwrap_err() {
            Failure::Refused { status: got, refusal: why, by } => {
                assert_eq!((got, why, by.key_id.as_str()), (status, refusal, "a"));
            }
            other => panic!("{other}"),
        }
        assert!(fine.requests().is_empty());
    }
    let filtered = Server::start(stream([reason("content_filter").as_str()]));
    assert!(matches!(
        run(open(&[&filtered], LIMITS)).unwrap_err(),
        Failure::Refused { status: 200, refusal: Refusal::Filtered, .. }
    ));
}

#[test]
fn blocked_hosts_and_odd_secrets_are_never_called() {
    let fine = Server::start(good());
    let hosts = ["http://10.0.0.1", "https://169.254.169.254", "https://x.example.com:22", fine.url.as_str()];
    let answer = run(open_hosts(&hosts, LIMITS)).unwrap();
    let blocked = [AddressError::Scheme, AddressError::NotPublic, AddressError::Port].map(Cause::Blocked);
    assert_eq!(answer.tried().iter().map(|attempt| attempt.cause).collect::<Vec<_>>(), blocked);

    let mut odd = key("a", &fine.url);
    odd.secret = Secret::new("sk\r\nx-injected: 1".to_owned());
    let failure = run(client().open(&[odd], &prompt(), &LIMITS)).unwrap_err();
    assert_eq!(failure.tried()[0].cause, Cause::Unauthorized);
    assert_eq!(fine.requests().len(), 1);
}

#[test]
fn the_deployed_client_does_not_call_this_machine() {
    let server = Server::start(good());
    let client = upstream::Client::new(Loopback::Refuse).unwrap();
    for host in [server.url.clone(), server.url.replace("http:", "https:"), "https://localhost:8443".to_owned()] {
        let failure = run(client.open(&[key("a", &host)], &prompt(), &LIMITS)).unwrap_err();
        assert!(matches!(failure.tried()[0].cause, Cause::Blocked(_)), "{failure}");
    }
    assert!(server.requests().is_empty());
}

#[test]
fn opening_has_one_deadline_and_a_number_of_tries() {
    let silent = Server::start(vec![Act::Sleep(1_000)]);
    let limits = Limits { first_byte_millis: 100, opening_millis: 250, ..LIMITS };
    let failure = run(open(&[&silent, &silent, &silent, &silent], limits)).unwrap_err();
    assert!(matches!(&failure, Failure::Deadline(tried) if tried.len() == 3), "{failure}");

    let broken = Server::start(vec![plain("500 No", "", "")]);
    let failure = run(open(&[&broken; 5], LIMITS)).unwrap_err();
    assert!(matches!(&failure, Failure::Exhausted(tried) if tried.len() == LIMITS.tries_max), "{failure}");
    assert_eq!(run(open(&[], LIMITS)).unwrap_err(), Failure::NoKey);
}

#[test]
fn each_attempt_tells_how_long_it_took() {
    let slow = Server::start(vec![Act::Sleep(120), plain("500 No", "", "")]);
    let mut late = good();
    late.insert(0, Act::Sleep(60));
    let answer = run(open(&[&slow, &Server::start(late)], LIMITS)).unwrap();
    assert!((120..290).contains(&answer.tried()[0].millis), "{:?}", answer.tried());
    assert!((60..290).contains(&answer.millis()), "{}", answer.millis());
    match run(open(&[&Server::start(vec![Act::Sleep(60), plain("400 No", "", "")])], LIMITS)).unwrap_err() {
        Failure::Refused { by, .. } => assert!((60..290).contains(&by.millis), "{}", by.millis),
        other => panic!("{other}"),
    }
}

#[test]
fn comments_do_not_hold_the_opening_open_but_reasoning_does() {
    let drip = |line: &str| {
        let drop = [packet(line.as_bytes()), Act::Sleep(50)];
        let mut acts = vec![stream_head()];
        acts.extend(drop.into_iter().cycle().take(20));
        acts.push(packet(delta("at last").as_bytes()));
        Server::start(acts)
    };
    let limits = Limits { opening_millis: 250, ..LIMITS };
    let failure = run(open(&[&drip(": wait\n\n")], limits)).unwrap_err();
    assert!(matches!(failure, Failure::Deadline(_)), "{failure}");

    let thinking = drip("data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"hm\"}}]}\n\n");
    assert!(run(open(&[&thinking], limits)).is_ok());
}

#[test]
fn the_request_is_what_the_protocol_asks_for() {
    let server = Server::start(good());
    run(open_hosts(&[&format!("{}/openai/", server.url)], LIMITS)).unwrap();
    let request = server.requests().remove(0);
    assert!(request.head.starts_with("POST /openai/v1/chat/completions HTTP/1.1\r\n"), "{}", request.head);
    let head = request.head.to_ascii_lowercase();
    for header in ["authorization: bearer sk-a", "content-type: application/json", "accept-encoding: identity"] {
        assert!(head.contains(header), "{header} in {head}");
    }
    assert!(request.body.contains(r#""stream":true,"stream_options":{"include_usage":true}"#), "{}", request.body);
}

#[test]
fn a_kept_connection_is_used_again_and_replaced_when_it_died() {
    // The third request comes on the kept connection, which is dropped without an answer.
    let server = Server::start_with(|place| {
        let mut acts = if place == 2 { vec![] } else { good() };
        acts.extend((place != 2).then_some(Act::KeepAlive));
        acts
    });
    let (client, keys) = (client(), [key("a", &server.url)]);
    run(async {
        for _ in 0..3 {
            let mut answer = client.open(&keys, &prompt(), &LIMITS).await.unwrap();
            assert_eq!(collect(&mut answer).await.0, ["o", "k"]);
            drop(answer);
            settle().await;
        }
    });
    let connections: Vec<usize> = server.requests().iter().map(|request| request.connection).collect();
    assert_eq!(connections, [0, 0, 0, 1]);
}
