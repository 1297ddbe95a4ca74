//! `POST /api/admin/carmi`.

use std::collections::BTreeSet;
use std::time::Instant;

use serde_json::{Value, json};

use super::{ROUTE, batch, credits, keys, list, make, redeem, statuses};
use crate::app::{ADMIN, TestApp};
use crate::books::leaves;

/// Longer than API Gateway waits, nobody learns what came of it.
const GATEWAY_SECONDS_MAX: u64 = 29;

#[tokio::test]
async fn codes_are_made_as_ordered() {
    TestApp::run(async |app| {
        let order = json!({"type": "day", "end_time": "2026-01-02", "quantity": 3, "reward": 30, "level": 2});
        let rows = make(app, &order).await;
        assert_eq!(rows.len(), 3);
        let admin = app.log_in(ADMIN).await;
        let batch = batch(app, &admin).await;
        for row in &rows {
            let key = row["key"].as_str().unwrap();
            assert!(key.len() == 32 && key.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase()), "{key}");
            assert!(row["id"].is_string());
            let mut row = row.clone();
            for field in ["id", "key"] {
                row.as_object_mut().unwrap().remove(field);
            }
            let expected = json!({
                "type": "day", "end_time": "2026-01-02", "value": 30, "level": 2, "status": 0, "batch_id": batch["id"],
            });
            assert_eq!(row, expected);
        }
        let distinct: BTreeSet<String> = keys(&rows).into_iter().collect();
        assert_eq!(distinct.len(), 3);
    })
    .await;
}

#[tokio::test]
async fn the_table_knows_neither_code_nor_plain_hash() {
    TestApp::run(async |app| {
        let key = super::one_code(app, 10).await;
        let table = app.table();
        assert!(!table.iter().any(|item| leaves(item).iter().any(|leaf| leaf.contains(&key))));
        // Sealed bytes come as base64; the code is no part of them, plain or encoded.
        let code = table.iter().find(|item| item["sk"] == "redemption").unwrap();
        let sealed = code["sealed"].to_string();
        assert!(!sealed.contains(&key[..8]), "{sealed}");
    })
    .await;
}

#[tokio::test]
async fn wrong_orders_make_nothing() {
    let long = "记".repeat(201);
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let good = || json!({"type": "integral", "quantity": 1, "reward": 10});
        let cases = [
            ("type", Value::Null, "缺少必要参数"),
            ("type", json!(""), "缺少必要参数"),
            ("type", json!("money"), "卡密类型不正确"),
            ("quantity", Value::Null, "缺少必要参数"),
            ("quantity", json!(0), "生成数量应为1到1000"),
            ("quantity", json!(-1), "生成数量应为1到1000"),
            ("quantity", json!(1001), "生成数量应为1到1000"),
            ("quantity", json!(i64::MAX), "生成数量应为1到1000"),
            ("quantity", json!(1.5), "参数不正确"),
            ("quantity", json!("many"), "参数不正确"),
            ("reward", Value::Null, "缺少必要参数"),
            ("reward", json!(0), "奖励数量不正确"),
            ("reward", json!(-10), "奖励数量不正确"),
            ("reward", json!(1_000_000_001), "奖励数量不正确"),
            ("reward", json!([10]), "参数不正确"),
            ("level", json!(0), "卡密等级不正确"),
            ("level", json!(3), "卡密等级不正确"),
            ("level", json!("high"), "参数不正确"),
            ("end_time", json!("2025-12-31"), "截止日期不能早于今天"),
            ("end_time", json!("2026-02-30"), "参数不正确"),
            ("end_time", json!("soon"), "参数不正确"),
            ("end_time", json!(20_260_101), "参数不正确"),
            ("remark", json!(long), "备注不正确"),
            ("remark", json!("a\u{202e}b"), "备注不正确"),
        ];
        for (field, value, message) in cases {
            let mut order = good();
            order[field] = value.clone();
            let answer = app.post(ROUTE, &admin.token, &order).await;
            assert_eq!(answer.refusal(400), message, "{field}: {value}");
        }
        let days = json!({"type": "day", "quantity": 1, "reward": 36_501});
        assert_eq!(app.post(ROUTE, &admin.token, &days).await.refusal(400), "奖励数量不正确");
        assert_eq!(app.post(ROUTE, &admin.token, &Value::Null).await.status, 400);
        assert_eq!(statuses(app, &admin).await, [0, 0, 0]);
        assert_eq!(app.get("/api/admin/carmi/batch", &admin.token).await.data()["count"], 0);
    })
    .await;
}

#[tokio::test]
async fn orders_come_as_clients_write_them() {
    TestApp::run(async |app| {
        for order in [
            json!({"type": "integral", "end_time": "2026-01-01 23:59:59", "quantity": "1", "reward": "10"}),
            json!({"type": "integral", "end_time": "undefined", "quantity": 1.0, "reward": 10, "level": ""}),
            json!({"type": "day", "end_time": null, "quantity": 1, "reward": 10, "level": "1", "remark": "  给朋友 "}),
        ] {
            assert_eq!(make(app, &order).await[0]["value"], 10, "{order}");
        }
        let admin = app.log_in(ADMIN).await;
        assert_eq!(statuses(app, &admin).await, [3, 0, 0]);
        let remarks = app.get("/api/admin/carmi/batch", &admin.token).await.data();
        let remarks: BTreeSet<&str> =
            remarks["rows"].as_array().unwrap().iter().map(|row| row["remark"].as_str().unwrap()).collect();
        assert_eq!(remarks, ["", "给朋友"].into());
    })
    .await;
}

#[tokio::test]
async fn a_thousand_codes_are_made_in_time() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        let began = Instant::now();
        let rows = make(app, &credits(1000, 7)).await;
        println!("a thousand codes made in {} ms", began.elapsed().as_millis());
        assert!(began.elapsed().as_secs() < GATEWAY_SECONDS_MAX, "{:?}", began.elapsed());
        let keys = keys(&rows);
        assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), 1000);
        for key in [&keys[0], &keys[95], &keys[96], &keys[999]] {
            assert_eq!(redeem(app, &ada, key).await.envelope()["message"], "充值成功");
        }
        assert_eq!(ada.credits().await, 10 + 4 * 7);
        assert_eq!(statuses(app, &admin).await, [996, 4, 0]);
        let (count, page) = list(app, &admin, "?page=10&page_size=100").await;
        assert_eq!((count, page.len()), (1000, 100));
        assert_eq!(page[99]["id"], rows[0]["id"], "the oldest comes last");
        let began = Instant::now();
        let batch = batch(app, &admin).await;
        let file = app.get(&format!("/api/admin/carmi/batch/{}", batch["id"].as_str().unwrap()), &admin.token).await;
        assert_eq!(file.text().lines().count(), 1001);
        println!("a file of a thousand codes in {} ms", began.elapsed().as_millis());
        let began = Instant::now();
        let void = super::delete(app, &admin, &format!("/batch/{}", batch["id"].as_str().unwrap())).await;
        println!("a batch of a thousand codes void in {} ms", began.elapsed().as_millis());
        assert_eq!(void.data(), 996);
        assert!(began.elapsed().as_secs() < GATEWAY_SECONDS_MAX, "{:?}", began.elapsed());
    })
    .await;
}
