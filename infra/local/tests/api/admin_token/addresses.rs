//! Addresses that are never called are not stored either, and nothing is asked there.

use serde_json::json;

use super::{draft, rows};
use crate::app::{ADMIN, TestApp};

const REFUSED: [(&str, &str); 16] = [
    ("http://api.example.com", "接口地址必须以 https:// 开头"),
    ("ftp://api.example.com", "接口地址必须以 https:// 开头"),
    ("https://10.0.0.1", "该地址不在公网上，不能使用"),
    ("https://192.168.1.1/v1", "该地址不在公网上，不能使用"),
    ("https://169.254.169.254/latest/meta-data", "该地址不在公网上，不能使用"),
    ("https://[::ffff:10.0.0.1]", "该地址不在公网上，不能使用"),
    ("https://[fd00:ec2::254]", "该地址不在公网上，不能使用"),
    ("https://0x0a000001", "该地址不在公网上，不能使用"),
    ("https://167772161/", "该地址不在公网上，不能使用"),
    ("https://metadata.internal", "该地址不在公网上，不能使用"),
    ("https://router", "该地址不在公网上，不能使用"),
    ("https://1.1.1.1:22", "接口地址的端口不可用，请使用 443 或 1024 以上的端口"),
    ("https://user:pw@1.1.1.1", "接口地址格式不正确"),
    ("https://1.1.1.1/?a=b", "接口地址格式不正确"),
    ("https://1.1.1.1\\@10.0.0.1", "接口地址格式不正确"),
    ("https://", "接口地址格式不正确"),
];

#[tokio::test]
async fn addresses_inside_are_refused_wherever_they_are_named() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        for (host, sentence) in REFUSED {
            let mut draft = draft(app, "sk-0123456789abcdef");
            draft["host"] = json!(host);
            let answer = app.post("/api/admin/token", &admin.token, &draft).await;
            assert_eq!(answer.refusal(400), sentence, "{host}");
            let answer = app.post("/api/admin/token/check", &admin.token, &draft).await;
            assert_eq!(answer.refusal(400), sentence, "{host}");
            let answer = app.put("/api/admin/token", &admin.token, &json!({"id": "1", "host": host})).await;
            assert_eq!(answer.refusal(400), sentence, "{host}");
        }
        let rows = rows(app, &admin).await;
        assert_eq!((rows.len(), &rows[0]["host"]), (1, &draft(app, "")["host"]));
        assert_eq!(app.stack.upstream.count(), 0);
    })
    .await;
}

/// A literal address of the public internet needs no look at names, and saving a key with its models calls nobody.
#[tokio::test]
async fn a_public_address_is_stored_without_a_call() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let draft = json!({"host": "1.1.1.1/v1", "key": "sk-0123456789abcdef", "models": "gpt-4", "status": 0});
        let made = app.post("/api/admin/token", &admin.token, &draft).await.data();
        assert_eq!((&made["host"], &made["status"]), (&json!("1.1.1.1/v1"), &json!(0)));
    })
    .await;
}
