//! A small site of the classic schema, as each of the programs writes it that people make dumps with.

use std::fmt::Write as _;

/// A table with its rows, each of them as SQL writes values.
#[derive(Clone)]
pub struct Table {
    pub name: &'static str,
    pub columns: &'static [&'static str],
    pub rows: Vec<String>,
}

/// A program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    Mysqldump,
    /// With `--skip-comments`.
    MysqldumpQuiet,
    MariadbDump,
    Mysqlpump,
    PhpMyAdmin,
    /// Before it wrote transactions.
    PhpMyAdmin4,
    Navicat,
    HeidiSql,
    Adminer,
    SqlYog,
}

pub const TOOLS: [Tool; 10] = [
    Tool::Mysqldump,
    Tool::MysqldumpQuiet,
    Tool::MariadbDump,
    Tool::Mysqlpump,
    Tool::PhpMyAdmin,
    Tool::PhpMyAdmin4,
    Tool::Navicat,
    Tool::HeidiSql,
    Tool::Adminer,
    Tool::SqlYog,
];

const AT: &str = "'2023-05-19 16:21:12'";

/// The site. `person` is whose it is.
pub fn site(person: &str) -> Vec<Table> {
    let table = |name, columns, rows: &[String]| Table { name, columns, rows: rows.to_vec() };
    let channel =
        r#"'{\"pid\":\"1001\",\"key\":\"5HIY5yiCdlDDlYFI\",\"api\":\"https://pay.example.com\",\"return_url\":\"\"}'"#;
    vec![
        table("carmi", &["id", "key", "value", "type", "status"], &["11,'abcdefgh','10','integral',0".to_owned()]),
        table("config", &["id", "name", "value"], &["1,'ai3_ratio','100'".to_owned(), "2,'ai4_ratio','20'".to_owned()]),
        table(
            "message",
            &["id", "user_id", "content", "role", "parent_message_id"],
            &["21,7,'你好；it\\'s; a -- text','user','c'".to_owned()],
        ),
        table("notification", &["id", "title", "content"], &["31,'公告','欢迎'".to_owned()]),
        table("order", &["id", "user_id", "trade_status", "pay_type", "channel"], &[]),
        table(
            "payment",
            &["id", "name", "channel", "types", "params"],
            &[format!("41,'易支付','yipay','alipay',{channel}")],
        ),
        table("product", &["id", "title", "price", "type", "value"], &["51,'一元',100,'integral',366".to_owned()]),
        table("signin", &["id", "user_id", "create_time"], &[format!("61,7,{AT}")]),
        table("token", &["id", "key", "host"], &["71,'sk-EXAMPLE','https://api.example.com'".to_owned()]),
        table("turnover", &["id", "user_id", "value", "describe"], &["81,7,'13积分','注册奖励'".to_owned()]),
        table("user", &["id", "account", "integral"], &[format!("7,'{person}@example.com',13")]),
    ]
}

/// A dump of one database, by this program.
pub fn dump(tool: Tool, database: &str, tables: &[Table]) -> String {
    let mut text = head(tool, database);
    text.push_str(&tables.iter().map(|table| body(tool, database, table)).collect::<String>());
    text.push_str(foot(tool));
    text
}

const ASIDE: &str = "/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;\n/*!40101 SET @OLD_CHARACTER_SET_RESULTS=@@CHARACTER_SET_RESULTS */;\n/*!40101 SET @OLD_COLLATION_CONNECTION=@@COLLATION_CONNECTION */;\n";
const BACK: &str = "/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;\n/*!40101 SET CHARACTER_SET_RESULTS=@OLD_CHARACTER_SET_RESULTS */;\n/*!40101 SET COLLATION_CONNECTION=@OLD_COLLATION_CONNECTION */;\n";

pub fn head(tool: Tool, database: &str) -> String {
    let keys = "/*!40014 SET @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS, UNIQUE_CHECKS=0 */;\n/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;\n";
    let mysqldump = format!(
        "{ASIDE}/*!50503 SET NAMES utf8mb4 */;\n/*!40103 SET @OLD_TIME_ZONE=@@TIME_ZONE */;\n/*!40103 SET TIME_ZONE='+00:00' */;\n{keys}"
    );
    let host = format!(
        "--\n-- Host: localhost    Database: {database}\n-- ------------------------------------------------------\n"
    );
    match tool {
        Tool::Mysqldump => format!("-- MySQL dump 10.13  Distrib 8.0.33, for Linux (x86_64)\n{host}{mysqldump}"),
        Tool::MysqldumpQuiet => mysqldump,
        Tool::MariadbDump => format!(
            "/*M!999999\\- enable the sandbox mode */ \n-- MariaDB dump 10.19-11.4.2-MariaDB, for debian-linux-gnu (x86_64)\n{host}{mysqldump}"
        ),
        Tool::Mysqlpump => "-- Dump created by MySQL pump utility, version: 8.0.30, Linux (x86_64)\n-- Dump start time: Wed Mar 25 04:03:26 2026\n\nSET @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS, UNIQUE_CHECKS=0;\nSET @OLD_SQL_MODE=@@SQL_MODE;\nSET SQL_MODE=\"NO_AUTO_VALUE_ON_ZERO\";\nSET @OLD_TIME_ZONE=@@TIME_ZONE;\nSET TIME_ZONE='+00:00';\nSET NAMES utf8mb4;\n".to_owned(),
        Tool::PhpMyAdmin => format!(
            "-- phpMyAdmin SQL Dump\n-- version 5.2.1\n-- https://www.phpmyadmin.net/\n--\n-- 主机： 127.0.0.1\n\nSET SQL_MODE = \"NO_AUTO_VALUE_ON_ZERO\";\nSTART TRANSACTION;\nSET time_zone = \"+00:00\";\n\n\n{ASIDE}/*!40101 SET NAMES utf8mb4 */;\n\n--\n-- 数据库： `{database}`\n--\n\n"
        ),
        Tool::PhpMyAdmin4 => format!(
            "-- phpMyAdmin SQL Dump\n-- version 4.0.10\n\nSET SQL_MODE = \"NO_AUTO_VALUE_ON_ZERO\";\nSET time_zone = \"+00:00\";\n\n{ASIDE}/*!40101 SET NAMES utf8 */;\n\n--\n-- Database: `{database}`\n--\n\n"
        ),
        Tool::Navicat => format!(
            "/*\n Navicat Premium Data Transfer\n\n Source Server         : 服务器\n Source Server Type    : MySQL\n Source Host           : localhost:3306\n Source Schema         : {database}\n\n File Encoding         : 65001\n\n Date: 21/01/2021 11:03:37\n*/\n\nSET NAMES utf8mb4;\nSET FOREIGN_KEY_CHECKS = 0;\n\n"
        ),
        Tool::HeidiSql => format!(
            "-- --------------------------------------------------------\n-- Host:                         127.0.0.1\n-- HeidiSQL Version:             12.3.0.6589\n-- --------------------------------------------------------\n\n/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;\n/*!50503 SET NAMES utf8mb4 */;\n/*!40103 SET @OLD_TIME_ZONE=@@TIME_ZONE */;\n/*!40103 SET TIME_ZONE='+00:00' */;\n/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;\n/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;\n\nCREATE DATABASE IF NOT EXISTS `{database}` /*!40100 DEFAULT CHARACTER SET utf8mb4 */;\nUSE `{database}`;\n\n"
        ),
        Tool::Adminer => format!(
            "-- Adminer 4.8.1 MySQL 8.0.33 dump\n\nSET NAMES utf8;\nSET time_zone = '+00:00';\nSET foreign_key_checks = 0;\nSET sql_mode = 'NO_AUTO_VALUE_ON_ZERO';\n\nSET NAMES utf8mb4;\n\nUSE `{database}`;\n\n"
        ),
        Tool::SqlYog => format!(
            "/*\nSQLyog Ultimate v12.09 (64 bit)\nMySQL - 5.7.17 : Database - {database}\n*********************************************************************\n*/\n\n/*!40101 SET NAMES utf8 */;\n\n/*!40101 SET SQL_MODE=''*/;\n\n{keys}/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;\n"
        ),
    }
}

pub fn foot(tool: Tool) -> &'static str {
    match tool {
        Tool::Mysqldump | Tool::MariadbDump => concat!(
            "/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */;\n\n/*!40014 SET FOREIGN_KEY_CHECKS=@OLD_FOREIGN_KEY_CHECKS */;\n",
            "/*!40014 SET UNIQUE_CHECKS=@OLD_UNIQUE_CHECKS */;\n/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;\n",
            "/*!40101 SET CHARACTER_SET_RESULTS=@OLD_CHARACTER_SET_RESULTS */;\n",
            "/*!40101 SET COLLATION_CONNECTION=@OLD_COLLATION_CONNECTION */;\n\n-- Dump completed on 2023-09-01  3:00:00\n"
        ),
        Tool::MysqldumpQuiet => concat!(
            "/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */;\n\n/*!40014 SET FOREIGN_KEY_CHECKS=@OLD_FOREIGN_KEY_CHECKS */;\n",
            "/*!40014 SET UNIQUE_CHECKS=@OLD_UNIQUE_CHECKS */;\n/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;\n",
            "/*!40101 SET CHARACTER_SET_RESULTS=@OLD_CHARACTER_SET_RESULTS */;\n",
            "/*!40101 SET COLLATION_CONNECTION=@OLD_COLLATION_CONNECTION */;\n"
        ),
        Tool::Mysqlpump => concat!(
            "SET TIME_ZONE=@OLD_TIME_ZONE;\nSET UNIQUE_CHECKS=@OLD_UNIQUE_CHECKS;\nSET SQL_MODE=@OLD_SQL_MODE;\n",
            "-- Dump end time: Mon Apr 13 13:45:03 2020\n"
        ),
        Tool::PhpMyAdmin => concat!(
            "COMMIT;\n\n/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;\n",
            "/*!40101 SET CHARACTER_SET_RESULTS=@OLD_CHARACTER_SET_RESULTS */;\n",
            "/*!40101 SET COLLATION_CONNECTION=@OLD_COLLATION_CONNECTION */;\n"
        ),
        Tool::PhpMyAdmin4 => BACK,
        Tool::Navicat => "SET FOREIGN_KEY_CHECKS = 1;\n",
        Tool::HeidiSql => concat!(
            "/*!40103 SET TIME_ZONE=IFNULL(@OLD_TIME_ZONE, 'system') */;\n/*!40101 SET SQL_MODE=IFNULL(@OLD_SQL_MODE, '') */;\n",
            "/*!40014 SET FOREIGN_KEY_CHECKS=IFNULL(@OLD_FOREIGN_KEY_CHECKS, 1) */;\n",
            "/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;\n"
        ),
        Tool::Adminer => "\n-- 2023-05-17 03:15:50\n",
        Tool::SqlYog => concat!(
            "/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;\n/*!40014 SET FOREIGN_KEY_CHECKS=@OLD_FOREIGN_KEY_CHECKS */;\n",
            "/*!40014 SET UNIQUE_CHECKS=@OLD_UNIQUE_CHECKS */;\n"
        ),
    }
}

/// A table with its rows, as the program writes it.
pub fn body(tool: Tool, database: &str, table: &Table) -> String {
    let Table { name, columns, rows } = table;
    let place = if tool == Tool::Mysqlpump { format!("`{database}`.`{name}`") } else { format!("`{name}`") };
    let defined: Vec<String> = columns.iter().map(|column| format!("  `{column}` text")).collect();
    let mut text =
        format!("DROP TABLE IF EXISTS {place};\nCREATE TABLE {place} (\n{}\n) ENGINE=InnoDB;\n\n", defined.join(",\n"));
    if rows.is_empty() {
        return text;
    }
    let listed: Vec<String> = columns.iter().map(|column| format!("`{column}`")).collect();
    let listed = listed.join(", ");
    let rows: Vec<String> = rows.iter().map(|row| format!("({row})")).collect();
    let _ = match tool {
        Tool::Navicat => {
            let each: Vec<String> = rows.iter().map(|row| format!("INSERT INTO {place} VALUES {row};\n")).collect();
            writeln!(text, "BEGIN;\n{}COMMIT;\n", each.concat())
        }
        Tool::PhpMyAdmin | Tool::PhpMyAdmin4 | Tool::Adminer => {
            writeln!(text, "INSERT INTO {place} ({listed}) VALUES\n{};\n", rows.join(",\n"))
        }
        Tool::HeidiSql => writeln!(text, "INSERT INTO {place} ({listed}) VALUES\n\t{};\n", rows.join(",\n\t")),
        Tool::Mysqlpump => writeln!(text, "INSERT INTO {place} VALUES {};\n", rows.join(",")),
        Tool::SqlYog => writeln!(text, "insert  into {place}({listed}) values {};\n", rows.join(",")),
        Tool::Mysqldump | Tool::MysqldumpQuiet | Tool::MariadbDump => {
            let rows = rows.join(",");
            writeln!(text, "LOCK TABLES {place} WRITE;\nINSERT INTO {place} VALUES {rows};\nUNLOCK TABLES;\n")
        }
    };
    text
}

/// Several databases, as `mysqldump --databases` and `--all-databases` write them.
pub fn databases(sites: &[(&str, &[Table])]) -> String {
    let mut text = head(Tool::Mysqldump, "");
    for (database, tables) in sites {
        let _ = writeln!(text, "--\n-- Current Database: `{database}`\n--\n\nUSE `{database}`;\n");
        text.push_str(&tables.iter().map(|table| body(Tool::Mysqldump, database, table)).collect::<String>());
    }
    text.push_str(foot(Tool::Mysqldump));
    text
}
