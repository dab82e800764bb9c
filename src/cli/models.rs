//! `antiphon models`: list, fetch and check models.

use anyhow::{Result, bail};

/// The arguments of `antiphon models`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Print the models that are at hand
    List,
}

/// Runs the model command.
pub(crate) fn run(args: &Args) -> Result<()> {
    match args.command {
        Command::List => bail!("no model is built in yet"),
    }
}
