//! The one error: named by what the caller can do about it, safe to show.

use std::borrow::Cow;
use std::error::Error as StdError;

/// Shorthand for results of the whole product.
pub type Result<T, E = Error> = std::result::Result<T, E>;

const NO_ROUTE: &str = "接口不存在";

/// Why a request was not done. `Display` is the sentence that the person sees; the cause rides in `source` and goes to
/// the log only.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request is wrong or the rules refuse it: change it.
    #[error("{0}")]
    Refused(Cow<'static, str>),
    /// Too few credits: get some.
    #[error("{0}")]
    NoCredits(&'static str),
    /// No upstream key serves this model, or the caller may not use it: name another one.
    #[error("管理员未配置对应AI模型")]
    NoModel,
    /// No session, or an ended one: log in.
    #[error("请登陆")]
    LoggedOut,
    /// Not an administrator.
    #[error("拒绝访问")]
    Forbidden,
    /// No such route or thing.
    #[error("{0}")]
    NotFound(&'static str),
    /// Lost a race, or done already.
    #[error("{0}")]
    Conflict(&'static str),
    /// More than we take.
    #[error("内容过长，请缩短后重新尝试。")]
    TooLarge,
    /// Too often: wait.
    #[error("请求次数过多，请稍后再试！")]
    Limited {
        /// Seconds until another try can succeed.
        retry_after_seconds: u32,
    },
    /// Somebody else's server failed: try again or tell the administrator.
    #[error("{message}")]
    Upstream {
        /// What the person sees.
        message: &'static str,
        /// Why, for the log.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// Our table or a service is overloaded or away for a moment: try again.
    #[error("服务繁忙，请稍后再试！")]
    Unavailable {
        /// Why, for the log.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// A bug or a broken deployment.
    #[error("系统错误，请稍后再试！")]
    Internal {
        /// Why, for the log.
        source: Box<dyn StdError + Send + Sync>,
    },
}

impl Error {
    /// A refusal with a fixed sentence.
    pub const fn refused(sentence: &'static str) -> Self {
        Self::Refused(Cow::Borrowed(sentence))
    }

    /// The balance does not pay for it.
    pub const fn no_credits() -> Self {
        Self::NoCredits("账户积分余额不足, 请充值后在使用。")
    }

    /// A required field is missing.
    pub const fn missing() -> Self {
        Self::refused("缺少必要参数")
    }

    /// A field or a query value is there but says nothing that we can read.
    pub const fn unreadable() -> Self {
        Self::refused("参数不正确")
    }

    /// A text that holds what nobody may send: prohibited words, or what they stand for.
    pub fn prohibited(found: &[&str]) -> Self {
        let found = found.join("、");
        Self::Refused(format!("很抱歉，您发送的内容违反了我们的规定，请修改后重新尝试。涉及敏感词：{found}").into())
    }

    /// No such thing, or none that the caller may see.
    pub const fn absent() -> Self {
        Self::NotFound("数据不存在")
    }

    /// No function answers this method and path.
    pub const fn no_route() -> Self {
        Self::NotFound(NO_ROUTE)
    }

    /// Whether it is [`Error::no_route`].
    pub fn is_no_route(&self) -> bool {
        matches!(self, Self::NotFound(sentence) if *sentence == NO_ROUTE)
    }

    /// A bug, with its cause.
    pub fn internal(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Internal { source: source.into() }
    }

    /// The cause chain in one line, for the log.
    pub fn causes(&self) -> String {
        self.source().map(chain).unwrap_or_default()
    }
}

/// An error and what it came from, in one line.
pub fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut line = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        line.push_str(": ");
        line.push_str(&cause.to_string());
        next = cause.source();
    }
    line
}
