//! Notifications about nothing, which anybody can send: they do not keep an alarm ringing, and stand in no notification's
//! way.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use testkit::payments::Change;

use crate::app::TestApp;
use crate::shop::paying::{Message, Till, notified};

/// What the functions log.
#[derive(Clone, Debug, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// How many notifications the alarm counts.
    fn counted(&self) -> usize {
        let text = String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned();
        text.lines().filter(|line| line.contains("unknown_payments") && line.contains("is about nothing")).count()
    }
}

#[tokio::test]
async fn one_network_does_not_keep_the_alarm_ringing_and_no_payment_waits_for_it() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::INFO).with_ansi(false);
    let _logged = tracing::subscriber::set_default(subscriber.with_writer(move || writer.clone()).finish());
    TestApp::run(async |app| {
        let (till, ada) = (Till::open(app, "yipay").await, app.log_in("ada@example.com").await);
        let order = till.paid_order(&ada).await;
        let strays =
            ["/api/pay/notify", "/api/pay/notify/yipay/1", "/api/pay/notify/paypal/7", "/api/pay/notify/yipay/x"];
        for hour in 1..=2 {
            for path in strays.into_iter().cycle().take(24) {
                assert_eq!(app.get(path, "").await.text(), "fail", "{path}");
            }
            assert_eq!(log.counted(), hour * 5, "twenty in an hour ring");
            app.clock.advance(Duration::from_secs(3600));
        }
        for path in strays.into_iter().cycle().take(24) {
            app.get(path, "").await;
        }
        // Who can sign for one of our merchants is counted whatever else comes from there: another deployment's orders.
        let number = "51370316848435200";
        let fields = vec![("out_trade_no".to_owned(), number.to_owned())];
        let other = Message::of(app, &order, &Change { fields, ..Change::default() });
        let before = log.counted();
        for path in ["/api/pay/notify".to_owned(), format!("/api/pay/notify/yipay/{number}")] {
            assert_eq!(other.clone().at(path).send(app).await, "fail");
        }
        assert_eq!(log.counted(), before + 2);
        let forged = other.with("money", "1").at("/api/pay/notify".to_owned());
        assert_eq!((forged.send(app).await.as_str(), log.counted()), ("fail", before + 2));
        // What is true is served from the same network.
        assert_eq!((notified(app, &order).await.as_str(), ada.credits().await), ("success", 1010));
        let bare = Message::of(app, &till.paid_order(&ada).await, &Change::default()).at("/api/pay/notify".to_owned());
        assert_eq!((bare.send(app).await.as_str(), ada.credits().await), ("success", 2010));
    })
    .await;
}
