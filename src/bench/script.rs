//! What is said, in which voice, over which noise, and how long each pause is.

use std::path::PathBuf;

use serde::Serialize;

use super::random::{Deck, Random};
use super::sentences;

/// Turns of one conversation.
const TURNS: usize = 6;
/// Shortest and longest pause within a turn, in ms.
const PAUSE: (f64, f64) = (200.0, 1200.0);
/// Shortest and longest wait after the first sound of a reply before somebody speaks over it, in ms.
const OVER: (f64, f64) = (300.0, 1000.0);
/// One of so many conversations is spoken by people, where recordings are at hand.
const HUMAN_EVERY: usize = 4;

/// How the words of a turn are put.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Without a pause.
    Plain,
    /// With a pause after words that ask for more.
    Paused,
    /// With a beginning that is given up.
    FalseStart,
    /// With an "um" and a pause after it.
    Filler,
    /// Over a reply, which is to stop.
    BargeIn,
}

/// Whose voice it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Voice {
    /// One of eSpeak NG, and words a minute.
    Espeak(&'static str, u32),
    /// One of Flite.
    Flite(&'static str),
    /// A person who was recorded.
    Human,
}

/// A piece of what is said.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Words.
    Words(String),
    /// What a person said.
    Recording(PathBuf),
    /// Silence from the last voiced sample to the next one, in ms.
    Pause(f64),
}

/// What comes over the reply to a turn.
#[derive(Clone, Debug, PartialEq)]
pub struct Over {
    /// From the first audible sample of the reply on, in ms.
    pub after_ms: f64,
    /// What is said.
    pub words: String,
    /// Whether the reply is to stop; if not, it is to go on.
    pub stops: bool,
}

/// A turn.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// How it is put.
    pub kind: Kind,
    /// What is said.
    pub parts: Vec<Part>,
    /// What comes over the reply.
    pub over: Option<Over>,
}

/// A conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversation {
    /// Counted from 0.
    pub number: usize,
    /// Who speaks.
    pub voice: Voice,
    /// How much louder the voice is than the noise behind it, in dB; none is silence.
    pub noise_db: Option<f64>,
    /// What is said.
    pub turns: Vec<Turn>,
}

impl Conversation {
    /// How many turns are measured in it.
    pub fn measured(&self) -> usize {
        let over = |turn: &&Turn| turn.over.as_ref().is_some_and(|over| over.stops);
        self.turns.len() + self.turns.iter().filter(over).count()
    }
}

/// The voices of this machine: the one that no network of ours was trained on, and variants of
/// another that it was not trained on either.
const VOICES: &[Voice] = &[
    Voice::Flite("rms"),
    Voice::Espeak("en-us+Annie", 165),
    Voice::Espeak("en-us+Michael", 175),
    Voice::Espeak("en-gb+Andrea", 155),
    Voice::Espeak("en-us+Andy", 185),
];

/// Makes conversations with at least so many turns. `recordings` are of people.
pub fn conversations(turns: usize, seed: u64, recordings: &[PathBuf]) -> Vec<Conversation> {
    let mut writer = Writer::new(seed, recordings);
    let (mut all, mut count) = (Vec::new(), 0);
    while count < turns {
        let conversation = writer.conversation(all.len(), TURNS.min(turns - count));
        count += conversation.measured();
        all.push(conversation);
    }
    all
}

/// What the next turn is.
#[derive(Clone, Copy, Debug)]
enum Slot {
    Question,
    Statement,
    Paused,
    FalseStart,
    Filler,
    Interrupted,
    Backchannel,
}

struct Writer {
    random: Random,
    slots: Deck<Slot>,
    voices: Deck<Voice>,
    questions: Deck<&'static str>,
    long: Deck<&'static str>,
    statements: Deck<&'static str>,
    halves: Deck<(&'static str, &'static str)>,
    false_starts: Deck<(&'static str, &'static str)>,
    fillers: Deck<&'static str>,
    backchannels: Deck<&'static str>,
    interruptions: Deck<&'static str>,
    recordings: Deck<PathBuf>,
    is_human_there: bool,
}

impl Writer {
    fn new(seed: u64, recordings: &[PathBuf]) -> Self {
        use Slot::{Backchannel, FalseStart, Filler, Interrupted, Paused, Question, Statement};
        let slots = [
            Question,
            Question,
            Question,
            Statement,
            Statement,
            Paused,
            Paused,
            Paused,
            Paused,
            FalseStart,
            FalseStart,
            Filler,
            Filler,
            Interrupted,
            Interrupted,
            Backchannel,
            Backchannel,
        ];
        Self {
            random: Random::new(seed),
            slots: Deck::new(slots),
            voices: Deck::new(VOICES.iter().cloned()),
            questions: Deck::new(sentences::QUESTIONS.iter().copied()),
            long: Deck::new(sentences::LONG.iter().copied()),
            statements: Deck::new(sentences::STATEMENTS.iter().copied()),
            halves: Deck::new(sentences::HALVES.iter().copied()),
            false_starts: Deck::new(sentences::FALSE_STARTS.iter().copied()),
            fillers: Deck::new(sentences::FILLERS.iter().copied()),
            backchannels: Deck::new(sentences::BACKCHANNELS.iter().copied()),
            interruptions: Deck::new(sentences::INTERRUPTIONS.iter().copied()),
            recordings: Deck::new(recordings.iter().cloned()),
            is_human_there: !recordings.is_empty(),
        }
    }

    fn conversation(&mut self, number: usize, turns: usize) -> Conversation {
        let is_human = self.is_human_there && number % HUMAN_EVERY == 1;
        let noise_db = match (is_human, number % 4) {
            // What people were recorded with is noise enough.
            (true, _) | (_, 0) => None,
            (_, 2) => Some(10.0),
            _ => Some(20.0),
        };
        let voice = self.voices.draw(&mut self.random).unwrap_or(Voice::Flite("rms"));
        let turns = (0..turns).map(|_| if is_human { self.human() } else { self.turn() });
        let turns = turns.collect();
        let voice = if is_human { Voice::Human } else { voice };
        Conversation { number, voice, noise_db, turns }
    }

    fn pause(&mut self) -> Part {
        Part::Pause(self.random.between(PAUSE.0, PAUSE.1).round())
    }

    fn human(&mut self) -> Turn {
        let mut parts = Vec::new();
        let mut kind = Kind::Plain;
        parts.extend(self.recordings.draw(&mut self.random).map(Part::Recording));
        if self.random.share() < 0.5 {
            kind = Kind::Paused;
            parts.push(self.pause());
            parts.extend(self.recordings.draw(&mut self.random).map(Part::Recording));
        }
        Turn { kind, parts, over: None }
    }

    fn turn(&mut self) -> Turn {
        let slot = self.slots.draw(&mut self.random).unwrap_or(Slot::Question);
        let words = |text: &str| Part::Words(text.into());
        let random = &mut self.random;
        let mut over = None;
        let (kind, parts) = match slot {
            Slot::Question => {
                (Kind::Plain, vec![words(self.questions.draw(random).unwrap_or_default())])
            }
            Slot::Statement => {
                (Kind::Plain, vec![words(self.statements.draw(random).unwrap_or_default())])
            }
            Slot::Paused => {
                let (one, two) = self.halves.draw(random).unwrap_or_default();
                (Kind::Paused, vec![words(one), self.pause(), words(two)])
            }
            Slot::FalseStart => {
                let (one, two) = self.false_starts.draw(random).unwrap_or_default();
                (Kind::FalseStart, vec![words(one), self.pause(), words(two)])
            }
            Slot::Filler => {
                let filler = self.fillers.draw(random).unwrap_or_default();
                let question = self.questions.draw(random).unwrap_or_default();
                (Kind::Filler, vec![words(filler), self.pause(), words(question)])
            }
            Slot::Interrupted | Slot::Backchannel => {
                let question = self.long.draw(random).unwrap_or_default();
                let stops = matches!(slot, Slot::Interrupted);
                let deck = if stops { &mut self.interruptions } else { &mut self.backchannels };
                over = Some(Over {
                    words: deck.draw(random).unwrap_or_default().into(),
                    after_ms: random.between(OVER.0, OVER.1).round(),
                    stops,
                });
                (Kind::Plain, vec![words(question)])
            }
        };
        Turn { kind, parts, over }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recordings() -> Vec<PathBuf> {
        ["a.wav", "b.wav", "c.wav"].map(PathBuf::from).into()
    }

    #[test]
    fn a_seed_is_a_script() {
        let make = |seed| conversations(100, seed, &recordings());
        assert_eq!(make(1), make(1));
        assert_ne!(make(1), make(2));
    }

    #[test]
    fn a_hundred_turns_have_all_there_is() {
        let all = conversations(100, 1, &recordings());
        let turns: usize = all.iter().map(Conversation::measured).sum();
        assert!((100..104).contains(&turns), "{turns} turns");
        let of = |keep: &dyn Fn(&Turn) -> bool| {
            all.iter().flat_map(|it| &it.turns).filter(|turn| keep(turn)).count()
        };
        for kind in [Kind::Plain, Kind::Paused, Kind::FalseStart, Kind::Filler] {
            assert!(of(&|turn| turn.kind == kind) >= 8, "{kind:?}");
        }
        for stops in [true, false] {
            assert!(of(&|turn| turn.over.as_ref().is_some_and(|it| it.stops == stops)) >= 6);
        }
        for noise in [None, Some(20.0), Some(10.0)] {
            assert!(all.iter().any(|it| it.noise_db == noise), "{noise:?}");
        }
        let human = all.iter().filter(|it| it.voice == Voice::Human).count();
        assert_eq!(human, (all.len() + 2) / 4);
        assert!(conversations(50, 1, &[]).iter().all(|it| it.voice != Voice::Human));
    }

    #[test]
    fn pauses_come_between_words_and_have_a_length() {
        for conversation in conversations(300, 5, &recordings()) {
            for turn in conversation.turns {
                for (place, part) in turn.parts.iter().enumerate() {
                    let Part::Pause(ms) = part else { continue };
                    assert!((200.0..=1200.0).contains(ms), "{ms}");
                    assert!(place > 0 && place + 1 < turn.parts.len());
                    assert_ne!(turn.kind, Kind::Plain);
                }
                if turn.kind == Kind::Plain {
                    assert_eq!(turn.parts.len(), 1);
                }
            }
        }
    }
}
