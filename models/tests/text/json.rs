//! Answers that match a JSON schema, from networks that know nothing.

use std::ops::ControlFlow;
use std::sync::Arc;

use antiphon_models::text::{
    Finish, GenerateOptions, Grammars, Llm, Message, Reply, Sampling, Session, SessionOptions,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::support::{random, tokenizer};

fn answer(llm: &Arc<Llm>, schema: &Value, seed: u64, temperature: f32) -> Reply {
    let options = GenerateOptions {
        sampling: Sampling { temperature, seed, ..Sampling::greedy() },
        json_schema: Some(schema.clone()),
        max_tokens: 400,
        ..GenerateOptions::default()
    };
    let mut session = Session::new(llm.clone(), &SessionOptions::default()).unwrap();
    let continue_ = &mut |_: &str| ControlFlow::Continue(());
    session.generate(&[Message::user("A picture, please.")], &options, continue_).unwrap()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Picture {
    subject: String,
    mood: Mood,
    people: u8,
    colours: Vec<Mood>,
    #[serde(default)]
    night: Option<bool>,
    inner: Option<Box<Inner>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Inner {
    name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mood {
    Calm,
    Wild,
}

#[test]
fn what_a_random_network_says_matches_the_schema() {
    let schema = json!({
        "type": "object",
        "properties": {
            "subject": { "type": "string", "minLength": 1, "maxLength": 12 },
            "mood": { "$ref": "#/$defs/mood" },
            "people": { "type": "integer", "minimum": 1, "maximum": 9 },
            "colours": { "type": "array", "items": { "$ref": "#/$defs/mood" }, "minItems": 1, "maxItems": 3 },
            "night": { "type": "boolean" },
            "inner": { "anyOf": [
                { "type": "null" },
                {
                    "type": "object",
                    "properties": { "name": { "type": "string", "pattern": "^[A-Z][a-z]{2,5}$" } },
                    "required": ["name"],
                    "additionalProperties": false
                }
            ] }
        },
        "required": ["subject", "mood", "people", "colours", "inner"],
        "additionalProperties": false,
        "$defs": { "mood": { "enum": ["calm", "wild"] } }
    });
    for seed in 0..12 {
        let llm = random(100 + seed);
        let reply = answer(&llm, &schema, seed, if seed == 0 { 0.0 } else { 1.5 });
        let text = &reply.text;
        assert_eq!(reply.finish, Finish::Stop, "{text}");
        let picture: Picture = serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"));
        assert!((1..=12).contains(&picture.subject.chars().count()), "{text}");
        assert!((1..=9).contains(&picture.people), "{text}");
        assert!((1..=3).contains(&picture.colours.len()), "{text}");
        if let Some(inner) = picture.inner {
            assert!((3..=6).contains(&inner.name.len()), "{text}");
        }
        let _ = (picture.mood, picture.night);
    }
}

#[test]
fn simple_values_end_too() {
    let llm = random(30);
    for (schema, good) in [
        (json!({ "const": "yes" }), &(|v: &Value| v == "yes") as &dyn Fn(&Value) -> bool),
        (json!({ "enum": [1, "two", null] }), &|v| {
            [json!(1), json!("two"), json!(null)].contains(v)
        }),
        (json!({ "type": "integer", "minimum": -5, "maximum": 1000 }), &|v| v.is_i64()),
        (json!({ "type": "boolean" }), &Value::is_boolean),
    ] {
        for seed in 0..4 {
            let reply = answer(&llm, &schema, seed, 1.0);
            assert_eq!(reply.finish, Finish::Stop, "{schema}: {}", reply.text);
            let value: Value = serde_json::from_str(&reply.text).unwrap();
            assert!(good(&value), "{schema}: {value}");
        }
    }
}

#[test]
fn a_schema_at_fault_is_placed() {
    let grammars = Grammars::new(Arc::new(tokenizer())).unwrap();
    let cases = [
        (json!({ "type": "strng" }), "`#`", "strng"),
        (json!(7), "`#`", ""),
        (
            json!({ "type": "object", "properties": { "a/b": { "type": "array", "items": { "type": 3 } } } }),
            "`#/properties/a~1b/items`",
            "",
        ),
        (
            json!({ "$defs": { "x": { "type": "string", "pattern": "(" } }, "$ref": "#/$defs/x" }),
            "`#/$defs/x`",
            "",
        ),
        (
            json!({ "anyOf": [{ "type": "null" }, { "type": "integer", "minimum": "a" }] }),
            "`#/anyOf/1`",
            "",
        ),
        (
            json!({ "type": "object", "properties": { "n": { "type": "integer", "minimum": 5, "maximum": 2 } }, "required": ["n"] }),
            "`#/properties/n`",
            "",
        ),
        (json!({ "$ref": "#/$defs/none" }), "`#`", "none"),
        (json!({ "$ref": "https://example.com/schema" }), "`#`", "example.com"),
        (
            json!({ "type": "object", "unevaluatedProperties": false }),
            "`#`",
            "unevaluatedProperties",
        ),
    ];
    let mut wrong = Vec::new();
    for (schema, place, found) in cases {
        let said = grammars.json(&schema).map_or_else(|e| e.to_string(), |_| "fine".into());
        if !(said.contains(place) && said.contains(found)) {
            wrong.push(format!("{schema}: {said}; expected {place} and `{found}`"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
