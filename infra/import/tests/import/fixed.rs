//! The tables of a dump that are the same whatever its size, and how a table is written.

use std::io::{self, Write};

use super::quoted;

/// Rows of one statement, as `mysqldump` puts many into one.
const ROWS_A_STATEMENT: usize = 500;

pub fn table(output: &mut impl Write, name: &str, columns: &str, rows: impl Iterator<Item = String>) -> io::Result<()> {
    writeln!(output, "\n--\n-- Table structure for table `{name}`\n--\n\nDROP TABLE IF EXISTS `{name}`;")?;
    writeln!(output, "/*!50503 SET character_set_client = utf8mb4 */;")?;
    writeln!(
        output,
        "CREATE TABLE `{name}` (\n  {columns}\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='a; b';\n"
    )?;
    writeln!(output, "LOCK TABLES `{name}` WRITE;\n/*!40000 ALTER TABLE `{name}` DISABLE KEYS */;")?;
    let mut count = 0;
    for row in rows {
        let before = match count % ROWS_A_STATEMENT {
            0 if count == 0 => format!("INSERT INTO `{name}` VALUES "),
            0 => format!(";\nINSERT INTO `{name}` VALUES "),
            _ => ",".to_owned(),
        };
        write!(output, "{before}{row}")?;
        count += 1;
    }
    let end = if count == 0 { "" } else { ";\n" };
    write!(output, "{end}/*!40000 ALTER TABLE `{name}` ENABLE KEYS */;\nUNLOCK TABLES;\n")
}

pub fn config(output: &mut impl Write) -> io::Result<()> {
    let columns = "`id` int NOT NULL AUTO_INCREMENT, `name` varchar(255), `value` text, `remarks` varchar(255), \
        `create_time` datetime, `update_time` datetime";
    let at = "'2023-05-19 16:21:12','2023-05-20 17:27:07'";
    let rows = [
        ("signin_reward", "5"),
        ("register_reward", "10"),
        ("website_title", "旧站"),
        ("shop_introduce", "<p onclick=\"x()\">商店<script>alert(1)</script></p>"),
        ("ai3_ratio", "many"),
        ("wx_secret", "unknown"),
        ("sms", r#"{"user":"u","password":"5HIY5yiCdlDDlYFIABCD"}"#),
    ];
    let rows = (1..).zip(rows).map(|(id, (name, value))| format!("({id},'{name}',{},NULL,{at})", quoted(value)));
    table(output, "config", columns, rows)
}

/// Alipay's keys as people paste them: four dashes, and line breaks that are spelt out.
fn pasted_keys() -> String {
    let params = testkit::payments::alipay_params("");
    let key = |name: &str, label: &str| {
        let (first, second) = params[name].as_str().unwrap_or_default().split_at(64);
        format!("----BEGIN {label}----\\n{first}\\n{second}\\n----END {label}----\\n")
    };
    let (private, public) = (key("privateKey", "PRIVATE KEY"), key("alipayPublicKey", "PUBLIC KEY"));
    serde_json::json!({"appId": "2021000000000001", "privateKey": private, "alipayPublicKey": public}).to_string()
}

/// Products, channels, keys and notices. What people typed into them brought along what they had copied.
pub fn small(output: &mut impl Write) -> io::Result<()> {
    let at = "'2023-05-20 11:19:56','2023-05-20 15:04:43'";
    let columns = "`id` bigint, `title` varchar(255), `content` text, `sort` int, `status` int, `create_time` datetime, `update_time` datetime";
    let notices =
        [(11, "公告", "<b>欢迎</b><script>alert(1)</script>"), (12, "", "没有标题"), (13, "空", "<script></script>")];
    let rows = notices.map(|(id, title, content)| format!("({id},{},{},1,1,{at})", quoted(title), quoted(content)));
    table(output, "notification", columns, rows.into_iter())?;
    let columns = "`id` bigint, `name` varchar(255), `channel` varchar(255), `types` varchar(255), `params` text, `status` int, `create_time` datetime, `update_time` datetime";
    let good = r#"{"pid":"１００1","key":" 5HIY5yiCdlDDlYFI","api":"https://pay.example.com","return_url":""}"#;
    let pasted = pasted_keys();
    let rows = [
        (51_294_279_280_103_424_i64, "yipay", good),
        (51_294_279_280_103_425, "alipay", pasted.as_str()),
        (24_234_242, "alipay", r#"{"appId":"20122"}"#),
        (5, "paypal", "{}"),
    ];
    let rows = rows.map(|(id, channel, params)| {
        format!("({id},'易支付','\u{200b}{channel}','ａlipay、wxpay\u{feff}',{},1,{at})", quoted(params))
    });
    table(output, "payment", columns, rows.into_iter())?;
    let columns = "`id` bigint, `title` varchar(255), `price` int, `original_price` int, `value` int, `badge` varchar(255), `type` varchar(255), `level` int, `status` int, `create_time` datetime, `update_time` datetime";
    let rows = [
        format!("(51616604789673984,'1元366分',100,200,366,'尝鲜','integral',1,1,{at})"),
        format!("(50420988902379520,'10元15天',1000,NULL,15,'会员','day',2,1,{at})"),
        format!("(345678,'免费',0,NULL,1,'','day',1,0,{at})"),
    ];
    table(output, "product", columns, rows.into_iter())?;
    let columns = "`id` bigint, `key` varchar(255), `host` varchar(255), `remarks` varchar(255), `usage` float, `limit` float, `models` text, `status` int, `create_time` datetime, `update_time` datetime";
    let rows = [
        format!(
            "(50543019736174592,'\u{feff}sk-EXAMPLEKEY8-０123456789 ','https://api.example.com\u{200b}','代理',0.42,5.00004,'gpt-3.5-turbo、ｇpt-4；',0,{at})"
        ),
        format!("(3456787654,'sk-EXAMPLEKEY9','not a host/ at all','A',0,0,NULL,1,{at})"),
    ];
    table(output, "aikey", columns, rows.into_iter())
}
