//! `antiphon transcribe`.

use serde_json::Value;

use crate::support::{PLAIN, listener, recordings, silence, tone};

#[test]
fn silence_and_tones_in_every_format_give_empty_lines() {
    let Some(place) = listener() else { return };
    let mut files = vec!["transcribe".to_owned()];
    let formats = [
        (8, hound::SampleFormat::Int),
        (16, hound::SampleFormat::Int),
        (24, hound::SampleFormat::Int),
        (32, hound::SampleFormat::Int),
        (32, hound::SampleFormat::Float),
    ];
    let rates = [8_000, 16_000, 22_050, 44_100, 48_000, 192_000];
    for (at, sample_rate) in rates.into_iter().enumerate() {
        let (bits_per_sample, sample_format) = formats[at % formats.len()];
        let channels = 1 + at as u16 % 3;
        let spec = hound::WavSpec { channels, sample_rate, bits_per_sample, sample_format };
        let name = format!("{sample_rate}.wav");
        place.wav(&name, spec, 1.0, if at % 2 == 0 { silence } else { tone });
        files.push(name);
    }
    place.wav("empty.wav", PLAIN, 0.0, silence);
    files.push("empty.wav".to_owned());
    let run = place.run(&files);
    assert_eq!(run.stderr, "");
    assert_eq!(run.ok(), "\n".repeat(rates.len() + 1));
}

#[test]
fn json_says_what_was_measured() {
    let Some(place) = listener() else { return };
    place.wav("a.wav", PLAIN, 0.5, silence);
    let line = place.run(["transcribe", "--json", "a.wav"]).ok();
    let object: Value = serde_json::from_str(&line).expect("one object");
    assert_eq!(object["type"], "final");
    assert_eq!(object["file"], "a.wav");
    assert_eq!(object["text"], "");
    assert_eq!(object["words"], Value::Array(Vec::new()));
    assert_eq!(object["audio_seconds"], 0.5);
    assert_eq!(object["model"], "rehearsal-stt-en");
    let (seconds, rtf) = (object["seconds"].as_f64(), object["rtf"].as_f64());
    let (seconds, rtf) = (seconds.expect("a number"), rtf.expect("a number"));
    assert!(seconds > 0.0 && (rtf - seconds / 0.5).abs() < 1e-9, "{line}");
}

#[test]
fn standard_input_is_a_file_too() {
    let Some(place) = listener() else { return };
    place.wav("a.wav", PLAIN, 0.5, silence);
    let bytes = std::fs::read(place.path().join("a.wav")).expect("the file");
    assert_eq!(place.pipe(["transcribe", "-"], &bytes).ok(), "\n");
    place.pipe(["transcribe", "-"], b"").fails(
        "`standard input`: header: found an empty file, expected a WAV file with 8, 16, 24 or \
         32-bit integer or 32 or 64-bit float samples",
    );
}

#[test]
fn what_is_not_audio_is_refused_by_name() {
    let Some(place) = listener() else { return };
    let accepted = "expected a WAV file with 8, 16, 24 or 32-bit integer or 32 or 64-bit float \
                    samples";
    for (name, bytes, found) in [
        ("song.mp3", &b"ID3\x04\0\0\0\0\0\0\0\0"[..], "an MP3 file"),
        ("song.flac", b"fLaC\0\0\0\x22\0\0\0\0", "a FLAC file"),
        ("notes.wav", b"Dear diary, today", "text"),
    ] {
        place.write(name, bytes);
        place
            .run(["transcribe", name])
            .fails(&format!("`{name}`: header: found {found}, {accepted}"));
    }
    place
        .run(["transcribe", "missing.wav"])
        .fails("cannot read `missing.wav`: No such file or directory (os error 2)");
}

#[test]
fn one_bad_file_does_not_silence_the_others() {
    let Some(place) = listener() else { return };
    place.wav("good.wav", PLAIN, 0.5, silence);
    place.write("bad.wav", b"OggS\0\x02\0\0\0\0\0\0");
    let run = place.run(["transcribe", "bad.wav", "good.wav"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), "\n"), "{run:#?}");
    let errors: Vec<_> = run.stderr.lines().collect();
    assert!(errors[0].starts_with("error: `bad.wav`: header: found an Ogg file"), "{run:#?}");
    assert_eq!(errors[1..], ["error: 1 of 2 files could not be transcribed"]);
}

#[test]
fn a_truncated_file_is_heard_with_a_warning() {
    let Some(place) = listener() else { return };
    place.wav("whole.wav", PLAIN, 1.0, silence);
    let bytes = std::fs::read(place.path().join("whole.wav")).expect("the file");
    place.write("torn.wav", &bytes[..bytes.len() / 2]);
    let run = place.run(["transcribe", "torn.wav"]);
    assert_eq!(
        run.stderr,
        "warning: `torn.wav` ends early: it holds 0.50 s of the 1.00 s that its header declares\n"
    );
    assert_eq!(run.ok(), "\n");
}

#[test]
fn an_unknown_language_is_refused() {
    let Some(place) = listener() else { return };
    place.wav("a.wav", PLAIN, 0.5, silence);
    let run = place.run(["transcribe", "--language", "klingon", "a.wav"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{run:#?}");
    assert!(run.stderr.contains("`klingon`"), "{run:#?}");
}

#[test]
fn human_speech_is_heard_the_same_in_every_form() {
    let Some(folder) = recordings(1) else { return };
    let Some(place) = listener() else { return };
    let file = folder.join("lj001-0002.wav");
    let run = place.command(["transcribe", "--json", "--partials"]).arg(&file).output();
    let json = crate::support::Run::from(run.expect("it starts")).ok();
    let objects: Vec<Value> =
        json.lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect();
    let (last, partials) = objects.split_last().expect("a final object");
    assert_eq!(last["type"], "final");
    assert!(!last["text"].as_str().expect("a text").is_empty());

    // Stable words stay as they are.
    let mut stable = "";
    for partial in partials {
        assert_eq!(partial["type"], "partial");
        let longer = partial["stable"].as_str().expect("a text");
        assert!(longer.starts_with(stable), "{longer:?} after {stable:?}");
        stable = longer;
    }
    assert!(partials.len() > 1, "{} partials", partials.len());

    // Words are in order and within the recording.
    let mut before = 0.0;
    for word in last["words"].as_array().expect("words") {
        let at = |key: &str| word[key].as_f64().expect("a number");
        assert!(at("start_seconds") >= before - 1e-3, "{word} starts before {before}");
        assert!(at("end_seconds") >= at("start_seconds"), "{word}");
        before = at("start_seconds");
    }
    assert!(before <= last["audio_seconds"].as_f64().expect("a number"));

    // Partials and JSON change nothing about the text.
    let bytes = std::fs::read(&file).expect("the recording");
    let plain = place.pipe(["transcribe", "-"], &bytes).ok();
    assert_eq!(plain.trim_end(), last["text"].as_str().expect("a text"));
}
