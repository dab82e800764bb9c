//! Transfers that break, fall silent or bring the wrong bytes.

use std::{fs, time::Duration};

use antiphon_models::files::{Want, hub};

use super::server::{COMMIT, Faults, sha256};
use super::world::{World, bytes};

#[test]
fn a_cut_connection_is_resumed_within_the_call() {
    let world = World::new(&[("m.gguf", bytes(300_000))]);
    world.server.set_faults(Faults { cut: Some((100_000, 2)), ..Faults::default() });
    let files = world.resolve("hf:o/n", Want::Qwen3).unwrap();
    assert_eq!(files.gguf().unwrap().read(1 << 20).unwrap(), bytes(300_000));
    let ranges = world.server.ranges();
    assert_eq!(
        ranges,
        [None, Some("bytes=100000-".to_string()), Some("bytes=200000-".to_string())]
    );
    assert_eq!(world.blobs(), [sha256(&bytes(300_000))]);
}

#[test]
fn an_interrupted_download_is_resumed_by_the_next_call() {
    let mut world = World::new(&[("m.gguf", bytes(300_000))]);
    world.settings.retries = 0;
    world.server.set_faults(Faults { cut: Some((100_000, 1)), ..Faults::default() });
    let message = world.message("hf:o/n", Want::Qwen3);
    assert!(message.contains("100000 of 300000 bytes of `m.gguf` are kept"), "{message}");
    assert_eq!(world.blobs(), [format!("{}.incomplete", sha256(&bytes(300_000)))]);
    assert!(!world.repository().join("refs/main").exists(), "the revision is not there yet");
    assert!(!world.repository().join("snapshots").join(COMMIT).join("m.gguf").exists());
    assert!(hub::cached(&world.settings).unwrap().is_empty());
    world.server.ranges();
    world.heard.take();

    let files = world.resolve("hf:o/n", Want::Qwen3).unwrap();
    assert_eq!(files.gguf().unwrap().read(1 << 20).unwrap(), bytes(300_000));
    assert_eq!(world.server.ranges(), [Some("bytes=100000-".to_string())]);
    assert!(world.heard.take().contains("started m.gguf Some(300000) 100000"));
    assert_eq!(world.blobs(), [sha256(&bytes(300_000))]);
}

#[test]
fn a_silent_connection_is_resumed() {
    let mut world = World::new(&[("m.gguf", bytes(300_000))]);
    world.settings.silence = Duration::from_millis(50);
    // On a busy machine an honest line may seem silent too.
    world.settings.retries = 1000;
    world.server.set_faults(Faults { silent: Some((100_000, 1)), ..Faults::default() });
    let files = world.resolve("hf:o/n", Want::Qwen3).unwrap();
    assert_eq!(files.gguf().unwrap().read(1 << 20).unwrap(), bytes(300_000));
    let ranges = world.server.ranges();
    assert!(ranges.len() > 1 && ranges[0].is_none(), "{ranges:?}");
    assert!(!world.heard.take().contains("restarted"));
}

#[test]
fn a_connection_that_brings_nothing_is_given_up() {
    let mut world = World::new(&[("m.gguf", bytes(300_000))]);
    world.settings.retries = 2;
    world.server.set_faults(Faults { cut: Some((0, 100)), ..Faults::default() });
    let message = world.message("hf:o/n", Want::Qwen3);
    assert!(message.contains("0 of 300000 bytes"), "{message}");
    assert_eq!(world.server.ranges().len(), 3);
}

#[test]
fn a_server_that_ignores_ranges_sends_the_whole_file_again() {
    let world = World::new(&[("m.gguf", bytes(300_000))]);
    let faults = Faults { cut: Some((100_000, 1)), ignore_range: true, ..Faults::default() };
    world.server.set_faults(faults);
    let files = world.resolve("hf:o/n", Want::Qwen3).unwrap();
    assert_eq!(files.gguf().unwrap().read(1 << 20).unwrap(), bytes(300_000));
    assert!(world.heard.take().contains("restarted"));
}

#[test]
fn a_damaged_rest_is_fetched_from_the_start_once() {
    let world = World::new(&[("m.gguf", bytes(300_000))]);
    let blobs = world.repository().join("blobs");
    fs::create_dir_all(&blobs).unwrap();
    let partial = blobs.join(format!("{}.incomplete", sha256(&bytes(300_000))));
    for rest in [vec![0; 1000], vec![0; 300_000], vec![0; 300_001]] {
        fs::write(&partial, rest).unwrap();
        let files = world.resolve("hf:o/n", Want::Qwen3).unwrap();
        assert_eq!(files.gguf().unwrap().read(1 << 20).unwrap(), bytes(300_000));
        fs::remove_dir_all(world.repository().join("snapshots")).unwrap();
        fs::remove_file(blobs.join(sha256(&bytes(300_000)))).unwrap();
    }
}

#[test]
fn a_wrong_checksum_is_an_error_and_leaves_nothing() {
    let world = World::new(&[("m.gguf", bytes(300_000))]);
    world.server.set_faults(Faults { damage: Some(299_999), ..Faults::default() });
    let message = world.message("hf:o/n", Want::Qwen3);
    let wanted = sha256(&bytes(300_000));
    assert!(message.contains("`m.gguf` arrived with sha256 `"), "{message}");
    assert!(message.contains(&format!("instead of `{wanted}`")), "{message}");
    assert!(world.blobs().is_empty(), "{:?}", world.blobs());
    assert!(!world.repository().join("refs/main").exists());

    world.server.set_faults(Faults::default());
    world.resolve("hf:o/n", Want::Qwen3).unwrap();
}

#[test]
fn a_wrong_length_is_an_error() {
    let mut world = World::new(&[("m.gguf", bytes(300_000))]);
    world.settings.retries = 0;
    world.server.set_faults(Faults { announce: Some(200_000), ..Faults::default() });
    let message = world.message("hf:o/n", Want::Qwen3);
    assert!(message.contains("longer than the 200000 bytes"), "{message}");
    assert!(world.blobs().is_empty());
    world.server.set_faults(Faults { announce: Some(400_000), ..Faults::default() });
    let message = world.message("hf:o/n", Want::Qwen3);
    assert!(message.contains("300000 of 400000 bytes"), "{message}");
}
