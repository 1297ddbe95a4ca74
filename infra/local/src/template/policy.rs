//! What the roles of the functions allow, as IAM reads it.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html>

use serde_json::Value;

use super::resolve::entries;
use super::storage::list;
use super::{Reader, TemplateError};

/// What a role may do: the actions, each on each of the resources, while all conditions hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Its name in the template.
    pub sid: String,
    /// The actions, whole: `dynamodb:GetItem`.
    pub actions: Vec<String>,
    /// ARNs, in which `*` stands for anything and `?` for one character.
    pub resources: Vec<String>,
    conditions: Vec<Condition>,
}

/// A request must have, for one key, a value that is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Condition {
    key: String,
    allowed: Vec<String>,
    /// All of the request's values must be allowed; there may be none.
    is_for_all: bool,
    /// The allowed values are patterns.
    is_like: bool,
}

impl Statement {
    /// Whether its conditions hold for a request with these values by key.
    pub(crate) fn holds(&self, context: &[(&str, Vec<String>)]) -> bool {
        self.conditions.iter().all(|condition| {
            let values = context.iter().find(|(key, _)| *key == condition.key).map(|(_, values)| values.as_slice());
            let values = values.unwrap_or_default();
            if condition.is_for_all {
                values.iter().all(|value| condition.allows(value))
            } else {
                values.iter().any(|value| condition.allows(value))
            }
        })
    }
}

impl Condition {
    fn allows(&self, value: &str) -> bool {
        self.allowed.iter().any(|allowed| if self.is_like { matches(allowed, value) } else { allowed == value })
    }
}

/// Whether `text` is what `pattern` means.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    // Where the newest star stands, and how far it reaches at present.
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(wanted) if *wanted == '?' || *wanted == text[t] => (p, t) = (p + 1, t + 1),
            _ => match star {
                Some((at, reach)) => {
                    star = Some((at, reach + 1));
                    (p, t) = (at + 1, reach + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|rest| *rest == '*')
}

/// Reads the statements of the function `id`.
pub(super) fn read(reader: &Reader<'_>, id: &str) -> Result<Vec<Statement>, TemplateError> {
    let place = format!("Resources.{id}.Properties.Policies");
    let policies = reader.property(id, "Policies")?;
    let mut statements = Vec::new();
    for policy in list(&policies) {
        if !policy["Statement"].is_array() {
            return Err(TemplateError::new(&place, "the local stack knows policies with a list of statements only"));
        }
        for statement in list(&policy["Statement"]) {
            statements.push(read_statement(statement, &place)?);
        }
    }
    Ok(statements)
}

fn read_statement(statement: &Value, place: &str) -> Result<Statement, TemplateError> {
    let sid = statement["Sid"].as_str().unwrap_or_default().to_owned();
    let place = super::join(place, &sid);
    let known = ["Sid", "Effect", "Action", "Resource", "Condition"];
    if statement["Effect"] != "Allow" || entries(statement).any(|(key, _)| !known.contains(&key)) {
        return Err(TemplateError::new(
            &place,
            "the local stack knows what is allowed, not what is denied or excepted",
        ));
    }
    let mut conditions = Vec::new();
    for (operator, keys) in entries(&statement["Condition"]) {
        let (is_for_all, plain) = match operator.strip_prefix("ForAllValues:") {
            Some(plain) => (true, plain),
            None => (false, operator),
        };
        let is_like = match plain {
            "StringEquals" => false,
            "StringLike" => true,
            _ => return Err(TemplateError::new(&place, format!("the local stack does not know {operator}"))),
        };
        let of_key = |(key, allowed): (&str, &Value)| Condition {
            key: key.to_owned(),
            allowed: texts(allowed),
            is_for_all,
            is_like,
        };
        conditions.extend(entries(keys).map(of_key));
    }
    Ok(Statement { sid, actions: texts(&statement["Action"]), resources: texts(&statement["Resource"]), conditions })
}

fn texts(value: &Value) -> Vec<String> {
    list(value).iter().filter_map(Value::as_str).map(str::to_owned).collect()
}
