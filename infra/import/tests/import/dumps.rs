//! Dumps of a made-up site of the classic schema: the same one for the same seed and number of people, whatever its size.

#![allow(dead_code, clippy::unwrap_used, clippy::indexing_slicing, missing_docs, unreachable_pub)]
// Small numbers, made up here.
#![allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_sign_loss)]

use std::io::{self, Write};

#[path = "fixed.rs"]
mod fixed;

use fixed::{config, small, table};

/// 2023-05-01 00:00:00 in Shanghai.
const START_MILLIS: i64 = 1_682_870_400_000;
/// The ids of the classic schema count milliseconds from the beginning of 2023, in UTC.
const EPOCH_MILLIS: i64 = 1_672_531_200_000;
const HOUR: i64 = 3_600_000;
/// Days over which people register.
const DAYS: i64 = 120;

/// What is odd about a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Oddity {
    Nothing,
    Administrator,
    /// The account of the one before, in capitals.
    SameAccount,
    Phone,
    /// Credits that no row tells of.
    Richer,
    BelowZero,
    Deleted,
    Banned,
    NoRows,
    /// A row whose value is no number.
    Unreadable,
    /// Rows without a user.
    Missing,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub id: i64,
    pub value: String,
    pub amount: i64,
    pub describe: String,
    pub created: i64,
}

#[derive(Clone, Debug)]
pub struct Code {
    pub id: i64,
    pub key: String,
    pub value: i64,
    pub kind: &'static str,
    pub end: &'static str,
    pub status: i64,
    pub is_redeemed: bool,
    pub created: i64,
    pub updated: i64,
}

#[derive(Clone, Debug)]
pub struct Order {
    pub id: i64,
    pub status: &'static str,
    pub created: i64,
    pub updated: i64,
}

#[derive(Clone, Debug)]
pub struct Person {
    pub id: i64,
    pub oddity: Oddity,
    pub account: String,
    pub nickname: String,
    pub integral: i64,
    pub created: i64,
    pub rows: Vec<Row>,
    pub codes: Vec<Code>,
    pub orders: Vec<Order>,
    /// Id and time.
    pub signins: Vec<(i64, i64)>,
    /// Id, role, content and time.
    pub messages: Vec<(i64, &'static str, String, i64)>,
}

/// A site of so many people.
#[derive(Clone, Copy, Debug)]
pub struct Site {
    pub people: i64,
    pub seed: u64,
}

/// The bits of a number, mixed: chance that is the same each time.
fn mixed(number: u64) -> u64 {
    let mut bits = number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

/// `millis` as the classic schema writes times, in Shanghai.
pub fn time(millis: i64) -> String {
    let seconds = millis.div_euclid(1000) + 8 * 3600;
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Days since 1970 as a date.
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let (day, month) = (doy - (153 * mp + 2) / 5 + 1, if mp < 10 { mp + 3 } else { mp - 9 });
    let year = yoe + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60)
}

/// A text as `mysqldump` writes it.
pub fn quoted(text: &str) -> String {
    let mut quoted = String::from("'");
    for c in text.chars() {
        match c {
            '\'' => quoted.push_str("\\'"),
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\0' => quoted.push_str("\\0"),
            '\u{1a}' => quoted.push_str("\\Z"),
            other => quoted.push(other),
        }
    }
    quoted.push('\'');
    quoted
}

impl Site {
    pub fn person(&self, place: i64) -> Person {
        let chance = mixed(self.seed ^ place as u64);
        let created = START_MILLIS + place * DAYS * 24 * HOUR / self.people + (chance % 900) as i64;
        let id = |created: i64, part: i64| ((created - EPOCH_MILLIS) << 22) | ((place * 32 + part) & 0x3F_FFFF);
        let oddity = match place % 50 {
            0 if place == 0 => Oddity::Administrator,
            3 => Oddity::SameAccount,
            7 => Oddity::Phone,
            11 => Oddity::Richer,
            13 => Oddity::BelowZero,
            17 => Oddity::Deleted,
            19 => Oddity::Banned,
            23 => Oddity::NoRows,
            29 => Oddity::Unreadable,
            31 => Oddity::Missing,
            _ => Oddity::Nothing,
        };
        let account = match oddity {
            Oddity::Administrator => "admin@example.com".to_owned(),
            Oddity::SameAccount => format!("User{}@EXAMPLE.com", place - 1),
            Oddity::Phone => format!("138{place:08}"),
            _ => format!("user{place}@example.com"),
        };
        let mut person = Person {
            id: id(created, 0),
            oddity,
            account,
            nickname: ["Chat用户", "O'Brien \\ \"quoted\"", "猫🐱", "a;b,(c)"][(chance % 4) as usize].to_owned(),
            integral: 0,
            created,
            rows: Vec::new(),
            codes: Vec::new(),
            orders: Vec::new(),
            signins: Vec::new(),
            messages: Vec::new(),
        };
        if oddity != Oddity::NoRows {
            self.live(&mut person, place, chance, &id);
        }
        let sum: i64 = person.rows.iter().map(|row| row.amount).sum();
        person.integral = match oddity {
            Oddity::Richer => sum + 40,
            Oddity::BelowZero => -5,
            Oddity::NoRows => 50,
            _ => sum,
        };
        person
    }

    /// What a person did.
    fn live(&self, person: &mut Person, place: i64, chance: u64, id: &impl Fn(i64, i64) -> i64) {
        let mut row = |created: i64, value: String, amount: i64, describe: &str| {
            let part = person.rows.len() as i64 + 1;
            person.rows.push(Row { id: id(created, part), value, amount, describe: describe.to_owned(), created });
        };
        let mut now = person.created;
        row(now, "10积分".to_owned(), 10, "注册奖励");
        now += HOUR;
        row(now, "3积分".to_owned(), 3, "签到奖励");
        person.signins.push((id(now, 16), now));
        for turn in 0..(chance % 5) as i64 {
            now += HOUR / 2;
            row(now, "-1积分".to_owned(), -1, "对话(gpt-3.5-turbo)");
            person.messages.push((id(now, 17 + turn * 2), "user", format!("问题 {turn}: it's \"this\"\n"), now));
            person.messages.push((id(now, 18 + turn * 2), "assistant", "回答;\\n🐱".to_owned(), now));
        }
        if place % 3 == 0 {
            now += HOUR;
            let days = place % 6 == 0;
            let (value, amount, kind) = if days { (30, 0, "day") } else { (100, 100, "integral") };
            let (unit, what) = if days { ("天", "会员") } else { ("积分", "积分") };
            row(now, format!("{value}{unit}"), amount, &format!("卡密充值 ({what})"));
            person.codes.push(self.code(place, id(person.created, 27), value, kind, 1, now));
        }
        if place % 4 == 0 {
            now += HOUR;
            row(now, "366积分".to_owned(), 366, "购买-1元366分");
            let order =
                |part, status, at: i64| Order { id: id(at - 60_000, part), status, created: at - 60_000, updated: at };
            person.orders.push(order(28, "TRADE_SUCCESS", now));
            person.orders.push(order(29, "TRADE_AWAIT", now + HOUR));
        }
        if place % 5 == 0 {
            // Used, but the row that told of it is gone.
            person.codes.push(self.code(place + 1_000_000_000, id(person.created, 30), 77, "integral", 1, now));
        }
        let status = [0, 2][(place % 2) as usize];
        person.codes.push(self.code(
            place + 2_000_000_000,
            id(person.created, 31),
            10,
            "integral",
            status,
            person.created,
        ));
        if person.oddity == Oddity::Unreadable {
            row(now + HOUR, "3元".to_owned(), 0, "充值");
        }
    }

    fn code(&self, salt: i64, id: i64, value: i64, kind: &'static str, status: i64, updated: i64) -> Code {
        let (a, b) = (mixed(self.seed ^ salt as u64), mixed(!self.seed ^ salt as u64));
        let end = if status == 2 { "2023-06-01" } else { "" };
        let is_redeemed = status == 1;
        Code { id, key: format!("{a:016x}{b:016x}"), value, kind, end, status, is_redeemed, created: updated, updated }
    }

    pub fn everybody(&self) -> impl Iterator<Item = Person> + use<> {
        let site = *self;
        (0..site.people).map(move |place| site.person(place))
    }

    /// Writes the dump.
    pub fn write(&self, output: &mut impl Write) -> io::Result<()> {
        write!(output, "-- MySQL dump 10.13  Distrib 8.0.33, for Linux (x86_64)\n--\n-- Host: localhost\n\n")?;
        writeln!(output, "/*!40101 SET NAMES utf8mb4 */;\n/*!40103 SET TIME_ZONE='+00:00' */;")?;
        self.codes(output)?;
        config(output)?;
        self.messages(output)?;
        small(output)?;
        self.orders(output)?;
        self.signins(output)?;
        self.turnover(output)?;
        self.users(output)?;
        writeln!(output, "CREATE TABLE `dialog` (`id` bigint NOT NULL, `issue` text);")?;
        writeln!(output, "INSERT INTO `dialog` VALUES (1,'x'),(2,NULL);")?;
        writeln!(output, "/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */;\n\n-- Dump completed on 2023-09-01  3:00:00")
    }

    fn codes(&self, output: &mut impl Write) -> io::Result<()> {
        let columns = "`id` bigint NOT NULL,\n  `user_id` bigint DEFAULT NULL,\n  `ip` varchar(255),\n  \
            `key` varchar(255) COMMENT 'the code, (secret)',\n  `value` varchar(255),\n  `type` varchar(255) DEFAULT 'integral',\n  \
            `end_time` varchar(255),\n  `status` int DEFAULT '0',\n  `create_time` datetime,\n  `update_time` datetime,\n  \
            PRIMARY KEY (`id`),\n  KEY `k` (`key`)";
        let rows = self.everybody().flat_map(|person| {
            let id = person.id;
            person.codes.into_iter().map(move |code| {
                let (user, ip) =
                    if code.is_redeemed { (id.to_string(), "'203.0.113.1'") } else { ("NULL".to_owned(), "NULL") };
                let Code { id, key, value, kind, end, status, .. } = code;
                let (created, updated) = (time(code.created), time(code.updated));
                format!("({id},{user},{ip},'{key}','{value}','{kind}','{end}',{status},'{created}','{updated}')")
            })
        });
        table(output, "carmi", columns, rows)
    }

    fn messages(&self, output: &mut impl Write) -> io::Result<()> {
        let columns = "`id` bigint NOT NULL, `content` text, `user_id` bigint, `role` varchar(255), `frequency_penalty` int, \
            `max_tokens` int, `model` varchar(255), `presence_penalty` int, `temperature` int, \
            `parent_message_id` varchar(255), `status` int, `create_time` datetime, `update_time` datetime";
        let rows = self.everybody().flat_map(|person| {
            let user = person.id;
            person.messages.into_iter().map(move |(id, role, content, at)| {
                let (content, at) = (quoted(&content), time(at));
                format!("({id},{content},{user},'{role}',0,2000,'gpt-3.5-turbo',0,0,'e24c1448-16bf-482e-bff3-{user:012}',1,'{at}','{at}')")
            })
        });
        table(output, "message", columns, rows)
    }

    fn orders(&self, output: &mut impl Write) -> io::Result<()> {
        let columns = "`id` bigint NOT NULL, `trade_no` varchar(255), `pay_type` varchar(255), `product_id` bigint, \
            `product_title` varchar(255), `trade_status` varchar(255), `user_id` bigint, `product_info` text, \
            `channel` varchar(255), `params` text, `payment_id` bigint, `payment_info` text, `money` decimal(10,2), \
            `notify_info` text, `pay_url` varchar(255), `ip` varchar(255), `create_time` datetime, `update_time` datetime";
        let product = quoted(
            r#"{"id":"51616604789673984","title":"1元366分","price":100,"value":366,"type":"integral","level":1,"status":1}"#,
        );
        let payment = quoted(
            r#"{"id":"51294279280103424","name":"易支付","channel":"yipay","types":"alipay,wxpay","params":"{\"pid\":\"1001\",\"key\":\"5HIY5yiCdlDDlYFI\",\"api\":\"https://pay.example.com\",\"return_url\":\"\"}"}"#,
        );
        let rows = self.everybody().flat_map(|person| {
            let (user, product, payment) = (person.id, product.clone(), payment.clone());
            person.orders.into_iter().map(move |Order { id, status, created, updated }| {
                let is_paid = status == "TRADE_SUCCESS";
                let (trade_no, notified) = if is_paid {
                    (format!("'2023{id}'"), quoted(r#"{"trade_status":"TRADE_SUCCESS","money":"1.00","sign":"abc"}"#))
                } else {
                    ("NULL".to_owned(), "NULL".to_owned())
                };
                let (created, updated) = (time(created), time(updated));
                format!("({id},{trade_no},'alipay',51616604789673984,'1元366分','{status}',{user},{product},'yipay',NULL,51294279280103424,{payment},1.00,{notified},'https://pay.example.com/qr/{id}','127.0.0.1','{created}','{updated}')")
            })
        });
        table(output, "order", columns, rows)
    }

    /// As with `--complete-insert --skip-extended-insert`.
    fn signins(&self, output: &mut impl Write) -> io::Result<()> {
        for person in self.everybody() {
            for (id, at) in &person.signins {
                let (user, at) = (person.id, time(*at));
                writeln!(
                    output,
                    "INSERT INTO `signin` (`id`, `user_id`, `ip`, `status`, `create_time`, `update_time`) VALUES ({id},{user},'::1',1,'{at}','{at}');"
                )?;
            }
        }
        Ok(())
    }

    fn turnover(&self, output: &mut impl Write) -> io::Result<()> {
        let columns = "`id` bigint NOT NULL, `user_id` bigint, `value` varchar(255), `describe` varchar(255), \
            `create_time` datetime, `update_time` datetime";
        let rows = self.everybody().flat_map(|person| {
            let user = person.id;
            person.rows.into_iter().map(move |Row { id, value, describe, created, .. }| {
                let at = time(created);
                format!("({id},{user},{},{},'{at}','{at}')", quoted(&value), quoted(&describe))
            })
        });
        table(output, "turnover", columns, rows)
    }

    fn users(&self, output: &mut impl Write) -> io::Result<()> {
        let columns = "`id` bigint NOT NULL,\n  `account` varchar(255),\n  `nickname` varchar(255),\n  `avatar` varchar(255),\n  \
            `role` varchar(255),\n  `integral` int,\n  `vip_expire_time` date,\n  `svip_expire_time` date,\n  `password` varchar(255),\n  \
            `ip` varchar(255),\n  `status` int,\n  `favourite` varchar(10),\n  `create_time` datetime,\n  `update_time` datetime,\n  \
            `delete_time` datetime DEFAULT NULL,\n  PRIMARY KEY (`id`)";
        let rows = self.everybody().filter(|person| person.oddity != Oddity::Missing).map(|person| {
            let Person { id, oddity, integral, .. } = person;
            let role = if oddity == Oddity::Administrator { "administrator" } else { "user" };
            let gone = if oddity == Oddity::Deleted { "'2023-08-01 00:00:00'" } else { "NULL" };
            let (status, at) = (i32::from(oddity != Oddity::Banned), time(person.created));
            let (account, nickname) = (quoted(&person.account), quoted(&person.nickname));
            format!("({id},{account},{nickname},'https://example.com/a.png','{role}',{integral},'2030-01-02','2023-05-17','6c34d65f8a75e9ac5ab455cdec2062f7','203.0.113.4',{status},NULL,'{at}','{at}',{gone})")
        });
        table(output, "user", columns, rows)
    }
}
