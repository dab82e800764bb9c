//! candle-transformers' quantised Qwen3.

use std::fs::File;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use candle_core::quantized::gguf_file;
use candle_core::{D, Device, Tensor};
use candle_transformers::models::quantized_qwen3::ModelWeights;

use crate::protocol::{Contender, Reply, Request, reply};

/// The network; its cache cannot go on after a decode, so every turn starts again.
pub struct CandleQwen3 {
    model: ModelWeights,
}

impl CandleQwen3 {
    /// Reads the GGUF file and warms up with many tokens and with one.
    ///
    /// # Errors
    /// When the file is not a Qwen3 GGUF.
    pub fn load(path: &Path) -> Result<Self> {
        let mut file =
            File::open(path).with_context(|| format!("cannot open `{}`", path.display()))?;
        let content = gguf_file::Content::read(&mut file)?;
        let model = ModelWeights::from_gguf(content, &mut file, &Device::Cpu)?;
        let mut this = Self { model };
        this.turn(&[1; 33], &[1])?;
        Ok(this)
    }

    fn step(&mut self, tokens: &[u32], offset: usize) -> Result<u32> {
        let input = Tensor::new(tokens, &Device::Cpu)?.unsqueeze(0)?;
        let logits = self.model.forward(&input, offset)?;
        Ok(logits.argmax(D::Minus1)?.squeeze(0)?.to_scalar()?)
    }

    fn turn(&mut self, prompt: &[u32], forced: &[u32]) -> Result<Reply> {
        self.model.clear_kv_cache();
        let begin = Instant::now();
        self.step(prompt, 0)?;
        let prefill = begin.elapsed().as_secs_f64();
        let begin = Instant::now();
        for (i, token) in forced.iter().enumerate() {
            self.step(&[*token], prompt.len() + i)?;
        }
        let decode = begin.elapsed().as_secs_f64();
        Ok(reply([
            ("prefilled", prompt.len() as f64),
            ("prefill_s", prefill),
            ("decode_s", decode),
        ]))
    }
}

impl Contender for CandleQwen3 {
    fn answer(&mut self, request: Request) -> Result<Reply> {
        match request {
            Request::Reset => {
                self.model.clear_kv_cache();
                Ok(Reply::new())
            }
            Request::Turn { prompt, forced } => self.turn(&prompt, &forced),
            Request::Transcribe { .. }
            | Request::Listen { .. }
            | Request::Stream { .. }
            | Request::Speak { .. } => {
                bail!("a language model does not hear")
            }
        }
    }
}
