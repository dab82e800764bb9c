//! How long a piece may be so that its sound is there in time.

use std::time::Duration;

use crate::frame::TurnId;
use crate::time::Time;

/// The share of the sound in hand that making the next piece may take.
const SAFE: f64 = 0.8;
/// A word or two: less cannot be said with a melody.
const LEAST: usize = 12;
/// How much the latest piece counts for what is known of the speed.
const NEWS: f64 = 0.3;
/// Longest time for a piece, in seconds: sound that is not wanted any more is given up between two.
const LONGEST: f64 = 3.0;

/// How fast a voice is here, and how much of the sound that it made is still to be heard.
#[derive(Debug)]
pub(super) struct Pace {
    /// Seconds that the first sound of a text may take; all of it is one piece with zero.
    first: f64,
    /// Seconds for a piece besides those for its symbols.
    fixed: f64,
    /// Seconds for a symbol.
    work: f64,
    /// Seconds that a symbol sounds.
    sound: f64,
    /// The attempt, when its first sound was there, and the seconds of its sound so far.
    turn: Option<(TurnId, Time, f64)>,
}

impl Pace {
    pub(super) fn new(first: Duration) -> Self {
        // What Kokoro does on a common processor, until it is measured.
        let (fixed, work, sound) = (0.02, 0.04, 0.07);
        Self { first: first.as_secs_f64(), fixed, work, sound, turn: None }
    }

    /// Learns from two pieces: their symbols, the seconds of work and those of sound.
    pub(super) fn measure(&mut self, short: (usize, f64, f64), long: (usize, f64, f64)) {
        let symbols = long.0.saturating_sub(short.0).max(1) as f64;
        self.work = ((long.1 - short.1) / symbols).max(0.0);
        self.fixed = (short.1 - self.work * short.0 as f64).max(0.0);
        self.sound = long.2 / long.0.max(1) as f64;
    }

    /// Seconds of work for a second of sound in a long piece.
    pub(super) fn real_time_factor(&self) -> f64 {
        if self.sound > 0.0 { self.work / self.sound } else { 0.0 }
    }

    /// The most symbols of the next piece.
    pub(super) fn most(&self, turn: TurnId, now: Time) -> usize {
        // A voice that is slower than speech runs dry however it is cut.
        let gain = self.sound * SAFE - self.work;
        if self.first <= 0.0 || gain <= 0.0 {
            return usize::MAX;
        }
        if self.work <= 0.0 {
            return usize::MAX;
        }
        let budget = self.ahead(turn, now) * SAFE;
        let budget = budget.max(self.first).min(LONGEST.max(self.first));
        let in_time = ((budget - self.fixed) / self.work).max(0.0) as usize;
        // Shorter ones would not last while the next is made.
        let lasting = (self.fixed / gain).ceil() as usize;
        in_time.max(LEAST).max(lasting)
    }

    /// Seconds of sound that were made and, if all of it is played at once, are not yet heard.
    fn ahead(&self, turn: TurnId, now: Time) -> f64 {
        match self.turn {
            Some((of, since, sound)) if of == turn => {
                (sound - now.since(since).as_secs_f64()).max(0.0)
            }
            Some(_) | None => 0.0,
        }
    }

    /// A piece of that many symbols was made from `begun` to `now`, and sounds so many seconds.
    pub(super) fn made(
        &mut self,
        turn: TurnId,
        symbols: usize,
        begun: Time,
        now: Time,
        sound: f64,
    ) {
        let ahead = self.ahead(turn, now);
        self.turn = Some((turn, now, ahead + sound));
        if symbols < LEAST {
            return;
        }
        let took = now.since(begun).as_secs_f64();
        let work = (took - self.fixed).max(0.0) / symbols as f64;
        self.work += (work - self.work) * NEWS;
        self.sound += (sound / symbols as f64 - self.sound) * NEWS;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A voice with these costs speaks `symbols`; the longest silence after the first sound, and
    /// when that came, in seconds.
    fn speak(fixed: f64, factor: f64, symbols: usize, words: usize) -> (f64, f64) {
        const SOUND: f64 = 0.07;
        let work = factor * SOUND;
        let cost = |symbols: usize| fixed + work * symbols as f64;
        let mut pace = Pace::new(Duration::from_millis(300));
        let sound = |symbols: usize| SOUND * symbols as f64;
        pace.measure((20, cost(20), sound(20)), (80, cost(80), sound(80)));
        let at = |seconds: f64| Time::ZERO + Duration::from_secs_f64(seconds);
        let (mut now, mut rest, mut first, mut silence) = (5.0, symbols, None, 0.0_f64);
        let mut until = f64::INFINITY;
        while rest > 0 {
            let most = pace.most(TurnId(1), at(now)).min(rest);
            // Pieces end where words do.
            let piece =
                if most == rest { rest } else { (most / words * words).max(most.min(words)) };
            let begun = at(now);
            now += cost(piece);
            silence = silence.max(now - until);
            until = until.min(f64::MAX).max(now) + sound(piece);
            if first.is_none() {
                (first, until) = (Some(now - 5.0), now + sound(piece));
            }
            pace.made(TurnId(1), piece, begun, at(now), sound(piece));
            rest -= piece;
        }
        (silence, first.unwrap_or(0.0))
    }

    #[test]
    fn the_first_sound_is_early_if_the_voice_is_fast() {
        for (fixed, factor) in [(0.0, 0.1), (0.02, 0.3), (0.02, 0.3)] {
            let (silence, first) = speak(fixed, factor, 300, 6);
            assert!(first <= 0.301 && silence <= 0.0, "{fixed} {factor}: {first} {silence}");
        }
    }

    #[test]
    fn without_a_limit_or_a_chance_all_is_one_piece() {
        let pace = Pace::new(Duration::ZERO);
        assert_eq!(pace.most(TurnId(1), Time::ZERO), usize::MAX);
        let mut pace = Pace::new(Duration::from_millis(300));
        pace.measure((20, 2.0, 1.4), (80, 8.0, 5.6));
        assert_eq!(pace.most(TurnId(1), Time::ZERO), usize::MAX);
        assert!((pace.real_time_factor() - 1.43).abs() < 0.01);
    }

    proptest! {
        #[test]
        fn a_voice_that_is_fast_enough_never_runs_dry(
            fixed in 0.0_f64..0.1,
            factor in 0.01_f64..0.65,
            symbols in 1_usize..1500,
            words in 2_usize..9,
        ) {
            let (silence, first) = speak(fixed, factor, symbols, words);
            prop_assert!(silence <= 0.0, "{silence} s without sound");
            // What must be said at once may take longer where the voice is slow.
            prop_assert!(first <= 1.2, "{first} s to the first sound");
        }
    }
}
