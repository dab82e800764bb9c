//! Which rule ended a turn.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ms;

/// What decided that the person is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndSource {
    /// Silence of a fixed length.
    Silence,
    /// Silence as long as words and voice ask for.
    Adaptive,
    /// Silence as long as words, voice and a network ask for that heard the turn.
    Network,
    /// The turn was open for as long as a turn may be, and no end of the speech was seen.
    Limit,
}

impl EndSource {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Silence => "silence",
            Self::Adaptive => "adaptive",
            Self::Network => "network",
            Self::Limit => "limit",
        }
    }
}

/// The decision that the person is done.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EndOfTurn {
    /// What decided.
    pub source: EndSource,
    /// The silence that it asked for, in milliseconds.
    #[serde(default)]
    pub silence_ms: Option<f64>,
    /// The log-odds that the person is done, where it goes by those.
    #[serde(default)]
    pub log_odds: Option<f32>,
    /// How much longer than usual the person pauses, as a factor, where it goes by that.
    #[serde(default)]
    pub patience: Option<f64>,
    /// Whether the words up to the silence were known, where it goes by those.
    #[serde(default)]
    pub words: Option<bool>,
}

impl EndOfTurn {
    /// Ended by a fixed silence.
    pub fn silence(silence: Duration) -> Self {
        Self { silence_ms: Some(ms::of(silence)), ..Self::of(EndSource::Silence) }
    }

    /// Ended as no turn may be open for longer.
    pub const fn limit() -> Self {
        Self::of(EndSource::Limit)
    }

    /// Ended by that, of which no more is known.
    pub const fn of(source: EndSource) -> Self {
        Self { source, silence_ms: None, log_odds: None, patience: None, words: None }
    }
}

/// `adaptive asked for 1400 ms at log-odds -2.25, patience 1.20, words not known`, as far as it is
/// known.
impl fmt::Display for EndOfTurn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.source.name())?;
        if let Some(silence) = self.silence_ms {
            write!(f, " asked for {silence:.0} ms")?;
        }
        if let Some(log_odds) = self.log_odds {
            write!(f, " at log-odds {log_odds:.2}")?;
        }
        if let Some(patience) = self.patience.filter(|it| (it - 1.0).abs() >= 0.005) {
            write!(f, ", patience {patience:.2}")?;
        }
        if self.words == Some(false) {
            f.write_str(", words not known")?;
        }
        Ok(())
    }
}
