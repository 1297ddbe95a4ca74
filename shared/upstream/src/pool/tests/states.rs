//! What follows from failures and successes.

use proptest::prelude::*;

use super::*;
use crate::pool::state::{MODEL_BYTES_MAX, MODELS_MAX, STRIKES_MAX, Standing, UNTIL_MILLIS_MAX, WAITS_MAX};
use outbound::AddressError;

#[test]
fn final_causes_stop_the_key_with_a_reason() {
    for (cause, reason) in [
        (Cause::Unauthorized, "密钥无效 (401)"),
        (Cause::Quota, "余额不足 (402)"),
        (Cause::Forbidden, "密钥被禁止访问 (403)"),
        (Cause::Blocked(AddressError::NotPublic), "该地址不在公网上，不能使用"),
    ] {
        let transition = State::default().after(Err(cause), "m", NOW);
        assert_eq!(transition, Transition::Stop { reason: reason.to_owned() });
        let stopped = apply(&State::default(), &transition, NOW);
        assert_eq!(stopped.standing("m", NOW + 1_000_000 * SECOND), Standing::Stopped);
        assert_eq!(stopped.after(Err(cause), "m", NOW), Transition::Unchanged);
        assert_eq!(stopped.after(Ok(()), "m", NOW), Transition::Unchanged);
    }
}

#[test]
fn a_limited_key_waits_as_long_as_it_says_within_bounds() {
    for (said, seconds) in [(Some(7), 7), (None, 20), (Some(0), 1), (Some(3600), 3600), (Some(u32::MAX), 3600)] {
        let state = next(&State::default(), Err(Cause::RateLimited { retry_after_seconds: said }), NOW);
        assert_eq!(state.cause, "请求过于频繁 (429)");
        let over = NOW + seconds * SECOND;
        assert_eq!(state.standing("m", over - 1), Standing::Waiting(over));
        assert_eq!(state.standing("m", over), Standing::Healthy, "no trial is needed");
        assert_eq!(state.after(Ok(()), "m", over), Transition::Unchanged, "nor a write for each success");
    }
    let state = next(&State::default(), Err(limited(20)), NOW);
    for seconds in [1, 20, 29] {
        assert_eq!(state.after(Err(limited(seconds)), "m", NOW + SECOND), Transition::Unchanged, "{seconds}");
    }
    let longer = next(&state, Err(limited(60)), NOW + SECOND);
    assert_eq!(longer.until_ms, NOW + 61 * SECOND);
}

#[test]
fn three_failures_within_a_minute_make_a_wait() {
    let (one, two, three) = (failing(1), failing(2), failing(3));
    assert_eq!((one.strikes, two.strikes, three.strikes), (1, 2, 0));
    assert_eq!([&one, &two].map(|state| state.standing("m", NOW)), [Standing::Healthy; 2]);
    assert_eq!(three.standing("m", NOW), Standing::Waiting(NOW + 30 * SECOND));
    assert_eq!(three.cause, "服务异常 (503)");

    let late = next(&two, Err(Cause::Cut), NOW - SECOND + 60 * SECOND);
    assert_eq!((late.strikes, late.standing("m", NOW + 59 * SECOND)), (1, Standing::Healthy), "the first two are over");
    assert_eq!(two.after(Ok(()), "m", NOW), Transition::Unchanged);
}

#[test]
fn every_passing_failure_is_a_strike() {
    use Cause::{Connect, Cut, Empty, Firewall, FirstByte, Malformed, Region, Server, Silence, TooLarge};
    for cause in [Connect, Cut, Empty, Firewall, FirstByte, Malformed, Region, Server(500), Silence, TooLarge] {
        assert_eq!(next(&State::default(), Err(cause), NOW).strikes, 1, "{cause}");
    }
}

#[test]
fn waits_double_while_trials_fail_and_a_success_ends_them() {
    let mut state = failing(3);
    let mut now = NOW;
    for seconds in [30, 60, 120, 240, 480, 600, 600, 600] {
        assert_eq!(state.standing("m", now), Standing::Waiting(now + seconds * SECOND));
        assert_eq!(state.after(Err(Cause::Cut), "m", now), Transition::Unchanged, "it waits already");
        assert_eq!(state.after(Ok(()), "m", now), Transition::Unchanged, "the trial will tell");
        now += seconds * SECOND;
        assert_eq!(state.standing("m", now), Standing::Trial);
        state = state.with_trial(now).state;
        assert_eq!(state.standing("m", now), Standing::Waiting(now + 90 * SECOND), "one trial at a time");
        assert_eq!(state.after(Ok(()), "m", now), Transition::Clear { from_ms: state.changed_ms });
        state = next(&state, Err(Cause::FirstByte), now);
    }
}

#[test]
fn a_trial_that_nobody_ended_is_given_to_another_turn() {
    let now = NOW + 30 * SECOND;
    let state = failing(3).with_trial(now).state;
    assert!(!state.wants_trial(now + 89 * SECOND));
    assert!(state.wants_trial(now + 90 * SECOND));
}

#[test]
fn a_limit_in_a_trial_postpones_the_next_one() {
    let now = NOW + 30 * SECOND;
    let state = next(&failing(3).with_trial(now).state, Err(limited(5)), now);
    assert_eq!(state.standing("m", now), Standing::Waiting(now + 5 * SECOND));
    assert_eq!(state.standing("m", now + 5 * SECOND), Standing::Trial);
}

#[test]
fn an_unknown_model_is_set_aside_and_the_key_is_not() {
    let state = next(&State::default(), Err(Cause::NotFound), NOW);
    assert_eq!(state.standing("m", NOW), Standing::Waiting(NOW + 600 * SECOND));
    assert_eq!(state.standing("other", NOW), Standing::Healthy);
    assert_eq!(state.standing("m", NOW + 600 * SECOND), Standing::Healthy);
    assert_eq!(state.after(Err(Cause::NotFound), "m", NOW + SECOND), Transition::Unchanged);
    assert_eq!(state.after(Ok(()), "other", NOW), Transition::Unchanged);
    assert_eq!(state.after(Ok(()), "m", NOW), Transition::Clear { from_ms: state.changed_ms });

    let both = next(&state, Err(Cause::Cut), NOW);
    assert!(matches!(both.after(Ok(()), "m", NOW), Transition::Store(change) if change.state.strikes == 1));
}

#[test]
fn the_models_set_aside_longest_ago_make_room() {
    let names: Vec<String> = (0..=MODELS_MAX).map(|name| name.to_string()).collect();
    let mut state = State::default();
    for (now, name) in (NOW..).zip(&names) {
        state = apply(&state, &state.after(Err(Cause::NotFound), name, now), now);
    }
    assert_eq!(state.standing("0", NOW), Standing::Healthy);
    assert!(names[1..].iter().all(|name| state.standing(name, NOW + 10) != Standing::Healthy));
    let long = "x".repeat(MODEL_BYTES_MAX + 1);
    assert_eq!(state.after(Err(Cause::NotFound), &long, NOW), Transition::Unchanged);
}

#[test]
fn moments_of_a_wrong_clock_do_not_lock_a_key_out() {
    let mut state = failing(3);
    state.until_ms = NOW + UNTIL_MILLIS_MAX + 1;
    assert_eq!(state.standing("m", NOW), Standing::Trial);
    state.trial_ms = i64::MAX;
    assert_eq!(state.standing("m", NOW), Standing::Trial);
}

#[test]
fn what_was_stored_is_read_again() {
    let state = next(&failing(3), Err(Cause::NotFound), NOW);
    let json = serde_json::to_string(&state).unwrap();
    assert_eq!(serde_json::from_str::<State>(&json).unwrap(), state);
    assert!(json.len() < 400, "{json}");
    assert_eq!(serde_json::from_str::<State>("{}").unwrap(), State::default());
}

fn outcome() -> impl Strategy<Value = Result<(), Cause>> {
    prop_oneof![
        3 => Just(Ok(())),
        3 => Just(Err(Cause::Server(503))),
        2 => Just(Err(Cause::FirstByte)),
        1 => Just(Err(Cause::NotFound)),
        1 => any::<Option<u32>>().prop_map(|retry_after_seconds| Err(Cause::RateLimited { retry_after_seconds })),
    ]
}

/// A state as a damaged or foreign item may have it.
fn any_state() -> impl Strategy<Value = State> {
    let moment = || prop_oneof![any::<i64>(), (-7_200_000..7_200_000_i64).prop_map(|away| NOW + away)];
    let models = proptest::collection::vec(("[a-c]{1,2}|x{200}", moment()), 0..12);
    (any::<u8>(), any::<u8>(), [moment(), moment(), moment()], models).prop_map(|(strikes, waits, moments, models)| {
        State {
            changed_ms: NOW - 1,
            strikes,
            waits,
            until_ms: moments[0],
            struck_ms: moments[1],
            trial_ms: moments[2],
            models: models.into_iter().map(|(model, until_ms)| crate::pool::Aside { model, until_ms }).collect(),
            ..State::default()
        }
    })
}

fn assert_bounds(state: &State, now: i64) {
    assert!(state.strikes < STRIKES_MAX && state.waits <= WAITS_MAX, "{state:?}");
    assert!(state.until_ms <= now + UNTIL_MILLIS_MAX, "{state:?} at {now}");
    assert!(state.models.len() <= MODELS_MAX, "{state:?}");
    assert!(state.models.iter().all(|aside| aside.model.len() <= MODEL_BYTES_MAX), "{state:?}");
    assert!(state.cause.len() <= 64, "{state:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_state_stays_within_its_bounds_and_its_key_is_asked_again(
        start in any_state(),
        steps in proptest::collection::vec((outcome(), 0..1_200_000_i64, "[a-c]{1,2}", any::<bool>()), 1..60),
    ) {
        let (mut state, mut now) = (start, NOW);
        for (outcome, pause, model, claims) in steps {
            now += pause;
            if claims && state.wants_trial(now) {
                state = apply(&state, &Transition::Store(state.with_trial(now)), now);
                assert_bounds(&state, now);
            }
            let transition = state.after(outcome, &model, now);
            prop_assert!(!matches!(transition, Transition::Stop { .. }), "only final causes stop");
            state = apply(&state, &transition, now);
            if matches!(transition, Transition::Store(_)) {
                assert_bounds(&state, now);
                let in_the_end = state.standing(&model, now + UNTIL_MILLIS_MAX + 1);
                prop_assert!(matches!(in_the_end, Standing::Healthy | Standing::Trial), "{in_the_end:?}");
            }
        }
    }

    #[test]
    fn a_key_that_works_is_never_written(pauses in proptest::collection::vec(0..1_200_000_i64, 0..60)) {
        let mut now = NOW;
        for pause in pauses {
            now += pause;
            prop_assert_eq!(State::default().after(Ok(()), "m", now), Transition::Unchanged);
        }
    }
}
