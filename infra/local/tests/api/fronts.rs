//! The pages of the front ends that this interface has, classic and newest: each page's requests as its code sends them,
//! and of the answers what it reads without protection.

mod classic;
mod newest;

use hyper::Method;
use serde_json::{Value, json};

use crate::app::{ADMIN, Person, TestApp};
use crate::http::Answer;

/// What both send with a request that has no body.
const NO_BODY: &str = "application/x-www-form-urlencoded";

/// Asks as the pages do that only read.
async fn reads(app: &TestApp, path: &str, token: &str) -> Value {
    let answer = app.http.send(Method::GET, path, &[("token", token), ("content-type", NO_BODY)], "").await;
    assert_eq!(answer.envelope()["code"], 0, "{path}: {}", answer.text());
    answer.data()
}

/// Opens a list of an administrator's: the count that pages, and the rows.
async fn lists(app: &TestApp, admin: &Person<'_>, name: &str) -> Vec<Value> {
    let data = reads(app, &format!("/api/admin/{name}?page=1&page_size=10"), &admin.token).await;
    assert!(data["count"].is_u64(), "{name}: {data}");
    data["rows"].as_array().unwrap_or_else(|| panic!("{name}: {data}")).clone()
}

/// The settings, as the form finds them by their names: every one that it asks for is there.
struct Settings(Vec<Value>);

impl Settings {
    async fn of(app: &TestApp, admin: &Person<'_>) -> Self {
        Self(reads(app, "/api/admin/config", &admin.token).await.as_array().expect("an array").clone())
    }

    fn value(&self, name: &str) -> &str {
        let row = self.0.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("the page is blank: {name}"));
        row["value"].as_str().expect("a text")
    }

    /// The form that shows these settings, sent back as it is.
    fn form(&self, names: &[&str]) -> Value {
        names.iter().map(|name| ((*name).to_owned(), json!(self.value(name)))).collect::<serde_json::Map<_, _>>().into()
    }
}

/// Saves a form of settings and looks that it shows the same again.
async fn saves(app: &TestApp, admin: &Person<'_>, names: &[&str]) {
    let before = Settings::of(app, admin).await;
    saved(&app.put("/api/admin/config", &admin.token, &before.form(names)).await);
    let after = Settings::of(app, admin).await;
    assert_eq!(after.form(names), before.form(names));
}

/// A form was taken.
fn saved(answer: &Answer) -> Value {
    assert_eq!(answer.envelope()["code"], 0, "{}", answer.text());
    answer.data()
}

/// A person with something in each list, and an administrator.
async fn a_lively_site(app: &TestApp) -> (Person<'_>, Person<'_>) {
    let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
    ada.is_given(1000);
    ada.chat("你好").await;
    ada.draws(app, "a cat", 1).await;
    app.post("/api/signin", &ada.token, &Value::Null).await.data();
    let code = json!({"type": "integral", "end_time": "", "quantity": 1, "reward": 5, "level": 1});
    app.post("/api/admin/carmi", &admin.token, &code).await.data();
    crate::shop::collects(app, "yipay", &testkit::payments::epay_params(&app.stack.url(), "1001")).await;
    crate::shop::buys(app, &ada, &crate::shop::sells(app).await).await;
    (admin, ada)
}
