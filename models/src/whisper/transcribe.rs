//! Whole recordings: windows, fallback to higher temperatures, segments.

use super::align::Placed;
use super::decode::{Decoded, Draft, Request};
use super::mel::HOP;
use super::network::Decoding;
use super::options::{Finished, Options, Segment, Timestamps, Transcript};
use super::{SAMPLE_RATE, Whisper};
use crate::{Error, Result};

/// Audio shorter than this holds no word.
const LEAST_SAMPLES: usize = SAMPLE_RATE / 20;

/// How far a transcription has come. It looks at no sample beyond the window it works on, so the
/// windows of a stream can be done as they fill up, with the result of doing them all at the end.
#[derive(Clone, Default)]
pub(super) struct Progress {
    /// Samples done.
    pub(super) seek: usize,
    windows: u64,
    segments: Vec<Segment>,
    previous: Vec<u32>,
    pub(super) language: Option<(String, Option<u32>)>,
    /// Whether the last words were all, as a probability.
    finished: Option<Finished>,
}

/// One window's decode with its words.
pub(super) struct Heard {
    pub(super) decoded: Decoded,
    pub(super) words: Vec<Placed>,
}

impl Whisper {
    /// Transcribes 16 kHz mono samples of any length.
    ///
    /// # Errors
    /// [`Error::Input`] for a sample that is not finite, an option out of range or a language the
    /// model does not know; [`Error::Cancelled`] once the caller's flag is up.
    pub fn transcribe(&self, samples: &[f32], options: &Options) -> Result<Transcript> {
        options.check()?;
        check_samples(samples)?;
        let mut progress = self.begin(options)?;
        while progress.seek < samples.len() {
            let rest = &samples[progress.seek..];
            self.window(
                &mut progress,
                rest,
                samples.len() > self.window_samples(),
                Draft::default(),
                options,
            )?;
        }
        Ok(progress.finish(samples.len()))
    }

    /// The start of a transcription.
    pub(super) fn begin(&self, options: &Options) -> Result<Progress> {
        self.tokens.check_task(options.task)?;
        let language = options.language.as_deref().map(|l| self.tokens.language(l)).transpose()?;
        let previous = match &options.initial_prompt {
            Some(text) => self.tokens.encode(&format!(" {}", text.trim()))?,
            None => Vec::new(),
        };
        Ok(Progress { language, previous, ..Progress::default() })
    }

    /// Samples in one window.
    pub(super) fn window_samples(&self) -> usize {
        (self.generation.window_seconds * SAMPLE_RATE as f64) as usize
    }

    /// Does the next window of `rest`, the audio from `progress.seek` on, and moves `seek` past it.
    pub(super) fn window(
        &self,
        progress: &mut Progress,
        rest: &[f32],
        long: bool,
        draft: Draft<'_>,
        options: &Options,
    ) -> Result<()> {
        if rest.len() < LEAST_SAMPLES {
            progress.seek += rest.len();
            return Ok(());
        }
        let timestamps = self.tokens.timestamp_begin.is_some()
            && match options.timestamps {
                Timestamps::Auto => long && self.generation.timestamps,
                Timestamps::Always => true,
                Timestamps::Never => false,
            };
        let window = self.window_samples();
        let last = rest.len() <= window;
        let length = if last {
            rest.len()
        } else if timestamps {
            window
        } else {
            quietest(rest, window / 2, window)
        };
        let audio = &rest[..length];
        if is_silent(audio) {
            progress.seek += length;
            return Ok(());
        }
        let mut decoding = self.listen(audio, options)?;
        let language = self.settle_language(&mut progress.language, &mut *decoding)?;
        let previous =
            if options.condition_on_previous { progress.previous.as_slice() } else { &[] };
        let prompt =
            self.tokens.prompt(self.recent(previous), language, options.task, timestamps)?;
        let decoded = self.decode_with_fallback(
            &mut *decoding,
            &prompt,
            timestamps,
            draft,
            progress.windows,
            options,
        )?;
        progress.windows += 1;
        if decoded.temperature > 0.5 {
            // What came out of a hot decode would mislead the next one.
            progress.previous.clear();
        }
        let silent = |o: &Options| {
            o.no_speech_threshold.is_some_and(|t| decoded.no_speech_prob > t)
                && o.logprob_threshold.is_none_or(|t| decoded.avg_logprob < t)
        };
        if silent(options) {
            progress.seek += length;
            return Ok(());
        }
        let offset_s = progress.seek as f32 / SAMPLE_RATE as f32;
        let code = progress.language.as_ref().map(|(code, _)| code.as_str());
        let words = self.words(&decoded, &*decoding, code, length, offset_s)?;
        progress.previous.extend(decoded.tokens.iter().filter(|&&t| self.tokens.is_text(t)));
        if !words.is_empty() {
            progress.finished = self.finished(&decoded);
        }
        let (segments, advance) =
            self.segments(&Heard { decoded, words }, timestamps, offset_s, length);
        progress.segments.extend(segments);
        progress.seek += if timestamps { advance } else { length };
        Ok(())
    }

    /// Encodes audio for a fresh decode, in a context as short as the options allow.
    pub(super) fn listen(
        &self,
        audio: &[f32],
        options: &Options,
    ) -> Result<Box<dyn Decoding + '_>> {
        options.check_cancel()?;
        let full = self.encoder_frames();
        let frames = if options.short_context {
            let margin = (options.short_context_margin_s * 100.0) as usize;
            (audio.len().div_ceil(HOP) + margin).next_multiple_of(32).min(full)
        } else {
            full
        };
        let features = self.mel.log_mel(audio, frames);
        let decoding = self.network.listen(&features, &|| options.check_cancel())?;
        options.check_cancel()?;
        Ok(decoding)
    }

    /// Whether a sentence ends with the last word, if the model can tell.
    pub(super) fn finished(&self, decoded: &Decoded) -> Option<Finished> {
        let [none, full] = self.generation.final_mark_trust?;
        let trust = ((decoded.avg_logprob - none) / (full - none)).clamp(0.0, 1.0);
        Some(Finished { probability: decoded.finished, trust })
    }

    /// The token of the language, detected now if it is not known yet.
    pub(super) fn settle_language(
        &self,
        language: &mut Option<(String, Option<u32>)>,
        decoding: &mut dyn Decoding,
    ) -> Result<Option<u32>> {
        if language.is_none() {
            *language = match self.detect_language(decoding)? {
                Some((code, id)) => Some((code, Some(id))),
                None => Some(("en".to_string(), None)),
            };
        }
        Ok(language.as_ref().and_then(|(_, id)| *id))
    }

    /// The end of the previous text, as much as a prompt has room for.
    pub(super) fn recent<'a>(&self, previous: &'a [u32]) -> &'a [u32] {
        if !self.tokens.takes_previous() {
            return &[];
        }
        &previous[previous.len().saturating_sub(self.network.capacity() / 2 - 1)..]
    }

    fn decode_with_fallback(
        &self,
        decoding: &mut dyn Decoding,
        prompt: &[u32],
        timestamps: bool,
        draft: Draft<'_>,
        window: u64,
        options: &Options,
    ) -> Result<Decoded> {
        let attempts = options.temperatures.len();
        let beams = options.beam_size.unwrap_or(self.generation.beams);
        for (attempt, &temperature) in options.temperatures.iter().enumerate() {
            let stream = window * attempts as u64 + attempt as u64;
            let request = Request { prompt, timestamps, temperature, draft, stream };
            let mut decoded = self.decode(decoding, &request, options)?;
            let unlikely = options.beam_logprob_threshold.is_none_or(|t| decoded.avg_logprob < t);
            if temperature == 0.0 && beams > 1 && unlikely {
                decoded = self.decode_beams(decoding, &request, options, beams)?;
            }
            let unsure = options.logprob_threshold.is_some_and(|t| decoded.avg_logprob < t);
            let repeats =
                options.compression_ratio_threshold.is_some_and(|t| decoded.compression_ratio > t);
            let silent =
                unsure && options.no_speech_threshold.is_some_and(|t| decoded.no_speech_prob > t);
            if attempt + 1 == attempts || silent || !(unsure || repeats) {
                return Ok(decoded);
            }
        }
        // `Options::check` refuses an empty list of temperatures.
        Err(Error::Input("`temperatures` is empty, expected at least one".into()))
    }

    /// The best of several beams, written anew in one pass so that all is known of it.
    fn decode_beams(
        &self,
        decoding: &mut dyn Decoding,
        request: &Request<'_>,
        options: &Options,
        beams: usize,
    ) -> Result<Decoded> {
        let tokens = self.search(decoding, request, options, beams)?;
        let draft = Draft { tokens: &tokens, forced: tokens.len() };
        self.decode(decoding, &Request { draft, ..*request }, options)
    }

    /// Cuts a decode at its pairs of timestamps, if it was to write any; also how many samples are
    /// done with.
    fn segments(
        &self,
        heard: &Heard,
        timestamps: bool,
        offset_s: f32,
        length: usize,
    ) -> (Vec<Segment>, usize) {
        let tokens = &heard.decoded.tokens;
        let time = |id: u32| {
            let begin = self.tokens.timestamp_begin.filter(|&begin| timestamps && id >= begin)?;
            Some((id - begin) as f32 * 0.02)
        };
        let is_time = |i: usize| time(tokens[i]).is_some();
        let duration = length as f32 / SAMPLE_RATE as f32;
        let count = tokens.len();
        let mut cuts: Vec<usize> = (1..count).filter(|&i| is_time(i - 1) && is_time(i)).collect();
        let single_ending = count >= 2 && !is_time(count - 2) && is_time(count - 1);
        let mut advance = length;
        match cuts.last() {
            // Speech after the last closed segment is heard again in the next window.
            Some(&last) if !single_ending => {
                let samples = time(tokens[last - 1]).unwrap_or(0.0) * SAMPLE_RATE as f32;
                if samples as usize >= SAMPLE_RATE / 2 {
                    advance = length.min(samples as usize);
                }
            }
            _ => cuts.push(count),
        }
        let mut out = Vec::new();
        let mut first = 0;
        for cut in cuts {
            let slice = &tokens[first..cut];
            let start = slice.first().and_then(|&t| time(t)).unwrap_or(0.0).min(duration);
            let end = slice.iter().rev().find_map(|&t| time(t)).filter(|&t| t > start);
            let end = end.unwrap_or(duration).min(duration);
            out.extend(self.segment(heard, first, cut, offset_s + start, offset_s + end));
            first = cut;
        }
        (out, advance)
    }

    /// The segment of the tokens from `first` to `cut`; none if they have no text.
    fn segment(
        &self,
        heard: &Heard,
        first: usize,
        cut: usize,
        start_s: f32,
        end_s: f32,
    ) -> Option<Segment> {
        let decoded = &heard.decoded;
        let tokens: Vec<u32> = decoded.tokens[first..cut]
            .iter()
            .copied()
            .filter(|&t| self.tokens.is_text(t))
            .collect();
        let text = self.tokens.decode(&tokens);
        if text.trim().is_empty() {
            return None;
        }
        let inside = |w: &&Placed| w.token_end > first && w.token_end <= cut;
        Some(Segment {
            start_s,
            end_s,
            words: heard.words.iter().filter(inside).map(|w| w.word.clone()).collect(),
            text,
            tokens,
            avg_logprob: decoded.avg_logprob,
            no_speech_prob: decoded.no_speech_prob,
            temperature: decoded.temperature,
            compression_ratio: decoded.compression_ratio,
        })
    }
}

impl Progress {
    /// The transcript of `samples` samples.
    pub(super) fn finish(self, samples: usize) -> Transcript {
        let text: String = self.segments.iter().map(|s| s.text.as_str()).collect();
        Transcript {
            text: text.trim().to_string(),
            segments: self.segments,
            language: self.language.map(|(code, _)| code),
            finished: self.finished,
            duration_s: samples as f32 / SAMPLE_RATE as f32,
        }
    }
}

/// Whether every sample is below -80 dB of full scale: a muted microphone, in which models trained
/// on subtitles hear thanks for watching.
pub(super) fn is_silent(samples: &[f32]) -> bool {
    samples.iter().all(|s| s.abs() < 1e-4)
}

/// Refuses samples that are not numbers.
pub(super) fn check_samples(samples: &[f32]) -> Result<()> {
    match samples.iter().position(|s| !s.is_finite()) {
        None => Ok(()),
        Some(at) => {
            Err(Error::Input(format!("sample {at} is {}, expected a finite number", samples[at])))
        }
    }
}

/// The middle of the quietest 0.2 s between `from` and `to`, the latest of equals.
pub(super) fn quietest(samples: &[f32], from: usize, to: usize) -> usize {
    const STEP: usize = SAMPLE_RATE / 50;
    const STEPS: usize = 10;
    let energies: Vec<f32> =
        samples[from..to].chunks_exact(STEP).map(|c| c.iter().map(|s| s * s).sum()).collect();
    let mut best = (f32::INFINITY, to);
    for (i, run) in energies.windows(STEPS).enumerate() {
        let energy: f32 = run.iter().sum();
        if energy <= best.0 {
            best = (energy, from + (i + STEPS / 2) * STEP);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cut_is_in_the_pause() {
        let mut samples = vec![0.5; 10 * SAMPLE_RATE];
        samples[7 * SAMPLE_RATE..7 * SAMPLE_RATE + SAMPLE_RATE / 2].fill(0.0);
        let cut = quietest(&samples, 5 * SAMPLE_RATE, 10 * SAMPLE_RATE);
        assert!((7 * SAMPLE_RATE..7 * SAMPLE_RATE + SAMPLE_RATE / 2).contains(&cut), "{cut}");
    }
}
