//! The environment variables of one function, read once.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// The environment variables of one function.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

/// A variable that is missing or has the wrong form. Shows its name, never its value.
#[derive(Debug, thiserror::Error)]
#[error("environment variable {name} is missing or malformed")]
pub struct Missing {
    name: String,
}

impl Environment {
    /// The environment of this process.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the process environment")]
    pub fn of_process() -> Self {
        std::env::vars().collect()
    }

    /// The value of `name`; an empty one counts as absent.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The value of `name`.
    ///
    /// # Errors
    /// When it is absent or empty.
    pub fn text(&self, name: &str) -> Result<&str, Missing> {
        self.find(name).ok_or_else(|| Missing { name: name.to_owned() })
    }

    /// The value of `name`, parsed.
    ///
    /// # Errors
    /// When it is absent, empty or does not parse.
    pub fn parsed<T: FromStr>(&self, name: &str) -> Result<T, Missing> {
        self.text(name)?.parse().map_err(|_| Missing { name: name.to_owned() })
    }
}

impl FromIterator<(String, String)> for Environment {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Self {
        Self(variables.into_iter().collect())
    }
}

impl fmt::Debug for Environment {
    /// Names only: values may be credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
