//! Turns through the ears of the pipeline.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use antiphon::engine::turn::endpoint::{mark, sound as heard, text};
use antiphon_actors::core::{Effect, Never};
use antiphon_actors::frame::{Audio, Utterance};
use antiphon_actors::gate::core::GateCore;
use antiphon_actors::prosody::Prosody;
use antiphon_actors::vad::core::VadCore;
use antiphon_actors::vad::detector::Earshot;
use antiphon_actors::{Fact, Frame, Out, Payload, StageCore, Time};
use antiphon_config::{Gate, SttWhisper, Vad};
use antiphon_models::files::{self, ModelName, Want};
use antiphon_models::whisper::{Options as Listening, Whisper};
use anyhow::{Context, Result};
use clap::Args;
use serde::Deserialize;

use crate::sound::{RATE, read};
use crate::{Row, named};

/// Samples in a frame of the microphone: 20 ms.
const FRAME: usize = RATE / 50;
/// How far before the end of speech the voice detection may put it.
const EARLY: f64 = 0.35;
/// Shorter silences of the speaker's own are none, in seconds.
const SHORTEST: f64 = 0.2;

#[derive(Args)]
pub struct Options {
    /// The folder of turns.
    folder: PathBuf,
    /// Where the rows go.
    #[arg(long)]
    rows: PathBuf,
    /// The recogniser.
    #[arg(long, default_value = "rehearsal-stt-en")]
    model: String,
}

/// A turn as it was made.
#[derive(Deserialize)]
struct Turn {
    file: PathBuf,
    set: String,
    kind: String,
    gaps: Vec<Gap>,
}

/// A silence as it was made, in seconds; the last one has no end.
#[derive(Clone, Deserialize)]
struct Gap {
    from: f64,
    to: Option<f64>,
    /// The words before it.
    text: String,
}

/// What the ears told.
#[derive(Default)]
struct Told {
    /// Time of the sound, time when it was told.
    starts: Vec<(f64, f64)>,
    stops: Vec<Stop>,
}

struct Stop {
    at: f64,
    told: f64,
    prosody: Prosody,
    /// All audio of the turn up to it.
    samples: Vec<f32>,
}

pub fn run(options: &Options) -> Result<()> {
    let name: ModelName = options.model.parse()?;
    let whisper = Whisper::load(&files::resolve(&name, Want::Whisper, &())?)?;
    whisper.warm_up()?;
    let manifest = options.folder.join("manifest.jsonl");
    let manifest =
        File::open(&manifest).with_context(|| format!("cannot read `{}`", manifest.display()))?;
    let mut rows = File::create(&options.rows)?;
    let (began, mut seconds) = (Instant::now(), 0.0);
    for line in BufReader::new(manifest).lines() {
        let turn: Turn = serde_json::from_str(&line?)?;
        let samples = read(&options.folder.join(&turn.file))?;
        seconds += samples.len() as f64 / RATE as f64;
        for row in silences(&turn, &listen(&samples)?, &whisper)? {
            writeln!(rows, "{}", serde_json::to_string(&row)?)?;
        }
    }
    let spent = began.elapsed().as_secs_f64();
    println!("{seconds:.0} s of sound in {spent:.0} s");
    Ok(())
}

fn seconds(time: Time) -> f64 {
    time.since_start().as_secs_f64()
}

/// Gate and voice detection, frame by frame; each frame comes when its last sample was captured.
fn listen(samples: &[f32]) -> Result<Told> {
    let mut gate = GateCore::new(Gate::default());
    let mut vad = VadCore::new(&Vad::default(), Earshot::new());
    let (mut levelled, mut out) = (Out::<Never>::default(), Out::<Never>::default());
    let (mut told, mut turn) = (Told::default(), Vec::new());
    let mut prosody = Prosody::default();
    for (n, chunk) in samples.chunks_exact(FRAME).enumerate() {
        let at = Time::ZERO.plus_samples((n * FRAME) as u64, RATE as u32);
        let now = Time::ZERO.plus_samples(((n + 1) * FRAME) as u64, RATE as u32);
        let audio = Audio { samples: chunk.into(), rate: RATE as u32, at };
        gate.on_frame(Frame::free(Payload::Audio(audio)), now, &mut levelled)?;
        for effect in levelled.take() {
            if let Effect::Send(frame) = effect {
                vad.on_frame(frame, now, &mut out)?;
            }
        }
        for effect in out.take() {
            match effect {
                Effect::Send(Frame { payload: Payload::Utterance(utterance), .. }) => {
                    if let Utterance::Audio(audio) = utterance {
                        turn.extend_from_slice(&audio.samples);
                    }
                }
                Effect::Fact(Fact::SpeechStart { at }) => {
                    told.starts.push((seconds(at), seconds(now)));
                }
                Effect::Fact(Fact::Prosody { prosody: it }) => prosody = it,
                Effect::Fact(Fact::SpeechStop { at }) => told.stops.push(Stop {
                    at: seconds(at),
                    told: seconds(now),
                    prosody,
                    samples: turn.clone(),
                }),
                Effect::Send(_)
                | Effect::Fact(_)
                | Effect::Job(_)
                | Effect::Turn(_)
                | Effect::Tape(..)
                | Effect::Note(_) => {}
            }
        }
    }
    Ok(told)
}

/// A row for each silence that was made, and for each of the speaker's own that was heard.
fn silences(turn: &Turn, told: &Told, whisper: &Whisper) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    let mut missed: Vec<Option<&Gap>> = turn.gaps.iter().map(Some).collect();
    for stop in &told.stops {
        let resumed = told.starts.iter().find(|(at, _)| *at > stop.at);
        let of_gap = |gap: &Gap| {
            stop.at >= gap.from - EARLY && gap.to.is_none_or(|to| stop.at < to && stop.told < to)
        };
        let place = turn.gaps.iter().position(of_gap);
        // A stop before the speech that the silence follows is another silence.
        let place = place.filter(|&place| {
            resumed.is_none_or(|(at, _)| *at >= turn.gaps[place].from) && missed[place].is_some()
        });
        let gap = place.and_then(|place| missed[place].take());
        if gap.is_none() && resumed.is_none_or(|(at, _)| at - stop.at < SHORTEST) {
            continue;
        }
        rows.push(row(turn, gap, Some(stop), resumed.map(|(_, told)| *told), whisper)?);
    }
    // A pause that was not heard as one can end no turn.
    for gap in missed.into_iter().flatten() {
        rows.push(row(turn, Some(gap), None, None, whisper)?);
    }
    Ok(rows)
}

fn row(
    turn: &Turn,
    gap: Option<&Gap>,
    stop: Option<&Stop>,
    resumed: Option<f64>,
    whisper: &Whisper,
) -> Result<Row> {
    let began = Instant::now();
    let settings = SttWhisper::default();
    let listening = Listening {
        language: Some(settings.language.clone()).filter(|language| language != "auto"),
        short_context: settings.short_context,
        ..Listening::default()
    };
    let (words, finished) = match stop {
        Some(stop) => {
            let heard = whisper.transcribe(&stop.samples, &listening)?;
            (heard.text.trim().to_string(), heard.finished)
        }
        None => (String::new(), None),
    };
    let prosody = stop.map(|stop| stop.prosody).unwrap_or_default();
    let Prosody { speech, register, slope, fade, lengthening } = prosody;
    let done = u8::from(gap.is_some_and(|gap| gap.to.is_none()));
    Ok(Row {
        set: turn.set.clone(),
        kind: gap.map_or("own", |_| turn.kind.as_str()).to_string(),
        file: file_name(&turn.file),
        done,
        from: gap.map_or_else(|| stop.map_or(0.0, |stop| stop.at), |gap| gap.from),
        resumed: resumed.filter(|_| done == 0),
        stop: stop.map(|stop| (stop.at, stop.told)),
        features: text::features(&words).map(|it| named(text::NAMES, it)),
        text: words,
        finished: finished.map(|it| it.probability),
        mark: finished.map(|it| mark(it.probability)),
        trust: finished.map(|it| it.trust),
        stt: began.elapsed().as_secs_f64(),
        truth: gap.map_or_else(String::new, |gap| gap.text.clone()),
        prosody: [Some(speech), register, slope, fade, lengthening],
        sound: named(heard::NAMES, heard::features(&prosody)),
    })
}

fn file_name(path: &Path) -> PathBuf {
    path.file_name().map_or_else(PathBuf::new, PathBuf::from)
}
