mod benefits;
mod days;
mod pasted;
mod payments;
mod prices;
mod settings;
mod texts;

use proptest::prelude::*;

use super::*;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_passes_as_an_account_is_folded_and_safe_in_a_header(
        text in "\\PC{0,40}|[ a-zA-Z0-9.+@#%<>\\r\\n-]{0,30}|[a-z.+]{1,9}@[a-z.-]{1,9}",
    ) {
        if let Some(account) = Account::parse(&text) {
            let folded = account.as_str().to_owned();
            prop_assert!(folded.is_ascii() && folded == folded.to_ascii_lowercase());
            let unsafe_in_headers = |c: char| c.is_ascii_control() || " <>,;:\"()[]\\".contains(c);
            prop_assert!(!folded.contains(unsafe_in_headers), "{folded}");
            prop_assert_eq!(Account::parse(&folded), Some(account.clone()));
            prop_assert!(Account::parse(&account.mailbox()).is_none_or(|mailbox| !mailbox.as_str().contains('+')));
        }
    }

    #[test]
    fn a_price_covers_its_tokens_and_never_falls(
        whole in 0_u64..=1_000_000,
        millionths in 0_u64..1_000_000,
        tokens in 0_u64..1 << 40,
        more in 0_u64..1 << 40,
    ) {
        let whole = whole.saturating_sub(1);
        let ratio = Ratio::parse(&format!("{whole}.{millionths:06}")).unwrap();
        prop_assert_eq!(Ratio::parse(&ratio.to_string()), Some(ratio));
        let cost = ratio.cost(tokens);
        prop_assert!(cost >= 0 && ratio.cost(tokens + more) >= cost);
        prop_assert!(ratio.tokens(cost).is_none_or(|paid| paid >= tokens));
        prop_assert!(ratio.tokens(cost - 1).is_none_or(|paid| cost == 0 || paid < tokens));
    }

    #[test]
    fn a_page_is_a_window_into_its_list(number in "\\PC{0,22}|[0-9]{1,20}", size in "\\PC{0,22}|[0-9]{1,20}", count in 0_u64..) {
        let page = Page::parse(Some(&number), Some(&size));
        prop_assert!(page.number >= 1 && (1..=100).contains(&page.size));
        if let Some((first, last)) = page.ordinals(count) {
            prop_assert!(1 <= first && first <= last && last <= count && last - first < page.size);
        }
    }

    #[test]
    fn no_setting_and_no_id_breaks_on_any_text(name in "[a-z0-9_]{0,24}", value in "\\PC{0,40}") {
        let mut settings = Settings::default();
        settings.apply(&name, &value);
        let _ = (UserId::parse(&value), SessionToken::parse(&value), ConversationId::parse(&value), Network::of(&value));
    }
}

#[test]
fn accounts_are_folded_and_hostile_ones_refused() {
    for (text, folded) in [
        (" Ada.L@Example.COM ", "ada.l@example.com"),
        ("a+b@c.de", "a+b@c.de"),
        ("a b@c.de", "a+b@c.de"),
        ("o'neil@mail.co.uk", "o'neil@mail.co.uk"),
        ("x@xn--fiq228c.cn", "x@xn--fiq228c.cn"),
        ("\u{feff}ａｄａ＠ｂ．ｄｅ\n", "ada@b.de"),
    ] {
        assert_eq!(Account::parse(text).unwrap().as_str(), folded);
    }
    let long = format!("{}@example.com", "a".repeat(65));
    for text in [
        "",
        "@",
        "a@",
        "@b.c",
        "a@b",
        "a@b.c",
        "a@1.2.3.4",
        "a@b..de",
        "a@-b.de",
        "a@b-.de",
        ".a@b.de",
        "a.@b.de",
        "a..b@c.de",
        "a@b.de\r\nBcc: x@y.zz",
        "\"a\"@b.de",
        "a@b.de,c@d.ee",
        "<a@b.de>",
        "a@b.de>",
        "a@@b.de",
        "ä@b.de",
        "a@bä.de",
        "a\u{0}@b.de",
        "13800000000",
        "undefined",
        long.as_str(),
    ] {
        assert!(Account::parse(text).is_none(), "{text:?}");
    }
}

#[test]
fn tags_belong_to_one_mailbox() {
    let mailbox = |text: &str| Account::parse(text).unwrap().mailbox();
    assert_eq!(mailbox("a.b+c+d@e.fg"), "a.b@e.fg");
    assert_eq!(mailbox("a.b@e.fg"), "a.b@e.fg");
}

#[test]
fn mailboxes_are_folded_by_the_rules_of_their_providers() {
    for (text, folded) in [
        ("A.d.a+x@Gmail.com", "ada@gmail.com"),
        ("ada@googlemail.com", "ada@gmail.com"),
        ("a.da+x@outlook.com", "a.da@outlook.com"),
        ("ada+x@hotmail.com", "ada@hotmail.com"),
        ("ada-x@hotmail.com", "ada-x@hotmail.com"),
        ("ada-shop@yahoo.com", "ada@yahoo.com"),
        ("ada-shop+x@yahoo.co.uk", "ada@yahoo.co.uk"),
        ("ada-shop@ymail.com", "ada@ymail.com"),
        ("ada-shop@notyahoo.com", "ada-shop@notyahoo.com"),
        ("a_d-a.x+y@pm.me", "adax@proton.me"),
        ("ada@me.com", "ada@icloud.com"),
        ("a-d.a@ya.ru", "ada@yandex.ru"),
        ("anything@ada.fastmail.com", "ada@fastmail.com"),
        ("ada+x@fastmail.com", "ada@fastmail.com"),
        ("10001@qq.com", "10001@qq.com"),
        ("10001@vip.qq.com", "10001@vip.qq.com"),
        ("a.da@163.com", "a.da@163.com"),
        ("ada+x@126.com", "ada@126.com"),
        ("a.da@foxmail.com", "a.da@foxmail.com"),
    ] {
        assert_eq!(Account::parse(text).unwrap().mailbox(), folded, "{text}");
    }
}

#[test]
fn codes_keep_leading_zeros() {
    assert_eq!(LoginCode::parse(" 014198 ").unwrap().as_str(), "014198");
    for text in ["", "14198", "0141980", "01419a", "〇１４１９８", "-14198", "1e5"] {
        assert!(LoginCode::parse(text).is_none(), "{text}");
    }
    let drawn = LoginCode::draw().unwrap();
    assert_eq!(LoginCode::parse(drawn.as_str()).unwrap(), drawn);
    assert!(!format!("{drawn:?}").contains(drawn.as_str()));
}

#[test]
fn ids_are_ordered_by_time_and_travel_as_text() {
    let early = UserId::draw(1_700_000_000_000).unwrap();
    let late = UserId::draw(1_700_000_000_001).unwrap();
    assert!(early.as_i64() < late.as_i64());
    assert!(early.next().as_i64() > early.as_i64());
    assert_eq!(UserId::parse(&early.to_string()), Some(early));
    for text in ["", "0", "-1", "+1", "1.0", "９", "9223372036854775808", "1e3", " 1"] {
        assert_eq!(UserId::parse(text), None, "{text}");
    }
}

#[test]
fn ids_know_their_time_and_their_neighbours() {
    let now = 1_700_000_000_123;
    let drawn = MessageId::draw(now).unwrap();
    assert_eq!(drawn.millis(), now);
    assert!(MessageId::at(now) <= drawn && drawn < MessageId::at(now + 1));
    assert_eq!(MessageId::at(now).millis(), now);
    for (millis, smallest) in
        [(i64::MIN, 1), (0, 1), (1_577_836_800_000, 1), (1_577_836_800_001, 1 << 22), (i64::MAX, i64::MAX - 0x3f_ffff)]
    {
        assert_eq!(MessageId::at(millis).as_i64(), smallest, "{millis}");
    }
    assert_eq!(drawn.offset(0), drawn);
    assert_eq!(drawn.offset(2), drawn.next().next());
    let last = MessageId::from_i64(i64::MAX).unwrap();
    assert_eq!((last.next(), last.offset(u32::MAX)), (last, last));
}

#[test]
fn tokens_round_trip_and_hide_in_debug() {
    let token = SessionToken::issue(UserId::from_i64(7).unwrap()).unwrap();
    let text = token.reveal();
    let read = SessionToken::parse(&text).unwrap();
    assert_eq!((read.user(), read.hash()), (token.user(), token.hash()));
    assert!(!format!("{token:?}").contains(&text));
    for text in ["", "null", "undefined", &text[1..], &"A".repeat(54), &"a".repeat(10_240), &"é".repeat(27)] {
        assert!(SessionToken::parse(text).is_none(), "{text}");
    }
}

#[test]
fn api_keys_round_trip_and_are_no_sessions() {
    let key = ApiKeyToken::issue(UserId::from_i64(i64::MAX).unwrap()).unwrap();
    let text = key.reveal();
    let read = ApiKeyToken::parse(&text).unwrap();
    assert_eq!((read.user(), read.hash(), read.tail()), (key.user(), key.hash(), key.tail()));
    let mask = ApiKeyToken::mask(key.user(), &key.tail());
    assert_eq!((mask.len(), &mask[..6], &mask[mask.len() - 4..]), (text.len(), &text[..6], &text[text.len() - 4..]));
    assert_eq!(&mask[6..mask.len() - 4], "*".repeat(47));
    assert!(!format!("{key:?}").contains(&text[3..]));
    let bare = &text[3..];
    assert!(SessionToken::parse(bare).is_some() && SessionToken::parse(&text).is_none());
    for text in ["", "sk-", bare, &text[..56], &format!("{text}A"), &format!("SK-{bare}"), &"é".repeat(27)] {
        assert!(ApiKeyToken::parse(text).is_none(), "{text}");
    }
}

#[test]
fn every_started_ratio_costs_one_credit() {
    for (ratio, tokens, cost) in [
        (100, 0, 0),
        (100, 1, 1),
        (100, 100, 1),
        (100, 101, 2),
        (10, 101, 11),
        (0, 1_000_000, 0),
        (1, u64::MAX, i64::MAX),
    ] {
        assert_eq!(Ratio::whole(ratio).cost(tokens), cost);
    }
    assert_eq!(Ratio::whole(100).tokens(10), Some(1_000));
    assert_eq!(Ratio::whole(100).tokens(-1), Some(0));
    assert_eq!(Ratio::whole(0).tokens(10), None);
}

#[test]
fn ratios_are_exact_decimals() {
    for (text, tokens, cost) in [
        ("0.1", 1, 10),
        ("0.1", 3, 30),
        ("0.3", 1, 4),
        ("0.3", 3, 10),
        ("2.5", 5, 2),
        ("2.5", 6, 3),
        ("0.000001", 7, 7_000_000),
        ("1000000", 1_000_001, 2),
        ("0.000001", u64::MAX, i64::MAX),
    ] {
        let ratio = Ratio::parse(text).unwrap();
        assert_eq!((ratio.cost(tokens), ratio.to_string().as_str()), (cost, text), "{text}");
        assert!(ratio.tokens(cost).unwrap() >= tokens.min(1 << 40), "{text}");
    }
    for (text, plain) in [("007", "7"), ("1.50", "1.5"), ("3.000000000", "3"), ("0.0", "0"), ("00.10", "0.1")] {
        assert_eq!(Ratio::parse(text).unwrap().to_string(), plain);
    }
    for text in
        ["", ".", ".5", "-1", "+1", "1e2", "1,5", "0.0000001", "1000000.000001", "1000001", "0x1", "NaN", "1.2.3"]
    {
        assert_eq!(Ratio::parse(text), None, "{text}");
    }
}

#[test]
fn families_follow_the_name() {
    for (model, family) in [
        ("gpt-3.5-turbo", Family::Gpt3),
        ("gpt-4", Family::Gpt4),
        ("gpt-4o-mini", Family::Gpt4),
        ("GPT-4-0314", Family::Gpt4),
        ("GPT-3.5-Turbo-16k", Family::Gpt3),
        ("gpt-35-turbo", Family::Gpt3),
        ("openai/gpt-3.5-turbo", Family::Gpt3),
        ("a/b/GPT-35", Family::Gpt3),
        ("deepseek-chat", Family::Gpt4),
        ("o1-pro", Family::Gpt4),
        ("gpt-5-pro", Family::Gpt4),
        ("anthropic/claude-opus-4", Family::Gpt4),
        ("my-gpt-3.5", Family::Gpt4),
        ("gpt-3.5/o1", Family::Gpt4),
        ("", Family::Gpt4),
    ] {
        assert_eq!(Family::of(model), family);
    }
}

#[test]
fn pages_fall_back_and_count_from_the_newest() {
    let page = |number, size| Page { number, size };
    assert_eq!(Page::parse(None, None), page(1, 10));
    assert_eq!(Page::parse(Some("2"), Some("20")), page(2, 20));
    assert_eq!(Page::parse(Some("0"), Some("-3")), page(1, 10));
    assert_eq!(Page::parse(Some("undefined"), Some("1000000")), page(1, 100));
    assert_eq!(Page::parse(Some("99999999999999999999"), Some("1.5")), page(1, 10));
    assert_eq!(page(1, 10).ordinals(33), Some((24, 33)));
    assert_eq!(page(4, 10).ordinals(33), Some((1, 3)));
    assert_eq!(page(5, 10).ordinals(33), None);
    assert_eq!(page(1, 10).ordinals(0), None);
    assert_eq!(page(u64::MAX, 100).ordinals(5), None);
}

#[test]
fn days_turn_in_the_business_zone() {
    let shanghai: Zone = "Asia/Shanghai".parse().unwrap();
    // 2026-01-01T15:59:59Z and one second later.
    assert_eq!(shanghai.text(1_767_283_199_000), "2026-01-01 23:59:59");
    assert_eq!(shanghai.day(1_767_283_199_000).to_string(), "2026-01-01");
    let next = shanghai.day(1_767_283_200_000);
    assert_eq!(next.to_string(), "2026-01-02");
    assert_eq!(next.yesterday().to_string(), "2026-01-01");
    assert!("Mars/Olympus".parse::<Zone>().is_err());
    assert_eq!("America/New_York".parse::<Zone>().unwrap().text(1_767_283_200_000), "2026-01-01 11:00:00");
}

#[test]
fn networks_are_what_one_subscriber_has() {
    assert_eq!(Network::of("203.0.113.4").as_str(), "203.0.113.4");
    assert_eq!(Network::of("::ffff:203.0.113.4").as_str(), "203.0.113.4");
    assert_eq!(Network::of("2001:db8:1:2:3:4:5:6"), Network::of("2001:db8:1:2::1"));
    assert_ne!(Network::of("2001:db8:1:2::1"), Network::of("2001:db8:1:3::1"));
    assert_eq!(Network::of("x"), Network::of(""));
    assert_eq!(Network::of("203.0.113.4").wide(), "203.0.113.4");
    assert_eq!(Network::of("2001:db8:1:2::1").wide(), "2001:db8:1::/48");
    assert_eq!(Network::of("2001:db8:1:2::1").wide(), Network::of("2001:db8:1:ffff::1").wide());
    assert!(Network::of("2001:db8:1:2::1").is_home_of("2001:db8:1:2::9"));
    assert!(!Network::of("2001:db8:1:2::1").is_home_of("2001:db8:1:3::1"), "a neighbour is no owner");
    assert!(!Network::of("").is_home_of(""), "no address is nobody's home");
}

#[test]
fn settings_keep_their_default_when_a_value_is_unreadable() {
    let mut settings = Settings::default();
    for (name, value) in
        [("register_reward", "-1"), ("ai3_ratio", "many"), ("nobody", "1"), ("signin_reward", "9999999")]
    {
        settings.apply(name, value);
    }
    assert_eq!(settings, Settings::default());
    settings.apply("history_message_count", "900");
    settings.apply("ai4_carry_count", "3");
    settings.apply("prohibited_words", "Foo，坏 , |x、\n");
    assert_eq!((settings.carry_count(Family::Gpt3), settings.carry_count(Family::Gpt4)), (50, 3));
    assert_eq!(settings.prohibited_in("a fOo and 坏事"), ["Foo", "坏"]);
}

#[test]
fn conversation_ids_are_plain() {
    assert!(ConversationId::parse("e24c1448-16bf-482e-bff3-db1bb9e21b39").is_some());
    assert!(ConversationId::parse(ConversationId::draw().unwrap().as_str()).is_some());
    for text in ["", "a#b", " ", "ä", "\u{0}", &"a".repeat(65)] {
        assert!(ConversationId::parse(text).is_none(), "{text}");
    }
}
