//! What failures say of themselves.

use super::*;

#[test]
fn the_text_names_keys_and_causes() {
    let attempt = |key_id: &str, cause| Attempt { key_id: key_id.to_owned(), cause, millis: 7 };
    let failure = Failure::Exhausted(vec![
        attempt("7", Cause::Server(503)),
        attempt("8", Cause::Blocked(AddressError::NotPublic)),
    ]);
    assert_eq!(
        failure.to_string(),
        "every upstream key failed: 7 (status 503), 8 (blocked: not an address of the public internet)"
    );
    assert_eq!(failure.tried().len(), 2);
    let by = Refused { key_id: "9".to_owned(), millis: 7, tried: vec![attempt("7", Cause::Quota)] };
    let refused = Failure::Refused { status: 400, refusal: Refusal::TooLong, by };
    assert_eq!(refused.to_string(), "upstream key 9 refused the request with status 400: too long for the model");
    assert_eq!(refused.tried().len(), 1);
}

#[test]
fn every_cause_has_a_sentence_for_the_administrator() {
    for (cause, sentence) in [
        (Cause::Unauthorized, "密钥无效 (401)"),
        (Cause::Quota, "余额不足 (402)"),
        (Cause::Server(503), "服务异常 (503)"),
        (Cause::Blocked(AddressError::NotPublic), "该地址不在公网上，不能使用"),
    ] {
        assert_eq!(cause.sentence(), sentence);
    }
}
