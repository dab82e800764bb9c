"""Whole conversations: the generators mixed, things told early and asked for later, follow-ups, repeats, system prompts."""

import re
from functools import lru_cache
from pathlib import Path

import arithmetic
import broad_facts
import broad_talk
import copying
import facts
import memory
import more_facts
import more_turns
import open_memory
import reactions
import talk
import unknowns
import written
from writer import Writer, misspelt, tidy

QUESTIONS = [path for path in (Path(__file__).with_name(name) for name in ("questions.txt", "questions-blind.txt", "questions-blind2.txt", "questions-blind3.txt")) if path.exists()]

SYSTEM_PROMPTS = (
    "You are a {helpful|friendly|kind|polite|cheerful|calm|warm|useful|good} {|voice |home |talking |personal }{assistant|helper|companion|agent|chatbot}.[ {Keep your answers short|Answer briefly|Answer in one or two sentences|Be brief|Speak naturally|Use short sentences|Be concise and kind|Reply in plain text}.][ {Never use markdown|Do not use lists or markdown|No emoji|Say so when you don't know|Answer honestly|Don't make things up|Ask a question now and then|Your answers are spoken aloud}.]",
    "{Answer|Reply|Respond} {briefly|in one {short |}sentence|politely|in simple words|like a friend|in English|in a spoken style}.[ {The user is speaking|You are talking with a person|Your answer is read aloud|The text comes from speech recognition} {to a machine|by voice|on the phone|}.]",
    "You are {Antiphon|the Antiphon voice|a small voice model|a talking machine|a voice on a small computer}.[ {Be friendly|Keep it short|Talk like a person|Be helpful}.]",
    "You {work in|answer the phone of|are the voice of|help people in} {a hotel|a museum|a library|a school|a bakery|a garage|a train station|a hospital|a restaurant|an office|a market|a bank}.[ {Be polite|Help the guests|Never talk about politics|Don't promise anything|Be patient}.]",
    "{The user is {learning English|a child|an old person|in a hurry|tired|a student|a guest}|The conversation is spoken|This is a phone call|Today is a nice day|It is evening|The room is noisy}.[ {Use simple words|Speak clearly|Be patient|Stay short}.]",
    "{Be|Please be|Always be} {kind|helpful|short|friendly|honest|clear} and {brief|warm|polite|calm|helpful}.",
    "Assistant mode: voice. Style: {short|friendly|warm}. {Language: English.|}",
)


def normalise(text: str) -> str:
    """Lower case, letters and digits only, single spaces: how two sentences are compared."""
    return " ".join(re.sub(r"[^a-z0-9' ]", " ", text.lower().replace("’", "'")).split())


@lru_cache(maxsize=1)
def held_out() -> tuple[frozenset[str], re.Pattern]:
    """What the stream must not contain: evaluation turns as whole turns, and those of four words or more even inside one."""
    from questions import read_questions

    turns = set()
    for path in QUESTIONS:
        for item in read_questions(path):
            turns.update(normalise(turn) for turn in item.turns[:-1] if len(turn.split()) >= 3)
            turns.add(normalise(item.turns[-1]))
    inside = sorted(re.escape(turn) for turn in turns if len(turn.split()) >= 4)
    whole = frozenset(turn for turn in turns if len(turn.split()) >= 2)
    return whole, re.compile(r"(?:^| )(?:" + "|".join(inside) + r")(?:$| )")


Turn = tuple[str, str]
BROAD = 0.46
"""Share of the single stretches that come from the `broad_` tables."""


def exchange(w: Writer) -> list[Turn]:
    """One self-contained stretch: a fact, a sum, or talk."""
    if w.chance(BROAD):
        return broad_exchange(w)
    pick = w.rng.random()
    if pick < 0.39:
        question, answer = more_facts.fact(w) if w.chance(0.22) else facts.pairs(w)
        return [(more_turns.prefaced(w, question) if w.chance(0.08) else w.question(question), answer)]
    if pick < 0.62:
        question, answer = arithmetic.sums(w)
        return [(more_turns.prefaced(w, question) if w.chance(0.05) else w.question(question, 0.2, 0.08), answer)]
    if pick < 0.64:
        return arithmetic.follow_up(w)
    if pick < 0.65:
        return country_follow_up(w)
    if pick < 0.66:
        return animal_follow_up(w)
    return talk.talk(w)


WRITTEN = 0.35
"""Share of the conversations that come from the groups written by hand."""


def written_stretches(w: Writer) -> list[Turn]:
    """One to three stretches written by hand, now and then one of the tables between them."""
    turns = written.stretch(w)
    while w.chance(0.3) and len(turns) < 8:
        turns += written.stretch(w, opening=False) if w.chance(0.75) else exchange(w)
    if w.chance(0.04):
        return [(misspelt(w, user, swaps=False), assistant) for user, assistant in turns]
    return turns


def broad_exchange(w: Writer) -> list[Turn]:
    """A stretch from the tables of frames times topics, now and then with a typist's slips."""
    pick = w.rng.random()
    if pick < 0.02:
        return broad_facts.follow_up(w)
    if pick < 0.05:
        return more_turns.follow_up(w)
    if pick < 0.21:
        question, answer = broad_facts.fact(w)
    elif pick < 0.31:
        question, answer = broad_facts.sum_(w)
    elif pick < 0.53:
        return [broad_talk.advice(w)]
    elif pick < 0.61:
        return [broad_talk.small(w)]
    elif pick < 0.75:
        return reactions.reaction(w)
    elif pick < 0.78:
        return [broad_talk.project(w)]
    elif pick < 0.84:
        return [more_turns.ability(w)]
    else:
        return [unknowns.unknown(w)]
    return [(more_turns.prefaced(w, question) if w.chance(0.08) else w.question(question, 0.15, 0.06), answer)]


def misspelt_exchange(w: Writer) -> list[Turn]:
    """A fact or a sum asked with misspelt words."""
    pick = w.rng.random()
    if pick < 0.45:
        question, answer = facts.pairs(w)
    elif pick < 0.65:
        question, answer = arithmetic.sums(w)
    elif pick < 0.85:
        question, answer = broad_facts.fact(w)
    else:
        question, answer = broad_facts.sum_(w)
    return [(misspelt(w, question, swaps=pick < 0.45 or 0.65 <= pick < 0.85), answer)]


def country_follow_up(w: Writer) -> list[Turn]:
    """A question about one country, then "and <another>?"."""
    kind = w.between(0, 3)
    places = w.rng.sample(list(facts.COUNTRIES), 3)

    def answer(place: str) -> str:
        city, language, _, continent, currency = facts.COUNTRIES[place]
        return [f"The capital of {place} is {city}.", f"The capital of {place} is {city}.", f"In {place}, people speak {language}.", f"In {place}, people pay with {currency}."][kind]

    first = w.fill(("{what{'s| is} the capital of <p>|which city is <p>'s capital|tell me <p>'s capital city}?", "{capital of <p>|name the capital of <p>|what capital has <p>}?",
                    "{what do they speak in <p>|which language is spoken in <p>}?", "{what money do they use in <p>|what's the currency of <p>}?")[kind], p=places[0])
    turns = [(first, answer(places[0]))]
    for place in places[1 : w.between(2, 3)]:
        turns.append((w.fill("{and [{in|of|for}] <p>|what about <p>|how about <p>|and what about <p>|<p>|and <p>'s|now <p>|same for <p>|what about in <p>|OK, and <p>|and for <p>|then <p>|and how is it {with|for} <p>}?", p=place), answer(place)))
    return turns


def animal_follow_up(w: Writer) -> list[Turn]:
    names = w.rng.sample(list(facts.ANIMALS), 3)
    kind = w.between(0, 3)

    def answer(name: str) -> str:
        sound, baby, home, food, legs, _, _ = facts.ANIMALS[name]
        an, many = facts.article(name), facts.plural(name)
        up = many[:1].upper() + many[1:]
        if kind == 0:
            return f"{up} have {facts.LEGS_WORD[int(legs)]} legs."
        if kind == 1:
            return f"{up} eat {food}."
        if kind == 2:
            return f"A baby {name} is called {facts.article(baby)}."
        return f"{up} live {home}."

    first = w.fill(("{how many legs do <m> have|how many legs has <a> got}?", "{what do <m> eat|what does <a> eat}?", "{what's a baby <n> called|what do you call a baby <n>}?", "{where do <m> live|where does <a> live}?")[kind],
                   m=facts.plural(names[0]), a=facts.article(names[0]), n=names[0])
    turns = [(first, answer(names[0]))]
    for name in names[1 : w.between(2, 3)]:
        turns.append((w.fill("{and <a>|what about <m>|how about <m>|and <m>|what about <a>|how about <a>|<m>|and what about <m>|and for <m>|<a>, then|and <a>, too}?", m=facts.plural(name), a=facts.article(name)), answer(name)))
    return turns


def sequence_follow_up(w: Writer) -> list[Turn]:
    """Days, months or seasons, then "and after that?"."""
    names = w.choose((facts.DAYS, facts.MONTHS, facts.SEASONS))
    unit = {7: "day", 12: "month", 4: "season"}[len(names)]
    at = w.between(0, len(names) - 1)
    step = w.choose((1, 1, -1))
    word = "after" if step == 1 else "before"
    turns = [(w.fill("{what {comes|is} <w> <n>|which <u> {is|comes} <w> <n>|what's the <u> <w> <n>}?", n=names[at], u=unit, w=word), f"{names[(at + step) % len(names)].capitalize()} comes {word} {names[at]}.")]
    for _ in range(w.between(1, 2)):
        at = (at + step) % len(names)
        turns.append((w.fill("{and <w> that|and then|and the next[ one]|what comes <w> that|and <w> this one|what <u> is <w> that|and what's <w> that [one]|next one|and <w> it}?" if step == 1 else "{and <w> that|what comes <w> that|and <w> this one|which is <w> that|and <w> it}?", w=word, u=unit),
                      f"{names[(at + step) % len(names)].capitalize()} comes {word} {names[at]}."))
    return turns


REPEAT = ("{say that again|can you {repeat|say} that [again]|repeat that|please repeat|what did you say|I didn't {hear|catch|get} {that|it}|once more please|again please|pardon|sorry, what|what was that|come again|I missed that|could you say it {again|once more}|one more time|"
          "what was your answer|tell me again|I couldn't hear you|could you repeat|sorry, I missed it|say it again|I wasn't listening|excuse me, what}[?]")
REACT = [
    ("{thanks|thank you|ok thanks|great, thanks|thanks a lot}", "{You're welcome|My pleasure|Any time}!"),
    ("{ok|okay|I see|good to know|cool|interesting|oh nice|nice|great|wow|really|I didn't know that}", "{Good|Great|I'm glad}! {What else would you like to know|What else can I do for you|Is there anything else}?"),
    ("{are you sure|is that right|really|is that true|are you certain}[?]", "{Yes, I think so|I think so, but I'm only a small network}."),
    ("{no|no, that's wrong|that's wrong|I don't think so|that's not true|wrong}", "{Sorry, I may be wrong. I'm only a small network|I'm sorry, I may be wrong}."),
]


def statement(w: Writer) -> Turn:
    """A remark to chat about, with an answer that picks it up."""
    pick = w.between(0, 7)
    if pick >= 6:
        return general_remark(w)
    if pick == 0:
        place = w.choose(memory.PLACES)
        return w.fill("{I {went to|was at|visited|came from|have been to} <p> {today|yesterday|this morning|last week|with a friend|on Sunday}|{today|yesterday|this morning|last weekend} I {went to|was at|visited} <p>}", p=place), w.say("{That sounds nice|How nice|That's nice}! {How was it|Did you have a good time|Was it good}?")
    if pick == 1:
        food = w.choose(memory.FOODS)
        return w.fill("{I {ate|had|cooked|made|tried} <f> {today|for dinner|for lunch|yesterday}|I'm {cooking|making|eating|having} <f>[ {tonight|now|today}]|we're having <f> [tonight]|there's <f> for dinner}", f=food), w.say("{<F>, how tasty|<F> sounds delicious|Mmm, <f>}! {Was it good|Do you like to cook}?", f=food, F=food.capitalize())
    if pick == 2:
        hobby = w.choose(memory.HOBBIES)
        return w.fill("{I {went|tried|started|did} <h> {today|yesterday|last week|with friends}|I'm {learning|doing|practising} <h>|{<h> is fun|I spent the day <h>|I was <h> all day}}", h=hobby), w.say("{That sounds like fun|How nice|Great}! {Do you do it often|What do you like about it|How was it}?")
    if pick == 3:
        job = w.choose(("because I {worked|studied|ran|walked|danced|cleaned|cooked} {all day|a lot|too much|the whole night|since morning}", "because of {my work|my exam|the kids|the noise|the weather|my boss}", "I {worked|studied|cleaned} {all day|all night|the whole day}", "it was a {long|hard|busy} {day|week}", "I had {a lot of work|no break|no sleep|too many meetings}"))
        return w.fill(job), w.say("{That sounds tiring|That sounds hard|I understand}. {You deserve a rest|Take a break, you've earned it|I hope you can rest soon}.")
    if pick == 4:
        return w.fill("{my {day|week|weekend|morning|trip|holiday} was {good|great|nice|lovely|fun|fine|ok}|it was {good|great|nice|lovely|fun}|{very good|pretty good|quite nice|it went well}}"), w.say("{I'm glad to hear that|That's good to hear|How nice}! What was the best part?")
    return w.fill("{I'm {reading|watching} {a book|a film|a series|the news|a match}|I'm {on the train|in the car|at home|in the kitchen|in the garden|in bed|at work|outside|on the bus|at the beach}|I'm {waiting for|talking to|playing with|looking for} {a friend|my {dog|cat|son|sister|bus|wife}}|we have {visitors|guests|a party}}"), w.say("{That sounds nice|How nice|I see}! {What are you going to do next|Is it nice|Are you enjoying it}?")


REMARK_SUBJECTS = "my neighbour|my friend|my brother|my sister|my boss|my teacher|my son|my daughter|the cat|the dog|the baby|our team|my uncle|somebody|the old lady next door|a man on the bus|everyone|my class|the weather|the train|my phone|the shop".split("|")
REMARK_VERBS = "{bought|sold|painted|found|lost|wants|made|cleaned|has|built|needs|broke|saw|repaired|showed me|talks about|likes|brought|dreams of}"
REMARK_OBJECTS = "a {new|red|big|strange|very old|beautiful|huge|wooden|broken|lovely|funny} {boat|kite|garden|chair|song|hat|book|door|lamp|bicycle|picture|house|tree|box|plan|shirt|cake|clock|coat|drum|roof|sofa}"


def general_remark(w: Writer) -> Turn:
    """A remark about anything at all, with an answer that invites more."""
    remark = w.fill(
        "{<s> " + REMARK_VERBS + " " + REMARK_OBJECTS + "[ {today|again|yesterday|last week}]|I {" + REMARK_VERBS[1:-1].replace("wants", "want").replace("needs", "need").replace("|has", "|have").replace("talks", "talk").replace("likes", "like").replace("|dreams", "|dream").replace("|showed me", "|drew")
        + "} " + REMARK_OBJECTS + "[ {today|again|yesterday|last week}]|{today|yesterday|this morning} <s> " + REMARK_VERBS + " " + REMARK_OBJECTS + "|there is " + REMARK_OBJECTS + " in {my|our} {garden|kitchen|street|room|office}|<s> is {late|loud|funny|quiet|asleep|angry|very kind|strange|great} [today]}",
        s=w.choose(REMARK_SUBJECTS),
    )
    return remark, w.say("{Really|Oh|I see|That's interesting|How interesting}{!|.} {Tell me more about it.|What do you think about that?|How do you feel about that?}")


def conversation(w: Writer) -> tuple[str | None, list[Turn]]:
    """A system prompt or none, and the turns as (user, assistant), clean on the assistant side, noisy on the user side."""
    system = w.say(w.choose(SYSTEM_PROMPTS)) if w.chance(0.25) else None
    turns: list[Turn] = []
    pick = w.rng.random()
    if w.chance(WRITTEN):
        return system, [(w.heard(user, reword=w.chance(0.15)), assistant) for user, assistant in written_stretches(w)]
    if w.chance(0.04):
        turns = misspelt_exchange(w)
    elif pick < 0.64:
        turns = exchange(w)
        while w.chance(0.4):
            turns += exchange(w)
    elif pick < 0.72:
        turns = sequence_follow_up(w) if w.chance(0.4) else [statement(w)]
    elif pick < 0.76:
        turns = _unknown_person(w)
    elif w.chance(0.12):
        turns = more_turns.conclusion(w, exchange)
    elif w.chance(0.58):
        turns = open_memory.remembering(w, exchange)
    elif w.chance(0.68):
        turns = copying.remembering(w, exchange)
        if w.chance(0.06):
            turns = [(misspelt(w, user, swaps=False), assistant) for user, assistant in turns]
    else:
        turns = _remembering(w)
    turns = _spice(w, turns)
    if w.chance(0.08):
        turns.append(talk.reply(w, w.choose((talk.GOODBYES, talk.THANKS))))
    return system, [(w.heard(user), assistant) for user, assistant in turns]


def _unknown_person(w: Writer) -> list[Turn]:
    """Asked for something personal that was not told; sometimes it is told then and asked again."""
    _, ask, answer = w.choose(memory.NEVER_TOLD)
    turns = exchange(w) if w.chance(0.4) else []
    if ask is memory.NAME_ASK and w.chance(0.5):
        name = memory.name_of(w)
        turns.append((w.fill(ask), w.say(answer)))
        turns.append((w.fill("{{it's|it is|my name is|I'm|well, it's|I am} <n>|<n>|my name's <n>|oh, it's <n>|call me <n>|it's <n>, remember it}", n=name), w.say("{Nice to meet you|Thank you|Hello}, <n>!", n=name)))
        if w.chance(0.5):
            turns += exchange(w)
        turns.append((w.fill(ask) if w.chance(0.7) else w.fill("{and now|so, who am I now|now do you know it|what is it now|so what is it}?"), f"Your name is {name}."))
        return turns
    turns.append((w.fill(ask), w.say(answer)))
    return turns


def _remembering(w: Writer) -> list[Turn]:
    """One to three things told, other talk in between, then asked for."""
    items, keys = [], set()
    for _ in range(w.choose((1, 1, 1, 2, 2, 3))):
        thing = memory.item(w)
        group = thing.key.split(" ")[0]
        if thing.key not in keys and not (group in ("count", "counts", "pet") and keys & {"count", "counts", "pet"}):
            items.append(thing)
            keys.update((thing.key, group))
    turns: list[Turn] = exchange(w) if w.chance(0.15) else []
    asked: list[Turn] = []
    for thing in items:
        tell = thing.tell
        if w.chance(0.12) and thing.key != "name":
            tell = w.fill("{you know|by the way|I have to say|guess what|fun fact|did you know}, ") + " " + tell
        turns.append((tell, thing.acknowledge))
        if w.chance(0.25):
            turns += exchange(w) if w.chance(0.7) else [statement(w)]
    for thing in items:
        for _ in range(w.choose((0, 0, 1, 1, 1, 2, 3)) if len(turns) < 6 else w.choose((0, 1))):
            turns += exchange(w)[:2] if w.chance(0.85) else [statement(w)]
        asks = w.rng.sample(thing.asks, min(len(thing.asks), w.choose((1, 1, 2))))
        for ask, answer in asks:
            question = w.fill(ask)
            turns.append((w.question(question, 0.15, 0.1) if w.chance(0.5) else question, answer))
        asked += asks[:1]
    if w.chance(0.12):
        groups = {key.split(" ")[0] for key in keys}
        free = [entry for entry in memory.NEVER_TOLD if entry[0] not in groups and not (entry[0] == "pet" and groups & {"count", "counts"}) and not (entry[0] == "relative" and groups & {"count", "counts", "people"})
                and not (entry[0] == "favourite" and groups & {"like", "dislike"}) and not (entry[0] == "plan" and groups & {"remember", "thing", "did"}) and not (entry[0] == "event" and groups & {"plan"}) and not (entry[0] == "name" and "nick" in groups)]
        if free:
            _, ask, answer = w.choose(free)
            turns.append((w.fill(ask), w.say(answer)))
    return turns


def _spice(w: Writer, turns: list[Turn]) -> list[Turn]:
    """Repeats and short reactions between the turns."""
    out: list[Turn] = []
    for user, assistant in turns:
        out.append((user, assistant))
        pick = w.rng.random()
        if pick < 0.03 and len(assistant) < 120:
            out.append((w.fill(REPEAT), assistant))
        elif pick < 0.055:
            out.append(talk.reply(w, REACT[:2] if assistant.endswith("?") else REACT))
    return out


def clean(turns: list[Turn]) -> bool:
    """No user turn is, or holds, one of the evaluation's."""
    whole, inside = held_out()
    for user, _ in turns:
        text = normalise(user)
        if not text or text in whole or inside.search(text):
            return False
    return True


def stream(seed: int):
    """An endless stream of (system, turns)."""
    w = Writer(seed)
    while True:
        system, turns = conversation(w)
        if clean(turns):
            yield system, [(user, tidy(assistant)) for user, assistant in turns]


if __name__ == "__main__":
    import itertools
    import sys

    for system, turns in itertools.islice(stream(int(sys.argv[1]) if len(sys.argv) > 1 else 0), 12):
        print("---", system or "")
        for user, assistant in turns:
            print(f"  U {user}\n  A {assistant}")
