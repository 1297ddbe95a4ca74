//! Dumps of each shape that people have: taken, refused or asked about with a sentence that says what to do.

use std::io::Write as _;

use import::{Failure, Options, Summary};

use crate::site::{File, judged, judged_as, options, words};
use crate::tools::{self, TOOLS, Table, Tool, databases, dump, site};

/// What came of it, with nothing accepted.
async fn outcome(bytes: &[u8]) -> Result<Summary, Failure> {
    judged_as(&plain(&File::with(bytes), &[])).await
}

/// With these words alone.
fn plain(file: &File, accepted: &[&str]) -> Options {
    Options { accepted: words(accepted), ..options(file) }
}

fn asks(summary: &Summary) -> Vec<&str> {
    summary.asks.iter().map(|loss| loss.word.as_str()).collect()
}

fn without(name: &str) -> Vec<Table> {
    site("ada").into_iter().filter(|table| table.name != name).collect()
}

#[tokio::test]
async fn whole_dumps_of_every_program_are_taken() {
    for tool in TOOLS {
        let summary =
            outcome(dump(tool, "chat", &site("ada")).as_bytes()).await.unwrap_or_else(|e| panic!("{tool:?}: {e}"));
        assert!(summary.is_clean(), "{tool:?}: {}", summary.text());
        let written: u64 = summary.tables.values().map(|numbers| numbers.written).sum();
        assert_eq!(written, 11, "{tool:?}: {}", summary.text());
    }
}

#[tokio::test]
async fn dumps_of_every_program_cut_between_statements_are_refused() {
    for tool in TOOLS {
        let whole = dump(tool, "chat", &site("ada"));
        let data = whole.find("INSERT INTO").or_else(|| whole.find("insert  into")).unwrap();
        let ends: Vec<usize> =
            whole.match_indices(";\n").map(|(at, _)| at + 2).filter(|end| *end < whole.len()).collect();
        assert!(ends.len() > 20, "{tool:?}");
        for end in ends {
            let sentence =
                outcome(&whole.as_bytes()[..end]).await.map(|summary| summary.text()).unwrap_err().to_string();
            if end > data {
                assert!(sentence.contains("the dump is cut off"), "{tool:?}, {end}: {sentence}");
                assert!(sentence.contains("--accept end"), "{tool:?}, {end}: {sentence}");
            }
        }
    }
}

#[tokio::test]
async fn a_cut_dump_is_taken_with_a_word_and_its_absent_tables_are_asked_about() {
    let whole = dump(Tool::Navicat, "chat", &site("ada"));
    let cut = whole.find("DROP TABLE IF EXISTS `turnover`").unwrap();
    // The users are behind the cut.
    let found = judged_as(&plain(&File::with(&whole.as_bytes()[..cut]), &["end"])).await.unwrap_err();
    assert!(found.to_string().contains("no rows of the table `user`"), "{found}");
    let mut tables = site("ada");
    tables.reverse();
    let whole = dump(Tool::Navicat, "chat", &tables);
    let cut = whole.find("DROP TABLE IF EXISTS `config`").unwrap();
    let file = File::with(&whole.as_bytes()[..cut]);
    let summary = judged_as(&plain(&file, &["end"])).await.unwrap();
    assert_eq!(asks(&summary), ["missing:carmi", "missing:config"]);
    assert!(summary.text().contains("the dump has no table `carmi` (nor `carmis`)"), "{}", summary.text());
    let summary = judged_as(&plain(&file, &["end", "missing:carmi", "missing:config"])).await.unwrap();
    assert!(summary.is_clean() && summary.remarks.contains_key(&("config".to_owned(), "missing_table")));
}

#[tokio::test]
async fn a_dump_that_marks_no_end_is_asked_about() {
    let whole = dump(Tool::Mysqldump, "chat", &site("ada"));
    // As with --compact.
    let plain: String = whole.lines().filter(|line| !line.starts_with("--") && !line.starts_with("/*")).collect();
    let summary = outcome(plain.as_bytes()).await.unwrap();
    assert_eq!(asks(&summary), ["end"], "{}", summary.text());
    // Rows behind the end are as unmarked.
    let more = format!("{whole}INSERT INTO signin (id,user_id,create_time) VALUES (62,7,'2023-05-20');\n");
    assert_eq!(asks(&outcome(more.as_bytes()).await.unwrap()), ["end"]);
    // Of two dumps in one file, the first one must be whole too.
    let (first, second) =
        (dump(Tool::Mysqldump, "chat", &without("user")), dump(Tool::Mysqldump, "chat", &site("ada")[10..]));
    assert!(outcome(format!("{first}{second}").as_bytes()).await.unwrap().is_clean());
    let cut = first.rfind("-- Dump completed").unwrap();
    let found = outcome(format!("{}{second}", &first[..cut]).as_bytes()).await.unwrap_err().to_string();
    assert!(found.contains("it is by mysqldump, and its last line, `-- Dump completed`, is missing"), "{found}");
}

#[tokio::test]
async fn an_absent_table_stops_an_import() {
    for name in ["turnover", "carmi", "order", "payment", "config"] {
        let summary = outcome(dump(Tool::PhpMyAdmin, "chat", &without(name)).as_bytes()).await.unwrap();
        assert_eq!(asks(&summary), [format!("missing:{name}")]);
    }
}

#[tokio::test]
async fn the_same_table_twice_is_two_dumps() {
    let whole = dump(Tool::Mysqldump, "chat", &site("ada"));
    let found = outcome(format!("{whole}{whole}").as_bytes()).await.unwrap_err().to_string();
    assert!(found.contains("the table `carmi` begins once more: the file holds two dumps"), "{found}");
}

#[tokio::test]
async fn of_several_databases_the_named_one_is_taken() {
    let (ada, bob) = (site("ada"), site("bob"));
    let both = File::with(databases(&[("shop_a", &ada), ("shop_b", &bob)]).as_bytes());
    let found = judged_as(&plain(&both, &[])).await.unwrap_err();
    assert!(matches!(found, Failure::Databases { .. }), "{found}");
    let sentence = "the dump holds several sites: `shop_a` (1 users, 11 rows), `shop_b` (1 users, 11 rows); say which one \
                    to take over: --database NAME";
    assert_eq!(found.to_string(), sentence);
    for (named, taken) in [("shop_a", "shop_a"), ("shop_b", "shop_b"), ("SHOP_B", "shop_b")] {
        let options = Options { database: Some(named.to_owned()), ..plain(&both, &[]) };
        let summary = judged_as(&options).await.unwrap();
        assert!(summary.is_clean(), "{named}: {}", summary.text());
        assert_eq!(summary.tables["user"].written, 1);
        let other = if taken == "shop_a" { "shop_b" } else { "shop_a" };
        let report = both.report();
        let told = report.iter().find(|line| line["kind"] == "other_database").unwrap();
        assert_eq!(told["detail"], serde_json::json!({"database": other, "rows": 11}));
    }
    let options = Options { database: Some("shop_c".to_owned()), ..plain(&both, &[]) };
    let found = judged_as(&options).await.unwrap_err().to_string();
    assert!(found.starts_with("the dump holds no database `shop_c`; it holds: `shop_a`"), "{found}");
}

#[tokio::test]
async fn of_all_databases_the_only_site_is_taken() {
    let ours = site("ada");
    let server = [Table { name: "user", columns: &["Host", "User"], rows: vec!["'localhost','root'".to_owned()] }];
    let blog = [
        Table { name: "user", columns: &["id", "name"], rows: vec!["1,'x'".to_owned()] },
        Table { name: "message", columns: &["id", "body"], rows: vec!["1,'x'".to_owned(), "2,'y'".to_owned()] },
    ];
    let forum = [Table { name: "post", columns: &["id", "body"], rows: vec!["1,'x'".to_owned()] }];
    let orders: [&[(&str, &[Table])]; 3] = [
        &[("blog", &blog), ("chat", &ours), ("forum", &forum), ("mysql", &server)],
        &[("mysql", &server), ("forum", &forum), ("chat", &ours), ("blog", &blog)],
        &[("chat", &ours), ("blog", &blog)],
    ];
    for sites in orders {
        let summary = outcome(databases(sites).as_bytes()).await.unwrap();
        assert!(summary.is_clean(), "{}", summary.text());
        assert_eq!((summary.tables["user"].written, summary.tables["message"].read), (1, 1), "{}", summary.text());
    }
    let file = File::with(databases(orders[0]).as_bytes());
    let found = judged_as(&Options { database: Some("blog".to_owned()), ..plain(&file, &[]) }).await.unwrap_err();
    assert!(found.to_string().contains("the table `user` has no column account, integral"), "{found}");
    let found = outcome(databases(&[("blog", &blog), ("mysql", &server)]).as_bytes()).await.unwrap_err();
    assert!(found.to_string().contains("the table `user` has no column account, integral"), "{found}");
}

#[tokio::test]
async fn dumps_behind_one_another_are_not_merged() {
    let (ada, bob) = (site("ada"), site("bob"));
    for tool in
        [Tool::Mysqldump, Tool::Mysqlpump, Tool::PhpMyAdmin, Tool::Navicat, Tool::HeidiSql, Tool::Adminer, Tool::SqlYog]
    {
        let both = format!("{}{}", dump(tool, "shop_a", &ada), dump(tool, "shop_b", &bob));
        let found = outcome(both.as_bytes()).await.map(|summary| summary.text()).unwrap_err();
        assert!(matches!(found, Failure::Databases { .. }), "{tool:?}: {found}");
        let file = File::with(both.as_bytes());
        let options = Options { database: Some("shop_b".to_owned()), ..plain(&file, &[]) };
        assert!(judged_as(&options).await.unwrap().is_clean(), "{tool:?}");
    }
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

#[tokio::test]
async fn dumps_in_utf16_are_converted() {
    let text = dump(Tool::Mysqldump, "chat", &site("ada"));
    let marked = format!("\u{feff}{text}");
    let expected = outcome(text.as_bytes()).await.unwrap();
    for bytes in [
        marked.clone().into_bytes(),
        utf16(&text, u16::to_le_bytes),
        utf16(&marked, u16::to_le_bytes),
        utf16(&text, u16::to_be_bytes),
        utf16(&marked, u16::to_be_bytes),
        gzip(&utf16(&marked, u16::to_le_bytes)),
        utf16(&marked.replace('\n', "\r\n"), u16::to_le_bytes),
    ] {
        let summary = outcome(&bytes).await.unwrap();
        assert!(summary.is_clean(), "{}", summary.text());
        assert_eq!((&summary.tables, summary.items), (&expected.tables, expected.items));
    }
    let mut cut = utf16(&marked, u16::to_le_bytes);
    cut.pop();
    let found = outcome(&cut).await.unwrap_err().to_string();
    assert!(found.contains("its UTF-16 is broken or cut; make it anew"), "{found}");
    let utf32: Vec<u8> = marked.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
    let found = outcome(&utf32).await.unwrap_err().to_string();
    assert!(found.contains("iconv -f UTF-32 -t UTF-8"), "{found}");
    let whole = gzip(text.as_bytes());
    let found = outcome(&whole[..whole.len() / 2]).await.unwrap_err().to_string();
    assert!(found.starts_with("the dump cannot be read: "), "{found}");
}

/// As `mysqldump > dump.sql` leaves it in `PowerShell` on a Chinese Windows, and as a text that is in GBK by itself.
#[tokio::test]
async fn garbled_texts_are_asked_about() {
    let mut tables = site("ada");
    tables[2].rows = ["你好，请写一首诗", "人工智能是什么？", "春眠不觉晓，处处闻啼鸟"]
        .iter()
        .zip(21..)
        .map(|(text, id)| format!("{id},7,'{text}','user','c'"))
        .collect();
    let text = dump(Tool::Mysqldump, "chat", &tables);
    assert!(outcome(text.as_bytes()).await.unwrap().is_clean());
    let (garbled, ..) = encoding_rs::GBK.decode(text.as_bytes());
    // What a decoder makes of a character and the quote behind it ends no text; that is refused anyhow.
    let garbled = garbled.replace("\u{fffd}'", "?'").replace('\u{fffd}', "?");
    let (readable, bytes) = (outcome(garbled.as_bytes()).await, utf16(&garbled, u16::to_le_bytes));
    for found in [readable, outcome(&bytes).await] {
        let found = found.unwrap();
        assert!(asks(&found).contains(&"garbled"), "{}", found.text());
        assert!(found.text().contains("--result-file=dump.sql"), "{}", found.text());
    }
    let (gbk, ..) = encoding_rs::GBK.encode(&text);
    let found = outcome(&gbk).await.unwrap_err().to_string();
    assert!(found.contains("GBK by the look of it: iconv -f GB18030 -t UTF-8"), "{found}");
}

#[tokio::test]
async fn tables_under_other_names_are_named() {
    let dump =
        dump(Tool::PhpMyAdmin, "chat", &site("ada")).replace("`user`", "`ai_user`").replace("`order`", "`ai_order`");
    let found = outcome(dump.as_bytes()).await.unwrap_err().to_string();
    assert!(found.contains("no rows of the table `user`") && found.contains("`ai_order`, `ai_user`"), "{found}");
}

#[tokio::test]
async fn a_made_up_site_is_whole() {
    let mut whole = Vec::new();
    crate::dumps::Site { people: 5, seed: 1 }.write(&mut whole).unwrap();
    assert!(judged(&File::with(&whole)).await.unwrap().is_clean());
    assert!(tools::foot(Tool::Mysqldump).ends_with(":00\n"));
}
