//! A Kokoro network with a voice.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::speaker::{Speaker, SpeakerOptions, Spoken, Wanted};
use crate::Result;
use crate::device::Compute;
use crate::files::{ModelFiles, ModelName, Progress};
use crate::kokoro::{Kokoro, Noise, SAMPLE_RATE, Voice, VoiceMix, find_voice};

/// The published voice that its authors rate best.
const BEST: &str = "af_heart";
/// Where the random numbers of every utterance start, so that a text always sounds the same.
const SEED: u64 = 0;

/// A Kokoro network with a voice.
pub(super) struct KokoroSpeaker {
    network: Arc<Kokoro>,
    voice: Voice,
    speed: f32,
}

impl fmt::Debug for KokoroSpeaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KokoroSpeaker").field("speed", &self.speed).finish_non_exhaustive()
    }
}

impl KokoroSpeaker {
    pub(super) fn open(
        name: &ModelName,
        files: &ModelFiles,
        options: &SpeakerOptions,
        progress: &dyn Progress,
    ) -> Result<Self> {
        let mix: VoiceMix = match &options.voice {
            Some(voice) => voice.parse()?,
            None => VoiceMix(vec![(own(files), 1.0)]),
        };
        let voice = find_voice(name, &mix, progress)?;
        let network = Kokoro::open(files, &Compute::choose(options.ask, &Kokoro::DTYPES)?)?;
        Ok(Self { network, voice, speed: options.speed })
    }
}

/// The voice that a model speaks with by itself.
fn own(files: &ModelFiles) -> String {
    let stem = |name: &str| Some(name.strip_prefix("voices/")?.rsplit_once('.')?.0.to_owned());
    let names: Vec<String> = files.list().filter_map(|(name, _)| stem(name)).collect();
    let best = names.iter().any(|name| name == BEST);
    names.into_iter().next().filter(|_| !best).unwrap_or_else(|| BEST.to_owned())
}

impl Speaker for KokoroSpeaker {
    fn rate(&self) -> u32 {
        SAMPLE_RATE as u32
    }

    fn limit(&self) -> usize {
        self.network.limit()
    }

    fn speak(&self, phonemes: &str, wanted: Wanted<'_>) -> Result<Spoken> {
        let tokens = self.network.tokens(phonemes)?;
        if tokens.is_empty() {
            let symbols = phonemes.chars().count();
            return Ok(Spoken { samples: Vec::new(), starts: vec![0; symbols + 1] });
        }
        let style = self.voice.row(tokens.len())?;
        let mut noise = Noise::seeded(SEED);
        let mut watch =
            |_| if wanted() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) };
        let said =
            self.network.speak_watched(&tokens, style, self.speed, &mut noise, &mut watch)?;
        let unit = self.network.samples_per_unit();
        // The first duration is that of the silence before the tokens.
        let mut durations = said.durations.iter().map(|units| units * unit);
        let mut at = durations.next().unwrap_or(0);
        let mut starts = Vec::with_capacity(phonemes.len() + 1);
        for symbol in phonemes.chars() {
            starts.push(at.min(said.samples.len()));
            if self.network.unknown(symbol.encode_utf8(&mut [0; 4])) == 0 {
                at += durations.next().unwrap_or(0);
            }
        }
        starts.push(at.min(said.samples.len()));
        Ok(Spoken { samples: said.samples, starts })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::device::{Ask, DType, Place};
    use crate::voice::{Language, Phonemiser, open};

    fn name(model: &str) -> ModelName {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/kokoro");
        ModelName::Path(folder.join(model))
    }

    fn speaker(model: &str, options: &SpeakerOptions) -> Result<Box<dyn Speaker>> {
        open(&name(model), options, &()).map(|(speaker, _)| speaker)
    }

    fn options(voice: Option<&str>) -> SpeakerOptions {
        SpeakerOptions { voice: voice.map(str::to_owned), ..SpeakerOptions::default() }
    }

    #[test]
    fn symbols_know_their_samples() {
        let phonemes = Phonemiser::new(Language::EnUs).phonemise("Hello, two worlds.").text;
        let count = phonemes.chars().count();
        let plain = speaker("published", &options(None)).unwrap();
        assert_eq!((plain.rate(), plain.limit()), (24_000, 510));
        let said = plain.speak(&phonemes, &|| true).unwrap();
        assert_eq!(said.starts.len(), count + 1);
        assert!(said.starts.is_sorted() && said.starts[0] > 0);
        // What follows the last symbol is the silence after it, of one unit at least.
        assert!(said.starts[count] + 600 <= said.samples.len());
        assert!(said.samples.iter().all(|sample| sample.is_finite()));
        // A symbol that the network lacks takes no time, and nothing else changes.
        let odd = plain.speak(&phonemes.replacen(',', "¿,", 1), &|| true).unwrap();
        assert_eq!(odd.samples, said.samples);
        assert_eq!((odd.starts.len(), odd.starts[6]), (count + 2, odd.starts[5]));
        assert_eq!(plain.speak("¿", &|| true).unwrap().samples, [] as [f32; 0]);
        assert_eq!(plain.speak(&phonemes, &|| true).unwrap(), said);
        let threads = SpeakerOptions { threads: Some(1), ..options(Some("af_one:2+af_one")) };
        assert_eq!(
            speaker("published", &threads).unwrap().speak(&phonemes, &|| true).unwrap().starts,
            said.starts
        );
    }

    #[test]
    fn voices_that_are_not_there_are_named() {
        let check = |name: &str, voice: Option<&str>, expected: &str| {
            let error = speaker(name, &options(voice)).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check("published", Some("af_two"), "no voice `af_two` in");
        check("published", Some("af_one:x"), "`af_one:x` is no voice");
        check("other", None, "no voice `af_heart` in");
    }

    #[test]
    fn a_type_that_the_processor_lacks_is_refused() {
        let half = |dtype| {
            let ask = Ask { place: Place::Cpu, dtype: Some(dtype) };
            speaker("published", &SpeakerOptions { ask, ..options(None) })
        };
        half(DType::F32).unwrap();
        for dtype in [DType::F16, DType::BF16] {
            let error = half(dtype).unwrap_err().to_string();
            assert!(error.contains("expected `auto`, `f32`"), "{error}");
        }
    }
}
