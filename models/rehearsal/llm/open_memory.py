"""Anything at all that a user may mention and ask for later: where things lie, what to buy, who did what, when, why, how many.

Values and keys come from long lists or are coined, other facts of the same kind stand between, and what was never told is
asked for as well, so that the network must look it up rather than know the slot.
"""

import re
from dataclasses import dataclass, field

import copying
import memory
from copying import NAMES, coined, pick
from open_words import ACTS, ADJECTIVES, CLOCK, CODES, COMES, DAYS, EVENTS, EXCUSES, GROCERIES, MATERIALS, MONTH_DAYS, PEOPLE, PLURALS, SKILLS, SPOTS, SUBJECTS, TASKS, THINGS
from writer import Writer, article


@dataclass
class Fact:
    """`key` keeps two of a kind apart; `topic` is what a vague question names; the answer is one full sentence."""

    key: str
    tell: str
    asks: list[tuple[str, str]]
    topic: str
    answer: str
    more: list[tuple[str, str]] = field(default_factory=list)


SWAPS = {"my": "your", "me": "you", "i": "you", "i'm": "you're", "our": "your", "we": "you", "us": "you", "mine": "yours", "myself": "yourself", "am": "are", "i've": "you've", "we're": "you're", "was": "was"}


def yours(text: str) -> str:
    """`text` said back to the one who said it: my becomes your."""
    return " ".join(SWAPS.get(word.lower(), word) for word in text.split(" "))


def up(text: str) -> str:
    return text[:1].upper() + text[1:]


def thing(w: Writer, plural: float = 0.15) -> tuple[str, str, str]:
    """A thing with its owner word, its plain noun, and the verb: ("my old ladder", "ladder", "is")."""
    if w.chance(plural):
        noun, verb = w.choose(PLURALS), "are"
    else:
        noun, verb = (coined(w) if w.chance(0.08) else w.choose(THINGS)), "is"
    adjective = w.choose(ADJECTIVES) + " " if w.chance(0.2) else ""
    return f"{w.choose(('my', 'my', 'my', 'the', 'our'))} {adjective}{noun}", noun, verb


def spot(w: Writer) -> str:
    noun = w.choose(SPOTS) if w.chance(0.9) else coined(w)
    return w.fill("{in|in|in|under|behind|next to|on|on top of|inside|beside|near|at the back of|below|in front of} {the|the|the|my} <n>", n=noun)


def person(w: Writer) -> str:
    return f"my {w.choose(PEOPLE)}" if w.chance(0.55) else pick(w, NAMES, 0.3)


def when(w: Writer) -> str:
    pick_ = w.rng.random()
    if pick_ < 0.4:
        return w.choose(CLOCK)
    if pick_ < 0.8:
        return w.choose(DAYS)
    return f"{w.choose(DAYS[:7])} {w.choose(CLOCK)}"


def listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def where(w: Writer) -> Fact:
    owner, noun, be = thing(w, 0.25)
    place = spot(w)
    tell = w.fill("{I {put|left|hid|stored|keep|have put|placed|forgot|stashed} <o> <p>|<o> <b> <p>|<o> <b> {now |always |still |lying |kept |hidden }<p>|you {can|will} find <o> <p>|<p> <b> <o>|<o> {goes|go} <p>|I moved <o>, now {it's|they're} <p>}".replace("{goes|go}", "goes" if be == "is" else "go").replace("{it's|they're}", "it's" if be == "is" else "they're"), o=owner, b=be, p=place)
    they = "it" if be == "is" else "they"
    ask = w.fill("{where <b> <m>|where {did I put|did I leave|have I put|did I hide|do I keep|can I find|could I find|should I look for} <m>|where <b> <m>[ now]|do you {know|remember|recall} where <m> <b>|where did I say <m> <b>|tell me where <m> <b>|what did I do with <m>|in which place <b> <m>|can you tell me where I put <m>|I can't find <m>, where <b> <t>|I'm looking for <m>|where was it that I put <m>|where must I look for <m>|have you any idea where <m> <b>|help me find <m>|which place did I put <m> in|<m>, where <b> <t>}?",
                 b=be, m=w.choose((owner, f"my {noun}", f"the {noun}")), t=they)
    answer = f"{up(yours(owner))} {be} {yours(place)}."
    asks = [(ask, answer)] * 3 + [(w.fill("{what is <p>|what did I {put|leave|hide|store} <p>|what have I got <p>}?", p=place), answer)]
    other = spot(w)
    if other != place:
        asks.append((w.fill("{<b> <m> <p>|did I {put|leave} <m> <p>}?", b=be, m=f"my {noun}", p=other), f"No, {yours(owner)} {be} {yours(place)}."))
        asks.append((w.fill("{<b> <m> <p>|did I {put|leave} <m> <p>}?", b=be, m=f"my {noun}", p=place), f"Yes, {yours(owner)} {be} {yours(place)}."))
    return Fact(f"thing {noun}", tell, asks, f"my {noun}", answer)


def shopping(w: Writer) -> Fact:
    words = w.rng.sample(GROCERIES, w.choose((1, 2, 2, 3, 3, 4)))
    if w.chance(0.2):
        words[0] = coined(w)
    items = listed(words)
    tell = w.fill("{I {need|have|want} to {buy|get} <i>[ {today|tomorrow|later|at the market|after work}]|I must {buy|get|pick up} <i>[ {on the way home|today|tonight}]|we need <i>[ {for dinner|from the shop|for the party}]|we {are|'re} out of <i>|I'm going shopping for <i>|on my {shopping list|list} {are|is|there's|I have} <i>|don't let me forget <i>|I'm off to the {shop|store|market|supermarket} for <i>|{remember|remember this}: <i>[, for the shop]|my shopping list is <i>|"
                  "I should get <i> {later|from the shop}|my wife wants me to buy <i>|we have no <i> left}", i=items)
    ask = w.fill("{what do {I|we} {need|have|want} to {buy|get}|what {should|must} I {buy|get|pick up}[ {at the shop|from the shop|on the way home}]|what's on my {shopping list|list}|what was on {my|the} {shopping |}list|what did I {want|need|have} to {buy|get}|what do I need from the {shop|store|market}|what am I shopping for|what are we out of|do you remember {what I need|my shopping list|what I have to buy}|what did I want from the {shop|store}|"
                 "I'm at the {shop|store|supermarket} now, what do I need|tell me my shopping list|read me my list|what groceries do I need|which things do I have to buy|what were the things I need|so what do I buy|remind me what to buy|what shall I bring from the shop|what was I going to buy}?")
    return Fact("shopping", tell, [(ask, f"You need to buy {items}.")] * 2, "my shopping", f"You need to buy {items}.")


def task(w: Writer) -> Fact:
    job = w.choose(TASKS)
    time = w.choose(("", "", " " + when(w)))
    tell = w.fill("{I {have|need|want|ought} to <j><t>|I must <j><t>|I mustn't forget to <j><t>|{don't let me forget|remember that I have|please remember I need|note that I want|it's important for me} to <j><t>|I {promised|plan|was told|still have} to <j><t>|my {task|job|plan|duty}{ for today|} is to <j><t>|I should <j><t>|I'm supposed to <j><t>|I was asked to <j><t>}", j=job, t=time)
    ask = w.fill("{what do I {have|need} to do[<t>]|what {must|should} I do[<t>]|what did I {want|have|need|plan|promise} to do[<t>]|what's my {task|plan|job}|what mustn't I forget|what was I {supposed|going} to do[<t>]|do you remember what I {have|need|want} to do|what did I say I {have|need} to do[<t>]|what was it I had to do|what did I ask you to remember|what's on my to-do list|remind me what I {have|need} to do|tell me what I must do|what am I not allowed to forget|what still needs doing}?", t=time)
    answer = f"You have to {yours(job)}{time}."
    asks = [(ask, answer)] * 2
    if time:
        asks.append((w.fill("{when do I have to <j>|when should I <j>|when must I <j>}?", j=job), answer))
    return Fact("task", tell, asks, "my plans", answer)


def arrives(w: Writer) -> Fact:
    who, time = person(w), when(w)
    base, third = w.choose(COMES).split("|")
    tell = w.fill("{<w> <v> <t>|<t> <w> <v>|<w> {will|is going to|wants to|plans to} <b> <t>}", w=who, v=third, b=base, t=time)
    answer = f"{up(yours(who))} {yours(third)} {time}."
    asks = [(w.fill("{when does <w> <b>|when will <w> <b>|what time does <w> <b>|do you {know|remember} when <w> <v>|when did I say <w> <v>|when is it that <w> <v>|tell me when <w> <v>|at what time does <w> <b>|<w> <v> when|on what day does <w> <b>|how soon does <w> <b>}?", w=who, v=third, b=base), answer)] * 3
    asks += [(w.fill("{who <v> <t>|who will <b> <t>|who did I say <v> <t>|who is it that <v>|who <v>}?", v=third, b=base, t=time), answer), (w.fill("{what {does|will} <w> do <t>|what is <w> doing <t>|what happens <t>}?", w=who, t=time), answer)]
    return Fact(f"person {who}", tell, asks, who, answer)


def acts(w: Writer) -> Fact:
    who = person(w)
    base, third, past, objects = w.choose(ACTS)
    value = w.choose(objects)
    if not value.startswith(("a ", "an ", "the ")) and w.chance(0.15):
        value = coined(w) if base not in ("live in", "work in") else coined(w).capitalize()
    now = third and (not past or w.chance(0.5))
    verb, do = (third, "does") if now else (past, "did")
    time = "" if now else w.choose(("", "", " yesterday", " last week", " on Sunday", " this morning", " today", " last year"))
    tell = w.fill("{<w> <v> <o><t>|<w> <v> <o><t>|<t> <w> <v> <o>|I {heard|think|know} that <w> <v> <o><t>|did you know, <w> <v> <o><t>}", w=who, v=verb, o=value, t=time)
    answer = f"{up(yours(who))} {verb} {value}{time}."
    bare, word = (base.removesuffix(" in"), "where") if base.endswith(" in") else (base, "what")
    asks = [(w.fill("{<q> <d> <w> <b>|<q> <d> <w> <b><t>|do you {know|remember|recall} <q> <w> <v>|<q> did I say <w> <v>|tell me <q> <w> <v>|<q> was it that <w> <v>|can you tell me <q> <w> <v>|I forgot <q> <w> <v>|remind me <q> <w> <v>|<q> is it <w> <v>}?", q=word, d=do, w=who, b=bare, v=verb.removesuffix(" in"), t=time), answer)] * 3
    asks.append((w.fill("{who <v> <o>|who is it that <v> <o>|who did I say <v> <o>|do you remember who <v> <o>|which person <v> <o>|who was it who <v> <o>|tell me who <v> <o>}?", v=verb, o=value), answer))
    return Fact(f"person {who}", tell, asks, who, answer)


def gives(w: Writer) -> Fact:
    who, noun = person(w), w.choose(THINGS)
    if w.chance(0.5):
        verb, base = w.choose((("gave", "give"), ("lent", "lend"), ("sent", "send"), ("sold", "sell"), ("promised", "promise"), ("showed", "show"), ("posted", "post")))
        tell = w.fill("{I <v> my <n> to <w>|I <v> <w> my <n>}", v=verb, n=noun, w=who)
        answer = f"You {verb} your {noun} to {yours(who)}."
        asks = [(w.fill("{who did I <b> my <n> to|to whom did I <b> my <n>|who did I <b> the <n>|who has my <n>|do you remember who I <v> my <n> to|who got my <n>|tell me who I <v> my <n> to|where is my <n>}?", v=verb, b=base, n=noun), answer)] * 2 + [(w.fill("{what did I <b> [to ]<w>|what have I given <w>|what was it I <v> <w>|what did <w> get from me}?", v=verb, b=base, w=who), answer)]
        return Fact(f"thing {noun}", tell, asks, f"my {noun}", answer)
    verb, base = w.choose((("gave", "give"), ("lent", "lend"), ("sent", "send"), ("sold", "sell"), ("brought", "bring"), ("bought", "buy"), ("knitted", "knit"), ("made", "make")))
    value = article(f"{w.choose(ADJECTIVES)} {noun}" if w.chance(0.4) else noun)
    occasion = w.choose(("", "", " for my birthday", " for Christmas", " yesterday", " last week"))
    tell = w.fill("{<w> <v> me <o><t>|I got <o> from <w><t>|<o> is what <w> <v> me<t>}" if verb in ("gave", "sent") else "<w> <v> me <o><t>", w=who, v=verb, o=value, t=occasion)
    answer = f"{up(yours(who))} {verb} you {value}{yours(occasion)}."
    asks = [(w.fill("{what did <w> <b> me[<t>]|what did I get from <w>|what have I got from <w>|do you remember what <w> <v> me|what was it <w> <v> me}?", w=who, b=base, v=verb, t=occasion), answer)] * 2 + [(w.fill("{who <v> me <o>|who <v> me the <n>|who is the <n> from|from whom did I get the <n>|who did the <n> come from}?", v=verb, o=value, n=noun), answer)]
    return Fact(f"person {who}", tell, asks, f"the {noun}", answer)


def attribute(w: Writer) -> Fact:
    owner, noun, be = thing(w, 0.2)
    bare = f"my {noun}"
    kind = w.choose(("colour", "colour", "material", "size", "age"))
    if kind == "colour":
        value = w.choose(copying.FAVOURITE_TABLES["colour"])
        if w.chance(0.15):
            value += " and " + w.choose(memory.COLOURS)
        tell = w.fill("{<o> <b> <v>|the colour of <o> is <v>|I painted <o> <v>|I {have|bought} <o> in <v>}", o=bare, b=be, v=value)
        ask = w.fill("{what colour <b> <o>|which colour <b> <o>|what's the colour of <o>|do you remember what colour <o> <b>|what colour did I say <o> <b>|tell me the colour of <o>|<o> <b> what colour}?", o=bare, b=be)
        rest = f"{be} {value}"
    elif kind == "material":
        value = w.choose(MATERIALS)
        tell = w.fill("{<o> <b> made of <v>|<o> <b> {all|pure} <v>}", o=bare, b=be, v=value)
        ask = w.fill("{what <b> <o> made of|what did I say <o> <b> made of|which material <b> <o>|do you remember what <o> <b> made of|tell me what <o> <b> made of}?", o=bare, b=be)
        rest = f"{be} made of {value}"
    elif kind == "size":
        value = w.fill("<n> {metres|centimetres|feet|inches}", n=memory.COUNT_WORDS[w.between(2, 12)] if w.chance(0.5) else w.between(2, 99)) + " " + w.choose(("long", "wide", "tall", "high"))
        tell = f"{bare} {be} {value}"
        ask = w.fill("{how <s> <b> <o>|do you remember how <s> <o> <b>|what size <b> <o>|how <s> did I say <o> <b>|tell me how <s> <o> <b>}?", s=value.split(" ")[-1], o=bare, b=be)
        rest = f"{be} {value}"
    else:
        value = f"{w.choose(memory.COUNT_WORDS[2:13]) if w.chance(0.5) else w.between(13, 99)} years old"
        tell = f"{bare} {be} {value}"
        ask = w.fill("{how old <b> <o>|do you remember how old <o> <b>|how old did I say <o> <b>|what's the age of <o>}?", o=bare, b=be)
        rest = f"{be} {value}"
    answer = f"Your {noun} {rest}."
    asks = [(ask, answer)] * 2
    if kind == "colour":
        other = w.choose(memory.COLOURS)
        asks.append((f"{be} {bare} {other}?", f"{'Yes' if other == value else 'No'}, your {noun} {rest}."))
        asks.append((f"{be} {bare} {value}?", f"Yes, your {noun} {rest}."))
    return Fact(f"thing {noun}", tell, asks, bare, answer)


def price(w: Writer) -> Fact:
    noun = w.choose(THINGS)
    money = f"{w.number(w.between(2, 99)) if w.chance(0.8) else w.between(100, 999)} {w.choose(('euros', 'pounds', 'dollars', 'francs', 'crowns'))}"
    tell = w.fill("{I paid <m> for {the|my|a} <n>|{the|my} <n> cost[ me] <m>|I {bought|got} {the|my|a} <n> for <m>|they want <m> for the <n>|the <n> is <m>|I sold my <n> for <m>}", m=money, n=noun)
    kind = "paid" if "paid" in tell or "bought" in tell or "got" in tell else "sold" if "sold" in tell else "cost"
    if kind == "sold":
        return Fact(f"thing {noun}", tell, [(w.fill("{how much did I {sell|get for} my <n>|what did I get for my <n>|for how much did I sell my <n>|what was the price of my <n>}?".replace("{sell|get for}", "get for"), n=noun), f"You sold your {noun} for {money}.")], f"my {noun}", f"You sold your {noun} for {money}.")
    answer = f"You paid {money} for the {noun}." if kind == "paid" else f"The {noun} costs {money}." if " is " in tell or "want" in tell else f"The {noun} cost {money}."
    ask = w.fill("{how much did I pay for the <n>|what did I pay for the <n>|what did the <n> cost|how much was the <n>|what was the price of the <n>|do you remember what I paid for the <n>|how much money did I spend on the <n>|how expensive was the <n>}?" if kind == "paid" else "{how much {is|was|does} the <n>|what {is|was} the price of the <n>|what {does|did} the <n> cost|how expensive is the <n>|how much did I say the <n> costs|do you remember the price of the <n>}?".replace("{is|was|does} the", "{is|was} the"), n=noun)
    return Fact(f"thing {noun}", tell, [(ask, answer)] * 2, f"the {noun}", answer)


def reason(w: Writer) -> Fact:
    state, cause = w.choose(EXCUSES)
    tell = w.fill("{I'm <s> because <c>|I'm so <s> because <c>|<c>, {so|that's why} I'm <s>|I am <s>, <c>}", s=state, c=cause)
    answer = f"You're {state} because {yours(cause)}."
    ask = w.fill("{why am I <s>|why did I say I'm <s>|do you {know|remember} why I'm <s>|what's the reason I'm <s>|what made me <s>|how come I'm <s>|why was I <s> again|tell me why I'm <s>}?", s=state)
    return Fact("mood", tell, [(ask, answer)] * 2, "how I feel", answer)


def code(w: Writer) -> Fact:
    kind = w.choose(CODES)
    if kind in ("wifi password", "password", "code word"):
        value = w.choose((coined(w), w.choose(memory.WORDS), f"{w.choose(memory.WORDS)} {w.choose(memory.WORDS)}", f"{w.choose(memory.WORDS)} {w.number(w.between(1, 99))}"))
    elif kind in ("phone number", "pin number", "door code", "gate code", "order number", "customer number", "ticket number"):
        digits = [str(w.between(0, 9)) for _ in range(w.choose((3, 4, 4, 5, 6)))]
        value = w.choose((" ".join(digits), "".join(digits), " ".join(memory.COUNT_WORDS[int(digit)] for digit in digits)))
    elif kind in ("flight number", "seat number", "gate") and w.chance(0.7):
        value = w.choose("ABCDEFGHKLMR") + str(w.between(1, 99)) if w.chance(0.5) else str(w.between(1, 60)) + w.choose("ABCDEF")
    else:
        value = str(w.between(1, 40)) if w.chance(0.5) else str(w.between(41, 999))
    value = str(value)
    tell = w.fill("{{my|the} <k> is <v>|they gave me <k> <v>|I have <k> <v>|{remember|note down|keep in mind}{ that|}{ my| the} <k>{ is|:} <v>|<v> is my <k>|I was given <k> <v>|it's <k> <v>|the <k> I got is <v>}", k=kind, v=value)
    answer = f"Your {kind} is {value}."
    ask = w.fill("{what{'s| is} {my|the} <k>|what was {my|the} <k>|which <k> {do I have|did they give me|did I say|is mine}|do you {know|remember|still have} {my|the} <k>|tell me {my|the} <k>|can you repeat {my|the} <k>|what did I say my <k> is|I forgot my <k>|remind me of my <k>|say {my|the} <k> again|what <k> did I {mention|tell you|give you}}?", k=kind)
    return Fact(f"code {kind}", tell, [(ask, answer)] * 2, f"my {kind}", answer)


def count_any(w: Writer) -> Fact:
    from facts import plural

    noun = w.choose(THINGS + memory.OWNED)
    many = plural(noun)
    number = w.between(2, 12) if w.chance(0.7) else w.between(13, 99)
    word = memory.COUNT_WORDS[number] if number <= 12 else str(number)
    said = word if w.chance(0.7) else str(number)
    verb, past = w.choose((("buy", "bought"), ("find", "found"), ("sell", "sold"), ("make", "made"), ("lose", "lost"), ("need", "need"), ("own", "own"), ("see", "saw"), ("count", "counted"), ("order", "ordered"), ("plant", "planted")))
    if w.chance(0.4):
        place = "in my " + w.choose(SPOTS[:9] + ["house", "room", "flat", "office", "shop", "street", "school", "bag"])
        tell = w.fill("{there are <c> <m> <p>|I have <c> <m> <p>|<p> there are <c> <m>|I counted <c> <m> <p>}", c=said, m=many, p=place)
        answer = f"There are {word} {many} {yours(place)}."
        ask = w.fill("{how many <m> are {there |}<p>|how many <m> do I have[ <p>]|how many <m> did I {mention|count}|what's the number of <m> <p>|do you remember how many <m> are <p>}?", m=many, p=place)
    else:
        time = "" if verb in ("need", "own") else w.choose(("", " today", " yesterday", " last week"))
        tell = w.fill("I <v> <c> <m><t>", v=past, c=said, m=many, t=time)
        answer = f"You {past} {word} {many}{time}."
        ask = w.fill("{how many <m> {did|did} I <b>|how many <m> did I say I <v>|how many <m> was it|what number of <m> did I <b>|do you remember how many <m> I <v>|how many <m> did I mention|tell me how many <m> I <v>}?" if verb not in ("need", "own") else "{how many <m> do I <b>|how many <m> did I say I <b>|do you remember how many <m> I <b>|tell me how many <m> I <b>}?", m=many, b=verb, v=past)
    return Fact(f"thing {noun}", tell, [(ask, answer)] * 2, f"the {many}", answer)


def event(w: Writer) -> Fact:
    """An event with a time, a place or a companion; the time is sometimes changed in a later turn."""
    kind, time = w.choose(EVENTS), when(w)
    place = w.choose(("", "", f" in {pick(w, copying.PLACES, 0.3)}", f" at {w.choose(('the library', 'the town hall', 'my school', 'the church', 'the old mill', 'the hotel', 'my office', 'the harbour', 'the stadium', 'the park'))}"))
    tell = w.fill("{{my|the} <e> is <t><p>|I have {my|the} <e> <t><p>|{my|the} <e> {starts|begins} <t><p>|<t> {is my <e><p>|I have my <e><p>}|we planned the <e> <t><p>|they moved the <e>, it's <t><p>}", e=kind, t=time, p=place)
    answer = f"Your {kind} is {time}{yours(place)}."
    asks = [(w.fill("{when is {my|the} <e>|when's my <e>|what time is {my|the} <e>|when does {my|the} <e> {start|begin}|do you remember when {my|the} <e> is|when did I say {my|the} <e> is|on which day is my <e>|how soon is my <e>|tell me when my <e> is|at what time is {my|the} <e>|when do I have my <e>}?", e=kind), answer)] * 2
    if place:
        asks += [(w.fill("{where is {my|the} <e>|where's my <e>|where do I have my <e>|where does the <e> take place|do you remember where my <e> is|in what place is my <e>|where do I have to go for my <e>}?", e=kind), answer)] * 2
    asks.append((w.fill("{what do I have <t>|what's <t>|what is happening <t>|what did I say I have <t>|what have I got <t>}?", t=time), answer))
    fact = Fact(f"event {kind}", tell, asks, f"my {kind}", answer)
    if w.chance(0.3):
        new = when(w)
        if new != time:
            later = f"Your {kind} is {new}{yours(place)}."
            fact.more = [(w.fill("{{no|sorry|wait|oh}, {the <e> is|it's|I mean|actually it's|it's really} <t>|{actually|correction}, {the|my} <e> is <t>|they {moved|changed} {it|the <e>}, {it's|now it's} <t>|my <e> {was moved to|is now} <u>|the <e> has changed to <u>|I was wrong, {it's|the <e> is} <t>}", e=kind, t=new, u=new.removeprefix("at ").removeprefix("on ")), w.say("{OK|Got it|All right}, your <e> is <t>.", e=kind, t=new))]
            fact.asks = [(question, later) for question, _ in asks[:-1]]
            fact.answer = later
    return fact


def date(w: Writer) -> Fact:
    who = w.choose(("my birthday", "our anniversary", "my wedding day", "my first day of work", "the deadline", "moving day", "my name day", "our holiday", "my graduation", f"my {w.choose(PEOPLE)}'s birthday", f"{pick(w, NAMES)}'s birthday"))
    day = w.choose(MONTH_DAYS)
    day = ("in " + w.choose(memory.MONTHS)) if w.chance(0.2) else "on " + day
    tell = w.fill("{<o> is <d>|<d> is <o>|we celebrate <o> <d>|<o>, remember, is <d>}", o=who, d=day)
    answer = f"{up(yours(who).replace('My ', 'Your '))} is {day}."
    return Fact(f"date {who}", tell, [(w.fill("{when is <o>|when's <o>|what date is <o>|on which day is <o>|do you {know|remember} when <o> is|when did I say <o> is|what day is <o>|in what month is <o>|tell me when <o> is|what's the date of <o>}?", o=who), answer)] * 2, who, answer)


def trip(w: Writer) -> Fact:
    place, time, who = pick(w, copying.PLACES, 0.3), w.choose(DAYS), person(w)
    how = w.choose(("", " by train", " by car", " by bus", " by boat", " by plane", " by bike"))
    tell = w.fill("{I'm {going|travelling|off|driving|moving} to <c><h> <t> with <w>|<t> I'm {going|travelling} to <c><h> with <w>|<w> and I are going to <c><h> <t>|I'm visiting <c> <t> with <w>}", c=place, t=time, w=who, h=how)
    how = how if "visiting" not in tell else ""
    answer = f"You're going to {place}{how} {time} with {yours(who)}."
    asks = [(w.fill("{where am I {going|travelling|off to}[ <t>]|where will I go[ <t>]|{which|what} {city|town|place} am I {going|travelling} to|what's my destination|where did I say I'm going|do you remember where I'm {going|travelling}|what are my plans[ <t>]|where am I heading}?", t=time), answer)] * 2
    asks += [(w.fill("{who am I going with|with whom am I {travelling|going}|who is coming with me|who's going with me|who do I travel with|who comes along[ to <c>]}?", c=place), answer), (w.fill("{when am I {going|travelling}[ to <c>]|when do I {leave|travel}|when is my trip[ to <c>]|when will I be in <c>}?", c=place), answer)]
    if how:
        asks.append((w.fill("{how am I {travelling|getting there|going to <c>}|how do I get {there|to <c>}|what do I take to <c>}?", c=place), answer))
    return Fact("trip", tell, asks, "my trip", answer)


def nickname(w: Writer) -> Fact:
    noun, value = w.choose("car boat bike house plant cactus teddy robot vacuum_cleaner guitar blog band van tractor cottage horse doll computer shop cafe team canoe piano lawnmower tent school street village".split()).replace("_", " "), pick(w, copying.PET_NAMES + NAMES[:100], 0.5)
    tell = w.fill("{I {call|named|call} my <n> <v>|my <n> is {called|named} <v>|my <n>'s name is <v>|the name of my <n> is <v>|<v> is {what I call|the name of} my <n>|we christened the <n> <v>|I have <a> called <v>}", n=noun, v=value, a=article(noun))
    answer = f"Your {noun} is called {value}."
    return Fact(f"thing {noun}", tell, [(w.fill(copying.called(f"my {noun}")), answer)] * 2 + [(w.fill("{what is <v>|who or what is <v>|what did I name <v>|which thing is called <v>}?", v=value), answer)], f"my {noun}", answer)


def prefers(w: Writer) -> Fact:
    if w.chance(0.5):
        table = w.choose((copying.FOODS, copying.ANIMALS, copying.SPORTS, memory.DRINKS, memory.MUSIC_KINDS, memory.MONTHS))
        a, b = w.rng.sample(table, 2)
        tell = w.fill("{I {prefer|like} <a> {to|more than|better than} <b>|I {prefer|like} <a> {to|more than|better than} <b>|give me <a> over <b> any day|between <a> and <b> I'd take <a>|I'd rather have <a> than <b>}", a=a, b=b).replace("prefer " + a + " more than", "prefer " + a + " to").replace("prefer " + a + " better than", "prefer " + a + " to").replace("like " + a + " to", "like " + a + " more than")
        x, y = w.choose(((a, b), (b, a)))
        return Fact("prefers", tell, [(w.fill("{{which|what} do I {prefer|like {more|better}|like best}, <x> or <y>|do I {prefer|like} <x> or <y>|<x> or <y>, {what|which} do I {like|prefer}|what do I prefer|which of the two do I like}?", x=x, y=y), f"You prefer {a} to {b}.")] * 2, "what I prefer", f"You prefer {a} to {b}.")
    what, ways = w.choose((("coffee", "black|with milk|with sugar|with oat milk|without sugar|with two sugars|strong|iced"), ("tea", "with lemon|with milk|with honey|without milk|sweet|green|with mint"), ("eggs", "fried|boiled|scrambled|soft|hard|poached"), ("steak", "rare|well done|medium|with pepper"), ("pizza", "with mushrooms|with extra cheese|without olives|with pineapple|with tuna"), ("toast", "with jam|with butter|burnt|with honey"), ("water", "cold|warm|with ice|with lemon")))
    way = w.choose(ways.split("|"))
    tell = w.fill("{I {like|take|have|want|drink} my <k> <v>|I always {take|have|like} my <k> <v>|my <k> must be <v>|for me, <k> <v>[, please]|<k> <v>, that's how I like it}".replace("|drink", "|drink" if what in ("coffee", "tea", "water") else "|like"), k=what, v=way)
    return Fact(f"thing {what}", tell, [(w.fill("{how do I {like|take|want} my <k>|how should my <k> be|do you remember how I {like|take} my <k>|how did I say I like my <k>|what kind of <k> do I like|how do you serve my <k>|how do I have my <k>}?", k=what), f"You like your {what} {way}.")] * 2, f"my {what}", f"You like your {what} {way}.")


def habit(w: Writer) -> Fact:
    what = w.choose("go running|go swimming|play cards|have choir practice|meet my friends|visit my parents|do yoga|water the garden|call my mother|play football|go dancing|have a piano lesson|take the dog to the vet|cook for the family|go to the market|bake bread|clean the house|work late|see my therapist|have chess club|take a bath|read to my son|teach a class|go to the cinema".split("|"))
    time = w.choose([f"every {day}" for day in memory.DAYS] + [f"on {day}s" for day in memory.DAYS] + ["every morning", "every evening", "twice a week", "once a month", "before breakfast", "after work", "at the weekend", "every other day"]) + (" " + w.choose(CLOCK) if w.chance(0.2) else "")
    tell = w.fill("{I <d> <t>|<t> I <d>|I always <d> <t>|I usually <d> <t>}", d=what, t=time)
    answer = f"You {yours(what)} {time}."
    return Fact(f"habit {what}", tell, [(w.fill("{when do I <d>|how often do I <d>|do you remember when I <d>|when did I say I <d>|on which day do I <d>|tell me when I <d>}?", d=what), answer)] * 2 + [(w.fill("{what do I do <t>|what did I say I do <t>|what am I doing <t>}?", t=time), answer)], "my week", answer)


def person_fact(w: Writer) -> Fact:
    who = person(w)
    kind = w.choose(("job", "from", "age", "pet", "height"))
    if kind == "job":
        value = article(w.choose(memory.JOBS))
        tell, answer = w.fill("{<w> is <v>|<w> works as <v>|<w> {became|wants to be} <v>}", w=who, v=value), f"{up(yours(who))} works as {value}."
        if "wants" in tell:
            answer = f"{up(yours(who))} wants to be {value}."
            ask = w.fill("{what does <w> want to be|what job does <w> want|what did I say <w> wants to be}?", w=who)
        else:
            ask = w.fill("{what {does|is} <w>|what does <w> do[ for a living]|what's <w>'s {job|profession}|what work does <w> do|which job does <w> have|do you remember what <w> does|what did I say <w> does}?".replace("{does|is} <w>|", "does <w> work as|"), w=who)
    elif kind == "from":
        value = w.choose((pick(w, copying.PLACES, 0.3), w.choose(memory.HOMELANDS)))
        tell, answer = w.fill("{<w> is from <v>|<w> comes from <v>|<w> was born in <v>|<w> grew up in <v>}", w=who, v=value), ""
        verb = next(part for part in ("is from", "comes from", "was born in", "grew up in") if part in tell)
        answer = f"{up(yours(who))} {verb} {value}."
        ask = w.fill({"is from": "{where is <w> from|where does <w> come from}", "comes from": "{where does <w> come from|where is <w> from}", "was born in": "{where was <w> born|in which place was <w> born}", "grew up in": "{where did <w> grow up|in which town did <w> grow up}"}[verb] + "?", w=who)
    elif kind == "age":
        value = w.between(1, 95)
        tell, answer = w.fill("{<w> is <v>[ years old]|<w> {just turned|turned|is turning} <v>}".replace("|is turning", ""), w=who, v=w.number(value)), f"{up(yours(who))} is {copying.years(value)} years old."
        if "years" not in tell and "turned" not in tell:
            tell += " years old"
        ask = w.fill("{how old is <w>|what's <w>'s age|what age is <w>|do you remember how old <w> is|how old did I say <w> is|tell me the age of <w>}?", w=who)
    elif kind == "pet":
        animal, name = w.choose(copying.PETS), pick(w, copying.PET_NAMES, 0.4)
        tell, answer = w.fill("{<w> has <a> {called|named} <n>|<w>'s <k> is {called|named} <n>}", w=who, a=article(animal), k=animal, n=name), f"{up(yours(who))} has {article(animal)} called {name}."
        ask = w.fill("{what's <w>'s <k> called|what pet does <w> have|which animal does <w> have|what's the name of <w>'s <k>|who is <n>|do you remember the name of <w>'s <k>}?", w=who, k=animal, n=name)
    else:
        value = w.choose(("tall", "short", "shy", "funny", "strict", "kind", "very clever", "afraid of dogs", "good at maths", "always late", "a vegetarian", "left-handed", "very rich", "a good cook", "deaf", "in hospital", "on holiday", "in love", "allergic to nuts"))
        tell, answer = f"{who} is {value}", f"{up(yours(who))} is {value}."
        ask = w.fill("{what is <w> like|what did I {say|tell you} about <w>|what do you know about <w>|how is <w>|tell me about <w>|do you remember something about <w>}?", w=who)
    return Fact(f"person {who}", tell, [(ask, answer)] * 3, who, answer)


def doing(w: Writer) -> Fact:
    if w.chance(0.5):
        verb, kind = w.choose((("reading", "a book"), ("watching", "a film"), ("writing", "a story"), ("watching", "a series"), ("reading", "a novel"), ("writing", "a poem"), ("making", "a film"), ("preparing", "a talk"), ("listening to", "a podcast"), ("painting", "a picture"), ("singing", "a song")))
        value = w.choose(SUBJECTS)
        tell = w.fill("{I'm {now |just |still |}<v> <k> about <s>|I started <v> <k> about <s>|the {book|film|story} I'm <v> is about <s>}" if kind in ("a book", "a film", "a story") else "I'm {now |just |still |}<v> <k> about <s>", v=verb, k=kind, s=value)
        answer = f"You're {verb} {kind} about {value}."
        return Fact(f"doing {kind}", tell, [(w.fill("{what am I <v>|what's my <k> about|what is the <k> about|what <k> am I <v>|do you remember what I'm <v>|what did I say I'm <v>|which <k> did I mention}?", v=verb, k=kind.split(" ")[1]), answer)] * 2, f"my {kind.split(' ')[1]}", answer)
    value = w.choose(SKILLS)
    tell = w.fill("{I'm learning {to|how to} <s>|I want to learn to <s>|I'm taking lessons to learn to <s>|I can <s> {now|since last year|quite well}}", s=value)
    if " can " in tell:
        return Fact("skill", tell, [("{what can I do|what did I say I can do|which skill do I have|what skill did I mention}?", f"You can {value}.")], "my skills", f"You can {value}.")
    answer = f"You're learning to {value}." if "want" not in tell else f"You want to learn to {value}."
    return Fact("skill", tell, [("{what am I learning|what do I want to learn|what did I say I'm learning|which skill did I mention|what new thing am I learning|do you remember what I'm learning}?", answer)] * 2, "what I learn", answer)


def pairs(w: Writer) -> Fact:
    """Two of a kind in one sentence, told apart by one word."""
    pick_ = w.rng.random()
    if pick_ < 0.35:
        a, b = w.rng.sample(memory.COLOURS, 2)
        box = w.choose("box bag drawer jar basket folder cup door key bottle bin suitcase pot envelope tin".split())
        x, y = w.rng.sample(GROCERIES + [thing for thing in PLURALS], 2)
        tell = w.fill("the <a> <k> {has|holds|is for|is full of} <x> and the <b> {one|<k>} {has|holds|is for|is full of} <y>", a=a, b=b, k=box, x=x, y=y)
        verb = next(part for part in ("has", "holds", "is for", "is full of") if f"{box} {part}" in tell)
        tell = re.sub(r"(and the .*?(?:one|" + box + r")) (?:has|holds|is for|is full of) ", rf"\1 {verb} ", tell)
        one, two = f"The {a} {box} {verb} {x}.", f"The {b} {box} {verb} {y}."
        asks = [(f"{{what's in the {c} {box}|what does the {c} {box} hold|what is the {c} {box} for|what did I say about the {c} {box}|which things belong to the {c} {box}}}?", s) for c, s in ((a, one), (b, two))] + [(f"{{where {'are'} the {v}|which {box} has the {v}|in which {box} are the {v}|which {box} is for the {v}}}?", s) for v, s in ((x, one), (y, two))]
        return Fact(f"thing {box}", tell, asks, f"the {a} {box}", one)
    if pick_ < 0.7:
        a, b = person(w), person(w)
        if a == b:
            b = pick(w, NAMES, 0.0)
        base, third, table = w.choose((("like", "likes", copying.FOODS), ("play", "plays", copying.SPORTS), ("speak", "speaks", memory.LANGUAGES), ("want", "wants", [article(t) for t in THINGS]), ("eat", "eats", copying.FOODS), ("take", "takes", memory.DRINKS), ("hate", "hates", copying.FOODS), ("bring", "brings", copying.FOODS), ("have", "has", [article(p) for p in copying.PETS])))
        x, y = w.rng.sample(table, 2)
        tell = w.fill("<a> <v> <x> {and|but|while} <b> <v> <y>", a=a, b=b, v=third, x=x, y=y)
        one, two = f"{up(yours(a))} {third} {x}.", f"{up(yours(b))} {third} {y}."
        asks = [(f"{{what does {p} {base}|what did I say {p} {third}|do you remember what {p} {third}|and what does {p} {base}|tell me what {p} {third}}}?", s) for p, s in ((a, one), (b, two))] + [(f"{{who {third} {v}|who is it that {third} {v}|which of them {third} {v}}}?", s) for v, s in ((x, one), (y, two))]
        return Fact(f"person {a}", tell, asks, a, one)
    a, b = w.rng.sample(EVENTS, 2)
    s, t = w.rng.sample(DAYS[:7] + CLOCK, 2)
    tell = w.fill("{{my|the} <a> is <s> and {my|the} <b> is <t>|I have my <a> <s> and my <b> <t>}", a=a, b=b, s=s, t=t)
    one, two = f"Your {a} is {s}.", f"Your {b} is {t}."
    return Fact(f"event {a}", tell, [(f"{{when is my {e}|what time is my {e}|when did I say my {e} is|on what day is my {e}|do you remember when my {e} is}}?", v) for e, v in ((a, one), (b, two))] + [(f"{{what do I have {e}|what is {e}}}?", v) for e, v in ((s, one), (t, two))], f"my {a}", one)


FAMILIES = [where] * 10 + [shopping] * 6 + [task] * 5 + [arrives] * 5 + [acts] * 12 + [gives] * 6 + [attribute] * 5 + [price] * 4 + [reason] * 3 + [code] * 6 + [count_any] * 4 + [event] * 6 + [date] * 4 + [trip] * 4 + [nickname] * 4 + [prefers] * 4 + [habit] * 3 + [person_fact] * 6 + [doing] * 3 + [pairs] * 7
VAGUE = "{what did I {say|tell you|mention} about <t>|what do you {know|remember} about <t>|do you remember {what I said about |}<t>|remind me about <t>|tell me {again |}about <t>|what was that about <t>|what was it with <t>|can you tell me something about <t>|what about <t>}?"
LEAD = "{remember this|please remember|remember that|by the way|you know|just so you know|keep in mind|note this|for later|let me tell you|I want you to know|here's something|before I forget|listen|one thing|can you remember this|I'd like you to remember that|I should mention|so}{,|:|,} "
JUST_ACK = "{OK, I'll remember that|All right, I'll remember|Good to know|Got it|I'll keep that in mind|Thanks for telling me|OK, got it|Noted}."
NOT_TOLD = "{I don't know, you haven't told me|You haven't told me that|I don't know that, you haven't told me}."


def fact(w: Writer) -> Fact:
    return w.choose(FAMILIES)(w)


def told(w: Writer, facts: list[Fact]) -> tuple[str, str]:
    """One turn that tells one or two facts, and how it is taken."""
    tell = " and ".join(fact.tell for fact in facts) if w.chance(0.6) else ". ".join(up(fact.tell) for fact in facts)
    if w.chance(0.25):
        tell = w.fill(LEAD) + " " + tell
    if len(facts) == 1 and w.chance(0.4) and facts[0].key != "mood" and not facts[0].more:
        answer = facts[0].answer
        return tell, w.say("{OK|Got it|All right|Good to know|Noted}", ) + ", " + (answer[:1].lower() + answer[1:] if answer.startswith(("Your ", "You ", "You're ", "The ", "There ")) else answer)
    return tell, w.say(JUST_ACK)


def remembering(w: Writer, exchange) -> list[tuple[str, str]]:
    """One to four facts, talk of other things between, then questions: most of what was told, some of what was not."""
    facts: list[Fact] = []
    for _ in range(w.choose((1, 1, 2, 2, 3, 3, 4))):
        new = fact(w)
        if all(new.key != other.key for other in facts):
            facts.append(new)
    turns: list[tuple[str, str]] = exchange(w)[:2] if w.chance(0.15) else []
    rest = list(facts)
    while rest:
        together = 2 if len(rest) > 1 and not rest[0].more and not rest[1].more and w.chance(0.25) else 1
        turns.append(told(w, rest[:together]))
        turns += [turn for one in rest[:together] for turn in one.more]
        rest = rest[together:]
        if w.chance(0.25):
            turns += copying.told(w).tells[:1] if w.chance(0.4) else exchange(w)[:1]
    for _ in range(w.choose((0, 0, 1, 1, 2, 3))):
        turns += exchange(w)[:1]
    order = w.rng.sample(facts, len(facts))
    if w.chance(0.12):
        one = order[0]
        question, answer = one.asks[0]
        return [(f"{up(one.tell)}. {up(w.fill(question))}", answer)] if not one.more else turns
    for one in order:
        kinds = [one.answer] if len(one.asks) <= 3 or w.chance(0.5) else []
        for question, answer in w.rng.sample(one.asks, min(len(one.asks), 1 if w.chance(0.75) else 2)):
            turns.append((w.fill(question), answer))
        if kinds and w.chance(0.12):
            turns.append((w.fill(VAGUE, t=one.topic), one.answer))
        if w.chance(0.12):
            turns += exchange(w)[:1]
    if w.chance(0.18):
        other = fact(w)
        if all(other.key != one.key and other.key.split(" ")[0] != one.key.split(" ")[0] or (" " in other.key and other.key != one.key and other.key.split(" ")[0] in ("thing", "code", "date")) for one in facts) and not other.topic.startswith("the "):
            turns.append((w.fill(other.asks[0][0]), w.say(NOT_TOLD)))
    return turns
