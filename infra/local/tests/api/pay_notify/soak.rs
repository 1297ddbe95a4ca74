//! A thousand orders of fifty people over the four providers, whose notifications get lost, come twice, late and in any
//! order: in the end each is credited once.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use testkit::payments::Change;

use crate::app::{ADMIN, Person, TestApp};
use crate::shop::paying::{due, params, pays};
use crate::shop::{channel, product};

const PEOPLE: usize = 50;
const WAVES: usize = 4;
const ORDERS_OF_ONE_WAVE: usize = 5;
/// Requests side by side.
const SIDE_BY_SIDE: usize = 8;
/// How often the clock moves and the janitor runs, in minutes.
const STEP_MINUTES: u64 = 15;
/// When the last thing of a wave happens, in minutes.
const WAVE_MINUTES: u64 = 240;

/// Numbers that look random and are the same each time: `SplitMix64`.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % sides
    }

    fn is_one_of(&mut self, sides: u64) -> bool {
        self.below(sides) == 0
    }
}

/// Something that happens to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Deed {
    Pay,
    Notify,
    /// By a stranger, who cannot sign.
    Forge,
    Look,
}

/// An order of a wave: whose, and its number.
type Ordered = (usize, String);

/// A day on which four channels are there, of which three are used at a time: one for each way to pay.
struct Market<'a> {
    app: &'a TestApp,
    admin: Person<'a>,
    product: String,
    /// PAYJS's and xunhupay's, which take turns.
    wechat: [String; 2],
}

impl<'a> Market<'a> {
    async fn open(app: &'a TestApp) -> Self {
        let admin = app.log_in(ADMIN).await;
        let made = async |path: &str, form: Value| {
            app.post(path, &admin.token, &form).await.data()["id"].as_str().unwrap().to_owned()
        };
        let connected = async |provider: &str, types: &str| {
            let mut form = channel(provider, &params(app, provider));
            form["types"] = json!(types);
            made("/api/admin/payment", form).await
        };
        connected("alipay", "alipay").await;
        connected("yipay", "qqpay").await;
        let wechat = [connected("jspay", "wxpay").await, connected("hpjpay", "wxpay").await];
        let product = made("/api/admin/products", product()).await;
        Self { app, admin, product, wechat }
    }

    /// Has one of the two channels take the payments by `WeChat`.
    async fn turns_to(&self, which: usize) {
        for (index, id) in self.wechat.iter().enumerate() {
            let form = json!({"id": id, "status": i32::from(index == which)});
            self.app.put("/api/admin/payment", &self.admin.token, &form).await.data();
        }
    }

    async fn order(&self, person: &Person<'_>, pay_type: &str) -> String {
        // Ids of one millisecond are few enough that two of a crowd meet.
        self.app.clock.advance(Duration::from_millis(1));
        let wish = json!({"pay_type": pay_type, "product_id": self.product, "quantity": 1});
        let made = self.app.post("/api/pay/precreate", &person.token, &wish).await.data();
        made["order_id"].as_str().unwrap().to_owned()
    }
}

/// What will happen to the orders of a wave, by minutes.
fn plan(dice: &mut Dice, orders: &[Ordered]) -> BTreeMap<u64, Vec<(Deed, usize)>> {
    let mut plan: BTreeMap<u64, Vec<(Deed, usize)>> = BTreeMap::new();
    for order in 0..orders.len() {
        let mut at = |minute: u64, deed: Deed| plan.entry(minute.min(WAVE_MINUTES)).or_default().push((deed, order));
        // Most pay soon; one in ten when the order is closed already.
        let paid = match dice.below(10) {
            0 => 121 + dice.below(100),
            1 => dice.below(110),
            _ => dice.below(12),
        };
        at(paid, Deed::Pay);
        // One in four is never told of; the others up to four times, at once or hours later.
        if !dice.is_one_of(4) {
            for _ in 0..=dice.below(4) {
                let delay = if dice.is_one_of(2) { 0 } else { dice.below(180) };
                at(paid + delay, Deed::Notify);
            }
        }
        if dice.is_one_of(3) {
            at(paid + dice.below(30), Deed::Look);
        }
        if dice.is_one_of(8) {
            at(dice.below(WAVE_MINUTES), Deed::Forge);
        }
    }
    plan
}

async fn happens(app: &TestApp, people: &[Person<'_>], order: &Ordered, deed: Deed) {
    let (person, number) = (&people[order.0], &order.1);
    match deed {
        Deed::Pay => pays(app, number),
        Deed::Notify => assert_eq!(app.stack.payments.deliver(number, &Change::default()).await.body, "success"),
        Deed::Forge => {
            let forged = Change { wrong_signature: true, ..Change::default() };
            assert_eq!(app.stack.payments.deliver(number, &forged).await.body, "fail");
        }
        Deed::Look => {
            let own = app.get(&format!("/api/pay/order/{number}"), &person.token).await.data();
            assert_eq!(own["order_id"], number.as_str());
        }
    }
}

async fn runs(app: &TestApp) {
    let report = app.stack.run_janitor().await;
    assert!(report.get("error").is_none(), "{report}");
}

/// A wave of orders, and the hours after it.
async fn wave(app: &TestApp, dice: &mut Dice, orders: &[Ordered], people: &[Person<'_>]) {
    let plan = plan(dice, orders);
    for minute in (0..=WAVE_MINUTES).step_by(usize::try_from(STEP_MINUTES).unwrap()) {
        let mut deeds: Vec<(Deed, usize)> =
            plan.range(minute..minute + STEP_MINUTES).flat_map(|(_, it)| it.clone()).collect();
        // Nothing is told of before it was paid; all else comes in any order.
        deeds.sort_by_key(|(deed, order)| (*deed != Deed::Pay, order.wrapping_mul(0x9e37_79b9) % 997));
        for (deed, order) in deeds.iter().filter(|(deed, _)| *deed == Deed::Pay) {
            happens(app, people, &orders[*order], *deed).await;
        }
        let others = deeds.iter().filter(|(deed, _)| *deed != Deed::Pay);
        let others = stream::iter(others).map(|(deed, order)| happens(app, people, &orders[*order], *deed));
        others.buffer_unordered(SIDE_BY_SIDE).collect::<()>().await;
        app.clock.advance(Duration::from_secs(STEP_MINUTES * 60));
        runs(app).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_orders_are_credited_once_each() {
    TestApp::run(async |app| {
        let market = Market::open(app).await;
        let mut people = Vec::new();
        for number in 0..PEOPLE {
            people.push(app.log_in(&format!("p{number}@example.com")).await);
        }
        let mut dice = Dice(20_260_101);
        let mut numbers = Vec::new();
        for number in 0..WAVES {
            market.turns_to(number % 2).await;
            let draws: Vec<(usize, &str)> = (0..PEOPLE * ORDERS_OF_ONE_WAVE)
                .map(|place| (place % PEOPLE, ["alipay", "wxpay", "qqpay"][usize::try_from(dice.below(3)).unwrap()]))
                .collect();
            let (market, people_ref) = (&market, &people);
            let made = stream::iter(draws)
                .map(async |(person, pay_type)| (person, market.order(&people_ref[person], pay_type).await));
            let orders: Vec<Ordered> = made.buffered(SIDE_BY_SIDE).collect().await;
            wave(app, &mut dice, &orders, &people).await;
            numbers.extend(orders);
        }
        // The last look is a day after the order.
        app.clock.advance(Duration::from_secs(24 * 3600));
        for _ in 0..3 {
            runs(app).await;
        }
        check(app, &market.admin, &people, numbers.len()).await;
    })
    .await;
}

async fn check(app: &TestApp, admin: &Person<'_>, people: &[Person<'_>], orders: usize) {
    assert_eq!(orders, 1000);
    let trades = app.stack.payments.trades();
    let mut by_provider: BTreeMap<&str, usize> = BTreeMap::new();
    for trade in &trades {
        *by_provider.entry(trade.provider.name()).or_default() += 1;
    }
    let late =
        app.table().into_iter().filter(|item| item["sk"] == "order" && item.get("late") == Some(&json!(true))).count();
    println!("{by_provider:?}, {late} late");
    assert!((50..200).contains(&late), "{late}");
    assert_eq!((trades.len(), by_provider.len()), (1000, 4));
    assert!(by_provider.values().all(|count| *count > 100), "{by_provider:?}");
    for (status, count) in [("TRADE_SUCCESS", 1000), ("TRADE_AWAIT", 0), ("TRADE_CLOSED", 0)] {
        let page = app.get(&format!("/api/admin/orders?trade_status={status}"), &admin.token).await.data();
        assert_eq!(page["count"], count, "{status}");
    }
    let each = i64::try_from(WAVES * ORDERS_OF_ONE_WAVE).unwrap();
    for person in people {
        assert_eq!(person.credits().await, 10 + 1000 * each, "{}", person.account);
    }
    assert_eq!(due(app), Vec::<String>::new());
    // By every way in which a payment can be learned of.
    let receipts = app.table().into_iter().filter(|item| item["sk"] == "receipt");
    let mut sources: BTreeMap<String, usize> = BTreeMap::new();
    for receipt in receipts {
        *sources.entry(receipt["source"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    println!("{sources:?}");
    assert_eq!(sources.keys().collect::<Vec<_>>(), ["notification", "owner", "schedule"]);
}
