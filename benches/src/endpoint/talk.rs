//! The conversations of `antiphon bench dead-air`, turn by turn.

use std::path::Path;

use antiphon::bench::clip::{self, Clip};
use antiphon::bench::script::{Conversation, Voice, conversations};
use antiphon::bench::voice::{Speaker, SpokenTurn, Word, recordings};
use anyhow::Result;

use crate::hear::{Gap, Turn};
use crate::wav::RATE;

/// Silence, or noise, before and after a turn, in samples.
const BEFORE: usize = RATE / 2;
const AFTER: usize = RATE * 5 / 2;
/// The set of what people say in them.
pub const PEOPLE: &str = "bench, people";
/// Shorter silences within a turn are no pauses, in seconds.
const SHORTEST: f64 = 0.2;

/// Silence in which a turn may be ended that the speaker goes on with, in seconds.
const OWN: f64 = 0.05;

/// The turns of such conversations, and what interrupts replies, with their sound.
pub fn turns(turns: usize, seed: u64, people: Option<&Path>) -> Result<Vec<(Turn, Vec<f32>)>> {
    let folder = std::env::temp_dir().join(format!("endpoint-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let script = conversations(turns, seed, &people.map(recordings).unwrap_or_default());
    let speaker = Speaker::find(&folder);
    let spoken = speaker.and_then(|it| {
        let speak = |one: &Conversation| Ok((one.clone(), it.speak(one)?));
        script.iter().map(speak).collect::<Result<Vec<_>, _>>()
    });
    // What stays in the folder for temporary files is removed by the system.
    std::fs::remove_dir_all(&folder).ok();
    Ok(spoken?.iter().flat_map(|(conversation, turns)| of(conversation, turns)).collect())
}

fn of(conversation: &Conversation, turns: &[SpokenTurn]) -> Vec<(Turn, Vec<f32>)> {
    let seed = conversation.number as u64;
    let noise = conversation.noise_db.map(|below| clip::noise(below, seed)).unwrap_or_default();
    let mut all = Vec::new();
    let mut said = |clip: &Clip, kind: String, words: &[Word]| {
        let set = match (&conversation.voice, conversation.noise_db) {
            (Voice::Human, _) => PEOPLE.to_string(),
            (_, None) => "bench, no noise".to_string(),
            (_, Some(below)) => format!("bench, noise at {below} dB"),
        };
        let file = format!("{:03}-{:03}", conversation.number, all.len()).into();
        let gaps = gaps(clip, words);
        let turn = Turn { file, set, kind, gaps, shortest: OWN };
        let from = all.len() * RATE;
        all.push((turn, over_noise(clip, &noise, from)));
    };
    for turn in turns {
        let kind = serde_json::to_value(turn.turn.kind).unwrap_or_default();
        said(&turn.clip, kind.as_str().unwrap_or_default().into(), &turn.words);
        let over = turn.turn.over.as_ref().zip(turn.over.as_ref());
        if let Some((over, clip)) = over.filter(|(over, _)| over.stops) {
            let words = [Word { at: 0.0, text: over.words.clone() }];
            said(clip, "over".into(), &words);
        }
    }
    all
}

fn gaps(clip: &Clip, words: &[Word]) -> Vec<Gap> {
    let seconds = |place: usize| (place + BEFORE) as f64 / RATE as f64;
    let first = clip.speech.first().map_or(0.0, |span| seconds(span.from));
    let nexts = clip.speech.iter().skip(1).map(|span| Some(seconds(span.from)));
    let gap = |(from, to): (f64, Option<f64>)| {
        let before = words.iter().filter(|word| to.is_none() || first + word.at < from);
        let text = before.map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
        Gap { from, to, text }
    };
    let spans = clip.speech.iter().map(|span| seconds(span.to)).zip(nexts.chain([None]));
    spans.filter(|(from, to)| to.is_none_or(|to| to - from >= SHORTEST)).map(gap).collect()
}

/// The sound from a while before to a while after, over noise that began `from` samples before.
fn over_noise(clip: &Clip, noise: &[f32], from: usize) -> Vec<f32> {
    let mut samples = vec![0.0; BEFORE];
    samples.extend_from_slice(&clip.samples);
    samples.resize(samples.len() + AFTER, 0.0);
    let noise = noise.iter().cycle().skip(from % noise.len().max(1));
    samples.iter_mut().zip(noise).for_each(|(sample, noise)| *sample += noise);
    samples
}
