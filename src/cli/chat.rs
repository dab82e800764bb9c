//! `antiphon chat`: one answer, or a conversation.

use anyhow::{Result, bail};

/// The arguments of `antiphon chat`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to say; without it a conversation is held on the terminal or from piped lines
    prompt: Option<String>,
}

/// Answers once, or holds a conversation.
pub(crate) fn run(args: &Args) -> Result<()> {
    bail!("no language model is built in yet to answer `{:?}`", args.prompt)
}
