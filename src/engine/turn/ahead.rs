//! What the language model may read while the person still speaks.

use std::sync::Arc;

use antiphon_actors::frame::{Message, Prompt};
use antiphon_actors::{Payload, Phase, TurnId};

use super::{Effects, TurnAuthority};

/// What of the open turn was given to the language model before it was asked.
#[derive(Debug)]
pub(super) struct Ahead {
    /// The first attempt of the turn.
    first: TurnId,
    /// Words that will not change, as far as the recogniser can tell.
    certain: String,
    /// The last draft.
    sent: Option<Arc<[Message]>>,
    /// Tokens read for drafts.
    pub(super) tokens: u64,
}

impl Ahead {
    pub(super) fn new(first: TurnId) -> Self {
        Self { first, certain: String::new(), sent: None, tokens: 0 }
    }
}

impl TurnAuthority {
    /// The words that will not change are these.
    pub(super) fn certain_words(&mut self, words: String, out: &mut Effects) {
        if self.view.phase == Phase::Hearing {
            self.open_mut(|open| open.ahead.certain = words);
            self.read_ahead(out);
        }
    }

    /// Has the language model read what is certain of the next prompt, if that is news.
    pub(super) fn read_ahead(&mut self, out: &mut Effects) {
        // What was heard of a reply that was cut off comes before the words.
        let hears = self.view.phase == Phase::Hearing && self.cut.is_none();
        if !hears || !self.settings.read_ahead || !self.settings.replies {
            return;
        }
        let turn = self.view.turn;
        let Some(open) = &mut self.open else { return };
        let words = open.ahead.certain.clone();
        if words.is_empty() && self.history.is_empty() {
            return;
        }
        let messages = self.history.and(words);
        if open.ahead.sent.as_ref() != Some(&messages) {
            open.ahead.sent = Some(messages.clone());
            out.send(turn, Payload::Prompt(Prompt { messages, draft: true }));
        }
    }

    /// The language model read that many tokens of a draft.
    pub(super) fn was_read_ahead(&mut self, turn: TurnId, tokens: u64) {
        self.open_mut(|open| {
            if turn >= open.ahead.first {
                open.ahead.tokens += tokens;
            }
        });
    }
}
