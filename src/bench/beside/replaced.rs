//! The system that is replaced: it records until it is told to stop, and then works one step after
//! the other.

use std::time::Duration;

use antiphon_actors::frame::Audio;
use antiphon_actors::{Clock, Time};

use super::costs::Costs;
use crate::bench::RATE;
use crate::bench::sounding::{Sounding, seconds};

/// A turn of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// From the end of the question to the first audible sample of the answer, in ms.
    pub dead_air_ms: f64,
    /// What that is made of, in ms.
    pub tiles: Vec<(&'static str, f64)>,
    /// How long the answer sounds, in seconds.
    pub answer_s: f64,
}

impl Turn {
    /// In words, as the ledger says it.
    pub fn line(&self) -> String {
        let tiles: Vec<_> = self.tiles.iter().map(|(name, ms)| format!("{name} {ms:.0}")).collect();
        format!("dead air {:.0} ms = {}", self.dead_air_ms, tiles.join(" + "))
    }
}

/// Works for stated times, one after the other.
struct Work {
    clock: Clock,
    at: Time,
}

impl Work {
    async fn spend(&mut self, cost: Duration) {
        // From one stated end to the next, so that late waits do not add up.
        self.at = self.at + cost;
        self.clock.sleep_until(self.at).await;
    }
}

/// Puts a question of that length to it.
pub async fn turn(clock: Clock, costs: &Costs, question: Duration) -> Turn {
    let mut work = Work { clock, at: clock.now() };
    // The end is told by hand: nothing is waited for.
    work.spend(question).await;
    let end = clock.now();
    let mut marks = vec![("", end)];
    work.spend(costs.stt(question)).await;
    marks.push(("stt", clock.now()));
    let words = costs.answer.split_whitespace().count();
    for place in 0..words {
        work.spend(costs.token(place)).await;
    }
    marks.push(("llm", clock.now()));
    for place in 0..words {
        work.spend(costs.word(place)).await;
    }
    let at = clock.now();
    marks.push(("tts", at));
    let mut sounding = Sounding::default();
    let samples: Vec<f32> = (0..words).flat_map(|_| costs.sound(RATE)).collect();
    sounding.take(&Audio { samples: samples.into(), rate: RATE, at });
    let (first, last) = (sounding.sounds().first(), sounding.sounds().last());
    let ms = |(from, to): (Time, Time)| to.millis_since(from);
    Turn {
        dead_air_ms: first.map_or(0.0, |sound| (sound.from - seconds(end)) * 1e3),
        tiles: marks.windows(2).map(|pair| (pair[1].0, ms((pair[0].1, pair[1].1)))).collect(),
        answer_s: first.zip(last).map_or(0.0, |(first, last)| last.to - first.from),
    }
}

#[cfg(test)]
mod tests {
    use super::super::costs::QUESTION_S;
    use super::*;

    /// Dead air, its tiles and the length of the answer for these costs, in whole ms.
    async fn check(costs: &Costs, question_s: f64, air: u64, tiles: [u64; 3], answer: u64) {
        let question = Duration::from_secs_f64(question_s);
        let turn = turn(Clock::start(), costs, question).await;
        let near = |found: f64, stated: u64| (found - stated as f64).abs() <= 2.0;
        assert!(near(turn.dead_air_ms, air), "{turn:?}");
        assert!(near(turn.answer_s * 1e3, answer), "{turn:?}");
        let names: Vec<_> = turn.tiles.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["stt", "llm", "tts"]);
        for ((_, found), stated) in turn.tiles.iter().zip(tiles) {
            assert!(near(*found, stated), "{turn:?}");
        }
        let sum: f64 = turn.tiles.iter().map(|(_, ms)| ms).sum();
        assert!((sum - turn.dead_air_ms).abs() < 1e-3, "{turn:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn its_dead_air_follows_from_its_costs() {
        let stated = Costs::replaced();
        check(&stated, QUESTION_S, 6090, [2600, 380, 3110], 5690).await;
        // Half the question, a dearer token, a cheaper and shorter word, a shorter answer.
        check(&stated, QUESTION_S / 2.0, 4790, [1300, 380, 3110], 5690).await;
        let words = stated.answer.split_whitespace().count() as f64;
        let mut costs = Costs { llm_token_ms: 1000.0 / words, ..stated.clone() };
        costs.llm_first_ms = costs.llm_token_ms;
        check(&costs, QUESTION_S, 6710, [2600, 1000, 3110], 5690).await;
        let costs = Costs { tts_word_ms: 10.0, word_ms: 100.0, ..stated.clone() };
        check(&costs, QUESTION_S, 3140, [2600, 380, 160], 1600).await;
        let costs = Costs { answer: "Paris.".into(), ..stated };
        check(&costs, QUESTION_S, 2818, [2600, 24, 194], 356).await;
    }
}
