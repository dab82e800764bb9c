//! What is read while the person still speaks.

use std::sync::Arc;

use crate::cancel::{Cancel, Wanted};
use crate::frame::{Message, TurnId};

/// A conversation whose last words go on.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) turn: TurnId,
    pub(super) messages: Arc<[Message]>,
}

/// One draft is read at a time, and only the newest waits.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    /// What is being read, and whether that is still wanted.
    reading: Option<(Draft, Option<Wanted>)>,
    next: Option<Draft>,
}

impl Ahead {
    /// A newer draft is there; gives what is to be read now, if that is anything.
    pub(super) fn offer(&mut self, draft: Draft) -> Option<(Draft, Cancel)> {
        self.keep(&draft.messages);
        self.next = Some(draft);
        self.start()
    }

    /// The conversation is `messages`: what was not begun of older drafts is not worth it, and what
    /// is being read only if it is the beginning of that.
    pub(super) fn keep(&mut self, messages: &[Message]) {
        self.next = None;
        if let Some((draft, wanted)) = &mut self.reading
            && !leads_to(&draft.messages, messages)
        {
            *wanted = None;
        }
    }

    /// What was being read is read, or was abandoned; gives what is to be read now.
    pub(super) fn read(&mut self) -> Option<(Draft, Cancel)> {
        self.reading = None;
        self.start()
    }

    fn start(&mut self) -> Option<(Draft, Cancel)> {
        if self.reading.is_some() {
            return None;
        }
        let draft = self.next.take()?;
        let wanted = Wanted::new();
        let cancel = wanted.cancel();
        self.reading = Some((draft.clone(), Some(wanted)));
        Some((draft, cancel))
    }
}

/// Whether a conversation may become another one as its last words go on.
fn leads_to(draft: &[Message], whole: &[Message]) -> bool {
    let (Some((said, before)), Some((words, others))) = (draft.split_last(), whole.split_last())
    else {
        return false;
    };
    before == others && said.role == words.role && words.content.starts_with(&said.content)
}
