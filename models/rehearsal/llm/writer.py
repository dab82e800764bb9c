"""Sentence writing: a small pattern language, numbers as spoken, and the slips of a recogniser or a typist.

Pattern language: `{a|b|c}` chooses one, `[a]` is there half of the time, `<name>` is filled from a slot. They nest.
"""

import random
import re
from functools import lru_cache

UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
).split()
TENS = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".split()


def spell_number(number: int, hyphen: str = "-") -> str:
    """English words for 0..9999."""
    if number < 20:
        return UNITS[number]
    if number < 100:
        tens, unit = divmod(number, 10)
        return TENS[tens] + (hyphen + UNITS[unit] if unit else "")
    if number < 1000:
        hundreds, rest = divmod(number, 100)
        return f"{UNITS[hundreds]} hundred" + (f" and {spell_number(rest, hyphen)}" if rest else "")
    thousands, rest = divmod(number, 1000)
    return f"{spell_number(thousands)} thousand" + (f" {spell_number(rest, hyphen)}" if rest else "")


@lru_cache(maxsize=None)
def parse(pattern: str) -> tuple:
    """A pattern as a nested tuple: ("seq", parts) with ("text", s), ("one", options), ("maybe", part), ("slot", name)."""
    tree, rest = _sequence(pattern, 0, "")
    if rest != len(pattern):
        raise ValueError(f"unbalanced pattern: {pattern}")
    return tree


def _sequence(pattern: str, at: int, stops: str) -> tuple[tuple, int]:
    parts: list[tuple] = []
    text = ""

    def flush() -> None:
        nonlocal text
        if text:
            parts.append(("text", text))
            text = ""

    while at < len(pattern) and pattern[at] not in stops:
        mark = pattern[at]
        if mark == "{":
            flush()
            options = []
            at += 1
            while True:
                option, at = _sequence(pattern, at, "|}")
                options.append(option)
                if at >= len(pattern):
                    raise ValueError(f"unclosed choice: {pattern}")
                at += 1
                if pattern[at - 1] == "}":
                    break
            parts.append(("one", tuple(options)))
        elif mark == "[":
            flush()
            part, at = _sequence(pattern, at + 1, "]")
            parts.append(("maybe", part))
            at += 1
        elif mark == "<":
            flush()
            end = pattern.index(">", at)
            parts.append(("slot", pattern[at + 1 : end]))
            at = end + 1
        else:
            text += mark
            at += 1
    flush()
    return ("seq", tuple(parts)), at


def article(noun: str) -> str:
    """`noun` with its indefinite article."""
    vowel = noun[:1].lower() in "aeiou" and not noun.lower().startswith(("uni", "eu", "use", "ukulele", "one"))
    return f"{'an' if vowel or noun.startswith('hour') else 'a'} {noun}"


def tidy(text: str) -> str:
    """Single spaces, no space before marks, a capital at each sentence start."""
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(r" ([,.?!])", r"\1", text)
    text = text.lstrip(",. ")
    return re.sub(r"(^|[.?!] )([a-z])", lambda m: m.group(1) + m.group(2).upper(), text)


class Writer:
    """A seeded source of choices and sentences."""

    def __init__(self, seed: int):
        self.rng = random.Random(seed)

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def choose(self, options):
        return options[int(self.rng.random() * len(options))]

    def common(self, options):
        """One of `options`, the earlier (more common) ones more often: the first tenth comes up a quarter of the time."""
        return options[int(self.rng.random() ** 1.7 * len(options))]

    def between(self, low: int, high: int) -> int:
        return self.rng.randint(low, high)

    def fill(self, pattern: str, **slots) -> str:
        """The pattern with choices made, not tidied (for parts of sentences)."""
        out: list[str] = []
        self._walk(parse(pattern), slots, out)
        return re.sub(r"\s+", " ", "".join(out)).strip()

    def say(self, pattern: str, **slots) -> str:
        """A whole utterance: the pattern with choices made, tidied."""
        return tidy(self.fill(pattern, **slots))

    def _walk(self, node: tuple, slots: dict, out: list[str]) -> None:
        kind, value = node
        if kind == "text":
            out.append(value)
        elif kind == "seq":
            for part in value:
                self._walk(part, slots, out)
        elif kind == "one":
            self._walk(self.choose(value), slots, out)
        elif kind == "maybe":
            if self.rng.random() < 0.5:
                self._walk(value, slots, out)
        else:
            out.append(str(slots[value]))

    def number(self, value: int) -> str:
        """A number as a recogniser writes it: mostly words below ten and digits above, sometimes the other way."""
        if value < 10:
            return UNITS[value] if self.chance(0.7) else str(value)
        if self.chance(0.75):
            return str(value)
        return spell_number(value, self.choose(("-", " ")))

    FILLERS = (
        "um", "uh", "er", "hey", "so", "ok", "okay", "well", "right", "hi", "hello", "now", "alright", "oh", "and",
        "listen", "yeah", "also", "like", "actually", "anyway",
    )
    LEADS = (
        "{can|could|would|will} you [please] tell me", "tell me", "[please] tell me", "do you know", "do you happen to know",
        "I {wonder|was wondering}", "I {want|would like|need|'d like} to know", "quick question", "I have a question",
        "question for you", "any idea", "let me ask you [something]", "here is a question", "{may|can|could} I ask", "help me out",
        "{maybe|perhaps} you know", "one more thing", "remind me", "just curious", "{next|another} question", "you know what",
        "my {son|daughter|friend|kid|wife|husband|boss} {asks|asked|wants to know}", "I forgot", "out of curiosity",
        "{do|would} you mind telling me", "I can't remember", "be honest", "in one sentence", "hey there", "for a quiz", "excuse me",
        "I've always wondered", "got a question", "real quick", "settle a bet", "let's see if you know", "I bet you know", "you probably know", "sorry to bother you but", "before I forget",
        "while we're at it", "another thing", "so tell me", "I keep forgetting", "do me a favour and tell me", "my {homework|book|crossword} {asks|says}", "I'd be glad to hear", "think about this", "now for something else",
        "{we|I} were just talking about this", "help me with this", "this may sound silly, but", "can you remind me", "explain to me", "here's one", "I need your help", "it's been on my mind", "I'd love to know",
        "{kids|children|people} always ask", "what do you think", "come on, tell me", "don't laugh, but", "let me try this", "listen to this", "could you help me",
    )
    TAILS = (
        "please", "do you know", "any idea", "then", "by the way", "again", "do you think", "would you say", "can you tell me", "for me",
        "do you remember", "if you know", "you know", "right now", "buddy", "my friend", "thanks", "exactly", "in your opinion", "I wonder",
    )
    SAFE_TAILS = ("please", "do you know", "any idea", "then", "by the way", "if you know", "thanks", "can you tell me", "I wonder", "I forget", "would you know", "if you don't mind", "I'm curious", "mate", "again", "for me", "quickly", "my friend", "do you remember", "in short")

    def question(self, core: str, lead: float = 0.3, tail: float = 0.12) -> str:
        """A question with a spoken lead-in or tail now and then."""
        if self.chance(lead):
            first = core.split(" ", 1)[0]
            keep = first in ("I", "I'm", "I'd", "I've") or (first[:1].isupper() and first.lower() not in QUESTION_STARTS)
            core = f"{self.fill(self.choose(self.LEADS))}{self.choose((',', ''))} {core if keep else core[:1].lower() + core[1:]}"
        if self.chance(tail):
            core = core.rstrip("?.! ") + f"{self.choose((',', ''))} {self.choose(self.SAFE_TAILS)}"
        return core

    DROPPABLE = {"the", "a", "an", "is", "are", "do", "does", "of", "to", "you", "me", "it", "in", "that", "my", "can", "i"}
    SLIPS = {
        "what's": "what", "whats": "what", "for": "four", "to": "two", "two": "to", "their": "there", "there": "their", "your": "you",
        "you're": "your", "its": "it's", "it's": "its", "does": "do", "and": "an", "are": "or", "is": "it's", "how": "now",
    }

    SYNONYMS = {
        word: line.split()[:at] + line.split()[at + 1 :]
        for line in (
            "big large huge", "biggest largest greatest", "small little tiny", "fast quick", "fastest quickest", "tallest highest", "children kids", "people folks humans", "animal creature", "animals creatures", "called named", "begin start",
            "begins starts", "film movie", "speak talk", "make create produce", "makes creates produces", "use take", "find see", "live stay", "lives stays", "buy purchase", "remember recall", "present gift", "ill sick", "happy glad", "sad unhappy",
            "scared afraid", "funny amusing", "chat talk", "earth world", "colour color", "which what", "help assist", "nice lovely", "great fantastic", "shop store", "autumn fall", "holiday vacation", "totally completely", "want need", "must should",
            "maybe perhaps", "usually normally", "often frequently", "explain describe", "mother mum mom", "father dad", "my the", "please kindly", "just only", "very really so", "hello hi hey", "yes yeah", "tell give", "this that", "can could",
            "do did", "will would", "is was", "are were", "have had", "get got", "know think", "say tell", "much many", "good fine", "friend buddy", "job work", "tired sleepy", "bad terrible awful", "and plus", "from of", "in inside", "usually mostly normally generally", "kind sort type", "clever smart bright", "made built", "bigger larger", "smaller tinier", "faster quicker", "finish end", "sofa couch", "sweets candy", "trousers pants", "flat apartment", "supper dinner", "rubbish trash", "doctor physician", "vehicle machine", "pal friend",
        )
        for at, word in enumerate(line.split())
        if word not in ("plus", "and", "from", "of", "my", "was", "were", "work", "job", "did", "had", "sleepy", "think", "some")
    }

    def reworded(self, text: str) -> str:
        """Here and there another word for a common one."""
        words = text.split(" ")
        for at, word in enumerate(words):
            if word in self.SYNONYMS and self.rng.random() < 0.08:
                words[at] = self.choose(self.SYNONYMS[word])
        return " ".join(words)

    def heard(self, text: str, slips: bool = True, reword: bool = True) -> str:
        """`text` as a speech recogniser may hand it over: fillers, lost marks, lost case, a slip here and there."""
        rng = self.rng
        if reword:
            text = self.reworded(text)
        if rng.random() < 0.14:
            text = f"{self.choose(self.FILLERS)}{self.choose((',', ' ,', '')).strip()} " + _uncapital(text)
        words = text.split(" ")
        if slips and rng.random() < 0.10 and len(words) > 3:
            at = rng.randrange(len(words))
            word = words[at].lower()
            choice = rng.random()
            if choice < 0.4:
                words.insert(at, self.choose(("um", "uh", "er", "like", "you know", words[at])))
            elif choice < 0.75 and word in self.DROPPABLE:
                del words[at]
            elif word in self.SLIPS and not words[at][:1].isdigit() and word not in ("two", "to", "for"):
                words[at] = self.SLIPS[word]
        text = " ".join(words).strip()
        style = rng.random()
        if style < 0.5:
            return tidy(text)
        if style < 0.62:
            return tidy(text).rstrip(".?!")
        if style < 0.66:
            return tidy(text).rstrip(".?!") + self.choose((".", "?", "!", "..."))
        if style < 0.86:
            return re.sub(r"[,.?!]", "", text).lower()
        if style < 0.94:
            return text.lower()
        if style < 0.97:
            return re.sub(r"[,.?!']", "", text).lower()
        return tidy(text).upper() if style > 0.99 else tidy(text).replace("'", "’" if rng.random() < 0.3 else "'")


QUESTION_STARTS = {
    "what", "which", "who", "where", "when", "why", "how", "is", "are", "do", "does", "did", "can", "could", "would", "will", "what's",
    "who's", "where's", "when's", "how's", "name", "the", "if", "tell", "a", "an", "in", "on", "at", "please", "give", "say", "my", "your",
    "whose", "should", "has", "have", "was", "were", "any", "at", "after", "before", "add", "take", "work", "count", "spell",
}


def _uncapital(text: str) -> str:
    first = text.split(" ", 1)[0]
    return text[:1].lower() + text[1:] if first.lower() in QUESTION_STARTS else text


MISSPELT = {
    word: wrong.split("/")
    for entry in (
        "what:wat/waht/wot/whut what's:whats/wats/wots which:wich/witch who:hoo/woh where:were/wear/wher when:wen/whne why:wy/y how:hwo/ho is:si/iz are:r/ar you:u/yu/yuo your:ur/yor/you're there:their/they're their:there the:teh/da/th does:dose/dus do:du "
        "know:no/kno/now no:know capital:capitol/captal/capitel colour:color/coler/colr/couler color:colr/culor many:meny/mani much:mutch week:weak/weke weeks:weaks four:for/fore two:to/too/tow eight:ate/eigth one:won for:four/fro to:two/too plus:pluss/plus minus:minnus times:tims "
        "people:peple/poeple please:plese/pls tell:tel remember:rember/remeber favourite:favrite/favorit/favourit called:cald/caled animal:aniaml/animel biggest:bigest largest:largist day:dey days:deys month:munth months:monthes/munths year:yeer/yer years:yers hour:our/houre "
        "son:sun sun:son see:sea sea:see sound:sownd make:mak/maek made:maid/mad meat:meet eat:eet bear:bare hear:here here:hear right:rite/write write:right night:nite tonight:tonite because:becuz/becos friend:freind house:hous horse:hors spider:spyder elephant:elefant "
        "name:nam/naem hello:helo/hallo thanks:thx/thanx today:todya weather:wether/whether piece:peace flour:flower flower:flour blue:blew red:read cheese:chese water:watter summer:sumer winter:wintr tomorrow:tomorow country:contry/cuntry France:farnce/frans Germany:germeny "
        "Italy:itly Spain:spane Paris:pairs baby:babby cat:kat cow:kow dog:dgo snow:sno/snwo grass:gras sky:skye green:gren yellow:yelow white:wite black:blak can:cna and:adn/an with:wiht/whit have:hav/hve from:form my:mi/ym divided:devided/divded legs:leggs opposite:oposite/opposit"
    ).split()
    for word, wrong in [entry.split(":")]
}


def misspelt(w: Writer, text: str, swaps: bool) -> str:
    """`text` with the slips of a typist or a recogniser: homophones, common misspellings and, where `swaps`, letters swapped or lost."""
    words = text.split(" ")
    for at, word in enumerate(words):
        bare = word.rstrip("?.,!")
        wrong = MISSPELT.get(bare) or MISSPELT.get(bare.lower())
        if wrong and w.chance(0.5):
            words[at] = w.choose(wrong) + word[len(bare) :]
        elif swaps and len(bare) > 4 and bare.isalpha() and w.chance(0.15):
            cut = w.between(1, len(bare) - 3)
            swapped = bare[:cut] + bare[cut + 1] + bare[cut] + bare[cut + 2 :] if w.chance(0.6) else bare[:cut] + bare[cut + 1 :]
            words[at] = swapped + word[len(bare) :]
    text = " ".join(words)
    return text.lower() if w.chance(0.6) else text
