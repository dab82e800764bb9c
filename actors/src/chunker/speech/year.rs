//! Years, and other numbers whose digits are not counted.

use super::Context;
use super::cursor::Cursor;
use super::words::{self, Number};

/// Words after which four digits are a year.
const YEAR_CUES: [&str; 32] = [
    "in",
    "since",
    "by",
    "until",
    "till",
    "before",
    "after",
    "year",
    "during",
    "around",
    "circa",
    "from",
    "early",
    "late",
    "mid",
    "between",
    "summer",
    "winter",
    "spring",
    "autumn",
    "fall",
    "january",
    "february",
    "march",
    "april",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Whether two numbers are the years that something began and ended in.
pub(super) fn is_range(cx: &Context<'_>, lower: &Number, upper: &Number) -> bool {
    let plain = |number: &Number| !number.grouped && number.whole.len() == 4;
    let modern = |number: &Number| number.value().is_some_and(|n| (1900..2050).contains(&n));
    let cue = YEAR_CUES.contains(&cx.previous.to_lowercase().as_str());
    plain(lower) && plain(upper) && (cue || (modern(lower) && modern(upper)))
}

/// Four digits that are read as a year.
pub(super) fn read(cx: &Context<'_>, number: &Number, rest: &str) -> Option<String> {
    let value = number.value()?;
    if number.grouped || number.whole.len() != 4 || !(1000..=2999).contains(&value) {
        return None;
    }
    let previous = cx.previous.to_lowercase();
    let cue = YEAR_CUES.contains(&previous.as_str());
    let mut after = Cursor::new(rest);
    let next = if after.blank() { after.word_ahead() } else { "" };
    let verb = matches!(next, "was" | "is" | "has" | "as" | "its" | "this" | "us" | "does" | "saw");
    let counted =
        next.len() > 2 && next.ends_with('s') && !verb && next.starts_with(char::is_lowercase);
    let modern = (1900..2050).contains(&value);
    let reads = match (modern, cue) {
        (true, true) => true,
        (true, false) | (false, true) => {
            !counted && !matches!(next, "people" | "percent" | "men" | "women" | "children")
        }
        (false, false) => matches!(next, "AD" | "BC" | "CE" | "BCE"),
    };
    reads.then(|| words::year(value))
}

/// Whether a number is a name made of digits, such as a code or a postal one.
pub(super) fn is_code(cx: &Context<'_>, number: &Number) -> bool {
    const CUES: [&str; 12] = [
        "code",
        "pin",
        "ext",
        "extension",
        "zip",
        "id",
        "otp",
        "passcode",
        "password",
        "serial",
        "hotline",
        "dial",
    ];
    let plain = number.fraction.is_none() && !number.grouped && number.whole.len() >= 3;
    let state = cx.previous.len() == 2 && cx.previous.bytes().all(|c| c.is_ascii_uppercase());
    plain
        && (CUES.contains(&cx.previous.to_lowercase().as_str())
            || (state && number.whole.len() == 5))
}
