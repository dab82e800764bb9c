//! What becomes of a turn when a stage fails in it.

use antiphon_actors::frame::Chunk;
use antiphon_actors::ledger::{EndReason, Outcome};
use antiphon_actors::{Payload, Phase, Time};

use super::{Effects, TurnAuthority};

/// How often an answer is made again before the person is told that it failed.
const RETRIES: u32 = 1;

impl TurnAuthority {
    /// Makes the answer again, or says that it failed.
    pub(super) fn again(&mut self, now: Time, out: &mut Effects) {
        let Some(open) = &mut self.open else { return };
        open.broken = false;
        match self.view.phase {
            Phase::Listening | Phase::Hearing => {}
            Phase::Speculating => {
                open.forget_answer(Outcome::Failed, now);
                self.move_turn();
                self.enter(Phase::Hearing, now, out);
            }
            Phase::Replying if open.failed || open.retries >= RETRIES => self.fail(now, out),
            Phase::Replying => {
                open.retries += 1;
                open.forget_answer(Outcome::Failed, now);
                self.move_turn();
                self.enter(Phase::Replying, now, out);
                self.ask(now, out);
            }
        }
    }

    /// Closes the turn with a spoken word; if that was tried already, without.
    pub(super) fn fail(&mut self, now: Time, out: &mut Effects) {
        let apology = self.settings.apology.clone();
        let Some(open) = &mut self.open else { return };
        if open.failed || !self.settings.replies || apology.trim().is_empty() {
            self.close(EndReason::Failed, String::new(), now, out);
            return;
        }
        open.failed = true;
        open.broken = false;
        open.forget_answer(Outcome::Failed, now);
        open.asked = Some(self.view.turn.next());
        self.move_turn();
        self.enter(Phase::Replying, now, out);
        let chunk = Chunk { index: 0, text: apology.clone(), speech: apology, end: true };
        out.send(self.view.turn, Payload::Chunk(chunk));
    }

    pub(super) fn stage_down(&mut self, stage: &str) {
        self.listens(stage, false);
        let waits = self.view.wants_answer();
        let (answering, hearing) =
            (self.settings.answering.contains(stage), self.settings.hearing.contains(stage));
        self.open_mut(|open| {
            open.words_lost |= hearing && open.text.is_none();
            open.broken |= answering && waits;
        });
    }

    pub(super) fn stage_up(&mut self, stage: &str, now: Time, out: &mut Effects) {
        self.listens(stage, true);
        if self.settings.detecting.contains(stage) {
            // Should the person still speak, they are noticed soon; should they have stopped, nobody
            // will say so.
            self.open_mut(|open| open.unseen_end = Some(now));
        }
        if !self.settings.answering.contains(stage) {
            return;
        }
        let Some(open) = &mut self.open else { return };
        let broken = std::mem::take(&mut open.broken);
        if open.words_lost && self.view.phase == Phase::Replying && !open.failed {
            self.fail(now, out);
        } else if broken {
            self.again(now, out);
        }
    }
}
