//! English words by what may follow them.

/// Sounds of somebody who looks for words.
pub(super) const FILLERS: &[&str] =
    &[
    "ah", "eh", "er", "erm", "hm", "hmm", "mm", "uh", "uhh", "uhm", "um", "umm",
];

/// Phrases of somebody who looks for words, where they end an utterance.
pub(super) const STALLS: &[&[&str]] = &[
    &["you", "know"],
    &["i", "mean"],
    &["let", "me", "see"],
    &["let", "me", "think"],
    &["let's", "see"],
    &["kind", "of"],
    &["sort", "of"],
    &["how", "do", "i", "say"],
    &["what's", "it", "called"],
];

/// The same where they are the whole utterance.
pub(super) const WHOLE_STALLS: &[&[&str]] = &[
    &["i", "mean"],
    &["let", "me", "see"],
    &["let", "me", "think"],
    &["let's", "see"],
    &["well"],
];

/// What is to be told follows, if nothing asks for it before: `could you tell me`.
pub(super) const REQUESTS: &[&[&str]] = &[
    &["can", "you", "tell", "me"],
    &["could", "you", "tell", "me"],
    &["would", "you", "tell", "me"],
    &["like", "to", "know"],
    &["want", "to", "know"],
    &["was", "wondering"],
];

/// Phrases before the sentence proper.
pub(super) const INTRODUCTIONS: &[&[&str]] = &[
    &["let", "me", "see"],
    &["let", "me", "think"],
    &["let's", "see"],
    &["i", "mean"],
    &["hold", "on"],
    &["excuse", "me"],
];

/// A noun follows.
pub(super) const DETERMINERS: &[&str] = &[
    "a", "an", "another", "any", "each", "every", "its", "my", "no", "our", "some", "such",
    "the", "their", "these", "those", "your",
];

/// A noun follows, except where the question began with it: `where are you from`.
pub(super) const PREPOSITIONS: &[&str] = &[
    "about", "above", "across", "after", "against", "along", "among", "around", "as", "at",
    "before", "behind", "below", "beneath", "beside", "between", "beyond", "by", "despite",
    "during", "except", "for", "from", "into", "like", "near", "of", "onto", "per", "since", "than", "through", "throughout", "to", "toward", "towards",
    "under", "until", "upon", "versus", "via", "with", "within", "without",
];

/// Prepositions that also end a phrase: `turn it on`, `come in`.
pub(super) const PARTICLES: &[&str] =
    &[
    "away", "back", "down", "in", "inside", "off", "on", "out", "outside", "over", "up",
];

/// Another clause or thing follows.
pub(super) const CONJUNCTIONS: &[&str] = &[
    "although", "and", "because", "but", "however", "if", "nor", "or", "plus", "minus", "so",
    "that", "then", "though", "times", "unless", "whereas", "whether", "while",
];

/// A verb follows, or what something is.
pub(super) const AUXILIARIES: &[&str] = &[
    "am", "are", "aren't", "be", "been", "being", "can", "can't", "cannot", "could", "couldn't",
    "did", "didn't", "do", "does", "doesn't", "don't", "had", "hadn't", "has", "hasn't", "have",
    "haven't", "is", "isn't", "may", "might", "must", "ought", "shall", "should", "shouldn't",
    "was", "wasn't", "were", "weren't", "will", "won't", "would", "wouldn't",
];

/// A verb follows.
pub(super) const SUBJECTS: &[&str] = &[
    "he", "i", "she", "they", "we",
];

/// Ends of words that stand for a verb: `I'm`, `they're`.
pub(super) const CONTRACTED: &[&str] = &[
    "'m", "'re", "'ll", "'ve", "'d", "'s",
];

/// What is wanted, given or found follows.
pub(super) const TRANSITIVE: &[&str] = &[
    "add", "added", "book", "bring", "brought", "buy", "called", "find", "found", "gave", "get",
    "give", "got", "made", "make", "mean", "means", "need", "needed", "needs", "order", "put",
    "remind", "said", "say", "says", "send", "sent", "set", "show", "take", "took", "turn",
    "want", "wanted", "wants",
];

/// What is so much or so seldom follows.
pub(super) const DEGREES: &[&str] = &[
    "almost", "extremely", "just", "most", "nearly", "only", "pretty", "quite", "rather",
    "really", "so", "usually", "very",
];

/// Words that ask.
pub(super) const ASKING: &[&str] = &[
    "how", "how's", "what", "what's", "when", "when's", "where", "where's", "which", "who",
    "who's", "whom", "whose", "why",
];

/// A clause that begins so wants another one.
pub(super) const OPENERS: &[&str] = &[
    "after", "although", "as", "because", "before", "if", "since", "though", "unless", "until",
    "when", "whenever", "while",
];

/// Words before the sentence proper.
pub(super) const PRELUDES: &[&str] = &[
    "ah", "alright", "and", "antiphon", "but", "hello", "hey", "hi", "hmm", "no", "now", "oh",
    "okay", "ok", "please", "right", "so", "sorry", "sure", "then", "uh", "um", "wait", "well",
    "yeah", "yes",
];

/// Whole answers are made of these.
pub(super) const ANSWERS: &[&str] = &[
    "absolutely", "afternoon", "again", "agreed", "all", "alright", "amazing", "always", "bye",
    "cancel", "certainly", "continue", "cool", "correct", "course", "day", "definitely", "done",
    "enough", "evening", "exactly", "excellent", "fine", "go", "good", "goodbye", "great", "hello", "hey",
    "hi", "idea", "indeed", "it", "later", "maybe", "me", "mind", "morning", "much", "nah",
    "never", "next", "nice", "night", "no", "none", "nope", "not", "nothing", "of", "off",
    "okay", "ok", "on", "perfect", "perhaps", "please", "probably", "really", "right", "see",
    "sorry", "stop", "sure", "thank", "thanks", "that", "that's", "today", "tomorrow", "too", "true",
    "very", "wait", "welcome", "well", "wonderful", "wrong", "yeah", "yep", "yes", "yet", "you",
];

/// Verbs that take `so` for what was said.
pub(super) const THOUGHTS: &[&str] = &[
    "believe", "guess", "hope", "said", "say", "says", "suppose", "think", "thought",
];

/// Answers of one word.
pub(super) const SINGLE: &[&str] = &[
    "absolutely", "bye", "cancel", "certainly", "continue", "correct", "definitely", "done",
    "exactly", "fine", "goodbye", "great", "hello", "hey", "hi", "maybe", "nah", "never", "no",
    "nope", "nothing", "okay", "ok", "perfect", "please", "really", "right", "sorry", "stop",
    "sure", "thanks", "true", "what", "why", "yeah", "yep", "yes",
];

/// Words after which little follows.
pub(super) const CLOSERS: &[&str] = &[
    "afternoon", "again", "anymore", "anyway", "evening", "everyone", "everything", "here",
    "him", "it", "later", "me", "morning", "night", "nothing", "now", "please", "something",
    "thanks", "them", "there", "today", "together", "tomorrow", "tonight", "us", "week",
    "yesterday", "yet", "you",
];

/// Numbers that are said of many digits: `my number is …`.
pub(super) const IDENTIFIERS: &[&str] = &[
    "account", "address", "card", "code", "extension", "id", "mobile", "number", "password",
    "phone", "pin", "postcode", "reference", "serial", "telephone", "zip",
];

/// Numbers as words.
pub(super) const NUMBERS: &[&str] = &[
    "billion", "double", "eight", "eighteen", "eighty", "eleven", "fifteen", "fifty", "five",
    "forty", "four", "fourteen", "hundred", "million", "nine", "nineteen", "ninety", "oh",
    "one", "point", "seven", "seventeen", "seventy", "six", "sixteen", "sixty", "ten",
    "thirteen", "thirty", "thousand", "three", "twelve", "twenty", "two", "zero",
];

/// Verbs by their stems, for telling a sentence from a phrase.
pub(super) const VERBS: &[&str] = &[
    "add", "answer", "ask", "ate", "be", "began", "believe", "book", "bought", "bring",
    "brought", "build", "built", "buy", "call", "came", "cancel", "change", "check", "choose",
    "clean", "close", "come", "cook", "cost", "count", "create", "cut", "decide", "drink",
    "drive", "drove", "eat", "end", "explain", "fall", "feel", "fell", "felt", "find", "finish",
    "fly", "forget", "forgot", "found", "gave", "get", "give", "go", "goes", "got", "grow",
    "guess", "happen", "hate", "hear", "heard", "help", "hold", "hope", "hurt", "keep", "kept",
    "knew", "know", "learn", "leave", "left", "let", "let's", "lie", "like", "listen", "live",
    "look", "lose", "lost", "love", "made", "make", "mean", "meet", "met", "move", "need",
    "open", "order", "paid", "pay", "pick", "plan", "play", "put", "ran", "read", "remember",
    "remind", "repeat", "run", "said", "sat", "saw", "say", "see", "seem", "sell", "send",
    "sent", "set", "show", "sing", "sit", "sleep", "sold", "speak", "spell", "spend", "spoke",
    "stand", "start", "stay", "stop", "suppose", "take", "talk", "teach", "tell", "thank",
    "think", "thought", "throw", "told", "took", "translate", "travel", "tried", "try", "turn",
    "understand", "use", "visit", "wait", "wake", "walk", "want", "wash", "watch", "wear",
    "went", "win", "wish", "won", "wonder", "wore", "work", "worry", "write", "wrote",
];
