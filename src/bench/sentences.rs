//! What people say. No sentence of it was trained on as a whole list; all are ours.

/// Questions and requests.
pub(super) const QUESTIONS: &[&str] = &[
    "What is the capital of Norway?",
    "How many days are there in a week?",
    "What does a duck say?",
    "Which colour is the sky?",
    "Can you tell me the time?",
    "What is seven plus five?",
    "Where do polar bears live?",
    "What comes after Thursday?",
    "How many legs does a horse have?",
    "What do you call a baby dog?",
    "Who are you?",
    "What is the opposite of hot?",
    "Which month comes before June?",
    "Do you like music?",
    "What is nine minus four?",
    "What do cows drink?",
    "How are you today?",
    "Is the sun a star?",
    "What colour are bananas?",
    "What is the biggest animal in the sea?",
    "Could you give me some advice on sleeping well?",
    "What should I cook tonight?",
    "How do bees make honey?",
    "Which season comes after winter?",
];

/// Requests whose answers take a while.
pub(super) const LONG: &[&str] = &[
    "Tell me a story.",
    "Please tell me a joke.",
    "How do I make a cup of tea?",
    "Tell me something about yourself.",
    "What can you do for me?",
    "Tell me a story about a dog.",
    "I can't sleep at night, what should I do?",
    "What should I do on a rainy day?",
];

/// What is told rather than asked.
pub(super) const STATEMENTS: &[&str] = &[
    "I have a cat at home.",
    "My brother lives in London.",
    "It has been raining all day.",
    "I went for a walk in the park this morning.",
    "My favourite colour is green.",
    "I am learning to play the piano.",
    "We had soup for lunch.",
    "I feel a little tired today.",
    "My sister has a new bicycle.",
    "I like to read before I go to bed.",
];

/// A beginning that asks for more, and what follows after a while.
pub(super) const HALVES: &[(&str, &str)] = &[
    ("I would like to know,", "what the capital of Sweden is."),
    ("Could you tell me,", "how many hours a day has?"),
    ("If I mix red and,", "yellow, which colour do I get?"),
    ("What is the,", "opposite of cold?"),
    ("My friend and I,", "want to go to the mountains."),
    ("Do you know where,", "penguins live?"),
    ("I was thinking about,", "buying a new bicycle."),
    ("Can you help me with,", "my homework?"),
    ("What is six,", "plus three?"),
    ("When I was a child,", "we had a dog."),
    ("Tell me how many legs,", "a spider has."),
    ("I need to buy bread and,", "some milk."),
    ("Is it true that,", "whales are animals?"),
    ("The reason why I ask is,", "that I cannot sleep."),
];

/// A beginning that is given up, and what is said in its place.
pub(super) const FALSE_STARTS: &[(&str, &str)] = &[
    ("What is, no,", "where is Paris?"),
    ("Can you, I mean,", "could you tell me a joke?"),
    ("How many, wait,", "which day comes after Sunday?"),
    ("I have, well, I had,", "a dog called Max."),
    ("Where do, sorry,", "what do horses eat?"),
    ("My, my,", "my name is Anna."),
    ("The capital, no, the colour,", "what colour is grass?"),
    ("Did you, do you,", "do you like football?"),
];

/// What is said while thinking.
pub(super) const FILLERS: &[&str] = &["Um,", "Uh,", "Well, um,", "So, uh,", "Hm,", "Let me see,"];

/// What listeners say without wanting the word.
pub(super) const BACKCHANNELS: &[&str] = &["Mm-hm.", "Yeah.", "Uh-huh.", "Right.", "Okay."];

/// Words over a reply that want it to stop.
pub(super) const INTERRUPTIONS: &[&str] = &[
    "Stop, please tell me what a cat says.",
    "Wait, what is two plus two?",
    "No, I want to know what day comes after Monday.",
    "Sorry, who are you?",
    "Hold on, which colour is a tomato?",
    "Excuse me, where do lions live?",
];
