//! What a form changes and what it leaves.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;

use super::{add, row, rows, without_unpriced};
use crate::app::{ADMIN, TestApp};

/// An edit form sends the whole row back, its mask for the secret among it.
#[tokio::test]
async fn a_mask_that_comes_back_keeps_the_secret() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        let mut made = add(app, &admin, "sk-0123456789abcdef").await;
        app.put("/api/admin/token", &admin.token, &json!({"id": "1", "status": 0})).await.data();
        app.clock.advance(Duration::from_secs(6));
        made["remarks"] = json!("改");
        let data = app.put("/api/admin/token", &admin.token, &made).await.data();
        assert_eq!((&data[0]["key"], &data[0]["remarks"]), (&json!("sk-012*********cdef"), &json!("改")));
        ada.chat("hi").await;
        assert_eq!(app.stack.upstream.requests()[0].bearer.as_deref(), Some("sk-0123456789abcdef"));

        // Another mask is no secret.
        made["key"] = json!("sk-zzz*********cdef");
        let answer = app.put("/api/admin/token", &admin.token, &made).await;
        assert_eq!(answer.refusal(400), "密钥格式不正确");

        made["key"] = json!("sk-zzzzzzzzzzzzzzzz");
        let data = app.put("/api/admin/token", &admin.token, &made).await.data();
        assert_eq!(data[0]["key"], "sk-zzz*********zzzz");
        app.clock.advance(Duration::from_secs(6));
        ada.chat("hi").await;
        assert_eq!(app.stack.upstream.requests()[1].bearer.as_deref(), Some("sk-zzzzzzzzzzzzzzzz"));
        // The table holds neither.
        let stored = serde_json::to_string(&app.table()).unwrap();
        assert!(!stored.contains("123456789abcdef") && !stored.contains("zzzzzzzzzzz"));
    })
    .await;
}

#[tokio::test]
async fn a_short_secret_is_masked_whole_and_kept_too() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        let listed = rows(app, &admin).await;
        assert_eq!(listed[0]["key"], "********");
        app.put("/api/admin/token", &admin.token, &listed[0]).await.data();
        ada.chat("hi").await;
        assert_eq!(app.stack.upstream.requests()[0].bearer.as_deref(), Some("sk-local"));
    })
    .await;
}

/// Each changes another field; none of them is lost.
#[tokio::test]
async fn administrators_who_change_a_key_at_once_do_not_undo_each_other() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let made = add(app, &admin, "sk-0123456789abcdef").await;
        let changes = [("remarks", json!("x")), ("weight", json!(7)), ("rpm", json!(9)), ("models", json!("m"))];
        let puts = changes.iter().map(async |(name, value)| {
            let change = json!({"id": made["id"], *name: value});
            app.put("/api/admin/token", &admin.token, &change).await.data()
        });
        join_all(puts).await;
        let row = row(app, &admin, &made["id"]).await;
        for (name, value) in changes {
            assert_eq!(row[name], value, "{name}");
        }
    })
    .await;
}

/// Who may change a host, but does not know the secret, never gets it sent where they like.
#[tokio::test]
async fn a_stored_secret_goes_to_its_own_host_alone() {
    const ANEW: &str = "更换接口地址时，请重新填写密钥";
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let (mine, yours) = ("sk-0123456789abcdef", "sk-fedcba9876543210");
        let made = add(app, &admin, mine).await;
        let elsewhere = format!("{}/_local/upstream/elsewhere", app.stack.url());
        let mut whole = made.clone();
        whole["host"] = json!(elsewhere);
        for key in
            [json!(null), json!(""), made["key"].clone(), json!(format!("\u{feff}{}", made["key"].as_str().unwrap()))]
        {
            whole["key"] = key.clone();
            let change = json!({"id": made["id"], "host": elsewhere, "key": key});
            for body in [&change, &whole] {
                assert_eq!(app.put("/api/admin/token", &admin.token, body).await.refusal(400), ANEW, "{body}");
                let answer = app.post("/api/admin/token/check", &admin.token, body).await;
                assert_eq!(answer.refusal(400), ANEW, "{body}");
            }
        }
        let is_there = |secret: &str| {
            let requests = app.stack.upstream.requests().into_iter();
            requests.filter(|seen| seen.path.contains("elsewhere")).any(|seen| seen.bearer.as_deref() == Some(secret))
        };
        assert_eq!(row(app, &admin, &made["id"]).await, without_unpriced(made.clone()));
        assert!(!is_there(mine));

        // The same address in other words is none.
        let mut back = made.clone();
        back["host"] = json!(format!(" {}/\u{200b}", made["host"].as_str().unwrap()));
        app.put("/api/admin/token", &admin.token, &back).await.data();
        // A new secret may be looked at there, and go there.
        (whole["key"], whole["models"]) = (json!(yours), json!("gpt-4o"));
        assert_eq!(app.post("/api/admin/token/check", &admin.token, &whole).await.data()["status"], 1);
        assert!(is_there(yours));
        let moved = app.put("/api/admin/token", &admin.token, &whole).await.data();
        assert_eq!((&moved[0]["host"], &moved[0]["key"]), (&whole["host"], &json!("sk-fed*********3210")));
        let back = json!({"id": made["id"], "host": made["host"]});
        assert_eq!(app.put("/api/admin/token", &admin.token, &back).await.refusal(400), ANEW);
        assert!(!is_there(mine));
    })
    .await;
}

#[tokio::test]
async fn a_new_host_or_secret_starts_anew() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let made = add(app, &admin, "sk-status-401-01234567").await;
        let check = json!({"id": made["id"]});
        for change in [
            json!({"id": made["id"], "key": "sk-status-401-76543210"}),
            // Another host needs the secret anew.
            json!({
                "id": made["id"], "host": format!("{}/_local/upstream/v1", app.stack.url()),
                "key": "sk-status-401-76543210",
            }),
            json!({"id": made["id"], "status": 1}),
        ] {
            let checked = app.post("/api/admin/token/check", &admin.token, &check).await.data();
            assert_eq!(checked["reason"], "密钥无效 (401)");
            let stopped = row(app, &admin, &made["id"]).await;
            assert_eq!((&stopped["status"], &stopped["reason"]), (&json!(0), &json!("密钥无效 (401)")));
            // A form that changes something else leaves it stopped.
            let noted = json!({"id": made["id"], "remarks": "x", "key": stopped["key"], "host": stopped["host"]});
            let noted = app.put("/api/admin/token", &admin.token, &noted).await.data();
            assert_eq!(noted[0]["reason"], "密钥无效 (401)");
            let data = app.put("/api/admin/token", &admin.token, &change).await.data();
            assert_eq!((&data[0]["status"], &data[0]["reason"]), (&json!(1), &json!("")), "{change}");
        }
    })
    .await;
}
