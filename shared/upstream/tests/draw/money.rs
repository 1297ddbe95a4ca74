//! What hosts say about a key's money.

use std::time::Duration;

use tokio::time::Instant;
use upstream::{Balance, Cause, Client, Loopback};

use crate::server::{Act, Server, plain};
use crate::{json, key, run};

fn openai(server: &Server) -> Result<Option<Balance>, Cause> {
    run(async {
        let until = Instant::now() + Duration::from_secs(5);
        Client::new(Loopback::Allow).unwrap().openai_balance(&key(&server.url), "2026-09-01", "2026-11-30", until).await
    })
}

fn stability(acts: Vec<Act>) -> Result<Option<Balance>, Cause> {
    run(async {
        let until = Instant::now() + Duration::from_secs(5);
        Client::new(Loopback::Allow).unwrap().stability_balance(&key(&Server::start(acts).url), until).await
    })
}

fn not_found() -> Vec<Act> {
    vec![plain("404 No", "", "")]
}

#[test]
fn the_calls_may_be_beside_or_below_the_version() {
    let below = Server::start_with(|before| {
        if before == 0 { json("{\"hard_limit_usd\":120.5}") } else { json("{\"total_usage\":1050.25}") }
    });
    assert_eq!(openai(&below), Ok(Some(Balance { limit_micro_usd: 120_500_000, used_micro_usd: 10_502_500 })));
    let heads: Vec<String> = below.requests().into_iter().map(|request| request.head).collect();
    assert!(heads[0].starts_with("GET /v1/dashboard/billing/subscription "), "{}", heads[0]);
    let usage = "GET /v1/dashboard/billing/usage?start_date=2026-09-01&end_date=2026-11-30 ";
    assert!(heads[1].starts_with(usage), "{}", heads[1]);

    let beside =
        Server::start_with(|before| if before == 1 { json("{\"hard_limit_usd\":\"5\"}") } else { not_found() });
    assert_eq!(openai(&beside), Ok(Some(Balance { limit_micro_usd: 5_000_000, used_micro_usd: 0 })));
    assert!(beside.requests()[1].head.starts_with("GET /dashboard/billing/subscription "));
}

#[test]
fn hosts_without_such_calls_have_none() {
    for acts in [
        not_found(),
        vec![plain("403 No", "", "{\"error\":{\"message\":\"must be made with a session key\"}}")],
        vec![plain("200 OK", "content-type: text/html\r\n", "<html>")],
        json("{}"),
        json("{\"hard_limit_usd\":null}"),
        json("{\"hard_limit_usd\":-1}"),
    ] {
        assert_eq!(openai(&Server::start(acts)), Ok(None));
    }
    assert_eq!(stability(json("{}")), Ok(None));
}

#[test]
fn failures_are_told() {
    for (status, cause) in [("401 No", Cause::Unauthorized), ("500 No", Cause::Server(500))] {
        assert_eq!(openai(&Server::start(vec![plain(status, "", "")])), Err(cause));
        assert_eq!(stability(vec![plain(status, "", "")]), Err(cause));
    }
    let endless = vec![Act::Send(b"HTTP/1.1 200 OK\r\n\r\n".to_vec()), Act::Repeat(vec![b' '; 65_536], 1_000)];
    assert_eq!(stability(endless), Err(Cause::TooLarge));
    assert_eq!(
        stability(json("{\"credits\":0.633683}")),
        Ok(Some(Balance { limit_micro_usd: 6_337, used_micro_usd: 0 }))
    );
}
