//! Users made by administrators.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{ADA, accounts, create, item, ledger};
use crate::app::{ADMIN, TestApp};

#[tokio::test]
async fn a_user_is_made_as_wanted_and_logs_in_by_code_or_password() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let body = json!({
            "account": " Ada@Example.com", "role": "user", "status": "1", "nickname": "艾达",
            "avatar": "https://example.com/a.png", "integral": "25", "vip_expire_time": "2036-03-31 00:00:00",
            "svip_expire_time": "2036-03-01", "password": "correct horse 1", "subscribe": "2040-01-01", "id": "1",
        });
        let row = app.post("/api/admin/user", &admin.token, &body).await.data();
        let id = row["id"].as_str().unwrap();
        assert_ne!(id, "1");
        let expected = json!({
            "id": id, "account": ADA, "nickname": "艾达", "avatar": "https://example.com/a.png", "role": "user",
            "integral": 25, "vip_expire_time": "2036-03-31", "svip_expire_time": "2036-03-01",
            "subscribe": "2036-03-31", "password": "", "ip": "", "status": 1,
            "create_time": "2026-01-01 08:00:00", "update_time": "2026-01-01 08:00:00",
        });
        assert_eq!(row, expected);
        assert_eq!(app.get("/api/admin/user?account=ada", &admin.token).await.data()["rows"], json!([row]));
        assert!(item(app, id)["password"].as_str().unwrap().starts_with("$argon2id$"));
        let login = json!({"account": ADA, "password": "correct horse 1"});
        assert_eq!(app.post("/api/login", "", &login).await.data()["user_info"]["id"], id);

        let ada = app.log_in(ADA).await;
        assert_eq!((ada.id.as_str(), ada.credits().await), (id, 25));
        assert_eq!(ada.statement().await, (1, vec![("25积分".to_owned(), "管理员调整".to_owned())]));
    })
    .await;
}

#[tokio::test]
async fn what_is_not_named_is_as_with_a_new_user_but_no_gift() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let id = create(app, &admin, ADA).await;
        assert_eq!(ledger(app, &id), []);
        let ada = app.log_in(ADA).await;
        let info = ada.info().await;
        assert_eq!(
            (&info["nickname"], &info["integral"], &info["role"]),
            (&json!("Chat用户"), &json!(0), &json!("user"))
        );
        assert_eq!((&info["vip_expire_time"], &info["status"]), (&json!("2025-12-31"), &json!(1)));
        // Old front ends know one membership.
        let body = json!({"account": "bob@example.com", "subscribe": "2030-01-02", "status": 0});
        let bob = app.post("/api/admin/user", &admin.token, &body).await.data();
        assert_eq!((&bob["vip_expire_time"], &bob["svip_expire_time"]), (&json!("2030-01-02"), &json!("2025-12-31")));
        assert_eq!((&bob["subscribe"], &bob["status"]), (&json!("2030-01-02"), &json!(0)));
        let code = app.code_for("bob@example.com").await;
        let answer = app.post("/api/login", "", &json!({"account": "bob@example.com", "code": code})).await;
        assert_eq!(answer.refusal(400), "账号已被禁用");
    })
    .await;
}

#[tokio::test]
async fn an_account_is_made_once() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let body = json!({"account": ADA, "integral": 5});
        let code = app.code_for(ADA).await;
        let login = json!({"account": ADA, "code": code});
        let makes = join_all((0..20).map(|_| app.post("/api/admin/user", &admin.token, &body)));
        let (answers, login) = tokio::join!(makes, app.post("/api/login", "", &login));
        let made = answers.iter().filter(|answer| answer.status == 200).count();
        assert!(made <= 1);
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            assert_eq!(answer.refusal(409), "账号已存在");
        }
        let ada = app.person(&login.data());
        assert_eq!(ada.credits().await, if made == 1 { 5 } else { 10 });
        assert_eq!(accounts(app, &admin, "").await.0, 2);
    })
    .await;
}

#[tokio::test]
async fn wrong_fields_are_refused_by_name_and_change_nothing() {
    TestApp::run(async |app| {
        let (ada, admin) = (app.log_in(ADA).await, app.log_in(ADMIN).await);
        let before = app.table();
        let long = "长".repeat(51);
        let cases: Vec<(&str, Value, &str)> = vec![
            ("account", json!("ada"), "账号须为邮箱地址"),
            ("account", json!("a b@c"), "账号须为邮箱地址"),
            ("account", json!(13_800_000_000_i64), "账号须为邮箱地址"),
            ("account", json!(["x@example.com"]), "参数不正确"),
            ("role", json!("root"), "角色不正确"),
            ("role", json!(""), "角色不正确"),
            ("role", json!("Administrator"), "角色不正确"),
            ("role", json!({}), "参数不正确"),
            ("status", json!(2), "参数不正确"),
            ("status", json!("on"), "参数不正确"),
            ("nickname", json!(""), "昵称须为1到50个字符"),
            ("nickname", json!(" \u{3000} "), "昵称须为1到50个字符"),
            ("nickname", json!(long), "昵称须为1到50个字符"),
            ("nickname", json!("a\nb"), "昵称须为1到50个字符"),
            ("nickname", json!("a\u{202e}b"), "昵称须为1到50个字符"),
            ("nickname", json!([1]), "参数不正确"),
            ("avatar", json!("javascript:alert(1)"), "头像须为网址"),
            ("avatar", json!("https://example.com/\"><script>"), "头像须为网址"),
            ("avatar", json!(format!("https://example.com/{}", "a".repeat(1_000))), "头像须为网址"),
            ("avatar", json!(true), "参数不正确"),
            ("integral", json!(-1), "积分须为0到1000000000000000之间的整数"),
            ("integral", json!(1_000_000_000_000_001_i64), "积分须为0到1000000000000000之间的整数"),
            ("integral", json!(1.5), "参数不正确"),
            ("integral", json!("many"), "参数不正确"),
            ("integral", json!(9_223_372_036_854_775_808_u64), "参数不正确"),
            ("vip_expire_time", json!("soon"), "参数不正确"),
            ("svip_expire_time", json!("2026-02-30"), "参数不正确"),
            ("subscribe", json!(20_260_101), "参数不正确"),
        ];
        for (field, value, sentence) in cases {
            let mut body = json!({"id": ada.id, "account": "new@example.com"});
            body[field] = value;
            let post = app.post("/api/admin/user", &admin.token, &body).await;
            let put = app.put("/api/admin/user", &admin.token, &body).await;
            assert_eq!((post.refusal(400), put.refusal(400)), (sentence.to_owned(), sentence.to_owned()), "{body}");
        }
        for body in [json!({}), json!({"account": ""}), json!({"account": null, "integral": 5})] {
            assert_eq!(app.post("/api/admin/user", &admin.token, &body).await.refusal(400), "缺少必要参数");
            assert_eq!(app.put("/api/admin/user", &admin.token, &body).await.refusal(400), "缺少必要参数");
        }
        for id in [json!("x"), json!(-1), json!(0), json!([])] {
            let answer = app.put("/api/admin/user", &admin.token, &json!({"id": id})).await;
            assert_eq!(answer.refusal(400), "参数不正确", "{id}");
        }
        assert_eq!(app.table(), before);
    })
    .await;
}
