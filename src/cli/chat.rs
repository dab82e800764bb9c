//! `antiphon chat`: one answer, or a conversation.

use std::io::{BufRead, IsTerminal, stderr, stdin};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use antiphon_actors::compute::ask;
use antiphon_config::{Device, Dtype};
use antiphon_models::device::Compute;
use antiphon_models::files::{self, ModelName, Want};
use antiphon_models::qwen3::Qwen3;
use antiphon_models::text::{
    Cancel, Finish, GenerateOptions, Llm, Message, Reply, Sampling, Session, SessionOptions,
};
use anyhow::{Context, Result, bail};

use super::models::Bars;
use super::{interrupt, out};

/// How soon Ctrl-C at the prompt is noticed.
const POLL: Duration = Duration::from_millis(50);

const LONG_HELP: &str = "\
What to say

With it, one answer is printed. Without it a conversation is held: on the terminal, or one turn for
each piped line. Answers go to standard output. Ctrl-C cancels the answer being given; at the
prompt it ends the conversation, as Ctrl-D does.";

/// The arguments of `antiphon chat`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[arg(help = "What to say; without it a conversation is held", long_help = LONG_HELP)]
    prompt: Option<String>,

    /// A Qwen3 model: `rehearsal-…`, `hf:owner/name[@revision][/file]`, or a path
    #[arg(long, value_name = "M", default_value = "rehearsal-llm-en")]
    model: ModelName,

    /// Instructions for the whole conversation
    #[arg(long, value_name = "TEXT")]
    system: Option<String>,

    /// How freely words are chosen; 0 takes the most likely one always
    #[arg(long, value_name = "T", default_value_t = 0.0, allow_negative_numbers = true)]
    temperature: f32,

    /// Where the random numbers start, for a temperature above 0 [default: different each time]
    #[arg(long, value_name = "S")]
    seed: Option<u64>,

    /// Choose among this many most likely tokens only; 0 among all
    #[arg(long, value_name = "K", default_value_t = 0)]
    top_k: usize,

    /// Choose among the most likely tokens that together have this probability
    #[arg(long, value_name = "P", default_value_t = 1.0)]
    top_p: f32,

    /// Choose among tokens at least this times as likely as the most likely one
    #[arg(long, value_name = "P", default_value_t = 0.0)]
    min_p: f32,

    /// Make tokens that came before less likely; 1 changes nothing
    #[arg(long, value_name = "P", default_value_t = 1.0)]
    repetition_penalty: f32,

    /// Longest answer
    #[arg(long, value_name = "TOKENS", default_value_t = 512)]
    max_tokens: usize,

    /// Most tokens of conversation and answer together [default: what the model was made for]
    #[arg(long, value_name = "TOKENS")]
    context: Option<usize>,

    /// Answer with JSON that matches the schema in this file
    #[arg(long, value_name = "FILE")]
    json_schema: Option<PathBuf>,

    /// Let a model think before it answers, where it knows how; thoughts are not printed
    #[arg(long, conflicts_with = "json_schema")]
    think: bool,

    /// Where the network runs: `auto`, `cpu`, or what `antiphon devices` lists
    #[arg(long, default_value = "auto")]
    device: Device,

    /// Print where the time went, for each answer
    #[arg(long)]
    timings: bool,
}

/// Answers once, or holds a conversation.
pub(crate) fn run(args: &Args) -> Result<()> {
    let options = options(args)?;
    let compute = Compute::choose(ask(args.device, Dtype::Auto), &Qwen3::DTYPES)?;
    let raised = interrupt::flag()?;
    let files = files::resolve(&args.model, Want::Qwen3, &Bars::default())?;
    interrupt::check()?;
    let llm = Llm::load(&files, &compute)?;
    let settings = SessionOptions { context_limit: args.context, ..SessionOptions::default() };
    let session = Session::new(llm, &settings)?;
    let messages = args.system.iter().map(Message::system).collect();
    let mut chat = Chat { session, messages, options, raised, timings: args.timings };
    match &args.prompt {
        Some(prompt) => {
            chat.turn(prompt)?;
            interrupt::check()
        }
        None => chat.converse(),
    }
}

fn options(args: &Args) -> Result<GenerateOptions> {
    let seed = match args.seed {
        Some(seed) => seed,
        None => std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 0),
    };
    let sampling = Sampling {
        temperature: args.temperature,
        top_k: args.top_k,
        top_p: args.top_p,
        min_p: args.min_p,
        repetition_penalty: args.repetition_penalty,
        seed,
    };
    sampling.check()?;
    let json_schema = match &args.json_schema {
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("cannot read `{}`", path.display()))?;
            let schema = serde_json::from_str(&text)
                .with_context(|| format!("`{}` is not JSON", path.display()))?;
            Some(schema)
        }
        None => None,
    };
    let flag = interrupt::flag()?;
    Ok(GenerateOptions {
        sampling,
        max_tokens: args.max_tokens,
        stop: Vec::new(),
        thinking: args.think,
        json_schema,
        cancel: Cancel::when(move || flag.load(Ordering::Relaxed)),
    })
}

/// A conversation on standard input and output.
struct Chat {
    session: Session,
    messages: Vec<Message>,
    options: GenerateOptions,
    raised: Arc<AtomicBool>,
    timings: bool,
}

impl Chat {
    fn converse(&mut self) -> Result<()> {
        let terminal = stdin().is_terminal();
        let lines = lines();
        loop {
            if terminal {
                prompt();
            }
            let Some(line) = self.next_line(&lines)? else {
                if terminal {
                    out::note("");
                }
                return Ok(());
            };
            if line.trim().is_empty() {
                continue;
            }
            self.turn(line.trim())?;
            if self.raised.load(Ordering::Relaxed) {
                if !terminal {
                    bail!("interrupted");
                }
                self.raised.store(false, Ordering::Relaxed);
            }
        }
    }

    /// Waits for a line; `None` at the end of input or at Ctrl-C.
    fn next_line(&self, lines: &Receiver<std::io::Result<String>>) -> Result<Option<String>> {
        loop {
            match lines.recv_timeout(POLL) {
                Ok(line) => return line.map(Some).context("cannot read standard input"),
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
                Err(RecvTimeoutError::Timeout) if self.raised.load(Ordering::Relaxed) => {
                    return Ok(None);
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    fn turn(&mut self, words: &str) -> Result<()> {
        self.messages.push(Message::user(words));
        let mut failed = None;
        let reply =
            self.session.generate(&self.messages, &self.options, &mut |piece| match out::piece(
                piece,
            ) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    failed = Some(error);
                    ControlFlow::Break(())
                }
            })?;
        if let Some(error) = failed {
            return Err(error);
        }
        out::line("")?;
        self.report(&reply);
        self.options.sampling.seed = self.options.sampling.seed.wrapping_add(1);
        if reply.text.is_empty() && reply.finish == Finish::Cancelled {
            self.messages.pop();
        } else {
            // The words of a cancelled answer were read, so they are part of the conversation.
            self.messages.push(Message::assistant(reply.text));
        }
        Ok(())
    }

    fn report(&self, reply: &Reply) {
        if reply.dropped_turns > 0 || reply.dropped_chars > 0 {
            out::warn(format_args!(
                "the conversation does not fit into {} tokens: {} turns and {} characters were \
                 left out",
                self.session.context_limit(),
                reply.dropped_turns,
                reply.dropped_chars
            ));
        }
        match reply.finish {
            Finish::Length => out::warn("the answer was cut off at its longest"),
            Finish::Stop | Finish::StopString | Finish::Cancelled => {}
        }
        if self.timings {
            let rate = |tokens: usize, time: Duration| tokens as f64 / time.as_secs_f64().max(1e-9);
            let times = &reply.timings;
            out::note(format_args!(
                "prompt {} tokens ({} reused) {:.0} ms, {:.0}/s; answer {} tokens {:.0} ms, {:.0}/s",
                reply.prefill_tokens,
                reply.reused_tokens,
                times.prefill.as_secs_f64() * 1e3,
                rate(reply.prefill_tokens, times.prefill),
                reply.tokens.len(),
                times.decode.as_secs_f64() * 1e3,
                rate(reply.tokens.len(), times.decode),
            ));
        }
    }
}

fn prompt() {
    use std::io::Write;
    let mut stderr = stderr().lock();
    // Whoever closed standard error does not want to hear of it.
    stderr.write_all(b"> ").and_then(|()| stderr.flush()).ok();
}

/// Reads lines on a thread of its own, as a read cannot be interrupted; it ends with the process.
fn lines() -> Receiver<std::io::Result<String>> {
    let (sender, receiver) = sync_channel(1);
    std::thread::spawn(move || {
        for line in stdin().lock().lines() {
            let failed = line.is_err();
            if sender.send(line).is_err() || failed {
                return;
            }
        }
    });
    receiver
}
