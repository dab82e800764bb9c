//! `antiphon transcribe`: WAV files in, text out.

mod live;
mod report;

use std::fs::File;
use std::io::{BufReader, Read, stdin};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use antiphon_actors::compute::ask;
use antiphon_config::{Device, Dtype};
use antiphon_models::audio::{SAMPLE_RATE, Speech, WavReader};
use antiphon_models::device::Compute;
use antiphon_models::files::{self, ModelName, Want};
use antiphon_models::whisper::{Options, State, Transcript, Whisper};
use anyhow::{Context, Result, bail};

use super::models::Bars;
use super::out;
use live::Live;

/// Samples that are given to the recogniser at a time: 0.1 s.
const CHUNK: usize = SAMPLE_RATE as usize / 10;

const FILES_HELP: &str = "\
WAV files: 8 to 192 kHz, any number of channels (their mean is heard), 8, 16, 24 or 32-bit integer
or 32 or 64-bit float samples; `-` is standard input";

const PARTIALS_HELP: &str = "\
Show what is heard so far while the audio goes in, on standard error

On a terminal in place, the words that may still change dimmed; otherwise a line each, with ` | `
before the words that may still change. With --json, objects of type `partial` on standard output
instead.";

/// The arguments of `antiphon transcribe`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[arg(required = true, value_name = "FILE", help = FILES_HELP)]
    files: Vec<PathBuf>,

    /// A Whisper model: `rehearsal-…`, `hf:owner/name[@revision]`, or a folder
    #[arg(long, value_name = "M", default_value = "rehearsal-stt-en")]
    model: ModelName,

    /// The language spoken, as a code (`en`) or a name (`English`) [default: detected]
    #[arg(long, value_name = "LANGUAGE")]
    language: Option<String>,

    #[arg(
        long,
        help = "Show what is heard so far, on standard error",
        long_help = PARTIALS_HELP
    )]
    partials: bool,

    /// Where the network runs: `auto`, `cpu`, or what `antiphon devices` lists
    #[arg(long, default_value = "auto")]
    device: Device,

    /// Print one JSON object per file, with words, times, speed and model
    #[arg(long)]
    json: bool,
}

/// Transcribes each file in turn. A file that fails does not keep the others from being heard.
pub(crate) fn run(args: &Args) -> Result<()> {
    let options = Options {
        language: args.language.clone(),
        partial_interval_s: Options::default().partial_interval_s.filter(|_| args.partials),
        ..Options::default()
    };
    let compute = Compute::choose(ask(args.device, Dtype::Auto), &Whisper::DTYPES)?;
    let files = files::resolve(&args.model, Want::Whisper, &Bars::default())?;
    let whisper = Whisper::load(&files, &compute)?;
    let mut failed = 0;
    for file in &args.files {
        let Err(error) = one(args, file, &whisper, &options) else { continue };
        if args.files.len() == 1 || error.is::<out::Closed>() {
            return Err(error);
        }
        out::error(&error);
        failed += 1;
    }
    if failed > 0 {
        bail!("{failed} of {} files could not be transcribed", args.files.len());
    }
    Ok(())
}

/// Transcribes one file and prints its text.
fn one(args: &Args, file: &Path, whisper: &Arc<Whisper>, options: &Options) -> Result<()> {
    let (wav, name) = open(file)?;
    let mut speech = Speech::new(wav)?;
    let mut state = State::new(whisper.clone(), options.clone())?;
    let mut live = Live::new(args, &name, declared_seconds(speech.wav()));
    let started = Instant::now();
    let heard = listen(&mut speech, &mut state, &mut live);
    let took = started.elapsed();
    live.clear();
    let transcript = heard.with_context(|| format!("cannot transcribe `{name}`"))?;
    for warning in speech.wav().warnings() {
        out::warn(warning);
    }
    print(args, &name, &transcript, took)
}

/// A file or standard input.
type Input = BufReader<Box<dyn Read>>;

/// Opens a file, or standard input for `-`; the second is what messages call it.
fn open(file: &Path) -> Result<(WavReader<Input>, String)> {
    let (input, name): (Box<dyn Read>, _) = if file.as_os_str() == "-" {
        (Box::new(stdin()), PathBuf::from("standard input"))
    } else {
        let input = File::open(file).map_err(|e| antiphon_models::Error::io(file, e))?;
        (Box::new(input), file.to_path_buf())
    };
    let wav = WavReader::new(BufReader::new(input), &name)?;
    Ok((wav, name.display().to_string()))
}

fn declared_seconds<R: Read>(wav: &WavReader<R>) -> Option<f64> {
    wav.declared_frames().map(|frames| frames as f64 / f64::from(wav.spec().sample_rate))
}

/// Feeds the whole file to the recogniser and returns what it heard.
fn listen(
    speech: &mut Speech<impl Read>,
    state: &mut State,
    live: &mut Live,
) -> Result<Transcript> {
    let (mut block, mut samples) = (Vec::new(), 0u64);
    while speech.next_block(&mut block)? {
        for chunk in block.chunks(CHUNK) {
            samples += chunk.len() as u64;
            let partial = state.accept(chunk)?;
            live.show(partial.as_ref(), samples as f64 / f64::from(SAMPLE_RATE))?;
        }
    }
    Ok(state.finish()?)
}

fn print(args: &Args, name: &str, transcript: &Transcript, took: Duration) -> Result<()> {
    if args.json {
        let model = args.model.to_string();
        return report::json(&report::Final::new(name, &model, transcript, took));
    }
    out::line(&transcript.text)
}
