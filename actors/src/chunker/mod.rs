//! Cuts a reply into pieces that can be spoken, and writes them as they are said.
//!
//! # Consumes
//! [`Token`]s: the reply as the language model writes it.
//!
//! # Emits
//! [`Chunk`]s: the first clause as soon as it is there, then sentences, lines and list items,
//! each as written and as it is said ([`split`], [`speech`]). The last one of a reply is marked,
//! and empty when the reply ended with a chunk that was already sent. The fact
//! [`Step::FirstChunk`] goes with the first chunk that has something to say.
//!
//! # Keeps
//! The text that is not yet part of a chunk, and the number of chunks of the reply.
//!
//! # Drops
//! Nothing of a reply that goes on. When the turn moves on, the text of the reply before it.
//!
//! # On restart
//! The text that was not yet sent is lost, and so is the reply; the turn authority has it made
//! again or closes it.

mod abbreviations;
mod boundary;
mod chars;
mod piece;
pub mod speech;
pub mod split;

use antiphon_config::Chunker as Settings;

use crate::core::{Never, Out, StageCore};
use crate::error::StageError;
use crate::fact::{Fact, Step};
use crate::frame::{Chunk, Frame, Payload, Token, TurnId};
use crate::shell::{Blueprint, Make};
use crate::time::Time;
use crate::turn::TurnView;
use speech::{Language, Replacements, SpeechOptions, speakable};
use split::{Piece, SplitOptions, Splitter};

/// The stage.
pub fn blueprint(settings: Settings) -> impl Blueprint {
    Make(move || Ok((Chunker::new(&settings), None)))
}

/// The state of the stage.
#[derive(Debug)]
pub struct Chunker {
    splitter: Splitter,
    speech: SpeechOptions,
    /// The attempt whose reply is being cut; none before the first.
    turn: Option<TurnId>,
    /// The number of the next chunk.
    index: u32,
    /// A chunk with something to say was sent.
    spoken: bool,
    /// The reply has ended; what else comes of it is a fault of the stage before.
    ended: bool,
}

impl Chunker {
    /// A stage that has seen no text.
    pub fn new(settings: &Settings) -> Self {
        let split = SplitOptions {
            first_min_chars: settings.first_min_chars as usize,
            max_chars: settings.max_chars as usize,
            ..SplitOptions::default()
        };
        let speech = SpeechOptions {
            replacements: Replacements::new(settings.replacements.clone()),
            language: Language::from_tag(&settings.language),
            ..SpeechOptions::default()
        };
        let splitter = Splitter::new(split);
        Self { splitter, speech, turn: None, index: 0, spoken: false, ended: false }
    }

    fn begin(&mut self, turn: TurnId) {
        self.splitter.reset();
        self.turn = Some(turn);
        self.index = 0;
        self.spoken = false;
        self.ended = false;
    }

    fn take(&mut self, turn: TurnId, token: &Token, now: Time, out: &mut Out<Never>) {
        let mut pieces = Vec::new();
        self.splitter.push(&token.text, &mut pieces);
        if token.end {
            self.splitter.finish(&mut pieces);
            self.ended = true;
        }
        let count = pieces.len();
        for (position, piece) in pieces.into_iter().enumerate() {
            self.send(turn, piece, token.end && position + 1 == count, now, out);
        }
        if token.end && count == 0 {
            self.chunk(turn, String::new(), String::new(), true, out);
        }
    }

    fn send(&mut self, turn: TurnId, piece: Piece, end: bool, now: Time, out: &mut Out<Never>) {
        let speech = if piece.rule.is_spoken() {
            speakable(&piece.text, &self.speech)
        } else {
            String::new()
        };
        if !self.spoken && !speech.is_empty() {
            self.spoken = true;
            out.fact(Fact::Step { turn, step: Step::FirstChunk, at: now });
        }
        self.chunk(turn, piece.text, speech, end, out);
    }

    fn chunk(
        &mut self,
        turn: TurnId,
        text: String,
        speech: String,
        end: bool,
        out: &mut Out<Never>,
    ) {
        out.send(turn, Payload::Chunk(Chunk { index: self.index, text, speech, end }));
        self.index = self.index.saturating_add(1);
    }
}

impl StageCore for Chunker {
    type Job = Never;
    type Done = Never;

    fn on_frame(
        &mut self,
        frame: Frame,
        now: Time,
        out: &mut Out<Never>,
    ) -> Result<(), StageError> {
        let (turn, token) = match (frame.turn, frame.payload) {
            (Some(turn), Payload::Token(token)) => (turn, token),
            (None, Payload::Token(_)) => {
                return Err(StageError::skip(
                    "a token without a turn came, one of a turn was expected",
                ));
            }
            (
                _,
                other @ (Payload::Audio(_)
                | Payload::Utterance(_)
                | Payload::Transcript(_)
                | Payload::Prompt(_)
                | Payload::Chunk(_)
                | Payload::Voice(_)
                | Payload::Record(_)),
            ) => {
                let port = other.port();
                return Err(StageError::skip(format!(
                    "a frame of type `{port:?}` came, `Token` was expected"
                )));
            }
        };
        if self.turn != Some(turn) {
            self.begin(turn);
        }
        if self.ended {
            return Err(StageError::skip(format!(
                "text came after the end of the reply to turn {turn}"
            )));
        }
        self.take(turn, &token, now, out);
        Ok(())
    }

    fn on_turn(
        &mut self,
        view: &TurnView,
        _now: Time,
        _out: &mut Out<Never>,
    ) -> Result<(), StageError> {
        if self.turn.is_some_and(|turn| turn < view.turn) {
            self.begin(view.turn);
        }
        Ok(())
    }

    fn on_done(
        &mut self,
        done: Never,
        _now: Time,
        _out: &mut Out<Never>,
    ) -> Result<(), StageError> {
        match done {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::Effect;

    fn token(turn: u64, text: &str, end: bool) -> Frame {
        Frame::of(TurnId(turn), Payload::Token(Token { text: text.into(), end }))
    }

    /// What the stage does, a line for each effect.
    fn run(stage: &mut Chunker, frames: &[Frame]) -> String {
        let mut lines = Vec::new();
        for frame in frames {
            let mut out = Out::default();
            let result = stage.on_frame(frame.clone(), Time::ZERO, &mut out);
            for effect in out.take() {
                lines.push(match effect {
                    Effect::Send(Frame { turn: Some(turn), payload: Payload::Chunk(chunk) }) => {
                        let end = if chunk.end { " end" } else { "" };
                        format!("{turn}.{} {:?} {:?}{end}", chunk.index, chunk.text, chunk.speech)
                    }
                    Effect::Fact(Fact::Step { turn, step, .. }) => format!("{turn} {step:?}"),
                    other @ (Effect::Send(_)
                    | Effect::Fact(_)
                    | Effect::Job(_)
                    | Effect::Turn(_)
                    | Effect::Tape(..)
                    | Effect::Note(_)) => format!("{other:?}"),
                });
            }
            if let Err(error) = result {
                lines.push(format!("{:?}: {error}", error.severity));
            }
        }
        lines.join("\n")
    }

    #[track_caller]
    fn check(frames: &[Frame], expected: &[&str]) {
        assert_eq!(run(&mut Chunker::new(&Settings::default()), frames), expected.join("\n"));
    }

    #[test]
    fn a_reply_becomes_chunks() {
        check(
            &[
                token(1, "Of course I can", false),
                token(1, ", it is **5 km**. So", false),
                token(1, "", true),
            ],
            &[
                "1 FirstChunk",
                "1.0 \"Of course I can,\" \"Of course I can,\"",
                "1.1 \" it is **5 km**.\" \"it is five kilometers.\"",
                "1.2 \" So\" \"So\" end",
            ],
        );
        check(&[token(1, "Hi.", true)], &["1 FirstChunk", "1.0 \"Hi.\" \"Hi.\" end"]);
        check(
            &[token(1, "Hi! ", false), token(1, "", true)],
            &["1 FirstChunk", "1.0 \"Hi!\" \"Hi!\"", "1.1 \" \" \"\" end"],
        );
        check(
            &[token(1, "Hi!\n", false), token(1, "Ok.\n", false), token(1, "", true)],
            &[
                "1 FirstChunk",
                "1.0 \"Hi!\" \"Hi!\"",
                "1.1 \"\\nOk.\" \"Ok.\"",
                "1.2 \"\\n\" \"\" end",
            ],
        );
        check(&[token(1, "", true)], &["1.0 \"\" \"\" end"]);
    }

    #[test]
    fn the_step_goes_with_the_first_words() {
        check(
            &[token(1, "```\nlet a;\n```\nDone.", true)],
            &[
                "1 FirstChunk",
                "1.0 \"```\" \"code\"",
                "1.1 \"\\nlet a;\" \"\"",
                "1.2 \"\\n```\" \"\"",
                "1.3 \"\\nDone.\" \"Done.\" end",
            ],
        );
        check(&[token(1, "👋", true)], &["1.0 \"👋\" \"\" end"]);
    }

    #[test]
    fn a_new_turn_begins_a_new_reply() {
        check(
            &[token(1, "Of course", false), token(2, "Never.", true)],
            &["2 FirstChunk", "2.0 \"Never.\" \"Never.\" end"],
        );
        let mut stage = Chunker::new(&Settings::default());
        assert_eq!(run(&mut stage, &[token(1, "Of course", false)]), "");
        let view = TurnView { turn: TurnId(2), ..TurnView::default() };
        stage.on_turn(&view, Time::ZERO, &mut Out::default()).unwrap();
        assert_eq!(stage.splitter.pending(), "");
    }

    #[test]
    fn what_should_not_come_is_a_fault() {
        check(
            &[token(1, "Hi.", true), token(1, "More", false)],
            &[
                "1 FirstChunk",
                "1.0 \"Hi.\" \"Hi.\" end",
                "Skip: text came after the end of the reply to turn 1",
            ],
        );
        let free = Frame::free(Payload::Token(Token { text: "a".into(), end: false }));
        check(&[free], &["Skip: a token without a turn came, one of a turn was expected"]);
        let chunk = Chunk { index: 0, text: String::new(), speech: String::new(), end: true };
        check(
            &[Frame::of(TurnId(1), Payload::Chunk(chunk))],
            &["Skip: a frame of type `Chunk` came, `Token` was expected"],
        );
    }

    #[test]
    fn settings_reach_the_parts() {
        let settings = Settings {
            first_min_chars: 2,
            max_chars: 40,
            replacements: [("sql".to_owned(), "sequel".to_owned())].into(),
            language: "de".into(),
        };
        let text = "Ja, SQL kostet 5 Euro und noch viel mehr, als man so denkt. Nun";
        let said = run(&mut Chunker::new(&settings), &[token(1, text, true)]);
        let expected = [
            "1 FirstChunk",
            "1.0 \"Ja,\" \"Ja,\"",
            "1.1 \" SQL kostet 5 Euro und noch viel mehr,\" \"sequel kostet 5 Euro und noch viel mehr,\"",
            "1.2 \" als man so denkt.\" \"als man so denkt.\"",
            "1.3 \" Nun\" \"Nun\" end",
        ];
        assert_eq!(said, expected.join("\n"));
    }
}
