use proptest::prelude::*;

use super::*;

fn pieces(portions: &[&str], options: &SplitOptions) -> Vec<Piece> {
    let mut splitter = Splitter::new(options.clone());
    let mut out = Vec::new();
    for portion in portions {
        splitter.push(portion, &mut out);
    }
    splitter.finish(&mut out);
    out
}

/// The pieces, each with its rule in brackets, between bars; line ends as `⏎`.
fn show(pieces: &[Piece]) -> String {
    let shown = pieces.iter().map(|piece| {
        let letter = match piece.rule {
            Rule::FirstClause => "f",
            Rule::Sentence => "s",
            Rule::Newline => "n",
            Rule::ListItem => "l",
            Rule::CodeOpen => "o",
            Rule::Code => "c",
            Rule::MaxLength => "m",
            Rule::End => "e",
        };
        format!("{}|{letter}", piece.text.replace('\n', "⏎"))
    });
    shown.collect::<Vec<_>>().join(" / ")
}

#[track_caller]
fn check(text: &str, expected: &str) {
    let options = SplitOptions::default();
    let whole = pieces(&[text], &options);
    assert_eq!(show(&whole), expected);
    let characters: Vec<String> = text.chars().map(String::from).collect();
    let characters: Vec<&str> = characters.iter().map(String::as_str).collect();
    assert_eq!(whole, pieces(&characters, &options), "one character at a time");
    assert_eq!(whole.iter().map(|piece| piece.text.as_str()).collect::<String>(), text);
}

#[test]
fn sentences() {
    let cases = [
        ("", ""),
        ("Hello.", "Hello.|s"),
        ("Hello", "Hello|e"),
        ("Hello. World.", "Hello.|s /  World.|s"),
        ("Really? Yes! Good.", "Really?|s /  Yes!|s /  Good.|s"),
        ("What?! No way!!! Fine.", "What?!|s /  No way!!!|s /  Fine.|s"),
        ("Hi.  Two blanks.", "Hi.|s /   Two blanks.|s"),
        ("Hi. \n", "Hi.|s /  ⏎|e"),
        ("“Stop.” He left.", "“Stop.”|s /  He left.|s"),
        ("\"Is it?\" she asked.", "\"Is it?\" she asked.|s"),
        ("(It is.) Next.", "(It is.)|s /  Next.|s"),
        ("**Bold.** Next.", "**Bold.**|s /  Next.|s"),
        ("A fact.[1] Next.", "A fact.[1]|s /  Next.|s"),
        ("Great!🎉 Next.", "Great!🎉|s /  Next.|s"),
        ("Great! 🎉 Next.", "Great!|s /  🎉 Next.|s"),
    ];
    for (text, expected) in cases {
        check(text, expected);
    }
}

#[test]
fn full_stops_inside_sentences() {
    let cases = [
        ("Ask Mr. Smith. Go.", "Ask Mr. Smith.|s /  Go.|s"),
        ("Dr. Who and Prof. X came. Go.", "Dr. Who and Prof. X came.|s /  Go.|s"),
        ("Fruit, e.g. pears. Go.", "Fruit, e.g. pears.|s /  Go.|s"),
        ("That is, i.e. now. Go.", "That is, i.e. now.|s /  Go.|s"),
        ("At 5 p.m. we go. Ok.", "At 5 p.m. we go.|s /  Ok.|s"),
        ("It is 5 p.m. We go.", "It is 5 p.m.|s /  We go.|s"),
        ("The U.S. Army came. Ok.", "The U.S. Army came.|s /  Ok.|s"),
        ("I live in the U.S. The end.", "I live in the U.S.|s /  The end.|s"),
        ("See No. 5 now. Ok.", "See No. 5 now.|s /  Ok.|s"),
        ("No. That is wrong.", "No.|s /  That is wrong.|s"),
        ("J. R. R. Tolkien wrote. Ok.", "J. R. R. Tolkien wrote.|s /  Ok.|s"),
        ("So do I. Then go.", "So do I.|s /  Then go.|s"),
        ("Pi is 3.14 now. Ok.", "Pi is 3.14 now.|s /  Ok.|s"),
        ("It has 5. Then 6.", "It has 5.|s /  Then 6.|s"),
        ("Use v1.2.3 now. Ok.", "Use v1.2.3 now.|s /  Ok.|s"),
        ("Go to https://a.org/b.c?d=e. Ok.", "Go to https://a.org/b.c?d=e.|s /  Ok.|s"),
        ("Mail a.b@c.org. Ok.", "Mail a.b@c.org.|s /  Ok.|s"),
        ("Apples, pears, etc. are ok.", "Apples, pears,|f /  etc. are ok.|s"),
        ("Pears etc. We go.", "Pears etc.|s /  We go.|s"),
        ("Wait... what? Ok.", "Wait... what?|s /  Ok.|s"),
        ("Wait... What? Ok.", "Wait...|s /  What?|s /  Ok.|s"),
        ("Well… maybe. Ok.", "Well… maybe.|s /  Ok.|s"),
        ("Acme Inc. Group met. Ok.", "Acme Inc. Group met.|s /  Ok.|s"),
        ("Main St. It is far.", "Main St.|s /  It is far.|s"),
        ("A Ph.D. Thesis. Ok.", "A Ph.D. Thesis.|s /  Ok.|s"),
        ("Begun on Sept. 1, 1939. Ok.", "Begun on Sept. 1, 1939.|s /  Ok.|s"),
        ("Call by 5 p.m. EST now. Ok.", "Call by 5 p.m. EST now.|s /  Ok.|s"),
        ("Up by 6 a.m. UV is low. Ok.", "Up by 6 a.m.|s /  UV is low.|s /  Ok.|s"),
        ("Up by 6 AM. Anna comes.", "Up by 6 AM.|s /  Anna comes.|s"),
        ("Go at 5 p.m. Monday. Ok.", "Go at 5 p.m. Monday.|s /  Ok.|s"),
        ("Add 1 tbsp. sugar. Ok.", "Add 1 tbsp. sugar.|s /  Ok.|s"),
        ("Main St., Apt. 4. Ok.", "Main St., Apt. 4.|s /  Ok.|s"),
        ("Ask Mr.\nSmith", "Ask Mr.|s / ⏎Smith|e"),
    ];
    for (text, expected) in cases {
        check(text, expected);
    }
}

#[test]
fn first_clauses() {
    let cases = [
        ("Sure, I can do that for you.", "Sure, I can do that for you.|s"),
        ("Of course I can, and now we go.", "Of course I can,|f /  and now we go.|s"),
        ("Well then, here: it goes; all of it.", "Well then, here:|f /  it goes; all of it.|s"),
        (
            "That is a thing; it is. Ok, then, so be it.",
            "That is a thing;|f /  it is.|s /  Ok, then, so be it.|s",
        ),
        ("That is a thing – it is.", "That is a thing –|f /  it is.|s"),
        ("That is a thing — it is.", "That is a thing —|f /  it is.|s"),
        ("That is a thing - it is.", "That is a thing -|f /  it is.|s"),
        ("That is a well-known thing.", "That is a well-known thing.|s"),
        (
            "I believe that it rains today because it is wet.",
            "I believe that it rains today|f /  because it is wet.|s",
        ),
        ("The cats and dogs are here.", "The cats and dogs are here.|s"),
        ("It was on July 4, 2026 there.", "It was on July 4, 2026 there.|s"),
        ("It has 1,000,000 people, I think.", "It has 1,000,000 people,|f /  I think.|s"),
        ("Come today at 14:30 there.", "Come today at 14:30 there.|s"),
        ("\"Hello my friend,\" she said.", "\"Hello my friend,\"|f /  she said.|s"),
        (
            "See [this, that. Those](http://a.b/c,d), please.",
            "See [this, that. Those](http://a.b/c,d),|f /  please.|s",
        ),
        ("Please run `a, b. C` now, ok.", "Please run `a, b. C` now,|f /  ok.|s"),
    ];
    for (text, expected) in cases {
        check(text, expected);
    }
}

#[test]
fn lines() {
    let cases = [
        ("# Title\nText here.", "# Title|n / ⏎Text here.|s"),
        ("- one\n- two\n\nEnd", "- one|l / ⏎- two|l / ⏎⏎End|e"),
        ("1. Pears\n2. Plums", "1. Pears|l / ⏎2. Plums|e"),
        ("Three: 1. Pears 2. Plums. Go.", "Three: 1. Pears 2. Plums.|s /  Go.|s"),
        ("1) Pears\n2) Plums", "1) Pears|l / ⏎2) Plums|e"),
        ("A\n---\nB", "A|n / ⏎---⏎B|e"),
        ("| a | b |\n| - | - |\n| c | d |", "| a | b ||n / ⏎| - | - |⏎| c | d ||e"),
        (
            "Run:\n```rust\nlet a = 1.0; // x. Y\n\nb()\n```\nDone. Ok.",
            "Run:|n / ⏎```rust|o / ⏎let a = 1.0; // x. Y|c / ⏎|c / ⏎b()|c / ⏎```|c / ⏎Done.|s /  Ok.|s",
        ),
        ("~~~\na\n~~~", "~~~|o / ⏎a|c / ⏎~~~|c"),
        ("```\nopen", "```|o / ⏎open|c"),
        ("```a``` b. C", "```a``` b.|s /  C|e"),
    ];
    for (text, expected) in cases {
        check(text, expected);
    }
}

#[test]
fn scripts() {
    let cases = [
        ("你好。再见！", "你好。|s / 再见！|s"),
        ("他说：「好。」然后走了。", "他说：「好。」|s / 然后走了。|s"),
        ("今天天气很好，我们走吧。", "今天天气很好，|f / 我们走吧。|s"),
        ("元気？はい。", "元気？|s / はい。|s"),
        ("OK!好的。", "OK!|s / 好的。|s"),
        ("नमस्ते। आप कैसे हैं?", "नमस्ते।|s /  आप कैसे हैं?|s"),
        ("كيف حالك؟ بخير.", "كيف حالك؟|s /  بخير.|s"),
        ("Привет. Как дела?", "Привет.|s /  Как дела?|s"),
        ("¿Qué tal? ¡Bien!", "¿Qué tal?|s /  ¡Bien!|s"),
    ];
    for (text, expected) in cases {
        check(text, expected);
    }
}

#[test]
fn long_pieces_are_cut_at_the_best_place() {
    let options = SplitOptions { max_chars: 30, ..SplitOptions::default() };
    let check = |text: &str, expected: &str| assert_eq!(show(&pieces(&[text], &options)), expected);
    check(
        "Go. One two three four, five six seven eight",
        "Go.|s /  One two three four,|m /  five six seven eight|e",
    );
    check(
        "Go. One two three four five six seven eight",
        "Go.|s /  One two three four five six|m /  seven eight|e",
    );
    check(&"a".repeat(70), &format!("{0}|m / {0}|m / {1}|e", "a".repeat(30), "a".repeat(10)));
    let accents = "e\u{301}".repeat(20);
    check(&accents, &format!("{}|m / {}|e", "e\u{301}".repeat(15), "e\u{301}".repeat(5)));
    let code = format!("```\n{}\n```", "x".repeat(40));
    check(&code, &format!("```|o / ⏎{}|c / {}|c / ⏎```|c", "x".repeat(30), "x".repeat(10)));
}

#[test]
fn a_piece_goes_out_as_soon_as_it_is_decided() {
    let mut splitter = Splitter::new(SplitOptions::default());
    let mut out = Vec::new();
    splitter.push("Hello there.", &mut out);
    assert_eq!(out, []);
    splitter.push(" ", &mut out);
    assert_eq!(show(&out), "Hello there.|s");
    splitter.push("So there", &mut out);
    assert_eq!(splitter.pending(), " So there");
    splitter.finish(&mut out);
    assert_eq!(show(&out), "Hello there.|s /  So there|e");
    assert_eq!(splitter.pending(), "");
    // The next reply has a first clause again.
    out.clear();
    splitter.push("Of course I can, ", &mut out);
    assert_eq!(show(&out), "Of course I can,|f");
    splitter.reset();
    splitter.finish(&mut out);
    assert_eq!(out.len(), 1);
}

#[test]
fn what_is_held_is_bounded() {
    for unit in [".", "!", "\"", " ", "\n", "`", "[", "~", "a. ", "🎉", "1", "-", ".\"", "`\n"] {
        let mut splitter = Splitter::new(SplitOptions::default());
        let mut out = Vec::new();
        for _ in 0..3000 {
            splitter.push(unit, &mut out);
            assert!(splitter.pending().chars().count() < 400, "{unit:?}");
        }
    }
}

/// Text of the parts that decide cuts, and any other.
fn text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        proptest::sample::select(vec![
            ". ",
            ".",
            "? ",
            "!",
            "…",
            "...",
            ", ",
            ",",
            "; ",
            ": ",
            " — ",
            " - ",
            "\n",
            "\n\n",
            "\n- ",
            "\n1. ",
            "2. ",
            "\n```\n",
            "```rust\n",
            "`",
            "[",
            "](",
            ")",
            "\"",
            "” ",
            "Mr.",
            "Dr. ",
            "e.g. ",
            "U.S. ",
            "p.m. ",
            "No. ",
            "The ",
            " because ",
            " and ",
            "3.14",
            "5",
            "https://a.org/b. ",
            "**",
            "。",
            "，",
            "你好",
            "🎉",
            "word ",
            "Another",
            " ",
            "A. ",
            "e\u{301}",
            "[1]",
            "etc. ",
            "St. ",
            "~~~",
            "\n~~~\n",
        ])
        .prop_map(String::from),
        any::<char>().prop_map(String::from),
        "[a-zA-Z ]{1,40}",
    ];
    proptest::collection::vec(part, 0..60).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_same_text_in_any_portions_is_cut_alike(
        text in text(),
        places in proptest::collection::vec(any::<proptest::sample::Index>(), 0..20),
        max_chars in 1_usize..300,
    ) {
        let options = SplitOptions { max_chars, ..SplitOptions::default() };
        let whole = pieces(&[&text], &options);
        let characters: Vec<char> = text.chars().collect();
        let mut places: Vec<usize> = places.iter().map(|place| place.index(characters.len() + 1)).collect();
        places.extend([0, characters.len()]);
        places.sort_unstable();
        let portions: Vec<String> = places.windows(2).map(|pair| characters[pair[0]..pair[1]].iter().collect()).collect();
        let portions: Vec<&str> = portions.iter().map(String::as_str).collect();
        prop_assert_eq!(&whole, &pieces(&portions, &options));
        let joined: String = whole.iter().map(|piece| piece.text.as_str()).collect();
        prop_assert_eq!(joined, text);
        prop_assert!(whole.iter().all(|piece| !piece.text.is_empty()));
    }
}
