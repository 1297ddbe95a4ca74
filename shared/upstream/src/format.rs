//! The form that an answer is asked to have:
//! <https://platform.openai.com/docs/api-reference/chat/create#chat_create-response_format>.

use std::fmt;

use serde::de::Visitor;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// Longest JSON schema, in bytes. OpenAI takes schemas of at most 5000 properties and 120 000 characters of names; what
/// people write by hand has a few hundred bytes.
pub const SCHEMA_BYTES_MAX: usize = 32 * 1024;

/// The form of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResponseFormat {
    /// Any text.
    Text,
    /// A JSON object, whatever it holds.
    JsonObject,
    /// JSON that follows a schema.
    JsonSchema(JsonSchema),
}

/// What a client says of its schema: an object with at least its `name`, kept as it was written, because models write
/// the properties of an answer in the order in which the schema has them.
#[derive(Clone, Debug)]
pub struct JsonSchema(Box<RawValue>);

impl ResponseFormat {
    /// Reads a `response_format` as clients send it: `{"type":"json_schema","json_schema":{"name":…,"schema":…}}`. `None`
    /// when it is none, when its type is unknown, or when the schema is longer than [`SCHEMA_BYTES_MAX`].
    #[must_use]
    pub fn parse(json: &str) -> Option<Self> {
        let sent: Sent = serde_json::from_str(json).ok()?;
        match sent.kind.as_str() {
            "text" => Some(Self::Text),
            "json_object" => Some(Self::JsonObject),
            "json_schema" => JsonSchema::new(sent.json_schema?).map(Self::JsonSchema),
            _ => None,
        }
    }

    /// The schema as it is sent. Upstreams count its tokens with the prompt's, and models read its descriptions.
    #[must_use]
    pub fn schema(&self) -> Option<&str> {
        match self {
            Self::JsonSchema(schema) => Some(schema.0.get()),
            Self::Text | Self::JsonObject => None,
        }
    }
}

impl ResponseFormat {
    /// What the schema says, for those who judge it: its texts as they are meant, names of fields among them, one a line.
    /// Any letter of them may be written as an escape.
    #[must_use]
    pub fn said(&self) -> String {
        texts(self.schema().unwrap_or_default()).collect::<Vec<_>>().join("\n")
    }
}

/// The texts of a JSON document, which is sound already; however deep it is, it is read from left to right.
fn texts(json: &str) -> impl Iterator<Item = String> {
    let mut rest = json;
    std::iter::from_fn(move || {
        let (_, behind) = rest.split_once('"')?;
        let mut escapes = false;
        let end = behind.find(|c| {
            let ends = c == '"' && !escapes;
            escapes = c == '\\' && !escapes;
            ends
        })?;
        let (text, behind) = behind.split_at(end);
        rest = behind.strip_prefix('"')?;
        let meant = serde_json::from_str(&format!("\"{text}\""));
        Some(meant.map_or_else(|_| text.to_owned(), |Lossy(text)| text))
    })
}

/// A JSON text, of which halves of characters are not held against the rest.
struct Lossy(String);

impl<'de> Deserialize<'de> for Lossy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = Lossy;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Lossy, E> {
                Ok(Lossy(String::from_utf8_lossy(bytes).into_owned()))
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

impl JsonSchema {
    fn new(raw: Box<RawValue>) -> Option<Self> {
        let text = raw.get();
        // A list would pass for an object of its fields in this order.
        let is_object = text.len() <= SCHEMA_BYTES_MAX && text.starts_with('{');
        let is_named = is_object && serde_json::from_str(text).is_ok_and(|Named { name }| !name.is_empty());
        is_named.then_some(Self(raw))
    }
}

impl PartialEq for JsonSchema {
    fn eq(&self, other: &Self) -> bool {
        self.0.get() == other.0.get()
    }
}

impl Eq for JsonSchema {}

impl Serialize for ResponseFormat {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("ResponseFormat", 2)?;
        let kind = match self {
            Self::Text => "text",
            Self::JsonObject => "json_object",
            Self::JsonSchema(_) => "json_schema",
        };
        fields.serialize_field("type", kind)?;
        if let Self::JsonSchema(JsonSchema(raw)) = self {
            fields.serialize_field("json_schema", raw)?;
        }
        fields.end()
    }
}

#[derive(Deserialize)]
struct Sent {
    #[serde(rename = "type")]
    kind: String,
    json_schema: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_clients_send_goes_on_as_they_wrote_it() {
        let schema = r#"{"type":"json_schema","json_schema":{"name":"a","schema":{"z":1, "b":{}},"strict":true}}"#;
        for json in [r#"{"type":"text"}"#, r#"{"type":"json_object"}"#, schema] {
            let format = ResponseFormat::parse(json).unwrap();
            assert_eq!(serde_json::to_string(&format).unwrap(), json);
            assert_eq!(ResponseFormat::parse(&format!(" {json}\n")), Some(format));
        }
        let named = ResponseFormat::parse(schema).unwrap();
        assert_eq!(named.schema(), Some(r#"{"name":"a","schema":{"z":1, "b":{}},"strict":true}"#));
        assert_eq!(ResponseFormat::Text.schema(), None);
    }

    #[test]
    fn what_a_schema_says_is_read_as_it_is_meant() {
        let said = |schema: &str| {
            let format = format!(r#"{{"type":"json_schema","json_schema":{schema}}}"#);
            ResponseFormat::parse(&format).unwrap().said()
        };
        assert_eq!(
            said(r#"{"name":"a","\u0062ad":{"enum":["\u574f\u8bcd","\"\\",7]}}"#),
            "name\na\nbad\nenum\n坏词\n\"\\"
        );
        // Half a character beside a word, and a word below more brackets than a parser takes.
        assert_eq!(said(r#"{"name":"a","x":"\u0062ad\ud800"}"#), "name\na\nx\nbad\u{fffd}\u{fffd}\u{fffd}");
        let deep = format!(r#"{{"name":"a","x":{}"\u0062ad"{}}}"#, "[".repeat(5_000), "]".repeat(5_000));
        assert!(said(&deep).ends_with("\nbad"));
        assert_eq!(ResponseFormat::Text.said(), "");
    }

    #[test]
    fn what_is_no_format_is_refused() {
        for json in [
            "",
            "7",
            "{}",
            r#""text""#,
            r#"{"type":"grammar"}"#,
            r#"{"type":"json_schema"}"#,
            r#"{"type":"json_schema","json_schema":null}"#,
            r#"{"type":"json_schema","json_schema":{}}"#,
            r#"{"type":"json_schema","json_schema":{"name":""}}"#,
            r#"{"type":"json_schema","json_schema":{"name":7}}"#,
            r#"{"type":"json_schema","json_schema":["a"]}"#,
            r#"{"type":"json_schema","json_schema":{"name":"a"}}}"#,
        ] {
            assert_eq!(ResponseFormat::parse(json), None, "{json}");
        }
        let of = |bytes: usize| {
            let schema = format!(r#"{{"name":"{}"}}"#, "a".repeat(bytes - r#"{"name":""}"#.len()));
            ResponseFormat::parse(&format!(r#"{{"type":"json_schema","json_schema":{schema}}}"#))
        };
        assert!(of(SCHEMA_BYTES_MAX).is_some() && of(SCHEMA_BYTES_MAX + 1).is_none());
    }
}
