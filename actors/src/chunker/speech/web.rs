//! Web and e-mail addresses, and names of files.

use super::words;
use super::{Context, Said};

/// Endings of host names that tell an address even where it begins with a digit.
const ENDINGS: [&str; 20] = [
    "com", "org", "net", "io", "ai", "dev", "edu", "gov", "uk", "co", "de", "fr", "eu", "app",
    "info", "me", "tv", "us", "ch", "jp",
];

/// Short last parts of a name that are said as words.
const SAID: [&str; 17] = [
    "co", "me", "to", "so", "in", "it", "is", "my", "at", "be", "am", "no", "go", "us", "zip",
    "bin", "log",
];

/// Longer last parts of a name that are spelt.
const SPELT: [&str; 4] = ["exe", "ios", "aac", "api"];

/// Reads an address or a file name.
pub(super) fn address(cx: &Context<'_>) -> Option<Said> {
    if cx.before.is_some_and(|c| c.is_alphanumeric() || c == '@') {
        return None;
    }
    let token = token(cx.rest);
    let lower = token.to_ascii_lowercase();
    let words = if let Some(at) = lower.find("://") {
        if at == 0 || !token[..at].bytes().all(|c| c.is_ascii_alphanumeric()) {
            return None;
        }
        site(&token[at + 3..])
    } else if lower.starts_with("www.") {
        site(token)
    } else if token.contains('@') {
        mail(token.strip_prefix("mailto:").unwrap_or(token))?
    } else {
        name(token)?
    };
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    (!words.is_empty()).then_some(Said { length: token.len(), words })
}

/// The characters up to a blank or a mark that no address has, without the marks after it.
fn token(rest: &str) -> &str {
    let part = |c: char| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '"' | '`' | '|' | '*');
    let end = rest.find(|c| !part(c)).unwrap_or(rest.len());
    let mut token = &rest[..end];
    loop {
        let closed = token.ends_with(')') && !token.contains('(');
        let mark = token.ends_with(['.', ',', ';', ':', '!', '?', '\'', ']', '}', '/']);
        if !mark && !closed {
            return token;
        }
        token = &token[..token.len() - 1];
    }
}

/// An address of the web: the host, and its path where that is short enough to listen to.
fn site(address: &str) -> String {
    let end = address.find(['/', '?', '#']).unwrap_or(address.len());
    let host = &address[..end];
    let host = host.rsplit('@').next().unwrap_or(host);
    let host = host.strip_prefix("www.").or_else(|| host.strip_prefix("WWW.")).unwrap_or(host);
    let (host, port) = host.split_once(':').unwrap_or((host, ""));
    let mut said = say_name(host);
    if !port.is_empty() {
        said.push_str(" port ");
        said.push_str(&words::digits(port));
    }
    let path = address[end..].split(['?', '#']).next().unwrap_or_default();
    let segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let plain = |part: &&str| {
        part.len() <= 20 && part.bytes().all(|c| c.is_ascii_alphanumeric() || b"-_.".contains(&c))
    };
    if segments.len() <= 3 && segments.iter().all(plain) {
        for segment in segments {
            said.push_str(" slash ");
            said.push_str(&say_name(segment));
        }
    }
    said
}

fn mail(address: &str) -> Option<String> {
    let (local, host) = address.split_once('@')?;
    let host_fits = host.contains('.')
        && host.split('.').all(|label| {
            !label.is_empty() && label.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-')
        });
    if local.is_empty() || !host_fits {
        return None;
    }
    Some(format!("{} at {}", say_name(local), say_name(host)))
}

/// A host or a file without anything that tells it but its full stops.
fn name(token: &str) -> Option<String> {
    let (path, _) = token.split_once(['?', '#']).unwrap_or((token, ""));
    if !path.contains('.') {
        return None;
    }
    let fits = |c: u8| c.is_ascii_alphanumeric() || b"-_./".contains(&c);
    let parts = || path.split('/').filter(|part| !part.is_empty());
    if !path.bytes().all(fits) || path.contains("..") || parts().count() > 8 {
        return None;
    }
    let labels: Vec<&str> = path.split(['.', '/']).collect();
    let first = path.split('.').next()?;
    let host = path.split('/').next()?;
    let last = path.rsplit('.').next()?.split('/').next()?;
    let known =
        host.rsplit('.').next().is_some_and(|end| ENDINGS.contains(&end)) && host.contains('.');
    let letters = |text: &str| text.bytes().any(|c| c.is_ascii_alphabetic());
    let initials = labels.iter().all(|label| label.len() <= 2 && letters(label));
    // A blank was left out after a sentence.
    let joined = labels.windows(2).any(|pair| {
        let capital = pair[1].bytes().next().is_some_and(|c| c.is_ascii_uppercase());
        capital && pair[1].as_bytes().get(1).is_some_and(u8::is_ascii_lowercase)
    });
    let number = !letters(last) || !letters(first) || last.as_bytes()[0].is_ascii_digit();
    if !known && (initials || joined || number) {
        return None;
    }
    if known && !path.starts_with(host) {
        return None;
    }
    if known && path.len() > host.len() {
        return Some(site(token));
    }
    Some(parts().map(say_name).collect::<Vec<_>>().join(" slash "))
}

/// Says the parts of a name and the marks between them.
fn say_name(name: &str) -> String {
    let mut said = String::new();
    let mut rest = name;
    while let Some(c) = rest.chars().next() {
        let mark = match c {
            '.' => Some("dot"),
            '-' => Some("dash"),
            '_' => Some("underscore"),
            '+' => Some("plus"),
            '@' => Some("at"),
            _ => None,
        };
        let length = if let Some(mark) = mark {
            said.push_str(mark);
            1
        } else if c.is_ascii_digit() {
            let length = rest.bytes().take_while(u8::is_ascii_digit).count();
            let digits = &rest[..length];
            let number = digits.parse().ok().filter(|_| length <= 2 && !digits.starts_with('0'));
            said.push_str(
                &number.map_or_else(|| words::digits(digits), |n| words::cardinal(n, false)),
            );
            length
        } else if c.is_ascii_alphabetic() {
            let length = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
            let last = said.ends_with("dot ") && length == rest.len();
            said.push_str(&label(&rest[..length], last));
            length
        } else {
            c.len_utf8()
        };
        said.push(' ');
        rest = &rest[length..];
    }
    said.trim_end().to_owned()
}

/// A run of letters; the last part of a name is spelt where it is no word.
fn label(letters: &str, last: bool) -> String {
    let lower = letters.to_ascii_lowercase();
    let vowel = lower.contains(['a', 'e', 'i', 'o', 'u', 'y']);
    let short = lower.len() <= 2 && last && !SAID.contains(&lower.as_str());
    let spelt = last && SPELT.contains(&lower.as_str());
    if lower == "src" {
        return "source".to_owned();
    }
    if lower.len() > 1 && (short || spelt || (!vowel && lower.len() <= 5)) {
        return super::letters::spell(&lower);
    }
    if letters.len() > 1 && letters.bytes().all(|c| c.is_ascii_uppercase()) {
        lower
    } else {
        letters.to_owned()
    }
}
