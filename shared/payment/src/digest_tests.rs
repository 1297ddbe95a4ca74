//! The text that is signed, and what no signature passes for.

use proptest::prelude::*;

use super::*;

const RULE: Rule = Rule { field: "sign", left_out: &["sign", "sign_type"], before_key: "", in_capitals: false };

fn fields(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[test]
fn the_text_is_sorted_and_leaves_out_what_is_empty() {
    let fields = fields(&[("b", "2 &="), ("a", "0"), ("c", ""), ("sign", "x"), ("sign_type", "MD5"), ("B", "会员")]);
    assert_eq!(signing_text(&fields, RULE.left_out), "B=会员&a=0&b=2 &=");
    assert_eq!(signing_text(&[], RULE.left_out), "");
}

#[test]
fn a_signature_is_the_md5_of_text_and_key() {
    // The MD5 of "a=1k", by another program.
    let made = RULE.sign(&fields(&[("a", "1")]), "k");
    assert_eq!(made, "5d556d13ab424b169b8d899f230413fe");
    let sealed = RULE.seal(fields(&[("a", "1")]), "k");
    assert!(RULE.holds(&sealed, "k"));
    for wrong in ["", "0", &made[..31], &format!("{made}0"), &made.replace(&made[..1], "g")] {
        assert!(!RULE.holds(&fields(&[("a", "1"), ("sign", wrong)]), "k"), "{wrong}");
    }
    let unkeyed = RULE.seal(fields(&[("a", "1")]), "");
    assert!(!RULE.holds(&unkeyed, ""), "an empty key verifies nothing");
    assert!(!RULE.holds(&fields(&[("a", "1")]), "k"), "no signature is none");
}

fn pairs() -> impl Strategy<Value = Vec<(String, String)>> {
    proptest::collection::btree_map("[a-z_]{1,8}", "\\PC{0,12}", 1..10).prop_map(|map| map.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_fields_never_matters_and_any_change_does(
        fields in pairs(),
        key in "[a-zA-Z0-9]{1,32}",
        place in any::<prop::sample::Index>(),
        turn in any::<prop::sample::Index>(),
    ) {
        let fields: Vec<_> = fields.into_iter().filter(|(name, _)| name != "sign" && name != "sign_type").collect();
        prop_assume!(!fields.is_empty());
        let sealed = RULE.seal(fields, &key);
        let mut turned = sealed.clone();
        turned.rotate_left(turn.index(sealed.len()));
        prop_assert!(RULE.holds(&turned, &key));
        prop_assert!(!RULE.holds(&sealed, &(key.clone() + "x")));
        let mut changed = sealed;
        let place = place.index(changed.len());
        changed[place].1.push('1');
        prop_assert!(!RULE.holds(&changed, &key));
    }
}
