//! `antiphon bench beside`: the engine beside the system that it replaces, and beside pipecat.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use antiphon::bench::beside::costs::{Costs, QUESTION_S};
use antiphon::bench::beside::table::{self, Contender};
use antiphon::bench::beside::{pipecat, replaced};
use antiphon::bench::hold::hold_with;
use antiphon::bench::measure::{Measured, measure_sound};
use antiphon::bench::script::{Conversation, Kind, Part, Turn, Voice, conversations};
use antiphon::bench::voice::{SpokenTurn, recordings};
use antiphon_actors::Clock;
use antiphon_config::{EndOfTurn, Override, Pipeline};

use super::{RECORDINGS, all, out, runtime};

pub(super) const LONG_ABOUT: &str = "\
Hold the same conversations here and in other systems, with models of the same stated cost

Recogniser, language model and voice are fakes that cost the same everywhere; all else is each
system's own. Fake recognisers write the true words, in small letters and without marks. First, one
question of 4.16 s with the costs of the system that was replaced, which worked one step after the
other; here, steps overlap. Then conversations as of `bench dead-air`, without words over replies,
beside pipecat if `--python` names a Python that has it. Everything runs in real time, but for
`--pipecat-virtual`. Dead air is from the last voiced sample to the first audible sample of the
reply, in the sound that each system puts out; a turn is cut off when a reply is heard before its end.";

/// The longest silence within a reply: a fake voice makes none, nor does a loudspeaker in time.
pub(super) const PAUSE_S: f64 = 0.1;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Pipeline file; a bare name is also looked up in pipelines/
    #[arg(long, value_name = "FILE", default_value = "voice.toml")]
    pipeline: PathBuf,

    /// Change a setting: turn.end_silence_ms=300
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<Override>,

    /// A Python that has pipecat (benches/README.md says which); without it, pipecat is left out
    #[arg(long, value_name = "FILE")]
    python: Option<PathBuf>,

    /// Run pipecat on a clock that stands still while it works: its own work costs nothing then
    #[arg(long, requires = "python")]
    pipecat_virtual: bool,

    /// How many turns there are at least; 0 leaves pipecat and these conversations out
    #[arg(long, value_name = "N", default_value_t = 100)]
    turns: usize,

    /// Which conversations are made
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    seed: u64,

    /// Conversations held at a time
    #[arg(long, value_name = "N", default_value_t = 3)]
    jobs: usize,

    /// Folder with recordings of people [default: ../shared/audio, if it is there]
    #[arg(long, value_name = "DIR", env = "ANTIPHON_AUDIO")]
    recordings: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Result<()> {
    let pipeline = crate::cli::check::pipeline(&args.pipeline, &args.set)?;
    if !pipeline.turn.reply {
        bail!("`{}` answers nothing: name one that replies", args.pipeline.display());
    }
    let program = pipecat::program();
    if args.python.is_some() && !program.is_file() {
        bail!("no `{}` here: run this in Antiphon's repository", program.display());
    }
    let runtime = runtime()?;
    runtime.block_on(replaced_beside(&pipeline))?;
    if args.turns > 0 {
        conversations_beside(args, &pipeline, &program, &runtime)?;
    }
    // A worker thread in the middle of a step is not waited for.
    runtime.shutdown_background();
    Ok(())
}

/// One question to the replaced system and here, with the same costs.
async fn replaced_beside(pipeline: &Pipeline) -> Result<()> {
    let costs = Costs::replaced();
    let (conversation, turns) = question()?;
    out::line(format_args!(
        "A question of {QUESTION_S} s, an answer of {:.2} s; costs of the system that was replaced, \
         in real time:",
        costs.answer.split_whitespace().count() as f64 * costs.word_ms / 1e3
    ))?;
    let was = replaced::turn(Clock::start_real(), &costs, Duration::from_secs_f64(QUESTION_S));
    let anew = hold_with(pipeline, &conversation, &turns, None, Some(&costs));
    let streams = Costs { stt_anew: false, ..costs.clone() };
    let streams = hold_with(pipeline, &conversation, &turns, None, Some(&streams));
    let (was, anew, streams) = tokio::join!(was, anew, streams);
    out::line(format_args!("replaced, its end told by hand: {}", was.line()))?;
    let rows = [("hearing all of it anew", anew?), ("hearing each second once", streams?)];
    for (name, held) in rows {
        let record = held.records.first().context("no turn was recorded")?;
        let (gaps, ms) =
            record.attempts.last().map_or((0, 0.0), |attempt| (attempt.gaps, attempt.gaps_ms));
        let line = record.line();
        let measured = measure_sound(&conversation, held, PAUSE_S);
        let turn = measured.turns.first();
        let sound =
            turn.and_then(|turn| turn.dead_air_ms).map_or("-".into(), |ms| format!("{ms:.0}"));
        let cut = if turn.is_some_and(|turn| turn.cut_off) { "cut off" } else { "not cut off" };
        out::line(format_args!(
            "here, {name}: {line}; {sound} ms in the sound, {cut}, {gaps} gaps in the answer \
             ({ms:.0} ms)"
        ))?;
    }
    out::line("")
}

/// A conversation of one question of exactly that length.
fn question() -> Result<(Conversation, Vec<SpokenTurn>)> {
    let text = "What is the capital of France, and how many people live in the city?";
    let turn = Turn { kind: Kind::Plain, parts: vec![Part::Words(text.into())], over: None };
    let voice = Voice::Espeak("en-us+Annie", 165);
    let conversation = Conversation { number: 0, voice, noise_db: None, turns: vec![turn] };
    let mut spoken = super::speak(std::slice::from_ref(&conversation))?.remove(0);
    for turn in &mut spoken {
        let ends = turn.clip.speech.first().zip(turn.clip.speech.last());
        let length = ends.map_or(1, |(first, last)| last.to - first.from) as f64;
        let factor = QUESTION_S * f64::from(antiphon::bench::RATE) / length;
        turn.clip = turn.clip.stretched(QUESTION_S);
        turn.words.iter_mut().for_each(|word| word.at *= factor);
    }
    Ok((conversation, spoken))
}

/// Conversations here and in pipecat, one after the other.
fn conversations_beside(
    args: &Args,
    pipeline: &Pipeline,
    program: &Path,
    runtime: &tokio::runtime::Runtime,
) -> Result<()> {
    let people = recordings(&args.recordings.clone().unwrap_or_else(|| RECORDINGS.into()));
    let mut script = conversations(args.turns, args.seed, &people);
    // Nobody speaks over replies: what becomes of these is measured elsewhere.
    script.iter_mut().flat_map(|it| &mut it.turns).for_each(|turn| turn.over = None);
    let spoken = super::speak(&script)?;
    let costs = Costs::small();
    let mut contenders = Vec::new();
    let mut take = |name: &str, measured| {
        contenders.push(Contender { name: name.into(), measured });
    };
    let mut silence = pipeline.clone();
    silence.turn.end_of_turn = EndOfTurn::Silence;
    silence.turn.end_silence = pipecat::SILENCE;
    let as_it_is = format!("here, {}", args.pipeline.display());
    for (name, pipeline) in [(as_it_is.as_str(), pipeline), ("here, silence of 0.5 s", &silence)] {
        let held = all(pipeline, &script, &spoken, None, args.jobs, Some(&costs));
        take(name, runtime.block_on(held)?);
    }
    if let Some(python) = &args.python {
        let folder = super::scratch("beside")?;
        pipecat::write(&folder, &costs, args.jobs, &script, &spoken)?;
        for (settings, name) in pipecat::SETTINGS {
            let bar = super::spinner(name);
            let held = pipecat::hold(python, program, settings, &folder, args.pipecat_virtual);
            bar.finish_and_clear();
            let mut measured = Measured::default();
            for (number, held) in held? {
                let conversation = script.iter().find(|it| it.number == number);
                let conversation = conversation.context("pipecat held another conversation")?;
                measured.add(measure_sound(conversation, held, PAUSE_S));
            }
            take(name, measured);
        }
        // What stays in the folder for temporary files is removed by the system.
        std::fs::remove_dir_all(&folder).ok();
    }
    out::line(format_args!(
        "The same conversations, {} of them, seed {}; fakes in all: {} ms a transcript, {} ms the \
         first token and {} each further, {} ms of voice before its first word and {} ms a word:\n",
        script.len(),
        args.seed,
        costs.stt_ms,
        costs.llm_first_ms,
        costs.llm_token_ms,
        costs.tts_first_ms,
        costs.tts_word_ms
    ))?;
    out::piece(table::page(&contenders))
}
