//! The stage with a voice of known sounds.

use std::sync::Mutex;

use antiphon_models::Error;
use antiphon_models::voice::{Spoken, Wanted};

use super::*;
use crate::fact::Fact;
use crate::frame::{Chunk, Frame, Payload, PortType, TurnId, Voice};
use crate::testing::Rig;
use crate::turn::TurnView;

/// What is said for the warm-up.
const WARM_UP: usize = 6;
/// Samples of a symbol; there are as many of silence before the first and after the last one.
const SYMBOL: usize = 100;

/// Speaks each symbol as a number of equal samples, and writes down what it was given.
#[derive(Debug, Default)]
struct Plain {
    limit: usize,
    said: Arc<Mutex<Vec<String>>>,
    after: After,
}

/// What becomes of the first text after the warm-up.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
enum After {
    #[default]
    Speaks,
    Fails,
    /// It takes until it is not wanted any more.
    Lasts,
}

impl Speaker for Plain {
    fn rate(&self) -> u32 {
        10_000
    }

    fn limit(&self) -> usize {
        self.limit
    }

    fn speak(&self, phonemes: &str, wanted: Wanted<'_>) -> Result<Spoken, Error> {
        let said = self.said.lock();
        let mut said = said.map_err(|error| Error::Input(error.to_string()))?;
        let first = said.len() == WARM_UP;
        said.push(phonemes.into());
        drop(said);
        match self.after {
            After::Fails if first => return Err(Error::Input("no breath left".into())),
            After::Lasts if first => {
                while wanted() {
                    std::thread::yield_now();
                }
                return Err(Error::Cancelled);
            }
            After::Speaks | After::Fails | After::Lasts => {}
        }
        let symbols = phonemes.chars().count();
        let starts = (1..=symbols + 1).map(|at| at * SYMBOL).collect();
        let mut samples = vec![0.0; SYMBOL];
        samples.resize(SYMBOL * (symbols + 1), 0.5);
        samples.resize(SYMBOL * (symbols + 2), 0.0);
        Ok(Spoken { samples, starts })
    }
}

/// What the voice was given after its warm-up, and the frames that came of a chunk.
async fn speak(limit: usize, text: &str, speech: &str) -> (Vec<String>, Vec<Voice>) {
    let (rig, said) = rig(limit, After::Speaks).await;
    rig.push(chunk(text, speech)).await;
    let mut heard: Vec<Voice> = Vec::new();
    while !heard.last().is_some_and(|voice| voice.end) {
        for frame in rig.sent() {
            let Payload::Voice(voice) = frame.payload else { panic!("{frame:?}") };
            heard.push(voice);
        }
        assert_eq!(rig.faults.take(), [""; 0]);
        tokio::task::yield_now().await;
    }
    let said = said.lock().unwrap()[WARM_UP..].to_vec();
    (said, heard)
}

fn chunk(text: &str, speech: &str) -> Frame {
    let (text, speech) = (text.into(), speech.into());
    Frame::of(TurnId(1), Payload::Chunk(Chunk { index: 0, text, speech, end: true }))
}

async fn rig(limit: usize, after: After) -> (Rig, Arc<Mutex<Vec<String>>>) {
    let said = Arc::new(Mutex::new(Vec::new()));
    let given = said.clone();
    let load: Load = Arc::new(move |settings| {
        let speaker = Box::new(Plain { limit, said: given.clone(), after });
        Ok(Loaded { speaker, phonemiser: phonemiser(settings), what: "plain".into() })
    });
    let mut rig = Rig::new(Some(PortType::Chunk), Some(PortType::Voice)).await.unwrap();
    let what = rig.start(&blueprint_with(TtsKokoro::default(), load)).await.unwrap();
    assert!(what.expect("ready").starts_with("plain, "));
    (rig, said)
}

/// The words with their samples, in order.
fn words<'a>(text: &'a str, heard: &[Voice]) -> Vec<(&'a str, std::ops::Range<u64>)> {
    let words = heard.iter().flat_map(|voice| voice.words.iter());
    words.map(|word| (&text[word.text.clone()], word.samples.clone())).collect()
}

#[tokio::test]
async fn words_sound_when_they_are_said_to() {
    let text = "**Hello**, 2 worlds.";
    let (said, heard) = speak(510, text, "Hello, two worlds.").await;
    assert_eq!(said, ["həlˈO, tˈu wˈɜɹldz."]);
    // Of the silence 5 ms are kept before it, which is 50 samples, and after it all there is.
    let at = |symbol: u64| 50 + symbol * SYMBOL as u64;
    let expected = [("Hello", at(0)..at(5)), ("2", at(7)..at(10)), ("worlds", at(11)..at(18))];
    assert_eq!(words(text, &heard), expected);
    let samples: usize = heard.iter().map(|voice| voice.samples.len()).sum();
    assert_eq!(samples, 50 + 20 * SYMBOL);
}

#[tokio::test]
async fn pieces_join_without_the_silence_between_them() {
    let text = "Hello two worlds and a half.";
    let (said, heard) = speak(12, text, text).await;
    assert_eq!(said, ["həlˈO tˈu", "wˈɜɹldz", "ænd ɐ hˈæf."]);
    let samples: Vec<f32> = heard.iter().flat_map(|voice| voice.samples.to_vec()).collect();
    let silent = samples.iter().filter(|sample| **sample == 0.0).count();
    // Before and after each of three, at most 20 ms each, of which there are 10; 5 before the first.
    assert_eq!(silent, 50 + 5 * SYMBOL);
    let words = words(text, &heard);
    assert_eq!(words[2], ("worlds", 1150..1850));
    for (word, range) in words {
        let range = range.start as usize..range.end as usize;
        assert!(samples[range].iter().all(|sample| *sample == 0.5), "{word}");
    }
}

#[tokio::test]
async fn a_chunk_without_sounds_ends() {
    let (said, heard) = speak(510, "👋", "👋").await;
    assert_eq!((said.len(), heard.len()), (0, 1));
    assert!(heard[0].chunk_end && heard[0].samples.is_empty());
}

#[tokio::test]
async fn a_voice_that_fails_costs_the_attempt() {
    let (rig, _) = rig(510, After::Fails).await;
    rig.push(chunk("One.", "One.")).await;
    let message = loop {
        let lost = rig.facts.take().into_iter().find_map(|fact| {
            let Fact::Lost { message, .. } = fact else { return None };
            Some(message)
        });
        match lost {
            Some(message) => break message,
            None => tokio::task::yield_now().await,
        }
    };
    assert!(message.contains("no breath left"), "{message}");
}

#[tokio::test]
async fn speech_that_is_not_wanted_any_more_is_given_up_while_it_is_made() {
    let (rig, said) = rig(510, After::Lasts).await;
    rig.push(chunk("Once upon a time.", "Once upon a time.")).await;
    while said.lock().unwrap().len() <= WARM_UP {
        tokio::task::yield_now().await;
    }
    rig.board.set(TurnView { turn: TurnId(2), ..TurnView::default() });
    let next = Chunk { index: 0, text: "Go.".into(), speech: "Go.".into(), end: true };
    rig.push(Frame::of(TurnId(2), Payload::Chunk(next))).await;
    loop {
        let sent = rig.sent();
        assert!(sent.iter().all(|frame| frame.turn == Some(TurnId(2))), "{sent:?}");
        if sent.iter().any(|it| matches!(&it.payload, Payload::Voice(voice) if voice.end)) {
            break;
        }
        tokio::task::yield_now().await;
    }
    assert_eq!(rig.faults.take(), [""; 0]);
}

#[test]
fn british_voices_speak_british_english() {
    let said = |voice: Option<&str>, language| {
        let voice = voice.map(str::to_owned);
        let settings = TtsKokoro { voice, language, ..TtsKokoro::default() };
        phonemiser(&settings).phonemise("go").text
    };
    assert_eq!(said(None, TtsLanguage::Auto), "ɡˌO");
    assert_eq!(said(Some("af_heart"), TtsLanguage::Auto), "ɡˌO");
    assert_eq!(said(Some("bf_emma"), TtsLanguage::Auto), "ɡˌQ");
    assert_eq!(said(Some("bf_emma"), TtsLanguage::EnUs), "ɡˌO");
    assert_eq!(said(None, TtsLanguage::EnGb), "ɡˌQ");
}
