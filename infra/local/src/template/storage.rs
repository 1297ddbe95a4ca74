//! What outlives a request: tables, buckets and secrets.

use serde_json::{Map, Value, json};

use super::resolve::as_text;
use super::{Reader, TemplateError};

/// Secrets Manager's length of a generated secret whose template gives none.
const SECRET_CHARACTERS_DEFAULT: usize = 32;
/// Secrets Manager's longest generated secret.
const SECRET_CHARACTERS_MAX: usize = 4096;

/// The properties that CloudFormation and `CreateTable` write alike.
const CREATE_TABLE: [&str; 6] = [
    "AttributeDefinitions",
    "KeySchema",
    "GlobalSecondaryIndexes",
    "LocalSecondaryIndexes",
    "BillingMode",
    "ProvisionedThroughput",
];

/// One DynamoDB table.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// The body of the `CreateTable` call that makes it.
    pub create: Value,
    /// The body of the `UpdateTimeToLive` call that follows, if it has expiring items.
    pub time_to_live: Option<Value>,
}

/// One S3 bucket, and what it shows to everybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// What the keys begin with that its policy lets everybody get.
    pub public: Vec<String>,
    /// The origins whose pages may read what they get; `*` is every one.
    pub origins: Vec<String>,
}

/// One secret that is generated at deployment.
#[derive(Clone, Debug, PartialEq)]
pub struct Secret {
    /// What `SECRET_ID` holds.
    pub id: String,
    /// Characters to generate.
    pub characters: usize,
    /// The JSON object and the key in it that the generated text goes to; else the text is the whole secret.
    pub inside: Option<(Map<String, Value>, String)>,
}

/// Reads all tables.
pub(super) fn read_tables(reader: &Reader<'_>) -> Result<Vec<Table>, TemplateError> {
    reader.resources("AWS::DynamoDB::Table").map(|(id, _)| read_table(reader, id)).collect()
}

fn read_table(reader: &Reader<'_>, id: &str) -> Result<Table, TemplateError> {
    let name = reader.name_of(id)?;
    let mut create = Map::from_iter([("TableName".to_owned(), json!(name))]);
    for key in CREATE_TABLE {
        let value = reader.property(id, key)?;
        if !value.is_null() {
            create.insert(key.to_owned(), value);
        }
    }
    let time_to_live = match reader.property(id, "TimeToLiveSpecification")? {
        Value::Null => None,
        specification => Some(json!({ "TableName": name, "TimeToLiveSpecification": specification })),
    };
    Ok(Table { name, create: Value::Object(create), time_to_live })
}

/// Reads all buckets.
pub(super) fn read_buckets(reader: &Reader<'_>) -> Result<Vec<Bucket>, TemplateError> {
    reader.resources("AWS::S3::Bucket").map(|(id, _)| read_bucket(reader, id)).collect()
}

fn read_bucket(reader: &Reader<'_>, id: &str) -> Result<Bucket, TemplateError> {
    let name = reader.name_of(id)?;
    let mut public = Vec::new();
    for (policy, _) in reader.resources("AWS::S3::BucketPolicy") {
        if reader.property(policy, "Bucket")? == json!(name) {
            let statements = reader.property(policy, "PolicyDocument")?["Statement"].clone();
            for statement in list(&statements).iter().filter(|statement| lets_everybody_get(statement)) {
                public.extend(list(&statement["Resource"]).iter().filter_map(|resource| prefix(resource, &name)));
            }
        }
    }
    let cors = reader.property(id, "CorsConfiguration")?;
    let rules = list(&cors["CorsRules"]).iter().filter(|rule| list(&rule["AllowedMethods"]).contains(&json!("GET")));
    let origins = rules.flat_map(|rule| list(&rule["AllowedOrigins"])).filter_map(Value::as_str);
    Ok(Bucket { name, public, origins: origins.map(str::to_owned).collect() })
}

fn lets_everybody_get(statement: &Value) -> bool {
    let everybody = statement["Principal"] == "*" || statement["Principal"]["AWS"] == "*";
    let allows = statement["Effect"] == "Allow" && statement.get("Condition").is_none();
    everybody && allows && list(&statement["Action"]).contains(&json!("s3:GetObject"))
}

/// What the keys begin with that an ARN such as `arn:aws:s3:::bucket/public/*` means.
fn prefix(resource: &Value, bucket: &str) -> Option<String> {
    let keys = resource.as_str()?.strip_prefix("arn:aws:s3:::")?.strip_prefix(bucket)?.strip_prefix('/')?;
    keys.strip_suffix('*').map(str::to_owned)
}

/// A list, or a single value that stands for a list of one.
pub(super) fn list(value: &Value) -> &[Value] {
    match value {
        Value::Array(entries) => entries,
        Value::Null => &[],
        one => std::slice::from_ref(one),
    }
}

/// Reads all secrets.
pub(super) fn read_secrets(reader: &Reader<'_>) -> Result<Vec<Secret>, TemplateError> {
    reader.resources("AWS::SecretsManager::Secret").map(|(id, _)| read_secret(reader, id)).collect()
}

fn read_secret(reader: &Reader<'_>, id: &str) -> Result<Secret, TemplateError> {
    let place = format!("Resources.{id}.Properties.GenerateSecretString");
    let rules = reader.property(id, "GenerateSecretString")?;
    if !rules.is_object() {
        return Err(TemplateError::new(&place, "the local stack knows generated secrets only"));
    }
    let characters = match &rules["PasswordLength"] {
        Value::Null => Some(SECRET_CHARACTERS_DEFAULT),
        length => as_text(length, &place)?.parse().ok().filter(|length| (1..=SECRET_CHARACTERS_MAX).contains(length)),
    };
    let inside = match (rules["SecretStringTemplate"].as_str(), rules["GenerateStringKey"].as_str()) {
        (Some(object), Some(key)) => {
            let object = serde_json::from_str(object);
            let object = object.map_err(|_| TemplateError::new(&place, "SecretStringTemplate is no JSON object"))?;
            Some((object, key.to_owned()))
        }
        _ => None,
    };
    Ok(Secret {
        id: reader.name_of(id)?,
        characters: characters.ok_or_else(|| TemplateError::new(&place, "PasswordLength is out of range"))?,
        inside,
    })
}
