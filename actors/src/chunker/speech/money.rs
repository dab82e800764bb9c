//! Sums of money.

use super::cursor::Cursor;
use super::words::Number;
use super::{Context, Said, Style};

struct Currency {
    /// Signs before or after the number, and the code.
    signs: &'static [&'static str],
    one: &'static str,
    many: &'static str,
    /// The hundredth, one and many.
    hundredth: Option<(&'static str, &'static str)>,
}

const CENTS: Option<(&str, &str)> = Some(("cent", "cents"));

const CURRENCIES: [Currency; 17] = [
    Currency { signs: &["US$", "USD"], one: "US dollar", many: "US dollars", hundredth: CENTS },
    Currency {
        signs: &["CA$", "C$", "CAD"],
        one: "Canadian dollar",
        many: "Canadian dollars",
        hundredth: CENTS,
    },
    Currency {
        signs: &["A$", "AUD"],
        one: "Australian dollar",
        many: "Australian dollars",
        hundredth: CENTS,
    },
    Currency {
        signs: &["HK$", "HKD"],
        one: "Hong Kong dollar",
        many: "Hong Kong dollars",
        hundredth: CENTS,
    },
    Currency { signs: &["$"], one: "dollar", many: "dollars", hundredth: CENTS },
    Currency { signs: &["€", "EUR"], one: "euro", many: "euros", hundredth: CENTS },
    Currency {
        signs: &["£", "GBP"],
        one: "pound",
        many: "pounds",
        hundredth: Some(("penny", "pence")),
    },
    Currency { signs: &["¥", "￥", "JPY"], one: "yen", many: "yen", hundredth: None },
    Currency {
        signs: &["₹", "INR"],
        one: "rupee",
        many: "rupees",
        hundredth: Some(("paisa", "paise")),
    },
    Currency {
        signs: &["₽", "RUB"],
        one: "ruble",
        many: "rubles",
        hundredth: Some(("kopeck", "kopecks")),
    },
    Currency { signs: &["₩", "KRW"], one: "won", many: "won", hundredth: None },
    Currency { signs: &["₺", "TRY"], one: "lira", many: "lira", hundredth: None },
    Currency { signs: &["₿", "BTC"], one: "bitcoin", many: "bitcoins", hundredth: None },
    Currency { signs: &["CHF"], one: "Swiss franc", many: "Swiss francs", hundredth: None },
    Currency { signs: &["CNY", "RMB"], one: "yuan", many: "yuan", hundredth: None },
    Currency { signs: &["SEK"], one: "Swedish krona", many: "Swedish kronor", hundredth: None },
    Currency { signs: &["¢"], one: "cent", many: "cents", hundredth: None },
];

/// Reads a sum whose sign stands before the number.
pub(super) fn before(cx: &Context<'_>) -> Option<Said> {
    if cx.before.is_some_and(char::is_alphanumeric) {
        return None;
    }
    let mut cursor = Cursor::new(cx.rest);
    let minus = cursor.eat_any(&['-', '−']).is_some();
    let currency = sign(&mut cursor)?;
    let minus = minus || cursor.eat_any(&['-', '−']).is_some();
    let mut spaced = cursor;
    if spaced.blank() && spaced.peek().is_some_and(|c| c.is_ascii_digit()) {
        cursor = spaced;
    }
    let number = Number::read(&mut cursor)?;
    let mut range = cursor;
    let mut upper = None;
    if range.eat_dash() {
        let _sign = sign(&mut range);
        if let Some(number) = Number::read(&mut range) {
            upper = Some(number);
            cursor = range;
        }
    }
    let scale = scale(&mut cursor);
    if !cursor.word_ends() {
        return None;
    }
    let words = sum(cx, currency, &number, upper.as_ref(), scale, cursor.rest());
    let minus = if minus { "minus " } else { "" };
    let per = super::units::per(&mut cursor).unwrap_or_default();
    let words = format!("{minus}{words}{per}");
    Some(Said { length: cursor.at(), words })
}

/// Says a number whose sign or code stands after it, and takes that.
pub(super) fn after(
    cx: &Context<'_>,
    cursor: &mut Cursor<'_>,
    number: &Number,
    upper: Option<&Number>,
) -> Option<String> {
    let mut look = *cursor;
    let scale = scale(&mut look);
    look.blank();
    let currency = sign(&mut look)?;
    if !look.word_ends() {
        return None;
    }
    // The sign belongs to the number after it.
    if currency.one == "dollar" && look.peek().is_some_and(|c| c.is_ascii_digit()) {
        return None;
    }
    *cursor = look;
    Some(sum(cx, currency, number, upper, scale, look.rest()))
}

fn sign(cursor: &mut Cursor<'_>) -> Option<&'static Currency> {
    for currency in &CURRENCIES {
        for sign in currency.signs {
            let mut look = *cursor;
            if look.eat_str(sign) {
                let letters = sign.ends_with(|c: char| c.is_ascii_alphabetic());
                if letters && look.peek().is_some_and(char::is_alphabetic) {
                    continue;
                }
                *cursor = look;
                return Some(currency);
            }
        }
    }
    None
}

/// Reads the thousands, millions and so on that the number counts.
pub(super) fn scale(cursor: &mut Cursor<'_>) -> Option<&'static str> {
    const SCALES: [(&str, &str); 16] = [
        ("thousand", "thousand"),
        ("million", "million"),
        ("billion", "billion"),
        ("trillion", "trillion"),
        ("mio", "million"),
        ("mn", "million"),
        ("bn", "billion"),
        ("tn", "trillion"),
        ("k", "thousand"),
        ("K", "thousand"),
        ("m", "million"),
        ("M", "million"),
        ("b", "billion"),
        ("B", "billion"),
        ("t", "trillion"),
        ("T", "trillion"),
    ];
    let mut look = *cursor;
    let spaced = look.blank();
    let word = look.letters();
    let (_, name) = SCALES.iter().find(|(sign, _)| *sign == word)?;
    if !look.word_ends() || (spaced && word.len() < 2) {
        return None;
    }
    *cursor = look;
    Some(name)
}

fn sum(
    cx: &Context<'_>,
    currency: &Currency,
    number: &Number,
    upper: Option<&Number>,
    scale: Option<&str>,
    rest: &str,
) -> String {
    let and = cx.style == Style::British;
    if let (None, None, Some(words)) = (upper, scale, with_hundredths(currency, number, and)) {
        return words;
    }
    let mut words = number.say(and);
    if let Some(upper) = upper {
        words.push_str(" to ");
        words.push_str(&upper.say(and));
    }
    if let Some(scale) = scale {
        words.push(' ');
        words.push_str(scale);
    }
    let single = upper.is_none() && scale.is_none() && number.is_one();
    let name = if single || cx.attributive(rest) { currency.one } else { currency.many };
    format!("{words} {name}")
}

/// A sum with two digits after the point.
fn with_hundredths(currency: &Currency, number: &Number, and: bool) -> Option<String> {
    let fraction = number.fraction.as_deref().filter(|fraction| fraction.len() == 2)?;
    let (one, many) = currency.hundredth?;
    let whole = Number { fraction: None, ..number.clone() };
    let name = if whole.is_one() { currency.one } else { currency.many };
    let main = format!("{} {name}", whole.say(and));
    let hundredths: u64 = fraction.parse().ok()?;
    if hundredths == 0 && !whole.whole.is_empty() {
        return Some(main);
    }
    let small = format!(
        "{} {}",
        super::words::cardinal(hundredths, and),
        if hundredths == 1 { one } else { many }
    );
    if whole.whole.is_empty() || whole.value() == Some(0) {
        return Some(small);
    }
    Some(format!("{main} and {small}"))
}
