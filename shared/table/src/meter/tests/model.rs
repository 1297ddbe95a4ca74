//! Whatever happens to meters in whatever order: their sums are those of a plain map.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;

use super::{meter, raise, sums};
use crate::Table;
use crate::failure::{Cancelled, Item};
use crate::keys::{Key, TALLY_PARTITION, meter_partition};
use crate::list::roll_up;
use crate::list::tests::field;
use crate::meter::rollup::{METERS_MAX, actions};
use crate::meter::{Group, Meter, are_of_one_moment, raised};

const METERS: usize = 60;

#[derive(Clone, Debug)]
enum Step {
    /// One transaction raises some meters, or lowers them.
    Raise {
        spread: i64,
        meters: Vec<(usize, i64)>,
    },
    RollUp {
        all: bool,
    },
    /// Some meters of one shard move, as when a run died half way; `between`, one of them rises behind the run's back;
    /// then another run that has seen the same does the same again.
    RollUpSome {
        shard: usize,
        which: u64,
        between: Option<i64>,
        stamps: (i64, i64),
    },
    /// Tally and items are read, one of them before and one after everything moves.
    ReadAcross,
    Read,
}

fn step() -> impl Strategy<Value = Step> {
    let by = prop_oneof![6 => 1..100_000_i64, 2 => -3..4_i64, 1 => -100_000..0_i64, 1 => Just(i64::MAX >> 8)];
    let meters = vec((0..METERS, by), 1..12);
    let some = (0..16_usize, any::<u64>(), prop::option::of(1..9_i64), (1..99_i64, 1..99_i64));
    prop_oneof![
        8 => (0..6_i64, meters).prop_map(|(spread, meters)| Step::Raise { spread, meters }),
        3 => any::<bool>().prop_map(|all| Step::RollUp { all }),
        4 => some.prop_map(|(shard, which, between, stamps)| Step::RollUpSome { shard, which, between, stamps }),
        1 => Just(Step::ReadAcross),
        2 => Just(Step::Read),
    ]
}

/// A table, and what its meters should show.
struct Both {
    table: Table,
    sums: BTreeMap<Meter, i64>,
}

impl Both {
    async fn take(&mut self, step: &Step) {
        match step {
            Step::Raise { spread, meters } => {
                let meters: Vec<(Meter, i64)> = meters.iter().map(|(number, by)| (meter(*number), *by)).collect();
                self.raise(*spread, &meters).await;
            }
            Step::RollUp { all } => _ = roll_up(&self.table, 0, *all).await.unwrap(),
            Step::RollUpSome { shard, which, between, stamps } => {
                self.roll_up_some(*shard, *which, *between, *stamps).await;
            }
            Step::ReadAcross => self.read_across().await,
            Step::Read => self.check().await,
        }
    }

    async fn raise(&mut self, spread: i64, meters: &[(Meter, i64)]) {
        raise(&self.table, spread, meters).await.unwrap();
        for (meter, by) in meters {
            *self.sums.entry(meter.clone()).or_default() += by;
        }
    }

    async fn roll_up_some(&mut self, shard: usize, which: u64, between: Option<i64>, stamps: (i64, i64)) {
        let shards = self.tally().await;
        let Some(shard) = shards.get(shard % shards.len().max(1)) else { return };
        let some = raised(shard).enumerate().filter(|(place, _)| which >> (place % 64) & 1 == 1);
        let some: Vec<(Meter, i64)> = some.map(|(_, raised)| raised).take(METERS_MAX).collect();
        let Some((first, _)) = some.first() else { return };
        let key = Key::of(shard).unwrap();
        if let Some(by) = between {
            self.raise(key.sk().parse().unwrap(), &[(first.clone(), by)]).await;
        }
        for (stamp, is_first) in [(stamps.0, true), (stamps.1, false)] {
            let moved =
                self.table.transact(actions(&self.table, &key, &some, &BTreeSet::new(), stamp).unwrap(), None).await;
            match moved {
                Ok(()) => assert!(is_first && between.is_none(), "the same amounts moved twice"),
                Err(Cancelled::Condition(0)) => assert!(!is_first || between.is_some()),
                Err(other) => panic!("{other:?}"),
            }
        }
    }

    async fn read_across(&self) {
        let before = (self.tally().await, self.items().await);
        // Amounts of nothing only go.
        let moves = before.0.iter().flat_map(raised).any(|(_, by)| by != 0);
        while roll_up(&self.table, 0, true).await.unwrap() > 0 {}
        let after = (self.tally().await, self.items().await);
        let is_one = |tally: &[Item], items: &[Item]| are_of_one_moment(Group::SPENT, tally, items);
        assert!(is_one(&before.0, &before.1) && is_one(&after.0, &after.1));
        assert_eq!((is_one(&before.0, &after.1), is_one(&after.0, &before.1)), (!moves, !moves));
    }

    async fn check(&self) {
        let expected: BTreeMap<Meter, i64> =
            self.sums.iter().filter(|(_, sum)| **sum != 0).map(|(meter, sum)| (meter.clone(), *sum)).collect();
        assert_eq!(sums(&self.table).await, expected);
    }

    async fn tally(&self) -> Vec<Item> {
        self.table.partition(TALLY_PARTITION, None).await.unwrap()
    }

    async fn items(&self) -> Vec<Item> {
        let items = self.table.partition(&meter_partition(Group::SPENT), None).await.unwrap();
        assert!(items.iter().all(|item| item["v"].as_n().is_ok_and(|version| version == "1")));
        items
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, max_shrink_iters: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn meters_show_what_a_plain_map_would(steps in vec(step(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut both = Both { table: field::table(), sums: BTreeMap::new() };
            for step in &steps {
                both.take(step).await;
            }
            both.check().await;
            both.read_across().await;
            both.check().await;
            assert_eq!(both.tally().await.iter().flat_map(raised).count(), 0, "an amount that no roll-up takes");
        });
    }
}
