//! `antiphon schema`: what pipeline files may hold, for editors.

use anyhow::Result;

use super::out;

pub(super) const LONG_ABOUT: &str = "\
Print the JSON schema of pipeline files, with which an editor completes and explains their keys

  antiphon schema > antiphon.json

In an editor with the TOML language server Taplo, begin a pipeline file with
  #:schema ./antiphon.json";

/// The arguments of `antiphon schema`: none.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// Prints the schema.
pub(crate) fn run(_: &Args) -> Result<()> {
    out::line(format_args!("{:#}", antiphon_config::schema()))
}
