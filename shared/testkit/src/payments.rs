//! Simulators of four payment providers: Alipay's face-to-face payment, epay (易支付), PAYJS and xunhupay (虎皮椒).
//!
//! They speak the documented protocols, sign and check signatures, and behave as the real ones do when a request is
//! wrong. Any merchant number works; [`alipay_params`] and its like tell the keys. What follows stands behind
//! `/_local/pay`:
//!
//! | route | what it is |
//! |---|---|
//! | `POST /alipay/gateway.do` | `alipay.trade.precreate`, `alipay.trade.query` |
//! | `POST /epay/mapi.php`, `GET /epay/api.php?act=order` | epay |
//! | `POST /payjs/api/native`, `POST /payjs/api/check` | PAYJS |
//! | `POST /xunhupay/payment/do.html`, `POST /xunhupay/payment/query.html` | xunhupay |
//! | `GET /xunhupay/qrcode?data=…`, `GET /payjs/qrcode?data=…` | a picture of a QR code that says `data` |
//! | `GET /params` | a payment channel for each provider, as the administrator's form takes it |
//! | `GET /` | all orders; HTML, or JSON to who accepts it |
//! | `GET /<order>` | an order's page, which every QR and payment link leads to; to Alipay this is the scan |
//! | `POST /<order>/pay`, `…/close`, `…/refund`, `…/notify` | does it and sends what the provider notifies |
//! | `POST /<order>/say` | from now on, answers about the order hold the pairs of `fields`, or theirs no longer when empty |
//!
//! The four before the last take switches as form fields, and answer JSON to who accepts it:
//!
//! | switch | effect on the notification |
//! |---|---|
//! | `late=<seconds>` | is sent after that time; the answer does not wait |
//! | `repeat=<n>` | is sent n times, 20 at most |
//! | `lost=1` | is not sent |
//! | `amount=<text>`, `status=<text>` | names this amount, this status |
//! | `signature=wrong` | is signed wrongly |
//! | `fields=<pairs>` | holds these URL-encoded pairs too, or instead of its own; signed over |
//! | `key=<text>` | is signed with this key; not Alipay's |
//! | `part=<yuan>` | of a refund: only so much goes back; only Alipay notifies of that |
//!
//! Directives in the title of what is bought work when the trade is created:
//!
//! | directive | effect |
//! |---|---|
//! | `[[slow_ms=N]]` | the answer waits |
//! | `[[refuse]]` | the provider's error answer, and no trade |
//! | `[[garbage]]` | an answer that is not JSON |
//! | `[[unsigned]]` | a wrong signature on the answer; epay signs none |
//! | `[[drop]]` | the connection is cut once the trade is there |
//! | `[[link=path]]`, `host`, `odd`, `private` | the address to pay at is `/…`, `//host/…`, has blanks and Chinese, is private |
//! | `[[nested]]` | an epay site that answers with all but the code under `data`, now and when it is asked |

mod alipay;
mod book;
mod delivery;
mod desk;
mod digest;
mod epay;
mod fields;
mod keys;
mod notification;
mod page;
mod payjs;
mod qr;
mod reply;
#[cfg(test)]
mod tests;
mod time;
mod trade;
mod wish;
mod xunhupay;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use domain::Clock;
use http::{Method, Request, Response, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::task::JoinSet;

use crate::lock;
use crate::upstream::UpstreamBody;
use book::Book;
use fields::Fields;
use reply::Reply;

pub use keys::{alipay_params, epay_params, payjs_params, xunhupay_params};
pub use notification::{Change, Notification};
pub use trade::{Delivery, Provider, State, Trade};

/// What of an order's number is written otherwise in an address.
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// The four providers. Clones share their trades.
#[derive(Debug, Clone)]
pub struct Payments {
    book: Book,
    clock: Clock,
    /// The notifications that wait for their time; they end with the last clone.
    later: Arc<Mutex<JoinSet<()>>>,
}

/// What a provider answers a call with.
#[derive(Debug)]
struct Office<'a> {
    book: &'a Book,
    /// Milliseconds since the Unix epoch.
    now: i64,
    /// The stack's URL.
    url: &'a str,
}

impl Office<'_> {
    /// Where a trade is paid.
    fn page(&self, trade: &Trade) -> String {
        address(self.url, &trade.number)
    }
}

impl Payments {
    /// Providers without trades.
    pub fn new(clock: Clock) -> Self {
        Self { book: Book::default(), clock, later: Arc::default() }
    }

    /// Answers one request, whose path stands behind `/_local/pay` or has it in front, at the stack at `url`.
    pub async fn answer(&self, request: Request<Bytes>, url: &str) -> Response<UpstreamBody> {
        let (head, body) = request.into_parts();
        let path = head.uri.path();
        let path = path.strip_prefix("/_local/pay").unwrap_or(path);
        if let Some((provider, json)) = provider(&head.method, path) {
            if self.book.call() {
                return reply::text(StatusCode::BAD_GATEWAY, "text/html", "<h1>502 Bad Gateway</h1>".to_owned());
            }
            let office = Office { book: &self.book, now: self.clock.millis(), url };
            return provider(&office, &Fields::read(&head, &body, json)).send().await;
        }
        match (&head.method, path) {
            (&Method::GET, "/xunhupay/qrcode" | "/payjs/qrcode") => {
                qr::answer(Fields::read(&head, &[], false).get("data"))
            }
            (&Method::GET, "/params") => reply::json(StatusCode::OK, &keys::channels(url)),
            _ => self.visit(&head, path, &body, url).await,
        }
    }

    /// All trades that are kept, oldest first: the newest 10,000.
    pub fn trades(&self) -> Vec<Trade> {
        self.book.all()
    }

    /// Pays a waiting trade, and sends nothing. Whether it is paid now.
    pub fn pay(&self, number: &str) -> bool {
        self.go(number, State::Paid)
    }

    /// Closes a waiting trade, and sends nothing. Whether it is closed now.
    pub fn close(&self, number: &str) -> bool {
        self.go(number, State::Closed)
    }

    /// Sends the money of a paid trade back, and sends no notification. Whether it is refunded now.
    pub fn refund(&self, number: &str) -> bool {
        self.go(number, State::Refunded)
    }

    /// Sends a part of the money of a paid trade back, and sends no notification. Whether it has.
    pub fn refund_part(&self, number: &str, fen: i64) -> bool {
        self.book.refund_part(number, fen, self.clock.millis())
    }

    /// From now on, what the provider answers about the trade holds this field, instead of its own of that name.
    pub fn says(&self, number: &str, name: &str, value: &str) {
        self.book.says(number, vec![(name.to_owned(), value.to_owned())]);
    }

    /// The notification that tells the trade's state, signed, for the test itself to send.
    ///
    /// # Panics
    /// When there is no such trade: the test that asks is wrong.
    #[expect(clippy::panic, reason = "only tests name a trade that may not be there, and should fail then")]
    pub fn notification(&self, number: &str, change: &Change) -> Notification {
        self.try_notification(number, change).unwrap_or_else(|| panic!("there is no trade {number}"))
    }

    /// Sends the notification that tells the trade's state, and notes the answer with the trade.
    ///
    /// # Panics
    /// When there is no such trade: the test that asks is wrong.
    pub async fn deliver(&self, number: &str, change: &Change) -> Delivery {
        let notification = self.notification(number, change);
        deliver(&self.book, &self.clock, number, notification).await
    }

    /// How often the providers' interfaces were called.
    pub fn calls(&self) -> u64 {
        self.book.calls()
    }

    /// Makes the next `calls` calls to the providers fail with a 502, without any effect.
    pub fn fail_next(&self, calls: usize) {
        self.book.fail_next(calls);
    }

    fn go(&self, number: &str, state: State) -> bool {
        self.book.go(number, state, self.clock.millis()).is_some()
    }

    fn try_notification(&self, number: &str, change: &Change) -> Option<Notification> {
        let trade = self.book.named(number)?;
        Some(Notification::of(&trade, change, self.clock.millis()))
    }

    async fn try_deliver(&self, number: &str, change: &Change) -> Option<Delivery> {
        let notification = self.try_notification(number, change)?;
        Some(deliver(&self.book, &self.clock, number, notification).await)
    }

    /// Sends the notification `repeat` times once `late` has passed. It tells the state of then.
    fn send_later(&self, number: String, change: Change, late: Duration, repeat: usize) {
        // Not the whole of it: a task that held its own set would never end.
        let (book, clock) = (self.book.clone(), self.clock.clone());
        let mut later = lock(&self.later);
        while later.try_join_next().is_some() {}
        later.spawn(async move {
            tokio::time::sleep(late).await;
            for _ in 0..repeat {
                let Some(trade) = book.named(&number) else { return };
                deliver(&book, &clock, &number, Notification::of(&trade, &change, clock.millis())).await;
            }
        });
    }
}

/// Answers a call to a provider.
type Answer = fn(&Office<'_>, &Fields) -> Reply;

/// Whose call it is, and whether that takes JSON in the place of a form; `None` when it is nobody's.
fn provider(method: &Method, path: &str) -> Option<(Answer, bool)> {
    Some(match (method, path) {
        (&Method::POST, "/alipay/gateway.do") => (alipay::answer, false),
        (&Method::POST, "/epay/mapi.php") => (epay::create, false),
        (&Method::GET, "/epay/api.php") => (epay::order, false),
        (&Method::POST, "/payjs/api/native") => (payjs::create, true),
        (&Method::POST, "/payjs/api/check") => (payjs::check, true),
        (&Method::POST, "/xunhupay/payment/do.html") => (xunhupay::create, true),
        (&Method::POST, "/xunhupay/payment/query.html") => (xunhupay::query, true),
        _ => return None,
    })
}

/// Sends a notification and notes the answer with its trade.
async fn deliver(book: &Book, clock: &Clock, number: &str, notification: Notification) -> Delivery {
    let delivery = delivery::deliver(notification, clock.millis()).await;
    book.note(number, delivery.clone());
    delivery
}

/// The address of an order's page at the stack at `url`.
fn address(url: &str, number: &str) -> String {
    format!("{url}/_local/pay/{}", utf8_percent_encode(number, IN_PATH))
}
