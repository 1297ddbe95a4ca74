//! `GET, POST, PUT /api/admin/user`, `DELETE /api/admin/user/{id}`

mod administrators;
mod changing;
mod costs;
mod creating;
mod credits;
mod deleting;
mod faults;
mod listing;
mod passwords;
mod searching;

use hyper::Method;
use serde_json::{Map, Value, json};

use crate::app::{Person, TestApp};
use crate::http::Answer;

const ADA: &str = "ada@example.com";
const LAST: &str = "不能禁用、降级或删除最后一个管理员";

/// `body` with the person's id.
async fn put(app: &TestApp, by: &Person<'_>, id: &str, mut body: Value) -> Answer {
    body["id"] = json!(id);
    app.put("/api/admin/user", &by.token, &body).await
}

async fn delete(app: &TestApp, by: &Person<'_>, id: &str) -> Answer {
    app.send(Method::DELETE, &format!("/api/admin/user/{id}"), &by.token, "").await
}

/// Makes a user and returns their id.
async fn create(app: &TestApp, by: &Person<'_>, account: &str) -> String {
    let row = app.post("/api/admin/user", &by.token, &json!({"account": account})).await.data();
    row["id"].as_str().unwrap().to_owned()
}

/// The accounts on a page of the list, and the count.
async fn accounts(app: &TestApp, by: &Person<'_>, query: &str) -> (u64, Vec<String>) {
    let data = app.get(&format!("/api/admin/user{query}"), &by.token).await.data();
    let account = |row: &Value| row["account"].as_str().unwrap().to_owned();
    (data["count"].as_u64().unwrap(), data["rows"].as_array().unwrap().iter().map(account).collect())
}

/// What the table keeps of a user.
fn item(app: &TestApp, id: &str) -> Map<String, Value> {
    app.users().into_iter().find(|user| user["id"] == id).expect("the user")
}

/// A user's ledger as the table has it: amount and text.
fn ledger(app: &TestApp, id: &str) -> Vec<(i64, String)> {
    let pk = format!("ledger#{id}");
    let mut rows: Vec<_> = app.table().into_iter().filter(|row| row["pk"] == pk.as_str()).collect();
    rows.sort_by_key(|row| row["ordinal"].as_i64());
    rows.iter().map(|row| (row["amount"].as_i64().unwrap(), row["describe"].as_str().unwrap().to_owned())).collect()
}
