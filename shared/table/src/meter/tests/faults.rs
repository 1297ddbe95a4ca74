//! Calls of a roll-up fail, lose their answers, or are the last that a function does: the sums stay what they are.

use std::collections::BTreeMap;

use testkit::{Fault, FaultKind};

use super::{Meter, meter, raise, sums};
use crate::list::roll_up;
use crate::list::tests::field;

#[tokio::test]
async fn a_roll_up_that_fails_or_dies_anywhere_changes_no_sum() {
    use FaultKind::{Conflict, FailAfter, FailBefore, HangAfter, HangBefore, Http500, Throttle};
    for kind in [FailBefore, FailAfter, Throttle, Conflict, Http500, HangBefore, HangAfter] {
        let mut struck = 0;
        for nth in 1.. {
            let (table, wire) = field::table_and_wire();
            let mut expected: BTreeMap<Meter, i64> = BTreeMap::new();
            for (spread, meters) in [(1, 0..50), (2, 40..45), (3, 0..1)] {
                let meters: Vec<(Meter, i64)> = meters.map(|number| (meter(number), 7)).collect();
                raise(&table, spread, &meters).await.unwrap();
                for (meter, by) in meters {
                    *expected.entry(meter).or_default() += by;
                }
            }
            let fault = wire.plan(Fault::new(kind).nth(nth));
            tokio::select! {
                () = fault.reached(), if matches!(kind, HangBefore | HangAfter) => {}
                _ = roll_up(&table, 0, true) => {}
            }
            let hits = fault.hits();
            wire.heal();
            assert_eq!(sums(&table).await, expected, "{kind:?} at call {nth}");
            while roll_up(&table, 0, true).await.unwrap() > 0 {}
            assert_eq!(sums(&table).await, expected, "{kind:?} at call {nth}, then another run");
            if hits == 0 {
                break;
            }
            struck += 1;
        }
        assert!(struck >= 4, "{kind:?}: {struck} calls");
    }
}
