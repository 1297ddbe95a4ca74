use crate::csv::text;

/// The one cell of a one-cell row.
fn cell(cell: &str) -> String {
    let file = text(&["t"], [[cell]]);
    file.strip_prefix("\u{feff}t\r\n").unwrap().strip_suffix("\r\n").unwrap().to_owned()
}

#[test]
fn a_file_has_its_mark_titles_and_rows() {
    assert_eq!(text(&["卡密", "备注"], [["a1", "给 \"阿达\""]]), "\u{feff}卡密,备注\r\na1,\"给 \"\"阿达\"\"\"\r\n");
    assert_eq!(text(&["a"], Vec::<Vec<String>>::new()), "\u{feff}a\r\n");
    assert_eq!(text(&["a", "b"], [vec![String::new(), "0".to_owned()]]), "\u{feff}a,b\r\n,0\r\n");
}

#[test]
fn cells_are_quoted_where_they_must_be_and_never_run() {
    for (value, written) in [
        ("", ""),
        ("plain 文字", "plain 文字"),
        ("a,b", "\"a,b\""),
        ("a;b", "\"a;b\""),
        ("a\"b", "\"a\"\"b\""),
        ("a\r\nb", "\"a\r\nb\""),
        ("it's", "it's"),
        ("a=b", "a=b"),
        ("=1+1", "'=1+1"),
        ("+49", "'+49"),
        ("-1", "-1"),
        ("-12.50", "-12.50"),
        ("-1+1", "'-1+1"),
        ("-", "'-"),
        ("-.5", "'-.5"),
        ("-1.", "'-1."),
        ("-1.2.3", "'-1.2.3"),
        ("-1积分", "'-1积分"),
        ("--1", "'--1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("＝1+1", "'＝1+1"),
        ("\t=1", "\"'\t=1\""),
        ("\r=1", "\"'\r=1\""),
        ("\n=1", "\"'\n=1\""),
        ("=HYPERLINK(\"http://x.y\",\"z\")", "\"'=HYPERLINK(\"\"http://x.y\"\",\"\"z\"\")\""),
        ("\",=1", "\"\"\",=1\""),
    ] {
        assert_eq!(cell(value), written, "{value:?}");
    }
}
