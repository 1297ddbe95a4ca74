//! Secrets Manager: `GetSecretValue` over a fixed map.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde_json::{Value, json};

/// A Secrets Manager that knows the secrets it was made with. Clones share them.
#[derive(Clone, Default)]
pub struct Secrets(Arc<BTreeMap<String, String>>);

impl Secrets {
    /// A Secrets Manager with these secrets, as pairs of id (a name or an ARN) and value.
    pub fn new<I: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (I, V)>) -> Self {
        Self(Arc::new(pairs.into_iter().map(|(id, value)| (id.into(), value.into())).collect()))
    }

    /// Carries out one call in the service's JSON protocol, `operation` being what follows the dot in
    /// `x-amz-target`. Returns the HTTP status and the body.
    pub fn execute(&self, operation: &str, body: &[u8]) -> (u16, Vec<u8>) {
        let (status, answer) = match operation {
            "GetSecretValue" => self.value(body),
            _ => (400, json!({"__type": "UnknownOperationException", "Message": "not served here"})),
        };
        (status, answer.to_string().into_bytes())
    }

    fn value(&self, body: &[u8]) -> (u16, Value) {
        let request: Value = serde_json::from_slice(body).unwrap_or_default();
        let Some(asked) = request["SecretId"].as_str() else {
            return (400, json!({"__type": "InvalidRequestException", "Message": "SecretId is missing"}));
        };
        let found = self.0.iter().find(|(id, _)| asked == id.as_str() || asked == arn(id));
        let Some((id, value)) = found else {
            let message = "Secrets Manager can't find the specified secret.";
            return (400, json!({"__type": "ResourceNotFoundException", "Message": message}));
        };
        let answer = json!({
            "ARN": arn(id),
            "CreatedDate": 1_700_000_000.0,
            "Name": id,
            "SecretString": value,
            "VersionId": "00000000-0000-4000-8000-000000000001",
            "VersionStages": ["AWSCURRENT"],
        });
        (200, answer)
    }
}

impl fmt::Debug for Secrets {
    /// Ids only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// The secret's ARN in the form of the real service, six characters at the end included. An id that is an ARN
/// already stays as it is.
fn arn(id: &str) -> String {
    if id.starts_with("arn:") {
        return id.to_owned();
    }
    format!("arn:aws:secretsmanager:us-east-1:000000000000:secret:{id}-AbCdEf")
}
