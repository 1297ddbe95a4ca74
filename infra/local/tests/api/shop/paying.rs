//! A till: one product, one channel, the orders made there, and what the channel's provider tells of them.

use std::time::Duration;

use hyper::Method;
use serde_json::{Map, Value, json};
use testkit::payments::{Change, alipay_params, epay_params, payjs_params, xunhupay_params};
use url::form_urlencoded;

use super::{channel, product};
use crate::app::{ADMIN, Person, TestApp};
use crate::http::Answer;

/// The providers, as clients call them.
pub const PROVIDERS: [&str; 4] = ["alipay", "yipay", "jspay", "hpjpay"];

/// The parameters of the site's account at a simulated provider.
pub fn params(app: &TestApp, provider: &str) -> Value {
    let url = app.stack.url();
    match provider {
        "alipay" => alipay_params(&url),
        "yipay" => epay_params(&url, "1001"),
        "jspay" => payjs_params(&url, "1530000001"),
        "hpjpay" => xunhupay_params(&url, "20250100001"),
        other => panic!("{other} is no provider"),
    }
}

/// A product, the channel that it is paid through, and the administrator who looks after both.
pub struct Till<'a> {
    pub app: &'a TestApp,
    pub admin: Person<'a>,
    pub provider: &'static str,
    pub product: String,
    pub channel: String,
}

impl<'a> Till<'a> {
    /// Sells the usual product, ten yuan for a thousand credits, through an account at this provider.
    pub async fn open(app: &'a TestApp, provider: &'static str) -> Self {
        Self::selling(app, app.log_in(ADMIN).await, provider, &product()).await
    }

    /// The same with another product.
    pub async fn selling(app: &'a TestApp, admin: Person<'a>, provider: &'static str, product: &Value) -> Self {
        let id = |answer: Answer| answer.data()["id"].as_str().unwrap().to_owned();
        let product = id(app.post("/api/admin/products", &admin.token, product).await);
        let form = channel(provider, &params(app, provider));
        let channel = id(app.post("/api/admin/payment", &admin.token, &form).await);
        Self { app, admin, provider, product, channel }
    }

    /// Orders one of the product and returns the order's number.
    pub async fn order(&self, person: &Person<'_>) -> String {
        self.order_of(person, &self.product, 1).await
    }

    /// Orders some of any product. A moment has passed: ids of one millisecond are few enough that two of a crowd meet.
    pub async fn order_of(&self, person: &Person<'_>, product: &str, quantity: i64) -> String {
        self.app.clock.advance(Duration::from_millis(1));
        let wish = json!({"pay_type": "alipay", "product_id": product, "quantity": quantity});
        let data = self.app.post("/api/pay/precreate", &person.token, &wish).await.data();
        data["order_id"].as_str().unwrap().to_owned()
    }

    /// Orders, and pays; the provider has told nothing yet.
    pub async fn paid_order(&self, person: &Person<'_>) -> String {
        let order = self.order(person).await;
        pays(self.app, &order);
        order
    }

    /// Everything that administrators see of an order.
    pub async fn detail(&self, order: &str) -> Value {
        self.app.get(&format!("/api/admin/orders/{order}"), &self.admin.token).await.data()
    }

    pub async fn status(&self, order: &str) -> String {
        self.detail(order).await["trade_status"].as_str().unwrap().to_owned()
    }

    /// What happened to an order, oldest first: kinds and texts.
    pub async fn timeline(&self, order: &str) -> Vec<(String, String)> {
        let detail = self.detail(order).await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        detail["timeline"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| (text(&event["event"]), text(&event["text"])))
            .collect()
    }

    /// The last thing that happened to an order.
    pub async fn newest(&self, order: &str) -> (String, String) {
        self.timeline(order).await.pop().unwrap()
    }

    /// How the order was learned to be paid.
    pub async fn paid_by(&self, order: &str) -> String {
        self.timeline(order).await.into_iter().find(|(kind, _)| kind == "paid").expect("a payment").1
    }

    /// Has the provider asked by hand; the sentence about what it said.
    pub async fn refresh(&self, order: &str) -> String {
        let path = format!("/api/admin/orders/{order}/refresh");
        let answer = self.app.post(&path, &self.admin.token, &Value::Null).await;
        answer.envelope()["message"].as_str().unwrap().to_owned()
    }

    /// What the owner sees of an order.
    pub async fn looks(&self, person: &Person<'_>, order: &str) -> Value {
        self.app.get(&format!("/api/pay/order/{order}"), &person.token).await.data()
    }

    /// Changes the channel.
    pub async fn change_channel(&self, mut changes: Value) {
        changes["id"] = json!(self.channel);
        self.app.put("/api/admin/payment", &self.admin.token, &changes).await.data();
    }
}

/// Pays an order at its provider.
pub fn pays(app: &TestApp, order: &str) {
    assert!(app.stack.payments.pay(order), "{order} cannot be paid");
}

/// The provider tells of an order, truly; what it is answered. A moment has passed: what happens in one has no order.
pub async fn notified(app: &TestApp, order: &str) -> String {
    app.clock.advance(Duration::from_millis(1));
    let delivery = app.stack.payments.deliver(order, &Change::default()).await;
    assert_eq!(delivery.status, 200, "{}", delivery.body);
    delivery.body
}

/// An item of an order, as the table has it, with its numbers as texts.
pub fn item(app: &TestApp, order: &str, kind: &str) -> Option<Map<String, Value>> {
    read(app, &format!("order#{order}"), kind)
}

/// One item: reading the whole table for it takes too long where it is done often.
fn read(app: &TestApp, pk: &str, sk: &str) -> Option<Map<String, Value>> {
    let table = app.stack.environment("shop").text("TABLE_NAME").unwrap().to_owned();
    let body = json!({"TableName": table, "Key": {"pk": {"S": pk}, "sk": {"S": sk}}, "ConsistentRead": true});
    let (status, answer) = app.stack.dynamo.execute("GetItem", body.to_string().as_bytes());
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
    let mut answer: Value = serde_json::from_slice(&answer).unwrap();
    let untagged = |value: Value| value.as_object().unwrap().values().next().unwrap().clone();
    let item = answer["Item"].take();
    item.as_object().map(|item| item.iter().map(|(name, value)| (name.clone(), untagged(value.clone()))).collect())
}

/// The numbers of the orders that wait for a scheduled question.
pub fn due(app: &TestApp) -> Vec<String> {
    let due = app.table().into_iter().filter(|item| item.get("due_pk").is_some_and(|due| due == "unpaid-orders"));
    due.map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

/// How many orders a user's item counts as open.
pub fn open_orders(app: &TestApp, person: &Person<'_>) -> i64 {
    let user = read(app, &format!("user#{}", person.id), "user").unwrap();
    user.get("open_orders").map_or(0, |count| count.as_str().unwrap().parse().unwrap())
}

/// A notification, to be changed by somebody who cannot sign.
#[derive(Clone, Debug)]
pub struct Message {
    pub method: Method,
    /// Without the query.
    pub path: String,
    pub fields: Vec<(String, String)>,
}

impl Message {
    /// What the provider says of an order, signed over the changes.
    pub fn of(app: &TestApp, order: &str, change: &Change) -> Self {
        let notification = app.stack.payments.notification(order, change);
        let url = notification.url.strip_prefix(&app.stack.url()).expect("our address");
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let form = if notification.body.is_empty() { query.as_bytes() } else { &notification.body };
        let fields = form_urlencoded::parse(form).into_owned().collect();
        Self { method: notification.method, path: path.to_owned(), fields }
    }

    /// Says the same in the other way: in the query, or as a form.
    #[must_use]
    pub fn turned(self) -> Self {
        let method = if self.method == Method::GET { Method::POST } else { Method::GET };
        Self { method, ..self }
    }

    #[must_use]
    pub fn at(self, path: String) -> Self {
        Self { path, ..self }
    }

    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(other, _)| other != name);
        self
    }

    #[must_use]
    pub fn and(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With another value of a field, wherever it stands.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        let field = self.fields.iter_mut().find(|(other, _)| other == name).expect("such a field");
        value.clone_into(&mut field.1);
        self
    }

    pub fn value(&self, name: &str) -> &str {
        &self.fields.iter().find(|(other, _)| other == name).expect("such a field").1
    }

    pub fn form(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.fields).finish()
    }

    /// Sends it; the one word that comes back.
    pub async fn send(&self, app: &TestApp) -> String {
        word(&self.answer(app).await)
    }

    /// Sends it, a moment later; whatever comes back.
    pub async fn answer(&self, app: &TestApp) -> Answer {
        app.clock.advance(Duration::from_millis(1));
        if self.method == Method::GET {
            let path = format!("{}?{}", self.path, self.form());
            return app.http.send(Method::GET, &path, &[], "").await;
        }
        let headers = [("content-type", "application/x-www-form-urlencoded; charset=utf-8")];
        app.http.send(Method::POST, &self.path, &headers, self.form()).await
    }
}

/// The word that a provider is answered.
pub fn word(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.headers["content-type"], "text/plain; charset=utf-8");
    answer.text()
}
