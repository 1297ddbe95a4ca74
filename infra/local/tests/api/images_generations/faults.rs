//! Every outside call of a draw fails: before its effect, after it, or without an end.

use futures_util::future::join_all;
use serde_json::{Value, json};
use testkit::{Fault, FaultKind};

use crate::app::{Person, TestApp};
use crate::pictures::{DRAW, Form, png, wish};

/// More calls than a draw makes.
const CALLS_MAX: usize = 20;
/// The reservation, the limit, two pictures, the settlement.
const CALLS_OF_A_DRAW: usize = 5;
/// The same, and the picture to start from, put up and taken away.
const CALLS_OF_AN_EDIT: usize = 7;

/// What is drawn.
#[derive(Clone, Copy, Debug)]
enum What {
    /// Two pictures of words.
    Words,
    /// Two pictures of a file, by the provider that fetches the file itself.
    File,
}

impl What {
    const BOTH: [Self; 2] = [Self::Words, Self::File];

    const fn calls(self) -> usize {
        match self {
            Self::Words => CALLS_OF_A_DRAW,
            Self::File => CALLS_OF_AN_EDIT,
        }
    }
}

/// Ada, with credits for three pictures, and a key for [`What::File`].
async fn ada(app: &TestApp) -> Person<'_> {
    let ada = app.log_in("ada@example.com").await;
    ada.is_given(20);
    app.adds_painter("stablediffusion-draw", "sk-0123456789abcdef").await;
    // The function reads the settings, so that the calls that are counted are a draw's own.
    app.post(DRAW, &ada.token, &json!({"prompt": "a cat", "draw_type": "openai", "model": "x"})).await.refusal(400);
    ada
}

/// The answer's code and how many pictures it has, also when its head had gone out before it failed.
async fn draw(app: &TestApp, person: &Person<'_>, what: What) -> (i64, usize) {
    let answer = match what {
        What::Words => app.post(DRAW, &person.token, &wish("a cat", 2)).await,
        What::File => {
            let texts = [("prompt", "a cat"), ("quantity", "2"), ("size", "256x256"), ("draw_type", "stablediffusion")];
            let form = texts.into_iter().fold(Form::default(), |form, (name, text)| form.text(name, text));
            form.file("image", "a.png", "image/png", &png()).post(app, DRAW, &person.token).await
        }
    };
    let told: Value = serde_json::from_str(&answer.text()).expect("one JSON text");
    assert!([200, 502, 503].contains(&answer.status.as_u16()), "{told}");
    assert!(told["code"] == 0 || !told["message"].as_str().unwrap().is_ascii(), "{told}");
    (told["code"].as_i64().unwrap(), told["data"].as_array().map_or(0, Vec::len))
}

/// The n-th call fails so that the SDK's own tries mend it: the person notices nothing.
#[tokio::test]
async fn a_passing_failure_of_any_call_is_not_noticed() {
    let kinds =
        [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Throttle, FaultKind::Http500, FaultKind::Conflict];
    for (kind, what) in kinds.into_iter().flat_map(|kind| What::BOTH.map(|what| (kind, what))) {
        let mut struck = 0;
        for nth in 1..=CALLS_MAX {
            let mut hits = 0;
            TestApp::run(async |app| {
                let ada = ada(app).await;
                let fault = app.stack.wire.plan(Fault::new(kind).nth(nth));
                assert_eq!(draw(app, &ada, what).await, (0, 2), "{what:?}, {kind:?} at call {nth}");
                hits = fault.hits();
                assert_eq!((ada.credits().await, ada.statement().await.0), (10, 3), "{what:?}, {kind:?} at call {nth}");
                assert_eq!(ada.pictures(app, "").await.0, 2, "{what:?}, {kind:?} at call {nth}");
                assert_eq!(app.stack.objects.list().len(), 2, "{what:?}, {kind:?} at call {nth}: a file too many");
                app.check_nothing_held();
            })
            .await;
            if hits == 0 {
                break;
            }
            struck += 1;
        }
        // Only the table's writes can conflict.
        let expected = if kind == FaultKind::Conflict { 3 } else { what.calls() };
        assert_eq!(struck, expected, "{what:?}, {kind:?}");
    }
}

/// The n-th call does not come back: it is given up and tried again.
#[tokio::test]
async fn a_call_that_hangs_is_not_waited_for() {
    let kinds = [FaultKind::HangBefore, FaultKind::HangAfter].into_iter();
    let cases = kinds.flat_map(|kind| (1..=CALLS_OF_A_DRAW).map(move |nth| (kind, nth)));
    // Side by side, because all of it is waiting.
    join_all(cases.map(|(kind, nth)| async move {
        TestApp::run(async |app| {
            let ada = ada(app).await;
            let fault = app.stack.wire.plan(Fault::new(kind).nth(nth));
            assert_eq!(draw(app, &ada, What::Words).await, (0, 2), "{kind:?} at call {nth}");
            assert_eq!(fault.hits(), 1, "{kind:?} at call {nth}");
            assert_eq!((ada.credits().await, ada.pictures(app, "").await.0), (10, 2), "{kind:?} at call {nth}");
        })
        .await;
    }))
    .await;
}

/// The n-th call and all after it fail: the person gets an error or the pictures, and the books agree afterwards.
#[tokio::test]
async fn a_lasting_failure_from_any_call_on_leaves_the_books_right() {
    let kinds = [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Throttle, FaultKind::Http500];
    let cases = kinds.into_iter().flat_map(|kind| {
        What::BOTH.into_iter().flat_map(move |what| (1..=what.calls()).map(move |nth| (kind, what, nth)))
    });
    // Side by side, because most of it is waiting: a settlement is tried for twenty seconds, and so is a release.
    join_all(cases.map(|(kind, what, nth)| fails_lastingly(kind, what, nth))).await;
}

async fn fails_lastingly(kind: FaultKind, what: What, nth: usize) {
    TestApp::run(async |app| {
        let ada = ada(app).await;
        let fault = app.stack.wire.plan(Fault::new(kind).nth(nth).lasting());
        let (code, shown) = draw(app, &ada, what).await;
        assert!(fault.hits() > 0, "{what:?}, {kind:?} from call {nth}");
        app.stack.wire.heal();
        app.recover().await;
        let (credits, known) = (ada.credits().await, ada.pictures(app, "").await.0);
        let charged = u64::try_from(30 - credits).unwrap();
        assert_eq!(charged, known * 10, "{what:?}, {kind:?} from call {nth}: what is paid is there");
        assert!(code != 0 || known == u64::try_from(shown).unwrap(), "{what:?}, {kind:?} from call {nth}: {shown}");
        assert!(
            known <= 2 && ada.statement().await.0 == 2 + u64::from(known > 0),
            "{what:?}, {kind:?} from call {nth}"
        );
        // The person can go on.
        assert_eq!(ada.draws(app, "a dog", 1).await.len(), 1);
    })
    .await;
}

/// The bucket alone is away: nothing is kept, so nothing is charged.
#[tokio::test]
async fn without_the_bucket_nothing_is_charged() {
    for what in What::BOTH {
        TestApp::run(async |app| {
            let ada = ada(app).await;
            app.stack.wire.plan(Fault::new(FaultKind::FailBefore).on("PutObject").lasting());
            let (code, _) = draw(app, &ada, what).await;
            assert_eq!((code, ada.credits().await, ada.statement().await.0), (-1, 30, 2), "{what:?}");
            app.check_nothing_held();
            assert!(app.stack.objects.list().is_empty(), "{what:?}");
        })
        .await;
    }
}

/// The answer of each write to the bucket is lost: what may have been stored is taken away again.
#[tokio::test]
async fn what_may_have_been_stored_is_taken_away() {
    for what in What::BOTH {
        TestApp::run(async |app| {
            let ada = ada(app).await;
            app.stack.wire.plan(Fault::new(FaultKind::FailAfter).on("PutObject").lasting());
            let (code, _) = draw(app, &ada, what).await;
            assert_eq!((code, ada.credits().await, ada.statement().await.0), (-1, 30, 2), "{what:?}");
            app.check_nothing_held();
            assert!(app.stack.objects.list().is_empty(), "{what:?}: files that nobody knows of");
        })
        .await;
    }
}
