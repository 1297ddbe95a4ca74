//! What is wrong with a form is said, and leaves nothing behind.

use serde_json::{Value, json};

use super::{PATH, list, makes};
use crate::app::{ADMIN, TestApp};
use crate::shop::product;

const PRICE: &str = "价格须为1到10000000之间的整数（单位：分）";
const GIVES: &str = "积分或天数不正确";
const TITLE: &str = "标题须为1到50个字符的纯文本";
const DESCRIBE: &str = "描述不能超过500个字符";
const SORT: &str = "排序须为-1000000到1000000之间的整数";

/// What is wrong in a new product and in a change alike: the fields, and the sentence.
fn wrong_fields() -> Vec<(Value, &'static str)> {
    let mut wrong = vec![
        (json!({"integral": 1000, "day": 7}), "一个商品只能是积分或会员天数"),
        (json!({"type": "coin", "value": 1}), "商品类型不正确"),
        (json!({"type": "day", "value": 7, "level": 3}), "会员等级不正确"),
        (json!({"type": "day", "value": 7, "level": 0}), "会员等级不正确"),
        (json!({"type": "integral", "value": 0}), GIVES),
        (json!({"type": "integral", "value": -1}), GIVES),
        (json!({"type": "integral", "value": 1_000_000_001}), GIVES),
        (json!({"type": "day", "value": 36_501}), GIVES),
        (json!({"type": "day", "value": 1.5}), "参数不正确"),
        (json!({"integral": -5, "day": 0}), GIVES),
        (json!({"integral": "many", "day": 0}), "参数不正确"),
        (json!({"title": ""}), TITLE),
        (json!({"title": " <b> </b> "}), TITLE),
        (json!({"title": "<script>alert(1)</script>"}), TITLE),
        (json!({"title": "长".repeat(51)}), TITLE),
        (json!({"title": "a\nb"}), TITLE),
        (json!({"title": "a\u{202e}b"}), TITLE),
        (json!({"title": ["x"]}), "参数不正确"),
        (json!({"badge": "长".repeat(21)}), "角标不能超过20个字符"),
        (json!({"describe": "长".repeat(501)}), DESCRIBE),
        (json!({"describe": "a\u{0}b"}), DESCRIBE),
        (json!({"describe": {"x": 1}}), "参数不正确"),
        (json!({"sort": "first"}), "参数不正确"),
        (json!({"sort": 1_000_001}), SORT),
        (json!({"sort": -1_000_001}), SORT),
        (json!({"status": 2}), "参数不正确"),
        (json!({"original_price": -1}), PRICE),
        (json!({"original_price": 10_000_001}), PRICE),
        (json!({"original_price": "dear"}), "参数不正确"),
    ];
    for price in [json!(0), json!(-1), json!(10_000_001), json!(i64::MAX), json!(i64::MIN), json!("0")] {
        wrong.push((json!({ "price": price }), PRICE));
    }
    for price in [json!(1.5), json!("1.5"), json!("ten"), json!(1e300), json!([100]), json!(true)] {
        wrong.push((json!({ "price": price }), "参数不正确"));
    }
    wrong
}

fn with(mut form: Value, fields: &Value) -> Value {
    form.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    form
}

#[tokio::test]
async fn a_wrong_new_product_leaves_nothing() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        for (fields, sentence) in wrong_fields() {
            let form = with(product(), &fields);
            assert_eq!(app.post(PATH, &admin.token, &form).await.refusal(400), sentence, "{fields}");
        }
        for missing in ["title", "price"] {
            let mut form = product();
            form.as_object_mut().unwrap().remove(missing);
            assert_eq!(app.post(PATH, &admin.token, &form).await.refusal(400), "缺少必要参数", "{missing}");
            form[missing] = Value::Null;
            assert_eq!(app.post(PATH, &admin.token, &form).await.refusal(400), "缺少必要参数", "{missing}");
        }
        for gives in [
            json!({}),
            json!({"integral": 0, "day": 0}),
            json!({"integral": null, "day": null}),
            json!({"type": "day"}),
            json!({"type": "integral", "integral": 0}),
        ] {
            let form = with(json!({"title": "x", "price": 100}), &gives);
            assert_eq!(app.post(PATH, &admin.token, &form).await.refusal(400), "缺少必要参数", "{gives}");
        }
        let long = with(product(), &json!({"describe": "x".repeat(17 * 1024)}));
        app.post(PATH, &admin.token, &long).await.refusal(413);
        assert_eq!(app.post(PATH, &admin.token, &json!([])).await.refusal(400), "请求内容不是有效的JSON");
        assert_eq!(list(app, &admin).await, json!({"count": 0, "rows": []}));
        assert!(!app.table().iter().any(|item| item["pk"] == "shop"), "something of the shop was stored");
    })
    .await;
}

#[tokio::test]
async fn a_wrong_change_changes_nothing() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let row = makes(app, &admin).await;
        for (fields, sentence) in wrong_fields() {
            // The right part of a form is not stored without the wrong one.
            let form = with(json!({"id": row["id"], "sort": 9}), &fields);
            assert_eq!(app.put(PATH, &admin.token, &form).await.refusal(400), sentence, "{fields}");
        }
        for (form, status, sentence) in [
            (json!({"price": 1}), 400, "缺少必要参数"),
            (json!({"id": "x", "price": 1}), 400, "参数不正确"),
            (json!({"id": "2", "price": 1}), 404, "数据不存在"),
        ] {
            assert_eq!(app.put(PATH, &admin.token, &form).await.refusal(status), sentence, "{form}");
        }
        assert_eq!(list(app, &admin).await, json!({"count": 1, "rows": [row]}));
    })
    .await;
}
