use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use super::ConsoleMode;
use super::core::{ConsoleCore, Show};
use super::screen::Screen;
use crate::core::{Effect, Out, StageCore};
use crate::frame::{EndReason, Frame, Payload, PortType, Record, Transcript, TurnId};
use crate::ledger::{Anchors, Course};
use crate::testing::Rig;
use crate::time::Time;
use crate::turn::{Phase, TurnView};

enum Step {
    Frame(Frame),
    Turn(u64, Phase),
}

fn words(turn: u64, text: &str, is_final: bool) -> Step {
    let until = Time::from_millis(1500);
    let transcript = Transcript { text: text.into(), stable: 0, is_final, until };
    Step::Frame(Frame::of(TurnId(turn), Payload::Transcript(transcript)))
}

fn record(user_text: &str, agent_text: &str) -> Record {
    let at = |ms: f64| Some(Time::from_start(Duration::from_secs_f64(ms / 1e3)));
    let mut anchors = Anchors { speech_start: at(1000.0), ..Anchors::default() };
    anchors.speech_stop = at(2000.0);
    anchors.decided = at(2210.3);
    anchors.steps.words = at(2100.0);
    anchors.steps.first_token = at(2241.0);
    anchors.steps.first_chunk = at(2253.2);
    anchors.steps.first_voice = at(2275.0);
    anchors.steps.handed_over = at(2275.1);
    anchors.steps.first_sample = at(2278.4);
    anchors.steps.audible = at(2284.4);
    let (speech, attempts, end_of_turn) = (Vec::new(), Vec::new(), None);
    let course = Course { turn: 1, speech, attempts, anchors, end_of_turn };
    let (user_text, agent_text) = (user_text.into(), agent_text.into());
    course.record(EndReason::Finished, user_text, agent_text, None, at(3000.0).unwrap())
}

/// The dead air of [`record`].
const DEAD_AIR: &str = "dead air 284 ms = endpoint 210 + stt 0 + llm 31 + chunk 12 + tts 22 + \
                        silence 6 + playout 3\n";

fn turn(record: Record) -> Step {
    Step::Frame(Frame::free(Payload::Record(Arc::new(record))))
}

/// What is written, with escapes visible.
fn written(mode: ConsoleMode, partials: bool, width: usize, steps: Vec<Step>) -> String {
    let mut core = ConsoleCore::new(partials);
    let mut screen = Screen::new(mode);
    let mut text = String::new();
    for step in steps {
        let mut out: Out<Show> = Out::default();
        match step {
            Step::Frame(frame) => core.on_frame(frame, Time::ZERO, &mut out).unwrap(),
            Step::Turn(turn, phase) => {
                let view = TurnView { turn: TurnId(turn), phase, ..TurnView::default() };
                core.on_turn(&view, Time::ZERO, &mut out).unwrap();
            }
        }
        for effect in out.take() {
            let Effect::Job(show) = effect else { panic!("unexpected {effect:?}") };
            text.push_str(&screen.show(&show, width));
        }
    }
    text.push_str(screen.end());
    text.replace("\r\x1b[2K", "<CLEAR>")
}

fn conversation() -> Vec<Step> {
    vec![
        Step::Turn(1, Phase::Hearing),
        words(1, "what", false),
        words(1, "what time", false),
        Step::Turn(1, Phase::Speculating),
        // The person goes on: these were not the last words.
        words(1, "what time", true),
        Step::Turn(2, Phase::Hearing),
        words(2, "what time is it", false),
        Step::Turn(2, Phase::Speculating),
        words(2, "What time is it?", true),
        Step::Turn(2, Phase::Replying),
        turn(record("What time is it?", "It is noon.")),
    ]
}

#[test]
fn a_terminal_shows_words_in_place() {
    let text = written(ConsoleMode::Terminal, true, 80, conversation());
    let expected = "<CLEAR>you: what<CLEAR>you: what time<CLEAR>you: what time\
                    <CLEAR>you: what time is it<CLEAR>you: What time is it?\
                    <CLEAR>you: What time is it?\nagent: It is noon.\n";
    assert_eq!(text, format!("{expected}{DEAD_AIR}"));
}

#[test]
fn plain_lines_are_finished_lines() {
    let expected = format!("you: What time is it?\nagent: It is noon.\n{DEAD_AIR}");
    assert_eq!(written(ConsoleMode::Plain, true, 80, conversation()), expected);
}

#[test]
fn json_is_an_object_a_line() {
    let text = written(ConsoleMode::Json, false, 80, conversation());
    let events: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<_> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["final", "final", "said", "turn"]);
    assert_eq!(events[1]["text"], "What time is it?");
    assert_eq!(events[1]["turn"], 2);
    assert_eq!(events[1]["until"], 1.5);
    assert_eq!(events[3]["record"]["dead_air_ms"], 284.4);
    assert_eq!(written(ConsoleMode::Json, true, 80, conversation()).lines().count(), 7);
}

#[test]
fn words_that_come_after_the_decision_are_certain_at_once() {
    let steps = vec![Step::Turn(4, Phase::Replying), words(4, "Stop.", true)];
    assert_eq!(written(ConsoleMode::Plain, true, 80, steps), "you: Stop.\n");
}

#[test]
fn a_turn_that_was_not_shown_is_shown_from_its_record() {
    let check = |record: Record, expected: &str| {
        assert_eq!(written(ConsoleMode::Plain, true, 80, vec![turn(record)]), expected);
    };
    check(record("Hello.", ""), "you: Hello.\n");
    check(record("", ""), "");
    let unmeasured = Record {
        dead_air_ms: None,
        dead_air_reason: Some("the reply was never audible".into()),
        interrupted: true,
        ..record("Hello.", "Hi")
    };
    let expected = "you: Hello.\nagent: Hi [interrupted]\n\
                    dead air not measured: the reply was never audible\n";
    check(unmeasured, expected);
}

#[test]
fn nobody_can_write_control_codes() {
    let steps = vec![turn(record("a\x1b[31m\nb", "c\r\u{9b}2Jd"))];
    let text = written(ConsoleMode::Plain, true, 80, steps);
    assert_eq!(text, format!("you: a [31m b\nagent: c  2Jd\n{DEAD_AIR}"));
}

#[test]
fn long_words_are_cut_to_the_width() {
    let check = |text: &str, width: usize, expected: &str| {
        let steps = vec![words(1, text, false)];
        let got = written(ConsoleMode::Terminal, true, width, steps);
        assert_eq!(got, format!("<CLEAR>{expected}\n"), "{text} in {width} columns");
    };
    check("one two three", 80, "you: one two three");
    check("one two three", 19, "you: one two three");
    check("one two three", 18, "…u: one two three");
    check("one two three", 7, "…three");
    // Each of these takes two columns.
    check("日本語日本語", 10, "…語日本語");
    check("", 0, "…");
}

#[test]
fn what_is_unfinished_ends_with_the_line() {
    let steps = vec![words(1, "and then", false)];
    assert_eq!(written(ConsoleMode::Terminal, true, 80, steps), "<CLEAR>you: and then\n");
}

/// Hands on what is written.
struct Pipe(tokio::sync::mpsc::UnboundedSender<String>);

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.send(String::from_utf8_lossy(bytes).into_owned()).map_err(io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_stage_writes_to_its_writer() {
    let (sender, mut written) = tokio::sync::mpsc::unbounded_channel();
    let writer = move || Box::new(Pipe(sender.clone())) as super::ConsoleWriter;
    let stage = super::blueprint(antiphon_config::Console::default(), writer, ConsoleMode::Plain);
    let mut rig = Rig::new(Some(PortType::Record), None).await.unwrap();
    rig.start(&stage).await.unwrap();
    let Step::Frame(frame) = turn(record("Hello.", "Hi.")) else { unreachable!() };
    rig.push(frame).await;
    let expected = format!("you: Hello.\nagent: Hi.\n{DEAD_AIR}");
    assert_eq!(written.recv().await.unwrap(), expected);
}
