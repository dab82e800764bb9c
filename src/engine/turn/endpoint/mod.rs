//! When a turn ends, by what was said and how it sounded.
//!
//! Words and voice give log-odds that the person is done: a sum of weighted rules. Pauses inside a
//! turn get rarer with their length about exponentially, so the silence at which waiting longer
//! stops to pay falls linearly with those log-odds. It is [`Bounds::open`] where words that were
//! understood leave it even, [`Bounds::unclear`] more where nothing was understood, never under
//! [`Bounds::min`] or over [`Bounds::max`], and is stretched for people who pause long. The log-odds
//! of a network that has heard the turn are added to both, by half where the words were understood;
//! until there are words it decides alone.

#[rustfmt::skip] // Lists of words, many a line.
mod lexicon;
mod pauses;
mod question;
mod sentence;
pub mod sound;
pub mod text;
mod weights;

#[cfg(test)]
mod tests;

use std::time::Duration;

use antiphon_actors::Finished;
use antiphon_actors::prosody::Prosody;

use pauses::Pauses;

/// Silence that one unit of log-odds is worth.
const STEP: Duration = Duration::from_millis(400);

/// Log-odds beyond this say no more.
const SUREST: f32 = 20.0;
/// How much of what a network says counts beside words that were understood. Where none were, all
/// of it does.
const BESIDE_WORDS: f32 = 0.5;

/// The most that a recogniser's mark is believed, as log-odds.
const SUREST_MARK: f32 = 6.0;
/// The most that a voice is believed beside words, as log-odds.
const SUREST_VOICE: f32 = 2.5;

/// The silences between which a turn ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The least, after words that are surely complete.
    pub min: Duration,
    /// Where words and voice leave it open.
    pub open: Duration,
    /// Added to that where the recogniser does not say that it understood the words.
    pub unclear: Duration,
    /// The most, after words that surely go on.
    pub max: Duration,
}

/// What is known when the person has gone silent.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Evidence<'a> {
    /// The words up to the silence, with their marks; none if they are not known yet.
    pub words: Option<&'a str>,
    /// Whether they are a finished sentence, by the recogniser; none if it does not say.
    pub finished: Option<Finished>,
    /// How the speech sounded at its end.
    pub prosody: Option<Prosody>,
    /// The log-odds of a network that has heard the turn, where there is one.
    pub network: Option<f32>,
}

/// What the evidence comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// The silence after which the turn ends.
    pub silence: Duration,
    /// The log-odds that the person is done.
    pub log_odds: f32,
    /// How much longer than usual the person pauses, as a factor.
    pub patience: f64,
}

/// Decides for one conversation.
#[derive(Clone, Debug)]
pub struct Endpoint {
    bounds: Bounds,
    pauses: Pauses,
}

impl Endpoint {
    /// For a conversation in which nothing was said.
    pub fn new(bounds: Bounds) -> Self {
        Self { bounds, pauses: Pauses::default() }
    }

    /// The person went on after a pause of that length.
    pub fn learn(&mut self, pause: Duration) {
        self.pauses.learn(pause);
    }

    /// The silence after which the turn ends.
    pub fn silence(&self, evidence: &Evidence<'_>) -> Duration {
        self.judge(evidence).silence
    }

    /// The silence after which the turn ends, and why.
    pub fn judge(&self, evidence: &Evidence<'_>) -> Verdict {
        let Bounds { min, open, unclear, max } = self.bounds;
        let network = evidence.network.map(|log_odds| log_odds.clamp(-SUREST, SUREST));
        let log_odds = match (network, evidence.words) {
            (Some(network), Some(_)) => {
                log_odds(evidence) + network * (1.0 - BESIDE_WORDS * trust(evidence))
            }
            (Some(network), None) => network,
            (None, Some(_)) => log_odds(evidence),
            // A voice alone is too weak a sign to end a turn early.
            (None, None) => log_odds(evidence).min(0.0),
        };
        let open = open + unclear.mul_f64(1.0 - f64::from(understood(evidence)));
        let wait = open.as_secs_f64() - STEP.as_secs_f64() * f64::from(log_odds);
        let patience = self.pauses.patience();
        // Patience makes no wait longer than the most.
        let silence = Duration::from_secs_f64((wait * patience).max(0.0)).clamp(min, max);
        Verdict { silence, log_odds, patience }
    }
}

/// The log-odds by words and voice that the person is done, where both are as likely beforehand.
pub fn log_odds(evidence: &Evidence<'_>) -> f32 {
    let features = evidence.words.and_then(text::features);
    let is_question = features.as_ref().is_some_and(text::is_question);
    let joined = evidence.words.and_then(text::joined);
    let is_bare = evidence.words.is_some_and(text::is_bare);
    let words = [features, joined].into_iter().flatten().map(|mut features| {
        let mut sure = 0.0;
        if let Some(finished) = evidence.finished {
            // How sure a recogniser is says more than what it wrote.
            features[..text::MARKS].fill(0.0);
            sure = weights::MARK_BIAS + weights::MARK * mark(finished.probability);
        } else if is_bare {
            let question = f32::from(u8::from(text::is_question(&features)));
            sure = weights::BARE_BIAS + weights::BARE_QUESTION * question;
        }
        weigh(&features, &weights::TEXT, weights::TEXT_BIAS) + sure
    });
    let words = words.reduce(f32::max).unwrap_or(0.0);
    let voice = evidence.prosody.map_or(0.0, |prosody| {
        weigh(&sound::features(&prosody, is_question), &weights::SOUND, weights::SOUND_BIAS)
    });
    let sum = words + voice.clamp(-SUREST_VOICE, SUREST_VOICE);
    // What was not understood tells nothing, one way or the other.
    sum * trust(evidence)
}

/// How far the words were understood, from 0 to 1; they are believed where the recogniser does not say.
fn trust(evidence: &Evidence<'_>) -> f32 {
    evidence.finished.map_or(1.0, |finished| finished.trust)
}

/// How far the recogniser says that it understood the words, from 0 to 1; not at all if it does not.
fn understood(evidence: &Evidence<'_>) -> f32 {
    let said = evidence.words.and(evidence.finished);
    said.map_or(0.0, |finished| finished.trust.clamp(0.0, 1.0))
}

/// The log-odds of a mark that ends a sentence, no surer than `SUREST_MARK` either way.
pub fn mark(finished: f32) -> f32 {
    let (p, rest) = (f64::from(finished), 1.0 - f64::from(finished));
    // The floor only keeps the logarithm finite.
    ((p.max(1e-6) / rest.max(1e-6)).ln() as f32).clamp(-SUREST_MARK, SUREST_MARK)
}

fn weigh<const N: usize>(features: &[f32; N], weights: &[(&str, f32); N], bias: f32) -> f32 {
    bias + features.iter().zip(weights).map(|(feature, (_, weight))| feature * weight).sum::<f32>()
}
