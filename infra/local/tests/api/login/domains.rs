//! Which domains may register. Who is there already logs in.

use serde_json::json;

use crate::app::{ADMIN, TestApp, wrong};

const REFUSED: &str = "该邮箱的域名不支持注册，请更换邮箱";

#[tokio::test]
async fn denied_domains_do_not_register_and_those_who_are_there_log_in() {
    TestApp::run(async |app| {
        let old = app.log_in("old@tmp.example.com").await;
        app.set("mail_domains_deny", "tmp.example.com, mail.example.org");
        for account in ["new@tmp.example.com", "new@a.b.tmp.example.com", "new@mail.example.org"] {
            // The answer to asking is that of any account.
            let code = app.code_for(account).await;
            let enter = async |code: &str| app.post("/api/login", "", &json!({"account": account, "code": code})).await;
            assert_eq!(enter(&wrong(&code)).await.refusal(400), "验证码不正确", "told to who has the code alone");
            assert_eq!(enter(&code).await.refusal(400), REFUSED);
        }
        assert_eq!(app.users().len(), 1);
        for account in ["new@example.com", "new@xtmp.example.com", "new@example.org"] {
            app.log_in(account).await;
        }
        assert_eq!(app.log_in("old@tmp.example.com").await.id, old.id);
    })
    .await;
}

#[tokio::test]
async fn with_a_list_of_allowed_domains_only_those_register() {
    TestApp::run(async |app| {
        app.set("mail_domains_allow", "example.com");
        app.set("mail_domains_deny", "tmp.example.com");
        for account in ["ada@example.com", "ada@mail.example.com"] {
            app.log_in(account).await;
        }
        for account in ["ada@example.org", "ada@notexample.com", "ada@tmp.example.com"] {
            let body = json!({"account": account, "code": app.code_for(account).await});
            assert_eq!(app.post("/api/login", "", &body).await.refusal(400), REFUSED, "{account}");
        }
        // The deployment's own administrator comes in whatever the lists say.
        app.set("mail_domains_allow", "example.net");
        assert_eq!(app.log_in(ADMIN).await.info().await["role"], "administrator");
    })
    .await;
}

#[tokio::test]
async fn lists_are_set_as_people_write_them() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let list = json!({"mail_domains_deny": " @Tmp.Example.com；*.example.org\nexample.net，example.net "});
        app.put("/api/admin/config", &admin.token, &list).await.data();
        let rows = app.get("/api/admin/config", &admin.token).await.data();
        let row = rows.as_array().unwrap().iter().find(|row| row["name"] == "mail_domains_deny").unwrap();
        assert_eq!(row["value"], "tmp.example.com, example.org, example.net");
        for wrong in ["example", "a b", "example.com/x", "例子.com"] {
            let answer = app.put("/api/admin/config", &admin.token, &json!({"mail_domains_deny": wrong})).await;
            assert!(answer.refusal(400).contains("须为不超过500个域名"), "{wrong}");
        }
    })
    .await;
}
