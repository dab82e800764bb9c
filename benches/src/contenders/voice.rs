//! Our own Kokoro.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use antiphon_models::device::Compute;
use antiphon_models::files::File;
use antiphon_models::kokoro::{self, Kokoro, KokoroFiles, Noise};
use anyhow::{Result, bail};

use crate::protocol::{Contender, Reply, Request, reply};

/// Kokoro, its voice, and its noise.
pub struct Tokens {
    model: Kokoro,
    voice: kokoro::Voice,
    noise: Noise,
}

impl Tokens {
    /// Loads what `rivals/make_kokoro.py` wrote and warms up.
    ///
    /// # Errors
    /// When the folder holds no Kokoro checkpoint.
    pub fn load(folder: &Path) -> Result<Self> {
        let model = Kokoro::load(&KokoroFiles::in_dir(folder)?, &Compute::default())?;
        let voice = kokoro::Voice::load(&File::Path(folder.join("voices/af_random.pt")))?;
        let mut this = Self { model, voice, noise: Noise::seeded(1) };
        this.speak(&(1..=40).collect::<Vec<_>>())?;
        Ok(this)
    }

    fn speak(&mut self, tokens: &[u32]) -> Result<Reply> {
        let style = self.voice.row(tokens.len())?;
        let begin = Instant::now();
        let (mut last, mut parts) = (0.0, BTreeMap::<&'static str, f64>::new());
        let mut done = |part: &'static str| {
            let now = begin.elapsed().as_secs_f64();
            *parts.entry(part).or_default() += now - last;
            last = now;
            ControlFlow::Continue(())
        };
        let spoken = self.model.speak_watched(tokens, style, 1.0, &mut self.noise, &mut done)?;
        let total = begin.elapsed().as_secs_f64();
        let mut answer = reply([("total_s", total), ("samples", spoken.samples.len() as f64)]);
        answer.extend(parts.into_iter().map(|(part, took)| (format!("{part}_s"), took.into())));
        Ok(answer)
    }
}

impl Contender for Tokens {
    fn answer(&mut self, request: Request) -> Result<Reply> {
        match request {
            Request::SpeakTokens { tokens } => self.speak(&tokens),
            Request::Reset => Ok(Reply::new()),
            Request::Turn { .. }
            | Request::Transcribe { .. }
            | Request::Listen { .. }
            | Request::Stream { .. }
            | Request::Speak { .. } => bail!("this voice only speaks tokens"),
        }
    }
}
