//! What one instance adds to the stored states.

use super::*;
use crate::pool::{Change, Memory, Place};

const ERROR: Cause = Cause::Server(503);

fn order(memory: &Memory, stored: &[(&str, &State)], now: i64) -> Vec<Place> {
    let candidates = stored.iter().map(|(id, state)| candidate(id, 1, (*state).clone())).collect();
    memory.order(candidates, "m", now, 7)
}

fn ids(places: &[Place]) -> Vec<&str> {
    places.iter().map(|place| place.key.id.as_str()).collect()
}

fn learn(memory: &Memory, id: &str, stored: &State, outcome: Result<(), Cause>, now: i64) -> Transition {
    memory.learn(id, stored, outcome, "m", now)
}

#[test]
fn what_was_just_seen_holds_until_the_stored_states_are_read_again() {
    let (memory, fine) = (Memory::default(), State::default());
    let stored = [("a", &fine), ("b", &fine)];
    assert!(matches!(learn(&memory, "a", &fine, Err(Cause::Unauthorized), NOW), Transition::Stop { .. }));
    assert!(matches!(learn(&memory, "b", &fine, Err(limited(60)), NOW), Transition::Store(_)));
    assert_eq!(ids(&order(&memory, &stored, NOW + 5 * SECOND)), ["b"]);
    assert_eq!(learn(&memory, "a", &fine, Err(Cause::Unauthorized), NOW + SECOND), Transition::Unchanged);
    assert_eq!(order(&memory, &stored, NOW + 6 * SECOND).len(), 2, "now the stored states tell");
    let checked = State::checked(NOW + 1);
    assert_eq!(ids(&order(&memory, &[("a", &checked)], NOW + 2)), ["a"], "an administrator has the last word");
}

#[test]
fn a_success_of_ours_overrules_a_stored_wait() {
    let (memory, stored) = (Memory::default(), failing(3));
    let now = NOW + 30 * SECOND;
    assert!(matches!(learn(&memory, "a", &stored, Ok(()), now), Transition::Clear { .. }));
    assert_eq!(learn(&memory, "a", &stored, Ok(()), now + SECOND), Transition::Unchanged);
    let places = order(&memory, &[("a", &stored)], now + SECOND);
    assert!(places[0].trial.is_none());
    assert!(
        matches!(
            learn(&memory, "a", &stored, Err(limited(5)), now + 2 * SECOND),
            Transition::Store(Change { from_ms: 0, .. })
        ),
        "the stored state is deleted by now"
    );
}

#[test]
fn strikes_add_up_without_reading_in_between() {
    let (memory, stored) = (Memory::default(), State::default());
    for (now, strikes) in (NOW..).zip([1, 2, 0]) {
        match learn(&memory, "a", &stored, Err(ERROR), now) {
            Transition::Store(change) => assert_eq!(change.state.strikes, strikes),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(learn(&memory, "a", &stored, Err(ERROR), NOW + 5), Transition::Unchanged);
}

#[test]
fn one_failure_of_a_key_that_works_is_overlooked() {
    let (memory, stored) = (Memory::default(), State::default());
    for turn in 0..100 {
        let now = NOW + turn * SECOND;
        assert_eq!(learn(&memory, "a", &stored, Ok(()), now), Transition::Unchanged);
        assert_eq!(learn(&memory, "a", &stored, Err(ERROR), now), Transition::Unchanged);
    }
    assert!(
        matches!(learn(&memory, "a", &stored, Err(ERROR), NOW + 100 * SECOND), Transition::Store(_)),
        "two are not"
    );

    assert_eq!(learn(&memory, "b", &stored, Ok(()), NOW), Transition::Unchanged);
    assert!(matches!(learn(&memory, "b", &stored, Err(ERROR), NOW + 60 * SECOND), Transition::Store(_)), "long ago");
    for (id, cause) in [("c", limited(5)), ("d", Cause::NotFound), ("e", Cause::Quota)] {
        assert_eq!(learn(&memory, id, &stored, Ok(()), NOW), Transition::Unchanged);
        assert_ne!(memory.learn(id, &stored, Err(cause), "m", NOW), Transition::Unchanged, "{cause}");
    }
}

#[test]
fn a_failed_trial_is_never_overlooked() {
    let memory = Memory::default();
    assert_eq!(learn(&memory, "a", &State::default(), Ok(()), NOW), Transition::Unchanged);
    let stored = failing(3);
    assert!(matches!(learn(&memory, "a", &stored, Err(ERROR), NOW + 30 * SECOND), Transition::Store(_)));
}

#[test]
fn a_claimed_trial_is_not_wanted_again() {
    let (memory, failed, fine) = (Memory::default(), failing(3), State::default());
    let now = NOW + 30 * SECOND;
    let stored = [("a", &failed), ("b", &fine)];
    let places = order(&memory, &stored[..1], now);
    memory.claimed("a", places[0].trial.as_ref().unwrap(), now);
    assert_eq!(ids(&order(&memory, &stored, now + SECOND)), ["b", "a"]);
}

#[test]
fn a_full_key_waits_for_the_next_minute() {
    let memory = Memory::default();
    let minute = NOW - NOW % (60 * SECOND);
    let pool = || {
        let mut full = candidate("a", 9, State::default());
        full.rpm = Some(2);
        vec![full, candidate("b", 0, State::default())]
    };
    let firsts: Vec<String> =
        (0..4).map(|second| memory.order(pool(), "m", minute + second, 7)[0].key.id.clone()).collect();
    assert_eq!(firsts, ["a", "a", "b", "b"]);
    assert_eq!(ids(&memory.order(pool(), "m", minute + 59 * SECOND, 7)), ["b", "a"], "it stands behind");
    assert_eq!(ids(&memory.order(pool(), "m", minute + 60 * SECOND, 7)), ["a", "b"]);
    memory.asked("a", minute + 61 * SECOND);
    assert_eq!(ids(&memory.order(pool(), "m", minute + 62 * SECOND, 7)), ["b", "a"]);
}

#[test]
fn a_memory_stays_small() {
    let memory = Memory::default();
    for key in 0..5_000 {
        memory.asked(&key.to_string(), NOW);
    }
    assert!(memory.len() <= 1024);
}

/// Many instances, one table that each reads every five seconds: a dead key is asked little, a good one is not
/// punished, and no key is written often.
#[test]
fn a_site_of_many_instances_finds_the_dead_key() {
    use std::collections::BTreeMap;
    let memories: Vec<Memory> = (0..20).map(|_| Memory::default()).collect();
    let mut table = BTreeMap::from([("dead", State::default()), ("good", State::default())]);
    let mut cache = table.clone();
    let (mut writes, mut dead_asked, mut unanswered) = (0, 0, 0);
    for turn in 0..6_000_u32 {
        // Ten turns a second, for ten minutes.
        let now = NOW + i64::from(turn) * 100;
        if turn % 50 == 0 {
            cache.clone_from(&table);
        }
        let memory = &memories[(turn * 7 % 20) as usize];
        let candidates = cache.iter().map(|(id, state)| candidate(id, 1, state.clone())).collect();
        let mut places = memory.order(candidates, "m", now, u64::from(turn));
        if let Some(claim) = places[0].trial.clone() {
            let stored = table.get_mut(places[0].key.id.as_str()).unwrap();
            let won = stored.changed_ms == claim.from_ms;
            memory.claimed(&places[0].key.id, &claim, now);
            writes += 1;
            if won {
                *stored = claim.state;
            } else {
                places.rotate_left(1);
            }
        }
        let mut answered = false;
        for place in places {
            let id = if place.key.id == "dead" { "dead" } else { "good" };
            dead_asked += u32::from(id == "dead");
            // The good key fails once in fifty requests.
            answered = id == "good" && turn % 50 != 7;
            let outcome = if answered { Ok(()) } else { Err(ERROR) };
            let transition = learn(memory, id, &cache[id], outcome, now);
            writes += u32::from(transition != Transition::Unchanged);
            let stored = table.get_mut(id).unwrap();
            match transition {
                Transition::Store(change) if change.from_ms == stored.changed_ms => *stored = change.state,
                Transition::Clear { from_ms } if from_ms == stored.changed_ms => *stored = State::default(),
                _ => {}
            }
            if answered {
                break;
            }
        }
        unanswered += u32::from(!answered);
    }
    println!("{dead_asked} of 6000 turns asked the dead key; {writes} writes; {unanswered} without an answer");
    assert!(dead_asked < 260, "{dead_asked}");
    assert!(writes < 120, "{writes}");
    assert!(unanswered <= 120, "{unanswered}");
    assert!(table["good"].waits == 0, "{table:?}");
}
