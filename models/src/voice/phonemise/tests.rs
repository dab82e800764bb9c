use proptest::prelude::*;

use super::*;

fn said(text: &str) -> String {
    Phonemiser::new(Language::EnUs).phonemise(text).text
}

#[track_caller]
fn check(language: Language, cases: &[(&str, &str)]) {
    let phonemiser = Phonemiser::new(language);
    let faults: Vec<String> = cases
        .iter()
        .map(|(text, expected)| (text, expected, phonemiser.phonemise(text).text))
        .filter(|(_, expected, said)| *expected != said)
        .map(|(text, expected, said)| format!("{text:?}: expected {expected:?}, said {said:?}"))
        .collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn sentences() {
    check(
        Language::EnUs,
        &[
            ("Hello, world!", "həlˈO, wˈɜɹld!"),
            ("I read it.", "ˌI ɹˈɛd ɪt."),
            ("the apple, the pear", "ði ˈæpᵊl, ðə pˈɛɹ"),
            ("It’s fine.", "ˌɪts fˈIn."),
            ("wait — what", "wˈAt — wˌʌt"),
        ],
    );
    check(Language::EnGb, &[("Hello, world!", "həlˈQ, wˈɜːld!"), ("the car", "ðə kˈɑː")]);
}

#[test]
fn what_has_no_sound_is_silent() {
    for text in [
        "",
        " ",
        "\n\t",
        "...",
        "!?",
        "👋🏽",
        "👨‍👩‍👧",
        "北京",
        "\0\x01",
        "“”",
        "-",
        "--",
        "()",
        "'",
        "[]()",
    ] {
        assert_eq!(
            Phonemiser::new(Language::EnUs).phonemise(text),
            Phonemes::default(),
            "{text:?}"
        );
    }
}

#[test]
fn marks_are_kept_once() {
    check(
        Language::EnUs,
        &[
            ("No!!!", "nˈO!"),
            ("No?!", "nˈO?"),
            ("No...", "nˈO…"),
            (", no", "nˈO"),
            ("No , no", "nˈO, nˈO"),
        ],
    );
}

#[test]
fn signs_between_words_and_letters_of_other_scripts_are_passed_over() {
    assert_eq!(said("no 👋 no"), said("no no"));
    assert_eq!(said("no 世界 no"), said("no no"));
    assert_eq!(said("[no](+2)"), said("no (+2)"));
    assert_eq!(said("re\u{AD}peat"), said("repeat"));
    assert_eq!(said("café"), said("cafe"));
    assert_eq!(said("Ｈｅｌｌｏ"), said("Hello"));
}

#[test]
fn words_that_no_lexicon_has_are_spoken() {
    for text in ["zorblax", "Antiphon", "xyzzy", "il-lilly", "qzxwv", "dataflower's", "x86", "B2B"]
    {
        let phonemes = Phonemiser::new(Language::EnUs).phonemise(text);
        assert!(!phonemes.is_empty() && phonemes.words.len() == 1, "{text}: {phonemes:?}");
    }
}

#[test]
fn words_know_their_place() {
    let text = "Well, it’s  $9 — naïvely 👋 well-known.";
    let phonemes = Phonemiser::new(Language::EnUs).phonemise(text);
    let words: Vec<&str> = phonemes.words.iter().map(|word| &text[word.source.clone()]).collect();
    assert_eq!(words, ["Well", "it’s", "9", "naïvely", "well-known"]);
    let chars: Vec<char> = phonemes.text.chars().collect();
    let sounds: Vec<String> =
        phonemes.words.iter().map(|word| chars[word.phonemes.clone()].iter().collect()).collect();
    assert_eq!(sounds[0], "wˈɛl");
    assert_eq!(sounds[1], "ɪts");
    assert_eq!(sounds[2], "nˈIn dˈɑləɹz");
}

fn sound(phonemes: &Phonemes, text: &str) -> Result<(), TestCaseError> {
    let allowed = |c: char| [SOUNDS, MARKS, PAUSES, BRACKETS, " "].iter().any(|it| it.contains(c));
    prop_assert!(phonemes.text.chars().all(allowed), "{:?}", phonemes.text);
    prop_assert_eq!(phonemes.text.trim(), &phonemes.text);
    prop_assert_eq!(phonemes.words.is_empty(), phonemes.is_empty());
    let (mut source, mut at) = (0, 0);
    for word in &phonemes.words {
        prop_assert!(word.source.start >= source && word.source.end > word.source.start);
        prop_assert!(text.get(word.source.clone()).is_some());
        prop_assert!(word.phonemes.start >= at && word.phonemes.end > word.phonemes.start);
        (source, at) = (word.source.end, word.phonemes.end);
    }
    prop_assert!(at <= phonemes.len());
    Ok(())
}

proptest! {
    #[test]
    fn any_text_is_spoken_or_silent(text in any::<String>()) {
        sound(&Phonemiser::new(Language::EnUs).phonemise(&text), &text)?;
    }

    #[test]
    fn any_english_is_spoken_or_silent(text in "[a-zA-Z0-9 .,;:!?'’\"()$£€%&+@/*_#\\[\\]\\-–—…éßÆ\u{301}\u{200d}]{0,60}") {
        sound(&Phonemiser::new(Language::EnGb).phonemise(&text), &text)?;
    }
}

/// `models/reference/voice/make.py` writes what misaki says.
#[test]
fn words_sound_as_in_the_reference() {
    let committed = || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let folder = std::env::var_os("ANTIPHON_FIXTURES").map_or_else(committed, Into::into);
    let text = std::fs::read_to_string(folder.join("voice/words.json")).unwrap();
    let table: serde_json::Value = serde_json::from_str(&text).unwrap();
    for (name, language) in [("en-us", Language::EnUs), ("en-gb", Language::EnGb)] {
        let words = table[name].as_object().unwrap();
        assert!(words.len() > 150);
        let words: Vec<(&str, &str)> =
            words.iter().map(|(word, sounds)| (word.as_str(), sounds.as_str().unwrap())).collect();
        check(language, &words);
    }
}
