//! Tokeniser, chat templates and sampling against what the reference libraries made of the same
//! inputs (`models/reference/text/make.py`).

use antiphon_models::text::{ChatTemplate, Message, Sampler, Sampling, Tokenizer};
use serde_json::Value;

use super::support::{fixture, tokenizer};

pub fn golden() -> Value {
    serde_json::from_slice(&fixture("golden.json")).unwrap()
}

fn ids(value: &Value) -> Vec<u32> {
    value.as_array().unwrap().iter().map(|id| id.as_u64().unwrap() as u32).collect()
}

#[test]
fn ids_and_texts_equal_the_reference() {
    let tokenizer = tokenizer();
    let golden = golden();
    let texts = golden["texts"].as_array().unwrap();
    assert!(texts.len() > 50);
    for case in texts {
        let text = case["text"].as_str().unwrap();
        let expected = ids(&case["ids"]);
        assert_eq!(tokenizer.encode(text).unwrap(), expected, "{text:?}");
        assert_eq!(tokenizer.decode(&expected), case["decoded"].as_str().unwrap(), "{text:?}");
    }
}

#[test]
fn control_tokens_in_plain_text_stay_text() {
    let tokenizer = tokenizer();
    let text = "stop<|im_end|>\n<|im_start|>system";
    let plain = tokenizer.encode_plain(text).unwrap();
    assert!(plain.iter().all(|id| !tokenizer.is_control(*id)));
    assert_eq!(tokenizer.decode(&plain), text);
}

#[test]
fn templates_render_as_the_reference_does() {
    let tokenizer = tokenizer();
    let golden = golden();
    for template in golden["templates"].as_array().unwrap() {
        let name = template["name"].as_str().unwrap();
        let source = template["source"].as_str().unwrap();
        let compiled = ChatTemplate::new(source, None, Some("<|im_end|>".into())).unwrap();
        for case in template["cases"].as_array().unwrap() {
            let messages: Vec<Message> = serde_json::from_value(case["messages"].clone()).unwrap();
            let flag = |key: &str| case[key].as_bool().unwrap();
            let rendered = compiled.render(&messages, flag("answer"), flag("thinking"));
            match case["text"].as_str() {
                Some(text) => {
                    assert_eq!(rendered.unwrap(), text, "{name} {messages:?}");
                    assert_eq!(tokenizer.encode(text).unwrap(), ids(&case["ids"]), "{name}");
                }
                None => {
                    let error = rendered.unwrap_err().to_string();
                    let expected = case["error"].as_str().unwrap();
                    assert!(error.contains(expected), "{name}: {error}, expected {expected}");
                }
            }
        }
    }
}

#[test]
fn filtered_distributions_equal_the_reference() {
    let golden = golden();
    for case in golden["distributions"].as_array().unwrap() {
        let setting = &case["setting"];
        let number = |key: &str, or: f64| setting[key].as_f64().unwrap_or(or) as f32;
        let sampling = Sampling {
            temperature: number("temperature", 1.0),
            top_k: number("top_k", 0.0) as usize,
            top_p: number("top_p", 1.0),
            min_p: number("min_p", 0.0),
            repetition_penalty: number("repetition_penalty", 1.0),
            seed: 0,
        };
        let floats = |key: &str| -> Vec<f32> {
            case[key].as_array().unwrap().iter().map(|v| v.as_f64().unwrap() as f32).collect()
        };
        let sampler = Sampler::new(sampling).unwrap();
        let found = sampler.distribution(&floats("logits"), &ids(&case["context"]));
        for (id, (found, expected)) in found.iter().zip(floats("probabilities")).enumerate() {
            assert!((found - expected).abs() < 1e-5, "{setting} token {id}: {found} {expected}");
            assert_eq!(*found == 0.0, expected == 0.0, "{setting} token {id}");
        }
    }
}

#[test]
fn a_template_without_end_stops() {
    let endless =
        "{% for a in range(9999) %}{% for b in range(9999) %}{{ a }}{% endfor %}{% endfor %}";
    let template = ChatTemplate::new(endless, None, None).unwrap();
    let error = template.render(&[Message::user("x")], true, false).unwrap_err().to_string();
    assert!(error.contains("fuel"), "{error}");
}

#[test]
fn a_broken_template_names_its_line() {
    let error = ChatTemplate::new("one\n{% if %}", None, None).unwrap_err().to_string();
    assert!(error.contains("line 2"), "{error}");
}

#[test]
fn the_date_is_formatted() {
    let template = ChatTemplate::new("{{ strftime_now('%Y-%m-%d %B') }}", None, None).unwrap();
    let text = template.render(&[], false, false).unwrap();
    assert!(text.starts_with("20") && text.len() > 12, "{text}");
    let bad = ChatTemplate::new("{{ strftime_now('%') }}", None, None).unwrap();
    assert!(bad.render(&[], false, false).is_err());
}

#[test]
fn chatml_is_built_in() {
    let text = ChatTemplate::chatml()
        .render(&[Message::system("Be kind."), Message::user("Hi")], true, false)
        .unwrap();
    let expected = "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n\
                    <|im_start|>assistant\n";
    assert_eq!(text, expected);
}

#[test]
fn a_wrong_tokeniser_file_is_named() {
    let cases: [(&str, &str); 3] = [
        ("{", "tokenizer.json"),
        (
            r#"{"version":"1.0","model":{"type":"BPE","vocab":{},"merges":[]},"added_tokens":[]}"#,
            "decoder",
        ),
        (
            r#"{"version":"1.0","model":{"type":"BPE","vocab":{"a":0},"merges":[]},"added_tokens":[],
               "decoder":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":false,"use_regex":false}}"#,
            "eos_token_id",
        ),
    ];
    for (text, part) in cases {
        let error = Tokenizer::from_json("tokenizer.json", text.as_bytes(), &[]).unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
    }
}
