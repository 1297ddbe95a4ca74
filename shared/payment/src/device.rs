//! What a person holds in hand, as far as a browser tells.

/// Where a payment will be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    /// A computer: its screen is scanned with a phone.
    Desktop,
    /// A phone's browser.
    Mobile,
    /// The browser inside `WeChat`.
    WeChat,
    /// The browser inside QQ.
    Qq,
    /// The browser inside Alipay.
    Alipay,
}

impl Device {
    /// The device behind a `User-Agent`.
    #[must_use]
    pub fn of(user_agent: &str) -> Self {
        let has = |word: &str| user_agent.contains(word);
        if has("MicroMessenger") {
            Self::WeChat
        } else if has("AlipayClient") {
            Self::Alipay
        } else if has(" QQ/") {
            Self::Qq
        } else if ["Mobile", "Android", "iPhone", "iPad", "HarmonyOS"].into_iter().any(has) {
            Self::Mobile
        } else {
            Self::Desktop
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_agents_are_recognised() {
        for (user_agent, device) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36",
                Device::Desktop,
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile/15E148 Safari/604.1",
                Device::Mobile,
            ),
            ("Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/126.0.0.0 Mobile Safari/537.36", Device::Mobile),
            ("Mozilla/5.0 (iPhone; …) Mobile/15E148 MicroMessenger/8.0.49(0x18003137) NetType/WIFI", Device::WeChat),
            ("Mozilla/5.0 (iPhone; …) Mobile/15E148 QQ/9.0.60.614 Pixel/1170", Device::Qq),
            ("Mozilla/5.0 (Linux; U; Android 14) MQQBrowser/14.9 Mobile Safari/537.36", Device::Mobile),
            (
                "Mozilla/5.0 (iPhone; …) AlipayDefined(nt:WIFI) AliApp(AP/10.6) AlipayClient/10.6 Language/zh",
                Device::Alipay,
            ),
            ("", Device::Desktop),
        ] {
            assert_eq!(Device::of(user_agent), device, "{user_agent}");
        }
    }
}
