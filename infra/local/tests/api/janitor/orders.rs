//! Unpaid orders: when their providers are asked, when their time ends, and what a lost notification costs.

use std::time::Duration;

use serde_json::json;

use crate::app::TestApp;
use crate::shop::paying::{PROVIDERS, Till, due, item, open_orders, pays};

/// Runs the scheduled work once: orders looked at, and credited.
async fn runs(app: &TestApp) -> (u64, u64) {
    let report = app.stack.run_janitor().await;
    assert!(report.get("error").is_none(), "{report}");
    (report["orders"]["looked"].as_u64().unwrap(), report["orders"]["credited"].as_u64().unwrap())
}

fn minutes_pass(app: &TestApp, minutes: u64) {
    app.clock.advance(Duration::from_secs(60 * minutes));
}

/// The rule that starts the work fires once a minute, at whatever second.
#[tokio::test]
async fn a_lost_notification_heals_within_ninety_seconds() {
    for provider in PROVIDERS {
        for offset in [0, 19, 20, 59] {
            TestApp::run(async |app| {
                let (till, ada) = (Till::open(app, provider).await, app.log_in("ada@example.com").await);
                let order = till.paid_order(&ada).await;
                let mut seconds = offset;
                app.clock.advance(Duration::from_secs(offset));
                while runs(app).await != (1, 1) {
                    app.clock.advance(Duration::from_secs(60));
                    seconds += 60;
                    assert!(seconds < 85, "{provider}: not within 85 seconds, which leaves 5 for the run");
                }
                assert_eq!(till.status(&order).await, "TRADE_SUCCESS");
                assert_eq!((ada.credits().await, open_orders(app, &ada), due(app)), (1010, 0, Vec::new()));
                assert_eq!(till.paid_by(&order).await, "定时查询得知已付款，已到账");
            })
            .await;
        }
    }
}

#[tokio::test]
async fn providers_are_asked_at_the_minutes_of_the_schedule() {
    TestApp::run(async |app| {
        let (till, ada) = (Till::open(app, "yipay").await, app.log_in("ada@example.com").await);
        let order = till.order(&ada).await;
        let mut asked = Vec::new();
        let mut passed = 0;
        // Every minute, but for the long time in which nothing is due.
        for minute in (1..=130).chain(1430..=1450).chain([2 * 1440, 3 * 1440]) {
            minutes_pass(app, minute - passed);
            passed = minute;
            let before = app.stack.payments.calls();
            let looked = runs(app).await.0;
            assert_eq!(app.stack.payments.calls() - before, looked, "minute {minute}");
            asked.extend((looked > 0).then_some(minute));
            let is_open = minute < 120;
            assert_eq!(till.status(&order).await, if is_open { "TRADE_AWAIT" } else { "TRADE_CLOSED" }, "{minute}");
            assert_eq!(open_orders(app, &ada), i64::from(is_open), "{minute}");
        }
        assert_eq!(asked, [1, 2, 5, 15, 60, 120, 1440]);
        assert_eq!(due(app), Vec::<String>::new());
        let texts: Vec<(String, String)> = till.timeline(&order).await.split_off(2);
        let closed = ("closed".to_owned(), "尚未支付；超过120分钟未支付，订单关闭".to_owned());
        let waiting = ("asked".to_owned(), "定时查询：尚未支付".to_owned());
        let expected: Vec<_> = (0..5).map(|_| waiting.clone()).chain([closed, waiting.clone()]).collect();
        assert_eq!(texts, expected);
    })
    .await;
}

/// Runs that did not happen are made up for by one question.
#[tokio::test]
async fn missed_questions_are_asked_once() {
    TestApp::run(async |app| {
        let (till, ada) = (Till::open(app, "jspay").await, app.log_in("ada@example.com").await);
        let order = till.order(&ada).await;
        minutes_pass(app, 20);
        assert_eq!((runs(app).await.0, runs(app).await.0), (1, 0));
        minutes_pass(app, 39);
        assert_eq!(runs(app).await.0, 0);
        minutes_pass(app, 1);
        assert_eq!(runs(app).await.0, 1);
        minutes_pass(app, 20 * 24 * 60);
        assert_eq!((runs(app).await.0, runs(app).await.0), (1, 0));
        assert_eq!((till.status(&order).await, open_orders(app, &ada)), ("TRADE_CLOSED".to_owned(), 0));
        assert_eq!(due(app), Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_payment_heals_at_each_question_of_the_schedule() {
    for provider in PROVIDERS {
        TestApp::run(async |app| {
            let (till, ada) = (Till::open(app, provider).await, app.log_in("ada@example.com").await);
            let mut credits = 10;
            for (minute, is_late) in
                [(1, false), (2, false), (5, false), (15, false), (60, false), (120, false), (1440, true)]
            {
                let order = till.order(&ada).await;
                let mut passed = 0;
                for earlier in [1, 2, 5, 15, 60, 120].into_iter().filter(|earlier| *earlier < minute) {
                    minutes_pass(app, earlier - passed);
                    passed = earlier;
                    assert_eq!(runs(app).await, (1, 0), "{provider}, {minute}: {earlier}");
                }
                pays(app, &order);
                minutes_pass(app, minute - passed);
                assert_eq!(runs(app).await, (1, 1), "{provider}, {minute}");
                credits += 1000;
                let detail = till.detail(&order).await;
                assert_eq!(detail["late"], i32::from(is_late), "{provider}, {minute}");
                assert_eq!((ada.credits().await, open_orders(app, &ada), due(app)), (credits, 0, Vec::new()));
            }
        })
        .await;
    }
}

/// A provider that cannot be asked keeps nobody's place taken, and what was paid comes a day later.
#[tokio::test]
async fn an_order_ends_although_its_provider_is_down_and_heals_when_it_is_back() {
    for provider in PROVIDERS {
        TestApp::run(async |app| {
            let (till, ada) = (Till::open(app, provider).await, app.log_in("ada@example.com").await);
            let order = till.paid_order(&ada).await;
            app.stack.payments.fail_next(usize::MAX);
            let mut passed = 0;
            for minute in [1, 2, 5, 15, 60, 120] {
                assert_eq!(till.status(&order).await, "TRADE_AWAIT", "{provider}, {minute}");
                minutes_pass(app, minute - passed);
                passed = minute;
                assert_eq!(runs(app).await, (1, 0), "{provider}, {minute}");
                assert!(till.newest(&order).await.1.contains("查询失败："), "{provider}, {minute}");
            }
            assert_eq!((till.status(&order).await, open_orders(app, &ada)), ("TRADE_CLOSED".to_owned(), 0));
            assert_eq!(due(app), std::slice::from_ref(&order), "{provider}: one more question");
            app.stack.payments.fail_next(0);
            minutes_pass(app, 1440 - 120);
            assert_eq!(runs(app).await, (1, 1), "{provider}");
            let detail = till.detail(&order).await;
            assert_eq!((&detail["trade_status"], &detail["late"]), (&json!("TRADE_SUCCESS"), &json!(1)), "{provider}");
            assert_eq!((ada.credits().await, due(app)), (1010, Vec::new()), "{provider}");
        })
        .await;
    }
}

/// Also the last question is asked once only, whatever comes of it.
#[tokio::test]
async fn nothing_is_asked_after_the_last_question() {
    TestApp::run(async |app| {
        let (till, ada) = (Till::open(app, "hpjpay").await, app.log_in("ada@example.com").await);
        let order = till.paid_order(&ada).await;
        app.stack.payments.fail_next(usize::MAX);
        for _ in 0..30 {
            minutes_pass(app, 60);
            runs(app).await;
        }
        assert_eq!((due(app), till.status(&order).await), (Vec::new(), "TRADE_CLOSED".to_owned()));
        assert_eq!(item(app, &order, "order").unwrap()["looks"], "7");
        app.stack.payments.fail_next(0);
        // Its owner can still have it asked about.
        assert_eq!(till.looks(&ada, &order).await["trade_status"], "TRADE_SUCCESS");
        assert_eq!(ada.credits().await, 1010);
    })
    .await;
}

/// All that one person can have open are credited side by side, and each moves the person on.
#[tokio::test]
async fn all_orders_of_one_person_are_credited_at_once() {
    TestApp::run(async |app| {
        let (till, ada) = (Till::open(app, "yipay").await, app.log_in("ada@example.com").await);
        for round in 1..=5 {
            for _ in 0..10 {
                till.paid_order(&ada).await;
            }
            minutes_pass(app, 1);
            assert_eq!(runs(app).await, (10, 10), "round {round}");
            assert_eq!(ada.credits().await, 10 + round * 10_000);
        }
    })
    .await;
}

/// More than one round of the index, in one run, paid ones and others.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_orders_are_looked_after_in_one_run() {
    TestApp::run(async |app| {
        let till = Till::open(app, "yipay").await;
        let mut people = Vec::new();
        for number in 0..30 {
            people.push(app.log_in(&format!("p{number}@example.com")).await);
        }
        for person in &people {
            for number in 0..10 {
                let order = till.order(person).await;
                if number > 0 {
                    pays(app, &order);
                }
            }
        }
        minutes_pass(app, 1);
        assert_eq!(runs(app).await, (300, 270));
        assert_eq!(runs(app).await, (0, 0));
        for person in &people {
            assert_eq!((person.credits().await, open_orders(app, person)), (9010, 1));
        }
        assert_eq!(due(app).len(), 30);
    })
    .await;
}
