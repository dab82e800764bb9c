//! The command line: one file per subcommand; what they share is here and in [`out`].

mod bench;
mod chat;
mod check;
mod devices;
mod graph;
mod interrupt;
mod log;
mod models;
mod out;
mod phonemes;
mod report;
mod run;
mod schema;
mod threads;
#[cfg(unix)]
mod top;
mod transcribe;

use std::num::NonZeroUsize;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Args as _, CommandFactory, FromArgMatches, Parser, Subcommand};

/// The exit codes, as printed below every `--help`.
const EXIT_CODES: &str = "\
Exit codes:
  0    done; also when the reader of standard output left early
  1    failed: one message on standard error says what and where
  2    the command line is wrong
  130  interrupted by Ctrl-C

Results go to standard output; progress, warnings and errors go to standard error.";

const THREADS_HELP: &str = "\
Threads for the networks

The default is the number of physical cores, or what CANDLE_NUM_THREADS and RAYON_NUM_THREADS say.
More threads than physical cores make the networks slower; fewer leave room for other work.";

/// A dataflow engine for talking machines: speech recognition and language models in one process.
#[derive(Debug, Parser)]
#[command(
    name = "antiphon",
    version,
    after_help = EXIT_CODES,
    max_term_width = 100
)]
struct Cli {
    #[arg(
        long,
        global = true,
        value_name = "N",
        env = "ANTIPHON_THREADS",
        help = "Threads for the networks [default: physical cores]",
        long_help = THREADS_HELP
    )]
    threads: Option<NonZeroUsize>,

    #[command(subcommand)]
    command: Option<Command>,

    /// Without a subcommand: `run`.
    #[command(flatten)]
    run: run::Args,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Hold a spoken conversation; what `antiphon --pipeline FILE` does
    Run(run::Args),
    /// Write down what is said in WAV files
    Transcribe(transcribe::Args),
    /// Ask a language model once, or talk with it
    Chat(chat::Args),
    /// Write down how text sounds, a line of phonemes for each line
    #[command(long_about = phonemes::LONG_ABOUT)]
    Phonemes(phonemes::Args),
    /// List, fetch and check models
    Models(models::Args),
    /// Check pipeline files: every fault at its place, with what would have been accepted
    #[command(long_about = check::LONG_ABOUT)]
    Check(check::Args),
    /// List where networks can run: the processor, and graphics devices
    #[command(long_about = devices::LONG_ABOUT)]
    Devices(devices::Args),
    /// Draw a pipeline file: its stages, and what flows between them
    #[command(long_about = graph::LONG_ABOUT)]
    Graph(graph::Args),
    /// Print the JSON schema of pipeline files, for editors
    #[command(long_about = schema::LONG_ABOUT)]
    Schema(schema::Args),
    /// Say where the dead air of whole runs went
    #[command(long_about = report::LONG_ABOUT)]
    Report(report::Args),
    /// Measure how fast a pipeline answers, from the sound of conversations
    Bench(bench::Args),
    /// Watch a running pipeline: its stages, their queues and drops, whose turn it is
    #[cfg(unix)]
    #[command(long_about = top::LONG_ABOUT)]
    Top(top::Args),
}

/// Parses the command line, runs the subcommand and prints its error, once.
pub(crate) fn main() -> ExitCode {
    let cli = match parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    threads::limit(cli.threads);
    let result = match cli.command.unwrap_or(Command::Run(cli.run)) {
        Command::Run(args) => run::run(&args),
        Command::Transcribe(args) => transcribe::run(&args),
        Command::Chat(args) => chat::run(&args),
        Command::Phonemes(args) => phonemes::run(&args),
        Command::Models(args) => models::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Devices(args) => devices::run(&args),
        Command::Graph(args) => graph::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Bench(args) => bench::run(&args),
        #[cfg(unix)]
        Command::Top(args) => top::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<out::Closed>() => ExitCode::SUCCESS,
        Err(error) => {
            if interrupt::seen() {
                return ExitCode::from(interrupt::EXIT_CODE);
            }
            out::error(&error);
            ExitCode::FAILURE
        }
    }
}

/// Parses the command line. Arguments of `run` do not go before another subcommand, which would
/// pass over them; `--threads` may.
fn parse() -> Result<Cli, clap::Error> {
    let mut command = Cli::command();
    let matches = command.try_get_matches_from_mut(std::env::args_os())?;
    if let Some(name) = matches.subcommand_name() {
        let run = run::Args::augment_args(clap::Command::new("run"));
        let given = |id: &&clap::Arg| {
            matches.value_source(id.get_id().as_str()) == Some(ValueSource::CommandLine)
        };
        if let Some(argument) = run.get_arguments().find(given) {
            let option = argument.get_long().unwrap_or_else(|| argument.get_id().as_str());
            let message = format!("`--{option}` goes with `run`, not with `{name}`");
            return Err(command.error(ErrorKind::ArgumentConflict, message));
        }
    }
    Cli::from_arg_matches(&matches)
}

/// Prints help, the version, or what is wrong with the command line. A reader that left early is
/// no fault.
fn usage(error: &clap::Error) -> ExitCode {
    error.print().ok();
    u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
}
