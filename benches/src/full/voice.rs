//! The stage of the voice alone: its first sound, and whether what it makes runs out while it is
//! played.

use std::fmt::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use antiphon_actors::chunker::speech::{SpeechOptions, speakable};
use antiphon_actors::chunker::split::{SplitOptions, Splitter};
use antiphon_actors::frame::{Chunk, Frame, Payload, PortType, TurnId};
use antiphon_actors::testing::Rig;
use antiphon_actors::{Time, TurnView, tts};
use antiphon_config::TtsKokoro;
use antiphon_models::voice::{self, Language, Phonemiser, SpeakerOptions};
use anyhow::{Context, Result};

use crate::replies::REPLIES;

/// How often frames are looked for.
const LOOK: Duration = Duration::from_millis(1);

/// What came of a reply.
struct Heard {
    /// Until the first frame of sound, in ms.
    first: f64,
    /// Bursts of frames: pieces that were made at once.
    pieces: usize,
    /// Silences for want of sound, in ms.
    gaps: Vec<f64>,
    /// All of it, in seconds.
    sound: f64,
    /// Until the last frame, in seconds.
    took: f64,
}

/// Speaks replies one after the other, each given whole at once.
pub async fn measure(model: &Path, replies: usize) -> Result<String> {
    let settings = TtsKokoro { model: model.display().to_string(), ..TtsKokoro::default() };
    let mut rig = Rig::new(Some(PortType::Chunk), Some(PortType::Voice)).await?;
    let begun = rig.clock.now();
    let ready = rig.start(&tts::kokoro::blueprint(settings)).await?;
    let ready = ready.with_context(|| rig.faults.take().join("; "))?;
    let load = rig.clock.now().since(begun).as_secs_f64();
    let mut table = format!("ready after {load:.1} s: {ready}\n\n");
    table += "| words | first sound (ms) | pieces | dry (ms) | sound (s) | made in (s) |\n";
    table += "| --- | --- | --- | --- | --- | --- |\n";
    let mut all = Vec::new();
    for (number, reply) in (1..).zip(REPLIES.iter().cycle().take(replies)) {
        let heard = speak(&rig, TurnId(number), reply).await;
        let words = reply.split_inclusive(['.', '?']).next().unwrap_or_default();
        let words = words.split_whitespace().count();
        let Heard { first, pieces, gaps, sound, took } = &heard;
        let gaps: Vec<_> = gaps.iter().map(|gap| format!("{gap:.0}")).collect();
        let gaps = if gaps.is_empty() { "-".into() } else { gaps.join(", ") };
        writeln!(table, "| {words} | {first:.0} | {pieces} | {gaps} | {sound:.2} | {took:.2} |")?;
        all.push(heard);
    }
    all.sort_by(|a, b| a.first.total_cmp(&b.first));
    let at = |share: f64| all[((all.len() - 1) as f64 * share).round() as usize].first;
    let (early, dry) = (
        all.iter().filter(|it| it.first <= 300.0).count(),
        all.iter().filter(|it| !it.gaps.is_empty()).count(),
    );
    writeln!(
        table,
        "\nfirst sound p50 {:.0}, p90 {:.0}, max {:.0} ms; within 300 ms {early} of {}; ran dry {dry}",
        at(0.5),
        at(0.9),
        at(1.0),
        all.len()
    )?;
    rig.stop().await;
    let waits = given_up(model)?;
    let (middle, last) = (waits[waits.len() / 2], waits[waits.len() - 1]);
    writeln!(
        table,
        "given up {middle:.0} ms after it was told to (median of {}), {last:.0} ms at most",
        waits.len()
    )?;
    Ok(table)
}

/// How soon a voice that speaks ten seconds at once gives up when it is told to, in ms.
pub fn given_up(model: &Path) -> Result<Vec<f64>> {
    const LINE: &str = "The quick brown fox jumps over the lazy dog, and then it sleeps in the warm \
        sun all day, until the cat comes by and wakes it up again.";
    let name = model.display().to_string().parse()?;
    let options = SpeakerOptions::default();
    let (speaker, _) = voice::open(&name, &options, &())?;
    let line = Phonemiser::new(Language::EnUs).phonemise(LINE).text;
    let begun = Instant::now();
    speaker.speak(&line, &|| true)?;
    let whole = begun.elapsed();
    let mut waits = Vec::new();
    for tenth in 1..10 {
        let (wanted, told) = (AtomicBool::new(true), whole / 10 * tenth);
        let wait = thread::scope(|scope| {
            let speaking = scope.spawn(|| speaker.speak(&line, &|| wanted.load(Relaxed)).is_err());
            thread::sleep(told);
            wanted.store(false, Relaxed);
            let begun = Instant::now();
            let given_up = speaking.join().unwrap_or(false);
            given_up.then(|| begun.elapsed().as_secs_f64() * 1e3)
        });
        waits.extend(wait);
    }
    waits.sort_by(f64::total_cmp);
    Ok(waits)
}

/// The chunks of a reply, as the chunker makes them.
fn chunks(reply: &str) -> Vec<Chunk> {
    let (mut pieces, mut splitter) = (Vec::new(), Splitter::new(SplitOptions::default()));
    splitter.push(reply, &mut pieces);
    splitter.finish(&mut pieces);
    let count = pieces.len();
    let chunk = |(at, text): (usize, String)| {
        let speech = speakable(&text, &SpeechOptions::default());
        Chunk { index: at as u32, text, speech, end: at + 1 == count }
    };
    pieces.into_iter().map(|piece| piece.text).enumerate().map(chunk).collect()
}

/// Has a reply spoken, and plays it from the first frame on.
async fn speak(rig: &Rig, turn: TurnId, reply: &str) -> Heard {
    rig.board.set(TurnView { turn, ..TurnView::default() });
    let begun = rig.clock.now();
    for chunk in chunks(reply) {
        rig.push(Frame::of(turn, Payload::Chunk(chunk))).await;
    }
    let mut heard = Heard { first: 0.0, pieces: 0, gaps: Vec::new(), sound: 0.0, took: 0.0 };
    let (mut until, mut last): (Option<Time>, Option<Time>) = (None, None);
    loop {
        let now = rig.clock.now();
        for frame in rig.sent() {
            let Payload::Voice(voice) = frame.payload else { continue };
            let seconds = voice.samples.len() as f64 / f64::from(voice.rate);
            if seconds > 0.0 {
                let played = until.unwrap_or_else(|| {
                    heard.first = now.millis_since(begun);
                    now
                });
                if last.is_none_or(|last| now.millis_since(last) > 20.0) {
                    heard.pieces += 1;
                }
                let gap = now.millis_since(played);
                if gap > 0.0 {
                    heard.gaps.push(gap);
                }
                until = Some(played.max(now) + Duration::from_secs_f64(seconds));
                heard.sound += seconds;
                last = Some(now);
            }
            if voice.end {
                heard.took = now.since(begun).as_secs_f64();
                return heard;
            }
        }
        rig.clock.sleep_until(now + LOOK).await;
    }
}
