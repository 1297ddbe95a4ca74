//! CloudFormation's intrinsic functions, resolved as far as a laptop can: parameters at their defaults, pseudo
//! parameters at fixed values, resources by the names they have locally.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{TemplateError, join};

/// The region that the local stack pretends to be in.
pub const REGION: &str = "us-east-1";
/// The AWS account that the local stack pretends to be: the documented placeholder's zeros belong to nobody.
pub const AWS_ACCOUNT: &str = "000000000000";
/// The CloudFormation stack's name.
pub(super) const STACK_NAME: &str = "local";

/// What a removed value resolves to; [`Resolver::resolve`] drops such entries.
const NO_VALUE: &str = "AWS::NoValue";
/// Intrinsics inside intrinsics; templates need a handful, a circle of references needs a bound.
const DEPTH_MAX: usize = 32;

/// Resolves values of one template.
#[derive(Debug)]
pub(super) struct Resolver<'a> {
    template: &'a Value,
    parameters: BTreeMap<&'a str, Value>,
}

impl<'a> Resolver<'a> {
    /// Takes every parameter at its default, or at the value in `given`.
    pub(super) fn new(template: &'a Value, given: &BTreeMap<String, String>) -> Self {
        let parameters = entries(&template["Parameters"])
            .filter_map(|(name, declaration)| {
                let value = given.get(name).map(|text| json!(text)).or_else(|| declaration.get("Default").cloned());
                value.map(|value| (name, as_parameter(declaration, value)))
            })
            .collect();
        Self { template, parameters }
    }

    /// `value` without intrinsics. `place` says where it stands in the template, for errors.
    pub(super) fn resolve(&self, value: &Value, place: &str) -> Result<Value, TemplateError> {
        Ok(self.visit(value, place, 0)?.unwrap_or(Value::Null))
    }

    /// `None` is `AWS::NoValue`.
    fn visit(&self, value: &Value, place: &str, depth: usize) -> Result<Option<Value>, TemplateError> {
        if depth > DEPTH_MAX {
            return Err(TemplateError::new(place, "references form a circle"));
        }
        match value {
            Value::Array(list) => {
                let mut resolved = Vec::with_capacity(list.len());
                for (index, entry) in list.iter().enumerate() {
                    resolved.extend(self.visit(entry, &format!("{place}[{index}]"), depth + 1)?);
                }
                Ok(Some(Value::Array(resolved)))
            }
            Value::Object(map) => match intrinsic(map) {
                Some((name, argument)) => self.call(name, argument, place, depth),
                None => self.visit_map(map, place, depth).map(Some),
            },
            plain => Ok(Some(plain.clone())),
        }
    }

    fn visit_map(&self, map: &Map<String, Value>, place: &str, depth: usize) -> Result<Value, TemplateError> {
        let mut resolved = Map::new();
        for (key, value) in map {
            if let Some(value) = self.visit(value, &join(place, key), depth + 1)? {
                resolved.insert(key.clone(), value);
            }
        }
        Ok(Value::Object(resolved))
    }

    fn call(&self, name: &str, argument: &Value, place: &str, depth: usize) -> Result<Option<Value>, TemplateError> {
        let depth = depth + 1;
        let place = join(place, name);
        match name {
            "Ref" => match argument.as_str() {
                Some(NO_VALUE) => Ok(None),
                Some(target) => self.reference(target, &place, depth).map(Some),
                None => Err(TemplateError::new(&place, "expected a name")),
            },
            "Fn::Sub" => self.substitute(argument, &place, depth).map(|text| Some(json!(text))),
            "Fn::GetAtt" => self.attribute(argument, &place, depth).map(Some),
            "Fn::Join" => self.join_list(argument, &place, depth).map(Some),
            "Fn::Select" => self.select(argument, &place, depth).map(Some),
            "Fn::If" => {
                let [condition, yes, no] = arguments(argument, &place)?;
                let name =
                    condition.as_str().ok_or_else(|| TemplateError::new(&place, "expected a condition's name"))?;
                self.visit(if self.condition(name, &place, depth)? { yes } else { no }, &place, depth)
            }
            "Condition" | "Fn::Equals" | "Fn::Not" | "Fn::And" | "Fn::Or" => {
                self.truth(&json!({ name: argument }), &place, depth).map(|truth| Some(json!(truth)))
            }
            unknown => Err(TemplateError::new(&place, format!("the local stack does not know {unknown}"))),
        }
    }

    fn reference(&self, target: &str, place: &str, depth: usize) -> Result<Value, TemplateError> {
        if let Some(value) = self.parameters.get(target) {
            return Ok(value.clone());
        }
        match target {
            "AWS::Region" => return Ok(json!(REGION)),
            "AWS::AccountId" => return Ok(json!(AWS_ACCOUNT)),
            "AWS::StackName" => return Ok(json!(STACK_NAME)),
            "AWS::Partition" => return Ok(json!("aws")),
            "AWS::URLSuffix" => return Ok(json!("amazonaws.com")),
            _ => {}
        }
        if self.template["Parameters"].get(target).is_some() {
            return Err(TemplateError::new(place, format!("the parameter {target} has no default")));
        }
        self.physical_name(target, place, depth).map(|name| json!(name))
    }

    /// What `Ref` gives for a resource: the name the template gives it, or one made from its logical id.
    fn physical_name(&self, id: &str, place: &str, depth: usize) -> Result<String, TemplateError> {
        let resource = self.resource(id, place)?;
        let named = ["TableName", "BucketName", "FunctionName", "Name", "StageName", "LogGroupName", "RoleName"]
            .iter()
            .find_map(|key| Some((*key, resource["Properties"].get(*key)?)));
        match named {
            Some((key, name)) => self
                .visit(name, &join(&format!("Resources.{id}.Properties"), key), depth)?
                .and_then(|name| name.as_str().map(str::to_owned))
                .ok_or_else(|| TemplateError::new(place, format!("the name of {id} is not text"))),
            // The names of buckets are parts of names of hosts.
            None if resource["Type"] == "AWS::S3::Bucket" => Ok(format!("{STACK_NAME}-{id}").to_lowercase()),
            None => Ok(format!("{STACK_NAME}-{id}")),
        }
    }

    fn resource(&self, id: &str, place: &str) -> Result<&'a Value, TemplateError> {
        self.template["Resources"]
            .get(id)
            .ok_or_else(|| TemplateError::new(place, format!("{id} is no parameter, pseudo parameter or resource")))
    }

    fn attribute(&self, argument: &Value, place: &str, depth: usize) -> Result<Value, TemplateError> {
        let [id, attribute] = arguments(argument, place)?;
        let (Some(id), Some(attribute)) = (id.as_str(), attribute.as_str()) else {
            return Err(TemplateError::new(place, "expected a resource and an attribute"));
        };
        let kind = self.resource(id, place)?["Type"].as_str().unwrap_or_default();
        let name = self.physical_name(id, place, depth)?;
        let service_and_path = match (kind, attribute) {
            ("AWS::DynamoDB::Table", "Arn") => format!("dynamodb:{REGION}:{AWS_ACCOUNT}:table/{name}"),
            ("AWS::Serverless::Function" | "AWS::Lambda::Function", "Arn") => function_arn_path(&name),
            ("AWS::S3::Bucket", "Arn") => format!("s3:::{name}"),
            ("AWS::S3::Bucket", "DomainName") => return Ok(json!(format!("{name}.s3.amazonaws.com"))),
            ("AWS::S3::Bucket", "RegionalDomainName") => {
                return Ok(json!(format!("{name}.s3.{REGION}.amazonaws.com")));
            }
            ("AWS::SecretsManager::Secret", "Id") => return Ok(json!(name)),
            ("AWS::Logs::LogGroup", "Arn") => format!("logs:{REGION}:{AWS_ACCOUNT}:log-group:{name}:*"),
            ("AWS::IAM::Role", "Arn") => format!("iam::{AWS_ACCOUNT}:role/{name}"),
            ("AWS::SNS::Topic", "TopicArn") => format!("sns:{REGION}:{AWS_ACCOUNT}:{name}"),
            _ => {
                return Err(TemplateError::new(
                    place,
                    format!("the local stack does not know {attribute} of a {kind}"),
                ));
            }
        };
        Ok(json!(format!("arn:aws:{service_and_path}")))
    }

    /// `Fn::Sub`: `${Name}`, `${Resource.Attribute}`, and `${!Name}` which stays as `${Name}`.
    fn substitute(&self, argument: &Value, place: &str, depth: usize) -> Result<String, TemplateError> {
        let (text, variables) = if let Value::String(text) = argument {
            (text.as_str(), &Value::Null)
        } else {
            let [text, variables] = arguments(argument, place)?;
            (text.as_str().ok_or_else(|| TemplateError::new(place, "expected text"))?, variables)
        };
        let mut result = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) =
                after.split_once('}').ok_or_else(|| TemplateError::new(place, "`${` without its `}`"))?;
            result.push_str(before);
            let value = if let Some(literal) = name.strip_prefix('!') {
                json!(format!("${{{literal}}}"))
            } else if let Some(value) = variables.get(name) {
                self.visit(value, place, depth)?.unwrap_or_default()
            } else if let Some((id, attribute)) = name.split_once('.') {
                self.attribute(&json!([id, attribute]), place, depth)?
            } else {
                self.reference(name, place, depth)?
            };
            result.push_str(&as_text(&value, place)?);
            rest = after;
        }
        result.push_str(rest);
        Ok(result)
    }

    fn join_list(&self, argument: &Value, place: &str, depth: usize) -> Result<Value, TemplateError> {
        let [delimiter, list] = arguments(argument, place)?;
        let list = self.visit(list, place, depth)?.unwrap_or_default();
        let parts = list.as_array().ok_or_else(|| TemplateError::new(place, "expected a list"))?;
        let parts = parts.iter().map(|part| as_text(part, place)).collect::<Result<Vec<_>, _>>()?;
        Ok(json!(parts.join(delimiter.as_str().unwrap_or_default())))
    }

    fn select(&self, argument: &Value, place: &str, depth: usize) -> Result<Value, TemplateError> {
        let [index, list] = arguments(argument, place)?;
        let index = self.visit(index, place, depth)?.unwrap_or_default();
        let index = as_text(&index, place)?.parse::<usize>().ok();
        let list = self.visit(list, place, depth)?.unwrap_or_default();
        index
            .and_then(|index| list.get(index).cloned())
            .ok_or_else(|| TemplateError::new(place, "there is no such entry in the list"))
    }

    fn condition(&self, name: &str, place: &str, depth: usize) -> Result<bool, TemplateError> {
        let condition = self.template["Conditions"]
            .get(name)
            .ok_or_else(|| TemplateError::new(place, format!("there is no condition {name}")))?;
        self.truth(condition, &join("Conditions", name), depth)
    }

    fn truth(&self, value: &Value, place: &str, depth: usize) -> Result<bool, TemplateError> {
        let depth = depth + 1;
        if depth > DEPTH_MAX {
            return Err(TemplateError::new(place, "conditions form a circle"));
        }
        let Some((name, argument)) = value.as_object().and_then(intrinsic) else {
            return Err(TemplateError::new(place, "expected a condition"));
        };
        let terms = argument.as_array().map(Vec::as_slice).unwrap_or_default();
        match name {
            "Condition" => self.condition(argument.as_str().unwrap_or_default(), place, depth),
            "Fn::Equals" => {
                let [left, right] = arguments(argument, place)?;
                let left = self.visit(left, place, depth)?.unwrap_or_default();
                let right = self.visit(right, place, depth)?.unwrap_or_default();
                Ok(as_text(&left, place)? == as_text(&right, place)?)
            }
            "Fn::Not" => {
                let [term] = arguments(argument, place)?;
                self.truth(term, place, depth).map(|truth| !truth)
            }
            "Fn::And" => terms.iter().try_fold(true, |all, term| Ok(self.truth(term, place, depth)? && all)),
            "Fn::Or" => terms.iter().try_fold(false, |any, term| Ok(self.truth(term, place, depth)? || any)),
            unknown => Err(TemplateError::new(place, format!("the local stack does not know {unknown}"))),
        }
    }
}

/// The part of a function's ARN after `arn:aws:`.
pub(super) fn function_arn_path(name: &str) -> String {
    format!("lambda:{REGION}:{AWS_ACCOUNT}:function:{name}")
}

/// The entries of an object; nothing for anything else.
pub(super) fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(key, value)| (key.as_str(), value))
}

/// A scalar as CloudFormation writes it into text.
pub(super) fn as_text(value: &Value, place: &str) -> Result<String, TemplateError> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(flag) => Ok(flag.to_string()),
        _ => Err(TemplateError::new(place, "expected text or a number")),
    }
}

/// The one entry of a map that is an intrinsic call.
fn intrinsic(map: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (name, argument) = map.iter().next().filter(|_| map.len() == 1)?;
    // `Condition` with a map is a policy's condition block, with a name a reference to a condition.
    let is_call = name == "Ref" || name.starts_with("Fn::") || (name == "Condition" && argument.is_string());
    is_call.then_some((name.as_str(), argument))
}

fn arguments<'v, const N: usize>(argument: &'v Value, place: &str) -> Result<&'v [Value; N], TemplateError> {
    argument
        .as_array()
        .and_then(|list| <&[Value; N]>::try_from(list.as_slice()).ok())
        .ok_or_else(|| TemplateError::new(place, format!("expected a list of {N}")))
}

/// Parameters reach the template as text, or as a list of texts for the list types.
fn as_parameter(declaration: &Value, value: Value) -> Value {
    let is_list =
        declaration["Type"].as_str().is_some_and(|kind| kind == "CommaDelimitedList" || kind.starts_with("List<"));
    match value {
        Value::String(text) if is_list => json!(text.split(',').map(str::trim).collect::<Vec<_>>()),
        Value::Number(number) => json!(number.to_string()),
        Value::Bool(flag) => json!(flag.to_string()),
        other => other,
    }
}
