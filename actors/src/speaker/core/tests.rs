use proptest::prelude::*;

use super::*;
use crate::core::Effect;
use crate::fact::Played;
use crate::frame::{Audio, Voice, WordTime};

const RATE: u32 = 1000;

/// A speaker whose sink the test plays.
struct Desk {
    core: SpeakerCore,
    out: Out<Job>,
    /// Given to the sink since it was last flushed.
    given: Vec<f32>,
    flushes: usize,
    facts: Vec<Fact>,
    steps: Vec<(u64, Step, Time)>,
    lengths: Vec<(u64, Played)>,
    tape: Vec<Audio>,
    notes: Vec<String>,
}

impl Desk {
    fn new() -> Self {
        let mut desk = Self {
            core: SpeakerCore::new(Duration::ZERO),
            out: Out::default(),
            given: Vec::new(),
            flushes: 0,
            facts: Vec::new(),
            steps: Vec::new(),
            lengths: Vec::new(),
            tape: Vec::new(),
            notes: Vec::new(),
        };
        assert!(!desk.core.wants_frames(), "not before the sink is open");
        desk.done(Done::Opened { rate: RATE });
        desk
    }

    fn collect(&mut self) {
        for effect in self.out.take() {
            match effect {
                Effect::Job(Job::Play(samples)) => self.given.extend(&*samples),
                Effect::Job(Job::Flush) => {
                    self.flushes += 1;
                    self.given.clear();
                }
                Effect::Fact(Fact::Step { turn, step, at }) => self.steps.push((turn.0, step, at)),
                Effect::Fact(Fact::Played { turn, played }) => self.lengths.push((turn.0, played)),
                Effect::Fact(fact) => self.facts.push(fact),
                Effect::Tape(Side::Agent, audio) => self.tape.push(audio),
                Effect::Note(note) => self.notes.push(note),
                other @ (Effect::Send(_) | Effect::Turn(_) | Effect::Tape(Side::User, _)) => {
                    panic!("{other:?}")
                }
            }
        }
    }

    fn done(&mut self, done: Done) {
        self.core.on_done(done, Time::from_millis(7), &mut self.out).unwrap();
        self.collect();
    }

    fn played(&mut self, samples: u64, at_ms: u64) {
        self.done(Done::Played { samples, at: Time::from_millis(at_ms) });
    }

    fn turn(&mut self, turn: u64, phase: Phase) {
        self.view(TurnView { turn: TurnId(turn), phase, ..TurnView::default() });
    }

    fn hold(&mut self, turn: u64, held: bool) {
        let phase = Phase::Replying;
        self.view(TurnView { turn: TurnId(turn), phase, held, ..TurnView::default() });
    }

    fn view(&mut self, view: TurnView) {
        self.core.on_turn(&view, Time::from_millis(5), &mut self.out).unwrap();
        self.collect();
    }

    fn voice(
        &mut self,
        turn: u64,
        samples: &[f32],
        chunk: (u32, &str),
        chunk_end: bool,
        end: bool,
    ) {
        let chunk = (chunk.0, chunk.1.into());
        let voice =
            Voice { samples: samples.into(), rate: RATE, chunk, words: [].into(), chunk_end, end };
        self.frame(turn, voice);
    }

    fn frame(&mut self, turn: u64, voice: Voice) {
        let frame = Frame::of(TurnId(turn), Payload::Voice(voice));
        self.core.on_frame(frame, Time::from_millis(6), &mut self.out).unwrap();
        self.collect();
    }

    fn heard(&mut self) -> Vec<(u64, String, bool, u64)> {
        let facts = std::mem::take(&mut self.facts);
        let heard = facts.into_iter().filter_map(|fact| {
            let Fact::Heard { turn, text, complete, at } = fact else { return None };
            Some((turn.0, text, complete, at.since_start().as_millis() as u64))
        });
        heard.collect()
    }
}

#[test]
fn a_paused_reply_goes_on_with_the_sample_that_it_stopped_before() {
    let mut desk = Desk::new();
    desk.turn(1, Phase::Replying);
    let samples: Vec<f32> = (1..=400).map(|n| n as f32 / 500.0).collect();
    desk.voice(1, &samples[..300], (0, "One two three four. "), true, false);
    assert_eq!(desk.given, samples[..300]);
    desk.played(100, 10);
    desk.hold(1, true);
    assert_eq!(desk.flushes, 1);
    // What sounds until the sink has forgotten the rest counts.
    desk.played(20, 110);
    desk.done(Done::Flushed);
    desk.voice(1, &samples[300..], (1, "Five."), true, true);
    desk.hold(1, true);
    assert_eq!((desk.given.len(), desk.flushes), (0, 1));
    assert_eq!(desk.heard(), []);
    desk.hold(1, false);
    assert_eq!(desk.given, samples[120..]);
    desk.played(280, 900);
    assert_eq!(desk.heard(), [(1, "One two three four. Five.".into(), true, 1180)]);
    let taped: Vec<f32> = desk.tape.iter().flat_map(|audio| audio.samples.to_vec()).collect();
    assert_eq!(taped, samples);
    assert_eq!(desk.notes, [] as [&str; 0], "a pause is no gap");
}

#[test]
fn words_whose_times_are_known_are_heard_by_them() {
    #[track_caller]
    fn check(played: u64, expected: &str) {
        let word = |text, samples| WordTime { text, samples };
        let mut desk = Desk::new();
        desk.turn(1, Phase::Replying);
        let mut pieces = chunk(0, "Hm, a long pause. ", &[0.5; 800], 400, false);
        pieces[0].words = [word(0..2, 40..80), word(4..5, 560..600)].into();
        pieces[1].words =
            [word(6..10, 600..700), word(11..11, 700..720), word(11..16, 720..760)].into();
        for voice in pieces {
            desk.frame(1, voice);
        }
        desk.voice(1, &[0.5; 100], (1, "So."), true, true);
        desk.played(played, 10);
        desk.turn(2, Phase::Hearing);
        desk.done(Done::Flushed);
        let heard: Vec<String> = desk.heard().into_iter().map(|(_, text, ..)| text).collect();
        assert_eq!(heard, [expected], "{played}");
    }
    // 80 samples of the voice are 100 of the sink.
    check(99, "");
    check(100, "Hm,");
    check(749, "Hm,");
    check(750, "Hm, a");
    check(910, "Hm, a long");
    check(950, "Hm, a long pause.");
    check(1000, "Hm, a long pause.");
}

#[test]
fn words_whose_times_are_known_are_told_with_when_they_sounded() {
    let word = |text, samples| WordTime { text, samples };
    let mut desk = Desk::new();
    desk.turn(1, Phase::Replying);
    let mut pieces = chunk(0, "Hm, a long pause. ", &[0.5; 800], 400, false);
    pieces[0].words = [word(0..2, 40..80), word(4..5, 560..600)].into();
    pieces[1].words = [word(6..6, 600..640), word(6..10, 640..700), word(11..16, 700..760)].into();
    for voice in pieces {
        desk.frame(1, voice);
    }
    desk.played(300, 10);
    desk.played(600, 1010);
    desk.turn(2, Phase::Hearing);
    desk.done(Done::Flushed);
    let words = desk.lengths.iter().flat_map(|(_, played)| &played.words);
    let ms = |at: Time| at.since_start().as_millis();
    let words: Vec<_> = words.map(|it| (&*it.text, ms(it.start)..ms(it.end))).collect();
    // 80 samples of the voice are 100 of the sink, which is 100 ms.
    assert_eq!(words, [("Hm,", 60..110), ("a", 1410..1460), ("long", 1460..1585)]);
}

#[test]
fn a_paused_reply_can_be_cut_off() {
    for flushed_before in [true, false] {
        let mut desk = Desk::new();
        desk.turn(1, Phase::Replying);
        desk.voice(1, &[0.5; 400], (0, "One two three four."), true, true);
        desk.played(200, 10);
        desk.hold(1, true);
        if flushed_before {
            desk.done(Done::Flushed);
        }
        desk.turn(2, Phase::Hearing);
        desk.done(Done::Flushed);
        assert_eq!(desk.heard(), [(1, "One two".into(), false, 210)], "{flushed_before}");
        desk.turn(2, Phase::Replying);
        desk.voice(2, &[0.25; 3], (0, "Yes."), true, true);
        assert_eq!(desk.given, [0.25; 3]);
    }
}

#[test]
fn a_reply_is_held_until_the_conversation_replies() {
    let mut desk = Desk::new();
    desk.turn(3, Phase::Speculating);
    desk.voice(3, &[0.0, 0.5, 0.5, 0.0], (0, "Yes. "), true, false);
    desk.voice(3, &[0.25], (1, "No."), true, true);
    assert_eq!(desk.given, [] as [f32; 0]);
    desk.turn(3, Phase::Replying);
    assert_eq!(desk.given, [0.0, 0.5, 0.5, 0.0, 0.25]);
    assert_eq!(desk.facts, []);
    desk.played(3, 100);
    let audible = Fact::Audible { turn: TurnId(3), at: Time::from_millis(101) };
    assert_eq!(std::mem::take(&mut desk.facts), [audible]);
    desk.played(2, 103);
    assert_eq!(desk.heard(), [(3, "Yes. No.".into(), true, 105)]);
    let whole = Duration::from_millis(5);
    let played = Played { made: whole, sounded: whole, ..Played::default() };
    assert_eq!(desk.lengths, [(3, played)]);
    let (given, sounded) = (Time::from_millis(5), Time::from_millis(100));
    assert_eq!(desk.steps, [(3, Step::HandedOver, given), (3, Step::FirstSample, sounded)]);
    assert_eq!(desk.tape.len(), 2);
    // What follows an end belongs to nothing.
    desk.voice(3, &[0.25], (2, "More."), true, true);
    assert!(desk.given.len() == 5 && desk.facts.is_empty());
}

#[test]
fn a_speculation_that_is_discarded_is_never_played_nor_told() {
    let mut desk = Desk::new();
    desk.turn(3, Phase::Speculating);
    desk.voice(3, &[0.5; 10], (0, "Yes."), true, true);
    desk.turn(4, Phase::Hearing);
    desk.turn(4, Phase::Replying);
    desk.voice(3, &[0.5; 10], (1, "Late."), true, true);
    assert!(desk.given.is_empty() && desk.facts.is_empty() && desk.flushes == 0);
    assert_eq!(desk.steps, []);
}

#[test]
fn the_words_that_were_heard_before_a_cut() {
    // Chunk 0: samples 0..100, chunk 1: 100..200.
    let check = |silent: bool, played: &[u64], text: &str| {
        let mut desk = Desk::new();
        desk.turn(1, Phase::Replying);
        let level = if silent { 0.001 } else { 0.5 };
        desk.voice(1, &[level; 100], (0, "Well, yes. "), true, false);
        desk.voice(1, &[level; 100], (1, "One two three"), true, false);
        let mut at = 1000;
        for count in played {
            desk.played(*count, at);
            at += count;
        }
        desk.turn(2, Phase::Hearing);
        assert_eq!((desk.flushes, desk.heard()), (1, vec![]), "not before the sink says so");
        desk.done(Done::Flushed);
        let end = if played.is_empty() { 7 } else { at };
        assert_eq!(desk.heard(), [(1, text.to_string(), false, end)], "{played:?}");
        // The next reply is heard as usual.
        desk.turn(2, Phase::Replying);
        desk.voice(2, &[0.5; 10], (0, "Next."), true, true);
        assert_eq!(desk.given.len(), 10);
        desk.played(10, 9000);
        assert_eq!(desk.heard(), [(2, "Next.".into(), true, 9010)]);
    };
    check(false, &[], "");
    check(false, &[10], "");
    check(false, &[30, 25], "Well,");
    check(false, &[100], "Well, yes.");
    check(false, &[100, 24], "Well, yes. One");
    check(false, &[100, 60], "Well, yes. One two");
    check(false, &[200], "Well, yes. One two three");
    check(true, &[200], "");
}

#[test]
fn a_reply_that_waits_for_a_flush_is_held() {
    let mut desk = Desk::new();
    desk.turn(1, Phase::Replying);
    desk.voice(1, &[0.5; 10], (0, "One."), true, true);
    desk.turn(2, Phase::Replying);
    desk.voice(2, &[0.25; 5], (0, "Two."), true, true);
    assert_eq!(desk.given, [] as [f32; 0]);
    // The last samples of the old reply sounded before the sink saw the flush.
    desk.played(10, 50);
    desk.done(Done::Flushed);
    assert_eq!(desk.given, [0.25; 5]);
    assert_eq!(desk.heard(), [(1, "One.".into(), true, 60)]);
}

#[test]
fn every_attempt_that_was_due_gets_one_end() {
    let mut desk = Desk::new();
    desk.turn(1, Phase::Replying);
    desk.turn(2, Phase::Hearing);
    assert_eq!(desk.heard(), [(1, String::new(), false, 5)], "no voice came");
    desk.turn(2, Phase::Replying);
    desk.voice(2, &[], (0, "…"), true, true);
    assert_eq!(desk.heard(), [(2, "…".into(), true, 6)], "nothing to say");
    desk.turn(3, Phase::Hearing);
    desk.turn(3, Phase::Speculating);
    desk.voice(3, &[], (0, "…"), true, true);
    assert_eq!(desk.heard(), [], "nobody may hear it yet");
    desk.turn(3, Phase::Replying);
    assert_eq!(desk.heard(), [(3, "…".into(), true, 5)]);
    desk.turn(4, Phase::Hearing);
    assert_eq!(desk.heard(), []);
}

#[test]
fn no_chunk_is_taken_in_half_a_second_ahead() {
    let mut desk = Desk::new();
    desk.turn(1, Phase::Replying);
    desk.voice(1, &[0.5; 499], (0, "One."), true, false);
    assert!(desk.core.wants_frames());
    desk.voice(1, &[0.5; 1], (1, "Two."), false, false);
    assert!(desk.core.wants_frames(), "the rest of what was begun");
    desk.voice(1, &[], (1, "Two."), true, false);
    assert!(!desk.core.wants_frames());
    desk.played(1, 50);
    assert!(desk.core.wants_frames());
    desk.turn(2, Phase::Speculating);
    desk.done(Done::Flushed);
    desk.voice(2, &[0.5; 500], (0, "One."), true, false);
    assert!(!desk.core.wants_frames(), "held");
    desk.turn(3, Phase::Speculating);
    desk.voice(3, &[0.5; 30_000], (0, "One."), false, false);
    assert!(!desk.core.wants_frames(), "without an end");
}

#[test]
fn a_lead_is_collected_first() {
    let mut desk = Desk::new();
    desk.core.lead = Duration::from_millis(20);
    desk.turn(1, Phase::Replying);
    desk.voice(1, &[0.5; 19], (0, "One."), false, false);
    assert_eq!(desk.given.len(), 0);
    desk.voice(1, &[0.5; 1], (0, "One."), false, false);
    assert_eq!(desk.given.len(), 20);
    desk.voice(1, &[0.5; 1], (0, "One."), true, true);
    assert_eq!(desk.given.len(), 21);
    desk.played(21, 0);
    desk.turn(2, Phase::Replying);
    desk.voice(2, &[0.5; 1], (0, "One."), true, true);
    assert_eq!(desk.given.len(), 22, "a reply shorter than the lead");
}

/// Pieces of a chunk, at 800 Hz for a sink of 1000 Hz.
fn chunk(index: u32, text: &str, samples: &[f32], cut: usize, last: bool) -> Vec<Voice> {
    let pieces: Vec<&[f32]> =
        if samples.is_empty() { vec![&[]] } else { samples.chunks(cut).collect() };
    let count = pieces.len();
    let voice = |(n, piece): (usize, &[f32])| Voice {
        samples: piece.into(),
        rate: 800,
        chunk: (index, text.into()),
        words: [].into(),
        chunk_end: n + 1 == count,
        end: last && n + 1 == count,
    };
    pieces.into_iter().enumerate().map(voice).collect()
}

proptest! {
    #[test]
    fn the_cut_into_frames_does_not_matter(
        lengths in prop::collection::vec(0_usize..300, 1..5),
        cut in 1_usize..400,
        played in 0_u64..1200,
    ) {
        let texts = ["Well, yes. ", "One two three four. ", "And then, five. ", "Six!"];
        let play = |cut: usize| {
            let mut desk = Desk::new();
            desk.turn(1, Phase::Replying);
            for (index, length) in lengths.iter().enumerate() {
                let samples: Vec<f32> =
                    (0..*length).map(|n| (n as f32 * 0.3 + index as f32).sin() / 2.0).collect();
                let last = index + 1 == lengths.len();
                for voice in chunk(index as u32, texts[index], &samples, cut, last) {
                    desk.frame(1, voice);
                }
            }
            let given = desk.given.clone();
            if given.is_empty() {
                return (given, desk.heard());
            }
            desk.played(played.min(given.len() as u64), 100);
            desk.turn(2, Phase::Hearing);
            if desk.flushes > 0 {
                desk.done(Done::Flushed);
            }
            (given, desk.heard())
        };
        let (given, heard) = play(usize::MAX);
        prop_assert_eq!(given.len(), (lengths.iter().sum::<usize>() * 5).div_ceil(4));
        prop_assert_eq!(heard.len(), 1);
        prop_assert_eq!(play(cut), (given, heard));
    }
}
