//! Each figure by itself, and what the route takes.

use std::collections::BTreeMap;

use serde_json::json;

use super::flows::{Provider, Shop};
use super::{figures, roll_up, stats, these};
use crate::app::{ADMIN, Person, TestApp};
use crate::carmi;

const NEW_YEAR: &str = "2026-01-01";

/// What the first of January should tell.
struct Expected<'a> {
    app: &'a TestApp,
    admin: &'a Person<'a>,
    figures: BTreeMap<String, i64>,
}

impl Expected<'_> {
    /// These figures have risen, and no others.
    async fn rise(&mut self, by: &[(&str, i64)], why: &str) {
        for (name, by) in by {
            *self.figures.entry((*name).to_owned()).or_default() += by;
        }
        let told = figures(self.app, self.admin, "?from=2026-01-01&to=2026-01-01").await.1;
        assert_eq!(told, self.figures, "{why}");
    }
}

async fn sets_credits(app: &TestApp, admin: &Person<'_>, of: &Person<'_>, credits: i64) {
    app.put("/api/admin/user", &admin.token, &json!({"id": of.id, "integral": credits})).await.data();
}

#[tokio::test]
async fn what_people_do_raises_its_figures() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let ada = app.log_in("ada@example.com").await;
        let bob = app.log_in("bob@example.com").await;
        let mut day = Expected { app, admin: &admin, figures: these(&[]) };
        day.rise(&[("/new_users", 3), ("/active_users", 3), ("/granted/register", 30)], "registered").await;

        app.post("/api/signin", &ada.token, &json!({})).await.data();
        day.rise(&[("/signins", 1), ("/granted/signin", 3)], "signed in").await;
        app.set("signin_reward", "0");
        app.post("/api/signin", &bob.token, &json!({})).await.data();
        day.rise(&[("/signins", 1)], "signed in without a reward").await;

        sets_credits(app, &admin, &ada, 113).await;
        day.rise(&[("/granted/adjustment", 100)], "given credits").await;
        sets_credits(app, &admin, &bob, 4).await;
        day.rise(&[("/taken/adjustment", 6)], "taken credits").await;

        for model in ["gpt-3.5-turbo", "gpt-4"] {
            let turn = ada.chat_with("hi [[usage=100,50]]", &json!({"model": model})).await;
            let spent = format!("/spent/{model}");
            let by = [("/chats", 1), ("/prompt_tokens", 100), ("/completion_tokens", 50), (&spent, turn.cost())];
            day.rise(&by, model).await;
        }
        ada.draws(app, "a cat", 2).await;
        day.rise(&[("/images", 2), ("/drawn", 20)], "drew").await;
        app.set("draw_price", "0");
        ada.draws(app, "a cat", 1).await;
        day.rise(&[("/images", 1), ("/free/images", 1)], "drew for nothing").await;
    })
    .await;
}

#[tokio::test]
async fn what_people_get_raises_its_figures() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let ada = app.log_in("ada@example.com").await;
        let bob = app.log_in("bob@example.com").await;
        let mut day = Expected { app, admin: &admin, figures: these(&[]) };
        day.rise(&[("/new_users", 3), ("/active_users", 3), ("/granted/register", 30)], "registered").await;

        let month = json!({"type": "day", "end_time": "", "quantity": 1, "reward": 30, "level": 1});
        let month = carmi::keys(&carmi::make_as(app, &admin, &month).await);
        carmi::redeem(app, &ada, &month[0]).await.data();
        day.rise(&[], "a code that gives days").await;
        let turn = ada.chat_with("hi [[usage=100,50]]", &json!({"model": "gpt-3.5-turbo"})).await;
        assert_eq!(turn.cost(), 0);
        let chat = [("/chats", 1), ("/prompt_tokens", 100), ("/completion_tokens", 50)];
        let free = [("/free/chats", 1), ("/free/prompt_tokens", 100), ("/free/completion_tokens", 50)];
        day.rise(&[chat, free].concat(), "a member's chat").await;
        let codes = carmi::keys(&carmi::make_as(app, &admin, &carmi::credits(1, 5)).await);
        carmi::redeem(app, &bob, &codes[0]).await.data();
        day.rise(&[("/granted/code", 5)], "a code that gives credits").await;

        let shop = Shop::open(app, &admin).await;
        shop.sells(&bob, Provider::Epay, &shop.credits).await;
        let bought = [("/granted/order", 1000), ("/orders/yipay/count", 1), ("/orders/yipay/fen", 1000)];
        day.rise(&bought, "bought credits").await;
        shop.sells(&bob, Provider::PayJs, &shop.days).await;
        day.rise(&[("/orders/jspay/count", 1), ("/orders/jspay/fen", 500)], "bought days").await;

        let path = format!("/api/admin/user/{}", bob.id);
        app.send(hyper::Method::DELETE, &path, &admin.token, "").await.data();
        day.rise(&[("/taken/deletion", 1015)], "deleted").await;
        app.post("/api/admin/user", &admin.token, &json!({"account": "carol@example.com", "integral": 7})).await.data();
        day.rise(&[("/new_users", 1), ("/granted/adjustment", 7)], "made by an administrator").await;

        roll_up(app).await;
        day.rise(&[], "moved to the day's item").await;
        let (days, all) = figures(app, &admin, "").await;
        assert_eq!((days.len(), &days[NEW_YEAR]), (1, &all));
    })
    .await;
}

/// Many things of one person on one day make them active once.
#[tokio::test]
async fn who_is_active_is_counted_once_a_day() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let ada = app.log_in("ada@example.com").await;
        app.set("ai3_ratio", "0");
        let active = async || {
            let days = stats(app, &admin, "?from=2026-01-01&to=2026-01-03").await["days"].clone();
            days.as_array().unwrap().iter().map(|day| day["active_users"].as_i64().unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(active().await, [2, 0, 0]);
        let day = std::time::Duration::from_secs(24 * 3600);
        app.clock.advance(day);
        ada.info().await;
        assert_eq!(active().await, [2, 0, 0], "looking is no deed");
        // All of them at once, each the first of its day as far as it knows.
        futures_util::future::join_all((0..4).map(|_| ada.chat("hi"))).await;
        app.post("/api/signin", &ada.token, &json!({})).await.data();
        assert_eq!(active().await, [2, 1, 0]);
        let change = json!({"id": ada.id, "integral": 50});
        app.clock.advance(day);
        app.put("/api/admin/user", &admin.token, &change).await.data();
        assert_eq!(active().await, [2, 1, 0], "what an administrator does to them is no deed of theirs");
        app.post("/api/signin", &ada.token, &json!({})).await.data();
        assert_eq!(active().await, [2, 1, 1]);
    })
    .await;
}

#[tokio::test]
async fn every_day_of_the_range_is_there_in_order() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let days = async |query: &str| -> Vec<String> {
            let data = stats(app, &admin, query).await;
            data["days"].as_array().unwrap().iter().map(|day| day["day"].as_str().unwrap().to_owned()).collect()
        };
        let ends = |days: Vec<String>| (days.len(), days[0].clone(), days[days.len() - 1].clone());
        let is = |number: usize, first: &str, last: &str| (number, first.to_owned(), last.to_owned());
        assert_eq!(ends(days("").await), is(30, "2025-12-03", "2026-01-01"));
        assert_eq!(ends(days("?from=&to=undefined").await), is(30, "2025-12-03", "2026-01-01"));
        assert_eq!(ends(days("?to=2025-03-30").await), is(30, "2025-03-01", "2025-03-30"));
        assert_eq!(ends(days("?from=2025-12-30").await), is(3, "2025-12-30", "2026-01-01"));
        assert_eq!(ends(days("?from=2024-01-01&to=2024-12-31").await), is(366, "2024-01-01", "2024-12-31"));
        assert_eq!(ends(days("?from=9999-12-31&to=9999-12-31").await), is(1, "9999-12-31", "9999-12-31"));
        let sorted = days("?from=2024-01-01&to=2024-12-31").await;
        assert!(sorted.is_sorted());

        let empty = stats(app, &admin, "?from=2030-01-01&to=2030-01-01").await;
        let mut day = empty["total"].clone();
        let nothing = json!({
            "new_users": 0, "active_users": 0, "signins": 0, "chats": 0, "images": 0, "prompt_tokens": 0,
            "completion_tokens": 0, "spent": {}, "drawn": 0, "orders": {},
            "free": {"chats": 0, "images": 0, "prompt_tokens": 0, "completion_tokens": 0},
            "granted": {"register": 0, "signin": 0, "code": 0, "order": 0, "adjustment": 0},
            "taken": {"adjustment": 0, "deletion": 0},
        });
        assert_eq!(day, nothing);
        day["day"] = json!("2030-01-01");
        assert_eq!(empty["days"], json!([day]));

        for query in [
            "?from=2026-01-02&to=2026-01-01",
            "?from=2026-01-02",
            "?from=2024-01-01&to=2025-01-01",
            "?from=yesterday",
            "?to=2026-02-30",
            "?from=1&to=2",
        ] {
            let refusal = app.get(&format!("/api/admin/stats{query}"), &admin.token).await.refusal(400);
            assert!(refusal.starts_with("日期须为YYYY-MM-DD"), "{query}: {refusal}");
        }
    })
    .await;
}
