//! candle-transformers' Whisper.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use candle_core::{D, Device, IndexOp, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::whisper::{self, Config, audio, model::Whisper};

use crate::protocol::{Contender, Reply, Request, Window, reply};
use crate::sound;

const BINS: usize = whisper::N_FFT / 2 + 1;
const START_OF_TRANSCRIPT: u32 = 50_257;
const NO_TIMESTAMPS: u32 = 50_362;

/// The network; its decoder computes the whole prefix again for each token.
pub struct CandleWhisper {
    model: Whisper,
    /// Mel filters of the right shape; their values do not matter to the speed.
    filters: Vec<f32>,
}

impl CandleWhisper {
    /// Reads `config.json` and `model.safetensors` of a Hugging Face folder, and warms up.
    ///
    /// # Errors
    /// When a file is missing or does not fit.
    pub fn load(folder: &Path) -> Result<Self> {
        let config = folder.join("config.json");
        let text = std::fs::read(&config)
            .with_context(|| format!("cannot read `{}`", config.display()))?;
        let config: Config = serde_json::from_slice(&text)?;
        let weights = folder.join("model.safetensors");
        // SAFETY: the file is not changed while this process maps it.
        let vb = unsafe {
            VarBuilder::from_mmaped_safetensors(&[weights], whisper::DTYPE, &Device::Cpu)?
        };
        let filters = vec![1e-2; config.num_mel_bins * BINS];
        let mut this = Self { model: Whisper::load(&vb, config)?, filters };
        this.transcribe(&sound::hum(1), 1, Window::Short)?;
        Ok(this)
    }

    fn transcribe(&mut self, samples: &[f32], tokens: usize, window: Window) -> Result<Reply> {
        let begin = Instant::now();
        let mels = self.model.config.num_mel_bins;
        let mel = audio::pcm_to_mel(&self.model.config, samples, &self.filters);
        let frames = mel.len() / mels;
        let mel = Tensor::from_vec(mel, (1, mels, frames), &Device::Cpu)?;
        // As published it encodes segments of 30 s, padded with silence.
        let wanted = if window == Window::Short {
            (samples.len() / whisper::HOP_LENGTH).next_multiple_of(2)
        } else {
            whisper::N_FRAMES
        };
        let mel = mel.narrow(2, 0, wanted.min(frames))?;
        let mel_s = begin.elapsed().as_secs_f64();
        let begin = Instant::now();
        let encoded = self.model.encoder.forward(&mel, true)?;
        let encode_s = begin.elapsed().as_secs_f64();
        let begin = Instant::now();
        let mut held = vec![START_OF_TRANSCRIPT, NO_TIMESTAMPS];
        for step in 0..tokens {
            let input = Tensor::new(held.as_slice(), &Device::Cpu)?.unsqueeze(0)?;
            let hidden = self.model.decoder.forward(&input, &encoded, step == 0)?;
            let last = hidden.i((..1, held.len() - 1..))?;
            let logits = self.model.decoder.final_linear(&last)?.i(0)?.i(0)?;
            held.push(logits.argmax(D::Minus1)?.to_scalar()?);
        }
        let decode_s = begin.elapsed().as_secs_f64();
        Ok(reply([
            ("total_s", mel_s + encode_s + decode_s),
            ("mel_s", mel_s),
            ("encode_s", encode_s),
            ("decode_s", decode_s),
            ("tokens", tokens as f64),
        ]))
    }
}

impl Contender for CandleWhisper {
    fn answer(&mut self, request: Request) -> Result<Reply> {
        match request {
            Request::Transcribe { samples, tokens, window } => {
                self.transcribe(&sound::read_raw(&samples)?, tokens, window)
            }
            Request::Reset => Ok(Reply::new()),
            Request::Turn { .. }
            | Request::Listen { .. }
            | Request::Stream { .. }
            | Request::Speak { .. } => {
                bail!("candle-transformers only has the network")
            }
        }
    }
}
