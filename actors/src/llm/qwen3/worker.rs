//! The network, and the conversation that it has read.

use std::hash::{BuildHasher, RandomState};
use std::ops::ControlFlow;

use antiphon_config::LlmQwen3;
use antiphon_models::Error;
use antiphon_models::files::Want;
use antiphon_models::qwen3::Qwen3;
use antiphon_models::text::{
    Cancel, Finish, GenerateOptions, Llm, Message, Sampling, Session, SessionOptions,
};

use crate::compute;
use crate::error::StageError;
use crate::fact::Usage;
use crate::frame::Role;
use crate::llm::core::{Done, Job};
use crate::model;
use crate::worker::WorkerIo;

/// Loads the network and answers until the stage is gone.
pub(super) fn run(settings: &LlmQwen3, mut io: WorkerIo<Job, Done>) -> Result<(), StageError> {
    let name = &settings.model;
    let files = model::resolve(name, Want::Qwen3)?;
    let fault = |error: Error| model::fault(name, error);
    let compute = compute::choose(settings.device, settings.dtype, &Qwen3::DTYPES)?;
    let sampling = sampling(settings);
    sampling.check().map_err(fault)?;
    let llm = Llm::load(&files, &compute).map_err(fault)?;
    llm.warm_up().map_err(fault)?;
    let options = SessionOptions {
        context_limit: settings.context_limit.map(|limit| limit as usize),
        reply_tokens: settings.max_tokens as usize,
    };
    let mut voice = Author {
        session: Session::new(llm, &options).map_err(fault)?,
        sampling,
        settings,
        told: 0,
    };
    voice.read_system();
    io.ready(model::report_on(&files, &compute));
    while let Some(job) = io.next_blocking() {
        let turn = job.turn;
        if job.draft {
            let tokens = voice.read_ahead(&job);
            io.emit_blocking(Done::Read { turn, tokens });
            continue;
        }
        if job.cancel.is_cancelled() {
            continue;
        }
        match voice.answer(&job, &io) {
            Ok(Finish::Cancelled) => {}
            Ok(Finish::Stop | Finish::StopString | Finish::Length) => {
                io.emit_blocking(Done::End { turn, at: io.clock().now() });
            }
            Err(error) => {
                io.emit_blocking(Done::Failed { turn, message: model::name(name, error) });
            }
        }
    }
    Ok(())
}

/// The settings as the sampler takes them; without a seed the choice is different each time.
fn sampling(settings: &LlmQwen3) -> Sampling {
    let plain = Sampling::greedy();
    let or = |value: Option<f64>, plain: f32| value.map_or(plain, |value| value as f32);
    Sampling {
        temperature: settings.temperature as f32,
        top_k: settings.top_k.map_or(plain.top_k, |k| k as usize),
        top_p: or(settings.top_p, plain.top_p),
        min_p: or(settings.min_p, plain.min_p),
        repetition_penalty: or(settings.repetition_penalty, plain.repetition_penalty),
        seed: settings.seed.unwrap_or_else(|| RandomState::new().hash_one(0)),
    }
}

struct Author<'a> {
    session: Session,
    sampling: Sampling,
    settings: &'a LlmQwen3,
    /// Turns that were left out, as far as the user knows.
    told: usize,
}

impl Author<'_> {
    /// Reads the system prompt ahead, so that the first answer need not.
    fn read_system(&mut self) {
        if !self.settings.system.is_empty() {
            let system = [Message::system(&self.settings.system)];
            // Some templates want a person's words first; then it is read with the first prompt.
            self.session.prefill(&system, "", &Cancel::never()).ok();
        }
    }

    /// Reads what is certain of a prompt; how many tokens were new.
    fn read_ahead(&mut self, job: &Job) -> u64 {
        let mut messages = messages(job);
        let Some(words) = messages.pop() else { return 0 };
        let cancel = job.cancel.clone();
        let cancel = Cancel::when(move || cancel.is_cancelled());
        // What is wrong with it is said when it is to be answered.
        let read = self.session.prefill(&messages, &words.content, &cancel);
        read.map_or(0, |read| read.tokens as u64)
    }

    fn answer(&mut self, job: &Job, io: &WorkerIo<Job, Done>) -> Result<Finish, Error> {
        let turn = job.turn;
        let (cancel, turns) = (job.cancel.clone(), io.turns());
        let options = GenerateOptions {
            // An attempt that is made again after a restart makes the same choices.
            sampling: Sampling {
                seed: self.sampling.seed.wrapping_add(turn.0),
                ..self.sampling.clone()
            },
            max_tokens: self.settings.max_tokens as usize,
            cancel: Cancel::when(move || cancel.is_cancelled() || turns.borrow().turn > turn),
            ..GenerateOptions::default()
        };
        let reply = self.session.generate(&messages(job), &options, &mut |piece| {
            io.emit_blocking(Done::Piece { turn, text: piece.to_string(), at: io.clock().now() });
            ControlFlow::Continue(())
        })?;
        let usage = Usage {
            read: Some(reply.prefill_tokens as u64),
            reused: Some(reply.reused_tokens as u64),
            written: reply.tokens.len() as u64,
        };
        io.emit_blocking(Done::Usage { turn, usage });
        if reply.dropped_turns > self.told {
            self.told = reply.dropped_turns;
            io.emit_blocking(Done::Note(format!(
                "the conversation does not fit into {} tokens: the model no longer sees its \
                 oldest {} turns",
                self.session.context_limit(),
                reply.dropped_turns
            )));
        }
        match reply.finish {
            Finish::Length => {
                io.emit_blocking(Done::Note("the answer was cut off at its longest".into()))
            }
            Finish::Stop | Finish::StopString | Finish::Cancelled => {}
        }
        Ok(reply.finish)
    }
}

/// The conversation with the system prompt before it.
fn messages(job: &Job) -> Vec<Message> {
    let system = Some(&job.system).filter(|system| !system.is_empty());
    let said = job.messages.iter().map(|message| match message.role {
        Role::User => Message::user(&message.content),
        Role::Assistant => Message::assistant(&message.content),
    });
    system.map(|system| Message::system(&**system)).into_iter().chain(said).collect()
}
