//! `antiphon top`: a running pipeline, live.

mod screen;
mod socket;
mod table;

use std::io::{IsTerminal, stdout};
use std::time::{Duration, Instant};

use antiphon::engine::publish::{self, Live};
use anyhow::{Result, bail};

use super::{interrupt, out};
use screen::Screen;
use socket::{Feed, News};
use table::{Look, draw, headline};

pub(super) const LONG_ABOUT: &str = "\
Watch a running pipeline: its stages, their queues and drops, whose turn it is

Every running pipeline of this user can be watched, from any terminal, while it talks:
  antiphon --pipeline voice.toml    in one terminal
  antiphon top                      in another; `q` or Ctrl-C leaves

One line for each stage and for each further edge into it:
  state     starting, ready, restarting after a fault, ended
  busy      the share of the time that the stage works, or waits for a server or program it asked
  handled   frames, results and deadlines so far
  restarts  how often it was started again after a fault; the last fault stands below
  from      the stage that fills the queue, and the queue: frames waiting / the most that can
  full, stale, restart, closed
            frames dropped: as the queue was full, as their attempt to answer was over, as the
            stage was started again, as the pipeline was ending
A stage with a queue that stays full is the one that the others wait for.";

/// How soon a key is noticed.
const LOOK: Duration = Duration::from_millis(100);
/// Silence of a pipeline that is worth a word.
const SILENCE: Duration = Duration::from_secs(2);
/// How long a pipeline may take to say the first thing.
const PATIENCE: Duration = Duration::from_secs(5);
/// The least time between two looks, in seconds, for a busy share that means something.
const APART: f64 = 0.4;

/// The arguments of `antiphon top`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The number of its process; without it the only one that runs, or a list
    #[arg(value_name = "PID")]
    pid: Option<u32>,

    /// Print one picture and end, as when the output is not a terminal
    #[arg(long)]
    once: bool,

    /// Print all counts as JSON, one line each half second; with --once, one line
    #[arg(long)]
    json: bool,
}

/// Shows a pipeline until it ends or the user leaves.
pub(crate) fn run(args: &Args) -> Result<()> {
    let mut feeds = socket::find(&publish::folders())?;
    if let Some(pid) = args.pid {
        let running = list(&feeds);
        feeds.retain(|feed| feed.pid == pid);
        if feeds.is_empty() {
            bail!("no pipeline runs as process {pid}; {running}");
        }
    }
    match feeds.as_mut_slice() {
        [] => bail!("no pipeline is running; start one: `antiphon --pipeline voice.toml`"),
        [feed] => show(feed, args),
        feeds => {
            for feed in feeds {
                // One that is stopped, or of another version, hides no other.
                match first(feed).and_then(|line| Ok((feed.parse(&line)?, line))) {
                    Ok((_, line)) if args.json => out::line(line)?,
                    Ok((live, _)) => out::line(headline(&live))?,
                    Err(error) => out::warn(format_args!("{error:#}")),
                }
            }
            out::note("several pipelines are running; watch one: `antiphon top PID`");
            Ok(())
        }
    }
}

/// What runs, for whoever asked for something else.
fn list(feeds: &[Feed]) -> String {
    if feeds.is_empty() {
        return "none is running; start one: `antiphon --pipeline voice.toml`".into();
    }
    let pids: Vec<_> = feeds.iter().map(|feed| feed.pid.to_string()).collect();
    format!("running: {}", pids.join(", "))
}

fn show(feed: &mut Feed, args: &Args) -> Result<()> {
    match (args.json, args.once) {
        (true, true) => out::line(first(feed)?),
        (true, false) => pass_on(feed),
        (false, true) => once(feed),
        (false, false) if stdout().is_terminal() => watch(feed),
        (false, false) => once(feed),
    }
}

/// The first line of a pipeline.
fn first(feed: &mut Feed) -> Result<String> {
    match feed.next(PATIENCE)? {
        News::Line(line) => Ok(line),
        News::Quiet => bail!("process {} says nothing; is it stopped?", feed.pid),
        News::Ended => bail!("the pipeline of process {} has just ended", feed.pid),
    }
}

/// Prints lines as they come.
fn pass_on(feed: &mut Feed) -> Result<()> {
    interrupt::flag()?;
    while !interrupt::seen() {
        match feed.next(LOOK)? {
            News::Line(line) => out::line(line)?,
            News::Quiet => {}
            News::Ended => break,
        }
    }
    Ok(())
}

/// Prints one picture, after a second look for the busy share.
fn once(feed: &mut Feed) -> Result<()> {
    let line = first(feed)?;
    let before = feed.parse(&line)?;
    loop {
        let line = first(feed)?;
        let now = feed.parse(&line)?;
        if now.seconds - before.seconds >= APART {
            return print(&now, Some(&before));
        }
    }
}

fn print(now: &Live, before: Option<&Live>) -> Result<()> {
    let look = Look { width: usize::MAX, colour: false };
    draw(now, before, look).into_iter().try_for_each(out::line)
}

/// Draws until the pipeline ends or the user leaves; the last picture stays.
fn watch(feed: &mut Feed) -> Result<()> {
    interrupt::flag()?;
    let screen = Screen::enter()?;
    let (mut last, mut heard): (Option<(Live, Option<Live>)>, _) = (None, Instant::now());
    let ended = loop {
        match feed.next(LOOK)? {
            News::Line(line) => {
                heard = Instant::now();
                let now = feed.parse(&line)?;
                last = Some((now, last.take().map(|(now, _)| now)));
            }
            News::Quiet if heard.elapsed() < SILENCE => {
                if interrupt::seen() || screen.is_left() {
                    break false;
                }
                continue;
            }
            News::Quiet => {}
            News::Ended => break true,
        }
        let look = Look { width: screen.width(), colour: console::colors_enabled() };
        let mut lines = match &last {
            Some((now, before)) => draw(now, before.as_ref(), look),
            None => Vec::new(),
        };
        if heard.elapsed() >= SILENCE {
            let silent = heard.elapsed().as_secs();
            lines.insert(0, format!("process {} has said nothing for {silent} s", feed.pid));
        }
        screen.draw(&lines)?;
        if interrupt::seen() || screen.is_left() {
            break false;
        }
    };
    drop(screen);
    if let Some((now, before)) = &last {
        print(now, before.as_ref())?;
    }
    if ended {
        out::note(format_args!("the pipeline of process {} has ended", feed.pid));
    }
    Ok(())
}
