//! No function has a right in `template.yaml` that nothing uses. That none lacks one which it uses is seen by every test:
//! the stack refuses what a role does not allow.

use std::collections::BTreeSet;
use std::time::Duration;

use hyper::Method;
use local::Right;
use serde_json::json;

use crate::app::{ADMIN, Person, TestApp};
use crate::shop;

/// Nothing is given but what is in `used` or what the rarer ways of the product use.
pub async fn check(mut used: BTreeSet<Right>) {
    let mut given = BTreeSet::new();
    let rarely = TestApp::run(async |app| {
        given = app.stack.rights_given();
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        ada.is_given(10_000);
        a_key_recovers(app, &ada).await;
        a_picture_is_listed_and_deleted(app, &ada).await;
        keys_are_checked_and_writes_listed(app, &admin).await;
        orders_are_listed(app, &admin, &ada).await;
        a_person_goes(app, &admin).await;
    });
    used.extend(rarely.await);
    let unused: Vec<_> = given.difference(&used).collect();
    assert!(unused.is_empty(), "rights that nothing uses: {unused:#?}");
}

async fn a_key_recovers(app: &TestApp, ada: &Person<'_>) {
    for _ in 0..3 {
        ada.chat("hi [[status=503]]").await;
    }
    app.clock.advance(Duration::from_secs(31));
    ada.chat("hi").await;
}

async fn a_picture_is_listed_and_deleted(app: &TestApp, ada: &Person<'_>) {
    let drawn = ada.draws(app, "a cat", 1).await;
    app.get("/api/images?type=me", &ada.token).await.data();
    app.put("/api/images", &ada.token, &json!({"id": drawn[0]["id"], "status": 0})).await.data();
}

async fn keys_are_checked_and_writes_listed(app: &TestApp, admin: &Person<'_>) {
    app.post("/api/admin/token/check", &admin.token, &json!({"all": true})).await.envelope();
    app.put("/api/admin/config", &admin.token, &json!({"signin_reward": 4, "tuputech_key": "secret"})).await.data();
    app.get("/api/admin/audit", &admin.token).await.data();
    for _ in 0..2 {
        app.stack.run_janitor().await;
    }
}

async fn orders_are_listed(app: &TestApp, admin: &Person<'_>, ada: &Person<'_>) {
    shop::collects(app, "yipay", &testkit::payments::epay_params(&app.stack.url(), "1001")).await;
    shop::buys(app, ada, &shop::sells(app).await).await;
    app.send(Method::GET, "/api/admin/orders", &admin.token, "").await.data();
}

/// With what they have put up.
async fn a_person_goes(app: &TestApp, admin: &Person<'_>) {
    let bob = app.log_in("bob@example.com").await;
    bob.puts_up(app).await;
    app.send(Method::DELETE, &format!("/api/admin/user/{}", bob.id), &admin.token, "").await.data();
    app.stack.run_janitor().await;
}
