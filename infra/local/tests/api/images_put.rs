//! `PUT /api/images`

mod clearing;

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use testkit::{Fault, FaultKind};

use crate::app::{ADMIN, Person, TestApp};
use crate::http::Answer;

const PATH: &str = "/api/images";

async fn change(app: &TestApp, person: &Person<'_>, image: &Value, status: i64) -> Answer {
    app.put(PATH, &person.token, &json!({"id": image["id"], "status": status})).await
}

/// How many pictures everybody sees.
async fn shown(app: &TestApp) -> Value {
    let data = app.get("/api/images?type=gallery", "").await.data();
    assert_eq!(data["count"], data["rows"].as_array().unwrap().len());
    data["count"].clone()
}

#[tokio::test]
async fn a_picture_is_published_hidden_and_deleted() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        ada.is_given(10);
        let drawn = ada.draws(app, "a cat", 2).await;
        app.clock.advance(Duration::from_secs(60));
        for (status, expected) in [(1, 1), (1, 1), (4, 0), (4, 0), (1, 1)] {
            let answer = change(app, &ada, &drawn[0], status).await;
            assert_eq!(answer.envelope()["message"], "修改成功");
            assert_eq!(shown(app).await, expected);
            let row = ada.pictures(app, "").await.1.pop().unwrap();
            assert_eq!((&row["id"], &row["status"]), (&drawn[0]["id"], &json!(status)));
            assert_eq!(row["update_time"], "2026-01-01 08:01:00");
        }
        // Hidden or not, who has the address sees it.
        assert_eq!(app.fetch(&drawn[1]["url"]).await.status, 200);
        let deleted = change(app, &ada, &drawn[0], 0).await;
        assert_eq!(deleted.envelope()["message"], "删除成功");
        assert_eq!(app.fetch(&drawn[0]["url"]).await.status, 403);
        assert_eq!((shown(app).await, ada.pictures(app, "").await.0), (json!(0), 1));
        for status in [0, 1, 4] {
            assert_eq!(change(app, &ada, &drawn[0], status).await.refusal(404), "数据不存在");
        }
        assert_eq!((app.stack.objects.list().len(), app.image_rows().len()), (1, 1));
        // What was paid stays paid.
        assert_eq!((ada.credits().await, ada.statement().await.0), (0, 3));
    })
    .await;
}

#[tokio::test]
async fn front_ends_may_write_numbers_as_texts() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let drawn = ada.draws(app, "a cat", 1).await;
        let number: i64 = drawn[0]["id"].as_str().unwrap().parse().unwrap();
        app.put(PATH, &ada.token, &json!({"id": number, "status": "1"})).await.data();
        assert_eq!(shown(app).await, 1);
    })
    .await;
}

#[tokio::test]
async fn nonsense_is_refused() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let id = ada.draws(app, "a cat", 1).await[0]["id"].clone();
        for (body, status, sentence) in [
            (json!({}), 400, "缺少必要参数"),
            (json!({"id": id}), 400, "缺少必要参数"),
            (json!({"status": 1}), 400, "缺少必要参数"),
            (json!({"id": id, "status": 2}), 400, "参数不正确"),
            (json!({"id": id, "status": -1}), 400, "参数不正确"),
            (json!({"id": id, "status": "hidden"}), 400, "参数不正确"),
            (json!({"id": id, "status": 1.5}), 400, "参数不正确"),
            (json!({"id": "7", "status": 1}), 404, "数据不存在"),
        ] {
            assert_eq!(app.put(PATH, &ada.token, &body).await.refusal(status), sentence, "{body}");
        }
        for id in [json!("x"), json!([]), json!(-1), json!("../1")] {
            let answer = app.put(PATH, &ada.token, &json!({"id": id, "status": 1})).await;
            assert!([400, 404].contains(&answer.status.as_u16()), "{}", answer.text());
        }
        assert_eq!(app.put(PATH, "", &json!({})).await.refusal(401), "请登陆");
        assert_eq!((shown(app).await, ada.pictures(app, "").await.0), (json!(0), 1));
    })
    .await;
}

#[tokio::test]
async fn anothers_picture_is_none() {
    TestApp::run(async |app| {
        let (ada, bob) = (app.log_in("ada@example.com").await, app.log_in("bob@example.com").await);
        ada.is_given(10);
        let drawn = ada.draws(app, "a cat", 2).await;
        change(app, &ada, &drawn[1], 1).await.data();
        for (image, status) in [(0, 0), (0, 1), (0, 4), (1, 0), (1, 1), (1, 4)] {
            assert_eq!(change(app, &bob, &drawn[image], status).await.refusal(404), "数据不存在");
        }
        assert_eq!((shown(app).await, app.stack.objects.list().len()), (json!(1), 2));
    })
    .await;
}

#[tokio::test]
async fn administrators_hide_and_delete_and_publish_only_their_own() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        ada.is_given(10);
        let drawn = ada.draws(app, "a cat", 2).await;
        for image in &drawn {
            assert_eq!(change(app, &admin, image, 1).await.refusal(403), "拒绝访问");
        }
        change(app, &ada, &drawn[0], 1).await.data();
        assert_eq!(change(app, &admin, &drawn[0], 1).await.refusal(403), "拒绝访问");
        change(app, &admin, &drawn[0], 4).await.data();
        assert_eq!(shown(app).await, 0);
        assert_eq!(ada.pictures(app, "").await.1[1]["status"], 4);
        change(app, &ada, &drawn[0], 1).await.data();
        for image in &drawn {
            assert_eq!(change(app, &admin, image, 0).await.envelope()["message"], "删除成功");
            assert_eq!(app.fetch(&image["url"]).await.status, 403);
            assert_eq!(change(app, &admin, image, 0).await.refusal(404), "数据不存在");
        }
        assert_eq!((shown(app).await, ada.pictures(app, "").await.0), (json!(0), 0));
        let own = admin.draws(app, "a dog", 1).await;
        change(app, &admin, &own[0], 1).await.data();
        assert_eq!(shown(app).await, 1);
    })
    .await;
}

/// Whatever comes first, the counts are right, and who was told that a picture is gone finds it gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn publishing_and_deleting_at_once() {
    for _ in 0..8 {
        TestApp::run(async |app| {
            let ada = app.log_in("ada@example.com").await;
            let drawn = ada.draws(app, "a cat", 1).await;
            let answers = join_all([1, 0, 4, 0, 1, 0].map(|status| change(app, &ada, &drawn[0], status))).await;
            let statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
            assert!(statuses.iter().all(|status| [200, 404, 409].contains(status)), "{statuses:?}");
            let deleted = answers.iter().filter(|answer| answer.envelope()["message"] == "删除成功").count();
            assert!(deleted <= 1, "{statuses:?}");
            if deleted == 0 {
                change(app, &ada, &drawn[0], 0).await.data();
            }
            assert_eq!((ada.pictures(app, "").await.0, shown(app).await), (0, json!(0)));
            assert_eq!(app.fetch(&drawn[0]["url"]).await.status, 403);
        })
        .await;
    }
}

/// The n-th call fails once: the person notices nothing. It fails for good: another try later succeeds.
#[tokio::test]
async fn every_call_may_fail() {
    let kinds =
        [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Throttle, FaultKind::Http500, FaultKind::Conflict];
    for (kind, status) in kinds.into_iter().flat_map(|kind| [1, 0].map(|status| (kind, status))) {
        let calls = if status == 0 { 4 } else { 3 };
        for nth in 1..=calls {
            for is_lasting in [false, true] {
                TestApp::run(async |app| {
                    let ada = app.log_in("ada@example.com").await;
                    let drawn = ada.draws(app, "a cat", 1).await;
                    let fault = Fault::new(kind).nth(nth);
                    app.stack.wire.plan(if is_lasting { fault.lasting() } else { fault });
                    let answer = change(app, &ada, &drawn[0], status).await;
                    app.stack.wire.heal();
                    let shown_as = format!("{kind:?} at call {nth}, lasting: {is_lasting}: {}", answer.text());
                    if !is_lasting {
                        assert_eq!(answer.status, 200, "{shown_as}");
                    }
                    if answer.status != 200 {
                        assert_eq!(answer.refusal(503), "服务繁忙，请稍后再试！", "{shown_as}");
                        let again = change(app, &ada, &drawn[0], status).await.status.as_u16();
                        // It was done before, and its answer lost.
                        assert!(again == 200 || (status == 0 && again == 404), "{again} {shown_as}");
                    }
                    let (own, all) = if status == 0 { (0, 0) } else { (1, 1) };
                    assert_eq!((ada.pictures(app, "").await.0, shown(app).await), (own, json!(all)), "{shown_as}");
                    assert_eq!(app.stack.objects.list().len(), usize::try_from(own).unwrap(), "{shown_as}");
                })
                .await;
            }
        }
    }
}
