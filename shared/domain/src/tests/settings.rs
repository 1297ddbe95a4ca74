use proptest::prelude::*;

use crate::limits::{HTML_BYTES_MAX, MODEL_BYTES_MAX, WORDS_BYTES_MAX, WORDS_MAX};
use crate::settings::{DEFINITIONS, Definition};
use crate::{Family, Ratio, Settings};

fn read(name: &str, sent: &str) -> Result<String, String> {
    let definition = Definition::find(name).unwrap();
    definition.read(sent, |html| Some(html.replace("<script>", ""))).map_err(|error| error.to_string())
}

#[test]
fn a_setting_keeps_its_name_and_its_place() {
    let names = DEFINITIONS.map(|definition| definition.name);
    assert_eq!(
        names,
        [
            "register_reward",
            "signin_reward",
            "history_message_count",
            "ai3_carry_count",
            "ai4_carry_count",
            "ai3_ratio",
            "ai4_ratio",
            "draw_price",
            "website_title",
            "website_description",
            "website_keywords",
            "website_logo",
            "website_footer",
            "shop_introduce",
            "user_introduce",
            "prohibited_words",
            "moderation_model",
            "show_reasoning",
            "invite_reward",
            "cashback_ratio",
            "invite_introduce",
            "sms",
            "email",
            "cloud_storage",
            "tuputech_key",
            "completion_model",
            "mapping_prompt",
            "draw_prompt",
            "content_log_days",
            "api_content_log",
            "default_avatar",
            "mail_domains_allow",
            "mail_domains_deny",
            "challenge_site_key",
            "challenge_secret",
            "challenge_verify_url",
            "challenge_codes_hour",
        ]
    );
}

#[test]
fn a_new_site_has_the_defaults_of_the_table() {
    for definition in &DEFINITIONS {
        assert_eq!(read(definition.name, definition.default).as_deref(), Ok(definition.default), "{}", definition.name);
        assert!(!definition.remarks.is_empty());
    }
    let settings = Settings::default();
    assert_eq!((settings.register_reward, settings.signin_reward, settings.draw_price), (10, 3, 10));
    assert_eq!((settings.ratio(Family::Gpt3), settings.ratio(Family::Gpt4)), (Ratio::whole(100), Ratio::whole(10)));
    assert_eq!((settings.carry_count(Family::Gpt3), settings.carry_count(Family::Gpt4)), (10, 10));
    assert_eq!((settings.content_log_days, settings.api_content_log), (180, false));
}

#[test]
fn values_are_read_by_their_kind() {
    for (name, sent, stored) in [
        ("register_reward", " 007 ", "7"),
        ("register_reward", "1000000", "1000000"),
        ("ai3_ratio", "0", "0"),
        ("ai4_ratio", "0.1", "0.1"),
        ("ai4_ratio", " 010.500 ", "10.5"),
        ("ai4_carry_count", "50", "50"),
        ("ai4_carry_count", " ", ""),
        ("website_title", " 我的\r\n网站 ", "我的 网站"),
        ("website_title", "a < b & c", "a < b & c"),
        ("website_logo", " https://a.b/c.png ", "https://a.b/c.png"),
        ("website_logo", "", ""),
        ("shop_introduce", " <p><script>x</p> ", "<p>x</p>"),
        ("prohibited_words", " a，b\n\nC ", "a，b\n\nC"),
        ("moderation_model", " omni-moderation-latest\n", "omni-moderation-latest"),
        ("moderation_model", " ", ""),
        ("cashback_ratio", "100", "100"),
        ("mapping_prompt", " 一行\r\n  二行\n\n三行 ", "一行\n二行\n\n三行"),
        ("draw_prompt", "", ""),
        ("sms", " ", ""),
        ("mail_domains_deny", " @A.bc；*.d.ef\n a.bc，", "a.bc, d.ef"),
        ("mail_domains_allow", " ", ""),
    ] {
        assert_eq!(read(name, sent).as_deref(), Ok(stored), "{name}: {sent}");
    }
}

#[test]
fn the_moderation_model_is_a_short_name_or_off() {
    let mut settings = Settings::default();
    assert_eq!(settings.moderation_model, "");
    settings.apply("moderation_model", " m-1 ");
    assert_eq!(settings.moderation_model, "m-1");
    let long = "x".repeat(MODEL_BYTES_MAX + 1);
    settings.apply("moderation_model", &long);
    assert_eq!(settings.moderation_model, "m-1", "what could not be set does not take effect");
    let refusal = read("moderation_model", &long).unwrap_err();
    assert!(
        refusal.starts_with("「内容审核模型，") && refusal.ends_with("」须为模型名称（不超过100个英文字符）或留空"),
        "{refusal}"
    );
    assert!(read("moderation_model", &long[1..]).is_ok() && read("moderation_model", "审核").is_err());
    settings.apply("moderation_model", "");
    assert_eq!(settings.moderation_model, "");
}

#[test]
fn refusals_say_what_a_setting_can_be() {
    let long = |c: &str, length| c.repeat(length);
    for (name, sent, sentence) in [
        ("register_reward", "", "「注册奖励积分」须为0到1000000之间的整数"),
        ("register_reward", "-1", "「注册奖励积分」须为0到1000000之间的整数"),
        ("register_reward", "1000001", "「注册奖励积分」须为0到1000000之间的整数"),
        ("register_reward", "1.5", "「注册奖励积分」须为0到1000000之间的整数"),
        ("signin_reward", "99999999999999999999", "「每日签到奖励积分」须为0到1000000之间的整数"),
        ("history_message_count", "51", "「对话携带的历史消息条数」须为0到50之间的整数"),
        ("ai3_carry_count", "many", "「GPT-3.5模型携带的历史消息条数，留空同上」须为0到50之间的整数或留空"),
        (
            "ai4_ratio",
            "0.0000001",
            "「其他模型每积分的Token数，可为小数，0为免费」须为0到1000000之间的数，小数不超过6位",
        ),
        ("website_title", &long("网", 101), "「网站标题」须为不超过100个字符的纯文本"),
        ("website_title", "a\u{202e}b", "「网站标题」须为不超过100个字符的纯文本"),
        ("website_logo", "javascript:alert(1)", "「网站图标的网址」须为网址或留空"),
        ("website_footer", &long("x", HTML_BYTES_MAX + 1), "「网站页脚（HTML）」不能超过32KB或含有过多格式标签"),
        (
            "prohibited_words",
            &long("x", WORDS_BYTES_MAX + 1),
            "「敏感词，以逗号、顿号、竖线或换行分隔」不能超过10000个词或100KB",
        ),
        (
            "prohibited_words",
            &long("x,", WORDS_MAX + 1),
            "「敏感词，以逗号、顿号、竖线或换行分隔」不能超过10000个词或100KB",
        ),
    ] {
        assert_eq!(read(name, sent), Err(sentence.to_owned()), "{name}");
    }
    assert!(read("prohibited_words", &long("x,", WORDS_MAX)).is_ok());
    assert!(read("website_footer", &long("x", HTML_BYTES_MAX)).is_ok());
}

#[test]
fn html_that_grows_when_it_is_sanitised_is_bounded_too() {
    let footer = Definition::find("website_footer").unwrap();
    assert!(footer.read("&", |_| Some("x".repeat(HTML_BYTES_MAX))).is_ok());
    assert!(footer.read("&", |_| Some("x".repeat(HTML_BYTES_MAX + 1))).is_err());
    assert!(footer.read("&", |_| None).is_err());
}

proptest! {
    #[test]
    fn what_is_stored_can_be_sent_again_and_takes_effect(place in 0..DEFINITIONS.len(), sent in "\\PC{0,40}|[0-9]{1,8}|[0-9]{1,3}\\.[0-9]{1,7}") {
        let definition = &DEFINITIONS[place];
        if let Ok(stored) = read(definition.name, &sent) {
            prop_assert_eq!(read(definition.name, &stored), Ok(stored.clone()));
            let mut settings = Settings::default();
            settings.apply(definition.name, &stored);
            if let Ok(number) = stored.parse::<i64>() {
                let taken = match definition.name {
                    "register_reward" => settings.register_reward,
                    "signin_reward" => settings.signin_reward,
                    "draw_price" => settings.draw_price,
                    "content_log_days" => i64::from(settings.content_log_days),
                    _ => number,
                };
                prop_assert_eq!(taken, number);
            }
            let ratio = match definition.name {
                "ai3_ratio" => settings.ai3_ratio.to_string(),
                "ai4_ratio" => settings.ai4_ratio.to_string(),
                _ => stored.clone(),
            };
            prop_assert_eq!(ratio, stored);
        }
    }
}

fn confidential(name: &str, sent: &str, stored: Option<&str>) -> Result<(String, String), String> {
    let read = Definition::find(name).unwrap().read_confidential(sent, stored);
    read.map(|read| (read.whole, read.shown)).map_err(|error| error.to_string())
}

#[test]
fn secrets_inside_a_setting_are_masked_and_nothing_else_is() {
    let sent = r#"{"host":"smtp.example.com","port":465,"user":"no-reply@example.com","pass":"ABCDEFGHIJKLMNOPQRST"}"#;
    let (whole, shown) = confidential("email", sent, None).unwrap();
    assert!(whole.contains("ABCDEFGHIJKLMNOPQRST"));
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    let wanted = serde_json::json!({
        "host": "smtp.example.com", "port": 465, "user": "no-reply@example.com", "pass": "ABCDEF**********QRST",
    });
    assert_eq!(shown, wanted);
    for (name, secret) in [
        ("password", true),
        ("secret_key", true),
        ("access_key_secret", true),
        ("apiKey", true),
        ("Token", true),
        ("secret_id", false),
        ("access_key_id", false),
        ("template", false),
    ] {
        let (_, shown) = confidential("cloud_storage", &format!(r#"{{"{name}":"abc"}}"#), None).unwrap();
        assert_eq!(shown.contains("***"), secret, "{name}: {shown}");
    }
    assert_eq!(
        confidential("tuputech_key", " tuputech-0123456789 ", None).unwrap(),
        ("tuputech-0123456789".to_owned(), "tupute*********6789".to_owned())
    );
    assert_eq!(confidential("sms", "  ", Some("{}")).unwrap(), (String::new(), String::new()));
}

#[test]
fn a_mask_that_comes_back_keeps_its_secret_at_its_own_place_alone() {
    let stored = r#"{"api_host":"https://a.example","secret_key":"0123456789abcdefghij","type":"lsky"}"#;
    let sent = |host: &str, key: &str| format!(r#"{{"type":"lsky","api_host":"{host}","secret_key":"{key}"}}"#);
    let mask = "012345**********ghij";
    let kept = confidential("cloud_storage", &sent("https://a.example", mask), Some(stored)).unwrap();
    assert_eq!(kept.0, stored);
    let again = "「云存储配置（JSON）」中的密钥是掩码，请重新填写";
    for (host, key, known) in [
        ("https://b.example", mask, Some(stored)),
        ("https://a.example", mask, None),
        ("https://a.example", "zzzzzz**********zzzz", Some(stored)),
        ("https://a.example", "****", Some(stored)),
    ] {
        assert_eq!(confidential("cloud_storage", &sent(host, key), known).unwrap_err(), again, "{host} {key}");
    }
    let other = confidential("cloud_storage", &sent("https://b.example", "a-new*secret"), Some(stored)).unwrap();
    assert!(other.0.contains("a-new*secret") && !other.1.contains("a-new"), "{other:?}");
    assert!(confidential("tuputech_key", "tuputech***", None).is_ok());
    assert_eq!(
        confidential("tuputech_key", "***", None).unwrap_err(),
        "「图普文本审核密钥」中的密钥是掩码，请重新填写"
    );
}

#[test]
fn what_is_no_flat_object_is_no_setting_with_secrets() {
    let refusal = "「短信配置（JSON）」须为不超过8KB的JSON对象或留空，各字段为文字或数字";
    let (many, long) = ((0..41).map(|n| format!("\"{n}\":1")).collect::<Vec<_>>().join(","), "x".repeat(9_000));
    for sent in ["[]", "1", "{", "user=a", r#"{"a":{}}"#, r#"{"a":[1]}"#, &format!("{{{many}}}"), &long] {
        assert_eq!(confidential("sms", sent, None).unwrap_err(), refusal, "{sent}");
    }
    assert_eq!(confidential("sms", r#"{"password":"a\u0000b"}"#, None).unwrap_err(), refusal);
    assert_eq!(confidential("sms", r#"{"user":null,"sign":"站"}"#, None).unwrap().0, r#"{"sign":"站"}"#);
    // By the way of all others they are not read.
    assert!(read("sms", "{}").is_err() && read("tuputech_key", "x").is_err());
}
