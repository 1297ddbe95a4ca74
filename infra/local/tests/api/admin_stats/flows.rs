//! Buying, as these tests do it.

use serde_json::{Value, json};

use crate::app::{Person, TestApp};
use crate::shop;

/// Who collects.
#[derive(Clone, Copy, Debug)]
pub(super) enum Provider {
    Epay,
    PayJs,
}

/// A shop with two products and two channels, of which one is open at a time.
pub(super) struct Shop<'a> {
    app: &'a TestApp,
    admin: Person<'a>,
    channels: [(String, &'static str); 2],
    /// A thousand credits for ten yuan.
    pub(super) credits: String,
    /// A month for five yuan.
    pub(super) days: String,
}

impl<'a> Shop<'a> {
    pub(super) async fn open(app: &'a TestApp, admin: &Person<'a>) -> Self {
        let url = app.stack.url();
        let created = async |path: &str, form: &Value| -> String {
            app.post(path, &admin.token, form).await.data()["id"].as_str().unwrap().to_owned()
        };
        let month = json!({"title": "一个月", "badge": "会员", "status": 1, "price": 500, "integral": 0, "day": 30});
        let epay = shop::channel("yipay", &testkit::payments::epay_params(&url, "1001"));
        let payjs = shop::channel("jspay", &testkit::payments::payjs_params(&url, "2002"));
        Self {
            app,
            admin: admin.clone(),
            channels: [
                (created("/api/admin/payment", &epay).await, "yipay"),
                (created("/api/admin/payment", &payjs).await, "jspay"),
            ],
            credits: created("/api/admin/products", &shop::product()).await,
            days: created("/api/admin/products", &month).await,
        }
    }

    /// Somebody orders a product and pays it; by whom it was collected.
    pub(super) async fn sells(&self, person: &Person<'_>, by: Provider, product: &str) -> &'static str {
        for (place, (channel, _)) in self.channels.iter().enumerate() {
            let change = json!({"id": channel, "status": i32::from(place == by as usize)});
            self.app.put("/api/admin/payment", &self.admin.token, &change).await.data();
        }
        self.app.clock.advance(std::time::Duration::from_secs(6));
        let order = shop::buys(self.app, person, product).await;
        let number = order["order_id"].as_str().unwrap();
        assert!(self.app.stack.payments.pay(number), "{order}");
        // Whoever looks at an order has its provider asked.
        self.app.get(&format!("/api/pay/order/{number}"), &person.token).await.data();
        self.channels[by as usize].1
    }
}
