//! The schema for editors.

use antiphon_config::{Kind, schema};
use serde_json::Value;

#[test]
fn the_committed_schema_is_the_one_that_the_types_give() {
    let path = crate::root().join("config/schema.json");
    if crate::update() {
        let text = serde_json::to_string_pretty(&schema()).expect("JSON");
        std::fs::write(&path, text + "\n").expect("a writable folder");
    }
    let committed = std::fs::read_to_string(path).expect("`config/schema.json`");
    let committed: Value = serde_json::from_str(&committed).expect("JSON");
    // Not the texts: another crate decides whether JSON objects keep their order.
    assert!(committed == schema(), "config/schema.json is stale: ANTIPHON_UPDATE=1 writes it");
}

#[test]
fn every_key_is_described_and_every_number_has_a_range() {
    fn check(schema: &Value, path: &str) {
        let properties = schema["properties"].as_object().into_iter().flatten();
        for (key, property) in properties.filter(|(key, _)| *key != "settings") {
            let path = format!("{path}.{key}");
            assert!(property["description"].is_string(), "{path} has no description");
            let types = property["type"].to_string();
            if types.contains("integer") || types.contains("number") {
                assert!(property["minimum"].is_number(), "{path} has no minimum");
                assert!(property["maximum"].is_number(), "{path} has no maximum");
            }
            check(property, &path);
        }
    }
    let schema = schema();
    check(&schema, "");
    let stage = &schema["properties"]["stages"]["additionalProperties"];
    check(stage, "stage");
    let kinds = stage["allOf"].as_array().expect("kinds");
    assert_eq!(kinds.len(), Kind::all().count());
    for kind in kinds {
        let name = kind["if"]["properties"]["kind"]["const"].as_str().expect("a kind");
        check(&kind["then"]["properties"]["settings"], name);
    }
}
