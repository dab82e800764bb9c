use antiphon_models::voice::{self, Language, Phonemiser, SpeakerOptions};

use super::*;

const SENTENCES: [&str; 4] = [
    "Well, I would say that it depends.",
    "A small fire was burning in the corner of the room.",
    "The museum is free on the first Sunday of every month.",
    "We stayed inside all afternoon because the wind was so strong.",
];

#[allow(clippy::print_stderr, reason = "a test that skips says so")]
fn skip(program: &str) {
    eprintln!("skipped 1 test: no {program}");
}

fn ear() -> Arc<Whisper> {
    match Truth::learned() {
        Some(Truth::Flite(ear)) => ear,
        _ => panic!("no `{EAR}`"),
    }
}

/// Differences of edges, the smallest first, in seconds.
fn differences(found: &[Span], wanted: &[Span]) -> Vec<f64> {
    assert_eq!(found.len(), wanted.len(), "{found:?}, {wanted:?}");
    let both = found.iter().zip(wanted);
    both.flat_map(|(a, b)| [(a.0 - b.0).abs(), (a.1 - b.1).abs()]).collect()
}

#[allow(clippy::print_stdout, reason = "figures of a test")]
fn near(what: &str, mut differences: Vec<f64>, edge: f64) {
    differences.sort_by(f64::total_cmp);
    let at = |share: f64| 1e3 * differences[((differences.len() - 1) as f64 * share) as usize];
    let (half, most, all) = (at(0.5), at(0.95), at(1.0));
    println!("{what}: {} edges, {half:.1} ms, 95 % {most:.0}, all {all:.0}", differences.len());
    assert!(most < 1e3 * edge && all < 2e3 * edge, "{what}: {differences:?}");
}

#[test]
fn what_is_alike_lies_together() {
    let rows = |values: &[f32]| values.iter().map(|x| vec![*x]).collect::<Vec<_>>();
    let one = rows(&[0.0, 1.0, 2.0, 3.0]);
    assert_eq!(warp(&one, &one), [0.0, 1.0, 2.0, 3.0]);
    assert_eq!(warp(&one, &rows(&[0.0, 0.0, 1.0, 2.0, 2.0, 2.0, 3.0])), [0.5, 2.0, 4.0, 6.0]);
    assert_eq!(warp(&one, &rows(&[0.0, 2.0, 3.0])), [0.0, 0.0, 1.0, 2.0]);
}

#[test]
fn words_are_found_at_another_speed() {
    let (folder, ear) = (tempfile::tempdir().unwrap(), ear());
    let mut found = Vec::new();
    for (number, text) in SENTENCES.iter().enumerate() {
        let stretch = ["duration_stretch=1.2", "duration_stretch=0.85"][number % 2];
        let Some((plain, words)) = flite_spans(folder.path(), text, &[]) else {
            return skip("flite");
        };
        let other = flite_spans(folder.path(), text, &["--setf", stretch]);
        let (stretched, known) = other.unwrap();
        let (first, _) = audible(&stretched).unwrap();
        let start = first as f64 / f64::from(SAMPLE_RATE);
        let known: Vec<Span> = known.iter().map(|(a, b)| (a - start, b - start)).collect();
        let spans = aligned(&ear, &plain, &words, &stretched).unwrap();
        // A first word may begin with a closed mouth.
        found.extend(differences(&spans, &known).split_off(1));
    }
    near("stretched", found, Truth::Flite(ear).edge());
}

/// Both ways to know where the voice's words are agree, though neither uses the other.
#[test]
fn the_voice_knows_its_words() {
    let folder = tempfile::tempdir().unwrap();
    let truth = Truth::Flite(ear());
    let name = LEARNED.0.parse().unwrap();
    let (speaker, _) = voice::open(&name, &SpeakerOptions::default(), &()).unwrap();
    let phonemiser = Phonemiser::new(Language::EnUs);
    let mut found = Vec::new();
    for text in SENTENCES {
        let phonemes = phonemiser.phonemise(text);
        let spoken = speaker.speak(&phonemes.text, &|| true).unwrap();
        let (first, _) = audible(&spoken.samples).unwrap();
        let second = |sample: usize| (sample as f64 - first as f64) / f64::from(SAMPLE_RATE);
        let mut known: Vec<usize> = Vec::new();
        let mut is_first = true;
        for (symbol, start) in phonemes.text.chars().zip(&spoken.starts) {
            if is_first && symbol.is_alphabetic() {
                known.push(*start);
            }
            is_first = symbol == ' ' || (is_first && !symbol.is_alphabetic());
        }
        let chunk = Chunk {
            text: text.into(),
            speech: text.into(),
            samples: spoken.samples.clone(),
            rate: speaker.rate(),
            ..Chunk::default()
        };
        let Some(spans) = truth.spans(folder.path(), &chunk) else { return skip("flite") };
        assert_eq!(spans.len(), known.len(), "{text}: {}", phonemes.text);
        // A pause before a word belongs to neither.
        let starts = spans.iter().zip(&known).skip(1);
        found.extend(starts.map(|(span, known)| (span.0 - second(*known)).abs()));
    }
    near("the voice", found, truth.edge());
}

#[test]
fn espeak_says_where_its_words_are() {
    let folder = tempfile::tempdir().unwrap();
    let settings = TtsSystem::default();
    let text = SENTENCES[0];
    let Some(found) = espeak_spans(&settings, folder.path(), text) else {
        return skip("espeak-ng");
    };
    assert_eq!(found.len(), 7, "{found:?}");
    // Words begin one after the other and hardly run into each other; after a comma there is a pause.
    for pair in found.windows(2) {
        assert!(pair[0].0 < pair[1].0 && pair[0].1 - pair[1].0 < 0.1, "{found:?}");
    }
    assert!(found[1].0 - found[0].1 > 0.1, "{found:?}");
    let samples = espeak(&settings, folder.path(), text).unwrap();
    let (start, end) = audible(&samples).unwrap();
    let length = (end - 1 - start) as f64 / f64::from(SAMPLE_RATE);
    assert!((found[6].1 - length).abs() < 0.001 && found[0].0.abs() < 0.001, "{found:?}");
}
