//! The product as tests speak of it.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::{Clock, MessageId};
use hyper::Method;
use local::{Options, Right, Stack};
use serde_json::{Value, json};
use testkit::Mail;

use crate::books;
use crate::http::{Answer, Http};

/// 2026-01-01 08:00:00 in Shanghai.
pub const START_MILLIS: i64 = 1_767_225_600_000;
pub const ADMIN: &str = "admin@example.com";
pub const CONVERSATION: &str = "e24c1448-16bf-482e-bff3-db1bb9e21b39";

/// A fresh product in this process.
pub struct TestApp {
    pub stack: Stack,
    pub http: Http,
    pub clock: Clock,
}

/// A person, logged in.
#[derive(Clone, Debug)]
pub struct Person<'a> {
    app: &'a TestApp,
    pub account: String,
    pub id: String,
    pub token: String,
}

/// One chat turn as the client saw it.
#[derive(Debug)]
pub struct Turn {
    pub frames: Vec<Value>,
    pub answer: Answer,
}

impl TestApp {
    /// Runs a test on a fresh product and then checks the books. Tells what the functions used of their rights.
    pub async fn run(test: impl AsyncFnOnce(&TestApp)) -> BTreeSet<Right> {
        Self::run_in(None, test).await
    }

    /// The same in another business time zone than Shanghai's.
    pub async fn run_in(time_zone: Option<&str>, test: impl AsyncFnOnce(&TestApp)) -> BTreeSet<Right> {
        let app = Self::start(time_zone).await;
        test(&app).await;
        app.stack.wire.heal();
        app.check_books().await;
        let used = app.stack.rights_used();
        app.stack.stop().await;
        used
    }

    async fn start(time_zone: Option<&str>) -> Self {
        // Why a function failed stands beside the failed test.
        let _ = tracing_subscriber::fmt().with_max_level(tracing::Level::ERROR).with_test_writer().try_init();
        let clock = Clock::fixed(START_MILLIS);
        let options = Options {
            port: 0,
            data: None,
            admin: ADMIN.to_owned(),
            time_zone: time_zone.map(str::to_owned),
            clock: clock.clone(),
            background: false,
            access_log: false,
        };
        let stack = Stack::start(options).await.expect("the stack starts");
        let http = Http::new(stack.url());
        Self { stack, http, clock }
    }

    /// The law of the ledger holds now; and after the longest life of a reservation nothing is set aside any more.
    pub async fn check_books(&self) {
        books::check(&self.table(), &self.stack.objects.list());
        self.recover().await;
        books::check(&self.table(), &self.stack.objects.list());
        books::check_nothing_held(&self.table());
    }

    /// Sixteen minutes pass, and the janitor runs.
    pub async fn recover(&self) {
        self.clock.advance(Duration::from_secs(16 * 60));
        let report = self.stack.run_janitor().await;
        assert!(report.get("error").is_none(), "{report}");
    }

    /// All items of the table.
    pub fn table(&self) -> Vec<serde_json::Map<String, Value>> {
        self.stack.dynamo.items(self.stack.environment("auth").text("TABLE_NAME").unwrap())
    }

    /// The table, for what no route can do yet.
    pub fn base(&self) -> platform::Base {
        platform::Base::new(&self.outside()).unwrap()
    }

    /// What the chat function takes from outside.
    pub fn outside(&self) -> platform::Outside {
        platform::Outside {
            environment: self.stack.environment("chat"),
            clock: self.clock.clone(),
            aws_http: self.stack.wire.client(),
        }
    }

    /// Sets a setting of the site and lets the functions' caches age.
    pub fn set(&self, name: &str, value: &str) {
        assert!(domain::settings::Definition::find(name).is_some(), "{name} is no setting");
        let now = json!({"N": self.clock.millis().to_string()});
        let item = json!({"TableName": self.stack.environment("auth").text("TABLE_NAME").unwrap(), "Item": {
            "pk": {"S": "site"}, "sk": {"S": format!("setting#{name}")}, "v": {"N": "1"},
            "value": {"S": value}, "created": now, "updated": now,
        }});
        let (status, answer) = self.stack.dynamo.execute("PutItem", item.to_string().as_bytes());
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
        self.clock.advance(Duration::from_secs(6));
    }

    /// Changes attributes of a user's item directly, for states that no route makes yet.
    pub fn edit_user(&self, person: &Person<'_>, expression: &str, values: &Value) {
        let mut body = json!({
            "TableName": self.stack.environment("auth").text("TABLE_NAME").unwrap(),
            "Key": {"pk": {"S": format!("user#{}", person.id)}, "sk": {"S": "user"}},
            "UpdateExpression": expression,
            "ExpressionAttributeNames": if expression.contains("#rows") { json!({"#rows": "rows"}) } else { Value::Null },
            "ExpressionAttributeValues": values,
        });
        body.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        let (status, answer) = self.stack.dynamo.execute("UpdateItem", body.to_string().as_bytes());
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
    }

    /// Does all of these actions on the table, past the functions.
    fn transact(&self, actions: &Value) {
        let mut actions = actions.clone();
        for action in actions.as_array_mut().unwrap() {
            for request in action.as_object_mut().unwrap().values_mut() {
                request["TableName"] = self.stack.environment("auth").text("TABLE_NAME").unwrap().into();
            }
        }
        let body = json!({"TransactItems": actions});
        let (status, answer) = self.stack.dynamo.execute("TransactWriteItems", body.to_string().as_bytes());
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
    }

    /// Asks as a program does, with an API key or whatever is given as one.
    pub async fn call(&self, method: Method, path: &str, key: &str, body: &Value) -> Answer {
        let bearer = format!("Bearer {key}");
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.http.send(method, path, &headers, body).await
    }

    pub async fn get(&self, path: &str, token: &str) -> Answer {
        self.send(Method::GET, path, token, "").await
    }

    pub async fn post(&self, path: &str, token: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, token, &body.to_string()).await
    }

    pub async fn put(&self, path: &str, token: &str, body: &Value) -> Answer {
        self.send(Method::PUT, path, token, &body.to_string()).await
    }

    pub async fn send(&self, method: Method, path: &str, token: &str, body: &str) -> Answer {
        let headers = [("token", token), ("content-type", "application/json")];
        self.http.send(method, path, &headers, body.to_owned()).await
    }

    /// Asks for a code and reads it from the mail.
    pub async fn code_for(&self, account: &str) -> String {
        let sent = self.get(&format!("/api/send_sms?source={account}"), "").await;
        assert_eq!(sent.envelope()["message"], "发送成功，请注意查收！");
        self.newest_code(account)
    }

    /// The code in the newest mail.
    pub fn newest_code(&self, account: &str) -> String {
        digits_of(&self.stack.mailbox.list(Some(account))[0])
    }

    /// The items of all users.
    pub fn users(&self) -> Vec<serde_json::Map<String, Value>> {
        self.table().into_iter().filter(|item| item["sk"] == "user").collect()
    }

    /// How many sessions a user's item holds.
    pub fn sessions(&self, account: &str) -> usize {
        let user = self.users().into_iter().find(|user| user["account"] == account).expect("the user");
        user["sessions"].as_object().expect("sessions").len()
    }

    /// Lets a limit's window that runs now have seen `uses`.
    pub fn fill_limit(&self, kind: &str, subject: &str, seconds: i64, uses: i64) {
        let now = self.clock.millis() / 1000;
        let window = now - now % seconds;
        let item = json!({"TableName": self.stack.environment("auth").text("TABLE_NAME").unwrap(), "Item": {
            "pk": {"S": format!("limit#{kind}#{subject}")}, "sk": {"S": format!("{window:012}")}, "v": {"N": "1"},
            "uses": {"N": uses.to_string()}, "ttl": {"N": (window + seconds).to_string()},
        }});
        let (status, answer) = self.stack.dynamo.execute("PutItem", item.to_string().as_bytes());
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
    }

    /// Bans somebody, as no route does yet.
    pub fn ban(&self, person: &Person<'_>) {
        self.edit_user(person, "SET enabled = :no", &json!({":no": {"BOOL": false}}));
    }

    /// Logs in by code, registering at the first time.
    pub async fn log_in(&self, account: &str) -> Person<'_> {
        let code = self.code_for(account).await;
        let answer = self.post("/api/login", "", &json!({"account": account, "code": code})).await;
        self.person(&answer.data())
    }

    /// The address that stands where somebody has no picture.
    pub fn default_avatar(&self) -> String {
        format!("{}/api/avatar", self.stack.url())
    }

    /// The person of a login's answer.
    pub fn person(&self, data: &Value) -> Person<'_> {
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let info = &data["user_info"];
        Person { app: self, account: text(&info["account"]), id: text(&info["id"]), token: text(&data["token"]) }
    }
}

/// The code in a mail.
pub fn digits_of(mail: &Mail) -> String {
    let digits: String = mail.text.chars().filter(char::is_ascii_digit).take(6).collect();
    assert_eq!(digits.len(), 6, "{}", mail.text);
    digits
}

/// Another code than `code`.
pub fn wrong(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

impl Person<'_> {
    /// Whether the session is alive; an ended one is told as clients expect it.
    pub async fn is_in(&self) -> bool {
        let answer = self.app.get("/api/user/info", &self.token).await;
        if answer.status == 401 {
            assert_eq!(answer.envelope(), json!({"code": 4001, "data": {}, "message": "请登陆"}));
            return false;
        }
        answer.data()["id"] == self.id.as_str()
    }

    pub async fn info(&self) -> Value {
        self.app.get("/api/user/info", &self.token).await.data()
    }

    pub async fn credits(&self) -> i64 {
        self.info().await["integral"].as_i64().unwrap()
    }

    /// The newest rows of the statement as (text, describe), and the count.
    pub async fn statement(&self) -> (u64, Vec<(String, String)>) {
        let data = self.app.get("/api/turnover?page_size=100", &self.token).await.data();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let rows = data["rows"].as_array().unwrap();
        (data["count"].as_u64().unwrap(), rows.iter().map(|r| (text(&r["value"]), text(&r["describe"]))).collect())
    }

    /// Gives (or takes) credits as the functions do, for tests that need another balance than the gift: the user, the
    /// row and the counts in one transaction.
    pub fn is_given(&self, credits: i64) {
        let items = self.app.table();
        let pk = format!("user#{}", self.id);
        let user = items.iter().find(|item| item["pk"] == pk.as_str()).unwrap();
        let (rows, total) =
            (user["rows"].as_u64().unwrap(), books::number(user, "balance") + books::number(user, "held"));
        let id = MessageId::draw(self.app.clock.millis()).unwrap().as_i64();
        let number = |number: i64| json!({"N": number.to_string()});
        let row = json!({
            "pk": {"S": format!("ledger#{}", self.id)}, "sk": {"S": format!("{:012}", rows + 1)},
            "v": number(1), "id": {"S": id.to_string()}, "user": {"S": self.id},
            "ordinal": {"N": (rows + 1).to_string()}, "amount": number(credits), "total": number(total + credits),
            "describe": {"S": "测试"}, "created": number(START_MILLIS),
            "cause": {"M": {"kind": {"S": "adjustment"}, "by": {"S": self.id}, "request": {"S": id.to_string()}}},
            "list_pk": {"S": "list#ledger"}, "list_sk": number(id),
        });
        let key = |pk: &str, sk: &str| json!({"pk": {"S": pk}, "sk": {"S": sk}});
        let figure = if credits < 0 { "ta" } else { "ga" };
        let leaf = format!("ADD n_l :one, d_l_{} :one, m_d_20260101_{figure} :credits SET v = :one", id >> 42);
        self.app.transact(&json!([
            {"Put": {"Item": row}},
            {"Update": {
                "Key": key(&pk, "user"),
                "UpdateExpression": "SET balance = balance + :credits ADD #rows :one",
                "ExpressionAttributeNames": {"#rows": "rows"},
                "ExpressionAttributeValues": {":credits": number(credits), ":one": number(1)},
            }},
            {"Update": {
                "Key": key("tally", "00"),
                "UpdateExpression": leaf,
                "ExpressionAttributeValues": {":one": number(1), ":credits": number(credits.abs())},
            }},
        ]));
    }

    /// Chats in the usual conversation with the usual model.
    pub async fn chat(&self, prompt: &str) -> Turn {
        self.chat_with(prompt, &json!({"model": "gpt-3.5-turbo"})).await
    }

    pub async fn chat_with(&self, prompt: &str, options: &Value) -> Turn {
        let answer = self.ask(prompt, options.clone()).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        Turn::read(answer)
    }

    /// Makes an API key; the row as it is answered, with the whole key.
    pub async fn makes_key(&self, form: Value) -> Value {
        self.app.post("/api/user/keys", &self.token, &form).await.data()
    }

    /// Asks and returns whatever comes.
    pub async fn ask(&self, prompt: &str, options: Value) -> Answer {
        let body = json!({"prompt": prompt, "parentMessageId": CONVERSATION, "options": options});
        self.app.post("/api/chat/completions", &self.token, &body).await
    }
}

impl Turn {
    /// Reads the answer as the clients do and checks what they rely on.
    fn read(answer: Answer) -> Self {
        assert_eq!(answer.headers["content-type"], "text/event-stream; charset=utf-8");
        let text = answer.text();
        assert!(text.is_ascii() && text.ends_with("\n\n"));
        let parts: Vec<&str> = text.split("\n\n").filter(|part| !part.is_empty()).collect();
        assert!(parts.iter().all(|part| part.len() <= 1022), "a frame over 1 KB");
        let frames: Vec<Value> = parts.iter().map(|part| serde_json::from_str(part).expect("a whole frame")).collect();
        let segments: Vec<&str> = frames.iter().map(|frame| frame["segment"].as_str().unwrap()).collect();
        assert_eq!((segments[0], segments[segments.len() - 1]), ("start", "stop"), "{segments:?}");
        assert!(segments[1..segments.len() - 1].iter().all(|segment| *segment == "text"), "{segments:?}");
        for frame in &frames {
            assert_eq!(frame["role"], "assistant");
            assert_eq!(frame["parentMessageId"], CONVERSATION);
            assert_eq!(frame["id"], frames[0]["id"]);
            assert_eq!(frame["dateTime"].as_str().unwrap().len(), 19);
        }
        Self { frames, answer }
    }

    /// All that was said.
    pub fn text(&self) -> String {
        self.frames.iter().map(|frame| frame["content"].as_str().unwrap()).collect()
    }

    /// The bill on the last frame.
    pub fn usage(&self) -> &Value {
        &self.frames[self.frames.len() - 1]["usage"]
    }

    pub fn cost(&self) -> i64 {
        self.usage()["integral"].as_i64().unwrap()
    }

    pub fn balance(&self) -> i64 {
        self.usage()["balance"].as_i64().unwrap()
    }
}

impl std::fmt::Debug for TestApp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TestApp").finish_non_exhaustive()
    }
}
