//! The known signatures in `tests/vectors`, made by other programs.

use domain::Provider;
use outbound::Loopback;
use serde_json::{Value, json};

use crate::params::Params;

/// The cases of a file.
#[derive(Debug)]
pub(crate) struct Vectors(Value);

impl Vectors {
    pub(crate) fn alipay() -> Self {
        Self(serde_json::from_str(include_str!("../tests/vectors/alipay.json")).unwrap())
    }

    pub(crate) fn alipay_notifications() -> Self {
        Self(serde_json::from_str(include_str!("../tests/vectors/alipay_notifications.json")).unwrap())
    }

    pub(crate) fn epay() -> Self {
        Self(serde_json::from_str(include_str!("../tests/vectors/epay.json")).unwrap())
    }

    pub(crate) fn payjs() -> Self {
        Self(serde_json::from_str(include_str!("../tests/vectors/payjs.json")).unwrap())
    }

    pub(crate) fn xunhupay() -> Self {
        Self(serde_json::from_str(include_str!("../tests/vectors/xunhupay.json")).unwrap())
    }

    /// A text beside the cases, at this JSON pointer.
    pub(crate) fn text(&self, pointer: &str) -> &str {
        self.0.pointer(pointer).and_then(Value::as_str).unwrap()
    }

    /// The cases of a kind; there are at least `least`, so that a test cannot pass for want of any.
    pub(crate) fn of(&self, kind: &str, least: usize) -> Vec<Case<'_>> {
        let all = self.0["cases"].as_array().unwrap().iter();
        let cases: Vec<_> = all.filter(|case| case["kind"] == kind).map(Case).collect();
        assert!(cases.len() >= least, "{kind}: {}", cases.len());
        cases
    }
}

/// One case.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case<'a>(&'a Value);

impl<'a> Case<'a> {
    pub(crate) fn name(self) -> &'a str {
        self.text("name")
    }

    /// A text of it; empty when there is none.
    pub(crate) fn text(self, name: &str) -> &'a str {
        self.0[name].as_str().unwrap_or_default()
    }

    pub(crate) fn is(self, name: &str) -> bool {
        self.0[name] == true
    }

    /// The fields in `params`, numbers as they are written.
    pub(crate) fn fields(self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        self.0["params"].as_object().unwrap().iter().map(|(name, value)| (name.clone(), text(value))).collect()
    }
}

/// The account that the cases of a provider are about.
pub(crate) fn params(provider: Provider) -> Params {
    let typed = match provider {
        Provider::Alipay => {
            let vectors = Vectors::alipay();
            json!({
                "appId": vectors.text("/app_id"),
                "privateKey": vectors.text("/keys/app_private_pkcs8"),
                "alipayPublicKey": vectors.text("/keys/alipay_public_spki"),
            })
        }
        Provider::Epay => {
            let vectors = Vectors::epay();
            json!({ "pid": vectors.text("/pid"), "key": vectors.text("/key"), "api": "https://pay.example.com" })
        }
        Provider::PayJs => {
            let vectors = Vectors::payjs();
            json!({ "mchid": vectors.text("/mchid"), "key": vectors.text("/key") })
        }
        Provider::Xunhupay => {
            let vectors = Vectors::xunhupay();
            json!({ "appid": vectors.text("/appid"), "key": vectors.text("/appsecret") })
        }
    };
    Params::parse(provider, &typed.to_string(), Loopback::Refuse).unwrap()
}
