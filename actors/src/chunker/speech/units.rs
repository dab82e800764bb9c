//! Units of measure after a number.

use super::cursor::Cursor;

/// A sign, its name, and the name for many.
type Unit = (&'static str, &'static str, &'static str);

const UNITS: &[Unit] = &[
    ("km/h", "kilometer per hour", "kilometers per hour"),
    ("kmh", "kilometer per hour", "kilometers per hour"),
    ("kph", "kilometer per hour", "kilometers per hour"),
    ("mph", "mile per hour", "miles per hour"),
    ("mpg", "mile per gallon", "miles per gallon"),
    ("rpm", "revolution per minute", "revolutions per minute"),
    ("bpm", "beat per minute", "beats per minute"),
    ("fps", "frame per second", "frames per second"),
    ("dpi", "dot per inch", "dots per inch"),
    ("Tbps", "terabit per second", "terabits per second"),
    ("Gbps", "gigabit per second", "gigabits per second"),
    ("Mbps", "megabit per second", "megabits per second"),
    ("kbps", "kilobit per second", "kilobits per second"),
    ("Kbps", "kilobit per second", "kilobits per second"),
    ("km", "kilometer", "kilometers"),
    ("cm", "centimeter", "centimeters"),
    ("mm", "millimeter", "millimeters"),
    ("µm", "micrometer", "micrometers"),
    ("μm", "micrometer", "micrometers"),
    ("nm", "nanometer", "nanometers"),
    ("m", "meter", "meters"),
    ("mi", "mile", "miles"),
    ("yd", "yard", "yards"),
    ("ft", "foot", "feet"),
    ("kg", "kilogram", "kilograms"),
    ("mg", "milligram", "milligrams"),
    ("µg", "microgram", "micrograms"),
    ("g", "gram", "grams"),
    ("lbs", "pound", "pounds"),
    ("lb", "pound", "pounds"),
    ("oz", "ounce", "ounces"),
    ("ml", "milliliter", "milliliters"),
    ("mL", "milliliter", "milliliters"),
    ("cl", "centiliter", "centiliters"),
    ("dl", "deciliter", "deciliters"),
    ("l", "liter", "liters"),
    ("L", "liter", "liters"),
    ("gal", "gallon", "gallons"),
    ("tbsp", "tablespoon", "tablespoons"),
    ("tsp", "teaspoon", "teaspoons"),
    ("mol", "mole", "moles"),
    ("ha", "hectare", "hectares"),
    ("°C", "degree Celsius", "degrees Celsius"),
    ("℃", "degree Celsius", "degrees Celsius"),
    ("º C", "degree Celsius", "degrees Celsius"),
    ("° C", "degree Celsius", "degrees Celsius"),
    ("°F", "degree Fahrenheit", "degrees Fahrenheit"),
    ("℉", "degree Fahrenheit", "degrees Fahrenheit"),
    ("° F", "degree Fahrenheit", "degrees Fahrenheit"),
    ("°", "degree", "degrees"),
    ("PB", "petabyte", "petabytes"),
    ("TiB", "tebibyte", "tebibytes"),
    ("GiB", "gibibyte", "gibibytes"),
    ("MiB", "mebibyte", "mebibytes"),
    ("KiB", "kibibyte", "kibibytes"),
    ("TB", "terabyte", "terabytes"),
    ("GB", "gigabyte", "gigabytes"),
    ("MB", "megabyte", "megabytes"),
    ("kB", "kilobyte", "kilobytes"),
    ("KB", "kilobyte", "kilobytes"),
    ("Mb", "megabit", "megabits"),
    ("Gb", "gigabit", "gigabits"),
    ("GHz", "gigahertz", "gigahertz"),
    ("MHz", "megahertz", "megahertz"),
    ("kHz", "kilohertz", "kilohertz"),
    ("Hz", "hertz", "hertz"),
    ("GWh", "gigawatt hour", "gigawatt hours"),
    ("MWh", "megawatt hour", "megawatt hours"),
    ("kWh", "kilowatt hour", "kilowatt hours"),
    ("Wh", "watt hour", "watt hours"),
    ("GW", "gigawatt", "gigawatts"),
    ("MW", "megawatt", "megawatts"),
    ("kW", "kilowatt", "kilowatts"),
    ("mW", "milliwatt", "milliwatts"),
    ("W", "watt", "watts"),
    ("kV", "kilovolt", "kilovolts"),
    ("mV", "millivolt", "millivolts"),
    ("V", "volt", "volts"),
    ("mAh", "milliamp hour", "milliamp hours"),
    ("Ah", "amp hour", "amp hours"),
    ("mA", "milliamp", "milliamps"),
    ("kJ", "kilojoule", "kilojoules"),
    ("J", "joule", "joules"),
    ("kcal", "kilocalorie", "kilocalories"),
    ("cal", "calorie", "calories"),
    ("N", "newton", "newtons"),
    ("hPa", "hectopascal", "hectopascals"),
    ("kPa", "kilopascal", "kilopascals"),
    ("Pa", "pascal", "pascals"),
    ("psi", "pound per square inch", "pounds per square inch"),
    ("dB", "decibel", "decibels"),
    ("px", "pixel", "pixels"),
    ("MP", "megapixel", "megapixels"),
    ("Ω", "ohm", "ohms"),
    ("ns", "nanosecond", "nanoseconds"),
    ("µs", "microsecond", "microseconds"),
    ("μs", "microsecond", "microseconds"),
    ("ms", "millisecond", "milliseconds"),
    ("secs", "second", "seconds"),
    ("sec", "second", "seconds"),
    ("s", "second", "seconds"),
    ("mins", "minute", "minutes"),
    ("min", "minute", "minutes"),
    ("hrs", "hour", "hours"),
    ("hr", "hour", "hours"),
    ("h", "hour", "hours"),
    ("yrs", "year", "years"),
    ("yr", "year", "years"),
    ("wks", "week", "weeks"),
    ("wk", "week", "weeks"),
    ("mos", "month", "months"),
];

/// Signs that are words or letters of their own when a blank stands before them.
const TIGHT: &[Unit] = &[("in", "inch", "inches"), ("A", "amp", "amps")];

/// Units of which there are squares and cubes.
const LENGTHS: [&str; 8] = ["km", "cm", "mm", "m", "mi", "ft", "in", "yd"];

/// Reads a unit, and tells its name for one and for many.
pub(super) fn unit(cursor: &mut Cursor<'_>) -> Option<(String, String)> {
    let mut look = *cursor;
    let hyphen = look.eat('-');
    let spaced = !hyphen && look.blank();
    let power = power_before(&mut look);
    let (sign, one, many) = find(&mut look, spaced && power.is_empty())?;
    let power =
        if power.is_empty() && LENGTHS.contains(&sign) { power_after(&mut look) } else { power };
    if !look.word_ends() && sign != "°" {
        return None;
    }
    // The full stop of an abbreviation, not of the sentence.
    let mut stop = look;
    if sign.len() > 1
        && stop.eat('.')
        && stop.blank()
        && stop.word_ahead().starts_with(char::is_lowercase)
    {
        look.eat('.');
    }
    // `5 m/s`, `3 GB/day`: a rate.
    let mut rate = look;
    let mut per = String::new();
    if rate.eat('/') {
        if let Some((_, one, _)) = find(&mut rate, false).filter(|_| rate.word_ends()) {
            let power = power_after(&mut rate);
            per = format!(" per {power}{one}");
            look = rate;
        } else {
            per = self::per(&mut look).unwrap_or_default();
        }
    }
    *cursor = look;
    // `a 5-km run`
    let many = if hyphen { one } else { many };
    Some((format!("{power}{one}{per}"), format!("{power}{many}{per}")))
}

fn find(cursor: &mut Cursor<'_>, spaced: bool) -> Option<Unit> {
    let tight = TIGHT.iter().filter(|_| !spaced);
    let mut best: Option<Unit> = None;
    for unit in UNITS.iter().chain(tight) {
        let longer = best.is_none_or(|(sign, ..)| unit.0.len() > sign.len());
        let fits = cursor
            .rest()
            .strip_prefix(unit.0)
            .is_some_and(|rest| unit.0.ends_with('°') || !rest.starts_with(char::is_alphabetic));
        if longer && fits {
            best = Some(*unit);
        }
    }
    let found = best?;
    cursor.eat_str(found.0);
    // `5 m.` is a sentence, `5 s'` and `5 m's` are something else.
    if cursor.peek().is_some_and(|c| matches!(c, '\'' | '’')) {
        return None;
    }
    Some(found)
}

/// Reads what a rate counts by, as in `$5/month`.
pub(super) fn per(cursor: &mut Cursor<'_>) -> Option<String> {
    const WORDS: [(&str, &str); 13] = [
        ("second", "second"),
        ("s", "second"),
        ("minute", "minute"),
        ("min", "minute"),
        ("hour", "hour"),
        ("hr", "hour"),
        ("h", "hour"),
        ("day", "day"),
        ("week", "week"),
        ("month", "month"),
        ("mo", "month"),
        ("year", "year"),
        ("person", "person"),
    ];
    let mut look = *cursor;
    if !look.eat('/') {
        return None;
    }
    let word = look.letters();
    let (_, name) = WORDS.iter().find(|(sign, _)| *sign == word && look.word_ends())?;
    *cursor = look;
    Some(format!(" per {name}"))
}

fn power_before(cursor: &mut Cursor<'_>) -> &'static str {
    for (sign, name) in
        [("sq ", "square "), ("sq. ", "square "), ("cu ", "cubic "), ("cu. ", "cubic ")]
    {
        if cursor.eat_str(sign) {
            return name;
        }
    }
    ""
}

fn power_after(cursor: &mut Cursor<'_>) -> &'static str {
    let mut look = *cursor;
    look.eat('^');
    let power = match look.eat_any(&['²', '2', '³', '3']) {
        Some('²' | '2') => "square ",
        Some(_) => "cubic ",
        None => return "",
    };
    if !look.word_ends() {
        return "";
    }
    *cursor = look;
    power
}
