//! Tables for spreadsheet programs: CSV by RFC 4180, in UTF-8 with its mark, and no cell that runs as a formula.

/// The content type of such a file.
pub const CONTENT_TYPE: &str = "text/csv; charset=utf-8";

/// Without it, spreadsheet programs read Chinese as the machine's old code page.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The text of a file with these titles and rows.
pub fn text<R, C>(titles: &[&str], rows: impl IntoIterator<Item = R>) -> String
where
    R: IntoIterator<Item = C>,
    C: AsRef<str>,
{
    let mut text = head(titles);
    for row in rows {
        push_row(&mut text, row);
    }
    text
}

/// The beginning of a file with these titles.
pub fn head(titles: &[&str]) -> String {
    let mut text = String::from(BYTE_ORDER_MARK);
    push_row(&mut text, titles);
    text
}

/// Adds a row.
pub fn push_row<C: AsRef<str>>(text: &mut String, row: impl IntoIterator<Item = C>) {
    for (index, cell) in row.into_iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        push_cell(text, cell.as_ref());
    }
    text.push_str("\r\n");
}

fn push_cell(text: &mut String, cell: &str) {
    // An apostrophe makes the cell a text: <https://owasp.org/www-community/attacks/CSV_Injection>, which counts the
    // full-width signs too. A negative number is no formula, and programs that add up would stumble over the mark.
    let may_run = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let guard = if may_run && !is_negative_number(cell) { "'" } else { "" };
    if cell.contains(['"', ',', ';', '\t', '\r', '\n']) {
        text.push('"');
        text.push_str(guard);
        text.push_str(&cell.replace('"', "\"\""));
        text.push('"');
    } else {
        text.push_str(guard);
        text.push_str(cell);
    }
}

fn is_negative_number(cell: &str) -> bool {
    let (whole, fraction) = cell.split_once('.').unwrap_or((cell, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    whole.strip_prefix('-').is_some_and(is_digits) && is_digits(fraction)
}
