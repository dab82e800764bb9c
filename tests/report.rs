//! `antiphon report`: tables on standard output, and a page that a browser shows.

use std::process::{Command, Stdio};

use crate::support::{Place, Run};

/// A turn with so much dead air, all of it waiting for the end of the speech but 20 ms.
fn turn(number: u64, dead_air: f64) -> String {
    let wait = dead_air - 20.0;
    let (decided, audible) = (1_000.0 + wait, 1_000.0 + dead_air);
    let steps = format!(
        r#""words_ms":{decided},"first_token_ms":{decided},"first_chunk_ms":{decided},"first_voice_ms":{decided},"handed_over_ms":{decided},"first_sample_ms":{audible},"audible_ms":{audible},"last_sample_ms":{}"#,
        audible + 800.0
    );
    format!(
        r#"{{"version":1,"turn":{number},"user_text":"What <i>time</i> is it?","agent_text":"Late.","dead_air_ms":{dead_air},"dead_air_reason":null,"tiles":{{"endpoint_wait":{wait},"stt":0.0,"llm_first_token":0.0,"first_chunk":0.0,"tts_first_audio":0.0,"leading_silence":0.0,"playout":20.0}},"interrupted":false,"end_reason":"finished","started_at":"2026-11-21T09:00:00Z","clock_started_at":0.1,"speech_ended_at":1.0,"reply_started_at":2.0,"ended_at":3.0,"speech":[{{"start_ms":100.0,"stop_ms":1000.0}}],"anchors":{{"speech_start_ms":100.0,"speech_stop_ms":1000.0,"decided_ms":{decided},{steps}}}}}"#
    )
}

fn reported() -> (Place, Run) {
    let place = Place::new();
    for (name, figures) in [("a.jsonl", [500.0, 520.0, 900.0]), ("b.jsonl", [200.0, 220.0, 260.0])]
    {
        let lines: Vec<_> = (1..).zip(figures).map(|(at, ms)| turn(at, ms)).collect();
        place.write(name, lines.join("\n").as_bytes());
    }
    let run = place.run(["report", "a.jsonl", "b.jsonl", "--html", "page.html"]);
    (place, run)
}

#[test]
fn runs_are_reported_and_put_beside_each_other() {
    let (_place, run) = reported();
    assert_eq!(run.stderr, "wrote `page.html`\n");
    let text = run.ok();
    for line in [
        "a.jsonl: 3 turns, 3 with dead air\n",
        "dead_air               3     520     824     862     892     900\n",
        "  turn 3       900 ms  endpoint_wait 880 ms, usually 500         What <i>time</i> is it?\n",
        "dead_air               520     220    -300        862     256    -606\n",
    ] {
        assert!(text.contains(line), "no {line:?} in\n{text}");
    }
}

#[test]
fn what_cannot_be_reported_is_said() {
    let place = Place::new();
    place.write("empty.jsonl", b"\n");
    place.write("other.jsonl", b"{\"messages\":[]}\n");
    let how = "`antiphon --pipeline voice.toml --turns empty.jsonl` writes some";
    place.run(["report", "empty.jsonl"]).fails(&format!("`empty.jsonl` holds no turns; {how}"));
    let run = place.run(["report", "other.jsonl"]);
    assert!(
        run.stderr.starts_with("error: other.jsonl:1: not a turn of `turns.jsonl`: "),
        "{run:?}"
    );
    let run = place.run(["report", "none.jsonl"]);
    assert!(run.stderr.starts_with("error: cannot read `none.jsonl`: "), "{run:?}");
}

#[test]
fn a_browser_shows_the_page() {
    let (place, run) = reported();
    run.ok();
    let page = format!("file://{}", place.path().join("page.html").display());
    let browser = |args: &[&str]| {
        Command::new("chromium")
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--window-size=1040,2000"])
            .args(args)
            .arg(&page)
            .current_dir(place.path())
            .env("HOME", place.path())
            .stderr(Stdio::null())
            .output()
    };
    let Ok(shown) = browser(&["--dump-dom"]) else {
        println!("skipped 1 test: no `chromium` to show the page");
        return;
    };
    let dom = String::from_utf8(shown.stdout).expect("UTF-8");
    assert_eq!(dom.matches("aria-label=\"waterfall of turn ").count(), 6, "{dom}");
    assert_eq!(dom.matches("<polyline ").count(), 2, "{dom}");
    assert!(dom.contains("What &lt;i&gt;time&lt;/i&gt; is it?"), "{dom}");
    browser(&["--screenshot=page.png"]).expect("a picture");
    let picture = std::fs::read(place.path().join("page.png")).expect("`page.png`");
    assert!(picture.starts_with(b"\x89PNG"));
    // Its size by the header; a page of one colour would pack far smaller than one that is drawn.
    assert_eq!(&picture[16..24], &[0, 0, 4, 16, 0, 0, 7, 208]);
    assert!(picture.len() > 40_000, "{} bytes of an empty page", picture.len());
}
