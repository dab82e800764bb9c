//! Numbers in English words.

use super::cursor::Cursor;

const SMALL: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] =
    ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const SCALES: [(u64, &str); 5] = [
    (1_000_000_000_000_000, "quadrillion"),
    (1_000_000_000_000, "trillion"),
    (1_000_000_000, "billion"),
    (1_000_000, "million"),
    (1_000, "thousand"),
];

/// A number that counts; `and` puts that word before the tens, as the British do.
pub(super) fn cardinal(mut n: u64, and: bool) -> String {
    if n < 100 {
        return below_hundred(n);
    }
    let mut words = Vec::new();
    for (scale, name) in SCALES {
        if n >= scale {
            words.push(format!("{} {name}", cardinal(n / scale, and)));
            n %= scale;
        }
    }
    if n >= 100 {
        words.push(format!("{} hundred", below_hundred(n / 100)));
        n %= 100;
    }
    if n > 0 {
        if and {
            words.push("and".to_owned());
        }
        words.push(below_hundred(n));
    }
    words.join(" ")
}

fn below_hundred(n: u64) -> String {
    // The remainder by 100 is an index of every table.
    let n = (n % 100) as usize;
    match (n / 10, n % 10) {
        (0 | 1, _) => SMALL[n].to_owned(),
        (tens, 0) => TENS[tens].to_owned(),
        (tens, ones) => format!("{}-{}", TENS[tens], SMALL[ones]),
    }
}

/// A number that orders.
pub(super) fn ordinal(n: u64, and: bool) -> String {
    let words = cardinal(n, and);
    let begin = words.rfind([' ', '-']).map_or(0, |at| at + 1);
    let (lead, last) = words.split_at(begin);
    let last = match last {
        "one" => "first".to_owned(),
        "two" => "second".to_owned(),
        "three" => "third".to_owned(),
        "five" => "fifth".to_owned(),
        "eight" => "eighth".to_owned(),
        "nine" => "ninth".to_owned(),
        "twelve" => "twelfth".to_owned(),
        _ => match last.strip_suffix('y') {
            Some(stem) => format!("{stem}ieth"),
            None => format!("{last}th"),
        },
    };
    format!("{lead}{last}")
}

/// Each digit by its name; other characters are left out.
pub(super) fn digits(text: &str) -> String {
    let names = text.chars().filter_map(|c| Some(SMALL[c.to_digit(10)? as usize]));
    names.collect::<Vec<_>>().join(" ")
}

/// A year as it is read.
pub(super) fn year(n: u64) -> String {
    match (n / 100, n % 100) {
        (century, 0) if n >= 1000 && century % 10 != 0 => {
            format!("{} hundred", below_hundred(century))
        }
        (century, rest @ 1..=9) if n >= 1000 && century % 10 != 0 => {
            format!("{} oh {}", below_hundred(century), below_hundred(rest))
        }
        (century, rest @ 10..) if n >= 1000 => {
            format!("{} {}", below_hundred(century), below_hundred(rest))
        }
        _ => cardinal(n, false),
    }
}

/// A decade, as in `1990s`.
pub(super) fn decade(n: u64) -> String {
    let words = if n < 100 { below_hundred(n) } else { year(n) };
    match words.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None => format!("{words}s"),
    }
}

/// A fraction; `None` where people say something else.
pub(super) fn fraction(above: u64, below: u64) -> Option<String> {
    let part = match below {
        2 => if above == 1 { "half" } else { "halves" }.to_owned(),
        4 => if above == 1 { "quarter" } else { "quarters" }.to_owned(),
        3 | 5..=100 => {
            format!("{}{}", ordinal(below, false), if above == 1 { "" } else { "s" })
        }
        _ => return None,
    };
    Some(format!("{} {part}", cardinal(above, false)))
}

/// A number as written in digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Number {
    /// Digits before the point, without separators; may be empty.
    pub(super) whole: String,
    /// Digits after the point.
    pub(super) fraction: Option<String>,
    /// It had separators between thousands.
    pub(super) grouped: bool,
}

impl Number {
    /// Reads digits, with separators between thousands and a decimal point.
    pub(super) fn read(cursor: &mut Cursor<'_>) -> Option<Self> {
        let mut look = *cursor;
        let first = look.digits(0, usize::MAX)?;
        let mut whole = first.to_owned();
        let mut grouped = false;
        while (1..=3).contains(&first.len()) {
            let mut group = look;
            if group.eat_any(&[',', '\u{A0}', '\u{202F}', '\u{2009}']).is_none() {
                break;
            }
            let Some(digits) = group.digits(3, 3) else { break };
            whole.push_str(digits);
            grouped = true;
            look = group;
        }
        let mut point = look;
        let mut fraction = None;
        if point.eat('.')
            && let Some(digits) = point.digits(1, usize::MAX)
        {
            let mut more = point;
            if !(more.eat('.') && more.digits(1, usize::MAX).is_some()) {
                fraction = Some(digits.to_owned());
                look = point;
            }
        }
        if whole.is_empty() && fraction.is_none() {
            return None;
        }
        *cursor = look;
        Some(Self { whole, fraction, grouped })
    }

    /// The value of a whole number that is said as one.
    pub(super) fn value(&self) -> Option<u64> {
        let leading = self.whole.len() > 1 && self.whole.starts_with('0');
        let long = !self.grouped && self.whole.len() > 12;
        if leading || long || self.whole.len() > 18 || self.fraction.is_some() {
            return None;
        }
        self.whole.parse().ok()
    }

    /// Whether a noun after it stands in the singular.
    pub(super) fn is_one(&self) -> bool {
        self.whole == "1" && self.fraction.is_none()
    }

    pub(super) fn say(&self, and: bool) -> String {
        let whole = Self { fraction: None, ..self.clone() };
        let words = match whole.value() {
            Some(value) => cardinal(value, and),
            None => digits(&self.whole),
        };
        match &self.fraction {
            Some(fraction) if words.is_empty() => format!("point {}", digits(fraction)),
            Some(fraction) => format!("{words} point {}", digits(fraction)),
            None => words,
        }
    }
}
