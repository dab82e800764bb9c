use std::collections::BTreeMap;

use super::*;

fn edge(from: &str, depth: usize, capacity: usize, drops: [u64; 5]) -> EdgeSnapshot {
    let [dropped_full, dropped_superseded, dropped_stale, dropped_restart, dropped_closed] = drops;
    EdgeSnapshot {
        from: from.into(),
        depth,
        capacity,
        dropped_full,
        dropped_superseded,
        dropped_stale,
        dropped_restart,
        dropped_closed,
        ..EdgeSnapshot::default()
    }
}

fn stage(name: &str, handled: u64, busy_seconds: f64, queues: Vec<EdgeSnapshot>) -> StageSnapshot {
    StageSnapshot {
        stage: name.into(),
        state: StageState::Ready,
        handled,
        skipped: 0,
        stale_unsent: 0,
        busy_seconds,
        restarts: 0,
        last_fault: None,
        figures: BTreeMap::new(),
        queues,
    }
}

fn before() -> Live {
    Live {
        pid: 4242,
        pipeline: "voice".into(),
        seconds: 82.5,
        turn: 2,
        attempt: 3,
        phase: Phase::Hearing,
        phase_seconds: 1.25,
        closing: false,
        stages: vec![
            stage("mic", 4100, 0.5, Vec::new()),
            stage("stt", 200, 10.0, vec![edge("vad", 0, 64, [0; 5])]),
            stage("console", 12, 0.0, Vec::new()),
        ],
    }
}

fn now() -> Live {
    let mut stt = stage("stt", 216, 10.4, vec![edge("vad", 64, 64, [7, 0, 0, 31, 0])]);
    stt.state = StageState::Restarting;
    stt.restarts = 2;
    stt.last_fault = Some("panicked:\nno\x1b[2Jmessage".into());
    stt.skipped = 1;
    let inputs = vec![edge("stt", 0, 16, [0, 5, 12, 0, 0]), edge("turn", 1, 8, [0, 0, 0, 0, 3])];
    let mut console = stage("console", 12, 0.0, inputs);
    console.stale_unsent = 4;
    Live {
        seconds: 83.0,
        phase: Phase::Replying,
        phase_seconds: 0.44,
        stages: vec![stage("mic", 4150, 0.501, Vec::new()), stt, console],
        ..before()
    }
}

const WIDE: &str = "\
voice  pid 4242  up 1:23  turn 2 (attempt 3)  replying for 0.4 s

                                                             frames dropped as
stage    state         busy  handled  restarts  from  queue  full  old  stale  restart  closed
mic      ready        0.2 %     4150         0
stt      restarting  80.0 %      216         2  vad   64/64     7    0      0       31       0
console  ready        0.0 %       12         0  stt    0/16     0    5     12        0       0
                                                turn    1/8     0    0      0        0       3

stt: last fault: panicked: no [2Jmessage
stt: frames lost to faults: 1
console: frames made in vain and not sent: 4
";

const NARROW: &str = "\
voice  pid 4242  up 1:23  turn 2 (attempt 3)  replying for 0.4 s

                                                    frames drop…
stage   state      busy handled restarts from queue full old st…
mic     ready         -    4150        0
stt     restarting    -     216        2 vad  64/64    7   0   …
console ready         -      12        0 stt   0/16    0   5   …
                                         turn   1/8    0   0   …

stt: last fault: panicked: no [2Jmessage
stt: frames lost to faults: 1
console: frames made in vain and not sent: 4
";

#[track_caller]
fn check(before: Option<&Live>, width: usize, expected: &str) {
    let found = draw(&now(), before, Look { width, colour: false });
    assert_eq!(found.join("\n") + "\n", expected);
}

#[test]
fn a_picture_is_drawn_to_the_letter() {
    check(Some(&before()), 120, WIDE);
    check(None, 64, NARROW);
}

#[test]
fn colours_change_no_letter() {
    let coloured = draw(&now(), Some(&before()), Look { width: 120, colour: true });
    let bare: Vec<_> = coloured.iter().map(|line| console::strip_ansi_codes(line)).collect();
    assert_eq!(bare.join("\n") + "\n", WIDE);
    let restarting = coloured.iter().find(|line| line.contains("restarting\x1b")).unwrap();
    assert!(restarting.contains("\x1b[31mrestarting"), "{restarting:?}");
}

#[test]
fn the_headline_says_whose_turn_it_is() {
    #[track_caller]
    fn check(change: impl FnOnce(&mut Live), expected: &str) {
        let mut live = now();
        change(&mut live);
        assert_eq!(headline(&live), expected);
    }
    check(
        |live| (live.turn, live.attempt, live.phase) = (0, 0, Phase::Listening),
        "voice  pid 4242  up 1:23  no turn yet  listening for 0.4 s",
    );
    check(
        |live| (live.turn, live.attempt, live.phase) = (1, 1, Phase::Speculating),
        "voice  pid 4242  up 1:23  turn 1  speculating for 0.4 s",
    );
    check(
        |live| (live.closing, live.seconds) = (true, 7_384.9),
        "voice  pid 4242  up 2:03:04  turn 2 (attempt 3)  ending",
    );
}

#[test]
fn a_busy_share_needs_time_to_pass() {
    let (now, mut before) = (now(), before());
    let of = |before: &Live| busy(&now.stages[0], &now, before);
    assert!(of(&before).is_some_and(|share| (share - 0.002).abs() < 1e-9));
    before.seconds = now.seconds;
    assert_eq!(of(&before), None);
    before.stages.clear();
    assert_eq!(of(&before), None);
}
