//! After an import the books are in order, every list shows the rows of the dump, and people find what was theirs.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::dumps::{self, Oddity, Person, time};
use crate::site::{File, START_MILLIS, Site};

const PEOPLE: i64 = 150;

fn text(row: &Value, name: &str) -> String {
    row[name].as_str().unwrap_or_else(|| panic!("{name} in {row}")).to_owned()
}

/// Opening rows by user: the difference between what somebody has and what their rows say.
fn openings(people: &[Person]) -> BTreeMap<String, i64> {
    let opening = |person: &Person| {
        let sum: i64 = person.rows.iter().map(|row| row.amount).sum();
        let credits = match person.oddity {
            Oddity::Deleted | Oddity::Missing | Oddity::BelowZero => 0,
            _ => person.integral,
        };
        (person.id.to_string(), credits - sum)
    };
    people.iter().map(opening).filter(|(_, difference)| *difference != 0).collect()
}

/// What a person is owed.
fn credits(person: &Person) -> i64 {
    person.integral.max(0)
}

#[tokio::test]
async fn the_books_are_in_order_and_the_lists_show_the_dump() {
    let (site, dump) = (Site::start().await, dumps::Site { people: PEOPLE, seed: 7 });
    let people: Vec<Person> = dump.everybody().collect();
    let file = File::of(dump);
    let summary = site.import(&file).await.unwrap();
    assert!(summary.is_clean(), "{}", summary.text());
    let books = summary.books.as_ref().unwrap();
    let openings = openings(&people);
    assert_eq!(openings.len(), 5 * 3);
    let rows: usize = people.iter().map(|person| person.rows.len()).sum();
    assert_eq!((books.users, books.rows), (PEOPLE as u64, (rows + openings.len()) as u64));
    assert!(!file.has_spool(), "the importer's own file is gone");

    let admin = site.log_in("admin@example.com").await.unwrap();
    users(&site, &admin, &people).await;
    ledger(&site, &admin, &people, &openings).await;
    codes(&site, &admin, &people).await;
    orders(&site, &admin, &people).await;
    signins(&site, &admin, &people).await;
    messages(&site, &admin, &people).await;
    small(&site, &admin).await;
    for _ in 0..3 {
        assert_eq!(site.night().await["number"], 0);
    }
    site.stack.stop().await;
}

async fn users(site: &Site, admin: &str, people: &[Person]) {
    let rows = site.list("/api/admin/user", admin).await;
    let alive = people.iter().filter(|person| !matches!(person.oddity, Oddity::Deleted | Oddity::Missing));
    let mut expected: Vec<&Person> = alive.collect();
    expected.reverse();
    assert_eq!(rows.len(), expected.len());
    for (row, person) in rows.iter().zip(expected) {
        assert_eq!(text(row, "id"), person.id.to_string());
        assert_eq!(row["integral"], credits(person), "{row}");
        assert_eq!(row["status"], i32::from(person.oddity != Oddity::Banned), "{row}");
        assert_eq!(text(row, "nickname"), person.nickname);
        assert_eq!(
            (text(row, "vip_expire_time"), text(row, "create_time")),
            ("2030-01-02".to_owned(), time(person.created))
        );
        let account = match person.oddity {
            Oddity::SameAccount => {
                let shown: String = person.account.chars().filter(char::is_ascii_alphanumeric).collect();
                format!("{}.{}@imported.invalid", shown.to_lowercase(), person.id)
            }
            Oddity::Phone => format!("{}.{}@imported.invalid", person.account, person.id),
            _ => person.account.clone(),
        };
        assert_eq!(text(row, "account"), account);
        let role = if person.oddity == Oddity::Administrator { "administrator" } else { "user" };
        assert_eq!(text(row, "role"), role);
    }
}

async fn ledger(site: &Site, admin: &str, people: &[Person], openings: &BTreeMap<String, i64>) {
    let rows = site.list("/api/admin/turnover", admin).await;
    let (opened, old) = rows.split_at(openings.len());
    for row in opened {
        assert_eq!(text(row, "describe"), "期初余额");
        assert_eq!(text(row, "create_time"), time(START_MILLIS));
        assert_eq!(text(row, "value"), format!("{}积分", openings[&text(row, "user_id")]));
    }
    let shown = |row: &dumps::Row| match row.value.as_str() {
        "3元" => ("0积分".to_owned(), format!("{} (3元)", row.describe)),
        value => (value.to_owned(), row.describe.clone()),
    };
    let mut expected: Vec<(i64, Vec<String>)> = Vec::new();
    for person in people {
        for row in &person.rows {
            let (value, describe) = shown(row);
            expected
                .push((row.id, vec![row.id.to_string(), person.id.to_string(), value, describe, time(row.created)]));
        }
    }
    expected.sort_by_key(|(id, _)| -id);
    let names = ["id", "user_id", "value", "describe", "create_time"];
    let found: Vec<Vec<String>> = old.iter().map(|row| names.map(|name| text(row, name)).to_vec()).collect();
    assert_eq!(found, expected.into_iter().map(|(_, row)| row).collect::<Vec<_>>());

    // People find their own, newest first, and can spend it.
    for person in people.iter().filter(|person| person.oddity == Oddity::Richer) {
        let token = site.log_in(&person.account).await.unwrap();
        let own = site.list("/api/turnover", &token).await;
        let values: Vec<String> = own.iter().map(|row| text(row, "value")).collect();
        let mut expected: Vec<String> = person.rows.iter().map(|row| row.value.clone()).collect();
        expected.push("40积分".to_owned());
        expected.reverse();
        assert_eq!(values, expected);
        assert_eq!(site.get("/api/user/info", &token).await["integral"], person.integral);
        let signed = site.call("POST", "/api/signin", &token, &Value::Null).await;
        assert_eq!(signed["message"], "签到成功 +5积分");
    }
}

async fn codes(site: &Site, admin: &str, people: &[Person]) {
    let rows = site.list("/api/admin/carmi", admin).await;
    let mut expected: Vec<(&Person, &dumps::Code)> = Vec::new();
    for person in people {
        expected.extend(person.codes.iter().map(|code| (person, code)));
    }
    expected.sort_by_key(|(_, code)| -code.id);
    assert_eq!(rows.len(), expected.len());
    for (row, (person, code)) in rows.iter().zip(expected) {
        let user = if code.is_redeemed { json!(person.id.to_string()) } else { Value::Null };
        assert_eq!((text(row, "id"), text(row, "key")), (code.id.to_string(), code.key.clone()));
        assert_eq!((text(row, "value"), text(row, "type").as_str()), (code.value.to_string(), code.kind));
        assert_eq!(
            (text(row, "end_time").as_str(), &row["status"], &row["user_id"]),
            (code.end, &json!(code.status), &user)
        );
        assert_eq!(text(row, "update_time"), time(code.updated));
    }
    // An unused one gives what it says, once; a used one is used.
    let token = site.log_in("user1@example.com").await.unwrap();
    let unused = people[4].codes.iter().find(|code| code.status == 0).unwrap();
    let redeemed = site.call("POST", "/api/use_carmi", &token, &json!({"carmi": unused.key.to_uppercase()})).await;
    assert_eq!(redeemed["message"], "充值成功");
    let used = people[0].codes.iter().find(|code| code.status == 1).unwrap();
    let refused = site.call("POST", "/api/use_carmi", &token, &json!({"carmi": used.key})).await;
    assert_eq!(refused["message"], "卡密已被使用");
    let batches = site.list("/api/admin/carmi/batch", admin).await;
    let counted: u64 = batches.iter().map(|batch| batch["count"].as_u64().unwrap()).sum();
    assert_eq!(counted, rows.len() as u64);
    // The codes of a batch are found by it, and made void by it.
    let batch = batches.iter().find(|batch| batch["left"].as_u64().unwrap() > 0).unwrap();
    let of_batch = site.list(&format!("/api/admin/carmi?batch={}", text(batch, "id")), admin).await;
    assert_eq!(of_batch.len() as u64, batch["count"].as_u64().unwrap());
    let void = site.call("DELETE", &format!("/api/admin/carmi/batch/{}", text(batch, "id")), admin, &Value::Null).await;
    assert_eq!(void["code"], 0, "{void}");
}

async fn orders(site: &Site, admin: &str, people: &[Person]) {
    let rows = site.list("/api/admin/orders", admin).await;
    let mut expected: Vec<(&Person, &dumps::Order)> = Vec::new();
    for person in people {
        expected.extend(person.orders.iter().map(|order| (person, order)));
    }
    expected.sort_by_key(|(_, order)| -order.id);
    assert_eq!(rows.len(), expected.len());
    for (row, (person, order)) in rows.iter().zip(expected) {
        let status = if order.status == "TRADE_AWAIT" { "TRADE_CLOSED" } else { order.status };
        assert_eq!((text(row, "id"), text(row, "trade_status").as_str()), (order.id.to_string(), status));
        assert_eq!((text(row, "user_id"), &row["money"]), (person.id.to_string(), &json!(1.0)));
        assert_eq!((text(row, "product_title").as_str(), text(row, "channel").as_str()), ("1元366分", "yipay"));
        assert_eq!(text(row, "create_time"), time(order.created));
        let payment: Value = serde_json::from_str(&text(row, "payment_info")).unwrap();
        assert!(!payment.to_string().contains("5HIY5yiCdlDDlYFI"), "{payment}");
        if status == "TRADE_SUCCESS" {
            let notified = text(row, "notify_info");
            assert!(notified.contains("1.00") && !notified.contains("abc"), "{notified}");
        }
    }
    let paid = people.iter().flat_map(|person| &person.orders).find(|order| order.status == "TRADE_SUCCESS").unwrap();
    let whole = site.get(&format!("/api/admin/orders/{}", paid.id), admin).await;
    assert!(whole.to_string().contains("由旧系统导入"), "{whole}");
}

async fn signins(site: &Site, admin: &str, people: &[Person]) {
    let rows = site.list("/api/admin/signin", admin).await;
    let richer = people.iter().filter(|person| person.oddity == Oddity::Richer).count();
    let mut expected: Vec<(i64, String, String)> = Vec::new();
    for person in people {
        expected.extend(person.signins.iter().map(|(id, at)| (*id, person.id.to_string(), time(*at))));
    }
    expected.sort_by_key(|(id, ..)| -id);
    let found: Vec<_> =
        rows.iter().skip(richer).map(|row| (text(row, "id"), text(row, "user_id"), text(row, "create_time"))).collect();
    assert_eq!(found, expected.into_iter().map(|(id, user, at)| (id.to_string(), user, at)).collect::<Vec<_>>());
}

async fn messages(site: &Site, admin: &str, people: &[Person]) {
    let rows = site.list("/api/admin/messages", admin).await;
    let mut expected: Vec<(i64, [String; 4])> = Vec::new();
    for person in people {
        for (id, role, content, at) in &person.messages {
            expected.push((*id, [person.id.to_string(), (*role).to_owned(), content.clone(), time(*at)]));
        }
    }
    expected.sort_by_key(|(id, _)| -id);
    let found: Vec<[String; 4]> =
        rows.iter().map(|row| ["user_id", "role", "content", "create_time"].map(|name| text(row, name))).collect();
    assert_eq!(found, expected.into_iter().map(|(_, row)| row).collect::<Vec<_>>());
    let talker = people.iter().find(|person| person.oddity == Oddity::Nothing && !person.messages.is_empty()).unwrap();
    let token = site.log_in(&talker.account).await.unwrap();
    let conversation = format!("e24c1448-16bf-482e-bff3-{:012}", talker.id);
    let own = site.get(&format!("/api/user/messages?parent_message_id={conversation}"), &token).await;
    let texts: Vec<String> = own[0]["data"].as_array().unwrap().iter().map(|message| text(message, "text")).collect();
    assert_eq!(texts, talker.messages.iter().map(|(_, _, content, _)| content.clone()).collect::<Vec<_>>());
}

async fn small(site: &Site, admin: &str) {
    let products = site.list("/api/admin/products", admin).await;
    let titles: Vec<(String, Value, Value)> =
        products.iter().map(|row| (text(row, "title"), row["value"].clone(), row["level"].clone())).collect();
    assert_eq!(titles, [("1元366分".to_owned(), json!(366), json!(1)), ("10元15天".to_owned(), json!(15), json!(2))]);
    let channels = site.list("/api/admin/payment", admin).await;
    let params = |channel: &str| -> Value {
        let row = channels.iter().find(|row| row["channel"] == channel).unwrap();
        serde_json::from_str(&text(row, "params")).unwrap()
    };
    assert_eq!((channels.len(), params("yipay")["key"].as_str()), (2, Some("5HIY5y******lYFI")));
    let types = channels.iter().find(|row| row["channel"] == "yipay").map(|row| text(row, "types"));
    assert_eq!((types.as_deref(), &params("yipay")["pid"]), (Some("alipay,wxpay"), &json!("1001")));
    let pasted = params("alipay");
    assert!(pasted["privateKey"].as_str().is_some_and(|key| key.starts_with("MIIEvg")), "{pasted}");
    let keys = site.list("/api/admin/token", admin).await;
    let imported = keys.iter().find(|key| text(key, "id") == "50543019736174592").unwrap();
    assert_eq!((text(imported, "key").as_str(), &imported["status"]), ("sk-EXA***************6789", &json!(0)));
    assert_eq!((&imported["usage"], &imported["limit"]), (&json!(0.42), &json!(5.00004)));
    assert_eq!(
        (&imported["host"], &imported["models"]),
        (&json!("https://api.example.com"), &json!("gpt-3.5-turbo,gpt-4"))
    );
    assert_eq!(keys.len(), 2, "with the stack's own");
    let config = site.get("/api/config", "").await;
    assert_eq!(config["website_title"], "旧站");
    assert_eq!(config["shop_introduce"], "<p>商店</p>");
    let settings = site.get("/api/admin/config", admin).await;
    let sms = settings.as_array().unwrap().iter().find(|row| row["name"] == "sms").unwrap();
    let sms: Value = serde_json::from_str(&text(sms, "value")).unwrap();
    assert_eq!((&sms["user"], &sms["password"]), (&json!("u"), &json!("5HIY5y**********ABCD")));
    let notices: Vec<String> =
        config["notifications"].as_array().unwrap().iter().map(|notice| text(notice, "content")).collect();
    assert_eq!(notices, ["<b>欢迎</b>"]);
}

#[tokio::test]
async fn the_report_names_every_row_that_does_not_add_up() {
    let (site, dump) = (Site::start().await, dumps::Site { people: 50, seed: 3 });
    let people: Vec<Person> = dump.everybody().collect();
    let file = File::of(dump);
    site.import(&file).await.unwrap();
    let report = file.report();
    let of = |kind: &str| -> BTreeSet<String> {
        report.iter().filter(|line| line["kind"] == kind).map(|line| text(line, "id")).collect()
    };
    let with = |oddity| {
        people
            .iter()
            .filter(|person| person.oddity == oddity)
            .map(|person| person.id.to_string())
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(of("opened"), openings(&people).into_keys().collect());
    assert_eq!((of("account_twice"), of("below_zero")), (with(Oddity::SameAccount), with(Oddity::BelowZero)));
    assert_eq!((of("account_no_address"), of("deleted")), (with(Oddity::Phone), with(Oddity::Deleted)));
    assert_eq!((of("unknown_user"), of("no_amount").len()), (with(Oddity::Missing), 1));
    let richer = people.iter().find(|person| person.oddity == Oddity::Richer).unwrap();
    let line =
        report.iter().find(|line| line["kind"] == "opened" && text(line, "id") == richer.id.to_string()).unwrap();
    let sum = richer.integral - 40;
    assert_eq!(line["detail"], json!({"rows_add_up_to": sum, "integral": richer.integral, "opened_with": 40}));
    let all = report.iter().map(Value::to_string).collect::<String>();
    for secret in
        ["5HIY5yiCdlDDlYFI", "sk-EXAMPLEKEY9", "6c34d65f8a75e9ac5ab455cdec2062f7", people[0].codes[0].key.as_str()]
    {
        assert!(!all.contains(secret), "{secret}");
    }
    let summary = report.last().unwrap();
    assert_eq!(summary["summary"]["user"], json!({"read": 49, "written": 49, "left_out": 0}));
    site.stack.stop().await;
}

#[tokio::test]
async fn a_stand_in_for_an_account_cannot_be_logged_into() {
    let (site, dump) = (Site::start().await, dumps::Site { people: 10, seed: 3 });
    let people: Vec<Person> = dump.everybody().collect();
    site.import(&File::of(dump)).await.unwrap();
    // The folded account is the first one's.
    let first = site.log_in("USER2@example.com").await.unwrap();
    assert_eq!(text(&site.get("/api/user/info", &first).await, "id"), people[2].id.to_string());
    let password = json!({"account": people[2].account, "password": "6c34d65f8a75e9ac5ab455cdec2062f7"});
    assert_eq!(site.call("POST", "/api/login", "", &password).await["message"], "账号或密码不正确");
    site.stack.stop().await;
}
