//! How fast a voice is here, and how much of the sound that it made is still to be heard.

use std::time::Duration;

use antiphon_models::voice::Phonemes;

use super::plan::{Bounds, Costs, cut};
use crate::frame::TurnId;
use crate::time::Time;

/// How much the latest piece counts for how busy the processor is: a busy one is believed sooner
/// than an idle one.
const SLOWER: f64 = 0.5;
const FASTER: f64 = 0.2;
/// How much the latest piece counts for how long symbols sound.
const NEWS: f64 = 0.3;
/// Symbols of a word or two: what is said next, whatever it is, and the fewest that tell how long
/// symbols sound.
const WORDS: usize = 12;

/// How fast a voice is here, and how much of the sound that it made is still to be heard.
#[derive(Debug)]
pub(super) struct Pace {
    /// Seconds that the first sound of a text may take; all of it is one piece with zero.
    first: f64,
    /// As measured at the start.
    costs: Costs,
    /// How many times longer pieces take now.
    busy: f64,
    /// The attempt, when its last sound was there, and the seconds of its sound then.
    turn: Option<(TurnId, Time, f64)>,
}

impl Pace {
    pub(super) fn new(first: Duration) -> Self {
        // What Kokoro does on a common processor, until it is measured.
        let costs = Costs { fixed: 0.02, work: 0.02, sound: 0.07 };
        Self { first: first.as_secs_f64(), costs, busy: 1.0, turn: None }
    }

    /// Learns from two pieces: their symbols, the seconds of work and those of sound.
    pub(super) fn measure(&mut self, short: (usize, f64, f64), long: (usize, f64, f64)) {
        let symbols = long.0.saturating_sub(short.0).max(1) as f64;
        let work = ((long.1 - short.1) / symbols).max(0.0);
        let fixed = (short.1 - work * short.0 as f64).max(0.0);
        self.costs = Costs { fixed, work, sound: long.2 / long.0.max(1) as f64 };
        self.busy = 1.0;
    }

    /// Seconds of work for a second of sound in a long piece, as the processor is now.
    pub(super) fn real_time_factor(&self) -> f64 {
        let Costs { work, sound, .. } = self.costs();
        if sound > 0.0 { work / sound } else { 0.0 }
    }

    fn costs(&self) -> Costs {
        let Costs { fixed, work, sound } = self.costs;
        Costs { fixed: fixed * self.busy, work: work * self.busy, sound }
    }

    /// The next piece of a text, and what is left of it; `more` says that other texts follow.
    pub(super) fn cut(
        &self,
        turn: TurnId,
        now: Time,
        rest: &Phonemes,
        more: bool,
        limit: usize,
    ) -> (Phonemes, Phonemes) {
        if self.first <= 0.0 {
            return rest.cut(limit);
        }
        let costs = self.costs();
        let bounds = Bounds {
            ahead: self.ahead(turn, now),
            first: self.first,
            after: if more { costs.of(WORDS) } else { 0.0 },
            limit,
        };
        match cut(&rest.joints(), &costs, &bounds) {
            at if at < limit => rest.cut_at(at),
            _ => rest.cut(limit),
        }
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
        let took = now.since(begun).as_secs_f64();
        let usual = self.costs.of(symbols);
        if usual > 0.0 {
            let busy = took / usual;
            let weight = if busy > self.busy { SLOWER } else { FASTER };
            self.busy += (busy - self.busy) * weight;
        }
        if symbols >= WORDS {
            let news = sound / symbols as f64 - self.costs.sound;
            self.costs.sound += news * NEWS;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SOUND: f64 = 0.07;

    /// What was heard of a text.
    #[derive(Debug)]
    struct Heard {
        /// Seconds to the first sound.
        first: f64,
        /// The longest silence for want of sound after it, in seconds.
        silence: f64,
        pieces: Vec<String>,
    }

    /// A voice that needs `fixed` seconds for a piece and `factor` for a second of sound, and was
    /// measured when it needed `before` times as much, speaks words of these many symbols.
    fn speak(fixed: f64, factor: f64, before: f64, text: &str) -> Heard {
        let cost = |symbols: usize| fixed + factor * SOUND * symbols as f64;
        let sound = |symbols: usize| SOUND * symbols as f64;
        let mut pace = Pace::new(Duration::from_millis(300));
        pace.measure((20, before * cost(20), sound(20)), (80, before * cost(80), sound(80)));
        let at = |seconds: f64| Time::ZERO + Duration::from_secs_f64(seconds);
        let mut heard = Heard { first: 0.0, silence: 0.0, pieces: Vec::new() };
        let (mut now, mut until) = (5.0, None::<f64>);
        let mut rest = Phonemes { text: text.into(), words: Vec::new() };
        while !rest.is_empty() {
            let begun = at(now);
            let (piece, after) = pace.cut(TurnId(1), begun, &rest, false, 510);
            let symbols = piece.len();
            now += cost(symbols);
            let played = until.unwrap_or_else(|| {
                heard.first = now - 5.0;
                now
            });
            heard.silence = heard.silence.max(now - played);
            until = Some(played.max(now) + sound(symbols));
            pace.made(TurnId(1), symbols, begun, at(now), sound(symbols));
            heard.pieces.push(piece.text);
            rest = after;
        }
        heard
    }

    /// Words of these many symbols.
    fn words(lengths: &[usize]) -> String {
        let words: Vec<_> = lengths.iter().map(|n| "ˈ".repeat(*n)).collect();
        words.join(" ")
    }

    #[test]
    fn the_first_sound_is_in_time_if_the_voice_is_fast() {
        for (fixed, factor) in [(0.0, 0.1), (0.02, 0.12), (0.02, 0.3), (0.05, 0.4)] {
            let heard = speak(fixed, factor, 1.0, &words(&[5; 60]));
            assert!(heard.first <= 0.3 && heard.silence <= 0.0, "{fixed} {factor}: {heard:?}");
        }
    }

    #[test]
    fn what_is_said_in_time_is_one_piece() {
        let heard = speak(0.02, 0.1, 1.0, "ɪt ɪz pˈæɹɪs, ænd nˈɑt lˈʌndən.");
        assert_eq!(heard.pieces, ["ɪt ɪz pˈæɹɪs, ænd nˈɑt lˈʌndən."]);
        // A voice of a third of that speed is not, and its first piece ends with the clause; the
        // second ends with a word that has stress, and not two symbols later.
        let heard = speak(0.02, 0.3, 1.0, "ɪt ɪz ˈO, ænd nˈɑt lˈʌndən ɔɹ ɹˈOm.");
        assert_eq!(heard.pieces, ["ɪt ɪz ˈO,", "ænd nˈɑt lˈʌndən", "ɔɹ ɹˈOm."]);
        // A piece ends with a word that has stress if there is one.
        let heard = speak(0.02, 0.3, 1.0, "kˈæts ɪn ðə hˈW ənd ɪn ðə ɡˈɑɹdən");
        assert_eq!(heard.pieces[0], "kˈæts");
    }

    #[test]
    fn a_long_word_makes_the_first_sound_late_and_not_the_second() {
        // 3 symbols are there in time, but do not last while the 20 after them are made.
        let heard = speak(0.05, 0.4, 1.0, &words(&[3, 20, 5, 5]));
        assert!(heard.silence <= 0.0, "{heard:?}");
        assert_eq!(heard.pieces[0], words(&[3, 20]));
    }

    #[test]
    fn a_voice_that_is_too_slow_pauses_where_speech_does() {
        let text = "wˈʌn tˈu θɹˈi fˈɔɹ, fˈIv sˈɪks. sˈɛvən ˈAt nˈIn";
        assert_eq!(
            speak(0.0, 3.0, 1.0, text).pieces,
            ["wˈʌn tˈu θɹˈi fˈɔɹ,", "fˈIv sˈɪks. sˈɛvən ˈAt nˈIn"]
        );
        assert_eq!(speak(0.0, 3.0, 1.0, &words(&[9; 6])).pieces.len(), 1);
    }

    #[test]
    fn what_the_processor_does_meanwhile_is_noticed() {
        let mut pace = Pace::new(Duration::from_millis(300));
        pace.measure((20, 0.2, 1.4), (80, 0.8, 5.6));
        assert!((pace.real_time_factor() - 0.143).abs() < 0.001);
        let at = |ms: u64| Time::ZERO + Duration::from_millis(ms);
        for turn in 1..4 {
            pace.made(TurnId(turn), 20, at(0), at(600), 1.4);
        }
        assert!(pace.real_time_factor() > 0.37, "{pace:?}");
        for turn in 4..20 {
            pace.made(TurnId(turn), 20, at(0), at(200), 1.4);
        }
        assert!(pace.real_time_factor() < 0.16, "{pace:?}");
    }

    #[test]
    fn without_a_limit_all_is_one_piece() {
        let text = Phonemes { text: words(&[9; 30]), words: Vec::new() };
        let pace = Pace::new(Duration::ZERO);
        assert!(pace.cut(TurnId(1), Time::ZERO, &text, true, 510).1.is_empty());
        assert_eq!(pace.cut(TurnId(1), Time::ZERO, &text, true, 20).0.len(), 19);
    }

    proptest! {
        #[test]
        fn a_voice_that_is_fast_enough_never_runs_dry(
            fixed in 0.0_f64..0.1,
            factor in 0.01_f64..0.6,
            lengths in prop::collection::vec(1_usize..14, 1..90),
            // What was measured when the processor was busier.
            before in 1.0_f64..1.3,
        ) {
            let text = words(&lengths);
            let heard = speak(fixed, factor, before, &text);
            prop_assert!(heard.silence <= 0.0, "{heard:?}");
            // What has to be said at once may take longer where the voice is slow.
            prop_assert!(heard.first <= 2.5, "{heard:?}");
            let said: String = heard.pieces.join(" ");
            prop_assert_eq!(said, text);
        }

        #[test]
        fn a_voice_that_became_slower_hardly_runs_dry(
            fixed in 0.0_f64..0.1,
            factor in 0.01_f64..0.5,
            lengths in prop::collection::vec(1_usize..14, 1..90),
            before in 0.85_f64..1.0,
        ) {
            let heard = speak(fixed, factor, before, &words(&lengths));
            prop_assert!(heard.silence <= 0.25, "{heard:?}");
        }

        #[test]
        fn any_voice_says_all_of_it(
            fixed in 0.0_f64..3.0,
            factor in 0.0_f64..5.0,
            lengths in prop::collection::vec(1_usize..700, 1..20),
        ) {
            let heard = speak(fixed, factor, 1.0, &words(&lengths));
            let symbols = |text: &str| text.chars().filter(|c| *c != ' ').count();
            let said: usize = heard.pieces.iter().map(|piece| symbols(piece)).sum();
            prop_assert_eq!(said, lengths.iter().sum::<usize>());
            prop_assert!(heard.pieces.iter().all(|piece| piece.chars().count() <= 510));
        }
    }
}
