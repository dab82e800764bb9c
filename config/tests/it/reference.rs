//! `config/README.md`: what pipeline files may hold, written from the schema.

use std::fmt::Write;

use antiphon_config::{Kind, schema};
use serde_json::Value;

/// What stands before the tables.
const LEAD: &str = "\
# Pipeline files

A pipeline is a TOML file: `[stages.NAME]` tables, each with its `kind`, the stages it listens to
(`inputs`), and the settings of its kind. `antiphon check FILE` finds every fault, `antiphon graph
FILE` draws it, `antiphon schema` prints what an editor needs, and `pipelines/` holds examples.

- Text may hold `${NAME}` or `${NAME:-default}` from the environment; `$${` stands for `${`.
  Secrets such as `api_key` are written as `\"${NAME}\"` only, and none set is none sent.
- `--set PATH=VALUE` replaces one value: `--set stages.tts.settings.program=flite`.
- Paths are relative to the file that names them.
- An input is the name of a stage, or a table: `{ from = \"mic\", queue = 50, overflow = \"wait\" }`.
  A full edge makes its sender `wait`, gives up the oldest frame (`drop_oldest`), or all but the
  newest (`latest`). The input `turn` is the turn authority, which tells of every finished turn.

A test writes this page from the types that read the files.
";

/// One table of keys.
fn table(text: &mut String, schema: &Value) {
    text.push_str("\n| key | default | accepts | meaning |\n| --- | --- | --- | --- |\n");
    let required = &schema["required"];
    for (key, property) in schema["properties"].as_object().expect("keys") {
        let needed = required.as_array().is_some_and(|keys| keys.contains(&key.as_str().into()));
        let default = match property.get("default") {
            _ if needed => "required".into(),
            Some(default) => format!("`{default}`"),
            None => String::new(),
        };
        let accepts = accepts(property);
        let meaning = property["description"].as_str().expect("a description");
        writeln!(text, "| `{key}` | {default} | {accepts} | {meaning} |").expect("text");
    }
}

fn accepts(schema: &Value) -> String {
    if let Some(choices) = schema["oneOf"].as_array() {
        let choices: Vec<_> = choices.iter().map(|it| format!("`{}`", it["const"])).collect();
        return choices.join(", ");
    }
    match (&schema["minimum"], &schema["maximum"]) {
        (Value::Null, _) => {}
        (low, high) => return format!("{low} to {high}"),
    }
    let types = schema["type"].to_string();
    let words = [("string", "text"), ("boolean", "`true`, `false`"), ("object", "table")];
    let word = words.iter().find(|(name, _)| types.contains(name));
    word.map_or("", |(_, word)| word).into()
}

fn page() -> String {
    let schema = schema();
    let stage = &schema["properties"]["stages"]["additionalProperties"];
    let mut text = String::from(LEAD);
    text.push_str("\n## `[turn]`\n\nWhen turns start and end.\n");
    table(&mut text, &schema["properties"]["turn"]);
    text.push_str("\n## `[telemetry]`\n\nWhere turns are told of, as OpenTelemetry has it.\n");
    table(&mut text, &schema["properties"]["telemetry"]);
    text.push_str("\n## `[stages.NAME.restart]`\n\nWhat happens when a stage fails.\n");
    table(&mut text, &stage["properties"]["restart"]);
    let limit = stage["properties"]["progress_limit_ms"]["description"].as_str().expect("text");
    writeln!(text, "\nBeside it, `progress_limit_ms`: {}", limit.to_lowercase()).expect("text");
    for kind in stage["allOf"].as_array().expect("kinds") {
        let name = kind["if"]["properties"]["kind"]["const"].as_str().expect("a name");
        let settings = &kind["then"]["properties"]["settings"];
        let (about, kind) = (settings["description"].as_str(), Kind::from_name(name));
        let (about, kind) = (about.expect("a description"), kind.expect("a kind"));
        let ports = format!("Takes {}; gives {}.", kind.takes(), kind.gives());
        writeln!(text, "\n## `{name}`\n\n{about} {ports}").expect("text");
        table(&mut text, settings);
    }
    text
}

#[test]
fn the_reference_says_what_the_types_say() {
    let path = crate::root().join("config/README.md");
    let mut page = page();
    if crate::update() {
        std::fs::write(&path, &page).expect("a writable folder");
    }
    let mut committed = std::fs::read_to_string(path).expect("`config/README.md`");
    // Another crate decides whether JSON objects keep their order.
    for text in [&mut page, &mut committed] {
        let mut lines: Vec<_> = text.lines().collect();
        lines.sort_unstable();
        *text = lines.join("\n");
    }
    assert!(committed == page, "config/README.md is stale: ANTIPHON_UPDATE=1 writes it");
}
