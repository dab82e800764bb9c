//! `antiphon devices`: where networks can run.

use antiphon_models::device;
use anyhow::Result;

use super::out;

pub(super) const LONG_ABOUT: &str = "\
List where networks can run: the values of `device` in a pipeline file

The processor, and the graphics devices that this program is built for (features `cuda` and
`metal`), each with what it is or why it cannot be used. `device = \"auto\"` takes the first
graphics device that can be used, else the processor.";

/// The arguments of `antiphon devices`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// Prints a line for each device.
pub(crate) fn run(_: &Args) -> Result<()> {
    for found in device::devices() {
        let place = found.place.to_string();
        match found.state {
            Ok(what) => out::line(format_args!("{place:<8} {what}"))?,
            Err(reason) => out::line(format_args!("{place:<8} cannot be used: {reason}"))?,
        }
    }
    Ok(())
}
