//! Providers that fail, and keys that are passed over.

use serde_json::{Value, json};

use super::NO_DRAWING;
use crate::admin_token::row;
use crate::app::{ADMIN, Person, TestApp};
use crate::pictures::{DRAW, PAINTERS};

const FILTERED: &str = "内容未通过模型的安全审核，请修改后重试。";
const NOT_TAKEN: &str = "绘画服务拒绝了本次请求，请修改后重试。";

async fn draw(app: &TestApp, person: &Person<'_>, painter: (&str, &str, &str), prompt: &str) -> crate::http::Answer {
    let (name, _, model) = painter;
    let wish = json!({"prompt": prompt, "draw_type": name, "model": model, "size": "256x256"});
    app.post(DRAW, &person.token, &wish).await
}

/// Whatever a provider does, nothing is charged for no picture, and the credits are free again at once.
#[tokio::test]
async fn no_picture_costs_nothing() {
    for painter in PAINTERS {
        TestApp::run(async |app| {
            let ada = app.log_in("ada@example.com").await;
            app.adds_painter(painter.1, "sk-0123456789abcdef").await;
            for (directive, (status, sentence)) in [
                ("[[status=500]]", (502, NO_DRAWING)),
                ("[[status=503]]", (502, NO_DRAWING)),
                ("[[garbage]]", (502, NO_DRAWING)),
                ("[[html]]", (502, NO_DRAWING)),
                ("[[svg]]", (502, NO_DRAWING)),
                ("[[partial=0]]", (502, NO_DRAWING)),
                ("[[huge=12]]", (502, NO_DRAWING)),
                ("[[filtered]]", (400, FILTERED)),
                ("[[status=422]]", (400, NOT_TAKEN)),
            ] {
                let answer = draw(app, &ada, painter, &format!("a cat {directive}")).await;
                assert_eq!(answer.refusal(status), sentence, "{} {directive}", painter.0);
                app.check_nothing_held();
            }
            assert_eq!((ada.credits().await, ada.statement().await.0), (10, 1), "{}", painter.0);
            assert_eq!((app.stack.objects.list().len(), ada.pictures(app, "").await.0), (0, 0), "{}", painter.0);
            assert_eq!(draw(app, &ada, painter, "a cat").await.data().as_array().unwrap().len(), 1);
        })
        .await;
    }
}

/// Files that lie elsewhere than where the provider says, or inside a network, are not fetched.
#[tokio::test]
async fn files_are_fetched_from_nowhere_else() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        for directive in ["[[redirect]]", "[[private]]"] {
            let answer = ada.asks_to_draw(app, &format!("a cat {directive}"), 1).await;
            assert_eq!(answer.refusal(502), NO_DRAWING, "{directive}");
        }
        assert_eq!((ada.credits().await, app.stack.objects.list().len()), (10, 0));
    })
    .await;
}

/// A dead key is passed over, the person notices nothing, and the administrator reads why.
#[tokio::test]
async fn a_dead_key_is_passed_over_and_stopped() {
    for painter in PAINTERS {
        TestApp::run(async |app| {
            let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
            ada.is_given(200);
            let dead = app.adds_painter(painter.1, "sk-status-401-dead").await["id"].clone();
            let good = app.adds_painter(painter.1, "sk-0123456789abcdef").await["id"].clone();
            app.put("/api/admin/token", &admin.token, &json!({"id": good, "weight": 1})).await.data();
            let mut drawn = 0_i64;
            app.clock.advance(std::time::Duration::from_secs(6));
            while row(app, &admin, &dead).await["status"] == 1 {
                drawn += 1;
                assert!(drawn < 20, "a weight of a hundred to one");
                assert_eq!(draw(app, &ada, painter, "a cat").await.data().as_array().unwrap().len(), 1);
            }
            assert_eq!(row(app, &admin, &dead).await["reason"], "密钥无效 (401)");
            assert_eq!((ada.credits().await, ada.pictures(app, "").await.0), (210 - 10 * drawn, drawn.unsigned_abs()));
            // How the pictures came to be stays with them, and is shown to nobody.
            let rows = app.image_rows();
            let routes: Vec<&Value> = rows.iter().map(|row| &row["route"]).collect();
            let failed_over = routes.into_iter().find(|route| route[1].is_object()).expect("a route of two keys");
            assert_eq!((&failed_over[0]["k"], &failed_over[0]["f"]), (&dead, &json!("密钥无效 (401)")));
            assert!(failed_over[1].get("f").is_none(), "{failed_over}");
            let own = app.get("/api/images?type=me&page_size=100", &ada.token).await.text();
            assert!(!own.contains("route") && !own.contains("密钥"));
        })
        .await;
    }
}

/// With every key dead there is an answer all the same, and it costs nothing.
#[tokio::test]
async fn when_every_key_fails_nothing_is_charged() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        app.put("/api/admin/token", &admin.token, &json!({"id": "1", "models": "gpt-3.5-turbo"})).await.data();
        for secret in ["sk-status-401-dead", "sk-status-402-spent", "sk-status-429-60-limited", "sk-status-500-broken"]
        {
            app.adds_painter("openai-draw", secret).await;
        }
        assert_eq!(ada.asks_to_draw(app, "a cat", 1).await.refusal(502), NO_DRAWING);
        assert_eq!(app.stack.upstream.count(), 4, "each was asked once");
        assert_eq!((ada.credits().await, app.stack.objects.list().len()), (10, 0));
        app.check_nothing_held();
    })
    .await;
}

/// A wish that one provider refuses is not taken to the next key: it would be refused, and perhaps paid, again.
#[tokio::test]
async fn a_refused_wish_is_asked_once() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        app.adds_painter("openai-draw", "sk-0123456789abcdef").await;
        assert_eq!(ada.asks_to_draw(app, "a cat [[filtered]]", 1).await.refusal(400), FILTERED);
        assert_eq!(app.stack.upstream.count(), 1);
        app.check_nothing_held();
    })
    .await;
}
