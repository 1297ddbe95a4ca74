//! Which addresses a person is sent to in order to pay.

/// Longer ones make QR codes that no phone reads.
const BYTES_MAX: usize = 2000;
/// Schemes that run or show what stands in the address itself, or a file of the person's own.
const NEVER: [&str; 7] = ["javascript", "data", "vbscript", "file", "blob", "about", "filesystem"];

/// An address that may be opened or made into a QR code: `scheme://…` of plain characters, as `https`, `weixin`,
/// `alipays` and `mqqapi` are; `None` for everything else, scripts above all.
pub(crate) fn pay_url(text: &str) -> Option<String> {
    let text = text.trim();
    let (scheme, rest) = text.split_once("://")?;
    let is_scheme = !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_odd = |byte: u8| !byte.is_ascii_graphic() || b"\"'`<>\\".contains(&byte);
    let is_fine = is_scheme && !rest.is_empty() && text.len() <= BYTES_MAX && !text.bytes().any(is_odd);
    (is_fine && !NEVER.iter().any(|never| scheme.eq_ignore_ascii_case(never))).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

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
            "https://a.example/a b",
            "https://a.example/\u{202e}b",
            "https://支付.example/",
            "x-y://a",
            long.as_str(),
        ] {
            assert_eq!(pay_url(text), None, "{text}");
        }
    }
}
