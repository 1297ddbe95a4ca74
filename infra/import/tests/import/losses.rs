//! A price, a reward or a channel that cannot be taken over stops an import before it begins, until somebody says that it
//! is meant.

use import::{Failure, Loss, Options};
use serde_json::json;

use crate::site::{File, Site, judged_as, options, words};
use crate::tools::{Table, Tool, dump, site};

fn with(name: &str, rows: &[&str]) -> Vec<Table> {
    let mut tables = site("ada");
    for table in &mut tables {
        if table.name == name {
            table.rows = rows.iter().map(|row| (*row).to_owned()).collect();
        }
    }
    tables
}

async fn asked(tables: &[Table]) -> Vec<Loss> {
    let file = File::with(dump(Tool::Mysqldump, "chat", tables).as_bytes());
    judged_as(&Options { accepted: words(&[]), ..options(&file) }).await.unwrap().asks
}

#[tokio::test]
async fn a_price_that_cannot_be_read_stops_the_import_until_it_is_meant() {
    let stack = Site::start().await;
    let before = stack.items();
    let file = File::with(dump(Tool::Mysqldump, "chat", &with("config", &["1,'ai4_ratio','ten'"])).as_bytes());
    let plain = Options { accepted: words(&[]), ..options(&file) };
    let found = stack.import_as(&plain).await.unwrap_err();
    assert!(matches!(&found, Failure::Asks(losses) if losses.len() == 1), "{found}");
    let sentence = found.to_string();
    for part in ["nothing was imported", "ai4_ratio", "ten", "\"instead\":\"10\"", "--accept config:ai4_ratio\n"] {
        assert!(sentence.contains(part), "{part}: {sentence}");
    }
    assert_eq!(stack.items(), before, "nothing is begun");
    // Mended, the dump is another one: nothing is in its way.
    let mended = File::with(dump(Tool::Mysqldump, "chat", &with("config", &["1,'ai4_ratio','20'"])).as_bytes());
    let other = Site::start().await;
    assert!(other.import_as(&plain).await.is_err());
    assert!(other.import_as(&Options { accepted: words(&[]), ..options(&mended) }).await.unwrap().is_clean());
    other.stack.stop().await;
    let accepted = Options { accepted: words(&["config:ai4_ratio"]), ..plain };
    assert!(stack.import_as(&accepted).await.unwrap().is_clean());
    let admin = file.report();
    assert!(admin.iter().any(|line| line["kind"] == "setting" && line["detail"]["value"] == json!("ten")));
    stack.stack.stop().await;
}

#[tokio::test]
async fn every_loss_that_nobody_would_miss_at_once_is_asked_about() {
    let rows: [(&str, &[&str], &[&str]); 14] = [
        ("config", &["1,'signin_reward','-1'"], &["config:signin_reward"]),
        (
            "config",
            &["1,'register_reward',NULL", "2,'draw_price','9e9'"],
            &["config:draw_price", "config:register_reward"],
        ),
        ("config", &["1,'ai3_ratio','100'", "2,'ai3_ratio','5'"], &["config:ai3_ratio"]),
        ("config", &["1,'ai3_ratio','100'", "2,'ai3_ratio','100'", "3,'wx_secret','x'"], &[]),
        ("config", &["0,'ai3_ratio','100'"], &["config:0"]),
        ("payment", &["5,'支付宝','alipay','alipay','{\\\"appId\\\":\\\"1\\\"}'"], &["payment:5"]),
        ("payment", &["5,'PayPal','paypal','alipay','{}'"], &["payment:5"]),
        ("product", &["5,'一元','one','integral',1", "6,'二元',200,'',0"], &["product:5", "product:6"]),
        ("token", &["5,'sk-****','https://api.example.com'"], &["token:5"]),
        (
            "carmi",
            &["5,'abcdefgh','ten','integral',0", "6,'ABCDEFGH','1','integral',0", "7,'abcdefgh','1','integral',0"],
            &["carmi"],
        ),
        ("order", &["5,7,'TRADE_SUCCESS','alipay','paypal'"], &["order"]),
        ("user", &["7,'ada@example.com','12.50'"], &["user"]),
        ("user", &["7,'ada@example.com',13", "7,'bob@example.com',13"], &["user"]),
        ("user", &["7,'ada@example.com',13", "8,NULL,13"], &["user"]),
    ];
    for (table, rows, expected) in rows {
        let found: Vec<String> = asked(&with(table, rows)).await.into_iter().map(|loss| loss.word).collect();
        assert_eq!(found, expected, "{table} {rows:?}");
    }
}

#[tokio::test]
async fn a_channel_is_told_by_name_and_its_secret_is_not() {
    let secret = "MIIEvQIBADANBgkqhkiG";
    let row = format!(
        "5,'支付宝 当面付','alipay','alipay','{{\\\"appId\\\":\\\"20122\\\",\\\"privateKey\\\":\\\"{secret}\\\"}}'"
    );
    let found = asked(&with("payment", &[&row])).await;
    assert_eq!(found.len(), 1);
    let Loss { word, what, rows } = &found[0];
    assert_eq!((word.as_str(), *rows), ("payment:5", 1));
    assert!(what.contains("支付宝 当面付, alipay") && what.contains("is left out: params, "), "{what}");
    assert!(!what.contains(secret), "{what}");
    let memberships = Table {
        name: "user",
        columns: &["id", "account", "integral", "vip_expire_time"],
        rows: vec!["7,'ada@example.com',13,'someday'".to_owned()],
    };
    let mut tables = site("ada");
    tables.pop();
    tables.push(memberships);
    let found = asked(&tables).await;
    assert_eq!((found[0].word.as_str(), found.len()), ("user", 1));
    assert!(found[0].what.contains("vip_expire_time \"someday\" cannot be read"), "{found:?}");
}
