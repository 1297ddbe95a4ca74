//! Every route of the template for everybody.

use std::collections::BTreeSet;

use hyper::Method;
use serde_json::{Value, json};

use crate::admin_notification;
use crate::admin_token;
use crate::app::{ADMIN, CONVERSATION, TestApp};
use crate::carmi;
use crate::house;
use crate::http::Answer;
use crate::pictures;
use crate::rights;
use crate::shop;

/// Who asks.
#[derive(Clone, Copy, Debug)]
enum Who {
    Nobody,
    Garbage,
    /// Logged out before.
    Ended,
    /// Ada, whose things are asked for.
    User,
    /// Bob, who has no part in them.
    Other,
    Banned,
    Administrator,
}

const EVERYBODY: [Who; 7] =
    [Who::Nobody, Who::Garbage, Who::Ended, Who::User, Who::Other, Who::Banned, Who::Administrator];

/// The status of each route for each of `EVERYBODY`. Public routes ignore a bad token; only where a login is needed a
/// bad one gets 401.
const TABLE: &[(&str, [u16; 7])] = &[
    ("GET /api/send_sms", [200, 200, 200, 200, 200, 200, 200]),
    ("POST /api/login", [200, 200, 200, 200, 200, 200, 200]),
    ("POST /api/logout", [401, 401, 401, 200, 200, 401, 200]),
    // With the code of Ada's address: who is logged in sets their own password alone.
    ("PUT /api/user/password", [200, 200, 200, 200, 400, 200, 400]),
    ("GET /api/user/info", [401, 401, 401, 200, 200, 401, 200]),
    ("GET /api/user/keys", [401, 401, 401, 200, 200, 401, 200]),
    ("POST /api/user/keys", [401, 401, 401, 200, 200, 401, 200]),
    // Bob has no key of that id.
    ("DELETE /api/user/keys/{id}", [401, 401, 401, 200, 200, 401, 200]),
    ("GET /api/admin/user", [401, 401, 401, 403, 403, 401, 200]),
    ("POST /api/admin/user", [401, 401, 401, 403, 403, 401, 200]),
    ("PUT /api/admin/user", [401, 401, 401, 403, 403, 401, 200]),
    ("DELETE /api/admin/user/{id}", [401, 401, 401, 403, 403, 401, 200]),
    ("GET /api/turnover", [401, 401, 401, 200, 200, 401, 200]),
    ("POST /api/signin", [401, 401, 401, 200, 200, 401, 200]),
    ("GET /api/signin/list", [401, 401, 401, 200, 200, 401, 200]),
    ("POST /api/use_carmi", [401, 401, 401, 200, 200, 401, 200]),
    ("GET /api/admin/carmi", [401, 401, 401, 403, 403, 401, 200]),
    ("POST /api/admin/carmi", [401, 401, 401, 403, 403, 401, 200]),
    ("DELETE /api/admin/carmi/{id}", [401, 401, 401, 403, 403, 401, 200]),
    ("GET /api/admin/carmi/check", [401, 401, 401, 403, 403, 401, 200]),
    ("GET /api/admin/carmi/batch", [401, 401, 401, 403, 403, 401, 200]),
    ("GET /api/admin/carmi/batch/{id}", [401, 401, 401, 403, 403, 401, 200]),
    ("DELETE /api/admin/carmi/batch/{id}", [401, 401, 401, 403, 403, 401, 200]),
    ("GET /api/admin/signin", [401, 401, 401, 403, 403, 401, 200]),
    ("GET /api/admin/turnover", [401, 401, 401, 403, 403, 401, 200]),
    ("PUT /api/admin/turnover", [401, 401, 401, 403, 403, 401, 200]),
    ("DELETE /api/admin/turnover/{id}", [401, 401, 401, 403, 403, 401, 200]),
    ("GET /api/admin/books", [401, 401, 401, 403, 403, 401, 200]),
    ("POST /api/chat/completions", [401, 401, 401, 200, 200, 401, 200]),
    ("POST /api/chat/completion", [401, 401, 401, 200, 200, 401, 200]),
    ("POST /api/images/generations", [401, 401, 401, 200, 200, 401, 200]),
    ("GET /api/images", [200, 200, 200, 200, 200, 200, 200]),
    ("PUT /api/images", [401, 401, 401, 200, 404, 401, 200]),
    ("GET /api/upload", [401, 401, 401, 200, 200, 401, 200]),
    // Without a file.
    ("POST /api/upload", [401, 401, 401, 400, 400, 401, 400]),
    // Bob has put up nothing of that id.
    ("DELETE /api/upload/{id}", [401, 401, 401, 200, 200, 401, 200]),
    ("GET /api/admin/uploads", [401, 401, 401, 403, 403, 401, 200]),
    ("DELETE /api/admin/uploads/{id}", [401, 401, 401, 403, 403, 401, 200]),
    ("GET /api/config", [200, 200, 200, 200, 200, 200, 200]),
    ("GET /api/openapi.json", [200, 200, 200, 200, 200, 200, 200]),
    ("GET /api/avatar", [200, 200, 200, 200, 200, 200, 200]),
    ("GET /api/docs", [200, 200, 200, 200, 200, 200, 200]),
    ("GET /api/admin/stats", [401, 401, 401, 403, 403, 401, 200]),
    ("GET /api/admin/audit", [401, 401, 401, 403, 403, 401, 200]),
    ("GET /api/admin/config", [401, 401, 401, 403, 403, 401, 200]),
    ("PUT /api/admin/config", [401, 401, 401, 403, 403, 401, 200]),
    ("GET /api/admin/notification", [401, 401, 401, 403, 403, 401, 200]),
    ("POST /api/admin/notification", [401, 401, 401, 403, 403, 401, 200]),
    ("PUT /api/admin/notification", [401, 401, 401, 403, 403, 401, 200]),
    ("DELETE /api/admin/notification/{id}", [401, 401, 401, 403, 403, 401, 200]),
    ("GET /api/persona", [200; 7]),
    ("GET /api/plugin", [200; 7]),
    ("GET /api/user/records", [401, 401, 401, 200, 200, 401, 200]),
    // Nobody has a share to be paid.
    ("POST /api/user/withdrawal", [401, 401, 401, 400, 400, 401, 400]),
    ("GET /api/admin/invite_record", [401, 401, 401, 403, 403, 401, 200]),
    ("GET /api/admin/cashback", [401, 401, 401, 403, 403, 401, 200]),
    ("GET /api/admin/withdrawal_record", [401, 401, 401, 403, 403, 401, 200]),
    ("GET /api/admin/amount_details", [401, 401, 401, 403, 403, 401, 200]),
    ("GET /api/admin/dialog", [401, 401, 401, 403, 403, 401, 200]),
    ("GET /api/admin/persona", [401, 401, 401, 403, 403, 401, 200]),
    ("GET /api/admin/plugins", [401, 401, 401, 403, 403, 401, 200]),
    ("GET /api/admin/draw_record", [401, 401, 401, 403, 403, 401, 200]),
    ("GET /api/user/messages", [401, 401, 401, 200, 200, 401, 200]),
    ("DELETE /api/user/messages", [401, 401, 401, 200, 200, 401, 200]),
    ("GET /api/admin/messages", [401, 401, 401, 403, 403, 401, 200]),
    ("PUT /api/admin/messages", [401, 401, 401, 403, 403, 401, 200]),
    ("DELETE /api/admin/messages/{id}", [401, 401, 401, 403, 403, 401, 200]),
    ("GET /api/admin/token", [401, 401, 401, 403, 403, 401, 200]),
    ("POST /api/admin/token", [401, 401, 401, 403, 403, 401, 200]),
    ("PUT /api/admin/token", [401, 401, 401, 403, 403, 401, 200]),
    ("DELETE /api/admin/token/{id}", [401, 401, 401, 403, 403, 401, 200]),
    ("POST /api/admin/token/check", [401, 401, 401, 403, 403, 401, 200]),
    ("GET /api/admin/aikey", [401, 401, 401, 403, 403, 401, 200]),
    ("POST /api/admin/aikey", [401, 401, 401, 403, 403, 401, 200]),
    ("PUT /api/admin/aikey", [401, 401, 401, 403, 403, 401, 200]),
    ("DELETE /api/admin/aikey/{id}", [401, 401, 401, 403, 403, 401, 200]),
    ("POST /api/admin/aikey/check", [401, 401, 401, 403, 403, 401, 200]),
    ("GET /api/product", [401, 401, 401, 200, 200, 401, 200]),
    ("POST /api/pay/precreate", [401, 401, 401, 200, 200, 401, 200]),
    // Administrators have a list of their own for the orders of others.
    ("GET /api/pay/order/{id}", [401, 401, 401, 200, 404, 401, 404]),
    // Payment providers have no session; what they say is judged by its signature.
    ("ANY /api/pay/notify", [200; 7]),
    ("ANY /api/pay/notify/{channel}/{id}", [200; 7]),
    ("GET /api/admin/products", [401, 401, 401, 403, 403, 401, 200]),
    ("POST /api/admin/products", [401, 401, 401, 403, 403, 401, 200]),
    ("PUT /api/admin/products", [401, 401, 401, 403, 403, 401, 200]),
    ("DELETE /api/admin/products/{id}", [401, 401, 401, 403, 403, 401, 200]),
    ("GET /api/admin/payment", [401, 401, 401, 403, 403, 401, 200]),
    ("POST /api/admin/payment", [401, 401, 401, 403, 403, 401, 200]),
    ("PUT /api/admin/payment", [401, 401, 401, 403, 403, 401, 200]),
    ("DELETE /api/admin/payment/{id}", [401, 401, 401, 403, 403, 401, 200]),
    ("POST /api/admin/payment/{id}/test", [401, 401, 401, 403, 403, 401, 200]),
    ("GET /api/admin/export/{list}", [401, 401, 401, 403, 403, 401, 200]),
    ("GET /api/admin/orders", [401, 401, 401, 403, 403, 401, 200]),
    ("GET /api/admin/orders/{id}", [401, 401, 401, 403, 403, 401, 200]),
    ("POST /api/admin/orders/{id}/refresh", [401, 401, 401, 403, 403, 401, 200]),
    // Sessions open nothing that is for programs.
    ("POST /v1/chat/completions", [401; 7]),
    ("GET /v1/models", [401; 7]),
    ("GET /v1/models/{model+}", [401; 7]),
    ("POST /v1/images/generations", [401; 7]),
    ("GET /dashboard/billing/subscription", [401; 7]),
    ("GET /v1/dashboard/billing/subscription", [401; 7]),
    ("GET /dashboard/billing/usage", [401; 7]),
    ("GET /v1/dashboard/billing/usage", [401; 7]),
    // Nothing is served there.
    ("ANY /v1/{proxy+}", [404; 7]),
];

#[tokio::test]
async fn everybody_gets_what_is_theirs() {
    let mut used = BTreeSet::new();
    for (route, statuses) in TABLE {
        for (who, status) in EVERYBODY.into_iter().zip(*statuses) {
            let rights = TestApp::run(async |app| {
                app.log_in("ada@example.com").await;
                let token = token_of(app, who).await;
                let (path, body) = request(app, route).await;
                let method: Method = route.split(' ').next().unwrap().replace("ANY", "POST").parse().unwrap();
                let answer = app.send(method, &path, &token, &body).await;
                assert_eq!(answer.status.as_u16(), status, "{route} for {who:?}: {}", answer.text());
                check_form(&path, &answer);
            })
            .await;
            used.extend(rights);
        }
    }
    rights::check(used).await;
}

#[test]
fn the_table_has_every_route_and_no_other() {
    let declared = house::routes().into_iter().map(|(_, method, path)| format!("{method} {path}"));
    let declared: BTreeSet<String> = declared.collect();
    let swept: BTreeSet<String> = TABLE.iter().map(|(route, _)| (*route).to_owned()).collect();
    assert_eq!(swept, declared);
}

async fn token_of(app: &TestApp, who: Who) -> String {
    match who {
        Who::Nobody => String::new(),
        Who::Garbage => "x".repeat(54),
        Who::Ended => {
            let ada = app.log_in("ada@example.com").await;
            app.post("/api/logout", &ada.token, &Value::Null).await.data();
            ada.token
        }
        Who::User => app.log_in("ada@example.com").await.token,
        Who::Other => app.log_in("bob@example.com").await.token,
        Who::Banned => {
            let carol = app.log_in("carol@example.com").await;
            app.ban(&carol);
            carol.token
        }
        Who::Administrator => app.log_in(ADMIN).await.token,
    }
}

/// Path and body of a request that nothing but the identity speaks against.
pub async fn request(app: &TestApp, route: &str) -> (String, String) {
    if let Some(request) = request_to_shop(app, route).await {
        return request;
    }
    let path = route.split(' ').nth(1).unwrap().to_owned();
    let body = match route {
        "GET /api/send_sms" => return (path + "?source=ada@example.com", String::new()),
        "POST /api/login" => json!({"account": "ada@example.com", "code": app.code_for("ada@example.com").await}),
        "PUT /api/user/password" => {
            let code = app.code_for("ada@example.com").await;
            json!({"account": "ada@example.com", "code": code, "password": "correct horse 1"})
        }
        "POST /api/admin/user" => json!({"account": "dora@example.com"}),
        "PUT /api/admin/user" => json!({"id": id_of(app, "ada@example.com"), "nickname": "Ada"}),
        "DELETE /api/admin/user/{id}" => {
            return (path.replace("{id}", &id_of(app, "ada@example.com")), String::new());
        }
        "POST /api/user/keys" => json!({"name": "编辑器"}),
        "DELETE /api/user/keys/{id}" => {
            let key = app.log_in("ada@example.com").await.makes_key(json!({})).await;
            return (path.replace("{id}", key["id"].as_str().unwrap()), String::new());
        }
        "GET /api/admin/export/{list}" => return (path.replace("{list}", "all"), String::new()),
        "POST /api/use_carmi" => json!({"carmi": carmi::one_code(app, 5).await}),
        "POST /api/admin/carmi" => carmi::credits(2, 5),
        "DELETE /api/admin/carmi/{id}" => return (path.replace("{id}", &code(app, "id").await), String::new()),
        "GET /v1/models/{model+}" => return (path.replace("{model+}", "gpt-3.5-turbo"), String::new()),
        "ANY /v1/{proxy+}" => return (path.replace("{proxy+}", "audio/speech"), json!({"input": "hi"}).to_string()),
        "POST /api/chat/completion" => json!({"prompt": "hi", "type": "mapping"}),
        "POST /api/user/withdrawal" => json!({"amount": 100, "type": "alipay"}),
        "GET /api/admin/carmi/batch/{id}" | "DELETE /api/admin/carmi/batch/{id}" => {
            return (path.replace("{id}", &code(app, "batch_id").await), String::new());
        }
        "POST /api/chat/completions" => json!({"prompt": "hi", "parentMessageId": CONVERSATION}),
        "POST /v1/chat/completions" => {
            json!({"model": "gpt-3.5-turbo", "messages": [{"role": "user", "content": "hi"}]})
        }
        "POST /api/images/generations" | "POST /v1/images/generations" => pictures::wish("a cat", 1),
        "PUT /api/images" => {
            let drawn = app.log_in("ada@example.com").await.draws(app, "a cat", 1).await;
            json!({"id": drawn[0]["id"], "status": 4})
        }
        "DELETE /api/upload/{id}" | "DELETE /api/admin/uploads/{id}" => {
            let up = app.log_in("ada@example.com").await.puts_up(app).await;
            return (path.replace("{id}", up["id"].as_str().unwrap()), String::new());
        }
        "PUT /api/admin/config" => json!({"signin_reward": 5}),
        "POST /api/admin/notification" => admin_notification::maintenance(),
        "PUT /api/admin/notification" => json!({"id": admin_notification::put_up(app).await, "status": 0}),
        "DELETE /api/admin/notification/{id}" => {
            return (path.replace("{id}", &admin_notification::put_up(app).await), String::new());
        }
        "PUT /api/admin/messages" => json!({"id": message_of_ada(app).await, "status": 0}),
        "DELETE /api/admin/messages/{id}" => {
            return (path.replace("{id}", &message_of_ada(app).await), String::new());
        }
        "POST /api/admin/token" | "POST /api/admin/aikey" => admin_token::draft(app, "sk-0123456789abcdef"),
        "PUT /api/admin/token" | "PUT /api/admin/aikey" => json!({"id": "1", "remarks": "备用"}),
        "DELETE /api/admin/token/{id}" | "DELETE /api/admin/aikey/{id}" => {
            return (path.replace("{id}", "1"), String::new());
        }
        "POST /api/admin/token/check" | "POST /api/admin/aikey/check" => json!({"all": true}),
        "PUT /api/admin/turnover" => json!({"id": ledger_row(app), "describe": "注册赠送"}),
        "DELETE /api/admin/turnover/{id}" => return (path.replace("{id}", &ledger_row(app)), String::new()),
        _ => return (path, String::new()),
    };
    (path, body.to_string())
}

/// The same for the routes of the shop; none for others.
async fn request_to_shop(app: &TestApp, route: &str) -> Option<(String, String)> {
    let path = route.split(' ').nth(1).unwrap();
    let about = |id: String| Some((path.replace("{channel}", "yipay").replace("{id}", &id), String::new()));
    let body = match route {
        "POST /api/pay/precreate" => {
            epay(app).await;
            json!({"pay_type": "alipay", "product_id": shop::sells(app).await, "quantity": 1})
        }
        "GET /api/pay/order/{id}"
        | "ANY /api/pay/notify/{channel}/{id}"
        | "GET /api/admin/orders/{id}"
        | "POST /api/admin/orders/{id}/refresh" => return about(order_of_ada(app).await),
        "POST /api/admin/products" => shop::product(),
        "PUT /api/admin/products" => json!({"id": shop::sells(app).await, "price": 200}),
        "DELETE /api/admin/products/{id}" => return about(shop::sells(app).await),
        "POST /api/admin/payment" => shop::channel("yipay", &epay_params(app)),
        "PUT /api/admin/payment" => json!({"id": epay(app).await, "status": 0}),
        "DELETE /api/admin/payment/{id}" | "POST /api/admin/payment/{id}/test" => return about(epay(app).await),
        _ => return None,
    };
    Some((path.to_owned(), body.to_string()))
}

/// The id of a ledger row.
fn ledger_row(app: &TestApp) -> String {
    let items = app.table().into_iter();
    let mut rows = items.filter(|item| item["pk"].as_str().is_some_and(|pk| pk.starts_with("ledger#")));
    rows.next().expect("a row")["id"].as_str().unwrap().to_owned()
}

/// The id of a question of Ada's.
async fn message_of_ada(app: &TestApp) -> String {
    app.log_in("ada@example.com").await.chat("hi").await;
    let is_question = |item: &serde_json::Map<String, Value>| item.contains_key("content") && item["role"] == "user";
    let question = app.table().into_iter().find(is_question);
    question.expect("a question")["id"].as_str().unwrap().to_owned()
}

fn epay_params(app: &TestApp) -> Value {
    testkit::payments::epay_params(&app.stack.url(), "1001")
}

/// The id of a new channel of the simulated epay site.
async fn epay(app: &TestApp) -> String {
    shop::collects(app, "yipay", &epay_params(app)).await
}

/// The id of an order of Ada's that waits for its payment.
async fn order_of_ada(app: &TestApp) -> String {
    epay(app).await;
    let product = shop::sells(app).await;
    let order = shop::buys(app, &app.log_in("ada@example.com").await, &product).await;
    order["order_id"].as_str().unwrap().to_owned()
}

fn id_of(app: &TestApp, account: &str) -> String {
    let user = app.users().into_iter().find(|user| user["account"] == account).unwrap();
    user["id"].as_str().unwrap().to_owned()
}

/// A field of a redemption code that was made just now.
async fn code(app: &TestApp, field: &str) -> String {
    carmi::make(app, &carmi::credits(1, 5)).await[0][field].as_str().unwrap().to_owned()
}

/// An envelope, a stream, a file or a payment provider's one word, with the headers that browsers and support need.
fn check_form(path: &str, answer: &Answer) {
    for header in ["access-control-allow-origin", "access-control-expose-headers", "x-request-id"] {
        assert!(answer.headers.contains_key(header), "{header} is missing");
    }
    // One picture is the same for everybody.
    let kept = if path == "/api/avatar" { "public, max-age=300" } else { "no-store" };
    assert_eq!(answer.headers["cache-control"], kept);
    let form = answer.headers["content-type"].to_str().unwrap();
    if ["text/event-stream; charset=utf-8", "text/csv; charset=utf-8", "application/x-ndjson"].contains(&form) {
        assert_eq!(answer.status, 200);
        return;
    }
    if house::is_for_readers(path) {
        return;
    }
    if house::is_for_providers(path) {
        assert_eq!((form, answer.text().as_str()), ("text/plain; charset=utf-8", "fail"));
        return;
    }
    if house::is_for_programs(path) {
        let code = if answer.status == 401 { "invalid_api_key" } else { "unknown_url" };
        assert_eq!(answer.json()["error"]["code"], code, "{}", answer.text());
        return;
    }
    let envelope = answer.envelope();
    if answer.status == 401 {
        assert_eq!(envelope, json!({"code": 4001, "data": {}, "message": "请登陆"}));
    }
}
