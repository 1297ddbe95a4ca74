//! Changes of one field, changes that meet, and how many products there can be.

use domain::{Benefit, Fen, ProductId, UserId};
use futures_util::future::join;
use serde_json::{Value, json};
use table::audit::Audit;
use table::product::{Badge, Product, Title};

use super::{PATH, delete, list, makes};
use crate::app::{ADMIN, START_MILLIS, TestApp};
use crate::shop::product;

#[tokio::test]
async fn a_change_changes_only_what_it_names() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let mut form = product();
        (form["describe"], form["sort"]) = (json!("不限期"), json!(4));
        let mut row = app.post(PATH, &admin.token, &form).await.data();
        for (change, differs) in [
            (json!({"title": "两千积分"}), json!({"title": "两千积分"})),
            (json!({"badge": ""}), json!({"badge": ""})),
            (json!({"describe": "限期"}), json!({"describe": "限期"})),
            (json!({"price": 1}), json!({"price": 1})),
            (json!({"original_price": 0}), json!({"original_price": null})),
            (json!({"original_price": 88}), json!({"original_price": 88})),
            (json!({"original_price": ""}), json!({"original_price": null})),
            (json!({"sort": -3}), json!({"sort": -3})),
            (json!({"status": 0}), json!({"status": 0})),
            (json!({"value": 2000}), json!({"value": 2000, "integral": 2000})),
            (json!({"integral": 0, "day": 7}), json!({"type": "day", "value": 7, "integral": 0, "day": 7})),
            (json!({"level": 2}), json!({"level": 2})),
            (json!({"value": 9}), json!({"value": 9, "day": 9})),
            (
                json!({"type": "integral", "value": 5}),
                json!({
                    "type": "integral", "value": 5, "integral": 5, "day": 0, "level": 1,
                }),
            ),
            (json!({"type": "day"}), json!({"type": "day", "integral": 0, "day": 5})),
            (json!({}), json!({})),
        ] {
            let mut form = change.clone();
            form["id"] = row["id"].clone();
            row.as_object_mut().unwrap().extend(differs.as_object().unwrap().clone());
            assert_eq!(app.put(PATH, &admin.token, &form).await.data(), json!([row, false]), "{change}");
            assert_eq!(list(app, &admin).await["rows"], json!([row]), "{change}");
        }
    })
    .await;
}

/// A form that knows one shape alone sends the other back as it came.
#[tokio::test]
async fn of_a_whole_row_the_shape_that_was_changed_counts() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let mut row = makes(app, &admin).await;
        for (change, gives) in [
            (json!({"integral": 2000}), ("integral", 2000, 2000, 0)),
            (json!({"value": 3000}), ("integral", 3000, 3000, 0)),
            (json!({"integral": 0, "day": 7}), ("day", 7, 0, 7)),
            (json!({"day": 8}), ("day", 8, 0, 8)),
            (json!({"type": "integral", "value": 5}), ("integral", 5, 5, 0)),
            (json!({"type": "day"}), ("day", 5, 0, 5)),
            (json!({"title": "改名"}), ("day", 5, 0, 5)),
        ] {
            let mut form = row.clone();
            form.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            row = app.put(PATH, &admin.token, &form).await.data()[0].clone();
            let found = ["type", "value", "integral", "day"].map(|name| row[name].clone());
            assert_eq!(found, [json!(gives.0), json!(gives.1), json!(gives.2), json!(gives.3)], "{change}");
        }
    })
    .await;
}

#[tokio::test]
async fn two_who_change_different_things_of_a_product_both_do() {
    TestApp::run(async |app| {
        let (admin, bob) = (app.log_in(ADMIN).await, app.log_in("bob@example.com").await);
        app.put("/api/admin/user", &admin.token, &json!({"id": bob.id, "role": "administrator"})).await.data();
        let id = makes(app, &admin).await["id"].as_str().unwrap().to_owned();
        for round in 1..=20 {
            let (one, two) = join(
                app.put(PATH, &admin.token, &json!({"id": id, "price": round})),
                app.put(PATH, &bob.token, &json!({"id": id, "title": format!("第{round}版")})),
            )
            .await;
            one.data();
            two.data();
            let row = &list(app, &admin).await["rows"][0];
            assert_eq!((&row["price"], &row["title"]), (&json!(round), &json!(format!("第{round}版"))));
        }
        // A change never brings a deleted product back.
        let form = json!({"id": id, "sort": 99});
        let (changed, deleted) = join(app.put(PATH, &bob.token, &form), delete(app, &admin, &id)).await;
        assert!([200, 404].contains(&changed.status.as_u16()), "{}", changed.text());
        assert_eq!(deleted.data(), json!(1));
        assert_eq!(list(app, &admin).await["count"], 0);
    })
    .await;
}

#[tokio::test]
async fn there_is_room_for_two_hundred() {
    TestApp::run(async |app| {
        let (admin, table) = (app.log_in(ADMIN).await, app.base().table);
        for number in 0..199 {
            let product = Product {
                id: ProductId::draw(START_MILLIS + number).unwrap(),
                title: Title::parse(&format!("p{number}")).unwrap(),
                badge: Badge::parse("").unwrap(),
                describe: "描".repeat(500),
                price: Fen::new(100).unwrap(),
                original_price: None,
                benefit: Benefit::Credits(1),
                sort: number,
                enabled: true,
                created: START_MILLIS,
                updated: START_MILLIS,
            };
            let audit = Audit::new(UserId::parse(&admin.id).unwrap(), "TEST".to_owned(), "test", START_MILLIS + number);
            table::product::create(&table, &product, &audit.unwrap()).await.unwrap();
        }
        let last = makes(app, &admin).await;
        let refused = app.post(PATH, &admin.token, &product()).await.refusal(400);
        assert_eq!(refused, "商品数量已达上限200个，请先删除不用的商品");
        // Another page of the table's answer belongs to the shop too.
        let shown = app.get("/api/product", &admin.token).await.data();
        assert_eq!(shown["products"].as_array().map(Vec::len), Some(200));
        let changed = app.put(PATH, &admin.token, &json!({"id": last["id"], "price": 7})).await.data();
        assert_eq!((&changed[0]["price"], &list(app, &admin).await["count"]), (&json!(7), &json!(200)));
        assert_eq!(delete(app, &admin, last["id"].as_str().unwrap()).await.data(), Value::from(1));
        makes(app, &admin).await;
        assert_eq!(list(app, &admin).await["count"], 200);
    })
    .await;
}
