//! How many orders one person can leave unpaid.

use std::time::Duration;

use futures_util::future::join_all;

use super::{id_of, orders, wish};
use crate::app::{ADMIN, TestApp};
use crate::shop::paying::open_orders;
use crate::shop::{asks, connects, order, sells, settles};

const TOO_MANY: &str = "未支付的订单过多，请先支付，或等待未支付的订单关闭";
const MOST: usize = 10;

#[tokio::test]
async fn the_eleventh_open_order_is_refused_until_one_of_the_ten_ends() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        connects(app, "alipay").await;
        let (product, mut open) = (sells(app).await, Vec::new());
        for _ in 0..MOST {
            open.push(id_of(&asks(app, &ada, &wish(&product)).await.data()));
        }
        let calls = app.stack.payments.calls();
        assert_eq!(asks(app, &ada, &wish(&product)).await.refusal(400), TOO_MANY);
        assert_eq!((orders(app).len(), app.stack.payments.calls()), (MOST, calls), "and nobody was asked");
        // Another person's are their own.
        let bob = app.log_in("bob@example.com").await;
        asks(app, &bob, &wish(&product)).await.data();

        assert_eq!(settles(app, &open[3]).await.body, "success");
        assert_eq!(open_orders(app, &ada), 9);
        open.push(id_of(&asks(app, &ada, &wish(&product)).await.data()));
        assert_eq!(asks(app, &ada, &wish(&product)).await.refusal(400), TOO_MANY);

        assert!(app.stack.payments.close(&open[4]));
        assert_eq!(app.stack.payments.deliver(&open[4], &testkit::payments::Change::default()).await.body, "success");
        assert_eq!(order(app, &admin, &open[4]).await["trade_status"], "TRADE_CLOSED");
        asks(app, &ada, &wish(&product)).await.data();
        assert_eq!(asks(app, &ada, &wish(&product)).await.refusal(400), TOO_MANY);

        // Nobody pays: all of them end by themselves.
        app.clock.advance(Duration::from_secs(121 * 60));
        assert!(app.stack.run_janitor().await.get("error").is_none());
        assert_eq!((open_orders(app, &ada), open_orders(app, &bob)), (0, 0));
        for _ in 0..MOST {
            asks(app, &ada, &wish(&product)).await.data();
        }
        assert_eq!(asks(app, &ada, &wish(&product)).await.refusal(400), TOO_MANY);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_that_are_made_at_once_are_never_more_than_ten() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        connects(app, "yipay").await;
        let product = sells(app).await;
        for free in [MOST, 3] {
            let wish = wish(&product);
            let answers = join_all((0..25).map(|_| asks(app, &ada, &wish))).await;
            let (made, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
            for answer in refused {
                assert_eq!(answer.refusal(400), TOO_MANY);
            }
            assert_eq!((made.len(), open_orders(app, &ada)), (free, 10));
            for answer in &made[..3] {
                assert_eq!(settles(app, &id_of(&answer.data())).await.body, "success");
            }
            assert_eq!(open_orders(app, &ada), 7);
        }
        assert_eq!((orders(app).len(), app.stack.payments.trades().len()), (13, 13));
        assert_eq!(ada.credits().await, 6010);
    })
    .await;
}

/// Whatever becomes of them: providers bill and block merchants for orders that nobody pays.
#[tokio::test]
async fn sixty_orders_in_an_hour_are_enough() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        connects(app, "yipay").await;
        let product = sells(app).await;
        app.fill_limit("orders-user", &ada.id, 3600, 59);
        asks(app, &ada, &wish(&product)).await.data();
        let refused = asks(app, &ada, &wish(&product)).await;
        assert_eq!(refused.refusal(429), "请求次数过多，请稍后再试！");
        assert!(refused.headers.contains_key("retry-after"));
        assert_eq!((orders(app).len(), app.stack.payments.calls(), open_orders(app, &ada)), (1, 1, 1));
        app.clock.advance(Duration::from_secs(3600));
        asks(app, &ada, &wish(&product)).await.data();
    })
    .await;
}
