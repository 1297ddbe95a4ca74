//! Which addresses a person is sent to in order to pay.

use outbound::{Loopback, Url, file_address, page_address};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// Longer ones make QR codes that no phone reads.
const BYTES_MAX: usize = 2000;
/// Schemes that run or show what stands in the address itself, or a file of the person's own.
const NEVER: [&str; 7] = ["javascript", "data", "vbscript", "file", "blob", "about", "filesystem"];
/// What is encoded in the address of an app: blanks, and all that is not ASCII.
const ENCODED: &AsciiSet = &CONTROLS.add(b' ');
/// Signs that show nothing, or turn the order of what stands behind them.
const UNSEEN: [std::ops::RangeInclusive<char>; 4] =
    ['\u{200b}'..='\u{200f}', '\u{202a}'..='\u{202e}', '\u{2060}'..='\u{206f}', '\u{feff}'..='\u{feff}'];

/// What a provider's answer names, by where that answer came from.
#[derive(Debug)]
pub(crate) struct Named {
    called: Url,
    loopback: Loopback,
}

impl Named {
    /// In an answer from `called`.
    pub(crate) fn at(http: &outbound::Client, called: &Url) -> Self {
        Self { called: called.clone(), loopback: http.loopback() }
    }

    /// An address that may be opened or made into a QR code: that of a page, in any shape that a browser takes, or the
    /// `scheme://…` of an app, as `weixin`, `alipays` and `mqqapi` are; `None` for everything else, scripts above all.
    pub(crate) fn pay_url(&self, text: &str) -> Option<String> {
        let text = text.trim();
        let is_unseen = |character: char| UNSEEN.iter().any(|range| range.contains(&character));
        let is_odd = |character: char| character.is_control() || is_unseen(character) || "\"'`<>\\".contains(character);
        if text.is_empty() || text.contains(is_odd) {
            return None;
        }
        let address = match text.split_once("://") {
            Some((scheme, rest)) if is_app(scheme) => {
                (!rest.is_empty()).then(|| utf8_percent_encode(text, ENCODED).to_string())?
            }
            _ => page_address(&self.called, text, self.loopback).ok()?.into(),
        };
        (address.len() <= BYTES_MAX).then_some(address)
    }

    /// The address of a picture to be fetched.
    pub(crate) fn file(&self, text: &str) -> Option<Url> {
        file_address(Some(&self.called), text, self.loopback).ok()
    }
}

#[cfg(test)]
impl Named {
    /// In an answer from the local stack.
    pub(crate) fn in_tests() -> Self {
        let called = Url::parse("http://127.0.0.1:3200/_local/pay/epay/mapi.php").expect("an address");
        Self { called, loopback: Loopback::Allow }
    }
}

/// Whether a scheme is an app's: neither the web's nor one that is never opened.
fn is_app(scheme: &str) -> bool {
    let is = |other: &&str| scheme.eq_ignore_ascii_case(other);
    let is_scheme = !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphabetic());
    is_scheme && !NEVER.iter().chain(&["http", "https"]).any(is)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pay_url(text: &str) -> Option<String> {
        Named::in_tests().pay_url(text)
    }

    #[test]
    fn only_plain_addresses_are_opened() {
        for text in [
            "https://qr.alipay.com/bax03431ljhokirwl38f00a7",
            " weixin://wxpay/bizpayurl?pr=04IPMKM\n",
            "alipays://platformapi/startapp?appId=20000067&url=https%3A%2F%2Fa.example",
            "mqqapi://wallet/open?src_type=web",
            "http://127.0.0.1:3200/_local/pay/1",
        ] {
            assert_eq!(pay_url(text).as_deref(), Some(text.trim()));
        }
        let long = format!("https://a.example/{}", "a".repeat(BYTES_MAX));
        for text in [
            "",
            "https://",
            "://a",
            "pay.example.com/1",
            "javascript:alert(1)",
            "JavaScript://%0aalert(1)",
            "data:text/html,x",
            "data://text/html,x",
            "file:///etc/passwd",
            "https://a.example/\"onload=x",
            "https://a.example/'x",
            "https://a.example/<script>",
            "https://a.example/\u{202e}b",
            "http://10.0.0.1/pay",
            "//169.254.169.254/latest",
            "https://user@a.example/",
            "x-y://a",
            long.as_str(),
        ] {
            assert_eq!(pay_url(text), None, "{text}");
        }
    }

    #[test]
    fn blanks_and_foreign_letters_are_encoded_and_what_is_relative_is_resolved() {
        for (text, expected) in [
            ("https://a.example/a b", "https://a.example/a%20b"),
            ("https://支付.example/", "https://xn--bnq875c.example/"),
            ("/pay/1?名=一", "http://127.0.0.1:3200/pay/1?%E5%90%8D=%E4%B8%80"),
            ("//a.example/1", "http://a.example/1"),
            ("alipays://platformapi/startapp?name=一 年", "alipays://platformapi/startapp?name=%E4%B8%80%20%E5%B9%B4"),
        ] {
            assert_eq!(pay_url(text).as_deref(), Some(expected), "{text}");
        }
    }
}
