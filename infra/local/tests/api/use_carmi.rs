//! `POST /api/use_carmi`.

mod faults;
mod limits;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::app::{ADMIN, TestApp};
use crate::carmi::{self, credits, keys, make, one_code, redeem};

#[tokio::test]
async fn a_code_gives_its_credits_once() {
    TestApp::run(async |app| {
        let (ada, bob) = (app.log_in("ada@example.com").await, app.log_in("bob@example.com").await);
        let key = one_code(app, 25).await;
        let answer = redeem(app, &ada, &key).await;
        assert_eq!(answer.envelope(), json!({"code": 0, "data": [], "message": "充值成功"}));
        assert_eq!(ada.credits().await, 35);
        let (count, statement) = ada.statement().await;
        assert_eq!((count, &statement[0]), (2, &("25积分".to_owned(), "卡密充值 (积分)".to_owned())));
        for person in [&ada, &bob] {
            assert_eq!(redeem(app, person, &key).await.refusal(409), "卡密已被使用");
        }
        assert_eq!((ada.credits().await, bob.credits().await), (35, 10));
    })
    .await;
}

#[tokio::test]
async fn days_count_from_today_or_from_the_end_of_the_membership() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let dates = async || {
            let info = ada.info().await;
            [info["vip_expire_time"].clone(), info["svip_expire_time"].clone()]
        };
        assert_eq!(dates().await, ["2025-12-31", "2025-12-31"]);
        let gives = async |reward: i64, level: i64| {
            let order = json!({"type": "day", "quantity": 1, "reward": reward, "level": level});
            let key = keys(&make(app, &order).await).remove(0);
            assert_eq!(redeem(app, &ada, &key).await.status, 200);
        };
        gives(30, 1).await;
        assert_eq!(dates().await, ["2026-01-31", "2025-12-31"]);
        gives(10, 2).await;
        assert_eq!(dates().await, ["2026-02-10", "2026-01-11"]);
        gives(36_500, 2).await;
        assert_eq!(dates().await, ["2126-01-17", "2125-12-18"]);
        assert_eq!(ada.credits().await, 10);
        let (_, statement) = ada.statement().await;
        let expected = [("36500天", "超级会员"), ("10天", "超级会员"), ("30天", "会员"), ("10积分", "")];
        for ((value, describe), (days, level)) in statement.iter().zip(expected) {
            assert_eq!(value, days);
            assert!(level.is_empty() || *describe == format!("卡密充值 ({level})"), "{describe}");
        }
    })
    .await;
}

#[tokio::test]
async fn codes_are_read_as_people_type_them() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let keys = keys(&make(app, &credits(4, 1)).await);
        for body in [
            json!({"carmi": format!(" {}\n", keys[0])}),
            json!({"carmi": keys[1].to_uppercase()}),
            json!({"carmiHandlers": keys[2]}),
            json!({"carmi": "", "carmiHandlers": format!("\u{3000}{}\u{3000}", keys[3])}),
        ] {
            assert_eq!(app.post("/api/use_carmi", &ada.token, &body).await.status, 200, "{body}");
        }
        assert_eq!(ada.credits().await, 14);
    })
    .await;
}

#[tokio::test]
async fn what_is_no_code_is_refused() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        for body in [json!({}), json!({"carmi": ""}), json!({"carmi": null}), json!({"carmi": ["x"]}), Value::Null] {
            let answer = app.post("/api/use_carmi", &ada.token, &body).await;
            assert_eq!(answer.status, 400, "{body}");
            let answer = app.post("/api/use_carmi", "", &body).await;
            assert_eq!(answer.refusal(401), "请登陆", "{body}");
        }
        assert_eq!(app.post("/api/use_carmi", &ada.token, &json!({})).await.refusal(400), "缺少必要参数");
        for key in ["q1", &"x".repeat(64), &"x".repeat(65), &"x".repeat(100_000), "卡密", "a b", "a\u{0}b"] {
            assert_eq!(redeem(app, &ada, key).await.refusal(400), "卡密不存在", "{key:.20}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_fifty_persons_one_gets_the_code() {
    TestApp::run(async |app| {
        let key = one_code(app, 25).await;
        let mut people = Vec::new();
        for number in 0..50 {
            people.push(app.log_in(&format!("p{number}@example.com")).await);
        }
        let answers = join_all(people.iter().map(|person| redeem(app, person, &key))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            assert_eq!(answer.refusal(409), "卡密已被使用");
        }
        for (person, answer) in people.iter().zip(&answers) {
            assert_eq!(person.credits().await, if answer.status == 200 { 35 } else { 10 });
        }
        let admin = app.log_in(ADMIN).await;
        assert_eq!(carmi::statuses(app, &admin).await, [0, 1, 0]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_person_gets_a_code_once_however_often_they_ask() {
    TestApp::run(async |app| {
        let (ada, key) = (app.log_in("ada@example.com").await, one_code(app, 25).await);
        let answers = join_all((0..50).map(|_| redeem(app, &ada, &key))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
        assert_eq!((ada.credits().await, ada.statement().await.0), (35, 2));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_codes_of_one_batch_at_once() {
    TestApp::run(async |app| {
        let keys = keys(&make(app, &credits(30, 2)).await);
        let mut people = Vec::new();
        for number in 0..10 {
            people.push(app.log_in(&format!("p{number}@example.com")).await);
        }
        let tries = keys.iter().enumerate().map(|(at, key)| redeem(app, &people[at % 10], key));
        for answer in join_all(tries).await {
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
        for person in &people {
            assert_eq!((person.credits().await, person.statement().await.0), (16, 4));
        }
    })
    .await;
}
