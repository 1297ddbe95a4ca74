//! Tables for spreadsheet programs: CSV by RFC 4180, in UTF-8 with its mark, no cell that runs as a formula, and no
//! number that loses digits.

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
    if loses_digits(cell) {
        // Behind a tab, Excel and WPS take digits for a text and keep them all; the tab is not seen, is kept when they save
        // the table, and is dropped by our own fields and by programs that read numbers. `="…"` is one for them as well, but
        // lost when they save it, and a formula for everybody else.
        text.push_str("\"\t");
        text.push_str(cell);
        text.push('"');
        return;
    }
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

/// Whether spreadsheet programs read a cell as a number that they write otherwise: they keep 15 digits, no zeros in front,
/// and work out exponents, as in a key `12e34`.
fn loses_digits(cell: &str) -> bool {
    const DIGITS_KEPT: usize = 15;
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match cell.split_once(['e', 'E']) {
        Some((number, exponent)) => {
            let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
            is_digits(whole) && is_digits(decimals) && is_digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))
        }
        None => is_digits(cell) && (cell.len() > DIGITS_KEPT || (cell.len() > 1 && cell.starts_with('0'))),
    }
}

fn is_negative_number(cell: &str) -> bool {
    let (whole, fraction) = cell.split_once('.').unwrap_or((cell, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    whole.strip_prefix('-').is_some_and(is_digits) && is_digits(fraction)
}
