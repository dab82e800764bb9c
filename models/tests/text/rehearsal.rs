//! The language model in the repository, whatever it has learnt.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use antiphon_models::device::{Compute, DType, Device};
use antiphon_models::files::{ModelName, Want, resolve};
use antiphon_models::text::{
    Cancel, Finish, GenerateOptions, Llm, Message, Sampling, Session, SessionOptions,
};
use serde_json::json;

/// The model, or nothing where a checkout lacks it.
fn llm() -> Option<Arc<Llm>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("weights/rehearsal-llm-en/model.gguf");
    if !path.exists() {
        println!("1 test skipped: `{}` is missing", path.display());
        return None;
    }
    Some(Llm::load_gguf(path).unwrap())
}

fn options(temperature: f32) -> GenerateOptions {
    let sampling = Sampling { temperature, seed: 5, ..Sampling::greedy() };
    GenerateOptions { sampling, max_tokens: 120, ..GenerateOptions::default() }
}

fn say(session: &mut Session, messages: &[Message], options: &GenerateOptions) -> String {
    let reply = session.generate(messages, options, &mut |_| ControlFlow::Continue(())).unwrap();
    for mark in ["<|im_start|>", "<|im_end|>", "<think>", "</think>", "\u{fffd}"] {
        assert!(!reply.text.contains(mark), "{}", reply.text);
    }
    reply.text
}

#[test]
fn it_talks_over_several_turns_and_says_the_same_again() {
    let Some(llm) = llm() else { return };
    llm.warm_up().unwrap();
    for temperature in [0.0, 0.8] {
        let talk = || {
            let mut session = Session::new(llm.clone(), &SessionOptions::default()).unwrap();
            let mut messages = Vec::new();
            for words in ["Hello, how are you?", "My name is Ada.", "What is my name?"] {
                messages.push(Message::user(words));
                let answer = say(&mut session, &messages, &options(temperature));
                messages.push(Message::assistant(answer));
            }
            messages
        };
        assert_eq!(talk(), talk());
    }
}

#[test]
fn as_tensors_of_a_device_it_says_the_same() {
    let Some(llm) = llm() else { return };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("weights/rehearsal-llm-en/model.gguf");
    let files = resolve(&ModelName::Path(path), Want::Qwen3, &()).unwrap();
    let compute = Compute::tensors(Device::Cpu, DType::F32);
    let device = Llm::load(&files, &compute).unwrap();
    assert!(Arc::ptr_eq(&device, &Llm::load(&files, &compute).unwrap()));
    let processor = Llm::load(&files, &Compute::default()).unwrap();
    assert!(!Arc::ptr_eq(&device, &processor));
    let talk = |llm: &Arc<Llm>| {
        let mut session = Session::new(llm.clone(), &SessionOptions::default()).unwrap();
        let mut messages = vec![Message::system("You are a friendly voice.")];
        for words in ["Hello, how are you?", "My name is Ada.", "What is my name?"] {
            // What is read ahead and then not said is taken back.
            session.prefill(&messages, "Hello there", &Cancel::never()).unwrap();
            messages.push(Message::user(words));
            let answer = say(&mut session, &messages, &options(0.0));
            messages.push(Message::assistant(answer));
        }
        messages
    };
    let expected = talk(&llm);
    assert_eq!(talk(&device), expected);
    // Sessions that meet share passes.
    let several: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..3).map(|_| scope.spawn(|| talk(&device))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(several.iter().all(|one| *one == expected));
}

#[test]
fn a_later_turn_reads_little() {
    let Some(llm) = llm() else { return };
    let mut session = Session::new(llm.clone(), &SessionOptions::default()).unwrap();
    let mut messages = vec![
        Message::system("You are a friendly voice. ".repeat(10)),
        Message::user("Hello, how are you today?"),
    ];
    let text = say(&mut session, &messages, &options(0.0));
    messages.push(Message::assistant(text));
    messages.push(Message::user("And now?"));
    let more = &mut |_: &str| ControlFlow::Continue(());
    let reply = session.generate(&messages, &options(0.0), more).unwrap();
    assert!(reply.prefill_tokens < 25, "{reply:?}");
    assert!(reply.reused_tokens > 50, "{reply:?}");
}

#[test]
fn reading_word_by_word_changes_no_answer() {
    let Some(llm) = llm() else { return };
    let session = || Session::new(llm.clone(), &SessionOptions::default()).unwrap();
    let system = Message::system("You are a friendly voice. Answer in one short sentence.");
    for words in [
        "What is the capital of Portugal?",
        "How many legs does a spider have?",
        "Hello, my name is Martin and I like to swim.",
        "Please tell me something about the moon.",
        "What does a cow say?",
        "Can you count to five for me?",
    ] {
        let messages = [system.clone(), Message::user(words)];
        let plain = say(&mut session(), &messages, &options(0.0));
        let mut ahead = session();
        let ends = words.match_indices(' ').map(|(at, _)| at);
        for end in ends {
            ahead.prefill(&messages[..1], &words[..end], &Cancel::never()).unwrap();
        }
        let held = ahead.tokens().len();
        let more = &mut |_: &str| ControlFlow::Continue(());
        let reply = ahead.generate(&messages, &options(0.0), more).unwrap();
        assert_eq!(reply.text, plain, "{words}");
        assert_eq!(reply.reused_tokens, held, "{words}");
    }
}

#[test]
fn it_can_be_held_to_a_schema() {
    let Some(llm) = llm() else { return };
    let schema = json!({
        "type": "object",
        "properties": {
            "name": { "type": "string", "maxLength": 20 },
            "dogs": { "type": "integer", "minimum": 0, "maximum": 20 }
        },
        "required": ["name", "dogs"],
        "additionalProperties": false
    });
    let mut session = Session::new(llm, &SessionOptions::default()).unwrap();
    let options = GenerateOptions { json_schema: Some(schema), ..options(0.0) };
    let messages = [Message::user("My name is Ada and I have two dogs.")];
    let more = &mut |_: &str| ControlFlow::Continue(());
    let reply = session.generate(&messages, &options, more).unwrap();
    assert_eq!(reply.finish, Finish::Stop, "{}", reply.text);
    let value: serde_json::Value = serde_json::from_str(&reply.text).unwrap();
    assert!(value["name"].is_string() && value["dogs"].is_u64(), "{value}");
}
