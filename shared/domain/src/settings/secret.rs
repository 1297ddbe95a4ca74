//! Settings that hold secrets: all of such a setting is kept sealed, what is shown of it is masked, and a form that sends
//! the masks back keeps what they stand for.

use serde_json::{Map, Value};

use super::known::{Definition, Kind};
use crate::limits::{PARAMETERS_MAX, SETTING_SECRET_BYTES_MAX};
use crate::{Error, Result, mask, paste};

/// What of a field's name makes it a secret, in small letters.
const SECRET_NAMES: [&str; 5] = ["pass", "secret", "key", "token", "auth"];
/// Fields that say where a secret is sent: at another place it is another secret, and has to be entered anew.
const PLACES: [&str; 3] = ["type", "host", "api_host"];

/// A setting that holds secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct Confidential {
    /// All of it, which is only ever kept sealed; empty when it is not set.
    pub whole: String,
    /// What everybody may see of it who may see settings.
    pub shown: String,
}

impl std::fmt::Debug for Confidential {
    /// Without the secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Confidential").field("shown", &self.shown).finish_non_exhaustive()
    }
}

impl Definition {
    /// Whether the setting holds secrets, and so is read by [`Definition::read_confidential`].
    pub const fn is_confidential(&self) -> bool {
        matches!(self.kind, Kind::Secret | Kind::Parameters { .. })
    }

    /// What an administrator sent for a setting that holds secrets. `stored` is all of what is set now, where it is known;
    /// masks of its secrets stand for them.
    ///
    /// # Errors
    /// A sentence that names the setting and what it can be, or which secret has to be entered anew.
    pub fn read_confidential(&self, sent: &str, stored: Option<&str>) -> Result<Confidential> {
        let sent = sent.trim();
        if sent.is_empty() {
            return Ok(Confidential { whole: String::new(), shown: String::new() });
        }
        match self.kind {
            Kind::Parameters { bytes_max } if sent.len() <= bytes_max => self.parameters(sent, stored),
            Kind::Secret => {
                let whole = self.unmasked(&paste::clean(sent), stored)?;
                Ok(Confidential { shown: mask(&whole), whole })
            }
            _ => Err(self.refusal()),
        }
    }

    fn parameters(&self, sent: &str, stored: Option<&str>) -> Result<Confidential> {
        let fields: Map<String, Value> = serde_json::from_str(sent).map_err(|_| self.refusal())?;
        let is_plain = |value: &Value| matches!(value, Value::String(_) | Value::Number(_) | Value::Bool(_));
        let mut whole: Map<String, Value> = fields.into_iter().filter(|(_, value)| !value.is_null()).collect();
        if whole.len() > PARAMETERS_MAX || !whole.values().all(is_plain) {
            return Err(self.refusal());
        }
        let stored: Map<String, Value> = stored.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let is_same_place = PLACES.iter().all(|name| text(whole.get(*name)) == text(stored.get(*name)));
        let mut shown = whole.clone();
        for (name, value) in whole.iter_mut().filter(|(name, _)| is_secret(name)) {
            let known = text(stored.get(name)).filter(|_| is_same_place);
            let secret = match text(Some(value)) {
                Some(sent) if !sent.is_empty() => self.unmasked(&sent, known.as_deref())?,
                _ => String::new(),
            };
            shown.insert(name.clone(), mask(&secret).into());
            *value = secret.into();
        }
        Ok(Confidential { whole: Value::Object(whole).to_string(), shown: Value::Object(shown).to_string() })
    }

    /// The secret that was sent, or the known one where its mask was.
    fn unmasked(&self, sent: &str, known: Option<&str>) -> Result<String> {
        let sent = sent.trim();
        if let Some(known) = known.filter(|known| mask(known) == sent) {
            return Ok(known.to_owned());
        }
        if looks_masked(sent) {
            return Err(Error::Refused(format!("「{}」中的密钥是掩码，请重新填写", self.title()).into()));
        }
        let fits = sent.len() <= SETTING_SECRET_BYTES_MAX && !sent.contains(char::is_control);
        if fits { Ok(sent.to_owned()) } else { Err(self.refusal()) }
    }
}

/// Whether a field of this name is a secret. The name of a key (`secret_id`, `access_key_id`) is none.
fn is_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    !name.ends_with("id") && SECRET_NAMES.iter().any(|part| name.contains(part))
}

fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.trim().to_owned()),
        other => Some(other.to_string()),
    }
}

/// Whether this is what [`mask`] makes of some secret.
fn looks_masked(text: &str) -> bool {
    !text.is_empty() && mask(text) == *text && text.contains('*')
}
