//! What flows along an edge.

use std::fmt;

use crate::Overflow;

/// The sample rate that voice detection and speech recognition take, in Hz.
const SPEECH_RATE: u32 = 16_000;

/// What flows along an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Port {
    /// Sound as it comes.
    Audio {
        /// Samples a second, in Hz.
        rate: u32,
        /// Samples at a time.
        channels: u16,
    },
    /// Sound, mono, with marks where speech starts and stops.
    Utterance {
        /// Samples a second, in Hz.
        rate: u32,
    },
    /// What the user said: partial and final.
    Transcript,
    /// The reply, token by token.
    Tokens,
    /// The reply in pieces that can be spoken.
    Chunks,
    /// The reply as sound, with its rate in each frame.
    Voice,
    /// What the turn authority says about turns that have ended.
    Record,
}

impl Port {
    /// What voice detection gives.
    pub(crate) const SPEECH: Self = Self::Utterance { rate: SPEECH_RATE };

    /// How many frames an edge holds unless the pipeline file says otherwise.
    #[must_use]
    pub fn default_queue(self) -> usize {
        match self {
            // 2 s of 20 ms frames: longer than a recogniser's step, short enough to catch up.
            Self::Audio { .. } | Self::Utterance { .. } => 100,
            // Partials come three a second and are cheap to take.
            Self::Transcript => 32,
            // A reply of usual length, so that the model never waits for the chunker.
            Self::Tokens => 256,
            // Few, so that an interrupted reply was not synthesised in vain.
            Self::Chunks => 8,
            // About 2 s ahead of the loudspeaker.
            Self::Voice => 100,
            Self::Record => 16,
        }
    }

    /// What a full edge does unless the pipeline file says otherwise.
    #[must_use]
    pub fn default_overflow(self) -> Overflow {
        match self {
            // The microphone cannot wait.
            Self::Audio { .. } | Self::Utterance { .. } => Overflow::DropOldest,
            // Losing any of these would change what is said or remembered.
            Self::Transcript | Self::Tokens | Self::Chunks | Self::Voice | Self::Record => {
                Overflow::Wait
            }
        }
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Audio { rate, channels } => {
                write!(f, "audio ({}, {})", hertz(*rate), channel_count(*channels))
            }
            Self::Utterance { rate } => write!(f, "utterances ({}, mono)", hertz(*rate)),
            Self::Transcript => f.write_str("transcripts"),
            Self::Tokens => f.write_str("tokens"),
            Self::Chunks => f.write_str("chunks"),
            Self::Voice => f.write_str("voice"),
            Self::Record => f.write_str("turn records"),
        }
    }
}

fn hertz(rate: u32) -> String {
    if rate.is_multiple_of(1000) {
        format!("{} kHz", rate / 1000)
    } else {
        format!("{} kHz", f64::from(rate) / 1000.0)
    }
}

fn channel_count(channels: u16) -> String {
    match channels {
        1 => "mono".into(),
        2 => "stereo".into(),
        more => format!("{more} channels"),
    }
}

/// What a kind of stage accepts at its input.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Takes {
    AnyAudio,
    Only(Port),
}

impl Takes {
    pub(crate) const SPEECH_AUDIO: Self =
        Self::Only(Port::Audio { rate: SPEECH_RATE, channels: 1 });
    pub(crate) const SPEECH: Self = Self::Only(Port::SPEECH);
    pub(crate) const TRANSCRIPT: Self = Self::Only(Port::Transcript);
    pub(crate) const TOKENS: Self = Self::Only(Port::Tokens);
    pub(crate) const CHUNKS: Self = Self::Only(Port::Chunks);
    pub(crate) const VOICE: Self = Self::Only(Port::Voice);
    pub(crate) const RECORD: Self = Self::Only(Port::Record);

    pub(crate) fn accepts(self, port: Port) -> bool {
        match self {
            Self::AnyAudio => matches!(port, Port::Audio { .. }),
            Self::Only(only) => only == port,
        }
    }
}

impl fmt::Display for Takes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AnyAudio => f.write_str("audio"),
            Self::Only(port) => port.fmt(f),
        }
    }
}

/// What a kind of stage emits.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Gives {
    Nothing,
    Always(Port),
    /// Mono audio at the rate in the settings.
    Recording,
    WhatItTakes,
}

impl fmt::Display for Gives {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing"),
            Self::Always(port) => port.fmt(f),
            Self::Recording => f.write_str("audio (at its `sample_rate`, mono)"),
            Self::WhatItTakes => f.write_str("what it takes"),
        }
    }
}

impl Gives {
    pub(crate) const SPEECH: Self = Self::Always(Port::SPEECH);
    pub(crate) const TRANSCRIPT: Self = Self::Always(Port::Transcript);
    pub(crate) const TOKENS: Self = Self::Always(Port::Tokens);
    pub(crate) const CHUNKS: Self = Self::Always(Port::Chunks);
    pub(crate) const VOICE: Self = Self::Always(Port::Voice);
}
