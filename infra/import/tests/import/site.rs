//! The product in this process, and an import into its table.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use domain::{Clock, Zone};
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use import::{Failure, Options, Progress, Summary};
use jiff::tz::TimeZone;
use local::Stack;
use outbound::Loopback;
use platform::{Keys, Outside};
use serde_json::{Map, Value, json};
use table::Table;

use crate::dumps;

/// 2026-01-01 08:00:00 in Shanghai.
pub const START_MILLIS: i64 = 1_767_225_600_000;
static FILES: AtomicU32 = AtomicU32::new(0);

/// A product with an empty table.
pub struct Site {
    pub stack: Stack,
    pub clock: Clock,
    client: Client<HttpConnector, Full<Bytes>>,
}

/// A file that goes with this value.
pub struct File(pub PathBuf);

impl File {
    pub fn with(bytes: &[u8]) -> Self {
        let number = FILES.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("import-{}-{number}", std::process::id()));
        std::fs::write(&path, bytes).unwrap();
        Self(path)
    }

    pub fn of(site: dumps::Site) -> Self {
        let mut dump = Vec::new();
        site.write(&mut dump).unwrap();
        Self::with(&dump)
    }

    fn beside(&self, what: &str) -> PathBuf {
        PathBuf::from(format!("{}.{what}", self.0.display()))
    }

    pub fn report(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.beside("report")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub fn has_spool(&self) -> bool {
        Path::new(&self.beside("spool")).exists()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        for path in [self.0.clone(), self.beside("report"), self.beside("spool")] {
            let _ = std::fs::remove_file(path);
        }
    }
}

pub fn options(file: &File) -> Options {
    Options {
        dump: file.0.clone(),
        dump_zone: TimeZone::get("Asia/Shanghai").unwrap(),
        zone: zone(),
        zone_name: "Asia/Shanghai".to_owned(),
        report: Some(file.beside("report")),
        spool: file.beside("spool"),
        database: None,
        accepted: words(&LOSSES),
        loopback: Loopback::Refuse,
        is_dry: false,
    }
}

/// What a made-up site has that cannot be taken over.
pub const LOSSES: [&str; 5] =
    ["config:ai3_ratio", "payment:24234242", "payment:5", "product:345678", "token:3456787654"];

pub fn words(words: &[&str]) -> BTreeSet<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

pub fn zone() -> Zone {
    "Asia/Shanghai".parse().unwrap()
}

/// Reads and judges a dump, without a table.
pub async fn judged(file: &File) -> Result<Summary, Failure> {
    judged_as(&options(file)).await
}

pub async fn judged_as(options: &Options) -> Result<Summary, Failure> {
    let outside = Outside {
        environment: [].into_iter().collect(),
        clock: Clock::fixed(START_MILLIS),
        aws_http: platform::http_client().unwrap(),
    };
    let options = Options { is_dry: true, ..options.clone() };
    let mut progress = Progress::to(Box::new(std::io::sink()), outside.clock.clone());
    import::run(&options, &outside, &Keys::of("a secret of no meaning, for tests"), None, &mut progress).await
}

impl Site {
    pub async fn start() -> Self {
        let clock = Clock::fixed(START_MILLIS);
        let options = local::Options {
            port: 0,
            data: None,
            admin: "somebody@example.com".to_owned(),
            time_zone: None,
            clock: clock.clone(),
            background: false,
            access_log: false,
        };
        let stack = Stack::start(options).await.unwrap();
        Self { stack, clock, client: Client::builder(TokioExecutor::new()).build_http() }
    }

    pub fn outside(&self) -> Outside {
        Outside {
            environment: self.stack.environment("credits"),
            clock: self.clock.clone(),
            aws_http: self.stack.wire.client(),
        }
    }

    pub fn table(&self) -> Table {
        platform::table(&self.outside()).unwrap()
    }

    pub async fn import(&self, file: &File) -> Result<Summary, Failure> {
        self.import_as(&options(file)).await
    }

    pub async fn import_as(&self, options: &Options) -> Result<Summary, Failure> {
        let keys = Keys::fetch(&self.outside()).await.unwrap();
        self.import_with(options, &keys).await
    }

    pub async fn import_with(&self, options: &Options, keys: &Keys) -> Result<Summary, Failure> {
        let outside = self.outside();
        let mut progress = Progress::to(Box::new(std::io::sink()), self.clock.clone());
        import::run(options, &outside, keys, Some(&self.table()), &mut progress).await
    }

    /// Every item, but for what the stack itself puts in, and for what is drawn: seals.
    pub fn items(&self) -> Vec<Map<String, Value>> {
        let name = self.outside().environment.text("TABLE_NAME").unwrap().to_owned();
        let mut items = self.stack.dynamo.items(&name);
        items.retain(|item| item["sk"] != "upstream#1" && item["pk"] != "books");
        for item in &mut items {
            unseal(item);
        }
        items
    }

    pub async fn call(&self, method: &str, path: &str, token: &str, body: &Value) -> Value {
        let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
        let request = Request::builder().method(method).uri(format!("{}{path}", self.stack.url()));
        let request = request.header("content-type", "application/json").header("token", token);
        let answer = self.client.request(request.body(Full::new(body)).unwrap()).await.unwrap();
        serde_json::from_slice(&answer.into_body().collect().await.unwrap().to_bytes()).unwrap()
    }

    pub async fn get(&self, path: &str, token: &str) -> Value {
        let answer = self.call("GET", path, token, &Value::Null).await;
        assert_eq!(answer["code"], 0, "{path}: {answer}");
        answer["data"].clone()
    }

    /// A session of an account, by the code in its mail; or what the login says.
    pub async fn log_in(&self, account: &str) -> Result<String, Value> {
        self.clock.advance(Duration::from_secs(120));
        self.call("GET", &format!("/api/send_sms?source={account}"), "", &Value::Null).await;
        let mails = self.stack.mailbox.list(Some(account));
        let text = mails.first().map(|mail| mail.text.clone()).unwrap_or_default();
        let code = text.split(|c: char| !c.is_ascii_digit()).find(|digits| digits.len() == 6);
        let login = self.call("POST", "/api/login", "", &json!({"account": account, "code": code})).await;
        login.pointer("/data/token").and_then(Value::as_str).map(str::to_owned).ok_or(login)
    }

    /// All rows of a list, page by page, as many as it says.
    pub async fn list(&self, path: &str, token: &str) -> Vec<Value> {
        let mut rows = Vec::new();
        for page in 1.. {
            let join = if path.contains('?') { '&' } else { '?' };
            let data = self.get(&format!("{path}{join}page={page}&page_size=100"), token).await;
            let some = data["rows"].as_array().unwrap_or_else(|| panic!("{path}: {data}"));
            rows.extend(some.iter().cloned());
            if some.len() < 100 {
                assert_eq!(data["count"].as_u64().unwrap(), rows.len() as u64, "{path}");
                return rows;
            }
        }
        rows
    }

    /// What the nightly check finds, one night later.
    pub async fn night(&self) -> Value {
        self.clock.advance(Duration::from_secs(24 * 3600));
        loop {
            let until = self.clock.millis() + 1;
            match table::books::check(&self.table(), &self.clock, &zone(), until).await.unwrap() {
                Some(progress) if !progress.is_through => {}
                _ => break,
            }
        }
        let books = table::books::read(&self.table()).await.unwrap().outcome.unwrap();
        json!({"number": books.number, "differences": books.differences, "rows": books.rows})
    }
}

fn unseal(item: &mut Map<String, Value>) {
    item.remove("sealed");
    for value in item.values_mut() {
        if let Value::Object(fields) = value {
            unseal(fields);
        }
    }
}
