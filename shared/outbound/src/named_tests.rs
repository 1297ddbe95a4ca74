//! Addresses as answers name them.

use super::*;

fn called() -> Url {
    Url::parse("https://pay.example.com/xpay/mapi.php").unwrap()
}

fn page(named: &str) -> Result<String, AddressError> {
    page_address(&called(), named, Loopback::Refuse).map(String::from)
}

fn file(named: &str) -> Result<String, AddressError> {
    file_address(Some(&called()), named, Loopback::Refuse).map(String::from)
}

#[test]
fn addresses_are_resolved_against_the_one_that_was_called_and_encoded() {
    for (named, expected) in [
        ("https://q.example.com/pay/1", "https://q.example.com/pay/1"),
        ("/pay/1", "https://pay.example.com/pay/1"),
        (" /pay/1\n", "https://pay.example.com/pay/1"),
        ("//q.example.com/pay/1", "https://q.example.com/pay/1"),
        ("./pay/1", "https://pay.example.com/xpay/pay/1"),
        ("../pay/1", "https://pay.example.com/pay/1"),
        ("?order=1", "https://pay.example.com/xpay/mapi.php?order=1"),
        ("submit.php?order=1", "https://pay.example.com/xpay/submit.php?order=1"),
        ("files/a b.png", "https://pay.example.com/xpay/files/a%20b.png"),
        (
            "/pay/支付 宝?名=一 年",
            "https://pay.example.com/pay/%E6%94%AF%E4%BB%98%20%E5%AE%9D?%E5%90%8D=%E4%B8%80%20%E5%B9%B4",
        ),
        ("https://支付.example/1", "https://xn--bnq875c.example/1"),
        ("https://q.example.com/a%20b?c=%E6%94%AF", "https://q.example.com/a%20b?c=%E6%94%AF"),
        ("https://q.example.com/#/order/1", "https://q.example.com/#/order/1"),
    ] {
        assert_eq!(page(named).as_deref(), Ok(expected), "{named}");
        assert_eq!(file(named).as_deref(), Ok(expected), "{named}");
    }
}

#[test]
fn what_leads_into_a_network_is_refused_however_it_is_written() {
    for named in [
        "https://10.0.0.1/a.png",
        "//10.0.0.1/a.png",
        "//127.0.0.1/a.png",
        "//localhost/a.png",
        "//[::1]/a.png",
        "//0x7f.1/a.png",
        "https:\\\\169.254.169.254\\a.png",
        "/\\169.254.169.254/a.png",
        "//１２７.0.0.1/a.png",
        "//metadata.google.internal/a.png",
    ] {
        assert_eq!(file(named), Err(AddressError::NotPublic), "{named}");
        assert_eq!(page(named), Err(AddressError::NotPublic), "{named}");
    }
    assert_eq!(page("http://192.168.1.1:8080/pay"), Err(AddressError::NotPublic));
}

#[test]
fn what_is_no_address_is_refused() {
    let long = format!("/{}", "a".repeat(NAMED_BYTES_MAX));
    for named in [
        "",
        " ",
        "word",
        "pay.example.com/1",
        "iVBORw0KGgoAAAANSUhEUg/AAA",
        "https://",
        "https://user:secret@q.example.com/1",
        "//user@q.example.com/1",
        long.as_str(),
    ] {
        assert_eq!(page(named), Err(AddressError::Malformed), "{named}");
        assert_eq!(file(named), Err(AddressError::Malformed), "{named}");
    }
    for named in ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "blob:https://a.example/1"] {
        assert!(page(named).is_err() && file(named).is_err(), "{named}");
    }
    assert_eq!(file_address(None, "/a.png", Loopback::Refuse), Err(AddressError::Malformed));
}

/// A browser opens more than we call.
#[test]
fn people_may_be_sent_to_plain_http_and_to_any_port() {
    for named in ["http://q.example.com/1", "http://q.example.com:81/1", "https://q.example.com:444/1"] {
        assert_eq!(page(named).as_deref(), Ok(named));
        assert!(file(named).is_err(), "{named}");
    }
    let local = Url::parse("http://127.0.0.1:3200/_local/pay/epay/mapi.php").unwrap();
    let here = "http://127.0.0.1:3200/_local/pay/1";
    assert_eq!(page_address(&local, "/_local/pay/1", Loopback::Allow).map(String::from).as_deref(), Ok(here));
    assert_eq!(file_address(Some(&local), here, Loopback::Allow).map(String::from).as_deref(), Ok(here));
    assert!(page_address(&local, here, Loopback::Refuse).is_err());
}
