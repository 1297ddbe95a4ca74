//! Checks of keys: one at once, all behind, and what they change.

use std::time::Duration;

use serde_json::{Value, json};

use super::{add, draft, row, rows};
use crate::app::{ADMIN, Person, TestApp};

const CHECK: &str = "/api/admin/token/check";

async fn check(app: &TestApp, admin: &Person<'_>, body: &Value) -> Value {
    app.post(CHECK, &admin.token, body).await.data()
}

#[tokio::test]
async fn a_key_is_checked_before_it_is_stored() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let told = check(app, &admin, &draft(app, "sk-0123456789abcdef")).await;
        assert_eq!(told, json!({"status": 1, "hard_limit_usd": 100.0, "total_usage": 12.345, "reason": ""}));
        for (secret, reason) in [
            ("sk-status-401", "密钥无效 (401)"),
            ("sk-status-402", "余额不足 (402)"),
            ("sk-status-429", "请求过于频繁 (429)"),
            ("sk-status-500", "服务异常 (500)"),
        ] {
            let told = check(app, &admin, &draft(app, secret)).await;
            assert_eq!(told, json!({"status": 0, "hard_limit_usd": 0.0, "total_usage": 0.0, "reason": reason}));
        }
        let mut stability = draft(app, "sk-0123456789abcdef");
        stability["type"] = json!("stability-draw");
        let told = check(app, &admin, &stability).await;
        assert_eq!((&told["status"], &told["hard_limit_usd"]), (&json!(1), &json!(12.345)));
        // Nobody listens there.
        let told = check(app, &admin, &json!({"host": "http://127.0.0.1:1", "key": "sk-1"})).await;
        assert_eq!((&told["status"], &told["reason"]), (&json!(0), &json!("无法连接")));
        assert_eq!(rows(app, &admin).await.len(), 1);
    })
    .await;
}

/// The button of a row sends what the row shows.
#[tokio::test]
async fn a_mask_with_its_host_checks_the_stored_key() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let made = add(app, &admin, "sk-0123456789abcdef").await;
        let told = check(app, &admin, &json!({"host": made["host"], "key": made["key"]})).await;
        assert_eq!(told["status"], 1);
        assert_eq!(row(app, &admin, &made["id"]).await["limit"], 100.0);
        let elsewhere = json!({"host": "http://127.0.0.1:1", "key": made["key"]});
        assert_eq!(app.post(CHECK, &admin.token, &elsewhere).await.refusal(400), "密钥格式不正确");
    })
    .await;
}

#[tokio::test]
async fn a_check_of_a_stored_key_is_kept() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let (good, dead) = (add(app, &admin, "sk-0123456789abcdef").await, add(app, &admin, "sk-status-402").await);
        let busy = add(app, &admin, "sk-status-429").await;
        for (key, status, reason) in [(&good, 1, ""), (&dead, 0, "余额不足 (402)"), (&busy, 0, "请求过于频繁 (429)")]
        {
            let told = check(app, &admin, &json!({"id": key["id"]})).await;
            assert_eq!((&told["status"], &told["reason"]), (&json!(status), &json!(reason)));
        }
        let good = row(app, &admin, &good["id"]).await;
        assert_eq!((&good["limit"], &good["usage"], &good["status"]), (&json!(100.0), &json!(12.345), &json!(1)));
        assert_eq!(good["checked_time"], "2026-01-01 08:00:00");
        let dead = row(app, &admin, &dead["id"]).await;
        assert_eq!(
            (&dead["status"], &dead["reason"], &dead["limit"]),
            (&json!(0), &json!("余额不足 (402)"), &json!(0.0))
        );
        assert_eq!(dead["stopped_time"], "2026-01-01 08:00:00");
        // What passes by itself stops nothing.
        let busy = row(app, &admin, &busy["id"]).await;
        assert_eq!((&busy["status"], &busy["reason"]), (&json!(1), &json!("")));
    })
    .await;
}

#[tokio::test]
async fn all_keys_are_checked_behind() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let secrets = ["sk-0123456789abcdef", "sk-status-401", "sk-status-500"];
        let mut ids = Vec::new();
        for secret in secrets {
            ids.push(add(app, &admin, secret).await["id"].clone());
        }
        app.put("/api/admin/token", &admin.token, &json!({"id": ids[1], "status": 0})).await.data();
        let answer = app.post(CHECK, &admin.token, &json!({"all": true})).await.envelope();
        assert_eq!((&answer["message"], &answer["data"]), (&json!("提交成功"), &json!({})));
        assert_eq!(app.stack.upstream.count(), 0, "the answer does not wait for it");

        let report = app.stack.run_janitor().await;
        assert_eq!(report["upstreams"], json!({"checked": 4, "left": 0}));
        assert_eq!(row(app, &admin, &ids[0]).await["limit"], 100.0);
        assert_eq!(row(app, &admin, &ids[1]).await["reason"], "密钥无效 (401)");
        assert_eq!(row(app, &admin, &ids[2]).await["status"], 1);
        assert!(rows(app, &admin).await.iter().all(|row| row["checked_time"].is_string()));
        for _ in 0..2 {
            let count = app.stack.upstream.count();
            assert_eq!(app.stack.run_janitor().await["upstreams"], json!({"checked": 0, "left": 0}));
            assert_eq!(app.stack.upstream.count(), count, "the order is done");
        }
        assert!(!app.table().iter().any(|item| item["sk"] == "job#check-keys"));
    })
    .await;
}

/// A stopped key that works again is used again when an administrator has it checked, and not before.
#[tokio::test]
async fn keys_in_use_are_checked_each_day() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let dead = add(app, &admin, "sk-status-401").await;
        app.clock.advance(Duration::from_secs(23 * 3600));
        assert_eq!(app.stack.run_janitor().await["upstreams"]["checked"], 0);
        app.clock.advance(Duration::from_secs(2 * 3600));
        assert_eq!(app.stack.run_janitor().await["upstreams"]["checked"], 2);
        assert_eq!(row(app, &admin, &json!("1")).await["usage"], 12.345);
        assert_eq!(row(app, &admin, &dead["id"]).await["reason"], "密钥无效 (401)");
        assert_eq!(app.stack.run_janitor().await["upstreams"]["checked"], 0);
        app.clock.advance(Duration::from_secs(24 * 3600));
        assert_eq!(app.stack.run_janitor().await["upstreams"]["checked"], 1, "a stopped key is left alone");
    })
    .await;
}
