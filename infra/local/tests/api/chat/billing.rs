//! What a turn costs, who pays, and what is kept of it.

use serde_json::json;

use crate::app::{ADMIN, TestApp};

#[tokio::test]
async fn a_turn_is_streamed_and_billed() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let turn = ada.chat("你好 [[usage=120,81]]").await;
        assert!(turn.text().contains("你好"), "{}", turn.text());
        assert_eq!(*turn.usage(), json!({"prompt_tokens": 120, "completion_tokens": 81, "integral": 3, "balance": 7}));
        assert_eq!(ada.credits().await, 7);
        let rows =
            [("-3积分", "对话(gpt-3.5-turbo)"), ("10积分", "注册奖励")].map(|(v, d)| (v.to_owned(), d.to_owned()));
        assert_eq!(ada.statement().await, (2, rows.to_vec()));
    })
    .await;
}

#[tokio::test]
async fn a_conversation_goes_along_and_stays_its_owners() {
    TestApp::run(async |app| {
        let (ada, bob) = (app.log_in("ada@example.com").await, app.log_in("bob@example.com").await);
        let sent = || app.stack.upstream.requests().last().unwrap().body["messages"].clone();
        ada.chat("one [[text=eins]]").await;
        ada.chat("two [[text=zwei]]").await;
        assert_eq!(
            sent(),
            json!([
                {"role": "user", "content": "one [[text=eins]]"},
                {"role": "assistant", "content": "eins"},
                {"role": "user", "content": "two [[text=zwei]]"},
            ])
        );
        // The same conversation id of somebody else is another conversation.
        bob.chat("three").await;
        assert_eq!(sent(), json!([{"role": "user", "content": "three"}]));
        app.set("history_message_count", "1");
        ada.chat("four").await;
        assert_eq!(sent().as_array().unwrap().len(), 2);
        app.set("ai3_carry_count", "0");
        ada.chat("five").await;
        assert_eq!(sent(), json!([{"role": "user", "content": "five"}]));
    })
    .await;
}

#[tokio::test]
async fn prices_follow_the_model_and_the_settings() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        ada.is_given(990);
        let cost =
            async |model: &str| ada.chat_with("hello there [[usage=21,30]]", &json!({"model": model})).await.cost();
        assert_eq!(cost("gpt-3.5-turbo").await, 1);
        assert_eq!(cost("gpt-4").await, 6);
        app.set("ai3_ratio", "10");
        assert_eq!(cost("gpt-3.5-turbo").await, 6);
        app.set("ai3_ratio", "0");
        assert_eq!(cost("gpt-3.5-turbo").await, 0);
        assert_eq!(ada.statement().await.0, 2 + 3, "a free turn writes no row");
        assert_eq!(ada.credits().await, 1000 - 13);
    })
    .await;
}

#[tokio::test]
async fn members_use_the_models_of_their_level_free() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let cost = async |model: &str| ada.chat_with("hi [[usage=10,10]]", &json!({"model": model})).await.cost();
        let until = |name: &str, day: &str| {
            app.edit_user(&ada, &format!("SET {name} = :day"), &json!({":day": {"S": day}}));
        };
        until("vip_day", "2026-01-01");
        assert_eq!((cost("gpt-3.5-turbo").await, cost("gpt-4").await), (0, 2));
        until("svip_day", "2026-01-01");
        assert_eq!((cost("gpt-3.5-turbo").await, cost("gpt-4").await), (0, 0));
        // Without a credit the membership still pays, and the day after its last one it does not.
        ada.is_given(-8);
        assert_eq!(cost("gpt-4").await, 0);
        app.clock.advance(std::time::Duration::from_secs(16 * 3600));
        let refused = ada.ask("hi", json!({"model": "gpt-4"})).await;
        assert_eq!(refused.refusal(400), "账户积分余额不足, 请充值后在使用。");
    })
    .await;
}

#[tokio::test]
async fn a_small_balance_caps_the_answer_and_none_refuses_it() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        ada.is_given(-8);
        let before = app.stack.upstream.count();
        let turn = ada.chat("hi [[chunks=5000]]").await;
        let granted = app.stack.upstream.requests().last().unwrap().body["max_tokens"].as_u64().unwrap();
        assert!((150..200).contains(&granted), "two credits pay 200 tokens: {granted}");
        assert_eq!((turn.cost(), turn.balance()), (2, 0));
        let refused = ada.ask("hi", json!({})).await;
        assert_eq!(refused.refusal(400), "账户积分余额不足, 请充值后在使用。");
        assert_eq!(app.stack.upstream.count(), before + 1, "a refused turn asks no upstream");
    })
    .await;
}

#[tokio::test]
async fn lies_of_the_upstream_cost_no_more_than_was_set_aside() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        app.set("history_message_count", "0");
        let counted = ada.chat("hello [[nousage]] [[text=fine thanks]]").await;
        assert_eq!(counted.cost(), 1);
        for lie in ["4000000000,4000000000", "0,0", "0,5", "-5,-5", "99999999,1"] {
            let turn = ada.chat(&format!("hello [[usage={lie}]] [[text=fine thanks]]")).await;
            assert_eq!(turn.cost(), 1, "{lie} is counted by ourselves");
        }
        let row = app.table().into_iter().rfind(|item| item["pk"] == format!("ledger#{}", ada.id)).unwrap();
        assert_eq!(row["cause"]["estimated"], true);
    })
    .await;
}

#[tokio::test]
async fn a_model_must_be_listed_exactly_by_an_enabled_key() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        for model in ["gpt-5", "GPT-4", "gpt-3.5", "gpt-3.5-turbo ", &"x".repeat(2000)] {
            let answer = ada.ask("hi", json!({"model": model})).await;
            assert_eq!(answer.refusal(400), "管理员未配置对应AI模型", "{model}");
        }
        let base = app.base();
        let mut key = table::site::load(&base.table).await.unwrap().upstreams.remove(0);
        key.enabled = false;
        assert!(table::upstream_key::store(&base.table, key, None).await.unwrap().is_some());
        app.clock.advance(std::time::Duration::from_secs(6));
        assert_eq!(ada.ask("hi", json!({})).await.refusal(400), "管理员未配置对应AI模型");
        assert_eq!(app.stack.upstream.count(), 0);
    })
    .await;
}

#[tokio::test]
async fn prohibited_words_are_named() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        app.set("prohibited_words", "foo,坏词");
        assert_eq!(
            ada.ask("a Foo and 坏词", json!({})).await.refusal(400),
            "很抱歉，您发送的内容违反了我们的规定，请修改后重新尝试。涉及敏感词：foo、坏词"
        );
        ada.chat("all good").await;
    })
    .await;
}

#[tokio::test]
async fn prohibited_words_are_found_however_they_are_dressed_up() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        app.set("prohibited_words", "Bad,坏词");
        for hidden in
            ["\u{200b}", "\u{ad}", "\u{2060}", "\u{feff}", "\u{fe0f}", "\u{202e}", "\u{2066}", "\u{0}", "\u{e0041}"]
        {
            for (prompt, word) in [(format!("so b{hidden}a{hidden}d"), "Bad"), (format!("坏{hidden}词"), "坏词")] {
                let refusal = ada.ask(&prompt, json!({})).await.refusal(400);
                assert!(refusal.ends_with(&format!("涉及敏感词：{word}")), "{prompt:?}: {refusal}");
            }
        }
        for prompt in ["ⓑⓐⓓ", "𝐛𝐚𝐝", "𝔹𝕒𝕕", "🅱🅰🅳", "ｂａｄ", "ᵇᵃᵈ"] {
            assert!(ada.ask(prompt, json!({})).await.refusal(400).ends_with("涉及敏感词：Bad"), "{prompt}");
        }
        ada.chat("b a d").await;
    })
    .await;
}

/// What a request names stands in the ledger and in lists, so it is a name even where a key serves everything.
#[tokio::test]
async fn a_model_is_named_in_visible_ascii() {
    TestApp::run(async |app| {
        let (ada, admin) = (app.log_in("ada@example.com").await, app.log_in(ADMIN).await);
        ada.is_given(100_000);
        let key = ada.makes_key(json!({})).await["key"].as_str().unwrap().to_owned();
        app.put("/api/admin/token", &admin.token, &json!({"id": "1", "models": "*,dall-e-3"})).await.data();
        app.clock.advance(std::time::Duration::from_secs(6));
        let hostile = [
            "mw<img src=x onerror=alert(1)>",
            "mw<img/src=x/onerror=alert(1)>",
            "a\"b",
            "a'b",
            "gpt 4",
            "gpt-4\nrm",
            "gpt-4\r",
            "gpt-4\u{202e}",
            "\u{feff}gpt-4",
            "gpt-4\u{200b}o",
            "gpt-４",
            "模型",
            "gpt-4\u{0}",
            "gpt-4\u{7f}",
            "gpt-4\u{2028}o",
        ];
        for model in hostile {
            let refusal = ada.ask("hi", json!({"model": model})).await.refusal(400);
            assert_eq!(refusal, "管理员未配置对应AI模型", "{model:?}");
            let ask = json!({"model": model, "messages": [{"role": "user", "content": "hi"}]});
            let draw = json!({"model": model, "prompt": "a cat"});
            for (path, body) in [("/v1/chat/completions", &ask), ("/v1/images/generations", &draw)] {
                let answer = app.call(hyper::Method::POST, path, &key, body).await;
                // Some ends of lines are trimmed off pictures' models.
                let is_name = path.contains("images") && model.trim().bytes().all(|byte| byte.is_ascii_graphic());
                assert!(
                    answer.status == 404 || (is_name && answer.status == 200),
                    "{path} {model:?}: {}",
                    answer.text()
                );
            }
        }
        assert!(
            app.table().iter().filter(|item| item["pk"].as_str().unwrap().starts_with("ledger#")).all(|row| {
                row["describe"].as_str().is_none_or(|text| !text.contains("gpt") && !text.contains("mw"))
            })
        );
        ada.chat_with("hi", &json!({"model": "vendor/o1-pro:free@2026+x"})).await;
    })
    .await;
}

/// Tokens per credit may be a fraction of one, and are counted exactly.
#[tokio::test]
async fn a_ratio_below_one_is_many_credits_a_token() {
    TestApp::run(async |app| {
        let (ada, admin) = (app.log_in("ada@example.com").await, app.log_in(ADMIN).await);
        ada.is_given(1_000_000);
        for (sent, stored) in [(json!(0.1), "0.1"), (json!("0.10"), "0.1"), (json!("００.3"), "0.3")] {
            app.put("/api/admin/config", &admin.token, &json!({"ai4_ratio": sent})).await.data();
            let rows = app.get("/api/admin/config", &admin.token).await.data();
            assert_eq!(rows.as_array().unwrap()[6]["value"], stored);
            app.clock.advance(std::time::Duration::from_secs(6));
            let cost = ada.chat_with("hi [[usage=3,4]]", &json!({"model": "gpt-4"})).await.cost();
            assert_eq!(cost, if stored == "0.1" { 70 } else { 24 }, "{sent}");
        }
        for wrong in [json!(-0.1), json!("0.0000001"), json!("1,5"), json!(1e-7), json!(1_000_001)] {
            let refusal = app.put("/api/admin/config", &admin.token, &json!({"ai4_ratio": wrong})).await.refusal(400);
            assert!(refusal.ends_with("须为0到1000000之间的数，小数不超过6位"), "{refusal}");
        }
    })
    .await;
}

/// A name that nobody has set a price for may be a dear model.
#[tokio::test]
async fn an_unknown_model_is_of_the_dearer_class() {
    TestApp::run(async |app| {
        let (ada, admin) = (app.log_in("ada@example.com").await, app.log_in(ADMIN).await);
        ada.is_given(1_000);
        app.put("/api/admin/token", &admin.token, &json!({"id": "1", "models": "*"})).await.data();
        app.clock.advance(std::time::Duration::from_secs(6));
        let costs = async |models: &[&str]| {
            let mut costs = Vec::new();
            for model in models {
                costs.push(ada.chat_with("hi [[usage=60,40]]", &json!({"model": model})).await.cost());
            }
            costs
        };
        let (cheap, dear) = (
            ["gpt-3.5-turbo", "GPT-3.5-Turbo", "gpt-35-turbo", "openai/gpt-3.5-turbo-16k"],
            ["gpt-4", "o1-pro", "gpt-5-pro", "claude-opus-4", "deepseek-chat", "openai/GPT-4o"],
        );
        assert_eq!((costs(&cheap).await, costs(&dear).await), (vec![1; 4], vec![10; 6]));
        // A member has the cheaper class free, and no other.
        let member = json!({"id": ada.id, "vip_expire_time": "2026-12-31"});
        app.put("/api/admin/user", &admin.token, &member).await.data();
        assert_eq!((costs(&cheap).await, costs(&dear).await), (vec![0; 4], vec![10; 6]));
    })
    .await;
}

#[tokio::test]
async fn odd_options_are_brought_into_range() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        ada.is_given(100_000);
        for (options, expected) in [
            (json!({}), json!([2000, null, null, null])),
            (json!({"max_tokens": 5, "temperature": 0}), json!([5, 0.0, null, null])),
            (json!({"max_tokens": "7", "temperature": 9, "presence_penalty": -9}), json!([7, 2.0, -2.0, null])),
            (json!({"max_tokens": 1e300, "frequency_penalty": "1.5"}), json!([4096, null, null, 1.5])),
            (json!({"max_tokens": -1, "temperature": "hot"}), json!([2000, null, null, null])),
            (
                json!({"max_tokens": {}, "temperature": [], "model": "gpt-3.5-turbo", "unknown": 1}),
                json!([2000, null, null, null]),
            ),
        ] {
            ada.chat_with("hi", &options).await;
            let sent = app.stack.upstream.requests().last().unwrap().body.clone();
            let got =
                json!([sent["max_tokens"], sent["temperature"], sent["presence_penalty"], sent["frequency_penalty"]]);
            assert_eq!(got, expected, "{options}");
        }
    })
    .await;
}
