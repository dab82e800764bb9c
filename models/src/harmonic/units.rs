//! From symbols to what the network reads: sounds with their stress and their place in a word.

use super::config::{Config, START};

/// Punctuation that ends a clause.
const MARKS: &str = ",.?!;:—…";
/// Symbols that are not heard.
const SKIPPED: &str = "“”\"()‘’'-ː";
/// Symbols that carry the stress that is written before their syllable.
const VOWELS: &str = "AIOQWYaeiouæɐɑɒɔəɛɜɪʊʌᵊᵻ";
/// Final marks that the network tells apart; others are read as the last.
const FINAL: [char; 4] = ['.', '?', '!', ','];
/// Units of a clause above which it is cut between words, so that memory stays small.
const LONGEST: usize = 240;

/// One sound, start or mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    /// Row of the embeddings.
    pub(super) id: usize,
    /// 0 none, 1 secondary, 2 primary.
    pub(super) stress: usize,
    /// 1 at the beginning of a word, 2 at its end, 3 at both.
    pub(super) edge: usize,
    /// Which symbol of the text it comes from.
    pub(super) symbol: usize,
}

/// What is spoken in one breath.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Clause {
    /// The start, the sounds and the mark.
    pub(super) units: Vec<Unit>,
    /// Row of the embeddings of final marks.
    pub(super) mark: usize,
    /// Seconds of silence after it.
    pub(super) pause: f64,
    /// One past its last symbol in the text.
    pub(super) end: usize,
}

/// A unit before it is known which clause it belongs to.
struct Draft {
    symbol: char,
    stress: usize,
    first: bool,
    last: bool,
    index: usize,
}

/// Reads a line of symbols. What the voice does not know is left out.
pub(super) fn clauses(config: &Config, phonemes: &str) -> Vec<Clause> {
    let mut out = Vec::new();
    let mut sounds: Vec<Unit> = Vec::new();
    let id = |symbol: char| config.symbols.iter().position(|&known| known == symbol);
    let (Some(start), Some(comma)) = (id(START), id(',')) else { return out };
    let mut close = |sounds: &mut Vec<Unit>, mark: (usize, char), index: usize, silent: bool| {
        let Some(first) = sounds.first() else { return };
        let mut units = vec![Unit { id: start, stress: 0, edge: 0, symbol: first.symbol }];
        units.append(sounds);
        units.push(Unit { id: mark.0, stress: 0, edge: 0, symbol: index });
        let pause = config.pauses.get(&mark.1).copied().filter(|_| silent).unwrap_or(0.0);
        let place = FINAL.iter().position(|&known| known == mark.1).unwrap_or(FINAL.len() - 1);
        out.push(Clause { units, mark: place, pause, end: index + 1 });
    };
    for draft in drafts(config, phonemes) {
        let known = id(draft.symbol);
        if MARKS.contains(draft.symbol) {
            close(&mut sounds, (known.unwrap_or(comma), draft.symbol), draft.index, true);
            continue;
        }
        let Some(id) = known else { continue };
        if draft.first && sounds.len() >= LONGEST || sounds.len() >= 2 * LONGEST {
            let before = sounds.last().map_or(draft.index, |unit| unit.symbol);
            close(&mut sounds, (comma, ','), before, false);
        }
        let edge = usize::from(draft.first) + 2 * usize::from(draft.last);
        sounds.push(Unit { id, stress: draft.stress, edge, symbol: draft.index });
    }
    let last = sounds.last().map_or(0, |unit| unit.symbol);
    close(&mut sounds, (comma, ','), last, false);
    out
}

fn drafts(config: &Config, phonemes: &str) -> Vec<Draft> {
    let mut out: Vec<Draft> = Vec::new();
    let (mut stress, mut first) = (0, true);
    let read = phonemes.chars().enumerate().flat_map(|(index, c)| {
        let alias = config.aliases.get(&c);
        let itself = alias.is_none().then_some(c);
        alias.into_iter().flat_map(|text| text.chars()).chain(itself).map(move |c| (index, c))
    });
    for (index, symbol) in read {
        match symbol {
            ' ' => {
                if let Some(unit) = out.last_mut().filter(|_| !first) {
                    unit.last = true;
                }
                first = true;
            }
            'ˈ' => stress = 2,
            'ˌ' => stress = 1,
            mark if MARKS.contains(mark) => {
                if let Some(unit) = out.last_mut().filter(|unit| !MARKS.contains(unit.symbol)) {
                    unit.last = true;
                    out.push(Draft { symbol, stress: 0, first: false, last: false, index });
                }
                first = true;
            }
            skipped if SKIPPED.contains(skipped) => {}
            sound => {
                let carries = VOWELS.contains(sound);
                let stress = if carries { std::mem::take(&mut stress) } else { 0 };
                out.push(Draft { symbol, stress, first, last: false, index });
                first = false;
            }
        }
    }
    if let Some(unit) = out.last_mut() {
        unit.last = !MARKS.contains(unit.symbol);
    }
    out
}
