//! Which codes of an account are good.

use super::*;

fn code(address: &str, asked: i64, home: bool) -> StoredCode {
    let network = Network::of(address);
    StoredCode {
        hash: String::new(),
        salt: String::new(),
        ttl: CODE_SECONDS,
        tries: 0,
        network: network.as_str().to_owned(),
        wide: network.wide().to_owned(),
        home,
        asked,
    }
}

fn networks(codes: Vec<StoredCode>) -> Vec<String> {
    chosen(codes, 0).into_iter().map(|code| code.network).collect()
}

#[test]
fn the_three_newest_are_good_and_ended_ones_are_not() {
    let mut codes: Vec<StoredCode> = (1..=5).map(|n| code(&format!("203.0.113.{n}"), n.into(), false)).collect();
    assert_eq!(networks(codes.clone()), ["203.0.113.5", "203.0.113.4", "203.0.113.3"]);
    codes[4].ttl = 0;
    assert_eq!(networks(codes), ["203.0.113.4", "203.0.113.3", "203.0.113.2"]);
}

#[test]
fn nobody_pushes_out_the_one_from_home() {
    let mut codes: Vec<StoredCode> = (2..=9).map(|n| code(&format!("203.0.113.{n}"), n.into(), false)).collect();
    codes.push(code("203.0.113.1", 1, true));
    assert_eq!(networks(codes.clone()), ["203.0.113.1", "203.0.113.9", "203.0.113.8"]);
    // Of two homes the newer one is it.
    codes.push(code("203.0.113.10", 0, true));
    assert_eq!(networks(codes), ["203.0.113.1", "203.0.113.9", "203.0.113.8"]);
}

#[test]
fn a_wide_network_has_one_place() {
    let strangers = (1..=9).map(|n| code(&format!("2001:db8:7:{n}::1"), 100 + n, false));
    let codes = strangers.chain([code("203.0.113.1", 1, false), code("2001:db8:8::1", 2, false)]);
    assert_eq!(networks(codes.collect()), ["2001:db8:7:9::/64", "2001:db8:8::/64", "203.0.113.1"]);
}

#[test]
fn a_try_is_compared_with_what_its_network_may_try() {
    let (here, there) = (Network::of("203.0.113.1"), Network::of("203.0.113.2"));
    let mut code = code("203.0.113.1", 1, false);
    assert!(code.takes(&here, Tried::Counted) && code.takes(&there, Tried::NoneOfItsOwn));
    // Read after the fifth try was counted, which is the one that is compared now.
    code.tries = CODE_TRIES_MAX;
    assert!(code.takes(&here, Tried::Counted) && !code.takes(&here, Tried::UsedUp));
    assert!(!code.takes(&there, Tried::Counted), "used up where it was asked for");
}
