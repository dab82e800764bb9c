//! A model as a Hugging Face folder.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use antiphon_models::device::Compute;
use antiphon_models::files::{ModelName, Want, resolve};
use antiphon_models::text::{GenerateOptions, Llm, Message, Session, SessionOptions};
use serde_json::json;

use super::support::{random, random_folder};

fn load(dir: &Path) -> antiphon_models::Result<Arc<Llm>> {
    let name: ModelName = dir.display().to_string().parse()?;
    Llm::load(&resolve(&name, Want::Qwen3, &())?, &Compute::default())
}

fn tokens(llm: &Arc<Llm>) -> Vec<u32> {
    let mut session = Session::new(llm.clone(), &SessionOptions::default()).unwrap();
    let options = GenerateOptions { max_tokens: 10, ..GenerateOptions::default() };
    let messages = [Message::user("Hello there, how are you?")];
    let more = &mut |_: &str| ControlFlow::Continue(());
    session.generate(&messages, &options, more).unwrap().tokens
}

#[test]
fn says_what_the_same_weights_in_gguf_say() {
    let dir = tempfile::tempdir().unwrap();
    random_folder(40, dir.path());
    let llm = load(dir.path()).unwrap();
    assert_eq!(tokens(&llm), tokens(&random(40)));
    assert!(Arc::ptr_eq(&llm, &load(dir.path()).unwrap()), "loaded once");
}

#[test]
fn template_and_special_tokens_come_from_the_folder() {
    let dir = tempfile::tempdir().unwrap();
    random_folder(41, dir.path());
    let write = |name: &str, text: String| std::fs::write(dir.path().join(name), text).unwrap();
    let settings = json!({
        "eos_token": { "content": "<|im_end|>" },
        "chat_template": [
            { "name": "tool_use", "template": "no" },
            { "name": "default", "template": "{{ messages[0].content }}{{ eos_token }}" }
        ]
    });
    write("tokenizer_config.json", settings.to_string());
    write("generation_config.json", json!({ "eos_token_id": [507, 509] }).to_string());
    let llm = load(dir.path()).unwrap();
    let render = |llm: &Llm| llm.template().render(&[Message::user("Hi")], true, false).unwrap();
    assert_eq!(render(&llm), "Hi<|im_end|>");
    assert_eq!(llm.tokenizer().ends(), [507, 509]);
    drop(llm);

    write("chat_template.jinja", "file {{ messages[0].content }}".into());
    assert_eq!(render(&load(dir.path()).unwrap()), "file Hi");
    write("chat_template.jinja", "{{ ".into());
    let error = load(dir.path()).unwrap_err().to_string();
    assert!(error.contains("chat template"), "{error}");
}

#[test]
fn a_network_with_fewer_rows_than_tokens_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    random_folder(42, dir.path());
    let path = dir.path().join("tokenizer.json");
    let mut tokenizer: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let more = json!({
        "id": 512, "content": "<more>", "single_word": false, "lstrip": false, "rstrip": false,
        "normalized": false, "special": true
    });
    tokenizer["added_tokens"].as_array_mut().unwrap().push(more);
    std::fs::write(&path, tokenizer.to_string()).unwrap();
    let error = load(dir.path()).unwrap_err().to_string();
    assert!(error.contains("513 tokens for 512 rows"), "{error}");
}
