//! DynamoDB's typed JSON turned into plain JSON, for eyes and assertions.

use serde_json::{Map, Number, Value};

/// An item without its type tags.
pub(super) fn item(typed: &Value) -> Map<String, Value> {
    typed.as_object().into_iter().flatten().map(|(name, typed)| (name.clone(), value(typed))).collect()
}

/// What an attribute sorts by: numbers by size, everything else by its text.
pub(super) fn sort_text(attribute: Option<&Value>) -> String {
    match attribute {
        None => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => format!("{:030.6}", number.as_f64().unwrap_or(f64::MAX)),
        Some(other) => other.to_string(),
    }
}

/// One attribute value without its type tag; what it does not know it leaves as it is.
fn value(typed: &Value) -> Value {
    let Some((tag, inner)) = typed.as_object().and_then(|tagged| tagged.iter().next()) else {
        return typed.clone();
    };
    match (tag.as_str(), inner) {
        ("N", Value::String(text)) => number(text),
        ("NULL", _) => Value::Null,
        ("M", _) => Value::Object(item(inner)),
        ("L", Value::Array(elements)) => elements.iter().map(value).collect(),
        ("NS", Value::Array(elements)) => set(elements.iter().filter_map(Value::as_str).map(number).collect()),
        ("SS" | "BS", Value::Array(elements)) => set(elements.clone()),
        _ => inner.clone(),
    }
}

/// A set's elements in an order that does not change between runs.
fn set(mut elements: Vec<Value>) -> Value {
    elements.sort_by_cached_key(|element| sort_text(Some(element)));
    Value::Array(elements)
}

/// A number, exact as long as JSON's own kinds hold it; otherwise its text, so that no digit is lost.
fn number(text: &str) -> Value {
    if let Ok(integer) = text.parse::<i64>() {
        return integer.into();
    }
    if let Ok(integer) = text.parse::<u64>() {
        return integer.into();
    }
    let exact = text.parse::<f64>().ok().filter(|float| float.to_string() == text);
    exact.and_then(Number::from_f64).map_or_else(|| Value::String(text.to_owned()), Value::Number)
}
