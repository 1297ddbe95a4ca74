//! An account name: an e-mail address, folded so that one person has one account.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::limits::ACCOUNT_BYTES_MAX;
use crate::{mailbox, paste};

/// A folded (cleaned, lower-case) e-mail address of the usual syntax. It holds no control character, space, quote,
/// comma or angle bracket, so it is safe in a mail header.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Account(String);

impl Account {
    /// Reads what a client sent.
    pub fn parse(text: &str) -> Option<Self> {
        let folded = Self::fold(text);
        let (local, domain) = folded.rsplit_once('@')?;
        (folded.len() <= ACCOUNT_BYTES_MAX && is_local_part(local) && is_domain(domain)).then_some(Self(folded))
    }

    /// An address, or the beginning of one, as whole ones are folded. Query values arrive unescaped, and some layers read
    /// `+` as a space; nobody's address has a space before its `@`, so one there means `+`.
    pub fn fold(text: &str) -> String {
        let text = text.trim_matches(paste::is_blank);
        let (local, domain) = text.split_at(text.rfind(['@', '＠']).unwrap_or(text.len()));
        let mut folded = paste::clean(&local.replace(' ', "+")).into_owned();
        folded.push_str(&paste::clean(domain));
        folded.make_ascii_lowercase();
        folded
    }

    /// The mailbox behind the address, without what its provider ignores. For gifts and limits alone; accounts of one
    /// mailbox stay apart.
    pub fn mailbox(&self) -> String {
        match self.0.rsplit_once('@') {
            Some((local, domain)) => mailbox::fold(local, domain),
            None => self.0.clone(),
        }
    }

    /// The domain of the address.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// The folded address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// RFC 5321 dot-string: atoms of `atext` (RFC 5322), joined by single dots, 64 bytes at most.
fn is_local_part(local: &str) -> bool {
    local.len() <= 64
        && local.split('.').all(|atom| {
            !atom.is_empty() && atom.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
        })
}

/// A registered host name: at least two labels, the last not all digits (which would be an IP address).
pub(crate) fn is_domain(domain: &str) -> bool {
    let labels: Vec<&str> = domain.split('.').collect();
    domain.len() <= 253
        && labels.len() >= 2
        && labels.iter().all(|label| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        })
        && labels.last().is_some_and(|top| top.len() >= 2 && !top.bytes().all(|b| b.is_ascii_digit()))
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for Account {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text).ok_or("not an e-mail address")
    }
}

impl TryFrom<String> for Account {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Account> for String {
    fn from(account: Account) -> Self {
        account.0
    }
}
