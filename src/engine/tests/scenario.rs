//! A conversation as written down: what is said when, what everything costs, what fails.

use std::collections::{BTreeMap, VecDeque};

/// How a stage is made to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Panic,
    Error,
    /// Does nothing any more.
    Stall,
}

/// A stage that fails.
#[derive(Clone, Debug)]
pub(super) struct Fail {
    /// The stage, or `STAGE.worker`.
    pub(super) place: String,
    pub(super) way: Way,
    /// The first step from that millisecond on fails, and as many as `times` in all.
    pub(super) at: u64,
    pub(super) times: u32,
}

/// Sound of a person.
#[derive(Clone, Debug)]
pub(super) struct Say {
    /// In milliseconds.
    pub(super) from: u64,
    pub(super) until: u64,
    /// None in a cough.
    pub(super) words: String,
}

/// The whole conversation; `tests/turns/README.md` says what each line means.
#[derive(Clone, Debug, Default)]
pub(super) struct Scenario {
    pub(super) pipeline: String,
    pub(super) sets: Vec<String>,
    costs: BTreeMap<String, u64>,
    pub(super) says: Vec<Say>,
    pub(super) answers: BTreeMap<String, String>,
    /// What a network makes of words: log-odds that they are all.
    pub(super) odds: BTreeMap<String, f32>,
    pub(super) fails: Vec<Fail>,
    pub(super) close: Option<u64>,
    /// What the dead air of each turn is made of.
    pub(super) air: BTreeMap<u64, String>,
}

impl Scenario {
    pub(super) fn parse(text: &str) -> Self {
        let mut scenario = Self::default();
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if !line.is_empty() {
                scenario.line(line);
            }
        }
        assert!(!scenario.pipeline.is_empty(), "no line `pipeline FILE`");
        scenario
    }

    fn line(&mut self, line: &str) {
        let (key, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim();
        match key {
            "pipeline" => self.pipeline = rest.into(),
            "set" => self.sets.push(rest.into()),
            "cost" => {
                let words: Vec<_> = rest.split_whitespace().collect();
                for pair in words.chunks(2) {
                    let [name, cost] = pair else { panic!("a name and a cost: {line}") };
                    self.costs.insert((*name).into(), number(cost));
                }
            }
            "says" => {
                let (span, words) = rest.split_once(' ').unwrap_or((rest, ""));
                let (from, until) = span.split_once('-').expect("FROM-UNTIL");
                let (from, until) = (number(from), number(until));
                self.says.push(Say { from, until, words: words.trim().into() });
            }
            "answer" => {
                let (question, answer) = rest.split_once("=>").expect("QUESTION => ANSWER");
                self.answers.insert(question.trim().into(), answer.trim().into());
            }
            "odds" => {
                let (words, odds) = rest.split_once("=>").expect("WORDS => LOG-ODDS");
                let odds = odds.trim().parse().expect("a number");
                self.odds.insert(words.trim().into(), odds);
            }
            "fail" => self.fails.push(fail(rest)),
            "close" => self.close = Some(number(rest)),
            "air" => {
                let (turn, sum) = rest.split_once('=').expect("TURN = SUM");
                self.air.insert(number(turn.trim()), sum.trim().into());
            }
            other => panic!("no line begins with `{other}`"),
        }
    }

    /// A stated cost in milliseconds; what is not stated costs nothing.
    pub(super) fn cost(&self, name: &str) -> u64 {
        self.costs.get(name).copied().unwrap_or_default()
    }

    /// Whether reading costs something, and is done while somebody speaks.
    pub(super) fn reads_ahead(&self) -> bool {
        self.cost("read") > 0
    }

    /// When nobody will say anything any more.
    pub(super) fn end(&self) -> u64 {
        self.says.iter().map(|say| say.until).max().unwrap_or_default() + 2000
    }

    /// The words of all that has its middle between two moments.
    pub(super) fn words(&self, from: u64, until: u64) -> String {
        let within = |say: &&Say| (from..until).contains(&u64::midpoint(say.from, say.until));
        let words = self.says.iter().filter(within).map(|say| say.words.as_str());
        words.filter(|words| !words.is_empty()).collect::<Vec<_>>().join(" ")
    }

    /// The value of a sum such as `max(end, eager + stt) + 2*piece`, in milliseconds.
    pub(super) fn sum(&self, text: &str) -> u64 {
        let mut tokens = tokens(text);
        let value = self.terms(&mut tokens);
        assert!(tokens.is_empty(), "too much in `{text}`: {tokens:?}");
        value
    }

    fn terms(&self, tokens: &mut VecDeque<String>) -> u64 {
        let mut sum = self.product(tokens);
        while tokens.front().is_some_and(|token| token == "+") {
            tokens.pop_front();
            sum += self.product(tokens);
        }
        sum
    }

    fn product(&self, tokens: &mut VecDeque<String>) -> u64 {
        let mut product = self.factor(tokens);
        while tokens.front().is_some_and(|token| token == "*") {
            tokens.pop_front();
            product *= self.factor(tokens);
        }
        product
    }

    fn factor(&self, tokens: &mut VecDeque<String>) -> u64 {
        let token = tokens.pop_front().expect("a number or a name");
        if token == "max" {
            assert_eq!(tokens.pop_front().as_deref(), Some("("));
            let mut most = 0;
            loop {
                most = most.max(self.terms(tokens));
                match tokens.pop_front().as_deref() {
                    Some(",") => {}
                    Some(")") => return most,
                    other => panic!("`,` or `)`, not {other:?}"),
                }
            }
        }
        token.parse().ok().or_else(|| self.costs.get(&token).copied()).unwrap_or_else(|| {
            panic!("`{token}` is neither a number nor a cost that was stated");
        })
    }

    /// States a cost that the pipeline file decides.
    pub(super) fn state(&mut self, name: &str, ms: u64) {
        self.costs.insert(name.into(), ms);
    }
}

fn fail(text: &str) -> Fail {
    let words: Vec<_> = text.split_whitespace().collect();
    let (place, way, at, times) = match words.as_slice() {
        [place, way, "at", at] => (place, way, at, 1),
        [place, way, "at", at, "times", times] => (place, way, at, number(times)),
        _ => panic!("`STAGE WAY at MS` or `STAGE WAY at MS times N`, not `{text}`"),
    };
    let way = match *way {
        "panic" => Way::Panic,
        "error" => Way::Error,
        "stall" => Way::Stall,
        other => panic!("`panic`, `error` or `stall`, not `{other}`"),
    };
    let times = u32::try_from(times).expect("few");
    Fail { place: (*place).into(), way, at: number(at), times }
}

fn number(text: &str) -> u64 {
    text.parse().unwrap_or_else(|_| panic!("a whole number, not `{text}`"))
}

fn tokens(text: &str) -> VecDeque<String> {
    let mut tokens: VecDeque<String> = VecDeque::new();
    let mut word = false;
    for char in text.chars() {
        let goes_on = char.is_alphanumeric();
        match tokens.back_mut().filter(|_| word && goes_on) {
            Some(last) => last.push(char),
            None if char.is_whitespace() => {}
            None => tokens.push_back(char.to_string()),
        }
        word = goes_on;
    }
    tokens
}

#[test]
fn sums_are_reckoned() {
    let mut scenario = Scenario::default();
    scenario.state("end", 500);
    scenario.state("stt", 100);
    for (text, value) in [
        ("7", 7),
        ("end + stt", 600),
        ("end + 3*stt+2", 802),
        ("max(end, 80 + stt) + 5", 505),
        ("max(end, 450+stt)", 550),
        ("2 * max(1, 2, stt)", 200),
    ] {
        assert_eq!(scenario.sum(text), value, "{text}");
    }
}
