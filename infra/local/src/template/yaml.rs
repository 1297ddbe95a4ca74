//! The text of a template as one JSON value, with CloudFormation's short tags (`!Ref x`) in their long form
//! (`{"Ref": "x"}`).

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value, json};

use super::TemplateError;

/// The tags that are not `Fn::` + their name in the long form.
const BARE_TAGS: [&str; 2] = ["Ref", "Condition"];

/// Reads the template's text.
pub(super) fn read(text: &str) -> Result<Value, TemplateError> {
    let documents = Yaml::load_from_str(text).map_err(|error| TemplateError::new("", format!("not YAML: {error}")))?;
    match documents.as_slice() {
        [document] => convert(document, ""),
        _ => Err(TemplateError::new("", "expected exactly one YAML document")),
    }
}

fn convert(node: &Yaml<'_>, place: &str) -> Result<Value, TemplateError> {
    match node {
        Yaml::Value(scalar) => convert_scalar(scalar, place),
        Yaml::Sequence(entries) => entries
            .iter()
            .enumerate()
            .map(|(index, entry)| convert(entry, &format!("{place}[{index}]")))
            .collect::<Result<Vec<_>, _>>()
            .map(Value::Array),
        Yaml::Mapping(entries) => {
            let mut map = Map::new();
            for (key, value) in entries {
                let key = convert_key(key, place)?;
                let value = convert(value, &super::join(place, &key))?;
                map.insert(key, value);
            }
            Ok(Value::Object(map))
        }
        Yaml::Tagged(tag, inner) if tag.handle == "!" => {
            let value = convert(inner, place)?;
            Ok(long_form(&tag.suffix, value))
        }
        other => Err(TemplateError::new(place, format!("YAML that a template cannot hold: {other:?}"))),
    }
}

fn convert_scalar(scalar: &Scalar<'_>, place: &str) -> Result<Value, TemplateError> {
    Ok(match scalar {
        Scalar::Null => Value::Null,
        Scalar::Boolean(flag) => json!(flag),
        Scalar::Integer(number) => json!(number),
        Scalar::FloatingPoint(number) => serde_json::Number::from_f64(number.into_inner())
            .map(Value::Number)
            .ok_or_else(|| TemplateError::new(place, "a number that JSON cannot hold"))?,
        Scalar::String(text) => json!(text),
    })
}

/// Keys are text in CloudFormation, also where YAML reads a number (`"4XX"` is text, `200` is not).
fn convert_key(key: &Yaml<'_>, place: &str) -> Result<String, TemplateError> {
    match convert(key, place)? {
        Value::String(text) => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(flag) => Ok(flag.to_string()),
        other => Err(TemplateError::new(place, format!("a key must be text, not {other}"))),
    }
}

fn long_form(tag: &str, value: Value) -> Value {
    let value = match (tag, value) {
        // `!GetAtt Table.Arn` is short for the list; the attribute itself may hold dots.
        ("GetAtt", Value::String(text)) => match text.split_once('.') {
            Some((resource, attribute)) => json!([resource, attribute]),
            None => json!(text),
        },
        (_, value) => value,
    };
    let name = if BARE_TAGS.contains(&tag) { tag.to_owned() } else { format!("Fn::{tag}") };
    Value::Object(Map::from_iter([(name, value)]))
}
