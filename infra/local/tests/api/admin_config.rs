//! `/api/admin/config`

mod secrets;

use std::time::Duration;

use futures_util::future::join;
use serde_json::{Value, json};
use testkit::{Fault, FaultKind};

use crate::app::{ADMIN, Person, TestApp};
use crate::sandbox::{Sandbox, request};

/// More calls than a change makes.
const CALLS_MAX: usize = 10;
/// The administrator, what is set, the transaction.
const CALLS_OF_A_CHANGE: usize = 3;

async fn rows(app: &TestApp, admin: &Person<'_>) -> Vec<Value> {
    app.get("/api/admin/config", &admin.token).await.data().as_array().unwrap().clone()
}

async fn value(app: &TestApp, admin: &Person<'_>, name: &str) -> String {
    let rows = rows(app, admin).await;
    let row = rows.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("{name}"));
    row["value"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn all_settings_are_there_from_the_start_with_their_defaults() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let rows = rows(app, &admin).await;
        let of = |field: &str| -> Vec<String> {
            rows.iter()
                .map(|row| format!("{}={}", row["name"].as_str().unwrap(), row[field].as_str().unwrap()))
                .collect()
        };
        // Of the long ones, how they begin.
        let values: Vec<String> =
            of("value").iter().filter_map(|value| value.split_inclusive("把用户").next().map(str::to_owned)).collect();
        assert_eq!(
            values,
            [
                "register_reward=10",
                "signin_reward=3",
                "history_message_count=10",
                "ai3_carry_count=10",
                "ai4_carry_count=10",
                "ai3_ratio=100",
                "ai4_ratio=10",
                "draw_price=10",
                "website_title=AI 聊天",
                "website_description=",
                "website_keywords=",
                "website_logo=",
                "website_footer=",
                "shop_introduce=",
                "user_introduce=",
                "prohibited_words=",
                "moderation_model=",
                "show_reasoning=0",
                "invite_reward=0",
                "cashback_ratio=0",
                "invite_introduce=",
                "sms=",
                "email=",
                "cloud_storage=",
                "tuputech_key=",
                "completion_model=",
                "mapping_prompt=把用户",
                "draw_prompt=把用户",
                "content_log_days=180",
                "api_content_log=0",
                "default_avatar=",
                "mail_domains_allow=",
                "mail_domains_deny=",
                "challenge_site_key=",
                "challenge_secret=",
                "challenge_verify_url=https://challenges.cloudflare.com/turnstile/v0/siteverify",
                "challenge_codes_hour=300",
            ]
        );
        assert_eq!(
            rows[1],
            json!({"id": "2", "name": "signin_reward", "value": "3", "remarks": "每日签到奖励积分",
                "create_time": "", "update_time": ""})
        );
    })
    .await;
}

#[tokio::test]
async fn what_is_named_changes_and_nothing_else() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let before = rows(app, &admin).await;
        let changed = app.put("/api/admin/config", &admin.token, &json!({"signin_reward": "5", "ai3_ratio": 0})).await;
        assert_eq!(changed.envelope(), json!({"code": 0, "data": {}, "message": "修改成功"}));
        app.clock.advance(Duration::from_secs(60));
        app.put("/api/admin/config", &admin.token, &json!({"ai3_ratio": "200", "website_title": null})).await.data();
        let mut expected = before;
        for (row, value, updated) in [(1, "5", "2026-01-01 08:00:00"), (5, "200", "2026-01-01 08:01:00")] {
            expected[row]["value"] = value.into();
            expected[row]["create_time"] = "2026-01-01 08:00:00".into();
            expected[row]["update_time"] = updated.into();
        }
        assert_eq!(rows(app, &admin).await, expected);
    })
    .await;
}

#[tokio::test]
async fn wrong_values_and_unknown_names_are_told_and_nothing_is_set() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let before = rows(app, &admin).await;
        for (wrong, sentence) in [
            (json!({}), "缺少必要参数"),
            (json!({"signin_reward": null}), "缺少必要参数"),
            (json!({"signin_reward": "-1"}), "「每日签到奖励积分」须为0到1000000之间的整数"),
            (json!({"signin_reward": ""}), "「每日签到奖励积分」须为0到1000000之间的整数"),
            (json!({"signin_reward": 1.5}), "「每日签到奖励积分」须为0到1000000之间的整数"),
            (json!({"signin_reward": 1e99}), "「每日签到奖励积分」须为0到1000000之间的整数"),
            (json!({"signin_reward": [5]}), "「每日签到奖励积分」格式不正确"),
            (json!({"website_title": {"a": 1}}), "「网站标题」格式不正确"),
            (json!({"website_logo": "javascript:alert(1)"}), "「网站图标的网址」须为网址或留空"),
            (json!({"website_footer": "x".repeat(40_000)}), "「网站页脚（HTML）」不能超过32KB或含有过多格式标签"),
            // Short as it is sent, long when its signs are written out.
            (json!({"website_footer": "&".repeat(20_000)}), "「网站页脚（HTML）」不能超过32KB或含有过多格式标签"),
            (json!({"foo": 1, "__proto__": "x"}), "未知的配置项：__proto__、foo"),
        ] {
            let mut body = wrong.clone();
            if body != json!({}) && sentence != "缺少必要参数" {
                body["register_reward"] = "77".into();
            }
            assert_eq!(app.put("/api/admin/config", &admin.token, &body).await.refusal(400), sentence, "{wrong}");
        }
        let many: serde_json::Map<String, Value> =
            (0..9).map(|number| (format!("{number}{}", "长".repeat(900)), Value::from(1))).collect();
        let told = app.put("/api/admin/config", &admin.token, &Value::Object(many)).await.refusal(400);
        assert_eq!(told.chars().count(), "未知的配置项：".chars().count() + 5 * 40 + 4, "{told}");
        assert_eq!(rows(app, &admin).await, before);
    })
    .await;
}

#[tokio::test]
async fn html_is_sanitised_and_can_be_sent_back_as_it_is_shown() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let html = "<p onclick=\"a()\">买<script>alert(1)</script> <a href=\"javascript:b()\">x</a>&</p>";
        for name in ["website_footer", "shop_introduce", "user_introduce"] {
            app.put("/api/admin/config", &admin.token, &json!({name: html})).await.data();
            let stored = value(app, &admin, name).await;
            assert_eq!(stored, "<p>买 <a rel=\"noopener noreferrer nofollow\">x</a>&amp;</p>");
            app.put("/api/admin/config", &admin.token, &json!({name: stored})).await.data();
            assert_eq!(value(app, &admin, name).await, stored);
        }
    })
    .await;
}

/// A second administrator.
async fn another<'a>(app: &'a TestApp, admin: &Person<'_>) -> Person<'a> {
    let bob = app.log_in("bob@example.com").await;
    let role = json!({"id": bob.id, "role": "administrator"});
    app.put("/api/admin/user", &admin.token, &role).await.data();
    app.log_in("bob@example.com").await
}

#[tokio::test]
async fn two_administrators_never_undo_each_other() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let bob = another(app, &admin).await;
        for round in 1..=50 {
            let (hers, his) =
                (json!({"signin_reward": round, "website_title": format!("站{round}")}), json!({"ai3_ratio": round}));
            let (one, two) =
                join(app.put("/api/admin/config", &admin.token, &hers), app.put("/api/admin/config", &bob.token, &his))
                    .await;
            one.data();
            two.data();
            for (name, expected) in [
                ("signin_reward", round.to_string()),
                ("website_title", format!("站{round}")),
                ("ai3_ratio", round.to_string()),
            ] {
                assert_eq!(value(app, &admin, name).await, expected, "{name} in round {round}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn of_two_who_set_the_same_one_is_there_whole() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let bob = another(app, &admin).await;
        for round in 1..=20 {
            let wish = |number: i32| json!({"signin_reward": number, "register_reward": number, "draw_price": number});
            let (hers, his) = (wish(round), wish(1000 + round));
            let (one, two) =
                join(app.put("/api/admin/config", &admin.token, &hers), app.put("/api/admin/config", &bob.token, &his))
                    .await;
            one.data();
            two.data();
            let rows = rows(app, &admin).await;
            let values: Vec<&str> = [0, 1, 7].map(|place: usize| rows[place]["value"].as_str().unwrap()).into();
            assert!(values.iter().all(|value| value == &values[0]), "{values:?}");
            assert!([round, 1000 + round].map(|number| number.to_string()).contains(&values[0].to_owned()));
        }
    })
    .await;
}

/// Both settings of a change, which stand together or not at all.
async fn pair(app: &TestApp, admin: &Person<'_>) -> (String, String) {
    (value(app, admin, "signin_reward").await, value(app, admin, "website_title").await)
}

fn both() -> Value {
    json!({"signin_reward": 9, "website_title": "新"})
}

#[tokio::test]
async fn failures_of_any_call_leave_all_or_nothing() {
    let (old, new) = (("3".to_owned(), "AI 聊天".to_owned()), ("9".to_owned(), "新".to_owned()));
    for kind in
        [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Throttle, FaultKind::Http500, FaultKind::Conflict]
    {
        for nth in 1..=CALLS_OF_A_CHANGE {
            TestApp::run(async |app| {
                let admin = app.log_in(ADMIN).await;
                app.stack.wire.plan(Fault::new(kind).nth(nth));
                app.put("/api/admin/config", &admin.token, &both()).await.data();
                assert_eq!(pair(app, &admin).await, new, "{kind:?} at call {nth}");
            })
            .await;
        }
    }
    for kind in [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Throttle] {
        for nth in 1..=CALLS_OF_A_CHANGE {
            TestApp::run(async |app| {
                let admin = app.log_in(ADMIN).await;
                app.stack.wire.plan(Fault::new(kind).nth(nth).lasting());
                let answer = app.put("/api/admin/config", &admin.token, &both()).await;
                app.stack.wire.heal();
                assert_eq!(answer.refusal(503), "服务繁忙，请稍后再试！", "{kind:?} from call {nth}");
                let is = pair(app, &admin).await;
                assert!(is == old || (is == new && nth == CALLS_OF_A_CHANGE), "{kind:?} from call {nth}: {is:?}");
            })
            .await;
        }
    }
}

#[tokio::test]
async fn a_kill_at_every_boundary_leaves_all_or_nothing() {
    let (old, new) = (("3".to_owned(), "AI 聊天".to_owned()), ("9".to_owned(), "新".to_owned()));
    for kind in [FaultKind::HangBefore, FaultKind::HangAfter] {
        let mut points = 0;
        for nth in 1..=CALLS_MAX {
            let mut hit = false;
            TestApp::run(async |app| {
                let admin = app.log_in(ADMIN).await;
                let sandbox = Sandbox::of(app, "site");
                let site = sandbox.site().await;
                let fault = app.stack.wire.plan(Fault::new(kind).nth(nth));
                tokio::select! {
                    () = fault.reached() => hit = true,
                    _ = site(request("site-put-admin_config", &admin.token, &both())) => {}
                }
                sandbox.kill();
                app.stack.wire.heal();
                let is = pair(app, &admin).await;
                assert!(is == old || is == new, "{kind:?} at call {nth}: {is:?}");
            })
            .await;
            if !hit {
                break;
            }
            points += 1;
        }
        assert_eq!(points, CALLS_OF_A_CHANGE, "{kind:?}");
    }
}
