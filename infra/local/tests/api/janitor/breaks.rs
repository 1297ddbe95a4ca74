//! Each law of the books, broken by hand: the check finds it and names it.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{DAY, Day, busy_day, outcome};
use crate::app::TestApp;
use crate::shop::paying::{Till, notified};
use crate::shop::product;

/// One thing made wrong.
struct Broken {
    what: &'static str,
    key: (String, String),
    /// An update's expression; none removes the item.
    update: Option<(&'static str, Value)>,
    /// The kinds of differences that it must show as, and no other.
    kinds: &'static [&'static str],
    /// What they are about, one at least.
    id: String,
}

#[tokio::test]
async fn whatever_is_broken_is_found_and_named() {
    TestApp::run(async |app| {
        let day = busy_day(app).await;
        let orders = orders(app, &day).await;
        table::list::roll_up(&app.base().table, app.clock.millis() + 3_600_000, true).await.unwrap();
        let clean = outcome(app).await;
        assert_eq!((clean.number, clean.users, clean.differences.len()), (0, 4, 0), "{clean:?}");
        assert!(clean.rows >= 8, "{clean:?}");

        for broken in breaks(app, &day).into_iter().chain(of_orders(&day, &orders)) {
            let (pk, sk) = &broken.key;
            let before = raw(app, "GetItem", &json!({"Key": key(pk, sk)}));
            wreck(app, &broken);
            app.clock.advance(DAY);
            let found = outcome(app).await;
            let value = serde_json::to_value(&found.differences).unwrap();
            let texts = |name: &str| -> BTreeSet<String> {
                value.as_array().unwrap().iter().map(|found| found[name].as_str().unwrap().to_owned()).collect()
            };
            let kinds: BTreeSet<String> = broken.kinds.iter().map(|kind| (*kind).to_owned()).collect();
            assert_eq!(texts("kind"), kinds, "{}: {value}", broken.what);
            assert!(texts("id").iter().any(|id| id.starts_with(&broken.id)), "{}: {value}", broken.what);
            assert_eq!(found.number, u64::try_from(found.differences.len()).unwrap());
            match before.get("Item") {
                Some(item) => raw(app, "PutItem", &json!({"Item": item})),
                None => raw(app, "DeleteItem", &json!({"Key": key(pk, sk)})),
            };
        }
        app.clock.advance(DAY);
        let healed = outcome(app).await;
        assert_eq!((healed.users, healed.rows, healed.number), (clean.users, clean.rows, 0), "{healed:?}");
    })
    .await;
}

fn breaks(app: &TestApp, day: &Day<'_>) -> Vec<Broken> {
    let (ada, bob, admin) = (&day.ada.id, &day.bob.id, &day.admin.id);
    let mut breaks = of_users(ada, bob, admin);
    breaks.extend(of_rows(app, ada));
    breaks.extend(of_lists(app));
    breaks.extend(of_codes(app, &day.batch));
    breaks
}

fn broken(
    what: &'static str,
    (pk, sk): (impl Into<String>, impl Into<String>),
    update: (&'static str, Value),
    kinds: &'static [&'static str],
    id: &str,
) -> Broken {
    Broken { what, key: (pk.into(), sk.into()), update: Some(update), kinds, id: id.to_owned() }
}

/// Two orders of the administrator's: one that was paid, and one that waits.
async fn orders(app: &TestApp, day: &Day<'_>) -> [String; 2] {
    let till = Till::selling(app, day.admin.clone(), "yipay", &product()).await;
    let orders = [till.paid_order(&day.admin).await, till.order(&day.admin).await];
    assert_eq!(notified(app, &orders[0]).await, "success");
    orders
}

fn of_orders(day: &Day<'_>, [paid, waiting]: &[String; 2]) -> Vec<Broken> {
    let part = |order: &str, part: &str| (format!("order#{order}"), part.to_owned());
    let one = || json!({":one": {"N": "1"}});
    let lost = |what: &'static str, key: (String, String), kinds: &'static [&'static str]| Broken {
        what,
        key,
        update: None,
        kinds,
        id: paid.clone(),
    };
    let user = (format!("user#{}", day.admin.id), "user");
    vec![
        broken(
            "an order that names another row",
            part(paid, "order"),
            ("ADD #ordinal :one", one()),
            &["order_row", "row_cause"],
            paid,
        ),
        lost("a payment without a receipt", part(paid, "receipt"), &["order_row"]),
        broken(
            "an order that nobody will ask about",
            part(waiting, "order"),
            ("REMOVE due_pk, due_sk", json!({})),
            &["order_due"],
            waiting,
        ),
        broken(
            "an open order too many",
            user.clone(),
            ("ADD open_orders :one", one()),
            &["open_orders"],
            &day.admin.id,
        ),
        broken(
            "an open order that nobody counts",
            user,
            ("SET open_orders = :none", json!({":none": {"N": "0"}})),
            &["open_orders"],
            &day.admin.id,
        ),
    ]
}

fn of_users(ada: &str, bob: &str, admin: &str) -> Vec<Broken> {
    let user = |id: &str| (format!("user#{id}"), "user");
    let one = || json!({":one": {"N": "1"}});
    let text = |text: &str| json!({":text": {"S": text}});
    let hold = json!({":hold": {"M": {"a": {"N": "0"}, "u": {"N": "1"}}}});
    let ids = |id: &str| json!({":ids": {"SS": [id]}});
    let administrators = ("administrators", "administrators");
    vec![
        broken("credits from nowhere", user(ada), ("ADD balance :one", one()), &["sum"], ada),
        broken("a debt", user(ada), ("SET held = :n", json!({":n": {"N": "-1"}})), &["held", "negative", "sum"], ada),
        broken(
            "more set aside than reserved",
            user(ada),
            ("SET balance = balance - :one, held = held + :one", one()),
            &["held"],
            ada,
        ),
        broken("a reservation that nobody ends", user(ada), ("SET holds.earlier = :hold", hold), &["hold"], ada),
        broken("hidden rows that are not", user(ada), ("ADD #hidden :one", one()), &["hidden_count"], ada),
        broken("messages that are not", user(ada), ("ADD messages :one", one()), &["messages"], ada),
        broken(
            "a key that nobody has",
            user(ada),
            (
                "SET holds.later = :hold, held = held + :one, balance = balance - :one, due_pk = :due, due_sk = :late",
                json!({
                    ":hold": {"M": {"a": {"N": "1"}, "u": {"N": "9999999999"}, "k": {"S": "x"}}}, ":one": {"N": "1"},
                    ":due": {"S": "holds#0"}, ":late": {"N": "9999999999"},
                }),
            ),
            &["api_key"],
            ada,
        ),
        broken("kept messages that are not", user(ada), ("ADD kept_messages :one", one()), &["kept_messages"], ada),
        broken("files that are not", user(ada), ("ADD uploads :one", one()), &["uploads"], ada),
        broken("pictures that are not", user(ada), ("ADD images :one", one()), &["images"], ada),
        broken("rows that are not", user(ada), ("ADD #rows :one", one()), &["row_missing"], ada),
        broken("no number", user(ada), ("SET balance = :text", text("x")), &["unreadable"], ada),
        broken(
            "another's account",
            ("accounts", "ada@example.com"),
            ("SET #user = :text", text("5")),
            &["account"],
            ada,
        ),
        broken("an account of nobody", user(ada), ("SET account = :text", text("x@example.com")), &["account"], ada),
        broken("a deleted user's credits", user(bob), ("ADD balance :one", one()), &["remains", "sum"], bob),
        broken("a plain administrator", administrators, ("ADD ids :ids", ids(ada)), &["administrators"], ada),
        broken("an unknown administrator", administrators, ("DELETE ids :ids", ids(admin)), &["administrators"], admin),
    ]
}

fn of_rows(app: &TestApp, ada: &str) -> Vec<Broken> {
    let row = |ordinal: u64| (format!("ledger#{ada}"), format!("{ordinal:012}"));
    let id = |ordinal: u64| format!("{ada}/{ordinal}");
    let one = || json!({":one": {"N": "1"}});
    let register = json!({":cause": {"M": {"kind": {"S": "register"}}}});
    let rows = app.users().iter().find(|user| user["id"] == ada).unwrap()["rows"].as_u64().unwrap();
    let signin = of(app, |item| item["pk"] == format!("signins#{ada}").as_str());
    vec![
        broken("another amount", row(2), ("ADD amount :one", one()), &["row_total", "sum"], &id(2)),
        broken("another total", row(1), ("ADD #total :one", one()), &["row_total"], &id(1)),
        Broken {
            what: "a lost row",
            key: row(2),
            update: None,
            kinds: &["row_missing", "sum", "list_rows"],
            id: id(3),
        },
        broken("a row too many", row(rows + 1), ("SET amount = :one", one()), &["unreadable"], &id(rows + 1)),
        broken("a row in no list", row(1), ("REMOVE list_pk, list_sk", json!({})), &["row_place", "list_rows"], &id(1)),
        broken(
            "an unmarked hidden row",
            row(rows),
            ("REMOVE #hidden", json!({})),
            &["row_hidden", "row_place"],
            &id(rows),
        ),
        broken("one cause twice", row(3), ("SET #cause = :cause", register), &["row_cause"], &id(3)),
        Broken {
            what: "a reward for nothing",
            key: signin,
            update: None,
            kinds: &["row_cause", "list_rows"],
            id: id(2),
        },
    ]
}

fn of_lists(app: &TestApp) -> Vec<Broken> {
    let one = || json!({":one": {"N": "1"}});
    let tally = of(app, |item| item["pk"] == "tally" && item.contains_key("n_l"));
    let node =
        |level: &str| of(app, |item| item["pk"] == "list#messages" && item["sk"].as_str().unwrap().starts_with(level));
    let (branch, trunk) = (node("branch#"), node("trunk#"));
    vec![
        broken("a count from nowhere", tally.clone(), ("ADD n_l :one", one()), &["list_total"], "ledger"),
        broken(
            "a row counted elsewhere",
            tally,
            ("ADD d_l_1 :one, d_l_2 :one", one()),
            &["list_rows", "list_total"],
            "ledger/",
        ),
        broken("a leaf too many", branch, ("ADD c_1 :one", one()), &["list_levels"], "messages/"),
        broken(
            "a branch too many",
            trunk,
            ("ADD c_1 :one", one()),
            &["list_levels", "list_rows", "list_total"],
            "messages/",
        ),
    ]
}

fn of_codes(app: &TestApp, batch: &str) -> Vec<Broken> {
    let one = || json!({":one": {"N": "1"}});
    let code = |item: &Map<String, Value>| item["pk"].as_str().unwrap().starts_with("redemption#");
    let used = of(app, |item| code(item) && item["status"] == "used" && item["batch"] == batch);
    let item = (format!("batch#{batch}"), "batch");
    let id =
        app.table().into_iter().find(|item| item["pk"] == used.0.as_str()).unwrap()["id"].as_str().unwrap().to_owned();
    vec![
        broken("a code that names another row", used, ("ADD #ordinal :one", one()), &["code_row", "row_cause"], &id),
        broken("a code left too many", item.clone(), ("ADD #left :one", one()), &["batch"], batch),
        broken(
            "a redeemed code not counted",
            item,
            ("SET used = :none", json!({":none": {"N": "0"}})),
            &["batch"],
            batch,
        ),
    ]
}

/// The key of the first item like this.
fn of(app: &TestApp, is_it: impl Fn(&Map<String, Value>) -> bool) -> (String, String) {
    let item = app.table().into_iter().find(is_it).expect("such an item");
    (item["pk"].as_str().unwrap().to_owned(), item["sk"].as_str().unwrap().to_owned())
}

fn key(pk: &str, sk: &str) -> Value {
    json!({"pk": {"S": pk}, "sk": {"S": sk}})
}

fn wreck(app: &TestApp, broken: &Broken) {
    let (pk, sk) = &broken.key;
    let Some((expression, values)) = &broken.update else {
        raw(app, "DeleteItem", &json!({"Key": key(pk, sk)}));
        return;
    };
    let mut body = json!({"Key": key(pk, sk), "UpdateExpression": expression});
    let names = ["hidden", "rows", "user", "total", "cause", "ordinal", "left"];
    let names = names.into_iter().filter(|name| expression.contains(&format!("#{name}")));
    let names: Map<String, Value> = names.map(|name| (format!("#{name}"), json!(name))).collect();
    if !names.is_empty() {
        body["ExpressionAttributeNames"] = Value::Object(names);
    }
    if values.as_object().is_some_and(|values| !values.is_empty()) {
        body["ExpressionAttributeValues"] = values.clone();
    }
    raw(app, "UpdateItem", &body);
}

fn raw(app: &TestApp, operation: &str, body: &Value) -> Value {
    let mut body = body.clone();
    body["TableName"] = app.stack.environment("auth").text("TABLE_NAME").unwrap().into();
    let (status, answer) = app.stack.dynamo.execute(operation, body.to_string().as_bytes());
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
    serde_json::from_slice(&answer).unwrap()
}
