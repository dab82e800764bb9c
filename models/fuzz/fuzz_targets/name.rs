//! Model names.

#![no_main]

use antiphon_models::files::ModelName;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(name) = text.parse::<ModelName>() else { return };
    let again: ModelName = name.to_string().parse().expect("a shown name parses");
    assert_eq!(again, name);
});
