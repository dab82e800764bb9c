//! Turns through the ears of the pipeline.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use antiphon::engine::turn::endpoint::{mark, text};
use antiphon_actors::core::{Effect, Never};
use antiphon_actors::frame::{Audio, Utterance};
use antiphon_actors::gate::core::GateCore;
use antiphon_actors::prosody::Prosody;
use antiphon_actors::vad::core::VadCore;
use antiphon_actors::vad::detector::Earshot;
use antiphon_actors::{Fact, Frame, Out, Payload, StageCore, Time};
use antiphon_config::{Gate, SttWhisper, Vad};
use antiphon_models::device::Compute;
use antiphon_models::files::{self, ModelName, Want};
use antiphon_models::whisper::{Options as Listening, SmartTurn, Whisper};
use anyhow::{Context, Result};
use clap::Args;
use serde::Deserialize;

use crate::wav::{RATE, read};
use crate::{Row, named, sounds, talk};

/// Samples in a frame of the microphone: 20 ms.
const FRAME: usize = RATE / 50;
/// Silence from which on the recogniser is asked, in seconds, as in `voice.toml`.
const EAGER: f64 = 0.06;
/// How far before the end of speech the voice detection may put it.
const EARLY: f64 = 0.35;

#[derive(Args)]
pub struct Options {
    /// The folder of turns.
    #[arg(required_unless_present = "turns")]
    folder: Option<PathBuf>,
    /// The conversations of `antiphon bench dead-air` with so many turns, in place of a folder.
    #[arg(long, conflicts_with = "folder")]
    turns: Option<usize>,
    /// Which conversations these are.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A folder with recordings of people for them.
    #[arg(long)]
    recordings: Option<PathBuf>,
    /// Where the rows go.
    #[arg(long)]
    rows: PathBuf,
    /// The recogniser.
    #[arg(long, default_value = "rehearsal-stt-en")]
    model: String,
    /// A network in the format of smart-turn that hears whether the user is done.
    #[arg(long)]
    end_of_turn_model: Option<String>,
}

/// What hears the sound of a turn.
struct Ears<'a> {
    whisper: &'a Whisper,
    listener: Option<Arc<SmartTurn>>,
}

/// A turn as it was made.
#[derive(Deserialize)]
pub struct Turn {
    pub file: PathBuf,
    pub set: String,
    pub kind: String,
    pub gaps: Vec<Gap>,
    /// Shorter silences of the speaker's own are none, in seconds.
    #[serde(default = "shortest")]
    pub shortest: f64,
}

/// A silence as it was made, in seconds; the last one has no end.
#[derive(Clone, Deserialize)]
pub struct Gap {
    pub from: f64,
    pub to: Option<f64>,
    /// The words before it.
    pub text: String,
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
    /// When the recogniser was asked, and for how many of the samples.
    asked: (f64, usize),
}

pub fn run(options: &Options) -> Result<()> {
    let name: ModelName = options.model.parse()?;
    let whisper = Whisper::load(&files::resolve(&name, Want::Whisper, &())?, &Compute::default())?;
    whisper.warm_up()?;
    let listener = options.end_of_turn_model.as_deref().map(|name| -> Result<_> {
        Ok(SmartTurn::load(&files::resolve(&name.parse()?, Want::SmartTurn, &())?)?)
    });
    let ears = Ears { whisper: &whisper, listener: listener.transpose()? };
    let mut rows = File::create(&options.rows)?;
    let (began, mut seconds) = (Instant::now(), 0.0);
    for turn in turns(options)? {
        let (turn, samples) = turn?;
        seconds += samples.len() as f64 / RATE as f64;
        for row in silences(&turn, &listen(&samples)?, &ears)? {
            writeln!(rows, "{}", serde_json::to_string(&row)?)?;
        }
    }
    let spent = began.elapsed().as_secs_f64();
    println!("{seconds:.0} s of sound in {spent:.0} s");
    Ok(())
}

/// Turns with their sound.
type Turns = Box<dyn Iterator<Item = Result<(Turn, Vec<f32>)>>>;

/// The turns, one after the other.
fn turns(options: &Options) -> Result<Turns> {
    let Some(folder) = options.folder.clone() else {
        let turns = options.turns.unwrap_or_default();
        let all = talk::turns(turns, options.seed, options.recordings.as_deref())?;
        return Ok(Box::new(all.into_iter().map(Ok)));
    };
    let manifest = folder.join("manifest.jsonl");
    let manifest =
        File::open(&manifest).with_context(|| format!("cannot read `{}`", manifest.display()))?;
    Ok(Box::new(BufReader::new(manifest).lines().map(move |line| {
        let turn: Turn = serde_json::from_str(&line?)?;
        let samples = read(&folder.join(&turn.file))?;
        Ok((turn, samples))
    })))
}

fn shortest() -> f64 {
    0.2
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
    // Since when it is quiet, and what the recogniser was asked then.
    let mut lull = None;
    let mut asked = None;
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
                Effect::Fact(Fact::SpeechLull { at, .. }) => lull = Some(seconds(at)),
                Effect::Fact(Fact::SpeechResume { .. }) => (lull, asked) = (None, None),
                Effect::Fact(Fact::SpeechStop { at }) => {
                    let (at, now) = (seconds(at), seconds(now));
                    let late = || (now.max(at + EAGER), turn.len());
                    let asked = asked.take().filter(|(asked, _)| *asked > at).unwrap_or_else(late);
                    lull = None;
                    let samples = turn.clone();
                    told.stops.push(Stop { at, told: now, prosody, samples, asked });
                }
                Effect::Send(_)
                | Effect::Fact(_)
                | Effect::Job(_)
                | Effect::Turn(_)
                | Effect::Tape(..)
                | Effect::Note(_) => {}
            }
        }
        if asked.is_none() && lull.is_some_and(|at| at + EAGER <= seconds(now)) {
            asked = Some((seconds(now), turn.len()));
        }
    }
    Ok(told)
}

/// A row for each silence that was made, and for each of the speaker's own that was heard.
fn silences(turn: &Turn, told: &Told, ears: &Ears<'_>) -> Result<Vec<Row>> {
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
        if gap.is_none() && resumed.is_none_or(|(at, _)| at - stop.at < turn.shortest) {
            continue;
        }
        rows.push(row(turn, gap, Some(stop), resumed.map(|(_, told)| *told), ears)?);
    }
    // A pause that was not heard as one can end no turn.
    for gap in missed.into_iter().flatten() {
        rows.push(row(turn, Some(gap), None, None, ears)?);
    }
    Ok(rows)
}

fn row(
    turn: &Turn,
    gap: Option<&Gap>,
    stop: Option<&Stop>,
    resumed: Option<f64>,
    ears: &Ears<'_>,
) -> Result<Row> {
    let began = Instant::now();
    let settings = SttWhisper::default();
    let listening = Listening {
        language: Some(settings.language.clone()).filter(|language| language != "auto"),
        short_context: settings.short_context,
        ..Listening::default()
    };
    let transcribe = |stop: &Stop| {
        let (_, samples) = stop.asked;
        ears.whisper.transcribe(&stop.samples[..samples], &listening)
    };
    let heard = stop.map(transcribe).transpose()?;
    let heard = heard.unwrap_or_default();
    let (words, finished) = (heard.text.trim().to_string(), heard.finished);
    let stt = began.elapsed().as_secs_f64();
    let hear = |(listener, stop): (&Arc<SmartTurn>, &Stop)| listener.log_odds(&stop.samples);
    let network = ears.listener.as_ref().zip(stop).map(hear).transpose()?;
    let features = text::features(&words);
    let prosody = stop.map(|stop| stop.prosody).unwrap_or_default();
    let Prosody { speech, register, slope, fade, lengthening } = prosody;
    let done = u8::from(gap.is_some_and(|gap| gap.to.is_none()));
    Ok(Row {
        set: turn.set.clone(),
        kind: gap.map_or("own", |_| turn.kind.as_str()).to_string(),
        file: file_name(&turn.file),
        source: PathBuf::new(),
        done,
        from: gap.map_or_else(|| stop.map_or(0.0, |stop| stop.at), |gap| gap.from),
        resumed: resumed.filter(|_| done == 0),
        stop: stop.map(|stop| (stop.at, stop.told)),
        asked: stop.map(|stop| stop.asked.0),
        features: features.map(|it| named(text::NAMES, it)),
        text: words,
        finished: finished.map(|it| it.probability),
        mark: finished.map(|it| mark(it.probability)),
        trust: finished.map(|it| it.trust),
        logprob: heard.segments.last().map(|it| it.avg_logprob),
        stt,
        network,
        truth: gap.map_or_else(String::new, |gap| gap.text.clone()),
        prosody: [Some(speech), register, slope, fade, lengthening],
        sound: sounds(&prosody, features.as_ref().is_some_and(text::is_question)),
    })
}

fn file_name(path: &Path) -> PathBuf {
    path.file_name().map_or_else(PathBuf::new, PathBuf::from)
}
