//! What is shown while a file is heard: partials, or how far a long file has come.

use antiphon_models::whisper::Partial;
use anyhow::Result;
use console::{Term, measure_text_width, style};
use indicatif::{ProgressBar, ProgressStyle};

use super::{Args, report};
use crate::cli::out;

/// Files of fewer seconds show no progress bar: they are done before it is read.
const LONG_S: f64 = 30.0;

/// The display of one file.
pub(super) enum Live<'a> {
    /// Partials rewritten in place on a terminal.
    InPlace(Term),
    /// Partials as lines on standard error.
    Lines,
    /// Partials as JSON on standard output.
    Json(&'a str),
    /// A progress bar, in seconds of audio.
    Bar(ProgressBar),
    /// Nothing.
    Quiet,
}

impl<'a> Live<'a> {
    /// Chooses the display for a file of `seconds`, where known.
    pub(super) fn new(args: &Args, name: &'a str, seconds: Option<f64>) -> Self {
        let terminal = Term::stderr();
        if args.partials && args.json {
            Self::Json(name)
        } else if args.partials && terminal.is_term() {
            Self::InPlace(terminal)
        } else if args.partials {
            Self::Lines
        } else {
            match seconds.filter(|seconds| *seconds >= LONG_S && terminal.is_term()) {
                Some(seconds) => Self::Bar(bar(name, seconds)),
                None => Self::Quiet,
            }
        }
    }

    /// Shows that `seconds` of audio were heard and what a due partial says.
    ///
    /// # Errors
    /// Those of standard output.
    pub(super) fn show(&self, partial: Option<&Partial>, seconds: f64) -> Result<()> {
        if let Self::Bar(bar) = self {
            bar.set_position(seconds as u64);
        }
        let Some(partial) = partial else { return Ok(()) };
        match self {
            Self::InPlace(terminal) => {
                let (_, columns) = terminal.size();
                let line = line(partial, columns.into());
                // A terminal that cannot be drawn on is no reason to stop listening.
                terminal.clear_line().and_then(|()| terminal.write_str(&line)).ok();
            }
            Self::Lines => {
                let (stable, unstable) =
                    (report::text(&partial.stable), report::text(&partial.unstable));
                out::note(format_args!("{:6.1} s  {stable} | {unstable}", partial.audio_s));
            }
            Self::Json(name) => report::json(&report::Heard::new(name, partial))?,
            Self::Bar(_) | Self::Quiet => {}
        }
        Ok(())
    }

    /// Takes the display away, so that the text can take its place.
    pub(super) fn clear(&self) {
        match self {
            Self::InPlace(terminal) => {
                terminal.clear_line().ok();
            }
            Self::Bar(bar) => bar.finish_and_clear(),
            Self::Lines | Self::Json(_) | Self::Quiet => {}
        }
    }
}

fn bar(name: &str, seconds: f64) -> ProgressBar {
    let bar = ProgressBar::new(seconds.ceil() as u64);
    if let Ok(style) = ProgressStyle::with_template("{msg} [{bar:30}] {pos} of {len} s, {eta} left")
    {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_message(name.to_owned());
    bar
}

/// The newest words that fit into `columns`, those that may change dimmed.
fn line(partial: &Partial, columns: usize) -> String {
    let (mut words, mut left) = (Vec::new(), columns.saturating_sub(1));
    let stable = partial.stable.iter().map(|word| (word, false));
    let unstable = partial.unstable.iter().map(|word| (word, true));
    for (word, may_change) in stable.chain(unstable).rev() {
        let width = measure_text_width(&word.text);
        if width > left {
            break;
        }
        left -= width;
        let text = style(&word.text).for_stderr();
        words.push(if may_change { text.dim() } else { text }.to_string());
    }
    words.iter().rev().map(String::as_str).collect::<String>().trim_start().to_owned()
}
