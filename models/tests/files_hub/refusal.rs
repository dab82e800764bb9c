//! A hub that is away, refuses, or answers with harm.

use antiphon_models::files::{Want, hub::Token};

use super::server::{COMMIT, Faults};
use super::world::{World, whisper};

#[test]
fn without_a_network_the_message_says_what_to_do() {
    let mut world = World::new(&whisper());
    world.unplug();
    let message = world.message("hf:o/n", Want::Whisper);
    for part in ["cannot fetch `hf:o/n`", "cannot be reached", "check the network", "hub`"] {
        assert!(message.contains(part), "{message}");
    }
    world.settings.offline = true;
    let message = world.message("hf:o/n", Want::Whisper);
    for part in ["`HF_HUB_OFFLINE` is set", "antiphon models pull hf:o/n"] {
        assert!(message.contains(part), "{message}");
    }
    let message = world.pull("hf:o/n", Want::Whisper).unwrap_err().to_string();
    assert!(message.contains("unset it to download"), "{message}");
    assert!(world.server.requests().is_empty());

    world.settings.offline = false;
    world.settings.endpoint = "huggingface.co".into();
    let message = world.message("hf:o/n", Want::Whisper);
    assert!(message.contains("an address that starts with `https://`"), "{message}");
}

#[test]
fn refusals_say_what_to_do() {
    let mut world = World::new(&whisper());
    for (status, code, parts) in [
        (401, "GatedRepo", vec!["accept the terms at", "set `HF_TOKEN`", "no token is set"]),
        (403, "GatedRepo", vec!["accept the terms at", "settings/tokens"]),
        (401, "RepoNotFound", vec!["no such repository, or a private one", "no token is set"]),
        (401, "", vec!["no such repository, or a private one"]),
        (404, "RepoNotFound", vec!["no such repository", "check the name"]),
        (404, "RevisionNotFound", vec!["no revision `main`"]),
        (403, "", vec!["access is refused"]),
        (429, "", vec!["limits the rate", "try again later"]),
        (500, "", vec!["out of order", "try again later"]),
        (503, "", vec!["out of order"]),
        (418, "", vec!["answers 418"]),
    ] {
        let refuse = Some(("/api/models/o/n/", status, code));
        world.server.set_faults(Faults { refuse, ..Faults::default() });
        let message = world.message("hf:o/n", Want::Whisper);
        for part in parts.iter().chain(&["cannot fetch `hf:o/n`"]) {
            assert!(message.contains(part), "{status} {code}: {message}");
        }
    }

    // The listing may be open where the files are not.
    world.settings.token = Token::new("hf_secret");
    let refuse = Some(("/resolve/", 403, "GatedRepo"));
    world.server.set_faults(Faults { refuse, ..Faults::default() });
    let message = world.message("hf:o/n", Want::Whisper);
    assert!(message.contains("the token in use does not give access"), "{message}");
    assert!(!message.contains("hf_secret"), "{message}");
}

#[test]
fn the_token_goes_to_the_hub_alone() {
    let mut world = World::new(&whisper());
    world.settings.token = Token::new("hf_secret");
    world.resolve("hf:o/n", Want::Whisper).unwrap();
    let requests = world.server.requests();
    assert!(requests.iter().any(|r| r.path.starts_with("/storage/")));
    for request in requests {
        let token = request.headers.get("authorization").map(String::as_str);
        let is_storage = request.path.starts_with("/storage/");
        assert_eq!(token, (!is_storage).then_some("Bearer hf_secret"), "{}", request.path);
    }
    assert!(!format!("{:?}", world.settings).contains("hf_secret"));
}

#[test]
fn hostile_answers_are_refused() {
    let world = World::new(&whisper());
    let listing = |sha: &str, file: &str| {
        Some(serde_json::json!({ "sha": sha, "siblings": [{ "rfilename": file }] }).to_string())
    };
    for (faults, part) in [
        (Faults { etag: Some("../../../evil"), ..Faults::default() }, "no usable entity tag"),
        (Faults { listing: listing("../x", "a"), ..Faults::default() }, "for a commit"),
        (Faults { listing: listing(COMMIT, "../x"), ..Faults::default() }, "found nothing"),
        (Faults { listing: Some("<html>".into()), ..Faults::default() }, "no listing"),
        (Faults { listing: Some("[".repeat(1 << 20)), ..Faults::default() }, "no listing"),
        (Faults { renamed: Some(("/o/n/", "/o/n/")), ..Faults::default() }, "circle"),
    ] {
        world.server.set_faults(faults.clone());
        let message = world.message("hf:o/n", Want::Whisper);
        assert!(message.contains(part), "{faults:?}: {message}");
        assert!(world.blobs().is_empty());
    }
    let outside = world.folder.path().parent().unwrap().join("evil");
    assert!(!outside.exists());
}
