"""Sentences for the rehearsal speech network: everyday English from grammars, plus random word sequences.

Every sentence is written in the form the network is to produce; `spoken` gives the words a synthesiser must say for it.
Written form of numbers: words from zero to nine, digits from 10 up, no separators; clock times with minutes are `5:30`.
"""

import random
import re

import words as w

ONES = ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
        "nineteen").split()
TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()
VOCABULARY = w.vocabulary()
PROPER = w.NAMES + w.SURNAMES + w.PLACES


def number_words(n: int, rng: random.Random) -> str:
    """English words for 0 <= n < 1,000,000; `and` after hundreds is drawn at random."""
    if n < 20:
        return ONES[n]
    if n < 100:
        return TENS[n // 10] + ("" if n % 10 == 0 else " " + ONES[n % 10])
    if n < 1000:
        head = ONES[n // 100] + " hundred"
        joint = " and " if rng.random() < 0.5 else " "
        return head if n % 100 == 0 else head + joint + number_words(n % 100, rng)
    head = number_words(n // 1000, rng) + " thousand"
    return head if n % 1000 == 0 else head + " " + number_words(n % 1000, rng)


def written_number(n: int) -> str:
    """The transcript's form of a number."""
    return ONES[n] if n < 10 else str(n)


def spoken(text: str, rng: random.Random) -> str:
    """Replaces digits by words, so that every synthesiser says the same thing."""

    def clock(match: re.Match) -> str:
        hour, minute = int(match[1]), int(match[2])
        middle = "o'clock" if minute == 0 else ("oh " + ONES[minute] if minute < 10 else number_words(minute, rng))
        return f"{number_words(hour, rng)} {middle}"

    def ordinal(match: re.Match) -> str:
        n = int(match[1])
        special = {1: "first", 2: "second", 3: "third", 5: "fifth", 8: "eighth", 9: "ninth"}
        if n < 20:
            return ONES[n] + "th"
        if n % 10 == 0:
            return TENS[n // 10][:-1] + "ieth"
        return TENS[n // 10] + " " + special.get(n % 10, ONES[n % 10] + "th")

    def plain(match: re.Match) -> str:
        n = int(match[0])
        if 1900 <= n < 2000 and n % 100 >= 10:
            return f"nineteen {number_words(n % 100, rng)}"
        if 2010 <= n < 2100:
            return f"twenty {number_words(n % 100, rng)}"
        return number_words(n, rng)

    text = re.sub(r"(\d+):(\d\d)", clock, text)
    text = re.sub(r"(\d+)(?:st|nd|rd|th)\b", ordinal, text)
    return re.sub(r"\d+", plain, text)


def _article(noun: str, rng: random.Random) -> str:
    choice = rng.random()
    if choice < 0.4:
        return "the"
    if choice < 0.7:
        vowel = noun[0] in "aeiou" and not noun.startswith(("uni", "one"))
        return "an" if vowel or noun.startswith("hour") else "a"
    return rng.choice("my your his her its our their this that another some every each".split())


def _plural(noun: str) -> str:
    irregular = {"man": "men", "woman": "women", "child": "children", "foot": "feet", "tooth": "teeth", "mouse": "mice",
                 "wife": "wives", "knife": "knives", "leaf": "leaves", "half": "halves", "shelf": "shelves", "wolf": "wolves",
                 "goose": "geese", "sheep": "sheep", "deer": "deer", "fish": "fish", "person": "people", "thief": "thieves"}
    if noun in irregular:
        return irregular[noun]
    if noun.endswith(("s", "x", "ch", "sh")) or noun in ("potato", "tomato", "hero"):
        return noun + "es"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + "s"


_DOUBLED = set("stop drop chop plan clap beg trap grab rub hug knit nod skip trim slip step shop plug pin wrap".split())


def inflect(verb: str, form: str) -> str:
    """`form` is one of base, third, ing, past, participle."""
    if form == "base":
        return verb
    if verb in w.IRREGULAR:
        return w.IRREGULAR[verb][("third", "ing", "past", "participle").index(form)]
    y_ending = verb.endswith("y") and verb[-2] not in "aeiou"
    if form == "third":
        if y_ending:
            return verb[:-1] + "ies"
        return verb + ("es" if verb.endswith(("s", "x", "ch", "sh")) else "s")
    if form == "ing":
        if verb == "die":
            return "dying"
        if verb in _DOUBLED:
            return verb + verb[-1] + "ing"
        return (verb[:-1] if verb.endswith("e") and not verb.endswith("ee") else verb) + "ing"
    if y_ending:
        return verb[:-1] + "ied"
    if verb in _DOUBLED:
        return verb + verb[-1] + "ed"
    return verb + ("d" if verb.endswith("e") else "ed")


class Sentences:
    """Draws sentences from one random stream."""

    def __init__(self, seed: int):
        self.rng = random.Random(seed)

    # Phrases.
    def pick(self, items):
        return self.rng.choice(items)

    def number(self) -> str:
        kind = self.rng.random()
        if kind < 0.35:
            return written_number(self.rng.randint(0, 12))
        if kind < 0.85:
            return written_number(self.rng.randint(0, 99))
        if kind < 0.95:
            return str(self.rng.randint(100, 999))
        return str(self.pick([1000, 2000, 5000, 10000, 50000, 1200, 2500, 3000, 100000, 1500]))

    def count(self) -> str:
        return written_number(self.rng.randint(2, 12) if self.rng.random() < 0.6 else self.rng.randint(13, 99))

    def clock(self) -> str:
        hour = self.rng.randint(1, 12)
        kind = self.rng.random()
        if kind < 0.4:
            return written_number(hour) + " o'clock"
        if kind < 0.55:
            return self.pick(["half past ", "quarter past ", "quarter to "]) + written_number(hour)
        if kind < 0.75:
            return written_number(hour)
        return f"{hour}:{self.pick(['05', '10', '15', '20', '25', '30', '35', '40', '45', '50', '55'])}"

    def date(self) -> str:
        month = self.pick(w.MONTHS)
        kind = self.rng.random()
        if kind < 0.3:
            return month
        if kind < 0.6:
            return f"{month} {self.pick(w.ORDINALS)}"
        n = self.rng.randint(13, 31)
        suffix = {21: "st", 22: "nd", 23: "rd", 31: "st"}.get(n, "th")
        return f"{month} {n}{suffix}"

    def noun(self) -> str:
        return self.pick(self.pick([w.THINGS, w.THINGS, w.THINGS, w.PEOPLE, w.ANIMALS, w.FOODS]))

    def thing(self) -> str:
        """A noun phrase that is not a person."""
        kind = self.rng.random()
        if kind < 0.12:
            return self.pick(["", "the ", "some ", "my "]) + self.pick(w.MASS)
        if kind < 0.22:
            return self.pick(["", "the ", "some ", "these ", "those ", "all the ", "many "]) + self.pick(w.PLURALS)
        if kind < 0.3:
            return f"{self.count()} {_plural(self.pick(self.pick([w.THINGS, w.ANIMALS, w.FOODS, w.PEOPLE])))}"
        noun = self.pick(self.pick([w.THINGS, w.THINGS, w.THINGS, w.ANIMALS, w.FOODS]))
        middle = ""
        if self.rng.random() < 0.4:
            middle = self.pick(w.ADJECTIVES if self.rng.random() < 0.8 else w.COLORS) + " "
        return f"{_article(middle or noun, self.rng)} {middle}{noun}"

    def person(self) -> str:
        kind = self.rng.random()
        if kind < 0.35:
            return self.pick(w.NAMES)
        if kind < 0.45:
            return f"{self.pick(w.NAMES)} {self.pick(w.SURNAMES)}"
        if kind < 0.5:
            return f"{self.pick(['Mister', 'Miss', 'Doctor', 'Captain', 'Professor'])} {self.pick(w.SURNAMES)}"
        noun = self.pick(w.PEOPLE)
        middle = self.pick(w.ADJECTIVES) + " " if self.rng.random() < 0.25 else ""
        return f"{_article(middle or noun, self.rng)} {middle}{noun}"

    def subject(self) -> tuple[str, bool]:
        """A subject and whether it takes the third person singular."""
        kind = self.rng.random()
        if kind < 0.4:
            return self.pick([("I", False), ("you", False), ("we", False), ("they", False), ("he", True), ("she", True), ("it", True)])
        if kind < 0.65:
            return self.person(), True
        if kind < 0.75:
            return self.pick(["the ", "my ", "our ", "those ", "two "]) + self.pick(w.PLURALS), False
        noun = self.pick(self.pick([w.THINGS, w.ANIMALS]))
        middle = self.pick(w.ADJECTIVES) + " " if self.rng.random() < 0.3 else ""
        return f"{_article(middle or noun, self.rng)} {middle}{noun}", True

    def place(self) -> str:
        kind = self.rng.random()
        if kind < 0.4:
            return "in " + self.pick(w.PLACES)
        return f"{self.pick(w.PREPOSITIONS)} the {self.pick(w.THINGS)}"

    def predicate(self, form: str) -> str:
        kind = self.rng.random()
        if kind < 0.5:
            text = f"{inflect(self.pick(w.VERBS_OBJECT), form)} {self.thing()}"
        elif kind < 0.75:
            text = inflect(self.pick(w.VERBS_PLAIN), form)
            if self.rng.random() < 0.5:
                text += " " + self.pick(w.ADVERBS)
        elif kind < 0.9:
            who = self.person() if self.rng.random() < 0.7 else self.pick("me you him her us them everyone nobody".split())
            text = f"{inflect(self.pick(w.VERBS_PERSON), form)} {who}"
        else:
            text = f"{inflect('give', form)} {self.pick('me you him her us them'.split())} {self.thing()}"
        if self.rng.random() < 0.3:
            text += " " + (self.place() if self.rng.random() < 0.6 else self.pick(w.TIMES))
        return text

    def clause(self) -> str:
        who, third = self.subject()
        kind = self.rng.random()
        if kind < 0.3:
            return f"{who} {self.predicate('past')}"
        if kind < 0.5:
            return f"{who} {self.predicate('third' if third else 'base')}"
        if kind < 0.7:
            modal = self.pick("can could will would should may might must can't won't couldn't wouldn't shouldn't didn't".split())
            return f"{who} {modal} {self.predicate('base')}"
        be = "am" if who == "I" else ("is" if third else "are")
        was = "was" if third or who == "I" else "were"
        if kind < 0.78:
            return f"{who} {self.pick([be, was])} {self.predicate('ing')}"
        if kind < 0.85:
            return f"{who} {'has' if third else 'have'} {self.pick(['', 'never ', 'already ', 'just '])}{self.predicate('participle')}"
        tail = self.pick([self.pick(w.ADJECTIVES), "very " + self.pick(w.ADJECTIVES), self.thing(), self.place(),
                          f"{self.pick(w.ADJECTIVES)} and {self.pick(w.ADJECTIVES)}", "not " + self.pick(w.ADJECTIVES)])
        return f"{who} {self.pick([be, be, was])} {tail}"

    # Whole sentences; each ends in `.` or `?`.
    def statement(self) -> str:
        text = self.clause()
        kind = self.rng.random()
        if kind < 0.12:
            text += f" {self.pick('and but because so when if while although before after until unless'.split())} {self.clause()}"
        elif kind < 0.2:
            text = f"{self.pick(['I think', 'I know', 'I hope', 'She said', 'He told me', 'I believe', 'They say'])} {text}"
        elif kind < 0.26:
            text = f"{self.pick(['well', 'yes', 'no', 'okay', 'oh', 'sorry', 'now', 'today', 'maybe', 'so'])}, {text}"
        elif kind < 0.3:
            text = f"when {self.clause()}, {text}"
        elif kind < 0.36:
            text += ", " + self.pick(["I think", "you know", "of course", self.pick(w.NAMES), "please", "too"])
        return text + "."

    def question(self) -> str:
        who, third = self.subject()
        be = "am" if who == "I" else ("is" if third else "are")
        do = self.pick(["does" if third else "do", "did"])
        opener = self.pick(["what", "where", "when", "why", "how", "who", "which " + self.noun(), "what kind of " + self.noun(),
                            "how much " + self.pick(w.MASS), "how many " + _plural(self.pick(w.THINGS)), "whose " + self.noun()])
        modal = self.pick("can could will would should may".split())
        text = self.pick([
            lambda: f"{do} {who} {self.predicate('base')}",
            lambda: f"{modal} {who} {self.predicate('base')}",
            lambda: f"{modal} you {self.predicate('base')}",
            lambda: f"{be} {who} {self.pick(w.ADJECTIVES)}",
            lambda: f"{be} {who} {self.predicate('ing')}",
            lambda: f"{opener} {do} {who} {inflect(self.pick(w.VERBS_OBJECT + w.VERBS_PLAIN), 'base')}",
            lambda: f"{opener} {be} {who} {inflect(self.pick(w.VERBS_OBJECT + w.VERBS_PLAIN), 'ing')}",
            lambda: f"{opener} {modal} {who} {self.predicate('base')}",
            lambda: f"who {self.predicate('past')}",
            lambda: f"what {be} {who}",
            lambda: f"where {be} {who}",
            lambda: f"do you {self.pick(['know', 'think', 'believe', 'remember', 'mean'])} {self.clause()}",
            lambda: f"have you ever {self.predicate('participle')}",
            lambda: f"is there {self.pick(['a', 'any', 'another'])} {self.noun()} {self.place()}",
        ])()
        if self.rng.random() < 0.1:
            text = f"{self.pick(['so', 'well', 'okay', 'hey', 'sorry', 'excuse me', self.pick(w.NAMES)])}, {text}"
        elif self.rng.random() < 0.06:
            text += ", " + self.pick(["please", self.pick(w.NAMES), "do you think"])
        return text + "?"

    def arithmetic(self) -> str:
        a, b = self.number(), self.number()
        op = self.pick(["plus", "minus", "times", "divided by"])
        return self.pick([f"what is {a} {op} {b}?", f"how much is {a} {op} {b}?", f"what's {a} {op} {b}?", f"{a} {op} {b}.",
                          f"can you tell me what {a} {op} {b} is?", f"{a} {op} {b} is {self.number()}.", f"add {a} and {b}.",
                          f"is {a} bigger than {b}?", f"what is {self.pick(['half', 'a quarter', '10 percent'])} of {a}?",
                          f"count from {a} to {b}.", f"what do you get when you add {a} to {b}?",
                          f"so if I have {a} {_plural(self.noun())} and you take {b}, how many do I have left?"])

    def assistant(self) -> str:
        """What people say to a talking machine."""
        n, clock, name, place, thing = self.count(), self.clock(), self.pick(w.NAMES), self.pick(w.PLACES), self.thing()
        noun, animal, food = self.noun(), self.pick(w.ANIMALS), self.pick(w.FOODS)
        time, day, room = self.pick(w.TIMES), self.pick(w.DAYS), self.pick("kitchen bathroom garden hall studio garage office".split())
        like, topic, color = self.pick(w.LIKES), self.pick(w.TOPICS), self.pick(w.COLORS)
        unit = self.pick(["minutes", "hours", "seconds"])
        return self.pick([
            f"set a timer for {n} {unit}.", f"set an alarm for {clock}.", f"wake me up at {clock}.", f"remind me to {self.predicate('base')} at {clock}.",
            f"remind me to call {name} {time}.", f"what's the weather like in {place}?", f"will it rain {time}?", f"what time is it in {place}?",
            "what time is it?", f"turn {self.pick(['on', 'off'])} the {self.pick(['light', 'lights', 'radio', 'television', 'heater', 'music', 'oven'])} in the {room}.",
            f"turn {self.pick(['up', 'down'])} the {self.pick(['volume', 'heat', 'music', 'light'])}.", f"play some {self.pick(['jazz', 'rock', 'classical', 'quiet'])} music, please.",
            f"play a song by {name} {self.pick(w.SURNAMES)}.", f"call {name}, please.", f"send a message to {name}.", f"send {name} a message and say {self.clause()}.",
            f"what is the capital of {place}?", f"where is {place}?", f"how far is it from {place} to {self.pick(w.PLACES)}?", f"how many people live in {place}?",
            f"tell me a {self.pick(['joke', 'story', 'secret', 'poem'])} about {self.pick([topic, 'a ' + animal, 'the ' + noun])}.", f"tell me about {topic}.",
            f"tell me something about {self.pick([place, topic])}.", f"my name is {name}.", f"my name is {name} {self.pick(w.SURNAMES)}.", f"I'm {name}.",
            f"call me {name}.", f"what is my name?", "do you remember my name?", f"I have {n} {_plural(animal)}.", f"I have a {animal} called {name}.",
            f"how many {_plural(animal)} do I have?", f"what is the name of my {animal}?", f"my favorite color is {color}.", "what's my favorite color?",
            f"what is your favorite {self.pick(['color', 'food', 'animal', 'movie', 'book', 'song', 'season', 'city', 'game'])}?", f"do you like {like}?",
            f"I like {like}.", f"I really like {like}.", f"I don't like {like}.", f"I live in {place}.", f"I come from {place}.", f"I'm from {place}.",
            f"I am {self.rng.randint(10, 90)} years old.", "how old are you?", f"I was born in {self.rng.randint(1930, 2015)}.", f"my birthday is on {self.date()}.",
            f"when is {self.pick(['your birthday', 'my birthday', 'the meeting', 'the next train', 'my appointment'])}?", f"I work as a {self.pick(w.JOBS)}.",
            f"my {self.pick(['mother', 'father', 'sister', 'brother', 'wife', 'husband', 'friend'])} is a {self.pick(w.JOBS)}.",
            f"what does a {self.pick(w.JOBS)} do?", f"what is a {noun}?", f"what is {self.pick(w.MASS)} made of?", f"why is the {self.pick(w.THINGS)} {self.pick(w.ADJECTIVES)}?",
            f"how do you {self.predicate('base')}?", f"how do I make {self.pick(['a ' + food, 'soup', 'pasta', 'bread', 'coffee', 'tea', 'rice'])}?", f"can you help me with my {noun}?",
            f"can you help me?", f"can you hear me?", f"can you repeat that, please?", "could you say that again?", "please speak more slowly.", "stop.", "wait a moment.",
            "never mind.", "that's enough.", "go on.", "tell me more.", "what do you mean?", "I don't understand.", "I didn't hear you.", "are you there?",
            "are you a robot?", "are you human?", "who are you?", "what are you?", "what is your name?", "who made you?", "how do you work?", "where are you from?",
            "what can you do?", "what is Antiphon?", "how are you?", "how are you today?", "how was your day?", "how is it going?", "nice to meet you.",
            f"good {self.pick(['morning', 'afternoon', 'evening', 'night'])}, {name}.", f"good {self.pick(['morning', 'afternoon', 'evening', 'night'])}.",
            "hello.", "hi there.", "hello, how are you?", f"hello, {name}.", f"hi, my name is {name}.", f"hello, this is {name} speaking.", "goodbye.", "see you later.",
            f"see you {self.pick(['tomorrow', 'later', 'soon', 'next week', 'on ' + day])}.", "thank you.", "thank you very much.", "thanks a lot.", "thanks for your help.", "you're welcome.",
            "yes.", "no.", "yes, please.", "no, thank you.", "okay.", "sure.", "of course.", "maybe.", "I think so.", "I don't know.", "I'm not sure.", "that's right.",
            "that's wrong.", "really?", "why?", "why not?", "what?", "who?", "when?", "where?", "how much?", "how many?", "how?", "me too.", "not really.", "not yet.",
            "that sounds good.", "that's great.", "that's funny.", "that's interesting.", "I'm fine, thank you.", "I'm tired.", "I'm hungry.", "I'm sad today.", "I feel happy.",
            f"I feel {self.pick(w.ADJECTIVES)} today.", f"is it {self.pick(w.ADJECTIVES)} {self.pick(['outside', 'today', 'in ' + place])}?", f"what should I {self.pick(['eat', 'cook', 'wear', 'do', 'read', 'watch'])} {time}?",
            f"what day is it {self.pick(['today', 'tomorrow'])}?", f"what is the date today?", f"is {day} a holiday?", f"what are you doing on {day}?", f"let's meet at {clock} on {day}.",
            f"I have an appointment with Doctor {self.pick(w.SURNAMES)} on {day} at {clock}.", f"the meeting is on {self.date()} at {clock}.", f"can we move it to {clock}?",
            f"book a table for {n} at {clock}.", f"I would like {thing}, please.", f"I'd like to order {n} {_plural(food)}.", f"how much does {thing} cost?", f"it costs {self.number()} dollars.",
            f"that will be {self.number()} {self.pick(['dollars', 'euros', 'cents', 'pounds'])}.", f"the train to {place} leaves at {clock}.", f"when does the {self.pick(['train', 'bus', 'plane', 'shop', 'bank', 'museum'])} {self.pick(['open', 'leave', 'close', 'arrive'])}?",
            f"add {thing} to my shopping list.", f"what's on my {self.pick(['calendar', 'list'])} {time}?", f"how do you say {self.pick(VOCABULARY)} in {self.pick(['French', 'Spanish', 'German', 'Italian', 'Japanese', 'English'])}?",
            f"how do you spell {self.pick(VOCABULARY)}?", f"what is the opposite of {self.pick(w.ADJECTIVES)}?", f"what rhymes with {self.pick(VOCABULARY)}?", f"it is {self.number()} degrees outside.",
            f"what is the {self.pick(['biggest', 'smallest', 'fastest', 'oldest', 'tallest', 'longest', 'best', 'worst'])} {noun} in the world?", f"how tall is {thing}?", f"how {self.pick(['long', 'old', 'big', 'fast', 'heavy', 'far', 'deep', 'high'])} is {thing}?",
            f"my phone number is {' '.join(self.pick(w.SMALL_NUMBERS) for _ in range(self.rng.randint(3, 7)))}.", f"the code is {' '.join(self.pick(w.SMALL_NUMBERS) for _ in range(self.rng.randint(3, 6)))}.",
            f"yesterday I went to the {self.pick(w.THINGS)} with {self.person()}.", f"I want to go to {place} {time}.", f"we are going to {place} in {self.pick(w.MONTHS)}.", f"have you ever been to {place}?",
            f"do you have any {self.pick(w.PLURALS)}?", f"what did I say about {topic}?", f"what did you say?", f"let's talk about {topic}.", f"what do you think about {topic}?", f"I've got a question about {topic}.",
            f"do you know {self.person()}?", f"who is {name} {self.pick(w.SURNAMES)}?", f"which is {self.pick(['better', 'bigger', 'faster', 'cheaper'])}, {thing} or {self.thing()}?",
        ])

    def salad(self) -> str:
        """Random words in random order: the text gives no help, so the sound must."""
        length = self.rng.choice([1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 8, 9])
        items = [self.pick(PROPER) if self.rng.random() < 0.08 else (self.number() if self.rng.random() < 0.08 else self.pick(VOCABULARY))
                 for _ in range(length)]
        return " ".join(items) + "."

    def sentence(self) -> str:
        """One utterance: cased, punctuated."""
        kind = self.rng.random()
        if kind < 0.28:
            text = self.statement()
        elif kind < 0.48:
            text = self.question()
        elif kind < 0.76:
            text = self.assistant()
        elif kind < 0.81:
            text = self.arithmetic()
        else:
            text = self.salad()
        text = self.finish(text)
        if len(text) < 45 and self.rng.random() < 0.15:
            more = self.assistant() if self.rng.random() < 0.5 else (self.question() if self.rng.random() < 0.5 else self.statement())
            if len(more) < 60:
                text += " " + self.finish(more)
        if self.rng.random() < 0.1:
            target = self.rng.randint(60, 140)
            while len(text) < target:
                text += " " + self.finish(self.pick([self.statement, self.question, self.assistant, self.statement])())
        return text

    @staticmethod
    def finish(text: str) -> str:
        text = re.sub(r"\bokay\b", "okay", re.sub(r"\s+", " ", text)).strip()
        return text[0].upper() + text[1:]


if __name__ == "__main__":
    import sys
    source = Sentences(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    for _ in range(int(sys.argv[2]) if len(sys.argv) > 2 else 40):
        print(source.sentence())
