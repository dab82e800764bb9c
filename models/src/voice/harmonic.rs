//! A small voice of this project.

use std::fmt;
use std::sync::Arc;

use super::speaker::{Speaker, SpeakerOptions, Spoken, Wanted};
use crate::device::Dtypes;
use crate::files::ModelFiles;
use crate::harmonic::{Harmonic, Noise};
use crate::{Error, Result};

/// Where the random numbers of every utterance start, so that a text always sounds the same.
const SEED: u64 = 0;
/// The most symbols at once: it can say any number of them, but not be stopped meanwhile.
const LIMIT: usize = 510;

/// A small voice.
pub(super) struct HarmonicSpeaker {
    network: Arc<Harmonic>,
    speed: f32,
}

impl fmt::Debug for HarmonicSpeaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HarmonicSpeaker").field("speed", &self.speed).finish_non_exhaustive()
    }
}

impl HarmonicSpeaker {
    pub(super) fn open(files: &ModelFiles, options: &SpeakerOptions) -> Result<Self> {
        if let Some(voice) = &options.voice {
            return Err(Error::Name {
                name: files.label().into(),
                reason: format!("it has one voice, and no `{voice}`; no `voice` is expected"),
            });
        }
        options.ask.check(&Dtypes::PROCESSOR)?;
        Ok(Self { network: Harmonic::load(files)?, speed: options.speed })
    }
}

impl Speaker for HarmonicSpeaker {
    fn rate(&self) -> u32 {
        Harmonic::SAMPLE_RATE
    }

    fn limit(&self) -> usize {
        LIMIT
    }

    fn speak(&self, phonemes: &str, wanted: Wanted<'_>) -> Result<Spoken> {
        // A matter of milliseconds.
        if !wanted() {
            return Err(Error::Cancelled);
        }
        let said = self.network.speak(phonemes, self.speed, &mut Noise::seeded(SEED))?;
        let mut at = 0;
        let mut starts = vec![0];
        starts.extend(said.lengths.iter().map(|length| {
            at += length;
            at
        }));
        Ok(Spoken { samples: said.samples, starts })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::device::{Ask, DType, Place};
    use crate::files::ModelName;
    use crate::voice::open;

    #[test]
    fn symbols_know_their_samples() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/harmonic/tiny");
        let name = ModelName::Path(folder);
        let (voice, _) = open(&name, &SpeakerOptions::default(), &()).unwrap();
        let phonemes = "həlˈO, ðˈɛɹ.";
        let said = voice.speak(phonemes, &|| true).unwrap();
        assert_eq!(said.starts.len(), phonemes.chars().count() + 1);
        assert!(said.starts.is_sorted());
        assert_eq!(said.starts.last(), Some(&said.samples.len()));
        assert_eq!(voice.rate(), 16_000);
        let other = SpeakerOptions { voice: Some("af_heart".into()), ..SpeakerOptions::default() };
        let error = open(&name, &other, &()).unwrap_err().to_string();
        assert!(error.contains("it has one voice, and no `af_heart`"), "{error}");
        let ask = Ask { place: Place::Cpu, dtype: Some(DType::F16) };
        let half = SpeakerOptions { ask, ..SpeakerOptions::default() };
        let error = open(&name, &half, &()).unwrap_err().to_string();
        assert!(error.contains("expected `auto`, `f32`"), "{error}");
    }
}
