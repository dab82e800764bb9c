//! From a language network to a spoken conversation: tokens, chat templates, sampling, constrained
//! answers, and sessions that never compute the same words twice.

mod chat;
mod constrain;
mod detokenizer;
mod generate;
mod gguf;
mod llm;
mod prompt;
mod sampler;
mod session;
mod speech;
mod table;
mod tokenizer;

pub use chat::{ChatTemplate, Message, Role, keep_heard};
pub use constrain::{Constraint, Grammars};
pub use detokenizer::Detokenizer;
pub(crate) use generate::Answer;
pub use generate::{Cancel, Finish, GenerateOptions, Reply, Timings};
pub use llm::Llm;
pub use sampler::{Sampler, Sampling};
pub use session::{Prefilled, Session, SessionOptions};
pub use tokenizer::Tokenizer;
