//! Domains of mail addresses: who may register.

use crate::Account;
use crate::account::is_domain;
use crate::limits::{MAIL_DOMAINS_BYTES_MAX, MAIL_DOMAINS_MAX};
use crate::paste;

/// A list of domains. Each stands for itself and for those below it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Domains(Vec<String>);

impl Domains {
    /// Reads a list as people write one: separated by commas, semicolons or blanks, a domain also as `@a.bc` or `*.a.bc`;
    /// none when one of them is no domain, or when there are too many.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > MAIL_DOMAINS_BYTES_MAX {
            return None;
        }
        let is_between = |c: char| c.is_whitespace() || matches!(c, ',' | '，' | '、' | ';' | '；' | '|');
        let mut domains = Vec::new();
        for part in text.split(is_between).map(paste::clean).filter(|part| !part.is_empty()) {
            let domain = part.trim_start_matches('@').trim_start_matches("*.").to_ascii_lowercase();
            if !is_domain(&domain) {
                return None;
            }
            if !domains.contains(&domain) {
                domains.push(domain);
            }
        }
        (domains.len() <= MAIL_DOMAINS_MAX).then_some(Self(domains))
    }

    /// Whether nothing is listed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the account's domain, or one above it, is listed.
    pub fn hold(&self, account: &Account) -> bool {
        let domain = account.domain();
        let is_it = |listed: &String| {
            domain.strip_suffix(listed.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        self.0.iter().any(is_it)
    }

    /// The list as it is stored and shown.
    pub fn text(&self) -> String {
        self.0.join(", ")
    }
}
