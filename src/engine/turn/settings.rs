//! What the authority is told.

use std::collections::BTreeSet;
use std::time::Duration;

use super::endpoint::Bounds;

/// A stage that hears whether the person is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// Its id.
    pub stage: String,
    /// Silence in which its answer is waited for.
    pub wait: Duration,
}

/// What the authority needs to know of the pipeline.
#[derive(Clone, Debug)]
pub struct TurnSettings {
    /// Silence after which the answer is made in advance; zero never does.
    pub eager_silence: Duration,
    /// Silence after which the person is taken to be done.
    pub end_silence: Duration,
    /// Between which silences a turn ends by words and voice; none ends it by [`end_silence`].
    ///
    /// [`end_silence`]: Self::end_silence
    pub adaptive: Option<Bounds>,
    /// Who says beside words and voice when an adaptive turn ends.
    pub listener: Option<Listener>,
    /// How long the person must speak over a reply to pause it.
    pub barge_in_min_speech: Duration,
    /// How long they must speak to end it whatever they say; until then it is only paused.
    pub barge_in_certain: Duration,
    /// The longest sound that says no more than that somebody listens, unless it asks to speak;
    /// zero goes by its words alone.
    pub backchannel_max: Duration,
    /// Silence after such a sound before the reply goes on.
    pub backchannel_silence: Duration,
    /// No turn stays open for longer after the person's last word.
    pub limit: Duration,
    /// What is said when an answer failed.
    pub apology: String,
    /// Whether the pipeline answers at all.
    pub replies: bool,
    /// Whether the language model reads what is certain of the words while the person speaks.
    pub read_ahead: bool,
    /// The stages that make and speak an answer.
    pub answering: BTreeSet<String>,
    /// The stages that find where the person speaks.
    pub detecting: BTreeSet<String>,
    /// The stages that write down what the person says.
    pub hearing: BTreeSet<String>,
}
