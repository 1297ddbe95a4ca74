//! `/api/admin/carmi/batch`: batches, their files, their end.

use std::time::Duration;

use serde_json::json;

use super::{ROUTE, batch, credits, delete, keys, list, make, redeem, statuses};
use crate::app::{ADMIN, TestApp};

#[tokio::test]
async fn batches_are_listed_with_what_became_of_them() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        make(app, &credits(1, 1)).await;
        app.clock.advance(Duration::from_secs(1));
        let order = json!({
            "type": "day", "end_time": "2026-02-01", "quantity": 4, "reward": 30, "level": 2, "remark": "春节",
        });
        let rows = make(app, &order).await;
        assert_eq!(redeem(app, &ada, &keys(&rows)[0]).await.status, 200);
        let data = app.get(&format!("{ROUTE}/batch"), &admin.token).await.data();
        assert_eq!(data["count"], 2);
        let mut expected = json!({
            "id": rows[0]["batch_id"], "remark": "春节", "user_id": admin.id, "type": "day", "value": "30", "level": 2,
            "end_time": "2026-02-01", "count": 4, "used": 1, "left": 3, "status": 1,
            "create_time": "2026-01-01 08:00:01",
            "user": {"id": admin.id, "account": ADMIN, "nickname": "Chat用户", "avatar": app.default_avatar()},
        });
        assert_eq!(data["rows"][0], expected);

        let path = format!("/batch/{}", rows[0]["batch_id"].as_str().unwrap());
        let answer = delete(app, &admin, &path).await;
        assert_eq!((answer.data(), answer.envelope()["message"].as_str()), (3.into(), Some("作废成功")));
        expected["left"] = json!(0);
        expected["status"] = json!(0);
        assert_eq!(batch(app, &admin).await, expected);
        assert_eq!(statuses(app, &admin).await, [1, 1, 3]);
    })
    .await;
}

#[tokio::test]
async fn no_code_of_a_void_batch_can_be_redeemed() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        let rows = make(app, &credits(3, 5)).await;
        let path = format!("/batch/{}", rows[0]["batch_id"].as_str().unwrap());
        assert_eq!(delete(app, &admin, &path).await.data(), 3);
        for key in keys(&rows) {
            assert_eq!(redeem(app, &ada, &key).await.refusal(400), "卡密已过期");
        }
        assert_eq!(ada.credits().await, 10);
        assert_eq!(delete(app, &admin, &path).await.data(), 0, "it is void already");
        assert_eq!(delete(app, &admin, "/batch/7").await.data(), 0, "there is none");
        assert_eq!(delete(app, &admin, "/batch/x").await.refusal(404), "数据不存在");
        let (_, rows) = list(app, &admin, "?status=2").await;
        assert!(rows.iter().all(|row| row["user"].is_null() && row["user_id"].is_null()));
        assert!(app.table().iter().all(|item| !item.contains_key("due_pk")), "nothing waits for the janitor");
    })
    .await;
}

#[tokio::test]
async fn a_batch_can_be_saved_as_a_file() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        // An account that a spreadsheet program would take for a formula.
        let ada = app.log_in("-ada@example.com").await;
        let order = json!({"type": "day", "end_time": "2026-02-01", "quantity": 3, "reward": 30, "level": 2});
        let rows = make(app, &order).await;
        let keys = keys(&rows);
        assert_eq!(redeem(app, &ada, &keys[1]).await.status, 200);
        let id = rows[0]["batch_id"].as_str().unwrap();
        let file = app.get(&format!("{ROUTE}/batch/{id}"), &admin.token).await;
        assert_eq!(file.status, 200);
        assert_eq!(file.headers["content-type"], "text/csv; charset=utf-8");
        assert_eq!(file.headers["content-disposition"], format!("attachment; filename=\"carmi-{id}.csv\""));
        assert_eq!(
            file.text(),
            format!(
                "\u{feff}卡密,类型,数值,等级,截止日期,状态,使用者,使用时间\r\n\
                 {},天数,30,超级会员,2026-02-01,未使用,,\r\n\
                 {},天数,30,超级会员,2026-02-01,已使用,'-ada@example.com,2026-01-01 08:00:00\r\n\
                 {},天数,30,超级会员,2026-02-01,未使用,,\r\n",
                keys[0], keys[1], keys[2]
            )
        );
        delete(app, &admin, &format!("/batch/{id}")).await.data();
        let rows = make(app, &credits(1, 5)).await;
        let void = app.get(&format!("{ROUTE}/batch/{id}"), &admin.token).await.text();
        assert_eq!(void.matches("已失效").count(), 2);
        let other = rows[0]["batch_id"].as_str().unwrap();
        let other = app.get(&format!("{ROUTE}/batch/{other}"), &admin.token).await.text();
        assert!(other.ends_with(",积分,5,,,未使用,,\r\n"), "{other}");
        for unknown in ["7", "x"] {
            let answer = app.get(&format!("{ROUTE}/batch/{unknown}"), &admin.token).await;
            assert_eq!(answer.refusal(404), "数据不存在");
            assert_eq!(app.get(&format!("{ROUTE}/batch/{unknown}"), &ada.token).await.refusal(403), "拒绝访问");
        }
    })
    .await;
}
