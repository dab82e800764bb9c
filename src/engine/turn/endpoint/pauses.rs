//! How the person paused before: who pauses long in mid-sentence is waited for longer.

use std::collections::VecDeque;
use std::time::Duration;

/// What a pause inside a turn is taken to last before any was heard.
const USUAL: Duration = Duration::from_millis(450);
/// How many pauses that assumption counts for.
const TRUST: u32 = 4;
/// Pauses that are remembered.
const KEPT: usize = 12;
/// Shorter ones are closures and breaths.
const SHORTEST: Duration = Duration::from_millis(120);
/// Longer ones are no pauses inside a turn.
const LONGEST: Duration = Duration::from_millis(2_500);
/// Patience stays within these bounds.
const RANGE: (f64, f64) = (0.85, 1.3);

/// The last pauses.
#[derive(Clone, Debug, Default)]
pub(super) struct Pauses(VecDeque<Duration>);

impl Pauses {
    /// The person went on after a pause.
    pub(super) fn learn(&mut self, pause: Duration) {
        if (SHORTEST..=LONGEST).contains(&pause) {
            if self.0.len() == KEPT {
                self.0.pop_front();
            }
            self.0.push_back(pause);
        }
    }

    /// How much longer than usual the person pauses, as a factor.
    pub(super) fn patience(&self) -> f64 {
        let sum = USUAL * TRUST + self.0.iter().sum::<Duration>();
        let mean = sum.as_secs_f64() / (f64::from(TRUST) + self.0.len() as f64);
        (mean / USUAL.as_secs_f64()).clamp(RANGE.0, RANGE.1)
    }
}
