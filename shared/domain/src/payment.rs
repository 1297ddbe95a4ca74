//! Who collects money for the site, and how people pay.

use serde::{Deserialize, Serialize};

use crate::paste;

/// A payment provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Provider {
    /// Alipay's face-to-face payment (当面付).
    #[serde(rename = "alipay")]
    Alipay,
    /// An epay site (易支付): one interface, run by many.
    #[serde(rename = "yipay")]
    Epay,
    /// PAYJS.
    #[serde(rename = "jspay")]
    PayJs,
    /// Xunhupay (虎皮椒).
    #[serde(rename = "hpjpay")]
    Xunhupay,
}

impl Provider {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Alipay, Self::Epay, Self::PayJs, Self::Xunhupay];

    /// How clients call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Alipay => "alipay",
            Self::Epay => "yipay",
            Self::PayJs => "jspay",
            Self::Xunhupay => "hpjpay",
        }
    }

    /// The provider that clients call by this name.
    pub fn parse(name: &str) -> Option<Self> {
        let name = paste::clean(name);
        Self::ALL.into_iter().find(|provider| provider.name() == name)
    }

    /// Whether people can pay in this way through it.
    pub const fn serves(self, pay_type: PayType) -> bool {
        match self {
            Self::Alipay => matches!(pay_type, PayType::Alipay),
            Self::Epay => true,
            Self::PayJs | Self::Xunhupay => matches!(pay_type, PayType::Alipay | PayType::WeChat),
        }
    }
}

/// How a person pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum PayType {
    /// With Alipay's app.
    #[serde(rename = "alipay")]
    Alipay,
    /// With `WeChat`.
    #[serde(rename = "wxpay")]
    WeChat,
    /// With QQ.
    #[serde(rename = "qqpay")]
    Qq,
}

impl PayType {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Alipay, Self::WeChat, Self::Qq];

    /// How clients call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Alipay => "alipay",
            Self::WeChat => "wxpay",
            Self::Qq => "qqpay",
        }
    }

    /// The way that clients call by this name.
    pub fn parse(name: &str) -> Option<Self> {
        let name = paste::clean(name);
        Self::ALL.into_iter().find(|pay_type| pay_type.name() == name)
    }
}
