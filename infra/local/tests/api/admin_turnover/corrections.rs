//! What a row says can be corrected, and nothing else of it.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use testkit::{Fault, FaultKind};

use super::{correct, hide, page, row_ids};
use crate::app::{ADMIN, TestApp};

/// The stored row with this id.
fn stored(app: &TestApp, id: &str) -> serde_json::Map<String, Value> {
    let mut items = app.table().into_iter();
    let is_it = |item: &serde_json::Map<String, Value>| {
        item["pk"].as_str().unwrap().starts_with("ledger#") && item.get("id").is_some_and(|found| found == id)
    };
    items.find(is_it).expect("the row")
}

#[tokio::test]
async fn the_text_changes_and_what_it_was_is_kept() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        let id = row_ids(app, &ada).await.remove(0);
        app.clock.advance(Duration::from_secs(60));
        let form = json!({"id": id, "user_id": "7", "value": "10积分", "describe": "  注册赠送 ",
            "create_time": "2020-01-01 00:00:00", "update_time": "2020-01-01 00:00:00"});
        let expected = json!({"id": id, "user_id": ada.id, "value": "10积分", "describe": "注册赠送",
            "create_time": "2026-01-01 08:00:00", "update_time": "2026-01-01 08:01:00"});
        let answer = app.put("/api/admin/turnover", &admin.token, &form).await;
        assert_eq!(answer.data(), json!([expected, false]));
        assert_eq!(ada.statement().await, (1, vec![("10积分".to_owned(), "注册赠送".to_owned())]));
        assert_eq!(page(app, &admin, "?page_size=1&page=1").await["count"], 2);
        assert_eq!(ada.credits().await, 10);

        // The same text again is no correction.
        app.clock.advance(Duration::from_secs(60));
        assert_eq!(correct(app, &admin, &id, "注册赠送").await.data(), json!([expected, false]));
        // Nothing but the text has changed, and who changed it stays known.
        let row = stored(app, &id);
        assert_eq!((&row["amount"], &row["total"], &row["ordinal"]), (&json!(10), &json!(10), &json!(1)));
        assert_eq!((&row["user"], &row["cause"]["kind"]), (&json!(ada.id), &json!("register")));
        let request = &row["corrections"][0]["request"];
        let correction = json!({"by": admin.id, "at": 1_767_225_660_000_i64, "request": request, "was": "注册奖励"});
        assert_eq!(row["corrections"], json!([correction]));
    })
    .await;
}

#[tokio::test]
async fn what_is_no_correction_is_refused() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        let id = row_ids(app, &ada).await.remove(0);
        let value = "积分数额不可修改，只能修改说明";
        let unfit = "说明不能超过100个字符，也不能包含换行等控制字符";
        let (long, longest) = ("字".repeat(101), "字".repeat(100));
        for (body, status, message) in [
            (json!({}), 400, "缺少必要参数"),
            (json!({"describe": "x"}), 400, "缺少必要参数"),
            (json!({"id": id}), 400, "缺少必要参数"),
            (json!({"id": id, "describe": "  "}), 400, "缺少必要参数"),
            (json!({"id": id, "describe": null}), 400, "缺少必要参数"),
            (json!({"id": "x", "describe": "x"}), 400, "参数不正确"),
            (json!({"id": -1, "describe": "x"}), 400, "参数不正确"),
            (json!({"id": 7, "describe": "x"}), 404, "数据不存在"),
            (json!({"id": "9223372036854775807", "describe": "x"}), 404, "数据不存在"),
            (json!({"id": id, "describe": long}), 400, unfit),
            (json!({"id": id, "describe": "a\nb"}), 400, unfit),
            (json!({"id": id, "describe": "a\u{202e}b"}), 400, unfit),
            (json!({"id": id, "describe": "x", "value": "11积分"}), 400, value),
            (json!({"id": id, "describe": "x", "value": "10"}), 400, value),
            (json!({"id": id, "describe": "x", "value": 10}), 400, value),
            (json!({"id": id, "describe": "x", "value": "10天"}), 400, value),
            (json!({"id": id, "describe": "x", "value": ""}), 400, value),
            (json!({"id": id, "describe": "x", "value": {}}), 400, value),
        ] {
            let answer = app.put("/api/admin/turnover", &admin.token, &body).await;
            assert_eq!(answer.refusal(status), message, "{body}");
        }
        assert_eq!(ada.statement().await.1, [("10积分".to_owned(), "注册奖励".to_owned())]);
        assert_eq!(correct(app, &admin, &id, &longest).await.data()[0]["describe"], longest.as_str());
        for (text, nothing) in [("x", json!(null)), ("y", json!("undefined"))] {
            let body = json!({"id": id.parse::<i64>().unwrap(), "describe": text, "value": nothing});
            assert_eq!(app.put("/api/admin/turnover", &admin.token, &body).await.data()[0]["describe"], text);
        }
    })
    .await;
}

#[tokio::test]
async fn a_row_keeps_twenty_corrections() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        let id = row_ids(app, &ada).await.remove(0);
        for nth in 1..=20 {
            correct(app, &admin, &id, &format!("第{nth}次")).await.data();
        }
        assert_eq!(correct(app, &admin, &id, "第21次").await.refusal(400), "该记录的修改次数已达上限，不能再修改");
        assert_eq!(correct(app, &admin, &id, "第20次").await.data()[0]["describe"], "第20次");
        assert_eq!(ada.statement().await.1[0].1, "第20次");
    })
    .await;
}

/// Each gets the text they asked for, one after the other, and the row knows all of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_corrections_at_once_none_is_lost() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        let id = row_ids(app, &ada).await.remove(0);
        let texts: Vec<String> = (0..6).map(|nth| format!("text {nth}")).collect();
        let answers = join_all(texts.iter().map(|text| correct(app, &admin, &id, text))).await;
        for (answer, text) in answers.iter().zip(&texts) {
            assert_eq!(answer.data()[0]["describe"], text.as_str());
        }
        let row = stored(app, &id);
        let corrections = row["corrections"].as_array().unwrap();
        assert_eq!((corrections.len(), &corrections[0]["was"]), (6, &json!("注册奖励")));
        let mut said: Vec<&str> = corrections[1..].iter().map(|next| next["was"].as_str().unwrap()).collect();
        said.push(row["describe"].as_str().unwrap());
        said.sort_unstable();
        assert_eq!(said, texts);
    })
    .await;
}

/// A correction waits just before its write; meanwhile the row is hidden.
#[tokio::test]
async fn a_row_that_was_hidden_meanwhile_is_not_corrected() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        let id = row_ids(app, &ada).await.remove(0);
        let held = app.stack.wire.plan(Fault::new(FaultKind::HangBefore).on("TransactWriteItems"));
        let (late, hidden) = tokio::join!(correct(app, &admin, &id, "x"), async {
            held.reached().await;
            let hidden = hide(app, &admin, &id).await;
            held.release();
            hidden
        });
        assert_eq!((hidden.data(), late.refusal(404)), (json!(1), "数据不存在".to_owned()));
        assert_eq!(correct(app, &admin, &id, "x").await.refusal(404), "数据不存在");
        assert_eq!(stored(app, &id)["describe"], "注册奖励");
    })
    .await;
}
