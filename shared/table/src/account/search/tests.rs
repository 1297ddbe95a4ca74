use super::Prefix;

#[test]
fn prefixes_are_folded_as_accounts_are() {
    let folded = |text: &str| Prefix::parse(text).map(|prefix| prefix.0);
    assert_eq!(folded(" Ada+Tag@Example "), Some("ada+tag@example".to_owned()));
    assert_eq!(folded("ada tag@"), Some("ada+tag@".to_owned()));
    assert_eq!(folded("%#"), Some("%#".to_owned()));
    assert_eq!(folded(" \t"), None);
}
