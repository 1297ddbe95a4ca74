//! What this provider says in words, and what is understood.

use super::*;

#[test]
fn errors_are_told_by_their_words() {
    let limited = |retry_after_seconds| Verdict::Next(Cause::RateLimited { retry_after_seconds });
    for (answer, verdict) in [
        (json!({"messege": "Invalid API Key"}), Verdict::Next(Cause::Unauthorized)),
        (json!({"message": "Insufficient credits. Please add more credits to continue."}), Verdict::Next(Cause::Quota)),
        (json!({"messege": "Your monthly limit exceeded, upgrade subscription"}), Verdict::Next(Cause::Quota)),
        (
            json!({"message": "Rate limit exceeded. Maximum 5 queued requests allowed.", "retry_after": 30}),
            limited(Some(30)),
        ),
        (json!({"message": "NSFW content detected"}), Verdict::Refuse(200, Refusal::Filtered)),
        (json!({"message": {"prompt": ["The prompt field is required."]}}), Verdict::Refuse(200, Refusal::Other)),
        (json!({"message": "prompt is required"}), Verdict::Refuse(200, Refusal::Other)),
        (json!({"messege": "Failed, Try Again"}), Verdict::Next(Cause::Server(500))),
        (json!({}), Verdict::Next(Cause::Server(500))),
    ] {
        assert_eq!(judge(&answer), verdict, "{answer}");
    }
}

#[test]
fn the_id_of_a_queued_draw_is_found() {
    for (answer, found) in [
        (json!({"id": 12_202_888}), Some("12202888")),
        (json!({"id": "a-1"}), Some("a-1")),
        (json!({"id": null, "fetch_result": "https://evil.example/api/v3/fetch/77/"}), Some("77")),
        (json!({"id": "../../x"}), None),
        (json!({"id": "7?x=1", "fetch_result": "https://x.example/a b"}), None),
        (json!({}), None),
    ] {
        assert_eq!(id(&answer).as_deref(), found, "{answer}");
    }
}

#[test]
fn the_guessed_wait_stays_in_its_bounds() {
    for (answer, millis) in [
        (json!({"eta": 3.5}), 3_500),
        (json!({"eta": "1.5"}), 1_500),
        (json!({"eta": 0}), 500),
        (json!({"eta": -7}), 500),
        (json!({"eta": 1e300}), 8_000),
        (json!({"eta": "NaN"}), 2_000),
        (json!({}), 2_000),
    ] {
        assert_eq!(wait(&answer), Duration::from_millis(millis), "{answer}");
    }
}
