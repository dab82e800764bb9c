//! Percentiles and causes.

use std::collections::BTreeMap;

use antiphon_actors::ledger::{Record, Speculation, Tile};

use super::Run;

/// Milliseconds at the usual places of a distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Percentiles {
    /// How many figures there are.
    pub count: usize,
    /// The median.
    pub p50: f64,
    /// Nine of ten are at most this.
    pub p90: f64,
    /// Nineteen of twenty are at most this.
    pub p95: f64,
    /// Ninety-nine of a hundred are at most this.
    pub p99: f64,
    /// The largest.
    pub max: f64,
}

impl Percentiles {
    /// Those of some figures; none if there are none.
    pub fn of(figures: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = figures.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let max = *sorted.last()?;
        let at = |share: f64| quantile(&sorted, share);
        let count = sorted.len();
        Some(Self { count, p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99), max })
    }
}

/// The quantile of sorted figures, linear between neighbours: type 7 of Hyndman and Fan (1996),
/// which numpy takes as well.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len().saturating_sub(1)) as f64;
    let below = place.floor() as usize;
    let (Some(low), high) = (sorted.get(below), sorted.get(below + 1)) else { return f64::NAN };
    high.map_or(*low, |high| low + (high - low) * place.fract())
}

/// A figure that is not a part of dead air.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beside {
    /// As pipecat has it.
    UserBotLatency,
    /// From an interruption to silence.
    BargeInStop,
    /// From the first sound to the first words.
    FirstPartial,
}

impl Beside {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::UserBotLatency, Self::BargeInStop, Self::FirstPartial];

    /// Its name in a table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::UserBotLatency => "user_bot_latency",
            Self::BargeInStop => "barge_in_stop",
            Self::FirstPartial => "first_partial",
        }
    }

    fn of(self, turn: &Record) -> Option<f64> {
        match self {
            Self::UserBotLatency => turn.user_bot_latency_ms,
            Self::BargeInStop => turn.barge_in_stop_ms,
            Self::FirstPartial => turn.first_partial_ms,
        }
    }
}

/// What answering in advance came to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Guesses {
    /// Turns whose answer was begun before their end was decided.
    pub hit: usize,
    /// Turns in which an answer in advance had to be made again.
    pub miss: usize,
    /// Turns without.
    pub none: usize,
    /// Attempts that were thrown away.
    pub discarded: u64,
    /// Tokens written for them.
    pub wasted_tokens: u64,
    /// Milliseconds that stages worked for them.
    pub wasted_ms: f64,
}

/// What the language model read to answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prompts {
    /// Tokens read while the person spoke.
    pub ahead: u64,
    /// Tokens of the answered prompts that were left to read when the model was asked.
    pub read: u64,
    /// Tokens of them that it had read before.
    pub known: u64,
}

/// A bad turn.
#[derive(Clone, Debug, PartialEq)]
pub struct Worst<'a> {
    /// The turn.
    pub turn: &'a Record,
    /// Its dead air in milliseconds.
    pub dead_air: f64,
    /// The part that is longest beyond its own median, in milliseconds, and that median.
    pub cause: Option<(Tile, f64, f64)>,
}

/// What a run comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Stats<'a> {
    /// The run.
    pub run: &'a Run,
    /// Dead air.
    pub dead_air: Option<Percentiles>,
    /// Its parts, in the order of [`Tile::ALL`].
    pub tiles: Vec<(Tile, Option<Percentiles>)>,
    /// Figures beside it.
    pub beside: Vec<(Beside, Option<Percentiles>)>,
    /// Why turns have no dead air, and how many.
    pub without: BTreeMap<&'a str, usize>,
    /// Turns of which the parts are not known.
    pub untiled: usize,
    /// Answers in advance.
    pub guesses: Guesses,
    /// What was read to answer, where the model says so.
    pub prompts: Option<Prompts>,
    /// The turns with the longest dead air, worst first.
    pub worst: Vec<Worst<'a>>,
}

/// How many bad turns are named.
const WORST: usize = 5;

impl<'a> Stats<'a> {
    /// Those of a run.
    pub fn of(run: &'a Run) -> Self {
        let turns = &run.turns;
        let tiles: Vec<_> = Tile::ALL
            .into_iter()
            .map(|tile| {
                let lengths = turns.iter().filter_map(|turn| turn.tiles.get(&tile).copied()?);
                (tile, Percentiles::of(lengths))
            })
            .collect();
        let mut without = BTreeMap::new();
        for turn in turns.iter().filter(|turn| turn.dead_air_ms.is_none()) {
            let reason = turn.dead_air_reason.as_deref().unwrap_or("no reason was given");
            *without.entry(reason).or_default() += 1;
        }
        let mut worst: Vec<_> = turns
            .iter()
            .filter_map(|turn| {
                let dead_air = turn.dead_air_ms?;
                Some(Worst { turn, dead_air, cause: cause(turn, &tiles) })
            })
            .collect();
        worst.sort_by(|a, b| b.dead_air.total_cmp(&a.dead_air));
        worst.truncate(WORST);
        let beside = |figure: Beside| {
            (figure, Percentiles::of(turns.iter().filter_map(|turn| figure.of(turn))))
        };
        let measured = turns.iter().filter(|turn| turn.dead_air_ms.is_some());
        Self {
            run,
            dead_air: Percentiles::of(turns.iter().filter_map(|turn| turn.dead_air_ms)),
            untiled: measured.filter(|turn| turn.tiles_reason.is_some()).count(),
            beside: Beside::ALL.map(beside).into(),
            guesses: guesses(turns),
            prompts: prompts(turns),
            without,
            tiles,
            worst,
        }
    }
}

fn guesses(turns: &[Record]) -> Guesses {
    let mut guesses = Guesses::default();
    for turn in turns {
        let count = match turn.speculation {
            Speculation::Hit => &mut guesses.hit,
            Speculation::Miss => &mut guesses.miss,
            Speculation::None => &mut guesses.none,
        };
        *count += 1;
        guesses.discarded += turn.misses;
        guesses.wasted_tokens += turn.wasted_tokens;
        guesses.wasted_ms += turn.wasted_ms;
    }
    guesses
}

fn prompts(turns: &[Record]) -> Option<Prompts> {
    let counted = |turn: &Record| {
        let answer = turn.answer()?;
        let known = answer.reused_tokens.unwrap_or_default();
        Some(Prompts { ahead: turn.read_ahead_tokens, read: answer.read_tokens?, known })
    };
    turns.iter().filter_map(counted).reduce(|sum, one| Prompts {
        ahead: sum.ahead + one.ahead,
        read: sum.read + one.read,
        known: sum.known + one.known,
    })
}

/// The part of a turn that is longest beyond its median.
fn cause(turn: &Record, tiles: &[(Tile, Option<Percentiles>)]) -> Option<(Tile, f64, f64)> {
    let parts = tiles.iter().filter_map(|(tile, percentiles)| {
        let length = turn.tiles.get(tile).copied()??;
        Some((*tile, length, percentiles.as_ref()?.p50))
    });
    parts.max_by(|(_, a, usual_a), (_, b, usual_b)| (a - usual_a).total_cmp(&(b - usual_b)))
}
