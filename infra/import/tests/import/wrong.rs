//! What is no dump, or only half of one, is refused with a sentence that says why and where.

use crate::dumps;
use crate::site::{File, judged};

async fn refusal(bytes: &[u8]) -> String {
    judged(&File::with(bytes)).await.map(|summary| summary.text()).unwrap_err().to_string()
}

fn dump() -> Vec<u8> {
    let mut dump = Vec::new();
    dumps::Site { people: 20, seed: 5 }.write(&mut dump).unwrap();
    dump
}

#[tokio::test]
async fn a_dump_cut_anywhere_is_refused() {
    let dump = dump();
    for part in 1..60 {
        let cut = dump.len() * part / 60;
        let sentence = refusal(&dump[..cut]).await;
        assert!(sentence.contains("the dump is cut off"), "{cut}: {sentence}");
    }
}

#[tokio::test]
async fn other_files_are_named() {
    for (bytes, sentence) in [
        (b"".to_vec(), "this is no SQL dump"),
        (b"PK\x03\x04".to_vec(), "a zip archive; unpack it first"),
        (b"SQLite format 3\0".to_vec(), "an SQLite database"),
        (b"\x7fELF\x02\x01\x01\0".to_vec(), "line 1: this is no SQL dump: a statement cannot begin with byte 0x7f"),
        (b"{\"a\": 1}".to_vec(), "a statement cannot begin with `{`"),
        (b"Dear Sir or Madam".to_vec(), "line 1: the dump is cut off: a statement has no end"),
        (b"-- a comment\n".to_vec(), "it holds no statement"),
        (b"SELECT 1;".to_vec(), "the dump holds no rows of the tables that are taken over"),
        (
            b"INSERT INTO signin (id,user_id,create_time) VALUES (1,1,'2023-05-01');".to_vec(),
            "no rows of the table `user`",
        ),
        (b"\x1f\x8b\x08garbage".to_vec(), "the dump cannot be read"),
        ("/*!40101 SET NAMES gbk */;\n".into(), "line 1: the dump is not in UTF-8 but in gbk"),
        ("SET NAMES latin1;\n".into(), "not in UTF-8 but in latin1"),
        ("SET sql_mode='NO_BACKSLASH_ESCAPES';".into(), "NO_BACKSLASH_ESCAPES"),
        ("INSERT INTO user VALUES (1);".into(), "no CREATE TABLE before them"),
        ("INSERT INTO user (id) VALUES (1,2);".into(), "another number of values than there are columns"),
        ("INSERT INTO user (id) VALUES (now());".into(), "the value NOW is none that a dump holds"),
        (
            "\n\nINSERT INTO `users` (`id`,`nickname`) VALUES (1,'a');".into(),
            "line 3: the table `users` has no column account, integral",
        ),
    ] {
        let found = refusal(&bytes).await;
        assert!(found.contains(sentence), "{found:?} for {sentence:?}");
    }
    let mut wrong = b"INSERT INTO user (id,account,integral) VALUES (1,'".to_vec();
    wrong.extend_from_slice(b"\xc4\xe3\xba\xc3");
    wrong.extend_from_slice(b"',1);");
    let found = refusal(&wrong).await;
    assert!(
        found.contains("line 1: the dump is not in UTF-8 but in something else (column account of user)"),
        "{found}"
    );
}

#[tokio::test]
async fn a_huge_row_is_left_out_and_the_others_are_not() {
    let huge = "x".repeat(3_000_000);
    let mut dump = "INSERT INTO user (id,account,integral) VALUES (7,'a@example.com',0); INSERT INTO message (id,user_id,content,role,parent_message_id) VALUES ".to_owned();
    let long = "y".repeat(500_000);
    let values = ["(1,7,'short','user','c'),(2,7,'", &huge, "','user','c'),(3,7,'", &long, "','user','c')"];
    dump.push_str(&values.concat());
    dump.push_str(",(4,7,'short','assistant','c'),(5,7,'x','system','c'),(0,7,'x','user','c'),(6,7,'x','user','#');");
    let file = File::with(dump.as_bytes());
    let summary = judged(&file).await.unwrap();
    assert_eq!((summary.tables["message"].read, summary.tables["message"].written), (7, 2));
    let kinds: Vec<(String, String)> = file
        .report()
        .iter()
        .filter_map(|line| Some((line["kind"].as_str()?.to_owned(), line["id"].as_str()?.to_owned())))
        .collect();
    for (kind, id) in
        [("too_long", "2"), ("too_long", "3"), ("unknown_speaker", "5"), ("unreadable", "0"), ("no_conversation", "6")]
    {
        assert!(kinds.contains(&(kind.to_owned(), id.to_owned())), "{kind} {id}: {kinds:?}");
    }
}

#[tokio::test]
async fn plural_and_camel_case_names_and_column_lists_are_understood() {
    let dump = "INSERT INTO `Users` (`account`,`ID`,`integral`,`createTime`) VALUES ('a@example.com',5,3,'2023-05-01 00:00:00');
        INSERT INTO orders (id,user_id,trade_status,payType,channel,product_info,money) VALUES
        (9,5,'TRADE_FINISHED','wxpay','jspay','{\"integral\":5,\"price\":100}','1.00');
        REPLACE INTO turnover (id,user_id,value) VALUES (1,5,'3积分') ON DUPLICATE KEY UPDATE value='x;y';
        INSERT INTO turnover SELECT * FROM elsewhere;";
    let summary = judged(&File::with(dump.as_bytes())).await.unwrap();
    let written = |table: &str| summary.tables[table].written;
    assert_eq!((written("user"), written("order"), written("turnover")), (1, 1, 1));
    assert!(!summary.remarks.keys().any(|(_, kind)| *kind == "opened"), "{:?}", summary.remarks);
}
