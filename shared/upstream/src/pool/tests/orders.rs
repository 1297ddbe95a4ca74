//! Who is asked first.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::pool::state::Standing;
use crate::pool::{Place, order};

fn ids(places: &[Place]) -> String {
    places.iter().map(|place| place.key.id.as_str()).collect()
}

/// How often each order comes up among so many draws.
fn orders(candidates: &[Candidate], draws: u32) -> BTreeMap<String, u32> {
    let mut seen = BTreeMap::new();
    for random in 0..u64::from(draws) {
        *seen.entry(ids(&order(candidates.to_vec(), "m", NOW, random))).or_default() += 1;
    }
    seen
}

#[test]
fn weights_hold_at_every_place() {
    let candidates = [("a", 6), ("b", 3), ("c", 1)].map(|(id, weight)| candidate(id, weight, State::default()));
    let seen = orders(&candidates, 100_000);
    // a then b: 6/10 of 3/4, and so on.
    for (order, share) in [
        ("abc", 0.45),
        ("acb", 0.15),
        ("bac", 3.0 / 10.0 * 6.0 / 7.0),
        ("bca", 3.0 / 70.0),
        ("cab", 1.0 / 15.0),
        ("cba", 1.0 / 30.0),
    ] {
        let got = f64::from(seen[order]) / 100_000.0;
        assert!((got - share).abs() < 0.006, "{order}: {got} for {share}");
    }
}

#[test]
fn weight_zero_is_a_reserve_and_all_zero_is_even() {
    let with = |weights: [u32; 3]| {
        let mut candidates = ["a", "b", "c"].map(|id| candidate(id, 0, State::default()));
        for (candidate, weight) in candidates.iter_mut().zip(weights) {
            candidate.weight = weight;
        }
        orders(&candidates, 6_000)
    };
    assert!(with([1, 0, 1]).keys().all(|order| order.ends_with('b')));
    let even = with([0, 0, 0]);
    assert!(even.len() == 6 && even.values().all(|count| (850..1150).contains(count)), "{even:?}");
    let huge = with([u32::MAX, u32::MAX, u32::MAX]);
    assert!(huge.values().all(|count| (850..1150).contains(count)), "{huge:?}");
}

#[test]
fn waiting_keys_come_last_shortest_wait_first_and_stopped_ones_never() {
    let waits = |seconds| next(&State::default(), Err(limited(seconds)), NOW);
    let stopped = State { stopped: true, ..State::default() };
    let candidates = [
        candidate("l", 9, waits(60)),
        candidate("s", 9, waits(5)),
        candidate("f", 9, failing(3)),
        candidate("x", 9, stopped.clone()),
        candidate("h", 1, State::default()),
    ];
    assert_eq!(orders(&candidates, 50).into_keys().collect::<Vec<_>>(), ["hsfl"]);
    assert_eq!(orders(&candidates[..4], 50).into_keys().collect::<Vec<_>>(), ["sfl"], "answers keep flowing");
    assert!(order(vec![candidate("x", 1, stopped)], "m", NOW, 7).is_empty());
}

#[test]
fn a_trial_is_drawn_for_the_first_place_or_waits() {
    let now = NOW + 30 * SECOND;
    let candidates =
        [candidate("h", 1, State::default()), candidate("t", 1, failing(3)), candidate("u", 1, failing(3))];
    let mut firsts = BTreeMap::<String, u32>::new();
    for random in 0..3_000 {
        let places = order(candidates.to_vec(), "m", now, random);
        assert_eq!(places.len(), 3);
        assert!(places[1..].iter().all(|place| place.trial.is_none()));
        let (first, trial) = (places[0].key.id.clone(), places[0].trial.clone());
        assert_eq!(trial.is_some(), first != "h");
        if let Some(claim) = trial {
            assert_eq!((claim.from_ms, claim.state.trial_ms), (failing(3).changed_ms, now));
            assert_eq!(places[1].key.id, "h", "the healthy key stands behind the trial");
        }
        *firsts.entry(first).or_default() += 1;
    }
    assert!(firsts.len() == 3 && firsts.values().all(|count| (850..1150).contains(count)), "{firsts:?}");

    let claimed = [candidate("t", 9, failing(3).with_trial(now).state), candidate("h", 1, State::default())];
    let places = order(claimed.to_vec(), "m", now, 7);
    assert_eq!((ids(&places).as_str(), &places[0].trial), ("ht", &None), "another turn is at it");
}

/// States as they come about.
fn state() -> impl Strategy<Value = State> {
    prop_oneof![
        Just(State::default()),
        (1..4_i64).prop_map(failing),
        Just(failing(3).with_trial(NOW + 30 * SECOND).state),
        (1..100_u32).prop_map(|seconds| next(&State::default(), Err(limited(seconds)), NOW)),
        Just(next(&State::default(), Err(Cause::NotFound), NOW)),
        Just(State { stopped: true, ..State::default() }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_order_is_a_permutation_of_all_that_are_not_stopped(
        drawn in proptest::collection::vec((state(), prop_oneof![Just(0), Just(u32::MAX), 0..9_u32]), 0..12),
        away in 0..120_000_i64,
        random in any::<u64>(),
    ) {
        let now = NOW + away;
        let candidates: Vec<Candidate> = drawn
            .into_iter()
            .zip('a'..)
            .map(|((state, weight), id)| candidate(&id.to_string(), weight, state))
            .collect();
        let places = order(candidates.clone(), "m", now, random);

        let mut expected: Vec<&str> =
            candidates.iter().filter(|it| !it.state.stopped).map(|it| it.key.id.as_str()).collect();
        let mut got: Vec<&str> = places.iter().map(|place| place.key.id.as_str()).collect();
        got.sort_unstable();
        expected.sort_unstable();
        prop_assert_eq!(got, expected);

        let standing = |place: &Place| {
            candidates.iter().find(|it| it.key.id == place.key.id).unwrap().state.standing("m", now)
        };
        let waits: Vec<bool> = places
            .iter()
            .enumerate()
            .map(|(at, place)| match standing(place) {
                Standing::Healthy => false,
                Standing::Trial => at > 0,
                Standing::Waiting(_) => true,
                Standing::Stopped => unreachable!(),
            })
            .collect();
        prop_assert!(waits.is_sorted(), "nobody who waits stands before the healthy: {waits:?}");
    }
}
