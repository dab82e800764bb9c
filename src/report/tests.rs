use super::stats::{Percentiles, Stats};
use super::{ReadError, Run, captions, html, text};

/// A turn that ended at 1,000 ms and was answered `endpoint` + `llm` + 10 ms later.
fn turn(number: u64, endpoint: f64, llm: f64, text: &str) -> String {
    let dead_air = endpoint + llm + 10.0;
    let (decided, token) = (1_000.0 + endpoint, 1_000.0 + endpoint + llm);
    let steps = format!(
        r#""stt_start_ms":{decided},"words_ms":{decided},"prompted_ms":{decided},"first_token_ms":{token},"llm_end_ms":{token},"first_chunk_ms":{token},"first_voice_ms":{token},"handed_over_ms":{token},"first_sample_ms":{},"audible_ms":{},"last_sample_ms":{}"#,
        token + 10.0,
        token + 10.0,
        token + 900.0
    );
    format!(
        r#"{{"version":1,"turn":{number},"user_text":"{text}","agent_text":"<b>Rome</b>","dead_air_ms":{dead_air},"dead_air_reason":null,"tiles":{{"endpoint_wait":{endpoint},"stt":0.0,"llm_first_token":{llm},"first_chunk":0.0,"tts_first_audio":0.0,"leading_silence":0.0,"playout":10.0}},"tiles_reason":null,"hidden_tiles":[],"speculation":"hit","misses":1,"wasted_tokens":3,"wasted_ms":5.0,"user_bot_latency_ms":{},"barge_in_stop_ms":null,"first_partial_ms":300.0,"reasons":{{}},"interrupted":false,"end_reason":"finished","started_at":"2026-11-21T09:00:00Z","clock_started_at":0.1,"speech_ended_at":1.0,"reply_started_at":2.0,"ended_at":3.0,"speech":[{{"start_ms":100.0,"stop_ms":1000.0}}],"attempts":[{{"attempt":1,"cause":"decided","outcome":"kept","begun_ms":{decided},"ended_ms":3000.0,"text":"{text}","work_ms":1.0,{steps}}}],"anchors":{{"speech_start_ms":100.0,"speech_stop_ms":1000.0,"decided_ms":{decided},{steps}}}}}"#,
        dead_air - 10.0
    )
}

fn silent(number: u64) -> String {
    format!(
        r#"{{"version":1,"turn":{number},"user_text":"","agent_text":"","dead_air_ms":null,"dead_air_reason":"no words were recognised","interrupted":false,"end_reason":"no_words","started_at":0.1,"speech_ended_at":null,"reply_started_at":null,"ended_at":3.0}}"#
    )
}

fn run(name: &str, llm: &[f64]) -> Run {
    let mut lines: Vec<_> =
        (1..).zip(llm).map(|(at, llm)| turn(at, 200.0, *llm, "What?")).collect();
    lines.push(silent(99));
    Run::parse(name, &lines.join("\n")).expect("turns")
}

#[test]
fn percentiles_are_those_of_numpy() {
    // numpy.percentile([15, 20, 35, 40, 50], [50, 90, 95, 99])
    let found = Percentiles::of([50.0, 15.0, 40.0, 20.0, 35.0]).expect("figures");
    let expected = Percentiles { count: 5, p50: 35.0, p90: 46.0, p95: 48.0, p99: 49.6, max: 50.0 };
    for (found, expected) in [
        (found.p50, expected.p50),
        (found.p90, expected.p90),
        (found.p95, expected.p95),
        (found.p99, expected.p99),
        (found.max, expected.max),
    ] {
        assert!((found - expected).abs() < 1e-9, "{found} and not {expected}");
    }
    assert_eq!(Percentiles::of([]), None);
    assert_eq!(Percentiles::of([7.0]).map(|it| (it.p50, it.p99)), Some((7.0, 7.0)));
}

#[test]
fn the_cause_is_the_part_beyond_its_median() {
    let run = run("a", &[30.0, 30.0, 700.0]);
    let stats = Stats::of(&run);
    let worst = &stats.worst[0];
    assert_eq!((worst.turn.turn, worst.dead_air), (3, 910.0));
    assert_eq!(text::cause(worst), "llm_first_token 700 ms, usually 30");
}

#[test]
fn the_worst_turns_say_which_rule_ended_them() {
    let lines = [
        turn(1, 200.0, 30.0, "What?").replace(
            r#""end_reason""#,
            r#""end_of_turn":{"source":"silence","silence_ms":200.0},"end_reason""#,
        ),
        turn(2, 900.0, 30.0, "What is the").replace(
            r#""end_reason""#,
            r#""end_of_turn":{"source":"adaptive","silence_ms":900.0,"log_odds":-1.0,"words":false},"end_reason""#,
        ),
    ];
    let run = Run::parse("a", &lines.join("\n")).expect("turns");
    let page = text::page(&[Stats::of(&run)]);
    let expected = "
worst turns
  turn 2       940 ms  endpoint_wait 900 ms, usually 550; adaptive asked for 900 ms at log-odds -1.00, words not known  What is the
  turn 1       240 ms  nothing stands out; silence asked for 200 ms                                                     What?
";
    assert!(page.ends_with(expected), "{page}");
}

#[test]
fn what_was_left_to_read_is_summed_up() {
    let read = |ahead: u64, read: u64| {
        turn(1, 200.0, 30.0, "What?")
            .replace(r#""misses""#, &format!(r#""read_ahead_tokens":{ahead},"misses""#))
            .replace(
                r#""work_ms""#,
                &format!(r#""read_tokens":{read},"reused_tokens":40,"work_ms""#),
            )
    };
    let lines = [read(12, 5), read(0, 30), turn(3, 200.0, 30.0, "What?"), silent(4)];
    let run = Run::parse("a", &lines.join("\n")).expect("turns");
    let page = text::page(&[Stats::of(&run)]);
    let expected = "\nprompts: 35 tokens left to read when asked, 80 read before; 12 were read while \
                    the person spoke\n";
    assert!(page.contains(expected), "{page}");
}

#[test]
fn tables_say_it_all() {
    let (before, after) = (run("a.jsonl", &[30.0, 50.0]), run("b.jsonl", &[10.0, 20.0]));
    let page = text::page(&[Stats::of(&before), Stats::of(&after)]);
    let expected = "\
a.jsonl: 3 turns, 2 with dead air
  1 without: no words were recognised

ms                 turns     p50     p90     p95     p99     max
dead_air               2     250     258     259     260     260
  endpoint_wait        2     200     200     200     200     200
  stt                  2       0       0       0       0       0
  llm_first_token      2      40      48      49      50      50
  first_chunk          2       0       0       0       0       0
  tts_first_audio      2       0       0       0       0       0
  leading_silence      2       0       0       0       0       0
  playout              2      10      10      10      10      10
user_bot_latency       2     240     248     249     250     250
barge_in_stop          0       -       -       -       -       -
first_partial          2     300     300     300     300     300

speculation: 2 hit, 0 miss, 1 none; 2 attempts thrown away with 6 tokens and 10 ms of work

worst turns
  turn 2       260 ms  llm_first_token 50 ms, usually 40         What?
  turn 1       240 ms  nothing stands out                        What?
";
    assert!(page.starts_with(expected), "{page}");
    let comparison = "\
b.jsonl beside a.jsonl
ms                     p50     now  change        p95     now  change
dead_air               250     225     -25        259     230     -30
";
    assert!(page.contains(comparison), "{page}");
}

#[test]
fn a_page_holds_all_it_needs_and_nothing_that_was_said_is_markup() {
    let run = run("a<b>.jsonl", &[30.0, 50.0]);
    let page = html::page(&[Stats::of(&run)]);
    assert_eq!(page.matches("<svg ").count(), page.matches("</svg>").count());
    assert!(page.contains("&lt;b&gt;Rome&lt;/b&gt;") && !page.contains("<b>Rome"));
    assert!(page.contains("waterfall of turn 2"));
    for address in ["http:", "https:", "<script", "<link", "@import", "url("] {
        assert!(!page.contains(address), "{address} is on the page");
    }
}

#[test]
fn what_is_no_account_is_refused_at_its_line() {
    let error = Run::parse("t.jsonl", &format!("{}\n\n{{}}\n", silent(1))).expect_err("no turn");
    let text = error.to_string();
    assert!(text.starts_with("t.jsonl:3: not a turn of `turns.jsonl`: "), "{text}");
    assert!(matches!(Run::parse("t.jsonl", "\n"), Err(ReadError::Empty { .. })));
}

#[test]
fn captions_hold_words_where_they_are_known_and_lines_where_not() {
    let words = r#""heard":[{"text":"<b>Rome,","start_ms":2000.0,"end_ms":2400.0},{"text":"I & you.","start_ms":3661500.4,"end_ms":3662000.0}],"#;
    let timed = turn(1, 200.0, 50.0, "What?")
        .replace(r#""work_ms":1.0,"#, &format!("{words}\"work_ms\":1.0,"));
    let lines = [timed, turn(2, 200.0, 50.0, "A\\nB"), silent(3)].join("\n");
    let run = Run::parse("a", &lines).expect("turns");
    let expected = "WEBVTT\n\n\
        00:00:00.100 --> 00:00:01.000\n<v you>What?\n\n\
        00:00:02.000 --> 01:01:02.000\n<v agent>&lt;b&gt;Rome, <01:01:01.500>I &amp; you.\n\n\
        00:00:00.100 --> 00:00:01.000\n<v you>A B\n\n\
        00:00:02.000 --> 00:00:02.150\n<v agent>&lt;b&gt;Rome&lt;/b&gt;\n";
    assert_eq!(captions::page(&run.turns), expected);
}
