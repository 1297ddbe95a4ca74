//! The names in the tally, pinned, because counts are lost with them; in the files beside: lists against a model, beside
//! their writers, and within the limits of DynamoDB.

pub(crate) mod field;
pub(crate) mod limits;
mod model;
mod writers;

use super::List;
use super::counts::{STAMP, child_name};
use super::tally::{leaf_name, leaf_of, stamp_name, total_name};
use super::{BRANCH_BITS, LEAF_BITS, TRUNK_BITS};

#[test]
fn names_of_counts_are_what_they_were() {
    assert_eq!(total_name(List::CODES_USED), "n_cd");
    assert_eq!(leaf_name(List::LEDGER, 207_445), "d_l_207445");
    assert_eq!(stamp_name(List::MESSAGES), "s_m");
    assert_eq!((child_name(207_445, BRANCH_BITS, LEAF_BITS).as_str(), STAMP), ("c_21", "s"));
    assert_eq!(child_name(3241, TRUNK_BITS, BRANCH_BITS), "c_169");
    for list in List::ALL {
        assert_eq!(leaf_of(&leaf_name(list, 207_445)), Some((list, 207_445)));
        assert_eq!(List::ALL.iter().filter(|other| total_name(**other) == total_name(list)).count(), 1);
    }
    for other in ["d_l", "d_zz_1", "n_l", "s_l", "v", "d_l_x"] {
        assert_eq!(leaf_of(other), None, "{other}");
    }
}
