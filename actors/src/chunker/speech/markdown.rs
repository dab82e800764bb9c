//! Takes the marks of Markdown and HTML out of a text.

/// Gives the text as plain lines joined into one: what has to be said apart ends with a mark.
pub(super) fn plain(text: &str, code: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut fence: Option<(char, usize)> = None;
    for line in text.lines() {
        if let Some((mark, length)) = fence {
            let line = line.trim();
            if line.chars().all(|c| c == mark) && line.chars().count() >= length {
                fence = None;
            }
            continue;
        }
        if let Some(opened) = opens_code(line) {
            fence = Some(opened);
            join(&mut out, code, true);
            continue;
        }
        if is_rule(line) || is_reference(line) {
            end(&mut out);
            continue;
        }
        if line.trim().is_empty() {
            end(&mut out);
            continue;
        }
        let (body, apart) = block(line);
        if apart {
            end(&mut out);
        }
        join(&mut out, &inline(&body, code), apart);
    }
    out.trim_end_matches('\n').to_owned()
}

/// Appends a line; a line that stands apart keeps its line end, for `end` to see.
fn join(out: &mut String, line: &str, apart: bool) {
    if out.ends_with('\n') {
        end(out);
    }
    if !out.is_empty() && !out.ends_with(' ') {
        out.push(' ');
    }
    out.push_str(line.trim_end());
    if apart {
        out.push('\n');
    }
}

/// Ends what was said so far as a sentence.
fn end(out: &mut String) {
    let length = out.trim_end().len();
    out.truncate(length);
    let marked = out.trim_end_matches(['"', '\'', ')', '”', '’', '*', '_', ' ']);
    let open = marked.chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '%');
    if open {
        out.push('.');
    }
    if !out.is_empty() {
        out.push(' ');
    }
}

fn opens_code(line: &str) -> Option<(char, usize)> {
    let body = line.trim_start();
    let mark = body.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let run = body.chars().take_while(|c| *c == mark).count();
    (run >= 3 && !body[run..].contains('`')).then_some((mark, run))
}

/// A thematic break, the line under a heading, or the line between a table's head and body.
fn is_rule(line: &str) -> bool {
    let line = line.trim();
    let marks = line.chars().filter(|c| matches!(c, '-' | '*' | '_' | '=')).count();
    let table = line.contains('|') && marks > 0;
    (marks >= 3 || table)
        && line.chars().all(|c| matches!(c, '-' | '*' | '_' | '=' | '|' | ':' | ' ' | '+'))
}

/// The definition of a link or a footnote.
fn is_reference(line: &str) -> bool {
    let line = line.trim_start();
    let Some((name, address)) = line.strip_prefix('[').and_then(|rest| rest.split_once("]:"))
    else {
        return false;
    };
    !name.contains(']') && address.trim_start().starts_with("http")
}

/// Takes the marks at the beginning of a line off, and tells whether the line stands apart.
fn block(line: &str) -> (String, bool) {
    let mut body = line.trim();
    while let Some(rest) = body.strip_prefix('>') {
        body = rest.trim_start();
    }
    let heading = body.trim_start_matches('#');
    let hashes = body.len() - heading.len();
    if (1..=6).contains(&hashes) && heading.starts_with(' ') {
        return (heading.trim().trim_end_matches('#').trim_end().to_owned(), true);
    }
    for mark in ["- ", "* ", "+ ", "• ", "– ", "— "] {
        if let Some(rest) = body.strip_prefix(mark) {
            let rest = rest.trim_start();
            let boxes = ["[ ] ", "[x] ", "[X] "];
            let task = boxes.iter().find_map(|mark| rest.strip_prefix(mark)).unwrap_or(rest);
            return (task.to_owned(), true);
        }
    }
    let digits = body.bytes().take_while(u8::is_ascii_digit).count();
    let rest = &body[digits..];
    if (1..=3).contains(&digits)
        && let Some(rest) = rest.strip_prefix(". ").or_else(|| rest.strip_prefix(") "))
    {
        return (format!("{}. {}", &body[..digits], rest.trim_start()), true);
    }
    if body.len() > 1 && body.starts_with('|') {
        let cells = body.trim_matches('|').split('|').map(str::trim);
        let cells: Vec<&str> = cells.filter(|cell| !cell.is_empty()).collect();
        return (cells.join(", "), true);
    }
    (body.to_owned(), false)
}

/// Takes the marks inside a line off.
fn inline(line: &str, code: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let taken = match c {
            '`' => code_span(rest, code, &mut out),
            '!' if rest.starts_with("![") => link(&rest[1..], code, &mut out).map(|n| n + 1),
            '[' => link(rest, code, &mut out),
            '<' => tag(rest, &mut out),
            '&' => entity(rest, &mut out),
            '\\' => escape(rest, &mut out),
            '*' | '_' | '~' => emphasis(rest, &mut out),
            _ => None,
        };
        let taken = taken.unwrap_or_else(|| {
            out.push(c);
            c.len_utf8()
        });
        rest = &rest[taken..];
    }
    out
}

/// Code in a line is read when it is made of words, else named.
fn code_span(rest: &str, code: &str, out: &mut String) -> Option<usize> {
    let marks = rest.bytes().take_while(|c| *c == b'`').count();
    let close = &rest[..marks];
    let length = rest[marks..].find(close)?;
    let body = rest[marks..marks + length].trim();
    let wordlike = |c: char| {
        c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.' | '/' | '\'' | ':' | '@')
    };
    let name = body.strip_suffix("()").unwrap_or(body);
    if name.chars().all(wordlike) && name.chars().count() <= 60 {
        let words = name.split(' ').map(|word| word.trim_start_matches('-'));
        let words: Vec<String> = words.map(|word| word.replace("::", " ")).collect();
        let words = words.join(" ");
        let address = words.contains(['@', '/']);
        out.push_str(&if address { words } else { words.replace('_', " ") });
    } else {
        out.push_str(code.trim_end_matches('.'));
    }
    Some(marks + length + marks)
}

/// A link or an image keeps its text; the number of a footnote goes.
fn link(rest: &str, code: &str, out: &mut String) -> Option<usize> {
    let mut depth = 0_usize;
    let mut close = None;
    for (at, c) in rest.char_indices() {
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            close = Some(at);
            break;
        }
    }
    let close = close?;
    let text = &rest[1..close];
    let after = &rest[close + 1..];
    if let Some(address) = after.strip_prefix('(') {
        out.push_str(&inline(text, code));
        let end = address.find(')').map_or(address.len(), |at| at + 1);
        return Some(close + 2 + end);
    }
    let reference = after.strip_prefix('[').and_then(|after| after.find(']'));
    if let Some(end) = reference {
        out.push_str(&inline(text, code));
        return Some(close + 3 + end);
    }
    let digits = text.trim_start_matches('^');
    let note =
        !digits.is_empty() && digits.len() <= 3 && digits.bytes().all(|c| c.is_ascii_digit());
    if note || text.starts_with('^') {
        return Some(close + 1);
    }
    None
}

/// HTML tags go; an address in angle brackets stays.
fn tag(rest: &str, out: &mut String) -> Option<usize> {
    let end = rest.find('>')?;
    let body = &rest[1..end];
    let first = body.chars().next()?;
    if body.contains("://") || (body.contains('@') && !body.contains(' ')) {
        out.push_str(body);
        return Some(end + 1);
    }
    if first.is_ascii_alphabetic() || matches!(first, '/' | '!') {
        let name = body.trim_start_matches('/');
        let name = name.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        if matches!(name, "br" | "p" | "li" | "div" | "hr" | "td" | "tr") {
            out.push(' ');
        }
        return Some(end + 1);
    }
    None
}

fn entity(rest: &str, out: &mut String) -> Option<usize> {
    const ENTITIES: [(&str, &str); 10] = [
        ("&amp;", "&"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&apos;", "'"),
        ("&nbsp;", " "),
        ("&mdash;", "—"),
        ("&ndash;", "–"),
        ("&hellip;", "…"),
    ];
    let (name, text) = ENTITIES.iter().find(|(name, _)| rest.starts_with(name))?;
    out.push_str(text);
    Some(name.len())
}

/// A backslash before a mark stands for the mark itself, which is not said either.
fn escape(rest: &str, out: &mut String) -> Option<usize> {
    let c = rest[1..].chars().next()?;
    if !c.is_ascii_punctuation() {
        return None;
    }
    if !matches!(c, '*' | '_' | '`' | '#' | '~' | '\\' | '[' | ']' | '(' | ')') {
        out.push(c);
    }
    Some(1 + c.len_utf8())
}

/// Emphasis goes; a star between blanks or digits is a sign, and a line inside a word is part of it.
fn emphasis(rest: &str, out: &mut String) -> Option<usize> {
    let mark = rest.chars().next()?;
    let run = rest.chars().take_while(|c| *c == mark).count();
    let before = out.chars().next_back();
    let after = rest[run..].chars().next();
    let digits =
        before.is_some_and(|c| c.is_ascii_digit()) && after.is_some_and(|c| c.is_ascii_digit());
    let blanks = before.is_none_or(char::is_whitespace) && after.is_none_or(char::is_whitespace);
    let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    match mark {
        '*' if run == 1 && (digits || (blanks && before.is_some() && after.is_some())) => {
            out.push_str(" × ")
        }
        // Names and addresses keep it; it becomes a blank when they are said.
        '_' if word(before) && word(after) => out.push('_'),
        '~' if run == 1 => return None,
        _ => {}
    }
    Some(run)
}
