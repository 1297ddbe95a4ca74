//! Base URLs that are called, and the many that are not.

use super::*;

/// Each of these names, in some spelling, a machine that nothing of ours may call.
const NOT_PUBLIC: [&str; 84] = [
    "https://127.0.0.1",
    "https://127.0.0.1:8443/v1",
    "https://127.1",
    "https://127.0.1",
    "https://2130706433",
    "https://0x7f000001",
    "https://0x7f.0.0.1",
    "https://0X7F.1",
    "https://0177.0.0.1",
    "https://017700000001",
    "https://0177.0x0.0.1",
    "https://127.0.0.1.",
    "https://①②⑦.⓪.⓪.①",
    "https://127。0。0。1",
    "https://１２７.0.0.1",
    "https://%31%32%37.0.0.1",
    "https://127.0.0.%31",
    "https://0",
    "https://0.0.0.0",
    "https://0x0",
    "https://00.00",
    "https://169.254.169.254",
    "https://2852039166",
    "https://0xa9fea9fe",
    "https://0251.0376.0251.0376",
    "https://169.254.43518",
    "https://169.16689662",
    "https://169.254.170.2",
    "https://10.0.0.1",
    "https://10.1",
    "https://0xa.0.0.1",
    "https://012.0.0.1",
    "https://167772161",
    "https://172.16.0.1",
    "https://172.31.255.255",
    "https://192.168.1.1",
    "https://192.168.257",
    "https://3232235777",
    "https://100.64.0.1",
    "https://198.18.0.1",
    "https://192.0.2.1",
    "https://198.51.100.1",
    "https://203.0.113.1",
    "https://224.0.0.1",
    "https://255.255.255.255",
    "https://4294967295",
    "https://[::1]",
    "https://[::]",
    "https://[0:0:0:0:0:0:0:1]",
    "https://[0000::0001]:8443",
    "https://[::127.0.0.1]",
    "https://[::ffff:127.0.0.1]",
    "https://[::ffff:7f00:1]",
    "https://[::FFFF:169.254.169.254]",
    "https://[::ffff:8.8.8.8]",
    "https://[64:ff9b::10.0.0.1]",
    "https://[64:ff9b::8.8.8.8]",
    "https://[2002:7f00:1::]",
    "https://[2002:a9fe:a9fe::1]",
    "https://[2001:0:7f00:1::]",
    "https://[fc00::1]",
    "https://[fd00:ec2::254]",
    "https://[fe80::1]",
    "https://[ff02::1]",
    "https://localhost",
    "https://LOCALHOST.",
    "https://localhost。",
    "https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
    "https://ｌｏｃａｌｈｏｓｔ",
    "https://%6cocalhost",
    "https://127．0．0．1",
    "https://0x7f000001.",
    "https://[::ffff:0:127.0.0.1]",
    "https://[::169.254.169.254]",
    "https://[64:ff9b:1::a00:1]",
    "https://[ff0e::1]",
    "https://100.100.100.200",
    "https:////169.254.169.254",
    "https:///169.254.169.254",
    "https://ip6-localhost",
    "https://a.localhost",
    "https://printer",
    "https://metadata.google.internal",
    "https://nas.local",
];

#[test]
fn no_spelling_of_a_local_machine_is_called() {
    for typed in NOT_PUBLIC {
        assert_eq!(Endpoint::parse(typed, Loopback::Refuse), Err(AddressError::NotPublic), "{typed}");
    }
}

#[test]
fn other_urls_are_refused_with_a_reason() {
    for (typed, error) in [
        ("", AddressError::Malformed),
        ("https://", AddressError::Malformed),
        ("not a url", AddressError::Malformed),
        ("https://[fe80::1%25eth0]", AddressError::Malformed),
        ("https://256.0.0.1", AddressError::Malformed),
        ("https://1.2.3.4.5", AddressError::Malformed),
        ("https://0x100000000", AddressError::Malformed),
        ("https://[::1%lo]", AddressError::Malformed),
        ("https://@api.example.com", AddressError::Malformed),
        ("https://:@127.0.0.1", AddressError::Malformed),
        ("api.example.com:443@127.0.0.1", AddressError::Malformed),
        ("https://api.example.com\\@127.0.0.1", AddressError::Malformed),
        ("https:\\\\127.0.0.1", AddressError::Malformed),
        ("https://127.0.\t0.1", AddressError::Malformed),
        ("https://api.example.com\n.internal", AddressError::Malformed),
        ("https://api.example.com/\0", AddressError::Malformed),
        ("https://user@api.example.com", AddressError::Malformed),
        ("https://api.example.com:x@127.0.0.1", AddressError::Malformed),
        ("https://api.example.com?key=1", AddressError::Malformed),
        ("https://api.example.com#127.0.0.1", AddressError::Malformed),
        ("http://api.example.com", AddressError::Scheme),
        ("ftp://api.example.com", AddressError::Scheme),
        ("file://api.example.com/etc", AddressError::Scheme),
        ("http://127.0.0.1:3200", AddressError::Scheme),
        ("https://api.example.com:22", AddressError::Port),
        ("https://api.example.com:80", AddressError::Port),
        ("https://api.example.com:0", AddressError::Port),
        ("https://api..example.com", AddressError::NotPublic),
    ] {
        assert_eq!(Endpoint::parse(typed, Loopback::Refuse), Err(error), "{typed}");
    }
    let long = format!("https://api.example.com/{}", "a".repeat(URL_BYTES_MAX));
    assert_eq!(Endpoint::parse(&long, Loopback::Refuse), Err(AddressError::Malformed));
}

#[test]
fn the_local_stack_may_call_loopback_and_nothing_else_that_is_local() {
    for typed in ["http://127.0.0.1:3200/_local/upstream", "http://localhost:80", "http://[::1]:9", "https://127.0.0.2"]
    {
        assert!(Endpoint::parse(typed, Loopback::Allow).is_ok(), "{typed}");
    }
    for typed in ["http://10.0.0.1", "https://10.0.0.1", "http://api.example.com", "https://0.0.0.0", "ftp://127.0.0.1"]
    {
        assert!(Endpoint::parse(typed, Loopback::Allow).is_err(), "{typed}");
    }
}

#[tokio::test]
async fn a_base_is_looked_up_when_it_is_saved() {
    let check = async |typed, loopback| Endpoint::parse(typed, loopback).unwrap().check_reachable(loopback).await;
    assert_eq!(check("https://1.1.1.1", Loopback::Refuse).await, Ok(()), "a literal needs no name server");
    assert_eq!(check("https://[2606:4700::1111]", Loopback::Refuse).await, Ok(()));
    assert_eq!(check("http://localhost:3200", Loopback::Allow).await, Ok(()));
    let local = Endpoint::parse("http://localhost:3200", Loopback::Allow).unwrap();
    assert_eq!(local.check_reachable(Loopback::Refuse).await, Err(AddressError::NotPublic));
}

#[test]
fn every_reason_has_a_sentence() {
    use AddressError::{Malformed, NotPublic, Port, Scheme, Unresolved};
    let sentences = [Malformed, Scheme, Port, NotPublic, Unresolved].map(AddressError::sentence);
    for (place, sentence) in sentences.iter().enumerate() {
        assert!(!sentence.is_empty() && !sentences[..place].contains(sentence), "{sentence}");
    }
}
