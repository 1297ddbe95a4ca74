//! What `template.yaml` says, read the way CloudFormation and SAM read it: the local stack has no list of its own of
//! routes, time limits, environment variables, tables or buckets.

mod api;
mod function;
mod policy;
mod resolve;
mod storage;
#[cfg(test)]
mod tests;
mod yaml;

use std::collections::BTreeMap;

use serde_json::Value;

pub use api::{Cors, GatewayResponse};
pub use function::{Function, Route};
pub use policy::Statement;
pub(crate) use policy::matches;
pub use resolve::{AWS_ACCOUNT, REGION};
pub use storage::{Bucket, Secret, Table};

use resolve::Resolver;

/// A template, resolved.
#[derive(Clone, Debug)]
pub struct Template {
    /// The stage's name: the first segment of deployed URLs.
    pub stage: String,
    /// Answers to preflight requests.
    pub cors: Option<Cors>,
    /// What API Gateway answers by itself, by its name for the reason.
    pub gateway_responses: BTreeMap<String, GatewayResponse>,
    /// Media types whose bodies travel in base64.
    pub binary_media_types: Vec<String>,
    /// The functions.
    pub functions: Vec<Function>,
    /// The DynamoDB tables.
    pub tables: Vec<Table>,
    /// The buckets.
    pub buckets: Vec<Bucket>,
    /// The secrets.
    pub secrets: Vec<Secret>,
}

/// What is wrong with a template, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("template.yaml, {place}: {problem}")]
pub struct TemplateError {
    place: String,
    problem: String,
}

impl TemplateError {
    fn new(place: &str, problem: impl Into<String>) -> Self {
        let place = if place.is_empty() { "top level" } else { place };
        Self { place: place.to_owned(), problem: problem.into() }
    }
}

impl Template {
    /// Reads a template's text. `parameters` are what a deployment would be asked for; the rest stay at their defaults.
    ///
    /// # Errors
    /// When the text is no template, or says something that the local stack cannot do.
    pub fn read(text: &str, parameters: &BTreeMap<String, String>) -> Result<Self, TemplateError> {
        let document = yaml::read(text)?;
        let reader = Reader { document: &document, resolver: Resolver::new(&document, parameters) };
        let api = api::read(&reader)?;
        Ok(Self {
            functions: function::read_all(&reader)?,
            tables: storage::read_tables(&reader)?,
            buckets: storage::read_buckets(&reader)?,
            secrets: storage::read_secrets(&reader)?,
            stage: api.stage,
            cors: api.cors,
            gateway_responses: api.gateway_responses,
            binary_media_types: api.binary_media_types,
        })
    }
}

/// The document and how to resolve its values.
#[derive(Debug)]
struct Reader<'a> {
    document: &'a Value,
    resolver: Resolver<'a>,
}

impl<'a> Reader<'a> {
    /// The resources of one type: logical id and declaration.
    fn resources(&self, kind: &str) -> impl Iterator<Item = (&'a str, &'a Value)> {
        resolve::entries(&self.document["Resources"]).filter(move |(_, resource)| resource["Type"] == kind)
    }

    /// What `Ref` gives for the resource `id`.
    fn name_of(&self, id: &str) -> Result<String, TemplateError> {
        let place = format!("Resources.{id}");
        let name = self.resolver.resolve(&serde_json::json!({ "Ref": id }), &place)?;
        resolve::as_text(&name, &place)
    }

    /// One property of a resource, resolved; null when it is absent.
    fn property(&self, id: &str, key: &str) -> Result<Value, TemplateError> {
        let value = &self.document["Resources"][id]["Properties"][key];
        self.resolver.resolve(value, &format!("Resources.{id}.Properties.{key}"))
    }

    /// One property, resolved, with what `Globals` says for its kind of resource below it: objects merge, the
    /// resource's own value wins otherwise.
    fn property_over_globals(&self, section: &str, id: &str, key: &str) -> Result<Value, TemplateError> {
        let global = &self.document["Globals"][section][key];
        let global = self.resolver.resolve(global, &format!("Globals.{section}.{key}"))?;
        Ok(merge(global, self.property(id, key)?))
    }
}

fn merge(below: Value, above: Value) -> Value {
    match (below, above) {
        (Value::Object(mut below), Value::Object(above)) => {
            for (key, value) in above {
                let old = below.remove(&key).unwrap_or_default();
                below.insert(key, merge(old, value));
            }
            Value::Object(below)
        }
        (below, Value::Null) => below,
        (_, above) => above,
    }
}

/// The place of `key` inside `place`.
fn join(place: &str, key: &str) -> String {
    if place.is_empty() { key.to_owned() } else { format!("{place}.{key}") }
}
