//! What a turn costs, who pays, and what is kept of it.

use serde_json::json;

use crate::app::TestApp;

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
