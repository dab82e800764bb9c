//! llama.cpp through the crate `llama-cpp-2`.

use std::num::NonZeroU32;
use std::path::Path;
use std::time::Instant;

use anyhow::{Result, bail};
use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::token::LlamaToken;

use super::ours::argmax;
use crate::protocol::{Contender, Reply, Request, reply};

const CONTEXT: u32 = 2048;
/// llama.cpp's own default.
const BATCH: usize = 512;

/// A context with the token ids its cache holds.
pub struct Llama {
    context: LlamaContext<'static>,
    batch: LlamaBatch<'static>,
    held: Vec<u32>,
}

impl Llama {
    /// Reads the GGUF file and warms up with many tokens and with one.
    ///
    /// # Errors
    /// When llama.cpp refuses the file.
    pub fn load(path: &Path, threads: usize) -> Result<Self> {
        let mut backend = LlamaBackend::init()?;
        backend.void_logs();
        // The process ends with the contender, so what it borrows may live as long.
        let backend: &'static LlamaBackend = Box::leak(Box::new(backend));
        let model = LlamaModel::load_from_file(backend, path, &LlamaModelParams::default())?;
        let model: &'static LlamaModel = Box::leak(Box::new(model));
        let threads = i32::try_from(threads)?;
        let params = LlamaContextParams::default()
            .with_n_ctx(NonZeroU32::new(CONTEXT))
            .with_n_threads(threads)
            .with_n_threads_batch(threads);
        let context = model.new_context(backend, params)?;
        let mut this = Self { context, batch: LlamaBatch::new(BATCH, 1), held: Vec::new() };
        this.turn(&[1; 33], &[1])?;
        this.reset();
        Ok(this)
    }

    fn reset(&mut self) {
        self.context.clear_kv_cache();
        self.held.clear();
    }

    fn feed(&mut self, tokens: &[u32]) -> Result<u32> {
        let mut likeliest = 0;
        for (nth, piece) in tokens.chunks(BATCH).enumerate() {
            self.batch.clear();
            let last_piece = (nth + 1) * BATCH >= tokens.len();
            for (i, token) in piece.iter().enumerate() {
                let position = i32::try_from(self.held.len())?;
                let wanted = last_piece && i + 1 == piece.len();
                self.batch.add(LlamaToken(i32::try_from(*token)?), position, &[0], wanted)?;
                self.held.push(*token);
            }
            self.context.decode(&mut self.batch)?;
            if last_piece {
                let logits = self.context.get_logits_ith(i32::try_from(piece.len())? - 1);
                likeliest = argmax(logits);
            }
        }
        Ok(likeliest)
    }

    fn turn(&mut self, prompt: &[u32], forced: &[u32]) -> Result<Reply> {
        let begin = Instant::now();
        let shared = self.held.iter().zip(prompt).take_while(|(a, b)| a == b).count();
        // At least one token is fed, for its logits.
        let shared = shared.min(prompt.len() - 1);
        self.context.clear_kv_cache_seq(Some(0), Some(u32::try_from(shared)?), None)?;
        self.held.truncate(shared);
        self.feed(&prompt[shared..])?;
        let prefill = begin.elapsed().as_secs_f64();
        let begin = Instant::now();
        for token in forced {
            self.feed(&[*token])?;
        }
        let decode = begin.elapsed().as_secs_f64();
        Ok(reply([
            ("prefilled", (prompt.len() - shared) as f64),
            ("prefill_s", prefill),
            ("decode_s", decode),
        ]))
    }
}

impl Contender for Llama {
    fn answer(&mut self, request: Request) -> Result<Reply> {
        match request {
            Request::Reset => {
                self.reset();
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
