//! What an upstream says that it serves: <https://platform.openai.com/docs/api-reference/models/list>.

use serde::Deserialize;
use serde_json::Value;
use tokio::time::Instant;

use crate::call::{Call, collect};
use crate::client::Client;
use crate::failure::{Cause, Verdict};
use crate::key::Key;

/// Longest list: aggregators tell four hundred models with a kilobyte about each.
const LIST_BYTES_MAX: usize = 4 * 1024 * 1024;

#[derive(Deserialize)]
struct List {
    data: Vec<Value>,
}

impl Client {
    /// The names in the upstream's own list of models, in its order. It does not tell what they are for, and may name
    /// anything.
    ///
    /// # Errors
    /// When there is no such list.
    pub async fn models(&self, key: &Key, until: Instant) -> Result<Vec<String>, Cause> {
        let url = self.route(key, &["v1"], &["models"])?;
        let response = self.exchange(&Call::get(url, "application/json").bearer(key)?, until).await;
        let response = response.map_err(|verdict| match verdict {
            Verdict::Next(cause) => cause,
            Verdict::Refuse(status, _) => Cause::Server(status),
        })?;
        read(&collect(response, LIST_BYTES_MAX, until).await?).ok_or(Cause::Malformed)
    }
}

fn read(answer: &[u8]) -> Option<Vec<String>> {
    let List { data } = serde_json::from_slice(answer).ok()?;
    let names = data.iter().filter_map(|model| model.get("id").unwrap_or(model).as_str());
    Some(names.map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_as_their_names() {
        let read = |json: &str| read(json.as_bytes());
        let list =
            r#"{"object":"list","data":[{"id":"gpt-4o","object":"model"},{"id":7},{},{"id":"a/b:free"},"o1-pro"]}"#;
        assert_eq!(read(list).unwrap(), ["gpt-4o", "a/b:free", "o1-pro"]);
        assert_eq!(read(r#"{"data":[]}"#), Some(Vec::new()));
        for json in ["", "[]", "<html>", r#"{"data":{}}"#, r#"{"object":"list"}"#] {
            assert_eq!(read(json), None, "{json}");
        }
    }
}
