//! Everything that moves credits, in a random order over some days, against a model that knows nothing of the table.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use hyper::Method;
use serde_json::json;

use super::flows::{Provider, Shop};
use super::{Figures, figures, roll_up, total, wait_for_midnight};
use crate::app::{ADMIN, Person, TestApp};
use crate::carmi;

const STEPS: usize = 150;
const MODELS: [&str; 4] = ["gpt-3.5-turbo", "gpt-4", "gpt-4o-mini", "gpt-3.5-turbo-16k"];

/// Numbers that are the same with each run (<https://en.wikipedia.org/wiki/Xorshift>).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap()
    }
}

/// What should have been counted.
#[derive(Default)]
struct Model {
    days: BTreeMap<String, Figures>,
    active: BTreeSet<(String, String)>,
}

struct Site<'a> {
    app: &'a TestApp,
    admin: Person<'a>,
    shop: Shop<'a>,
    people: Vec<Person<'a>>,
    keys: BTreeMap<String, String>,
    registered: usize,
    dice: Dice,
    model: Model,
}

impl<'a> Site<'a> {
    async fn open(app: &'a TestApp, seed: u64) -> Self {
        let admin = app.log_in(ADMIN).await;
        let shop = Shop::open(app, &admin).await;
        let (keys, model, dice) = (BTreeMap::new(), Model::default(), Dice(seed));
        let mut site = Self { app, admin, shop, people: Vec::new(), keys, registered: 0, dice, model };
        let admin = site.admin.id.clone();
        site.counts(&[("/new_users", 1), ("/granted/register", 10)]);
        site.acts(&admin);
        site.registers().await;
        site
    }

    fn today(&self) -> String {
        self.app.base().zone.day(self.app.clock.millis()).to_string()
    }

    fn counts(&mut self, figures: &[(&str, i64)]) {
        let day = self.model.days.entry(self.today()).or_default();
        for (name, by) in figures.iter().filter(|(_, by)| *by != 0) {
            *day.entry((*name).to_owned()).or_default() += by;
        }
    }

    fn acts(&mut self, id: &str) {
        if self.model.active.insert((self.today(), id.to_owned())) {
            self.counts(&[("/active_users", 1)]);
        }
    }

    fn somebody(&mut self) -> Person<'a> {
        let place = self.dice.below(self.people.len());
        self.people[place].clone()
    }

    async fn step(&mut self) {
        match self.dice.below(14) {
            0 => self.registers().await,
            1 | 2 => self.signs_in().await,
            3..=5 => self.chats().await,
            6 => self.asks_by_key().await,
            7 => self.draws().await,
            8 => self.redeems().await,
            9 => self.buys().await,
            10 => self.is_adjusted().await,
            11 => self.is_deleted().await,
            12 => roll_up(self.app).await,
            _ => {
                let report = self.app.stack.run_janitor().await;
                assert!(report.get("error").is_none(), "{report}");
                assert!(report["books"].is_null() || report["books"]["differences"] == 0, "{report}");
            }
        }
        let minutes = u64::try_from(self.dice.below(120)).unwrap();
        self.app.clock.advance(Duration::from_secs(minutes * 60));
    }

    async fn registers(&mut self) {
        if self.registered == 8 {
            return;
        }
        self.registered += 1;
        let account = format!("user{}@example.com", self.registered);
        if self.dice.below(3) == 0 {
            let credits = i64::try_from(self.dice.below(2) * 40).unwrap();
            let form = json!({"account": account, "integral": credits});
            self.app.post("/api/admin/user", &self.admin.token, &form).await.data();
            self.counts(&[("/new_users", 1), ("/granted/adjustment", credits)]);
            let person = self.app.log_in(&account).await;
            self.people.push(person);
        } else {
            let person = self.app.log_in(&account).await;
            self.counts(&[("/new_users", 1), ("/granted/register", 10)]);
            self.acts(&person.id);
            self.people.push(person);
        }
    }

    async fn signs_in(&mut self) {
        let person = self.somebody();
        let answer = self.app.post("/api/signin", &person.token, &json!({})).await;
        if answer.status == 200 {
            self.counts(&[("/signins", 1), ("/granted/signin", 3)]);
            self.acts(&person.id);
        }
    }

    /// A delivered chat, which cost this much.
    fn has_chatted(&mut self, person: &Person<'_>, model: &str, tokens: (i64, i64), cost: i64) {
        self.counts(&[("/chats", 1), ("/prompt_tokens", tokens.0), ("/completion_tokens", tokens.1)]);
        if cost == 0 {
            let free = [("/free/chats", 1), ("/free/prompt_tokens", tokens.0), ("/free/completion_tokens", tokens.1)];
            self.counts(&free);
        } else {
            self.counts(&[(&format!("/spent/{model}"), cost)]);
        }
        self.acts(&person.id);
    }

    async fn chats(&mut self) {
        let (person, model) = (self.somebody(), MODELS[self.dice.below(MODELS.len())]);
        let prompt = format!("hi [[usage={},{}]]", 1 + self.dice.below(200), 1 + self.dice.below(90));
        let answer = person.ask(&prompt, json!({"model": model})).await;
        if answer.status != 200 {
            assert_eq!(answer.status, 400, "without credits: {}", answer.text());
            return;
        }
        let text = answer.text();
        let stop = text.split("\n\n").filter(|part| !part.is_empty()).last().unwrap();
        let usage = serde_json::from_str::<serde_json::Value>(stop).unwrap()["usage"].clone();
        let number = |name: &str| usage[name].as_i64().unwrap();
        let tokens = (number("prompt_tokens"), number("completion_tokens"));
        self.has_chatted(&person, model, tokens, number("integral"));
    }

    async fn asks_by_key(&mut self) {
        let (person, model) = (self.somebody(), MODELS[self.dice.below(MODELS.len())]);
        if !self.keys.contains_key(&person.id) {
            let key = person.makes_key(json!({})).await["key"].as_str().unwrap().to_owned();
            self.keys.insert(person.id.clone(), key);
        }
        let before = person.credits().await;
        let body = json!({"model": model, "messages": [{"role": "user", "content": "hi [[usage=60,40]]"}]});
        let answer = self.app.call(Method::POST, "/v1/chat/completions", &self.keys[&person.id], &body).await;
        if answer.status == 200 {
            let usage = answer.json()["usage"].clone();
            let tokens = (usage["prompt_tokens"].as_i64().unwrap(), usage["completion_tokens"].as_i64().unwrap());
            let cost = before - person.credits().await;
            self.has_chatted(&person, model, tokens, cost);
        }
    }

    async fn draws(&mut self) {
        let (person, count) = (self.somebody(), u8::try_from(1 + self.dice.below(2)).unwrap());
        let answer = person.asks_to_draw(self.app, "a cat", count).await;
        if answer.status == 200 {
            let drawn = i64::try_from(answer.data().as_array().unwrap().len()).unwrap();
            self.counts(&[("/images", drawn), ("/drawn", 10 * drawn)]);
            self.acts(&person.id);
        }
    }

    async fn redeems(&mut self) {
        let person = self.somebody();
        let credits = self.dice.below(4) > 0;
        let order = if credits {
            carmi::credits(1, 25)
        } else {
            json!({"type": "day", "end_time": "", "quantity": 1, "reward": 2, "level": 1 + self.dice.below(2)})
        };
        let codes = carmi::keys(&carmi::make_as(self.app, &self.admin, &order).await);
        carmi::redeem(self.app, &person, &codes[0]).await.data();
        self.counts(&[("/granted/code", if credits { 25 } else { 0 })]);
        self.acts(&person.id);
    }

    async fn buys(&mut self) {
        let person = self.somebody();
        let by = if self.dice.below(2) == 0 { Provider::Epay } else { Provider::PayJs };
        let is_credits = self.dice.below(2) == 0;
        let (product, fen, credits) =
            if is_credits { (&self.shop.credits, 1000, 1000) } else { (&self.shop.days, 500, 0) };
        let provider = self.shop.sells(&person, by, product).await;
        let (count, paid) = (format!("/orders/{provider}/count"), format!("/orders/{provider}/fen"));
        self.counts(&[(&count, 1), (&paid, fen), ("/granted/order", credits)]);
        self.acts(&person.id);
    }

    async fn is_adjusted(&mut self) {
        let person = self.somebody();
        let (before, after) = (person.credits().await, i64::try_from(self.dice.below(300)).unwrap());
        let change = json!({"id": person.id, "integral": after});
        self.app.put("/api/admin/user", &self.admin.token, &change).await.data();
        let given = after - before;
        self.counts(&[("/granted/adjustment", given.max(0)), ("/taken/adjustment", (-given).max(0))]);
    }

    async fn is_deleted(&mut self) {
        if self.people.len() < 3 || self.dice.below(3) > 0 {
            return;
        }
        let place = self.dice.below(self.people.len());
        let person = self.people.remove(place);
        let left = person.credits().await;
        let path = format!("/api/admin/user/{}", person.id);
        self.app.send(Method::DELETE, &path, &self.admin.token, "").await.data();
        self.counts(&[("/taken/deletion", left)]);
    }

    async fn compare(&self, seed: u64) {
        let query = format!("?from=2025-12-01&to={}", self.today());
        let (days, all) = figures(self.app, &self.admin, &query).await;
        assert_eq!(days, self.model.days, "seed {seed}");
        assert_eq!(all, total(&days), "seed {seed}");
    }
}

#[tokio::test]
async fn the_figures_are_those_of_a_model_whatever_happens() {
    for seed in [1, 20_260_101] {
        TestApp::run(async |app| {
            let mut site = Site::open(app, seed).await;
            for step in 1..=STEPS {
                site.step().await;
                if step % 50 == 0 {
                    site.compare(seed).await;
                }
            }
            let chats = total(&site.model.days);
            for figure in ["/free/chats", "/images", "/granted/code", "/orders/yipay/fen", "/taken/deletion"] {
                assert!(chats.contains_key(figure), "seed {seed} never came to {figure}");
            }
            assert!(site.model.days.len() > 3, "seed {seed}");
            roll_up(app).await;
            site.compare(seed).await;
            // The nights after it find nothing to say either.
            for _ in 0..2 {
                wait_for_midnight(app, &app.base().zone, 4 * 3_600_000);
                let report = app.stack.run_janitor().await;
                assert_eq!(report["books"]["differences"], 0, "seed {seed}: {report}");
            }
        })
        .await;
    }
}
