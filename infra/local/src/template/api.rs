//! The REST API: stage, preflight answers, gateway answers.

use std::collections::BTreeMap;

use serde_json::Value;

use super::resolve::{as_text, entries};
use super::{Reader, TemplateError};

/// The headers of preflight answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cors {
    /// `Access-Control-Allow-Origin`.
    pub origin: String,
    /// `Access-Control-Allow-Methods`; absent means the methods that the path has.
    pub methods: Option<String>,
    /// `Access-Control-Allow-Headers`.
    pub headers: Option<String>,
    /// `Access-Control-Max-Age`.
    pub max_age: Option<String>,
    /// `Access-Control-Allow-Credentials`.
    pub credentials: bool,
}

/// How API Gateway answers when it does not ask a function.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GatewayResponse {
    /// The status in place of the usual one.
    pub status: Option<u16>,
    /// Headers: `'text'` as it is, anything else a mapping expression such as `context.requestId`.
    pub headers: Vec<(String, String)>,
    /// The JSON body, with `$context` variables.
    pub body: Option<String>,
}

/// What the API says, apart from its routes.
#[derive(Debug)]
pub(super) struct Api {
    pub(super) stage: String,
    pub(super) cors: Option<Cors>,
    pub(super) gateway_responses: BTreeMap<String, GatewayResponse>,
    pub(super) binary_media_types: Vec<String>,
}

/// Reads the template's one API.
pub(super) fn read(reader: &Reader<'_>) -> Result<Api, TemplateError> {
    let mut apis = reader.resources("AWS::Serverless::Api");
    let (Some((id, _)), None) = (apis.next(), apis.next()) else {
        return Err(TemplateError::new("Resources", "expected exactly one AWS::Serverless::Api"));
    };
    let place = |key: &str| format!("Resources.{id}.Properties.{key}");
    let property = |key: &str| reader.property_over_globals("Api", id, key);
    let mut gateway_responses = BTreeMap::new();
    for (name, answer) in entries(&property("GatewayResponses")?) {
        let place = format!("{}.{name}", place("GatewayResponses"));
        gateway_responses.insert(name.to_owned(), gateway_response(answer, &place)?);
    }
    Ok(Api {
        stage: as_text(&property("StageName")?, &place("StageName"))?,
        cors: cors(&property("Cors")?, &place("Cors"))?,
        gateway_responses,
        binary_media_types: binary_media_types(&property("BinaryMediaTypes")?, &place("BinaryMediaTypes"))?,
    })
}

fn cors(value: &Value, place: &str) -> Result<Option<Cors>, TemplateError> {
    let text = |key: &str| -> Result<Option<String>, TemplateError> {
        value.get(key).map(|value| as_text(value, place).map(|text| unquoted(&text).to_owned())).transpose()
    };
    match value {
        Value::Null => Ok(None),
        Value::String(origin) => Ok(Some(Cors { origin: unquoted(origin).to_owned(), ..Cors::default() })),
        _ => Ok(Some(Cors {
            origin: text("AllowOrigin")?.ok_or_else(|| TemplateError::new(place, "AllowOrigin is missing"))?,
            methods: text("AllowMethods")?,
            headers: text("AllowHeaders")?,
            max_age: text("MaxAge")?,
            credentials: text("AllowCredentials")?.as_deref() == Some("true"),
        })),
    }
}

fn gateway_response(value: &Value, place: &str) -> Result<GatewayResponse, TemplateError> {
    let status = match &value["StatusCode"] {
        Value::Null => None,
        status => {
            let status = as_text(status, place)?.parse::<u16>().ok().filter(|status| (200..600).contains(status));
            Some(status.ok_or_else(|| TemplateError::new(place, "StatusCode is no HTTP status"))?)
        }
    };
    let headers = entries(&value["ResponseParameters"]["Headers"])
        .map(|(name, value)| Ok((name.to_owned(), as_text(value, place)?)))
        .collect::<Result<Vec<_>, TemplateError>>()?;
    let body = match value["ResponseTemplates"].get("application/json") {
        None | Some(Value::Null) => None,
        Some(body) => Some(as_text(body, place)?),
    };
    Ok(GatewayResponse { status, headers, body })
}

/// SAM writes the slash of a media type as `~1`, as JSON pointers have it.
fn binary_media_types(value: &Value, place: &str) -> Result<Vec<String>, TemplateError> {
    let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().map(|entry| Ok(as_text(entry, place)?.replace("~1", "/").to_lowercase())).collect()
}

/// API Gateway wants static header values in single quotes.
fn unquoted(text: &str) -> &str {
    text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')).unwrap_or(text)
}
