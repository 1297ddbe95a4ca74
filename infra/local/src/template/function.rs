//! The functions: what runs them, and what starts each.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::policy::{self, Statement};
use super::resolve::{as_text, entries, function_arn_path};
use super::{Reader, TemplateError};

/// Lambda's time limit for a function whose template gives none.
const TIMEOUT_SECONDS_DEFAULT: u64 = 3;
/// Lambda's memory for a function whose template gives none.
const MEMORY_MB_DEFAULT: u64 = 128;
/// API Gateway's time limit for a buffered route.
const BUFFERED_MILLIS_MAX: u64 = 29_000;
/// API Gateway's time limit for a streamed route.
const STREAMED_MILLIS_MAX: u64 = 900_000;

/// One Lambda function.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its logical id in the template.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// The cargo package that it is built from.
    pub package: String,
    /// Lambda's time limit.
    pub timeout: Duration,
    /// Its memory.
    pub memory_mb: u64,
    /// Its environment variables, without those that Lambda adds.
    pub environment: BTreeMap<String, String>,
    /// What its role allows.
    pub statements: Vec<Statement>,
    /// The routes that reach it.
    pub routes: Vec<Route>,
    /// How often each of its schedules starts it.
    pub schedules: Vec<Duration>,
}

/// One route of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The method in capitals; `ANY` for every one.
    pub method: String,
    /// The path, its variable segments as `{name}` or, last, `{name+}`.
    pub path: String,
    /// Whether the answer is passed on as the function makes it.
    pub streaming: bool,
    /// API Gateway's time limit.
    pub timeout: Duration,
}

/// Reads all functions.
pub(super) fn read_all(reader: &Reader<'_>) -> Result<Vec<Function>, TemplateError> {
    reader.resources("AWS::Serverless::Function").map(|(id, resource)| read(reader, id, resource)).collect()
}

fn read(reader: &Reader<'_>, id: &str, resource: &Value) -> Result<Function, TemplateError> {
    let number = |key: &str, default: u64| {
        let value = reader.property_over_globals("Function", id, key)?;
        number(&value, &format!("Resources.{id}.Properties.{key}")).map(|number| number.unwrap_or(default))
    };
    let name = reader.name_of(id)?;
    let mut function = Function {
        id: id.to_owned(),
        arn: format!("arn:aws:{}", function_arn_path(&name)),
        name,
        package: package(reader, id, resource)?,
        timeout: Duration::from_secs(number("Timeout", TIMEOUT_SECONDS_DEFAULT)?),
        memory_mb: number("MemorySize", MEMORY_MB_DEFAULT)?,
        environment: environment(reader, id)?,
        statements: policy::read(reader, id)?,
        routes: Vec::new(),
        schedules: Vec::new(),
    };
    for (name, event) in entries(&resource["Properties"]["Events"]) {
        let place = format!("Resources.{id}.Properties.Events.{name}");
        match event["Type"].as_str().unwrap_or_default() {
            "Api" => function.routes.push(route(reader, &event["Properties"], &place)?),
            "Schedule" => function.schedules.push(schedule(reader, &event["Properties"]["Schedule"], &place)?),
            "ScheduleV2" => {
                function.schedules.push(schedule(reader, &event["Properties"]["ScheduleExpression"], &place)?);
            }
            other => {
                return Err(TemplateError::new(&place, format!("the local stack knows no event of type {other:?}")));
            }
        }
    }
    let streamed = function.routes.iter().filter(|route| route.streaming).count();
    if streamed != 0 && streamed != function.routes.len() {
        let place = format!("Resources.{id}.Properties.Events");
        return Err(TemplateError::new(&place, "a streaming function cannot answer buffered routes"));
    }
    Ok(function)
}

/// The package is the binary's name where cargo-lambda is told one, else the folder's.
fn package(reader: &Reader<'_>, id: &str, resource: &Value) -> Result<String, TemplateError> {
    if let Some(binary) = resource["Metadata"]["BuildProperties"]["Binary"].as_str() {
        return Ok(binary.to_owned());
    }
    let folder = reader.property_over_globals("Function", id, "CodeUri")?;
    let package = folder.as_str().and_then(|path| path.trim_end_matches('/').rsplit('/').next());
    package.filter(|package| !package.is_empty() && *package != ".").map(str::to_owned).ok_or_else(|| {
        let place = format!("Resources.{id}");
        TemplateError::new(&place, "expected Metadata.BuildProperties.Binary or a CodeUri that ends in the package")
    })
}

fn environment(reader: &Reader<'_>, id: &str) -> Result<BTreeMap<String, String>, TemplateError> {
    let place = format!("Resources.{id}.Properties.Environment.Variables");
    let environment = reader.property_over_globals("Function", id, "Environment")?;
    entries(&environment["Variables"])
        .map(|(name, value)| Ok((name.to_owned(), as_text(value, &super::join(&place, name))?)))
        .collect()
}

fn route(reader: &Reader<'_>, properties: &Value, place: &str) -> Result<Route, TemplateError> {
    let text = |key: &str| {
        let value = reader.resolver.resolve(&properties[key], &super::join(place, key))?;
        as_text(&value, &super::join(place, key))
    };
    let streaming = match properties.get("ResponseTransferMode") {
        None => false,
        Some(_) => match text("ResponseTransferMode")?.as_str() {
            "RESPONSE_STREAM" | "STREAM" => true,
            "BUFFERED" => false,
            other => return Err(TemplateError::new(place, format!("{other} is no ResponseTransferMode"))),
        },
    };
    let millis_max = if streaming { STREAMED_MILLIS_MAX } else { BUFFERED_MILLIS_MAX };
    let millis = match properties.get("TimeoutInMillis") {
        None => None,
        Some(_) => number(&Value::String(text("TimeoutInMillis")?), place)?,
    };
    let path = text("Path")?;
    if !path.starts_with('/') {
        return Err(TemplateError::new(place, "a path starts with /"));
    }
    Ok(Route {
        method: text("Method")?.to_uppercase(),
        path,
        streaming,
        timeout: Duration::from_millis(millis.unwrap_or(BUFFERED_MILLIS_MAX).min(millis_max)),
    })
}

/// `rate(5 minutes)`. The product has no `cron(...)`, so neither has this reader.
fn schedule(reader: &Reader<'_>, value: &Value, place: &str) -> Result<Duration, TemplateError> {
    let text = as_text(&reader.resolver.resolve(value, place)?, place)?;
    let period = text.strip_prefix("rate(").and_then(|rest| rest.strip_suffix(')'));
    let seconds = period.and_then(|period| period.split_once(' ')).and_then(|(count, unit)| {
        let unit_seconds = match unit.trim().trim_end_matches('s') {
            "minute" => 60,
            "hour" => 3_600,
            "day" => 86_400,
            _ => return None,
        };
        count.parse::<u64>().ok().filter(|count| *count > 0)?.checked_mul(unit_seconds)
    });
    let wrong = || TemplateError::new(place, format!("the local stack runs rate(...) schedules only, not {text}"));
    seconds.map(Duration::from_secs).ok_or_else(wrong)
}

fn number(value: &Value, place: &str) -> Result<Option<u64>, TemplateError> {
    match value {
        Value::Null => Ok(None),
        value => {
            let number = as_text(value, place)?.parse::<u64>();
            number.map(Some).map_err(|_| TemplateError::new(place, "expected a whole number"))
        }
    }
}
