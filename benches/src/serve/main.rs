//! Several sessions that answer at the same time with one model: tokens a second against one alone.

#![expect(clippy::print_stdout, reason = "a program for the terminal")]

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use antiphon_models::device::Compute;
use antiphon_models::files::{self, ModelName, Want};
use antiphon_models::qwen3::Qwen3;
use antiphon_models::text::{
    ChatTemplate, GenerateOptions, Llm, Message, Session, SessionOptions, Tokenizer,
};
use anyhow::{Context, Result};
use candle_core::quantized::gguf_file::Content;
use clap::Parser;

/// Measures how many tokens a second one model makes for 1, 2, 4, 8 and 16 sessions.
#[derive(Parser)]
struct Options {
    /// A GGUF file of Qwen3-0.6B's size; left out if it is not there. `rivals/make_models.py` writes
    /// one with random weights.
    #[arg(long, default_value = "target/models-random/qwen3-0.6b-q4_k_m.gguf")]
    large: PathBuf,
    /// Seconds for each number of sessions and round.
    #[arg(long, default_value_t = 4.0)]
    seconds: f64,
    /// Rounds, in each of which all numbers of sessions are measured once.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// The longest answer, in tokens.
    #[arg(long, default_value_t = 64)]
    tokens: usize,
}

const SESSIONS: [usize; 5] = [1, 2, 4, 8, 16];

fn main() -> Result<()> {
    let options = Options::parse();
    let name: ModelName = "rehearsal-llm-en".parse()?;
    let small = files::resolve(&name, Want::Qwen3, &())?;
    measure(&options, "rehearsal-llm-en", &Llm::load(&small, &Compute::default())?)?;
    if options.large.exists() {
        measure(&options, &options.large.display().to_string(), &large(&options.large)?)?;
    } else {
        println!("`{}` is not there: left out", options.large.display());
    }
    Ok(())
}

/// A network without a tokeniser of its own, with that of the rehearsal model.
fn large(path: &Path) -> Result<Arc<Llm>> {
    let network = Qwen3::load_gguf(path)?;
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/weights/rehearsal-llm-en/model.gguf");
    let mut file = std::fs::File::open(own).with_context(|| format!("cannot read `{own}`"))?;
    let tokenizer = Tokenizer::from_gguf(own, &Content::read(&mut file)?)?;
    Ok(Arc::new(Llm::new("large", network, tokenizer, ChatTemplate::chatml())?))
}

fn measure(options: &Options, title: &str, llm: &Arc<Llm>) -> Result<()> {
    llm.warm_up()?;
    let mut rates: Vec<Vec<f64>> = vec![Vec::new(); SESSIONS.len()];
    let mut least = vec![f64::INFINITY; SESSIONS.len()];
    for _ in 0..options.rounds {
        for (at, &sessions) in SESSIONS.iter().enumerate() {
            let made = together(options, llm, sessions)?;
            let all: f64 = made.iter().sum();
            rates[at].push(all);
            let poorest = made.iter().copied().fold(f64::INFINITY, f64::min);
            least[at] = least[at].min(poorest / (all / sessions as f64));
        }
    }
    println!("{title}, answers of at most {} tokens\n", options.tokens);
    println!(
        "| sessions | tokens a second, median of {} | × one | the slowest session's share |",
        options.rounds
    );
    println!("| --- | --- | --- | --- |");
    let median = |rates: &[f64]| {
        let mut rates = rates.to_vec();
        rates.sort_by(f64::total_cmp);
        rates[rates.len() / 2]
    };
    let one = median(&rates[0]);
    for ((sessions, rates), least) in SESSIONS.iter().zip(&rates).zip(least) {
        let rate = median(rates);
        println!(
            "| {sessions} | {rate:.0} | {:.2} | {:.0} % of an even one |",
            rate / one,
            least * 100.0
        );
    }
    println!();
    Ok(())
}

/// Tokens a second that each of so many sessions was given.
fn together(options: &Options, llm: &Arc<Llm>, sessions: usize) -> Result<Vec<f64>> {
    let over = AtomicBool::new(false);
    let made: Vec<AtomicU64> = (0..sessions).map(|_| AtomicU64::new(0)).collect();
    let began = Instant::now();
    let outcome: Result<Vec<()>> = thread::scope(|scope| {
        let (over, made) = (&over, &made);
        let asking: Vec<_> = (0..sessions)
            .map(|at| scope.spawn(move || ask(options, llm, at, &made[at], over)))
            .collect();
        thread::sleep(Duration::from_secs_f64(options.seconds));
        over.store(true, Ordering::Relaxed);
        let joined = asking.into_iter().map(|it| it.join().expect("a session does not panic"));
        joined.collect()
    });
    outcome?;
    let seconds = began.elapsed().as_secs_f64();
    Ok(made.iter().map(|made| made.load(Ordering::Relaxed) as f64 / seconds).collect())
}

/// Asks one thing after another until it is over.
fn ask(
    options: &Options,
    llm: &Arc<Llm>,
    at: usize,
    made: &AtomicU64,
    over: &AtomicBool,
) -> Result<()> {
    let mut session = Session::new(llm.clone(), &SessionOptions::default())?;
    let say = GenerateOptions { max_tokens: options.tokens, ..GenerateOptions::default() };
    for number in at.. {
        let chat = [Message::user(format!("Tell me what you know about the number {number}."))];
        let reply = session.generate(&chat, &say, &mut |_| match over.load(Ordering::Relaxed) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        })?;
        made.fetch_add(reply.tokens.len() as u64, Ordering::Relaxed);
        if over.load(Ordering::Relaxed) {
            break;
        }
    }
    Ok(())
}
