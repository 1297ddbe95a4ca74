//! What is shown of secrets.

/// Shorter secrets are masked whole: their ends would be too much of them.
const MASKED_WHOLE_BELOW: usize = 16;

/// What administrators see of a secret: the first six and the last four characters.
pub fn mask(secret: &str) -> String {
    let length = secret.chars().count();
    let is_shown = |place: usize| length >= MASKED_WHOLE_BELOW && (place < 6 || place + 4 >= length);
    secret.chars().enumerate().map(|(place, c)| if is_shown(place) { c } else { '*' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_show_the_ends_of_long_secrets_alone() {
        for (secret, shown) in [
            ("", ""),
            ("sk-local", "********"),
            ("123456789012345", "***************"),
            ("sk-4567890123456", "sk-456******3456"),
            ("sk-EXAMPLE-KEY-0001", "sk-EXA*********0001"),
        ] {
            assert_eq!(mask(secret), shown);
        }
    }
}
