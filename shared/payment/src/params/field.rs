//! The keys of each provider, and what their values may be.

use domain::text::web_address;
use domain::{Provider, paste};
use outbound::Loopback;

use super::address;
use super::{Fault, ParamsError};
use crate::rsa2::bare;

/// Longer names of merchants are refused.
const MERCHANT_BYTES_MAX: usize = 64;
/// Longer secrets are refused.
const SECRET_BYTES_MAX: usize = 256;
/// Longer RSA keys are refused: 4096 bits have some 3200 characters.
const RSA_BYTES_MAX: usize = 8 * 1024;

/// One key of `params`.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    kind: Kind,
    is_required: bool,
}

/// What a value is.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// Digits.
    Number,
    /// Letters, digits, `-` and `_`, the first of which is a letter or a digit.
    Word,
    /// A secret shared with the provider.
    Secret,
    /// `PKCS1`, `PKCS8` or nothing.
    KeyType,
    /// An RSA key in base64, with or without armour.
    Rsa,
    /// The provider's address.
    Api(Provider),
    /// Where the person is sent after paying.
    ReturnUrl,
}

const fn required(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, is_required: true }
}

const fn optional(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, is_required: false }
}

const ALIPAY: [Field; 5] = [
    required("appId", Kind::Number),
    optional("keyType", Kind::KeyType),
    required("privateKey", Kind::Rsa),
    required("alipayPublicKey", Kind::Rsa),
    optional("api", Kind::Api(Provider::Alipay)),
];
const EPAY: [Field; 4] = [
    required("pid", Kind::Word),
    required("key", Kind::Secret),
    required("api", Kind::Api(Provider::Epay)),
    optional("return_url", Kind::ReturnUrl),
];
const PAYJS: [Field; 4] = [
    required("mchid", Kind::Word),
    required("key", Kind::Secret),
    optional("api", Kind::Api(Provider::PayJs)),
    optional("return_url", Kind::ReturnUrl),
];
const XUNHUPAY: [Field; 4] = [
    required("appid", Kind::Word),
    required("key", Kind::Secret),
    optional("api", Kind::Api(Provider::Xunhupay)),
    optional("return_url", Kind::ReturnUrl),
];

/// The keys of a provider.
pub(super) const fn of(provider: Provider) -> &'static [Field] {
    match provider {
        Provider::Alipay => &ALIPAY,
        Provider::Epay => &EPAY,
        Provider::PayJs => &PAYJS,
        Provider::Xunhupay => &XUNHUPAY,
    }
}

/// What administrators call a key.
pub(super) fn label(name: &str) -> &'static str {
    match name {
        "appId" | "appid" => "应用ID",
        "pid" => "商户ID",
        "mchid" => "商户号",
        "key" => "密钥",
        "keyType" => "密钥类型",
        "privateKey" => "应用私钥",
        "alipayPublicKey" => "支付宝公钥",
        "api" => "接口地址",
        "return_url" => "跳转地址",
        _ => "参数",
    }
}

impl Field {
    /// Refuses an account without this key if it must have one.
    pub(super) fn check_absence(&self) -> Result<(), ParamsError> {
        if self.is_required { Err(self.error(Fault::Empty)) } else { Ok(()) }
    }

    /// The value in the form that it is kept in.
    pub(super) fn read(&self, typed: &str, loopback: Loopback) -> Result<String, ParamsError> {
        // Armour is told by its blanks; and a path can hold full-width signs.
        let cleaned = match self.kind {
            Kind::Rsa | Kind::ReturnUrl => typed.trim_matches(paste::is_blank).into(),
            _ => paste::clean(typed),
        };
        if cleaned.is_empty() {
            return self.check_absence().map(|()| String::new());
        }
        self.kind.read(&cleaned, loopback).map_err(|fault| self.error(fault))
    }
}

impl Kind {
    fn read(self, typed: &str, loopback: Loopback) -> Result<String, Fault> {
        let fitting = |most: usize, is_fine: fn(u8) -> bool| {
            let fits = typed.len() <= most && typed.bytes().all(is_fine);
            if fits { Ok(typed.to_owned()) } else { Err(Fault::Unfit) }
        };
        match self {
            Self::Number => fitting(MERCHANT_BYTES_MAX, |byte| byte.is_ascii_digit()),
            Self::Word if typed.starts_with(['-', '_']) => Err(Fault::Unfit),
            Self::Word => fitting(MERCHANT_BYTES_MAX, |byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)),
            Self::Secret | Self::Rsa if typed.contains('*') => Err(Fault::Masked),
            Self::Secret => fitting(SECRET_BYTES_MAX, |byte| byte.is_ascii_graphic()),
            Self::KeyType => match typed.to_ascii_uppercase().as_str() {
                known @ ("PKCS1" | "PKCS8") => Ok(known.to_owned()),
                _ => Err(Fault::Unfit),
            },
            Self::Rsa if typed.len() > RSA_BYTES_MAX => Err(Fault::Unfit),
            Self::Rsa => Ok(bare(typed)),
            Self::Api(provider) => address::plain(provider, typed, loopback).map_err(Fault::Address),
            Self::ReturnUrl => web_address(typed).ok_or(Fault::Unfit),
        }
    }
}
