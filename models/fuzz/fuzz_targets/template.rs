//! Chat templates.

#![no_main]

use antiphon_models::text::{ChatTemplate, Message};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|source: &str| {
    let Ok(template) = ChatTemplate::new(source, Some("<s>".into()), None) else { return };
    let messages = [Message::system("be brief"), Message::user("hello")];
    template.render(&messages, true, false).ok();
});
