use super::*;

fn bounds() -> Bounds {
    let ms = Duration::from_millis;
    Bounds { min: ms(200), open: ms(500), unclear: Duration::ZERO, max: ms(1_500) }
}

/// The rules that apply to the words, as names.
fn rules(words: &str) -> String {
    let features = text::features(words).expect("a word");
    let names = text::NAMES.iter().zip(features).filter(|(_, feature)| *feature > 0.0);
    // Every sentence has a length.
    let names = names.filter(|(name, _)| **name != "long");
    names.map(|(name, _)| *name).collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn check(table: &[(&str, &str)]) {
    let wrong: Vec<String> = table
        .iter()
        .filter(|(words, expected)| rules(words) != *expected)
        .map(|(words, expected)| format!("{words:?}: {}, not {expected}", rules(words)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_network_decides_alone_until_there_are_words() {
    let endpoint = Endpoint::new(bounds());
    let silence = |log_odds: f32| {
        let network = Some(log_odds);
        endpoint.silence(&Evidence { network, ..Evidence::default() }).as_millis()
    };
    let silences = [f32::NEG_INFINITY, -9.0, -1.0, 0.0, 0.5, 2.0, f32::INFINITY].map(silence);
    assert_eq!(silences, [1_500, 1_500, 900, 500, 300, 200, 200]);
}

#[test]
fn a_network_counts_the_more_the_less_was_understood() {
    let endpoint = Endpoint::new(bounds());
    let adds = |finished: Option<Finished>| {
        let of = |network| {
            let words = Some("I would like to go");
            endpoint.judge(&Evidence { words, finished, network, prosody: None }).log_odds
        };
        of(Some(3.0)) - of(None)
    };
    let trusted = |trust| adds(Some(Finished { probability: 0.4, trust }));
    let added = [adds(None), trusted(1.0), trusted(0.5), trusted(0.0)];
    for (added, expected) in added.into_iter().zip([1.5, 1.5, 2.25, 3.0]) {
        assert!((added - expected).abs() < 1e-5, "{added}, not {expected}");
    }
}

#[test]
fn weights_stand_beside_their_rules() {
    let names = weights::TEXT.map(|(name, _)| name);
    assert_eq!(names, text::NAMES);
    let names = weights::SOUND.map(|(name, _)| name);
    assert_eq!(names, sound::NAMES);
}

#[test]
fn the_last_words_say_that_more_will_come() {
    check(&[
        ("I would like to, um", "filler"),
        ("I would like to", "preposition"),
        ("I would like", "preposition transitive"),
        ("Give me the", "determiner"),
        ("I stayed at home because", "conjunction"),
        ("We went home and then,", "comma_or_dots conjunction"),
        ("The weather is", "auxiliary"),
        ("I think I'm", "contraction"),
        ("Yesterday I", "subject two_words verbless"),
        ("She wants", "transitive two_words"),
        ("It was very", "degree"),
        ("Do you know what", "asking_word question"),
        ("Well...", "comma_or_dots stalling one_word"),
        ("Let me see", "stalling"),
        ("Which animal is", "auxiliary question"),
        ("It was, you know,", "comma_or_dots stalling"),
        ("Could you tell me", "stalling question closer"),
        ("I would like to know", "stalling"),
        ("How many, wait", "stalling question"),
        ("Where do, sorry,", "comma_or_dots stalling question"),
        ("Tell me how many legs.", "full_stop asking_word"),
        ("I wonder which colour", "asking_word"),
        ("What is six", "identifier_short question"),
    ]);
}

#[test]
fn complete_words_are_told_by_marks_and_form() {
    check(&[
        ("What is the capital of France?", "question_mark question"),
        ("Where are you from?", "question_mark stranded_preposition question"),
        ("Turn it on.", "full_stop particle"),
        ("Yes.", "full_stop answer"),
        ("No, thank you.", "full_stop answer"),
        ("That's right.", "full_stop answer"),
        ("Two.", "full_stop answer"),
        ("Yes, I do.", "full_stop elliptic_auxiliary"),
        ("I asked him what the time was", "elliptic_auxiliary"),
        ("How much money does the man have?", "question_mark elliptic_auxiliary question"),
        ("If we win, what do we get?", "question_mark question"),
        ("What is that?", "question_mark question"),
        ("Where is she?", "question_mark question"),
        ("Is it far to your town, Anna?", "question_mark question"),
        ("You can't wait then.", "full_stop"),
        ("It is cold outside.", "full_stop particle"),
        ("When we came home the dog was barking", ""),
        ("I don't think so.", "full_stop"),
        ("Did you see each new picture, right?", "question_mark question"),
        ("What is, no, where is Paris?", "question_mark question"),
        ("I live in Paris.", "full_stop"),
        ("Paris.", "full_stop one_word"),
        ("Call me tomorrow", "closer"),
        ("That is all. What time is it", "question closer"),
        ("What I want to know", "question"),
        ("I can't wait", ""),
        ("We are sorry", ""),
        ("Tell me how many legs it has", "elliptic_auxiliary"),
        ("Tell me which colour she likes", ""),
        ("What is six plus three", "question"),
    ]);
}

#[test]
fn lists_numbers_names_and_clauses_may_go_on() {
    check(&[
        ("My number is five five", "identifier_short"),
        ("My number is 0 7 7 9 1", "identifier_long"),
        ("My phone number is 0779123", "identifier_long"),
        ("Seven eight nine", "digits verbless"),
        ("It is spelled A B", "spelling"),
        ("My name is Anna", "name"),
        ("When I came home", "subordinate"),
        ("When I came home, the door was open", ""),
        ("I need apples, milk", "open_list"),
        ("I need apples, milk, and bread", ""),
        ("I need, um, milk", ""),
        ("Is it, let me think, a holiday", "question"),
        ("If I, um, go", "subordinate"),
        ("The man in the garden", "verbless"),
        ("I have two", "number"),
    ]);
}

#[test]
fn questions_are_known_without_marks() {
    check(&[
        ("hm what is the opposite of hot", "question"),
        ("let me see is the sun a star", "question"),
        ("hold on which colour is a tomato", "question"),
        ("i can't sleep at night what should i do", "elliptic_auxiliary question"),
        ("if i mix red and yellow which colour do i get", "question"),
        ("tell me what the time was", "elliptic_auxiliary"),
        ("i know where the man was sleeping", ""),
    ]);
}

#[test]
fn a_recogniser_that_writes_no_marks_is_known_by_its_letters() {
    for bare in ["what is the time", "WHAT IS THE TIME", "it's a well-known dog", "über uns"] {
        assert!(text::is_bare(bare), "{bare}");
    }
    for marked in ["What is the time", "what is the time?", "I", "so, what", "", "42", "日本"] {
        assert!(!text::is_bare(marked), "{marked}");
    }
}

#[test]
fn no_mark_is_no_sign_where_none_are_written() {
    let endpoint = Endpoint::new(bounds());
    let judge = |words| endpoint.judge(&Evidence { words: Some(words), ..Evidence::default() });
    let log_odds_of = |words| judge(words).log_odds;
    assert!(log_odds_of("we went to the garden") > log_odds_of("We went to the garden"));
    assert!(log_odds_of("who went to the garden") > log_odds_of("he went to the garden"));
    assert!(judge("we went to the").silence.as_millis() > 900);
    // A recogniser that says how sure it is of a mark is taken at its word.
    let finished = Some(Finished { probability: 0.5, trust: 1.0 });
    let said = |words| log_odds(&Evidence { words: Some(words), finished, ..Evidence::default() });
    assert_eq!(said("we went to the garden"), said("We went to the garden"));
}

#[test]
fn what_was_not_surely_understood_is_waited_for() {
    let unclear = Duration::from_millis(300);
    let [with, without] =
        [unclear, Duration::ZERO].map(|unclear| Endpoint::new(Bounds { unclear, ..bounds() }));
    let more =
        |evidence: Evidence<'_>| (with.silence(&evidence) - without.silence(&evidence)).as_millis();
    let heard = |trust| {
        let finished = Some(Finished { probability: 0.5, trust });
        more(Evidence { words: Some("We went home"), finished, ..Evidence::default() })
    };
    assert_eq!([heard(1.0), heard(0.5), heard(0.0)], [0, 150, 300]);
    // So are words of a recogniser that does not say, and those that are not known yet.
    assert_eq!(more(Evidence { words: Some("We went home"), ..Evidence::default() }), 300);
    assert_eq!(more(Evidence::default()), 300);
}

#[test]
fn long_sentences_are_likelier_to_end() {
    let long = |words| text::features(words).expect("a word")[text::NAMES.len() - 1];
    assert_eq!(*text::NAMES.last().expect("a name"), "long");
    let lengths = [
        "We",
        "No. We saw it",
        "We saw the old man in the garden",
        "It is. We saw the old man in the green garden",
    ];
    assert_eq!(lengths.map(long), [0.125, 0.375, 1.0, 1.0]);
    let endpoint = Endpoint::new(bounds());
    let silence = |words| endpoint.silence(&Evidence { words: Some(words), ..Evidence::default() });
    assert!(silence("We saw the garden of the man") < silence("We saw the garden"));
}

#[test]
fn a_pause_in_a_sentence_may_have_been_heard_as_its_end() {
    let endpoint = Endpoint::new(bounds());
    let silence = |words| {
        let finished = Some(Finished { probability: 0.7, trust: 1.0 });
        let evidence = Evidence { words: Some(words), finished, ..Evidence::default() };
        endpoint.silence(&evidence).as_millis()
    };
    let whole = silence("Tell me how many legs a spider has.");
    assert!(whole < silence("A spider has."), "{whole}");
    assert_eq!(silence("Tell me how many legs. A spider has."), whole);
    assert_eq!(silence("Hello. Tell me how many legs. A spider has."), whole);
    // What goes on either way is waited for.
    for words in ["I like tea. Give me the", "Who is that? My name is", "No. I would like to, um"] {
        let last = words.split_once(['.', '?']).expect("two sentences").1;
        assert!(silence(words) > 900, "{words}");
        assert!(silence(words) <= silence(last), "{words}");
    }
}

#[test]
fn no_word_says_nothing() {
    for text in ["", " ", "...", "\u{2026}", "?!"] {
        assert_eq!((text::features(text), text::joined(text)), (None, None), "{text:?}");
        assert_eq!(log_odds(&Evidence { words: Some(text), ..Evidence::default() }), 0.0);
    }
}

#[test]
fn any_text_can_be_judged() {
    for text in ["¿Qué?", "日本語", "a", "'s", "I'", "\u{2019}", "1", "é, ü; ß: ñ", ". . .", "x. y"]
    {
        let silence =
            Endpoint::new(bounds()).silence(&Evidence { words: Some(text), ..Evidence::default() });
        assert!((bounds().min..=bounds().max).contains(&silence), "{text:?}");
    }
}

#[test]
fn complete_words_end_soon_and_incomplete_ones_wait() {
    let endpoint = Endpoint::new(bounds());
    let silence = |words| endpoint.silence(&Evidence { words, ..Evidence::default() }).as_millis();
    assert_eq!(silence(None), 500);
    for words in ["What is the capital of France?", "Yes.", "Turn the light off, please."] {
        assert!(silence(Some(words)) <= 300, "{words}: {}", silence(Some(words)));
    }
    for words in ["I would like to, um", "Give me the", "We went home because", "My name is"] {
        assert!(silence(Some(words)) >= 900, "{words}: {}", silence(Some(words)));
    }
}

#[test]
fn how_sure_the_recogniser_is_counts_in_place_of_its_marks() {
    let endpoint = Endpoint::new(bounds());
    let silence = |words, probability: Option<f32>| {
        let finished = probability.map(|probability| Finished { probability, trust: 1.0 });
        let evidence = Evidence { words: Some(words), finished, ..Evidence::default() };
        endpoint.silence(&evidence).as_millis()
    };
    let words = "We went to the garden";
    assert!(silence(words, Some(0.99)) < silence(words, Some(0.5)));
    assert!(silence(words, Some(0.5)) < silence(words, Some(0.01)));
    for marked in ["We went to the garden.", "We went to the garden,", "We went to the garden?"] {
        assert_eq!(silence(marked, Some(0.5)), silence(words, Some(0.5)), "{marked}");
    }
    assert_eq!(silence("...", Some(0.99)), silence("...", None), "no word");
    assert_eq!((mark(0.0), mark(0.5), mark(1.0)), (-SUREST_MARK, 0.0, SUREST_MARK));
    assert!(text::NAMES[..text::MARKS].contains(&"comma_or_dots"));
}

#[test]
fn words_that_were_not_understood_tell_nothing() {
    let endpoint = Endpoint::new(bounds());
    let silence = |words, probability, trust| {
        let finished = Some(Finished { probability, trust });
        let evidence = Evidence { words: Some(words), finished, ..Evidence::default() };
        endpoint.silence(&evidence).as_millis()
    };
    let (whole, broken) = ("We went to the garden.", "We went to the");
    let open = bounds().open.as_millis();
    assert_eq!(silence(whole, 0.99, 0.0), open);
    assert!(silence(whole, 0.7, 0.5) < open);
    assert!(silence(whole, 0.7, 1.0) < silence(whole, 0.7, 0.5));
    assert_eq!(silence(broken, 0.01, 0.0), open);
    assert!(silence(broken, 0.4, 0.5) > open);
    assert!(silence(broken, 0.4, 1.0) > silence(broken, 0.4, 0.5));
}

#[test]
fn a_voice_that_rises_goes_on_but_in_a_question() {
    let endpoint = Endpoint::new(bounds());
    let log_odds = |words, slope| {
        let prosody = Prosody { speech: 2.0, slope: Some(slope), ..Prosody::default() };
        let evidence =
            Evidence { words: Some(words), prosody: Some(prosody), ..Evidence::default() };
        endpoint.judge(&evidence).log_odds
    };
    for (words, is_question) in [
        ("We went to the garden.", false),
        ("We went to the garden?", true),
        ("Is the garden green", true),
    ] {
        assert_eq!(log_odds(words, 20.0) >= log_odds(words, 0.0), is_question, "{words}");
    }
}

#[test]
fn a_voice_that_falls_and_fades_shortens_the_wait_but_not_alone() {
    let endpoint = Endpoint::new(bounds());
    let silence = |words, prosody| {
        endpoint
            .silence(&Evidence { words, prosody: Some(prosody), ..Evidence::default() })
            .as_millis()
    };
    let level =
        Prosody { speech: 2.0, register: Some(0.5), slope: Some(0.0), ..Prosody::default() };
    let fallen = Prosody { register: Some(-5.0), slope: Some(-25.0), fade: Some(-12.0), ..level };
    let words = Some("We went to the garden");
    assert!(silence(words, fallen) < silence(words, level));
    let risen = Prosody { slope: Some(20.0), ..level };
    assert!(silence(words, risen) > silence(words, level));
    assert!(silence(None, risen) > 500);
    assert_eq!(silence(None, fallen), 500);
}

#[test]
fn who_pauses_long_is_waited_for() {
    let mut endpoint = Endpoint::new(bounds());
    let unknown = Evidence::default();
    for pause in [50, 60, 9_000] {
        endpoint.learn(Duration::from_millis(pause));
    }
    assert_eq!(endpoint.silence(&unknown).as_millis(), 500, "no pauses inside a turn");
    for _ in 0..6 {
        endpoint.learn(Duration::from_millis(1_000));
    }
    let long = endpoint.silence(&unknown).as_millis();
    assert_eq!(long, 650);
    for _ in 0..12 {
        endpoint.learn(Duration::from_millis(200));
    }
    let short = endpoint.silence(&unknown).as_millis();
    assert_eq!(short, 425);
}
