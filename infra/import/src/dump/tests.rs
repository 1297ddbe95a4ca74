//! Rows as they were, whatever is in them and however the file is cut into reads; and sentences for what is none.

use std::io::{BufReader, Read};

use proptest::prelude::*;

use super::{Dump, DumpError, Row, Value, snake_case};

fn read(dump: &[u8]) -> Result<Vec<Row>, DumpError> {
    let mut dump = Dump::of(dump);
    let mut rows = Vec::new();
    while let Some(row) = dump.next()? {
        rows.push(row);
    }
    Ok(rows)
}

fn values(dump: &str) -> Vec<Vec<Option<String>>> {
    let text = |value: Value| value.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    read(dump.as_bytes()).unwrap().into_iter().map(|row| row.values.into_iter().map(text).collect()).collect()
}

fn one(values: &str) -> Vec<Option<String>> {
    let columns: Vec<String> = (0..=values.matches(',').count()).map(|column| format!("c{column}")).collect();
    let dump = format!("INSERT INTO t ({}) VALUES ({values});", columns.join(","));
    self::values(&dump).remove(0)
}

#[test]
fn values_of_every_kind_are_read() {
    for (written, expected) in [
        ("NULL", None),
        ("null", None),
        ("12", Some("12")),
        ("-1.50", Some("-1.50")),
        ("1e3", Some("1e3")),
        ("'a'", Some("a")),
        ("\"a\"", Some("a")),
        ("''", Some("")),
        ("'it''s'", Some("it's")),
        (r"'it\'s'", Some("it's")),
        (r"'\\'", Some("\\")),
        (r#"'\"\n\r\t\Z\0\b'"#, Some("\"\n\r\t\u{1a}\0\u{8}")),
        ("'a)(;--/*`\"'", Some("a)(;--/*`\"")),
        ("0x41", Some("A")),
        ("0xE78CAB", Some("猫")),
        ("x'4142'", Some("AB")),
        ("_binary 'ab'", Some("ab")),
        ("_utf8mb4'ab'", Some("ab")),
        ("_binary 0x4142", Some("AB")),
        ("b'101'", Some("5")),
        ("true", Some("1")),
        (" /* a */ 7 /* b */ ", Some("7")),
    ] {
        assert_eq!(one(written), [expected.map(str::to_owned)], "{written}");
    }
}

#[test]
fn statements_of_every_kind_are_read() {
    let dump = "\u{feff}-- a comment; with 'quotes\n# another\n/* and ` one */ CREATE DATABASE `x`; USE `x`;
        CREATE TABLE IF NOT EXISTS `x`.`t` (
          `a` int(11) NOT NULL AUTO_INCREMENT COMMENT 'a, (b) ''c''',
          `createTime` timestamp NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
          `kind` enum('x','y') /*!50606 STORAGE DISK */ DEFAULT 'x',
          PRIMARY KEY (`a`), UNIQUE KEY `u` (`kind`,`a`), CONSTRAINT `c` FOREIGN KEY (`a`) REFERENCES `o` (`id`),
          CHECK (`a` > 0)
        ) ENGINE=InnoDB;
        /*!50003 CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1 */;
        DELIMITER ;;
        CREATE PROCEDURE p() BEGIN INSERT INTO t VALUES (9,NULL,'x'); END ;;
        DELIMITER ;
        INSERT INTO `t` VALUES (1,'2023','x'),\n(2,NULL,'y');INSERT IGNORE INTO x.t VALUES\n(3 , NULL , 'y') ;
        REPLACE t (kind,a) VALUES ('x',4);";
    let rows = read(dump.as_bytes()).unwrap();
    let firsts: Vec<&[u8]> = rows.iter().map(|row| row.values[0].as_deref().unwrap()).collect();
    assert_eq!(firsts, [&b"1"[..], b"2", b"3", b"x"]);
    assert!(rows.iter().all(|row| &*row.table == "t"));
    let columns: Vec<(&str, bool)> =
        rows[0].columns.iter().map(|column| (column.name.as_str(), column.is_timestamp)).collect();
    assert_eq!(columns, [("a", false), ("create_time", true), ("kind", false)]);
    assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), [15, 16, 17, 18]);
    assert!(!rows[0].has_utc_timestamps);
    assert!(read(b"/*!40103 SET TIME_ZONE='+00:00' */;INSERT INTO t (a) VALUES (1);").unwrap()[0].has_utc_timestamps);
}

#[test]
fn names_become_words() {
    for (name, snake) in
        [("create_time", "create_time"), ("createTime", "create_time"), ("ID", "id"), ("userId", "user_id")]
    {
        assert_eq!(snake_case(name), snake);
    }
}

/// A file that is read in bits of some bytes.
struct Bits<'a>(&'a [u8], usize);

impl Read for Bits<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.1.min(self.0.len()).min(buffer.len());
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

/// As `mysql_real_escape_string` does.
fn escaped(text: &[u8]) -> Vec<u8> {
    let mut escaped = vec![b'\''];
    for byte in text {
        match byte {
            0 => escaped.extend(b"\\0"),
            b'\n' => escaped.extend(b"\\n"),
            b'\r' => escaped.extend(b"\\r"),
            0x1a => escaped.extend(b"\\Z"),
            b'\'' | b'"' | b'\\' => escaped.extend([b'\\', *byte]),
            other => escaped.push(*other),
        }
    }
    escaped.push(b'\'');
    escaped
}

proptest! {
    #[test]
    fn every_row_comes_back(
        rows in prop::collection::vec(prop::collection::vec(prop::option::of(prop::collection::vec(any::<u8>(), 0..40)), 3), 1..8),
        is_hex in any::<bool>(),
        bits in 1_usize..20,
    ) {
        let mut dump = b"CREATE TABLE `t` (`a` blob, `b` blob, `c` blob);\nINSERT INTO `t` VALUES ".to_vec();
        for (place, row) in rows.iter().enumerate() {
            dump.extend(if place == 0 { &b"("[..] } else { b",(" });
            for (place, value) in row.iter().enumerate() {
                dump.extend(if place == 0 { &b""[..] } else { b"," });
                match value {
                    None => dump.extend(b"NULL"),
                    Some(bytes) if is_hex && !bytes.is_empty() => {
                        dump.extend(b"0x");
                        dump.extend(bytes.iter().flat_map(|byte| format!("{byte:02X}").into_bytes()));
                    }
                    Some(bytes) => dump.extend(escaped(bytes)),
                }
            }
            dump.push(b')');
        }
        dump.extend(b";\n");
        let mut reader = Dump::of(BufReader::with_capacity(16, Bits(&dump, bits)));
        let mut found = Vec::new();
        while let Some(row) = reader.next().unwrap() {
            found.push(row.values);
        }
        prop_assert_eq!(found, rows);
        prop_assert_eq!(reader.read(), dump.len() as u64);
    }

    /// Whatever the bytes, the end is reached, and without a panic.
    #[test]
    fn garbage_is_refused_or_holds_rows(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes);
        let mut dump = b"INSERT INTO t (a,b) VALUES ".to_vec();
        dump.extend(bytes);
        let _ = read(&dump);
    }

    #[test]
    fn a_statement_cut_anywhere_is_refused(end in 1_usize..60) {
        let dump = b"INSERT INTO t (a,b) VALUES (1,'a\\'b'),(0x4142,NULL),(-3,\"x\");";
        prop_assert!(end < dump.len());
        prop_assert!(matches!(read(&dump[..end]), Err(DumpError::Cut { .. } | DumpError::NotADump { .. })), "{}", end);
    }
}
