//! What the conversation remembers.

use std::sync::Arc;

use antiphon_actors::frame::{Message, Role};
use antiphon_actors::ledger::{EndReason, Record};

/// What was said, in its order.
#[derive(Debug, Default)]
pub(super) struct History {
    said: Vec<Message>,
    /// The person went on before a word of the answer was heard: what they say next belongs to what
    /// they said last.
    goes_on: bool,
}

impl History {
    pub(super) fn is_empty(&self) -> bool {
        self.said.is_empty()
    }

    /// All of it, and then the words that are to be answered.
    pub(super) fn and(&self, words: String) -> Arc<[Message]> {
        let mut said = self.said.clone();
        add(&mut said, self.goes_on, Role::User, words);
        said.into()
    }

    /// Remembers a turn.
    pub(super) fn keep(&mut self, record: &Record) {
        let (user, agent) = (record.user_text.trim(), record.agent_text.trim());
        if !user.is_empty() {
            add(&mut self.said, self.goes_on, Role::User, user.to_string());
            self.goes_on = record.end_reason == EndReason::Interrupted && agent.is_empty();
        }
        // What is said when an answer failed is no part of the conversation.
        if !agent.is_empty() && record.end_reason != EndReason::Failed {
            add(&mut self.said, false, Role::Assistant, agent.to_string());
            self.goes_on = false;
        }
    }
}

/// Adds a message, or has the last one go on.
fn add(said: &mut Vec<Message>, goes_on: bool, role: Role, content: String) {
    match said.last_mut().filter(|last| goes_on && last.role == role) {
        Some(last) => last.content = format!("{} {content}", last.content).trim_end().to_string(),
        None => said.push(Message { role, content }),
    }
}
