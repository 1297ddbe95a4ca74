//! Scripted moderation: a text is what its directive says it is.

use http::{Response, StatusCode};
use serde_json::{Map, Value, json};

use super::UpstreamBody;
use super::directives::split;
use super::openai::{error, plain};

/// What is judged, whatever the text says.
const CATEGORIES: [&str; 13] = [
    "harassment",
    "harassment/threatening",
    "hate",
    "hate/threatening",
    "illicit",
    "illicit/violent",
    "self-harm",
    "self-harm/instructions",
    "self-harm/intent",
    "sexual",
    "sexual/minors",
    "violence",
    "violence/graphic",
];

/// The answer to `POST /v1/moderations`: a result for each text. `[[flag=sexual,violence]]` in a text flags it for these.
pub(super) fn answer(asked: Option<&Value>) -> Response<UpstreamBody> {
    let input = asked.map(|asked| &asked["input"]);
    let texts: Vec<&str> = match input {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(texts)) => texts.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if texts.is_empty() {
        return error(StatusCode::BAD_REQUEST, "You must provide an input.");
    }
    let results: Vec<Value> = texts.into_iter().map(result).collect();
    let model = asked.map(|asked| &asked["model"]);
    plain(StatusCode::OK, &json!({"id": "modr-1", "model": model, "results": results}))
}

fn result(text: &str) -> Value {
    let (directives, _) = split(text);
    let flags = directives.iter().filter(|(name, _)| *name == "flag").flat_map(|(_, value)| value.split(','));
    let flags: Vec<&str> = flags.map(str::trim).collect();
    let is_flagged = |name: &&str| flags.contains(name);
    let named = CATEGORIES.iter().chain(flags.iter().filter(|flag| !CATEGORIES.contains(*flag)));
    let categories: Map<String, Value> = named.map(|name| ((*name).to_owned(), is_flagged(name).into())).collect();
    let scores: Map<String, Value> = categories
        .iter()
        .map(|(name, flagged)| (name.clone(), json!(if *flagged == true { 0.99 } else { 0.01 })))
        .collect();
    json!({"flagged": !flags.is_empty(), "categories": categories, "category_scores": scores})
}
