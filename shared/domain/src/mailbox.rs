//! The mailbox behind an address, by the rules of its provider. One mailbox has one gift and one set of limits, however
//! its address is spelt. Folding decides nothing else: accounts are stored and found as they are spelt.
//!
//! Folded is only what a provider documents that it ignores. Two people in one mailbox would share a gift; one person in
//! two mailboxes has one gift more. Addresses that a person chooses besides, such as the names and foxmail.com addresses of
//! qq.com or the telephone numbers of 163.com, cannot be told from others' and stay apart.

/// What a provider ignores.
struct Rule {
    /// Its domains: names of the same mailbox, the first of which stands for all.
    domains: &'static [&'static str],
    /// Characters of the name that it ignores, or takes for one another.
    ignored: &'static [char],
}

const RULES: [Rule; 4] = [
    // https://support.google.com/mail/answer/7436150
    Rule { domains: &["gmail.com", "googlemail.com"], ignored: &['.'] },
    // https://proton.me/support/addresses-and-aliases
    Rule { domains: &["proton.me", "protonmail.com", "protonmail.ch", "pm.me"], ignored: &['.', '-', '_'] },
    // Who has an older name has the newer ones too.
    Rule { domains: &["icloud.com", "me.com", "mac.com"], ignored: &[] },
    // A dot and a hyphen are one character there, and of the domains each is every one.
    Rule { domains: &["yandex.ru", "yandex.com", "yandex.by", "yandex.kz", "ya.ru"], ignored: &['.', '-'] },
];

/// Names below these are mailboxes: `anything@name.fastmail.com` is `name@fastmail.com`.
const NAMES_BELOW: [&str; 2] = ["fastmail.com", "fastmail.fm"];
/// Where what follows a hyphen is the person's own: a Yahoo name has none. `yahoo.` of any country too.
const HYPHENATED: [&str; 2] = ["ymail.com", "rocketmail.com"];

/// The mailbox of `local@domain`, both in small letters.
pub(crate) fn fold(local: &str, domain: &str) -> String {
    for parent in NAMES_BELOW {
        if let Some(name) = domain.strip_suffix(parent).and_then(|rest| rest.strip_suffix('.')) {
            return format!("{name}@{parent}");
        }
    }
    let local = before(local, '+');
    if domain.starts_with("yahoo.") || HYPHENATED.contains(&domain) {
        return format!("{}@{domain}", before(local, '-'));
    }
    match RULES.iter().find(|rule| rule.domains.contains(&domain)) {
        Some(rule) => format!("{}@{}", local.replace(rule.ignored, ""), rule.domains.first().unwrap_or(&domain)),
        None => format!("{local}@{domain}"),
    }
}

/// Nearly every provider delivers what has a tag behind the name, or refuses the sign in names.
fn before(local: &str, sign: char) -> &str {
    local.split(sign).next().unwrap_or(local)
}
