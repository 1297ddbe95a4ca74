use proptest::prelude::*;

use crate::{BusinessDay, Zone};

fn day(text: &str) -> BusinessDay {
    BusinessDay::parse(text).unwrap()
}

fn zone(name: &str) -> Zone {
    name.parse().unwrap()
}

#[test]
fn days_are_read_in_either_form() {
    for text in [
        "2024-02-29",
        " 2024-02-29\n",
        "2024-02-29 00:00:00",
        "2024-02-29 23:59:59",
        "2024-02-29T08:00:00",
        "2024-02-29  08:00:00",
        "\u{3000}2024-02-29",
        "２０２４-02-29",
    ] {
        assert_eq!(day(text).to_string(), "2024-02-29", "{text}");
    }
    for text in [
        "",
        "undefined",
        "2023-02-29",
        "2024-13-01",
        "2024-00-10",
        "0000-00-00",
        "2024-2-9",
        "2024/02/29",
        "20240229",
        "-024-02-29",
        "2024-02-29x",
        "2024-02-29 24:00:00",
        "2024-02-29 08:60:00",
        "2024-02-29 08:00",
        "2024-02-29T",
        "2024-02-29TT08:00:00",
        "2024-02-29T08:00:00Z",
        "2024-02-29T08:00:00.000Z",
        "2024-02-29T08:00:00+08:00",
        "日日日日",
    ] {
        assert_eq!(BusinessDay::parse(text), None, "{text}");
    }
}

#[test]
fn days_add_up_and_months_have_ends() {
    let leap = day("2024-02-10");
    assert_eq!((leap.plus(0), leap.minus(0)), (leap, leap));
    assert_eq!(leap.plus(20).minus(20), leap);
    assert_eq!(leap.minus(u32::MAX).to_string(), "-9999-01-01");
    assert_eq!(leap.plus(20).to_string(), "2024-03-01");
    assert_eq!(leap.plus(u32::MAX).to_string(), "9999-12-31");
    assert_eq!(leap.plus(3_000_000).to_string(), "9999-12-31");
    assert_eq!(leap.first_of_month().to_string(), "2024-02-01");
    assert_eq!(leap.last_of_month().to_string(), "2024-02-29");
    assert_eq!(day("2023-12-31").last_of_month(), day("2023-12-31"));
}

#[test]
fn a_day_begins_and_ends_in_its_zone() {
    let today = day("2026-01-02");
    for (name, start) in [
        ("Asia/Shanghai", 1_767_283_200_000),
        ("Etc/GMT+10", 1_767_348_000_000),
        ("Etc/GMT-13", 1_767_265_200_000),
        ("UTC", 1_767_312_000_000),
    ] {
        let zone = zone(name);
        assert_eq!(zone.start(today), start, "{name}");
        assert_eq!(zone.end(today), start + 86_400_000, "{name}");
        assert_eq!((zone.day(start - 1), zone.day(start)), (today.yesterday(), today), "{name}");
    }
}

#[test]
fn clocks_that_change_make_days_of_other_lengths() {
    let hours = |name: &str, text: &str| (zone(name).end(day(text)) - zone(name).start(day(text))) / 3_600_000;
    assert_eq!(hours("America/New_York", "2024-03-10"), 23);
    assert_eq!(hours("America/New_York", "2024-11-03"), 25);
    // Midnight itself is skipped in the one, and comes twice in the other.
    assert_eq!(hours("America/Sao_Paulo", "2018-11-04"), 23);
    assert_eq!(hours("America/Havana", "2024-11-03"), 25);
    assert_eq!(
        zone("America/Sao_Paulo").text(zone("America/Sao_Paulo").start(day("2018-11-04"))),
        "2018-11-04 01:00:00"
    );
    // A day that an island left out when it crossed the date line.
    assert_eq!(hours("Pacific/Apia", "2011-12-30"), 0);
}

#[test]
fn the_last_day_of_all_has_an_end() {
    let last = day("9999-12-31");
    for name in ["Asia/Shanghai", "America/New_York"] {
        assert!(zone(name).start(last) <= zone(name).end(last));
        assert!(zone(name).end(last) > zone(name).start(last.yesterday().yesterday()));
    }
    assert!(zone("Asia/Shanghai").start(day("0001-01-01")) < 0);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_moment_is_within_its_day(millis in 1_577_836_800_000_i64..4_102_444_800_000, at in 0_usize..6) {
        let names = ["Asia/Shanghai", "America/New_York", "America/Havana", "Pacific/Apia", "Asia/Kathmandu", "Africa/Cairo"];
        let zone = zone(names[at]);
        let day = zone.day(millis);
        prop_assert!((zone.start(day)..zone.end(day)).contains(&millis));
        prop_assert_eq!(zone.end(day), zone.start(day.plus(1)));
    }

    #[test]
    fn no_text_breaks_the_reader(text in "\\PC{0,24}|[0-9T: -]{0,22}") {
        if let Some(day) = BusinessDay::parse(&text) {
            let date = day.to_string();
            prop_assert!(text.contains(&date));
            prop_assert_eq!(BusinessDay::parse(&date), Some(day));
        }
    }
}
