//! Without an id all pictures of the caller go.

use serde_json::{Value, json};
use testkit::{Fault, FaultKind};

use super::{PATH, change, shown};
use crate::app::{ADMIN, Person, TestApp};
use crate::http::Answer;

async fn clear(app: &TestApp, person: &Person<'_>) -> Answer {
    app.put(PATH, &person.token, &json!({"status": 0})).await
}

#[tokio::test]
async fn all_of_the_callers_pictures_go_and_nobody_elses() {
    TestApp::run(async |app| {
        let (ada, admin) = (app.log_in("ada@example.com").await, app.log_in(ADMIN).await);
        ada.is_given(400);
        for number in [10, 10, 7] {
            let drawn = ada.draws(app, "a cat", number).await;
            change(app, &ada, &drawn[0], 1).await.data();
        }
        admin.draws(app, "a dog", 1).await;
        ada.puts_up(app).await;
        // What is there and says nothing is a slip.
        for id in [json!(""), json!(" "), json!(0), json!([]), json!("x"), json!("undefined"), json!("null")] {
            assert_eq!(app.put(PATH, &ada.token, &json!({"id": id, "status": 0})).await.status, 400, "{id}");
        }
        for body in [json!({"status": 1}), json!({"status": 4}), json!({})] {
            assert_eq!(app.put(PATH, &ada.token, &body).await.refusal(400), "缺少必要参数");
        }
        assert_eq!(app.put(PATH, "", &json!({"status": 0})).await.refusal(401), "请登陆");
        assert_eq!(clear(app, &ada).await.envelope(), json!({"code": 0, "data": {}, "message": "删除成功"}));
        assert_eq!((ada.pictures(app, "").await, shown(app).await), ((0, vec![]), json!(0)));
        assert_eq!((admin.pictures(app, "").await.0, ada.uploads(app, "").await.0), (1, 1));
        assert_eq!(app.stack.objects.list().len(), 2);
        assert_eq!(clear(app, &ada).await.envelope()["message"], "删除成功");
    })
    .await;
}

/// One request clears so many; the janitor does the rest, and leaves what was drawn since.
#[tokio::test]
async fn what_one_request_cannot_clear_the_janitor_does() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        ada.is_given(3_000);
        for _ in 0..25 {
            app.clock.advance(std::time::Duration::from_secs(150));
            ada.draws(app, "a cat", 10).await;
        }
        let ada = app.log_in("ada@example.com").await;
        let told = clear(app, &ada).await.envelope();
        assert_eq!(told["message"], "删除成功，其余图片将在几分钟内删除");
        assert_eq!((ada.pictures(app, "").await.0, app.stack.objects.list().len()), (10, 10));
        app.check_books().await;
        assert_eq!((ada.pictures(app, "").await.0, app.stack.objects.list().len()), (0, 0));
        // An order stands until it is carried out.
        let order = table::erasure::order_images;
        let (base, id) = (app.base(), ada.id.parse::<i64>().unwrap());
        let (user, newest) = (domain::UserId::from_i64(id).unwrap(), domain::ImageId::at(app.clock.millis()));
        ada.draws(app, "a cat", 2).await;
        order(&base.table, user, newest, app.clock.millis()).await.unwrap();
        order(&base.table, user, domain::ImageId::from_i64(5).unwrap(), app.clock.millis()).await.unwrap();
        app.stack.run_janitor().await;
        assert_eq!(ada.pictures(app, "").await.0, 2, "drawn since");
        let is_order = |item: &serde_json::Map<String, Value>| item["pk"].as_str().unwrap().starts_with("erasure#");
        assert!(!app.table().iter().any(is_order));
    })
    .await;
}

/// Each call fails for good: the person is told, the counts are right, and another try finishes it.
#[tokio::test]
async fn a_lasting_failure_of_any_call_is_made_good_by_another_try() {
    for (kind, nth) in
        [FaultKind::FailBefore, FaultKind::Throttle].into_iter().flat_map(|kind| (1..=6).map(move |nth| (kind, nth)))
    {
        TestApp::run(async |app| {
            let ada = app.log_in("ada@example.com").await;
            ada.draws(app, "a cat", 1).await;
            ada.is_given(10);
            ada.draws(app, "a cat", 1).await;
            // The session, what there is, two files, the rows, what is left.
            let fault = app.stack.wire.plan(Fault::new(kind).nth(nth).lasting());
            let answer = clear(app, &ada).await;
            assert!(fault.hits() > 0, "{kind:?} from call {nth}");
            assert_eq!(answer.refusal(503), "服务繁忙，请稍后再试！", "{kind:?} from call {nth}");
            app.stack.wire.heal();
            clear(app, &ada).await.data();
            assert_eq!((ada.pictures(app, "").await.0, app.stack.objects.list().len()), (0, 0));
        })
        .await;
    }
}
