//! Delay against false cut-offs: what a setting buys and what it costs.

use super::html::{LEFT, WIDTH, class, round_up};
use super::svg::{Svg, escape};

/// The share of turns cut off at which delays are compared, in percent.
pub const BOUND: f64 = 5.0;

/// What a setting came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Trade {
    /// The setting.
    pub label: String,
    /// The share of turns that were cut off, in percent.
    pub cut_off: f64,
    /// The delay, in ms.
    pub delay: f64,
}

/// The settings tried on the same sound.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// What it is of.
    pub name: String,
    /// One for each setting.
    pub trades: Vec<Trade>,
}

impl Curve {
    /// The delay at which so many percent of turns are cut off, linear between neighbours; none
    /// where no settings lie on both sides of it. The shortest, if there are several.
    pub fn delay_at(&self, cut_off: f64) -> Option<f64> {
        let mut sorted: Vec<&Trade> = self.trades.iter().collect();
        sorted.sort_by(|a, b| a.delay.total_cmp(&b.delay));
        let pairs = sorted.windows(2).filter_map(|pair| match pair {
            [one, two] => Some((one, two)),
            _ => None,
        });
        let mut crossings = pairs.filter_map(|(one, two)| {
            if one.cut_off <= cut_off {
                return Some(one.delay);
            }
            let share = (one.cut_off - cut_off) / (one.cut_off - two.cut_off);
            (two.cut_off <= cut_off).then_some(one.delay + share * (two.delay - one.delay))
        });
        crossings.next()
    }
}

/// Draws curves; each point says what was set.
pub fn drawing(curves: &[Curve]) -> String {
    let all = || curves.iter().flat_map(|curve| &curve.trades);
    let most = all().map(|trade| trade.cut_off).fold(2.0 * BOUND, f64::max);
    let (most, slowest) = (round_up(most), round_up(all().map(|it| it.delay).fold(1.0, f64::max)));
    let (height, bottom, top) = (320.0, 280.0, 14.0);
    let x = |percent: f64| LEFT + (WIDTH - LEFT - 60.0) * percent / most;
    let y = |ms: f64| bottom - (bottom - top) * ms / slowest;
    let mut svg = Svg::new(WIDTH, height, "delay by false cut-offs");
    for step in 0..=4 {
        let part = f64::from(step) / 4.0;
        svg.line("", (x(0.0), y(slowest * part)), (x(most), y(slowest * part)));
        let label = format!("{:.0} ms", slowest * part);
        svg.text("soft end", LEFT - 8.0, y(slowest * part) + 4.0, label);
        svg.text("soft mid", x(most * part), bottom + 18.0, format_args!("{:.1} %", most * part));
    }
    svg.line("", (x(BOUND), top), (x(BOUND), bottom));
    svg.text("soft", x(BOUND) + 4.0, top + 8.0, format_args!("{BOUND:.0} %"));
    svg.text("soft mid", x(most / 2.0), bottom + 34.0, "turns cut off");
    let mut page = String::from("<h2>Delay against false cut-offs</h2><p>");
    for (place, curve) in curves.iter().enumerate() {
        let mut trades: Vec<&Trade> = curve.trades.iter().collect();
        trades.sort_by(|a, b| a.delay.total_cmp(&b.delay));
        svg.path(&class(place), trades.iter().map(|trade| (x(trade.cut_off), y(trade.delay))));
        for Trade { label, cut_off, delay } in trades {
            let title = format!("{label}: {delay:.0} ms, {cut_off:.1} % cut off");
            let (left, up) = (x(*cut_off) - 3.0, y(*delay) - 3.0);
            svg.bar("agent", left, up, (6.0, 6.0), title);
            let value = label.rsplit('=').next().unwrap_or(label);
            svg.text("soft", left + 9.0, up + 2.0, value);
        }
        page += &format!(
            "<span class=\"key\" style=\"background:var(--{})\"></span>{}",
            ["run0", "run1", "agent"][place % 3],
            escape(&curve.name)
        );
    }
    page + "</p>" + &svg.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(trades: &[(f64, f64)]) -> Curve {
        let trade = |(cut_off, delay): &(f64, f64)| Trade {
            label: format!("turn.end_silence_ms={delay}"),
            cut_off: *cut_off,
            delay: *delay,
        };
        Curve { name: "<human>".into(), trades: trades.iter().map(trade).collect() }
    }

    #[test]
    fn the_delay_at_a_rate_lies_between_its_neighbours() {
        let check =
            |trades: &[(f64, f64)], expected| assert_eq!(curve(trades).delay_at(5.0), expected);
        check(&[(20.0, 200.0), (10.0, 400.0), (0.0, 800.0)], Some(600.0));
        // In whichever order they were tried.
        check(&[(0.0, 800.0), (20.0, 200.0), (10.0, 400.0)], Some(600.0));
        check(&[(5.0, 300.0), (5.0, 400.0)], Some(300.0));
        check(&[(20.0, 200.0), (10.0, 400.0)], None);
        check(&[], None);
    }

    #[test]
    fn every_setting_is_drawn_and_named() {
        let page = drawing(&[curve(&[(20.0, 200.0), (0.0, 800.0)]), curve(&[(1.0, 500.0)])]);
        assert_eq!((page.matches("<polyline").count(), page.matches("<rect").count()), (2, 3));
        assert!(page.contains("turn.end_silence_ms=200: 200 ms, 20.0 % cut off"), "{page}");
        assert!(page.contains("&lt;human&gt;") && !page.contains("<human>"), "{page}");
        assert!(!page.contains("NaN") && !drawing(&[]).contains("NaN"), "{page}");
    }
}
