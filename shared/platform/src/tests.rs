use domain::{Account, LoginCode, RedemptionCode};

use super::*;

const SECRET: &str = "a secret of a deployment, long enough";

#[test]
fn a_sealed_value_opens_for_its_own_row_and_key_only() {
    let sealer = Keys::of(SECRET).sealer().unwrap();
    let stored = sealer.seal("7", "sk-abc").unwrap();
    assert_eq!(sealer.open("7", &stored).unwrap(), "sk-abc");
    assert!(sealer.open("8", &stored).is_err());
    assert!(Keys::of("another secret of the same length!!").sealer().unwrap().open("7", &stored).is_err());
    for at in 0..stored.len() {
        let mut damaged = stored.clone();
        damaged[at] ^= 1;
        assert!(sealer.open("7", &damaged).is_err(), "byte {at}");
        assert!(sealer.open("7", &stored[..at]).is_err(), "cut at {at}");
    }
    assert_ne!(sealer.seal("7", "sk-abc").unwrap(), stored);
    assert!(!stored.windows(6).any(|window| window == b"sk-abc"));
}

#[test]
fn a_code_matches_for_its_own_account_salt_and_key_only() {
    let key = Keys::of(SECRET).codes().unwrap();
    let (ada, bob) = (Account::parse("ada@example.com").unwrap(), Account::parse("bob@example.com").unwrap());
    let (right, wrong) = (LoginCode::parse("012345").unwrap(), LoginCode::parse("012346").unwrap());
    let stored = key.hash(&ada, "salt", &right);
    assert!(key.matches(&stored, &ada, "salt", &right));
    assert!(!key.matches(&stored, &ada, "salt", &wrong));
    assert!(!key.matches(&stored, &ada, "tlas", &right));
    assert!(!key.matches(&stored, &bob, "salt", &right));
    assert!(!key.matches("", &ada, "salt", &right));
    assert!(!stored.contains("012345"));
}

#[test]
fn a_redemption_code_is_stored_under_a_name_that_needs_code_and_key() {
    let key = Keys::of(SECRET).redemption_codes().unwrap();
    let (right, other) = (RedemptionCode::parse("7f3a1c9e").unwrap(), RedemptionCode::parse("7f3a1c9f").unwrap());
    let stored = key.hash(&right);
    assert_eq!(stored, key.hash(&RedemptionCode::parse(" 7F3A1C9E ").unwrap()), "however it is typed");
    assert_ne!(stored, key.hash(&other));
    let foreign = Keys::of("another secret of the same length!!").redemption_codes().unwrap();
    assert_ne!(stored, foreign.hash(&right));
    assert!(stored.len() == 43 && !stored.contains("7f3a1c9e"));
}

#[test]
fn an_environment_shows_names_and_never_values() {
    let environment: Environment =
        [("A".to_owned(), "secret".to_owned()), ("EMPTY".to_owned(), String::new())].into_iter().collect();
    assert_eq!(environment.text("A").unwrap(), "secret");
    assert!(environment.text("EMPTY").is_err());
    assert!(!format!("{environment:?}").contains("secret"));
    assert!(environment.parsed::<u32>("A").unwrap_err().to_string().contains('A'));
}

#[test]
fn amazons_authorities_are_all_trusted_and_no_others() {
    http_client().unwrap();
    assert_eq!(crate::http::amazon_authorities().roots.len(), 5);
}
