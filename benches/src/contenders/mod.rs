//! The contenders, and the loop that serves one of them.

#[cfg(feature = "candle")]
mod candle_qwen3;
#[cfg(feature = "candle")]
mod candle_whisper;
#[cfg(feature = "llama")]
mod llama;
mod ours;
mod voice;

use std::io::{BufRead, Write};
use std::path::Path;
use std::time::Instant;

use anyhow::{Result, bail};

use crate::protocol::{Contender, Reply, reply};

/// Loads the contender called `name` and answers requests from stdin until it closes.
///
/// # Errors
/// When there is no such contender, its model cannot be loaded, or the pipes break.
pub fn serve(name: &str, model: &Path, threads: usize) -> Result<()> {
    let begin = Instant::now();
    let mut contender: Box<dyn Contender> = match name {
        "ours-qwen3" => Box::new(ours::Language::load(model)?),
        "ours-voice" => Box::new(ours::Voice::load(&model.to_string_lossy())?),
        "ours-whisper" => Box::new(ours::Speech::load(&model.to_string_lossy())?),
        "ours-kokoro" => Box::new(voice::Tokens::load(model)?),
        #[cfg(feature = "candle")]
        "candle-qwen3" => Box::new(candle_qwen3::CandleQwen3::load(model)?),
        #[cfg(feature = "candle")]
        "candle-whisper" => Box::new(candle_whisper::CandleWhisper::load(model)?),
        #[cfg(feature = "llama")]
        "llama" => Box::new(llama::Llama::load(model, threads)?),
        _ => bail!(
            "no contender `{name}`; `llama` needs the feature `llama`, {threads} threads asked for"
        ),
    };
    let mut output = std::io::stdout().lock();
    say(&mut output, &reply([("load_s", begin.elapsed().as_secs_f64())]))?;
    for line in std::io::stdin().lock().lines() {
        let answer = match contender.answer(serde_json::from_str(&line?)?) {
            Ok(answer) => answer,
            Err(error) => Reply::from([("error".to_owned(), format!("{error:#}").into())]),
        };
        say(&mut output, &answer)?;
    }
    Ok(())
}

fn say(output: &mut impl Write, answer: &Reply) -> Result<()> {
    serde_json::to_writer(&mut *output, answer)?;
    output.write_all(b"\n")?;
    output.flush()?;
    Ok(())
}
