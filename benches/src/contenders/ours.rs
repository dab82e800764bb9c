//! Our own networks.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use antiphon_models::device::Compute;
use antiphon_models::files::{ModelName, Want, resolve};
use antiphon_models::harmonic::{Harmonic, Noise};
use antiphon_models::qwen3::{KvCache, Qwen3};
use antiphon_models::whisper::{Options, State, Whisper};
use anyhow::{Result, bail};

use crate::protocol::{Contender, Reply, Request, Window, reply};
use crate::sound;

const CONTEXT: usize = 2048;
/// What the decoder reads before the first word: start of transcript, no timestamps.
const PROMPT: [u32; 2] = [50_257, 50_362];
/// Mel frames a second.
const FRAMES: usize = 100;

/// A language model with the cache of one conversation.
pub struct Language {
    model: Arc<Qwen3>,
    cache: KvCache,
}

impl Language {
    /// Loads a GGUF file and warms up.
    ///
    /// # Errors
    /// When the file is not a Qwen3 GGUF.
    pub fn load(path: &Path) -> Result<Self> {
        let model = Qwen3::load_gguf(path)?;
        model.warm_up()?;
        let cache = KvCache::new(&model, CONTEXT);
        Ok(Self { model, cache })
    }

    fn turn(&mut self, prompt: &[u32], forced: &[u32]) -> Result<Reply> {
        let begin = Instant::now();
        let shared = self.cache.shared_prefix(prompt).min(prompt.len() - 1);
        self.cache.truncate(shared);
        argmax(&self.model.forward(&prompt[shared..], &mut self.cache)?);
        let prefill = begin.elapsed().as_secs_f64();
        let begin = Instant::now();
        for token in forced {
            argmax(&self.model.forward(&[*token], &mut self.cache)?);
        }
        let decode = begin.elapsed().as_secs_f64();
        Ok(reply([
            ("prefilled", (prompt.len() - shared) as f64),
            ("prefill_s", prefill),
            ("decode_s", decode),
        ]))
    }
}

impl Contender for Language {
    fn answer(&mut self, request: Request) -> Result<Reply> {
        match request {
            Request::Reset => {
                self.cache.clear();
                Ok(Reply::new())
            }
            Request::Turn { prompt, forced } => self.turn(&prompt, &forced),
            Request::Transcribe { .. }
            | Request::Listen { .. }
            | Request::Stream { .. }
            | Request::Speak { .. }
            | Request::SpeakTokens { .. } => {
                bail!("a language model neither hears nor speaks")
            }
        }
    }
}

/// A speech model.
pub struct Speech {
    model: Arc<Whisper>,
}

impl Speech {
    /// Loads a model by name or folder and warms up.
    ///
    /// # Errors
    /// When it is not a Whisper checkpoint.
    pub fn load(name: &str) -> Result<Self> {
        let name: ModelName = name.parse()?;
        let model = Whisper::load(&resolve(&name, Want::Whisper, &())?, &Compute::default())?;
        model.warm_up()?;
        Ok(Self { model })
    }

    fn transcribe(&self, samples: &[f32], tokens: usize, window: Window) -> Result<Reply> {
        let begin = Instant::now();
        let speech = samples.len() * FRAMES / sound::RATE;
        let margin = Options::default().short_context_margin_s * FRAMES as f32;
        let frames = match window {
            Window::Own => (speech + margin as usize).next_multiple_of(32),
            Window::Full => (self.model.window_s() * FRAMES as f64) as usize,
            Window::Short => speech.next_multiple_of(2),
        };
        let mel = self.model.log_mel(samples, frames);
        let mel_s = begin.elapsed().as_secs_f64();
        let begin = Instant::now();
        let states = self.model.encode(&mel)?;
        let encode_s = begin.elapsed().as_secs_f64();
        let begin = Instant::now();
        // The prompt gives the first token, each token but the last the next one.
        let mut forced = PROMPT.to_vec();
        forced.extend((1..tokens as u32).map(|i| 1000 + i));
        let logits = self.model.score(&states, &forced, &[PROMPT.len()])?;
        for logits in logits.chunks_exact(logits.len() / forced.len()) {
            argmax(logits);
        }
        let decode_s = begin.elapsed().as_secs_f64();
        Ok(reply([
            ("total_s", mel_s + encode_s + decode_s),
            ("mel_s", mel_s),
            ("encode_s", encode_s),
            ("decode_s", decode_s),
            ("tokens", tokens as f64),
            ("frames", frames as f64),
        ]))
    }

    fn listen(&self, samples: &[f32]) -> Result<Reply> {
        let begin = Instant::now();
        let options = Options { language: Some("en".to_owned()), ..Options::default() };
        let heard = self.model.transcribe(samples, &options)?;
        let mut answer = reply([("total_s", begin.elapsed().as_secs_f64())]);
        let text: String = heard.words().map(|word| word.text.as_str()).collect();
        answer.insert("text".to_owned(), text.into());
        Ok(answer)
    }

    /// Feeds the samples as fast as they are taken; time computing is added to the audio's own time.
    fn stream(&self, samples: &[f32], chunk: usize) -> Result<Reply> {
        let options = Options { language: Some("en".to_owned()), ..Options::default() };
        let mut state = State::new(self.model.clone(), options)?;
        let mut answer = Reply::new();
        let mut computing = 0.0;
        let mut partials = 0;
        for (i, piece) in samples.chunks(chunk).enumerate() {
            let begin = Instant::now();
            let partial = state.accept(piece)?;
            let took = begin.elapsed().as_secs_f64();
            computing += took;
            let Some(partial) = partial else { continue };
            partials += 1;
            if !partial.text().is_empty() && !answer.contains_key("first_audio_s") {
                let heard = ((i + 1) * chunk).min(samples.len()) as f64 / sound::RATE as f64;
                answer.extend(reply([("first_audio_s", heard), ("first_compute_s", took)]));
            }
        }
        let begin = Instant::now();
        let text: String = state.finish()?.words().map(|word| word.text.as_str()).collect();
        let finish_s = begin.elapsed().as_secs_f64();
        answer.extend(reply([
            ("finish_s", finish_s),
            ("total_s", computing + finish_s),
            ("partials", f64::from(partials)),
        ]));
        answer.insert("text".to_owned(), text.into());
        Ok(answer)
    }
}

impl Contender for Speech {
    fn answer(&mut self, request: Request) -> Result<Reply> {
        match request {
            Request::Transcribe { samples, tokens, window } => {
                self.transcribe(&sound::read_raw(&samples)?, tokens, window)
            }
            Request::Listen { samples } => self.listen(&sound::read_raw(&samples)?),
            Request::Stream { samples, chunk } => self.stream(&sound::read_raw(&samples)?, chunk),
            Request::Reset => Ok(Reply::new()),
            Request::Turn { .. } | Request::Speak { .. } | Request::SpeakTokens { .. } => {
                bail!("a speech model does not talk")
            }
        }
    }
}

/// A voice.
pub struct Voice(Arc<Harmonic>);

impl Voice {
    /// Loads a model by name or folder and warms up.
    ///
    /// # Errors
    /// When it is not a voice.
    pub fn load(name: &str) -> Result<Self> {
        let name: ModelName = name.parse()?;
        let model = Harmonic::load(&resolve(&name, Want::Harmonic, &())?)?;
        model.speak("həlˈO.", 1.0, &mut Noise::seeded(0))?;
        Ok(Self(model))
    }

    fn speak(&self, phonemes: &str) -> Result<Reply> {
        let begin = Instant::now();
        let mut noise = Noise::seeded(0);
        let mut first_s = None;
        let mut samples = 0;
        for clause in self.0.clauses(phonemes, 1.0, &mut noise)? {
            samples += clause?.samples.len();
            first_s.get_or_insert(begin.elapsed().as_secs_f64());
        }
        let total_s = begin.elapsed().as_secs_f64();
        let sound_s = samples as f64 / f64::from(Harmonic::SAMPLE_RATE);
        let first_s = first_s.unwrap_or(total_s);
        Ok(reply([("total_s", total_s), ("first_s", first_s), ("sound_s", sound_s)]))
    }
}

impl Contender for Voice {
    fn answer(&mut self, request: Request) -> Result<Reply> {
        match request {
            Request::Speak { phonemes } => self.speak(&phonemes),
            Request::Reset => Ok(Reply::new()),
            Request::Transcribe { .. }
            | Request::Listen { .. }
            | Request::Stream { .. }
            | Request::Turn { .. }
            | Request::SpeakTokens { .. } => bail!("a voice does nothing but speak phonemes"),
        }
    }
}

/// Place of the largest value.
pub fn argmax(values: &[f32]) -> u32 {
    let mut best = 0;
    for (i, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = i;
        }
    }
    best as u32
}
