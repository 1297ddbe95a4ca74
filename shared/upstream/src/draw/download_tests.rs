//! Which addresses of files are fetched.

use super::*;
use outbound::Loopback;

fn file_url(loopback: Loopback, text: &str) -> Result<String, Cause> {
    Client::new(loopback).unwrap().file_url(None, text).map(String::from)
}

#[test]
fn files_are_fetched_from_public_addresses_only() {
    let blocked = Err(Cause::Blocked(AddressError::NotPublic));
    for url in [
        "https://127.0.0.1/a.png",
        "https://2130706433/a.png",
        "https://0x7f.1/a.png",
        "https://0177.0.0.1/a.png",
        "https://10.0.0.1/a.png",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/a.png",
        "https://[::ffff:10.0.0.1]/a.png",
        "https://[fd00:ec2::254]/a.png",
        "https://localhost/a.png",
        "https://localhost./a.png",
        "https://metadata.google.internal/a.png",
        "https://１２７.0.0.1/a.png",
        "https://100.64.0.1/a.png",
    ] {
        assert_eq!(file_url(Loopback::Refuse, url), blocked, "{url}");
    }
    // Without the address of an answer that names them, relative ones lead nowhere.
    for url in [
        "",
        "a.png",
        "//x.example.com/a.png",
        "http://x.example.com/a.png",
        "ftp://x.example.com/a.png",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://user:secret@x.example.com/a.png",
        "https://x.example.com:25/a.png",
    ] {
        assert_eq!(file_url(Loopback::Refuse, url), Err(Cause::Malformed), "{url}");
    }
    assert_eq!(
        file_url(Loopback::Refuse, &format!("https://x.example.com/{}", "a".repeat(4096))),
        Err(Cause::Malformed)
    );
    let signed = "https://x.blob.example.net/private/a.png?se=2026-11-22T19%3A00%3A00Z&sig=a%2Fb%3D";
    assert_eq!(file_url(Loopback::Refuse, signed).as_deref(), Ok(signed));
    assert!(file_url(Loopback::Allow, "http://127.0.0.1:3200/a.png").is_ok());
    assert_eq!(file_url(Loopback::Allow, "http://10.0.0.1/a.png"), Err(Cause::Malformed));
    assert_eq!(file_url(Loopback::Allow, "https://10.0.0.1/a.png"), blocked);
}

#[test]
fn what_an_answer_names_is_resolved_against_its_address() {
    let called = Url::parse("https://draw.example.com/v1/images/generations").unwrap();
    let client = Client::new(Loopback::Refuse).unwrap();
    let url = |named: &str| client.file_url(Some(&called), named).map(String::from);
    for (named, expected) in [
        ("/files/a.png", "https://draw.example.com/files/a.png"),
        ("//cdn.example.com/a.png", "https://cdn.example.com/a.png"),
        ("a.png", "https://draw.example.com/v1/images/a.png"),
        ("https://cdn.example.com/一 只猫.png", "https://cdn.example.com/%E4%B8%80%20%E5%8F%AA%E7%8C%AB.png"),
    ] {
        assert_eq!(url(named).as_deref(), Ok(expected), "{named}");
    }
    assert_eq!(url("//169.254.169.254/latest"), Err(Cause::Blocked(AddressError::NotPublic)));
    assert_eq!(url("word"), Err(Cause::Malformed));
}
