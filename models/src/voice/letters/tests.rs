use super::*;

#[track_caller]
fn check(language: Language, cases: &[(&str, &str)]) {
    let faults: Vec<String> = cases
        .iter()
        .map(|(word, expected)| (word, expected, sounds(word, language)))
        .filter(|(_, expected, said)| *expected != said)
        .map(|(word, expected, said)| format!("{word}: expected {expected}, said {said}"))
        .collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn words_by_the_rules() {
    check(
        Language::EnUs,
        &[
            ("", ""),
            ("glim", "ɡlˈɪm"),
            ("plove", "plˈOv"),
            ("snake", "snˈAk"),
            ("brightly", "bɹˈItli"),
            ("quilt", "kwˈɪlt"),
            ("shrock", "ʃɹˈɑk"),
            ("phonation", "fənˈAʃən"),
            ("knibble", "nˈɪbᵊl"),
            ("tomoko", "tOmˈOkO"),
            ("nakamura", "nˌɑkəmˈuɹə"),
            ("farn", "fˈɑɹn"),
            ("dreech", "dɹˈiʧ"),
        ],
    );
    check(
        Language::EnGb,
        &[("plove", "plˈQv"), ("farn", "fˈɑːn"), ("dreech", "dɹˈiːʧ"), ("shrock", "ʃɹˈɒk")],
    );
}

#[test]
fn what_is_no_word_is_spelled() {
    check(
        Language::EnUs,
        &[
            ("b", "bˈi"),
            ("hmpf", "ˌAʧˌɛmpˌiˈɛf"),
            ("GPU", "ʤˌipˌijˈu"),
            ("www", "dˌʌbᵊljudˌʌbᵊljudˈʌbᵊlju"),
        ],
    );
    check(Language::EnGb, &[("z", "zˈɛd"), ("R", "ˈɑː")]);
}
