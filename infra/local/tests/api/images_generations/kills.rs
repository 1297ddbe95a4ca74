//! The function dies: at each of its calls, and while the provider draws.

use std::time::Duration;

use testkit::{Fault, FaultKind};

use crate::app::TestApp;
use crate::pictures::wish;
use crate::sandbox::{Sandbox, request};

const EVENT: &str = "images-post-images_generations";
/// The reservation, the limit, two pictures, the settlement.
const CALLS_OF_A_DRAW: usize = 5;

/// After recovery nothing is charged for nothing known, and whatever is known has its file and was charged.
#[tokio::test]
async fn a_kill_at_every_boundary_leaves_the_books_right() {
    for kind in [FaultKind::HangBefore, FaultKind::HangAfter] {
        let mut points = 0;
        while survives_a_kill(kind, points + 1).await {
            points += 1;
        }
        assert_eq!(points, CALLS_OF_A_DRAW, "{kind:?}");
    }
}

/// False when a draw makes fewer than `nth` calls.
async fn survives_a_kill(kind: FaultKind, nth: usize) -> bool {
    let mut hit = false;
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        ada.is_given(20);
        let sandbox = Sandbox::of(app, "images");
        let images = sandbox.images().await;
        let fault = app.stack.wire.plan(Fault::new(kind).nth(nth));
        tokio::select! {
            () = fault.reached() => hit = true,
            _ = images(request(EVENT, &ada.token, &wish("a cat", 2))) => return,
        }
        // A call beside the one that hangs may still land, as it would while Lambda ends a sandbox.
        tokio::time::sleep(Duration::from_millis(50)).await;
        sandbox.kill();
        app.stack.wire.heal();
        app.check_books().await;
        let (credits, known) = (ada.credits().await, ada.pictures(app, "").await.0);
        let is_settled = kind == FaultKind::HangAfter && nth == CALLS_OF_A_DRAW;
        let expected = if is_settled { (10, 2) } else { (30, 0) };
        assert_eq!((credits, known), expected, "{kind:?} at call {nth}");
        assert_eq!(ada.statement().await.0, 2 + u64::from(is_settled), "{kind:?} at call {nth}");
        // The person can go on, at the full balance.
        assert_eq!(ada.draws(app, "a dog", 1).await.len(), 1);
        assert_eq!(ada.credits().await, credits - 10);
    })
    .await;
    hit
}

#[tokio::test]
async fn a_kill_while_the_provider_draws_gives_the_reservation_back() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let sandbox = Sandbox::of(app, "images");
        let draw = (sandbox.images().await)(request(EVENT, &ada.token, &wish("a cat [[gate]]", 1)));
        app.stack.upstream.reached(1).await;
        assert!(!draw.is_finished() && app.stack.upstream.count() == 1);
        sandbox.kill();
        assert_eq!(ada.credits().await, 10, "what is set aside still belongs to the person");
        assert_eq!(ada.asks_to_draw(app, "a cat", 1).await.refusal(409), "上一个请求尚未结束，请稍后再试。");
        // The person's own next request gives it back, without the janitor.
        app.clock.advance(Duration::from_secs(16 * 60));
        assert_eq!(ada.draws(app, "a cat", 1).await.len(), 1);
        assert_eq!((ada.credits().await, app.stack.objects.list().len()), (0, 1));
    })
    .await;
}
