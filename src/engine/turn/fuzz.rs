//! The authority under facts in any order: what must hold whatever stages do.

use super::*;
use antiphon_actors::Effect;
use antiphon_actors::fact::{Step, Usage};
use antiphon_actors::frame::Role;
use antiphon_actors::ledger::{Entry, Outcome, Record};
use antiphon_actors::prosody::Prosody;

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

fn any_fact(dice: &mut Dice, turn: TurnId, now: Time) -> Fact {
    // Mostly the current attempt, now and then one before it.
    let turn = TurnId(turn.0.saturating_sub(dice.roll(5) / 4));
    let stage = ["stt", "llm", "chunker", "tts", "speaker", "vad", "logger", "listener"];
    let stage = stage[dice.roll(8) as usize].to_string();
    let text = ["", "Yeah...", "Hello.", "One more thing."][dice.roll(4) as usize].to_string();
    let steps = [
        Step::SttStart,
        Step::LlmStart,
        Step::FirstToken,
        Step::FirstChunk,
        Step::FirstVoice,
        Step::HandedOver,
        Step::FirstSample,
    ];
    let step = steps[dice.roll(7) as usize];
    match dice.roll(23) {
        0 | 1 => Fact::SpeechStart { at: now - Duration::from_millis(60) },
        2 | 3 => Fact::SpeechStop { at: now - Duration::from_millis(80) },
        4 | 5 => Fact::Final {
            turn,
            text,
            finished: Some(Finished { probability: 0.9, trust: 1.0 }),
            at: now,
        },
        6 => Fact::Audible { turn, at: now },
        7 => Fact::Heard { turn, text, complete: true, at: now },
        8 => Fact::Heard { turn, text, complete: false, at: now },
        9 => Fact::StageDown { stage, message: "down".into() },
        10 => Fact::StageUp { stage },
        11..15 => Fact::Step { turn, step, at: now - Duration::from_millis(dice.roll(9)) },
        15 => Fact::Usage { turn, usage: Usage { written: 3, ..Usage::default() } },
        16 => {
            let (stable, until) = (text.len(), now - Duration::from_millis(dice.roll(200)));
            Fact::Partial { text, stable, finished: None, until, at: now }
        }
        17 => Fact::Prosody { prosody: Prosody { speech: 1.0, ..Prosody::default() } },
        18 => Fact::EndOfTurn {
            stop: now - Duration::from_millis(80 + dice.roll(2) * 500),
            log_odds: [f32::NEG_INFINITY, -3.0, 0.5, 4.0, f32::NAN][dice.roll(5) as usize],
        },
        19 | 20 => Fact::SpeechLull { at: now - Duration::from_millis(50), until: now },
        21 => Fact::SpeechResume { at: now },
        _ => Fact::Lost { turn, message: "lost".into() },
    }
}

/// What is known from the effects alone.
#[derive(Default)]
struct Seen {
    turn: u64,
    closing: bool,
    records: Vec<u64>,
    prompted: Vec<TurnId>,
}

impl Seen {
    fn look(&mut self, out: &mut Out<Never>) {
        for effect in out.take() {
            match effect {
                Effect::Turn(view) => {
                    assert!(view.turn.0 >= self.turn, "the turn number went back");
                    assert!(!self.closing || view.closing, "the pipeline opened again");
                    self.turn = view.turn.0;
                    self.closing = view.closing;
                }
                Effect::Send(Frame { turn, payload }) => match payload {
                    Payload::Record(record) => {
                        let air = record.dead_air_ms.is_some();
                        assert_ne!(air, record.dead_air_reason.is_some(), "{record:?}");
                        check_ledger(&record);
                        self.records.push(record.turn);
                    }
                    Payload::Prompt(prompt) => {
                        let turn = turn.expect("a prompt belongs to an attempt");
                        if prompt.draft {
                            assert!(!self.prompted.contains(&turn), "{turn} was asked for already");
                            continue;
                        }
                        assert!(!self.prompted.contains(&turn), "{turn} was asked for twice");
                        assert!(prompt.messages.last().is_some_and(|m| m.role == Role::User));
                        self.prompted.push(turn);
                    }
                    Payload::Chunk(_) => assert!(turn.is_some()),
                    other @ (Payload::Audio(_)
                    | Payload::Utterance(_)
                    | Payload::Transcript(_)
                    | Payload::Token(_)
                    | Payload::Voice(_)) => panic!("sent {other:?}"),
                },
                other @ (Effect::Fact(_) | Effect::Job(_) | Effect::Tape(..) | Effect::Note(_)) => {
                    panic!("{other:?}")
                }
            }
        }
    }
}

/// What must hold of a record whatever happened.
fn check_ledger(record: &Record) {
    let tiles: f64 = record.tiles.values().flatten().sum();
    let air = record.dead_air_ms.unwrap_or(0.0);
    let whole = record.tiles.values().all(Option::is_some);
    assert_eq!(record.tiles_reason.is_none(), whole, "{record:?}");
    assert!(tiles <= air + 1e-6 && (!whole || (tiles - air).abs() < 1e-6), "{record:?}");
    let known = [record.user_bot_latency_ms, record.barge_in_stop_ms, record.first_partial_ms];
    let missing = known.iter().filter(|figure| figure.is_none()).count();
    assert_eq!(record.reasons.len(), missing, "{record:?}");
    for (at, attempt) in record.attempts.iter().enumerate() {
        assert!(attempt.ended >= Some(attempt.begun), "{attempt:?}");
        let last = at + 1 == record.attempts.len();
        assert!(attempt.outcome != Outcome::Open && (last || attempt.is_waste()), "{attempt:?}");
        assert!(attempt.work_ms.is_finite() && attempt.work_ms >= 0.0, "{attempt:?}");
    }
    for pair in record.attempts.windows(2) {
        assert!(pair[0].turn < pair[1].turn, "{record:?}");
    }
    for pair in record.speech.windows(2) {
        assert!(pair[0].stop.is_some(), "{record:?}");
    }
    assert!(serde_json::to_string(record).is_ok_and(|line| line.parse::<Entry>().is_ok()));
}

fn pass(authority: &mut TurnAuthority, seen: &mut Seen, until: Time) {
    let mut out = Out::default();
    let mut steps = 0;
    while let Some(due) = authority.deadline().filter(|due| *due <= until) {
        authority.on_deadline(due, &mut out).unwrap();
        seen.look(&mut out);
        steps += 1;
        assert!(steps < 10_000, "deadlines without end");
    }
}

#[test]
fn any_facts_leave_each_turn_closed_once() {
    for seed in 0..3_000 {
        let mut dice = Dice(seed);
        let mut settings = super::tests::settings(dice.roll(2) * 100, dice.roll(4) > 0);
        settings.barge_in_certain = Duration::from_millis(dice.roll(2) * 800);
        settings.backchannel_max = Duration::from_millis(dice.roll(2) * 600);
        settings.backchannel_silence = Duration::from_millis(300);
        settings.limit = Duration::from_secs(5);
        settings.read_ahead = dice.roll(2) == 0;
        let ms = Duration::from_millis;
        let bounds = endpoint::Bounds {
            min: ms(200),
            open: ms(500),
            unclear: Duration::ZERO,
            max: ms(1_500),
        };
        settings.adaptive = (dice.roll(2) == 0).then_some(bounds);
        let listener = Listener { stage: "listener".into(), wait: ms(400) };
        settings.listener = (dice.roll(2) == 0).then_some(listener);
        let (mut authority, mut seen) = (TurnAuthority::new(settings), Seen::default());
        let (mut out, mut now) = (Out::default(), Time::ZERO);
        for _ in 0..120 {
            now = now + Duration::from_millis(dice.roll(700));
            pass(&mut authority, &mut seen, now);
            let fact = any_fact(&mut dice, TurnId(seen.turn), now);
            authority.on_done(fact, now, &mut out).unwrap();
            seen.look(&mut out);
        }
        // Nothing more comes: no turn may hang open, and the end of the input ends the pipeline.
        pass(&mut authority, &mut seen, now + Duration::from_secs(30));
        assert!(authority.open.is_none(), "seed {seed}: a turn hangs open");
        authority.on_done(Fact::InputEnded, now, &mut out).unwrap();
        seen.look(&mut out);
        assert!(seen.closing, "seed {seed}: the pipeline goes on");
        let mut all = seen.records.clone();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), seen.records.len(), "seed {seed}: a turn was closed twice");
        assert_eq!(all.len() as u64, authority.count, "seed {seed}: a turn has no record");
    }
}
