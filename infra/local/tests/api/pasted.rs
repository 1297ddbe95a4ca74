//! What people paste: every blank, every format character and every full-width form before, inside and behind each value of
//! each field that holds no blanks. What is right stays right, and nothing of it counts as a wrong try.

use domain::paste::is_blank;
use hyper::Method;
use serde_json::{Value, json};
use url::form_urlencoded::byte_serialize;

use crate::app::{ADMIN, CONVERSATION, Person, TestApp};
use crate::carmi;
use crate::shop::{self, PROVIDERS};

/// All white space and all format characters, and nearly all else that nobody sees.
fn hostile() -> Vec<char> {
    let all = ('\0'..'\u{e0000}').chain('\u{e0001}'..='\u{e007f}').chain(['\u{e0100}', '\u{e01ef}']);
    all.filter(|c| is_blank(*c)).collect()
}

/// The hostile characters in lots, so that each request tries many.
fn lots() -> Vec<String> {
    let hostile = hostile();
    assert!(hostile.len() > 200, "{}", hostile.len());
    hostile.chunks(40).map(|lot| lot.iter().collect()).collect()
}

/// `right` in full-width forms.
fn wide(right: &str) -> String {
    right.chars().map(|c| if c.is_ascii_graphic() { shifted(c) } else { c }).collect()
}

fn shifted(c: char) -> char {
    char::from_u32(u32::from(c) + 0xfee0).unwrap()
}

/// `right` as it may be pasted, in each of its texts with `lot` before it, inside it and behind it.
fn pasted(right: &str, lot: &str) -> String {
    let (before, behind) = right.split_at(right.len() / 2);
    format!("{lot}{before}{lot}{behind}{lot}")
}

/// Every form in which `right` is tried: each lot around it, and its full-width form.
fn forms(right: &str) -> Vec<String> {
    lots().iter().map(|lot| pasted(right, lot)).chain([wide(right), pasted(&wide_half(right), "\u{feff}")]).collect()
}

/// `right` with every other character wide.
fn wide_half(right: &str) -> String {
    let half: String =
        right.chars().enumerate().map(|(place, c)| if place % 2 == 1 { shifted(c) } else { c }).collect();
    // So that the middle is between two characters.
    if half.is_char_boundary(half.len() / 2) { half } else { right.to_owned() }
}

fn encoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

/// An address with a lot before it, behind its `@`, and behind it: a space before the `@` means `+`.
fn pasted_address(local: &str, domain: &str, lot: &str) -> String {
    format!("{lot}{local}@{lot}{domain}{lot}")
}

/// The counters of wrong tries that there are.
fn wrong_tries(app: &TestApp) -> Vec<String> {
    let counters = app.table().into_iter().filter_map(|item| item["pk"].as_str().map(str::to_owned));
    counters.filter(|pk| pk.starts_with("limit#wrong")).collect()
}

#[tokio::test]
async fn addresses_and_login_codes() {
    TestApp::run(async |app| {
        for (number, lot) in lots().iter().enumerate() {
            let account = format!("p{number}@example.com");
            let typed = pasted_address(&format!("P{number}"), "Example.COM", lot);
            let sent = app.get(&format!("/api/send_sms?source={}", encoded(&typed)), "").await;
            assert_eq!(sent.envelope()["message"], "发送成功，请注意查收！", "{typed:?}");
            let code = pasted(&app.newest_code(&account), lot);
            let body = json!({"account": typed, "code": code, "password": " abc 123 ｄ"});
            let person = app.person(&app.post("/api/login", "", &body).await.data());
            assert_eq!(person.account, account);
            // A password is what was typed, to the last blank.
            for (password, status) in [(" abc 123 ｄ", 200), ("abc123d", 400), (" abc 123 d", 400)] {
                let body = json!({"account": wide(&account), "password": password});
                assert_eq!(app.post("/api/login", "", &body).await.status, status, "{password:?}");
            }
        }
        let code = app.code_for("ada@example.com").await;
        let body = json!({"account": "ａｄａ＠ｅｘａｍｐｌｅ．ｃｏｍ", "code": wide(&code), "password": "abcdefg1"});
        let reset = app.put("/api/user/password", "", &body).await;
        assert_eq!(reset.refusal(400), "账号不存在，请先注册", "the code was right");
        assert_eq!(app.post("/api/login", "", &body).await.data()["user_info"]["account"], "ada@example.com");
    })
    .await;
}

#[tokio::test]
async fn redemption_codes() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let hostile = hostile();
        let quantity = u32::try_from(hostile.len()).unwrap() + 2;
        let keys = carmi::keys(&carmi::make(app, &carmi::credits(quantity, 1)).await);
        for (c, key) in hostile.iter().zip(&keys) {
            let answer = carmi::redeem(app, &ada, &pasted(key, &c.to_string())).await;
            assert_eq!(answer.envelope()["message"], "充值成功", "{c:?}");
        }
        for (typed, key) in
            [wide(&keys[hostile.len()]), format!("卡密：{}", keys[hostile.len() + 1])].iter().zip([true, false])
        {
            assert_eq!(carmi::redeem(app, &ada, typed).await.status == 200, key, "{typed}");
        }
        assert_eq!(wrong_tries(app).len(), 2, "the one that was wrong, of its person and of its network");
        assert_eq!(ada.credits().await, 10 + i64::from(quantity) - 1);
    })
    .await;
}

/// What a header can carry: no control characters.
fn in_header(lot: &str) -> String {
    lot.chars().filter(|c| !c.is_ascii_control()).collect()
}

#[tokio::test]
async fn keys_and_sessions_in_headers() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let key = ada.makes_key(json!({"models": "gpt-4o、gpt-3.5-turbo；\u{feff}gpt-4"})).await;
        assert_eq!(key["models"], "gpt-4o,gpt-3.5-turbo,gpt-4");
        let key = key["key"].as_str().unwrap();
        for lot in lots().iter().map(|lot| in_header(lot)) {
            let answer = app.call(Method::GET, "/v1/models", &pasted(key, &lot), &Value::Null).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            assert_eq!(app.get("/api/user/info", &pasted(&ada.token, &lot)).await.data()["id"], ada.id.as_str());
        }
        assert_eq!(app.call(Method::GET, "/v1/models", &wide(key), &Value::Null).await.status, 200);
        assert_eq!(app.get("/api/user/info", &wide(&ada.token)).await.data()["id"], ada.id.as_str());
        assert_eq!(app.call(Method::GET, "/v1/models", &key[1..], &Value::Null).await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn upstream_keys() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let host = format!("{}/_local/upstream", app.stack.url());
        let secret = "sk-0123456789abcdef";
        for (typed_host, typed_key) in forms(&host).iter().zip(forms(secret)) {
            let lot = &typed_key[..typed_key.find('s').unwrap_or(0)];
            let draft = json!({
                "host": typed_host, "key": typed_key, "models": format!("{lot}gpt-4o、{lot}ｏ１；gpt-4o，claude-*{lot}"),
                "type": pasted("openai-chat", lot), "weight": pasted("12", lot), "rpm": wide("60"), "status": wide("1"),
            });
            let made = app.post("/api/admin/token", &admin.token, &draft).await.data();
            let shown = ["host", "key", "models", "type"].map(|field| made[field].as_str().unwrap());
            assert_eq!(shown, [&host, "sk-012*********cdef", "gpt-4o,o1,claude-*", "openai-chat"], "{draft}");
            assert_eq!((&made["weight"], &made["rpm"], &made["status"]), (&json!(12), &json!(60), &json!(1)));
            // The secret that is sent is the one that was meant, and its mask means it.
            for key in [typed_key.clone(), pasted("sk-012*********cdef", lot)] {
                let check = json!({"host": typed_host, "key": key});
                assert_eq!(app.post("/api/admin/token/check", &admin.token, &check).await.data()["status"], 1);
                let sent = app.stack.upstream.requests().last().unwrap().bearer.clone();
                assert_eq!(sent.as_deref(), Some(secret), "{key:?}");
            }
            let id = made["id"].as_str().unwrap();
            let back = json!({"id": pasted(id, lot), "host": typed_host, "key": pasted("sk-012*********cdef", lot)});
            let kept = app.put("/api/admin/token", &admin.token, &back).await.data();
            assert_eq!((&kept[0]["id"], &kept[0]["host"]), (&made["id"], &made["host"]));
        }
    })
    .await;
}

#[tokio::test]
async fn payment_channels_and_orders() {
    TestApp::run(async |app| {
        let (ada, admin) = (app.log_in("ada@example.com").await, app.log_in(ADMIN).await);
        let product = shop::sells(app).await;
        let lots = lots();
        for provider in PROVIDERS {
            let right = shop::params(app, provider);
            let made = app.post("/api/admin/payment", &admin.token, &shop::channel(provider, &right)).await.data();
            for lot in lots.iter().map(String::as_str).chain(["", "\u{feff}"]) {
                let mut params = right.clone();
                for (name, value) in params.as_object_mut().unwrap() {
                    let text = value.as_str().unwrap();
                    let is_pem = ["privateKey", "alipayPublicKey"].contains(&name.as_str());
                    *value = json!(match lot {
                        _ if is_pem || name == "return_url" => format!("{lot}{text}{lot}"),
                        "" => wide(text),
                        _ => pasted(text, lot),
                    });
                }
                let form = json!({
                    "id": pasted(made["id"].as_str().unwrap(), lot), "params": params.to_string(),
                    "channel": pasted(provider, lot), "types": format!("{lot}ａlipay、\u{200b}"), "sort": pasted("7", lot),
                });
                let changed = app.put("/api/admin/payment", &admin.token, &form).await.data();
                let (shown, expected) = (&changed[0]["params"], &made["params"]);
                assert_eq!((shown, &changed[0]["types"]), (expected, &json!("alipay")), "{provider} {lot:?}");
            }
            app.send(Method::DELETE, &format!("/api/admin/payment/{}", made["id"].as_str().unwrap()), &admin.token, "")
                .await
                .data();
        }
        shop::connects(app, "yipay").await;
        for (number, lot) in lots.iter().enumerate() {
            let wish = json!({
                "pay_type": pasted("alipay", lot), "product_id": pasted(&product, lot), "quantity": pasted("12", lot),
            });
            let bob = app.log_in(&format!("b{number}@example.com")).await;
            assert_eq!(shop::asks(app, &bob, &wish).await.data()["pay_type"], "alipay");
        }
        let wish = json!({"pay_type": wide("wxpay"), "product_id": wide(&product), "quantity": wide("1")});
        assert_eq!(shop::asks(app, &ada, &wish).await.data()["pay_type"], "wxpay");
    })
    .await;
}

#[tokio::test]
async fn numbers_days_and_ids() {
    TestApp::run(async |app| {
        let (ada, admin) = (app.log_in("ada@example.com").await, app.log_in(ADMIN).await);
        for lot in lots().iter().map(String::as_str).chain([""]) {
            let typed = |right: &str| if lot.is_empty() { wide(right) } else { pasted(right, lot) };
            let form = json!({
                "id": typed(&ada.id), "account": if lot.is_empty() { wide("ada@example.com") } else {
                    pasted_address("ada", "example.com", lot)
                },
                "role": typed("user"), "status": typed("1"), "integral": typed("1234"),
                "vip_expire_time": typed("2026-02-28"), "svip_expire_time": typed("2026-02-27T08:00:00"),
                "avatar": format!("{lot}https://cdn.example.com/a.png{lot}"),
            });
            let changed = app.put("/api/admin/user", &admin.token, &form).await.data()[0].clone();
            let shown =
                ["account", "role", "vip_expire_time", "svip_expire_time", "avatar"].map(|field| &changed[field]);
            let expected = ["ada@example.com", "user", "2026-02-28", "2026-02-27", "https://cdn.example.com/a.png"];
            assert_eq!((shown.map(|value| value.as_str().unwrap()), &changed["integral"]), (expected, &json!(1234)));

            let settings = json!({
                "register_reward": typed("12"), "ai4_ratio": typed("0.25"), "ai3_carry_count": typed("7"),
                "moderation_model": typed("omni-moderation-latest"), "website_logo": format!("{lot}https://a.b/c{lot}"),
            });
            app.put("/api/admin/config", &admin.token, &settings).await.data();
            assert_eq!(
                set(app, &admin).await,
                ["12", "7", "0.25", "https://a.b/c", "omni-moderation-latest"],
                "{lot:?}"
            );
            app.put("/api/admin/config", &admin.token, &json!({"moderation_model": lot})).await.data();

            let order = json!({"type": typed("day"), "level": typed("2"), "end_time": typed("2026-12-31"),
                "quantity": typed("11"), "reward": typed("30")});
            assert_eq!(carmi::make_as(app, &admin, &order).await.len(), 11);

            for (path, query, count) in [
                ("/api/admin/turnover", format!("user_id={}", encoded(&typed(&ada.id))), None),
                ("/api/admin/user", format!("account={}", encoded(&pasted_address("ＡＤＡ", "ex", lot))), Some(1)),
                ("/api/admin/orders", format!("status={}", encoded(&typed("TRADE_AWAIT"))), Some(0)),
                ("/api/admin/stats", format!("from={0}&to={0}", encoded(&typed("2026-01-01"))), None),
            ] {
                let data = app.get(&format!("{path}?{query}"), &admin.token).await.data();
                assert!(count.is_none_or(|count| data["count"] == count), "{query}: {data}");
            }
            let paged = format!("/api/admin/carmi?page={}&page_size={}", encoded(&typed("10")), encoded(&typed("01")));
            assert_eq!(app.get(&paged, &admin.token).await.data()["rows"].as_array().unwrap().len(), 1, "{lot:?}");
        }
        let conversation =
            json!({"prompt": "hi", "parentMessageId": wide(CONVERSATION), "options": {"max_tokens": "１６"}});
        let frames = app.post("/api/chat/completions", &ada.token, &conversation).await.text();
        assert!(frames.contains(CONVERSATION), "{frames}");
    })
    .await;
}

/// What the settings of the test are.
async fn set(app: &TestApp, admin: &Person<'_>) -> Vec<String> {
    let data = app.get("/api/admin/config", &admin.token).await.data();
    let rows = data.as_array().unwrap_or_else(|| data["rows"].as_array().unwrap()).clone();
    let value = |name: &str| rows.iter().find(|row| row["name"] == name).unwrap()["value"].as_str().unwrap().to_owned();
    ["register_reward", "ai3_carry_count", "ai4_ratio", "website_logo", "moderation_model"].map(value).to_vec()
}
