//! Every setting that an administrator can change: the one table of names, remarks, defaults and bounds.

use super::{Domains, words};
use crate::limits::{
    CHALLENGE_CODES_MAX, CHALLENGE_KEY_CHARS_MAX, CONTENT_LOG_DAYS_MAX, DRAW_PRICE_MAX, HISTORY_MESSAGES_MAX,
    HTML_BYTES_MAX, INSTRUCTION_CHARS_MAX, MAIL_DOMAINS_MAX, MODEL_BYTES_MAX, PARAMETERS_BYTES_MAX, RATIO_DECIMALS_MAX,
    RATIO_MAX, SETTING_REWARD_MAX, SETTING_SECRET_BYTES_MAX, SHARE_PERCENT_MAX, WEBSITE_TEXT_CHARS_MAX,
    WEBSITE_TITLE_CHARS_MAX, WORDS_BYTES_MAX, WORDS_MAX,
};
use crate::text::{clean, web_address};
use crate::{Error, Ratio, Result, model, paste};

/// A setting.
#[derive(Clone, Copy, Debug)]
pub struct Definition {
    /// Its name.
    pub name: &'static str,
    /// What administrators read about it.
    pub remarks: &'static str,
    /// Its value on a new site.
    pub default: &'static str,
    /// What it can be set to.
    pub kind: Kind,
}

/// What a setting can be set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A whole number from 0 on.
    Integer {
        /// The largest.
        max: i64,
    },
    /// The same, or empty.
    OptionalInteger {
        /// The largest.
        max: i64,
    },
    /// Tokens per credit, with decimals.
    Ratio,
    /// The name of a model, or empty.
    Model,
    /// One line of plain text; it may be empty.
    Line {
        /// The most characters.
        chars_max: usize,
    },
    /// Plain text of several lines; it may be empty.
    Text {
        /// The most characters.
        chars_max: usize,
    },
    /// The address of a picture, or empty.
    WebAddress,
    /// HTML that pages show as it is.
    Html,
    /// Prohibited words.
    Words,
    /// Domains of mail addresses; none is no list.
    Domains,
    /// A secret, or empty; see [`Definition::read_confidential`].
    Secret,
    /// A JSON object with secrets in it, as text, or empty; see [`Definition::read_confidential`].
    Parameters {
        /// The most bytes.
        bytes_max: usize,
    },
}

/// All settings, in the order in which administrators see them. A new one goes to the end, because its place is its id.
pub const DEFINITIONS: [Definition; 37] = [
    of("register_reward", "注册奖励积分", "10", Kind::Integer { max: SETTING_REWARD_MAX }),
    of("signin_reward", "每日签到奖励积分", "3", Kind::Integer { max: SETTING_REWARD_MAX }),
    of("history_message_count", "对话携带的历史消息条数", "10", Kind::Integer { max: HISTORY_MESSAGES_MAX as i64 }),
    of("ai3_carry_count", "GPT-3.5模型携带的历史消息条数，留空同上", "", CARRY_COUNT),
    of("ai4_carry_count", "其他模型携带的历史消息条数，留空同上", "", CARRY_COUNT),
    of("ai3_ratio", "GPT-3.5模型每积分的Token数，可为小数，0为免费", "100", Kind::Ratio),
    of("ai4_ratio", "其他模型每积分的Token数，可为小数，0为免费", "10", Kind::Ratio),
    of("draw_price", "绘画每张图片的积分", "10", Kind::Integer { max: DRAW_PRICE_MAX }),
    of("website_title", "网站标题", "AI 聊天", Kind::Line { chars_max: WEBSITE_TITLE_CHARS_MAX }),
    of("website_description", "网站描述", "", Kind::Line { chars_max: WEBSITE_TEXT_CHARS_MAX }),
    of("website_keywords", "网站关键词", "", Kind::Line { chars_max: WEBSITE_TEXT_CHARS_MAX }),
    of("website_logo", "网站图标的网址", "", Kind::WebAddress),
    of("website_footer", "网站页脚（HTML）", "", Kind::Html),
    of("shop_introduce", "商城介绍（HTML）", "", Kind::Html),
    of("user_introduce", "用户中心介绍（HTML）", "", Kind::Html),
    of("prohibited_words", "敏感词，以逗号、顿号、竖线或换行分隔", "", Kind::Words),
    of("moderation_model", MODERATION_MODEL, "", Kind::Model),
    of("show_reasoning", "是否展示推理模型的思考过程，1为展示，0为不展示", "0", Kind::Integer { max: 1 }),
    of("invite_reward", "邀请奖励积分，本站尚未开通邀请，暂不起作用", "0", Kind::Integer { max: SETTING_REWARD_MAX }),
    of("cashback_ratio", "消费提成百分比，本站尚未开通提成，暂不起作用", "0", Kind::Integer { max: SHARE_PERCENT_MAX }),
    of("invite_introduce", "邀请说明（HTML）", "", Kind::Html),
    of("sms", "短信配置（JSON），本站只以邮件发送验证码，不起作用", "", PARAMETERS),
    of("email", "邮件配置（JSON），本站的发件人在部署时指定，不起作用", "", PARAMETERS),
    of("cloud_storage", "云存储配置（JSON），本站的图片存放在部署自带的存储桶，不起作用", "", PARAMETERS),
    of("tuputech_key", "图普文本审核密钥，本站以moderation_model审核，不起作用", "", Kind::Secret),
    of("completion_model", COMPLETION_MODEL, "", Kind::Model),
    of("mapping_prompt", "生成思维导图时给模型的系统提示词，留空为不给", MAPPING_PROMPT, INSTRUCTION),
    of("draw_prompt", "优化绘画文案时给模型的系统提示词，留空为不给", DRAW_PROMPT, INSTRUCTION),
    of("content_log_days", CONTENT_LOG_DAYS, "180", Kind::Integer { max: CONTENT_LOG_DAYS_MAX as i64 }),
    of("api_content_log", API_CONTENT_LOG, "0", Kind::Integer { max: 1 }),
    of("default_avatar", "未设置头像的用户的头像网址，留空为系统自带的头像", "", Kind::WebAddress),
    of("mail_domains_allow", MAIL_DOMAINS_ALLOW, "", Kind::Domains),
    of("mail_domains_deny", "不能注册的邮箱域名（含其下级域名），已注册的账号不受影响", "", Kind::Domains),
    of("challenge_site_key", CHALLENGE_SITE_KEY, "", Kind::Line { chars_max: CHALLENGE_KEY_CHARS_MAX }),
    of("challenge_secret", "人机验证的私钥，更换校验地址时须重新填写", "", Kind::Secret),
    of(
        "challenge_verify_url",
        "人机验证的校验地址，须与Turnstile的siteverify兼容",
        CHALLENGE_VERIFY_URL,
        Kind::WebAddress,
    ),
    of("challenge_codes_hour", CHALLENGE_CODES_HOUR, "300", Kind::Integer { max: CHALLENGE_CODES_MAX }),
];

const CONTENT_LOG_DAYS: &str = "用户删除的消息为管理员保留的天数，0为立即删除；修改后对已保留的消息同样生效";
const API_CONTENT_LOG: &str =
    "是否为管理员保留API（/v1）对话的提问与回答，1为保留，0为不保留；保留的天数同上，用户的会话中不出现";

const CHALLENGE_SITE_KEY: &str = "人机验证（Cloudflare Turnstile）的站点密钥，公开；与私钥都填写后启用，留空为不启用";
const CHALLENGE_VERIFY_URL: &str = "https://challenges.cloudflare.com/turnstile/v0/siteverify";
const CHALLENGE_CODES_HOUR: &str = "每小时的验证码超过此数后须先通过人机验证，从上次登录的网络请求的不计入也不受限";
const MAIL_DOMAINS_ALLOW: &str = "只有这些邮箱域名（含其下级域名）可以注册，留空为不限，已注册的账号不受影响";

const MODERATION_MODEL: &str = "内容审核模型，如omni-moderation-latest，留空为不审核；由列有该模型的密钥审核，\
    用户的提问会发送给该密钥的服务商，4秒内无结果则放行并在日志中警告";
const COMPLETION_MODEL: &str = "思维导图和绘画文案使用的模型，留空为密钥列出的第一个对话模型";
const MAPPING_PROMPT: &str = "把用户给出的主题或文字整理成一张思维导图。只输出Markdown：一个一级标题作为中心主题，\
    其下用二级、三级标题和无序列表逐层展开，每个节点是简短的词句。不要使用代码块，不要写任何解释。";
const DRAW_PROMPT: &str = "把用户的描述改写成一段用于AI绘画的英文提示词：写明主体、细节、环境、光线、构图、风格和画质，\
    用英文逗号分隔的短语，用户没有提到的由你补全。只输出提示词本身，不要写任何解释。";
const PARAMETERS: Kind = Kind::Parameters { bytes_max: PARAMETERS_BYTES_MAX };
const INSTRUCTION: Kind = Kind::Text { chars_max: INSTRUCTION_CHARS_MAX };
const CARRY_COUNT: Kind = Kind::OptionalInteger { max: HISTORY_MESSAGES_MAX as i64 };

const fn of(name: &'static str, remarks: &'static str, default: &'static str, kind: Kind) -> Definition {
    Definition { name, remarks, default, kind }
}

impl Definition {
    /// The setting of this name.
    pub fn find(name: &str) -> Option<&'static Self> {
        DEFINITIONS.iter().find(|definition| definition.name == name)
    }

    /// The value to store for what an administrator sent. HTML is what `sanitised` leaves of it, unless it takes none of
    /// it, and is bounded before and after, so that what was stored can be sent again.
    ///
    /// # Errors
    /// A sentence that names the setting and what it can be.
    pub fn read(&self, sent: &str, sanitised: impl FnOnce(&str) -> Option<String>) -> Result<String> {
        let value = match self.kind {
            Kind::OptionalInteger { .. } | Kind::Model if sent.chars().all(paste::is_blank) => Some(String::new()),
            Kind::Integer { max } | Kind::OptionalInteger { max } => integer(sent, max),
            Kind::Ratio => Ratio::parse(&paste::clean(sent)).map(|ratio| ratio.to_string()),
            Kind::Model => Some(paste::clean(sent).into_owned()).filter(|name| model::is_name(name)),
            Kind::Line { chars_max } => clean(&sent.trim().lines().collect::<Vec<_>>().join(" "), chars_max),
            Kind::WebAddress => web_address(sent),
            Kind::Html => html(sent, sanitised),
            Kind::Words => is_list(sent).then(|| sent.trim().to_owned()),
            Kind::Text { chars_max } => paragraphs(sent, chars_max),
            // With more in it than nothing, it is not to be stored as it is.
            Kind::Secret | Kind::Parameters { .. } => sent.trim().is_empty().then(String::new),
            Kind::Domains => Domains::parse(sent).map(|domains| domains.text()),
        };
        value.ok_or_else(|| Error::Refused(format!("「{}」{}", self.remarks, self.kind.rule()).into()))
    }

    /// What the setting is called in refusals about its parts: its remarks without what explains them.
    pub(super) fn title(&self) -> &str {
        self.remarks.split('，').next().unwrap_or_default()
    }

    /// What it must be, with its name.
    pub(super) fn refusal(&self) -> Error {
        Error::Refused(format!("「{}」{}", self.title(), self.kind.rule()).into())
    }
}

impl Kind {
    /// What a value must be, behind the setting's name.
    fn rule(self) -> String {
        match self {
            Self::Integer { max } => format!("须为0到{max}之间的整数"),
            Self::OptionalInteger { max } => format!("须为0到{max}之间的整数或留空"),
            Self::Ratio => format!("须为0到{RATIO_MAX}之间的数，小数不超过{RATIO_DECIMALS_MAX}位"),
            Self::Model => format!("须为模型名称（不超过{MODEL_BYTES_MAX}个英文字符）或留空"),
            Self::Line { chars_max } => format!("须为不超过{chars_max}个字符的纯文本"),
            Self::WebAddress => "须为网址或留空".to_owned(),
            Self::Html => html_rule(),
            Self::Words => format!("不能超过{WORDS_MAX}个词或{}KB", WORDS_BYTES_MAX / 1024),
            Self::Text { chars_max } => format!("须为不超过{chars_max}个字符的纯文本，可以分行"),
            Self::Secret => format!("须为不超过{SETTING_SECRET_BYTES_MAX}字节的一行文字或留空"),
            Self::Parameters { bytes_max } => {
                format!("须为不超过{}KB的JSON对象或留空，各字段为文字或数字", bytes_max / 1024)
            }
            Self::Domains => format!("须为不超过{MAIL_DOMAINS_MAX}个域名，以逗号或空格分隔，或留空"),
        }
    }
}

/// What HTML must be, behind the name of what it is for.
pub fn html_rule() -> String {
    format!("不能超过{}KB或含有过多格式标签", HTML_BYTES_MAX / 1024)
}

fn integer(sent: &str, max: i64) -> Option<String> {
    let number = paste::clean(sent).parse::<i64>().ok().filter(|number| (0..=max).contains(number));
    number.map(|number| number.to_string())
}

/// What `sanitised` leaves of HTML of acceptable length; none when either is too long, or it takes none of it.
pub fn html(sent: &str, sanitised: impl FnOnce(&str) -> Option<String>) -> Option<String> {
    let left = (sent.len() <= HTML_BYTES_MAX).then(|| sanitised(sent.trim()))??;
    (left.len() <= HTML_BYTES_MAX).then_some(left)
}

/// Lines of plain text.
fn paragraphs(sent: &str, chars_max: usize) -> Option<String> {
    let fits = sent.trim().chars().nth(chars_max).is_none();
    let lines: Option<Vec<String>> = sent.trim().lines().map(|line| clean(line, chars_max)).collect();
    lines.filter(|_| fits).map(|lines| lines.join("\n"))
}

fn is_list(sent: &str) -> bool {
    sent.len() <= WORDS_BYTES_MAX && words::split(sent).nth(WORDS_MAX).is_none()
}
