//! Just enough of Rust's grammar to count in it.

use std::path::{Path, PathBuf};

use crate::house;

/// A function in a file.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    pub name: String,
    /// The line of its `fn`, from 1.
    pub line: usize,
    pub lines: usize,
}

/// All Rust files below a folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in house::entries(folder) {
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The text with comments, and what stands in quotes, turned into spaces: what is left is code, line by line.
pub fn code_of(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = match (chars[at], chars.get(at + 1)) {
            ('/', Some('/')) => until(&chars, at, |rest| rest.starts_with(&['\n'])),
            ('/', Some('*')) => until(&chars, at + 2, |rest| rest.starts_with(&['*', '/'])) + 2,
            ('"', _) => end_of_text(&chars, at),
            ('r', Some('"' | '#')) if !is_word(&chars, at) => end_of_raw_text(&chars, at).unwrap_or(at),
            ('\'', Some('\\')) => until(&chars, at + 3, |rest| rest.starts_with(&['\''])) + 1,
            ('\'', _) if chars.get(at + 2) == Some(&'\'') => at + 3,
            _ => at,
        };
        if end == at {
            code.push(chars[at]);
            at += 1;
        } else {
            code.extend(chars[at..end.min(chars.len())].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    code
}

/// Whether the character at `at` goes on a word.
fn is_word(chars: &[char], at: usize) -> bool {
    at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_') && chars[at - 1] != 'b'
}

/// The first place from `at` on where `found` holds, or the end.
fn until(chars: &[char], at: usize, found: impl Fn(&[char]) -> bool) -> usize {
    (at..chars.len()).find(|place| found(&chars[*place..])).unwrap_or(chars.len())
}

fn end_of_text(chars: &[char], start: usize) -> usize {
    let mut at = start + 1;
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

fn end_of_raw_text(chars: &[char], start: usize) -> Option<usize> {
    let hashes = chars[start + 1..].iter().take_while(|c| **c == '#').count();
    (chars.get(start + 1 + hashes) == Some(&'"')).then(|| {
        let closing: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
        until(chars, start + 2 + hashes, |rest| rest.starts_with(&closing)) + closing.len()
    })
}

/// The functions with a body in `code`, which has no texts and comments any more.
pub fn functions(code: &str) -> Vec<Function> {
    let mut found = Vec::new();
    for (start, _) in code.match_indices("fn ") {
        let before = code[..start].chars().next_back();
        let name: String = code[start + 3..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_') || name.is_empty() {
            continue;
        }
        if let Some(length) = length_with_body(&code[start..]) {
            let line = code[..start].matches('\n').count() + 1;
            let lines = code[start..start + length].matches('\n').count() + 1;
            found.push(Function { name, line, lines });
        }
    }
    found
}

/// How many bytes a function has up to its closing brace; `None` when it is a declaration alone.
fn length_with_body(code: &str) -> Option<usize> {
    let (mut brackets, mut braces) = (0_i32, 0_i32);
    for (at, c) in code.char_indices() {
        match c {
            '(' | '[' => brackets += 1,
            ')' | ']' => brackets -= 1,
            ';' if brackets == 0 && braces == 0 => return None,
            '{' => braces += 1,
            '}' => {
                braces -= 1;
                if braces == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

#[test]
fn texts_and_comments_are_no_code() {
    let text = "a // {\n/* { */ \"{\\\"{\" r#\"{\"}\"# b'{' '\\'' '{' 'a: &'static str br\"{\" for r in x {}";
    let code = code_of(text);
    assert_eq!(code.matches('{').count(), 1, "{code}");
    assert_eq!(code.lines().count(), text.lines().count());
    assert!(code.contains("'a: &'static str") && code.contains("for r in x {}"), "{code}");
}

#[test]
fn functions_are_measured_with_their_bodies() {
    let code = "trait T {\n  fn a(x: [u8; 2]);\n}\nfn b() {\n  if x {\n  }\n}\nconst fn c() -> [u8; 1] { [0] }\ntype F = fn (u8);";
    let function = |name: &str, line, lines| Function { name: name.to_owned(), line, lines };
    assert_eq!(functions(code), [function("b", 4, 4), function("c", 8, 1)]);
}
