//! How titles are cut.

use domain::{Fen, PayType};

use super::*;

fn order(title: &str) -> Order<'_> {
    Order {
        number: "51370316848435200",
        amount: Fen::new(1).unwrap(),
        title,
        pay_type: PayType::Alipay,
        notify_url: "https://shop.example.com/n",
        client_ip: "203.0.113.9",
        device: Device::Desktop,
        now: 0,
        nonce: "n",
    }
}

#[test]
fn titles_are_cut_between_characters() {
    for (title, chars_max, bytes_max, cut) in [
        ("会员", 10, 100, "会员"),
        (" 会员\n年卡 ", 10, 100, "会员 年卡"),
        ("会员年卡", 2, 100, "会员"),
        ("会员年卡", 10, 8, "会员"),
        ("A&B=C/D\\E", 10, 100, "A＆B＝C／D\\E"),
        ("", 10, 100, "51370316848435200"),
        (" \t ", 10, 100, "51370316848435200"),
        ("会", 10, 2, "51370316848435200"),
    ] {
        assert_eq!(order(title).title(&['=', '/'], chars_max, bytes_max), cut, "{title}");
    }
}
