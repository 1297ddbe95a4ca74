//! The nightly check compares yesterday's figures with yesterday's rows, in however many steps, whatever happens meanwhile.

use std::time::Duration;

use hyper::Method;
use serde_json::{Value, json};
use table::books::{self, Outcome};

use super::flows::{Provider, Shop};
use crate::app::{ADMIN, Person, TestApp};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Tonight's check, in steps of their own.
async fn outcome(app: &TestApp) -> Outcome {
    let base = app.base();
    while books::check(&base.table, &base.clock, &base.zone, 0).await.unwrap().is_some_and(|done| !done.is_through) {}
    books::read(&base.table).await.unwrap().outcome.expect("an outcome")
}

/// A day with a bit of everything.
async fn busy_day(app: &TestApp, shop: &Shop<'_>, admin: &Person<'_>, people: &[Person<'_>]) {
    for person in people {
        app.post("/api/signin", &person.token, &json!({})).await.data();
        shop.sells(person, Provider::Epay, &shop.credits).await;
        person.chat_with("hi [[usage=100,50]]", &json!({"model": "gpt-4"})).await;
        person.chat("hi [[usage=100,50]]").await;
        person.draws(app, "a cat", 1).await;
        let change = json!({"id": person.id, "integral": person.credits().await - 1});
        app.put("/api/admin/user", &admin.token, &change).await.data();
    }
}

fn change(app: &TestApp, (pk, sk): (&str, &str), expression: &str, by: i64) {
    let body = json!({
        "TableName": app.stack.environment("auth").text("TABLE_NAME").unwrap(),
        "Key": {"pk": {"S": pk}, "sk": {"S": sk}},
        "UpdateExpression": expression,
        "ExpressionAttributeValues": {":by": {"N": by.to_string()}},
    });
    let (status, answer) = app.stack.dynamo.execute("UpdateItem", body.to_string().as_bytes());
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
}

#[tokio::test]
async fn a_figure_that_somebody_changed_is_found_and_named() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let people = [app.log_in("ada@example.com").await, app.log_in("bob@example.com").await];
        let shop = Shop::open(app, &admin).await;
        assert_eq!(outcome(app).await.number, 0);
        // Days that are compared: the one on which the first check ran is not.
        for night in 0..3 {
            app.clock.advance(DAY);
            busy_day(app, &shop, &admin, &people).await;
            let found = outcome(app).await;
            assert_eq!(found.number, 0, "{night}: {found:?}");
        }

        let tally = ("tally", "00");
        for (figure, name) in [
            ("ch", "对话"),
            ("zz", ""),
            ("zc", ""),
            ("s_gpt__4", "gpt-4 消费积分"),
            ("au", "活跃用户"),
            ("si", "签到"),
            ("nu", "新用户"),
            ("fy", "yipay 收款（分）"),
        ] {
            app.clock.advance(DAY);
            busy_day(app, &shop, &admin, &people).await;
            // The day that this night's check is about.
            let base = app.base();
            let about = base.zone.day(app.clock.millis()).yesterday();
            let attribute = format!("m_d_{}_{figure}", about.to_string().replace('-', ""));
            change(app, tally, &format!("ADD {attribute} :by SET v = if_not_exists(v, :by)"), 1);
            let found = outcome(app).await;
            change(app, tally, &format!("ADD {attribute} :by"), -1);
            if name.is_empty() {
                assert_eq!(found.number, 0, "{figure} has no rows, or is of another version: {found:?}");
                continue;
            }
            let told = app.get("/api/admin/books", &admin.token).await.data();
            assert_eq!(found.number, 1, "{figure}: {told}");
            let told = &told["differences"][0];
            assert_eq!((&told["kind"], &told["id"]), (&json!("day"), &json!(format!("{about}/{figure}"))));
            assert_eq!(told["found"].as_i64().unwrap(), told["expected"].as_i64().unwrap() + 1, "{told}");
            assert!(
                told["message"].as_str().unwrap().starts_with(&format!("{about} 的统计数据「{name}」为")),
                "{told}"
            );
        }
    })
    .await;
}

/// Who is deleted while the check goes on may be seen twice, or by their remains alone; what is rolled up meanwhile stays
/// what it is.
#[tokio::test]
async fn people_who_go_while_it_runs_disturb_nothing() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let accounts = ["ada@example.com", "bob@example.com", "carol@example.com", "dora@example.com"];
        let mut people = Vec::new();
        for account in accounts {
            people.push(app.log_in(account).await);
        }
        let shop = Shop::open(app, &admin).await;
        assert_eq!(outcome(app).await.number, 0);
        for _ in 0..2 {
            app.clock.advance(DAY);
            busy_day(app, &shop, &admin, &people).await;
            assert_eq!(outcome(app).await.number, 0);
        }
        for steps in 0..4 {
            app.clock.advance(DAY);
            let base = app.base();
            for _ in 0..steps {
                books::check(&base.table, &base.clock, &base.zone, 0).await.unwrap();
            }
            let gone = people.pop().unwrap();
            app.send(Method::DELETE, &format!("/api/admin/user/{}", gone.id), &admin.token, "").await.data();
            super::roll_up(app).await;
            let found = outcome(app).await;
            assert_eq!(
                found.number,
                0,
                "{steps}: {:?}",
                serde_json::to_value(&found.differences).unwrap_or(Value::Null)
            );
            busy_day(app, &shop, &admin, &people).await;
        }
    })
    .await;
}
