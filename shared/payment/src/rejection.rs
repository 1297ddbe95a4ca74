//! Why a notification is not believed.

/// Why a notification is not believed. Its text is short and holds no values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// A field comes twice.
    #[error("通知的字段重复: {0}")]
    Duplicate(String),
    /// A field is missing or empty.
    #[error("通知缺少字段: {0}")]
    Missing(&'static str),
    /// The signature is not the provider's.
    #[error("通知的签名不正确")]
    Signature,
    /// It is about another merchant.
    #[error("通知的商户不符")]
    Merchant,
    /// The amount is no plain decimal.
    #[error("通知的金额无法识别")]
    Amount,
    /// It cannot be read, or can be read in two ways.
    #[error("通知的格式无法识别")]
    Malformed,
}
