"""What the network can and cannot do, in many words; questions with a sentence before them; follow-ups; conclusions from what was told."""

import copying
import facts
import memory
from copying import NAMES, pick
from facts import plural
from open_memory import PEOPLE, up, yours
from writer import Writer, article

CAN_YOU = "{can you <v>|could you <v>|are you able to <v>|do you know how to <v>|is it possible for you to <v>|can you really <v>|I wonder if you can <v>|are you good enough to <v>|you can't <v>, can you|is there a chance you can <v>|I bet you can't <v>|{would|will} you be able to <v>|do you ever <v>|have you learned to <v>|can something like you <v>}?"
DO_IT = "{can you <v>|could you <v>[ {please|for me}]|please <v>|would you <v>[ {please|for me}]|are you able to <v>|I {want|need|'d like} you to <v>|{will|would} you mind to <v>|<v>[ {please|for me|now|quickly}]|go and <v>|help me: <v>|do me a favour and <v>|I'd be happy if you could <v>}"
TALENTS = "tell jokes|tell stories|tell me a story|make small talk|do sums|add numbers|answer questions|remember my name while we talk|count to ten|say the days of the week|give advice|chat with me|keep me company|talk about animals|name some capitals|remember what I tell you|answer simple questions|speak English|tell me about food|spell a word|talk about the seasons|help me with a small sum".split("|")
BODY = "walk|swim|dance|run|jump|cook|eat|drink|taste food|smell flowers|drive a car|climb a tree|ride a bike|shake hands|clean the kitchen|touch things|fly|play football|play the piano|paint a picture|draw|fold clothes|open the window|wash dishes|hold a pen|feel the sun|blush|sneeze|grow|get ill|see me|see colours|wave|kiss|cry|whistle with your lips|cut my hair|carry my bag|knit|go for a walk|go outside|come over|get wet|sit down|stand up|blink|get hungry|catch a ball|bake a cake".split("|")
DEVICE = (
    "send an email|send a text to my mum|make a call|book a flight|order a pizza|play some music|turn on the light|switch off the heating|set a timer for me|take a photo|browse the web|read my emails|look at my screen|check my calendar|show me pictures|print my letter|download a film|open an app|pay my bill|buy a ticket|find my phone|unlock the door|"
    "play the radio|put on a film|look it up online|google it|search the internet|call a taxi|ring my brother|dim the lights|start the washing machine|record a video|open the garage|charge my phone|raise the blinds|post a picture|feed my cat|water my plants|wake me at seven|remind me tomorrow|reserve a table|play my voicemail|share my location|read the newspaper to me|check the traffic|track my parcel|lock the car|start the car|turn the volume up"
).split("|")
EVER = "been to Paris|seen the sea|eaten pizza|fallen in love|been on a plane|climbed a mountain|been on holiday|met a famous person|had a cold|ridden a horse|broken a bone|been to school|had a job|been scared|told a lie|seen snow|had a dog|tasted chocolate|gone fishing|been at a party|driven a car|slept|been to the moon|won a prize|had a birthday|been lonely|read a book|watched a film".split("|")
OWN = "a car|a house|hands|legs|a job|money|a phone|hair|a bed|a kitchen|clothes|a bicycle|a mouth|ears|a passport|plans for tonight|a garden|a desk|a boss|a salary|a nose|a diary|a watch|a shadow|a twin".split("|")
BECOME = "be human|have a body|travel|be bigger|be famous|have a holiday|see the world|learn more|go outside|have a name of your own|be a robot|eat something|have hands|be free|have a friend|live for ever".split("|")
LIKE_TO_BE = "a network|a computer|you|an AI|a machine|a voice|so small|a program|a rehearsal model|inside a computer".split("|")
WHO = "{who am I talking to|who do I have on the line|who have I got here|what should I call you|tell me who I'm talking to|with whom do I have the pleasure|and you are|what's your name, then|how do people call you|who is answering me|whose voice is this|may I ask your name|I didn't catch your name|what name do you go by|are you called something|you haven't told me your name|what name did they give you|and what's yours|who might you be}?"


def ability(w: Writer) -> tuple[str, str]:
    chance = w.rng.random()
    if chance < 0.17:
        return w.fill(CAN_YOU, v=w.choose(TALENTS)), w.say("{Yes, I can do that. Just ask me!|Yes, I can. Try me!|Yes, gladly. What would you like to hear?}")
    if chance < 0.37:
        return w.fill(CAN_YOU, v=w.choose(BODY)), w.say("{No, I have no body, I can only talk with you.|No, I can't. I'm a small network without a body.|I can't do that, I have no body. I can only talk.}")
    if chance < 0.66:
        return w.fill(DO_IT, v=w.choose(DEVICE)) + w.choose(("", "?")), w.say("{I can't do that, sorry. I can only talk.|Sorry, I can't do that, I can only talk with you.}")
    if chance < 0.76:
        return w.fill("{have you ever <v>|did you ever get to say you have <v>|you have <v>, haven't you|when was the last time you have <v>}?".replace("did you ever get to say you have <v>|", ""), v=w.choose(EVER)), w.say("{No, I'm only a small network, so I've never done that. Have you?|Never, I'm only a network on this machine. And you?}")
    if chance < 0.82:
        return w.fill("{do you {have|own|need} <o>|have you got <o>|where is your <b>|what does your <b> look like}?", o=(thing := w.choose(OWN)), b=thing.removeprefix("a ")), w.say("{No, I'm only a small network, I have no such thing.|I don't have that, I'm only a network on this machine.}")
    if chance < 0.88:
        return w.fill("{would you like to <v>|do you want to <v>|do you wish you could <v>|do you dream of it, to <v>|wouldn't you love to <v>|would it be nice to <v>}?", v=w.choose(BECOME)), w.say("{It would be interesting, but I'm happy as a small network.|I'm fine as I am: a small network that likes to talk.}")
    if chance < 0.92:
        return w.fill("{what's it like to be <x>|how does it feel to be <x>|do you like being <x>|is it nice to be <x>|is it boring to be <x>|what do you do all day, being <x>}?", x=w.choose(LIKE_TO_BE)), w.say("{It's quiet. I wait for people to talk to me, and I like that.|I like it. I listen, and I answer as well as I can.}")
    return w.fill(WHO), w.say("{I'm Antiphon's rehearsal voice, a small network on this machine.|I'm Antiphon's rehearsal voice.|You can call me Antiphon. I'm a small network.}")


PREFACES = (
    "{I'm {doing|solving|stuck on} {a crossword|a quiz|a puzzle|a riddle|my homework|a word game}|my {son|daughter|nephew|niece|grandson|little sister|friend} {has homework|asked me something|wants to know something|has a question|has a test tomorrow}|I'm {writing|working on} {a school book|an essay|a quiz|a story|a letter|a poster}|we're {having a quiz night|playing a quiz|arguing about this|talking about this at dinner}|"
    "I {should know this|learned this at school|used to know this|read about it once|forgot this}|{good morning|good evening|hello there|hi again|hello|hey}|{thanks for that|nice|cool|good|great|lovely|all right|that's clear|I see}|{here's|now} {an easy|another|a simple|a silly|one more} {one|question}[ for you]|{maybe a stupid question|sorry to bother you|just wondering|let me test you|a quick one|something else|new topic|different topic|listen}|"
    "I {have|had} a bet with my {brother|wife|friend}|I'm {teaching a class|studying|reading with my kids|a bit slow today|not good at this}|I {can't|couldn't} {remember|think of it|work it out}|{I need some help here|help me, please|you'll know this|you know a lot|I hope you know this|be quick}}"
)


def prefaced(w: Writer, question: str) -> str:
    """The question after a short sentence of its own."""
    return f"{up(w.fill(PREFACES))}{w.choose(('.', '.', '!', ':', ','))} {up(question) if w.chance(0.7) else question}"


AND = "{and <t>|what about <t>|how about <t>|and what about <t>|<t>|OK, and <t>|and <t> then|now <t>|same for <t>|and how about <t>|and for <t>|and of <t>|then <t>|next, <t>|and with <t>|do the same for <t>|now try <t>}?"


def follow_up(w: Writer) -> list[tuple[str, str]]:
    """One kind of question, asked again with another word only."""
    kind = w.between(0, 6)
    if kind == 0:
        rows = w.rng.sample(facts.OPPOSITES, 3)
        first = w.fill("{what's the opposite of <a>|opposite of <a>|which word means the opposite of <a>|tell me the opposite of <a>}?", a=rows[0][0])
        rest = [(a, f"The opposite of {a} is {b}.") for a, b in rows]
    elif kind == 1:
        nouns = w.rng.sample("mouse goose foot tooth child man woman person sheep leaf knife wolf baby box city cat dog tomato house bus cherry horse".split(), 3)
        first = w.fill("{what's the plural of <a>|plural of <a>|how do you say more than one <a>|one <a>, two what}?", a=nouns[0])
        rest = [(a, f"The plural of {a} is {plural(a)}.") for a in nouns]
    elif kind == 2:
        rows = w.rng.sample(facts.JOBS_DO, 3)
        first = w.fill("{what does <a> do|what is the job of <a>|tell me what <a> does}?", a=article(rows[0][0]))
        rest = [(article(name), f"{up(article(name))} {does}.") for name, does in rows]
    elif kind == 3:
        rows = w.rng.sample(facts.MADE_OF, 3)
        first = w.fill("{what is <a> made from|how is <a> made|what do you make <a> from}?", a=rows[0][0])
        rest = [(thing, f"{up(thing)} is made from {stuff}.") for thing, stuff in rows]
    elif kind == 4:
        unit, rows = w.choose((("days", [(month, str(count)) for month, count in zip(facts.MONTHS, facts.MONTH_DAYS)]),))
        rows = w.rng.sample([row for row in rows if row[0] != "February"], 3)
        first = w.fill("{how many <u> does <a> have|how many <u> are there in <a>|what number of <u> has <a>}?", a=rows[0][0], u=unit)
        rest = [(name, f"{name} has {count} {unit}.") for name, count in rows]
    elif kind == 5:
        a, b, c = (w.between(2, 12) for _ in range(3))
        d, e = w.between(2, 9), w.between(1, 9)
        first = w.fill("{what's <a> times <b>|how much is <a> times <b>|<a> times <b>|multiply <a> by <b>}?", a=w.number(a), b=w.number(b))
        rest = [("", f"{a} times {b} is {a * b}."), (f"{w.number(c)} times {w.number(d)}", f"{c} times {d} is {c * d}."), (f"{w.number(d)} times {w.number(e)}", f"{d} times {e} is {d * e}.")]
    else:
        rows = [(w.between(1, 60), w.between(1, 39)) for _ in range(3)]
        first = w.fill("{what's <a> plus <b>|how much is <a> and <b>|<a> plus <b>|add <a> and <b>}?", a=w.number(rows[0][0]), b=w.number(rows[0][1]))
        rest = [(f"{w.number(a)} plus {w.number(b)}", f"{a} plus {b} is {a + b}.") for a, b in rows]
    return [(first, rest[0][1])] + [(w.fill(AND, t=thing), answer) for thing, answer in rest[1 : w.between(2, 3)]]


def word(number: int) -> str:
    return memory.COUNT_WORDS[number] if number <= 12 else str(number)


def conclusion(w: Writer, exchange) -> list[tuple[str, str]]:
    """Told things that a later answer must be worked out from."""
    ack = w.say("{OK, I'll remember that|Good to know|All right|I see, thank you|Got it}.")
    kind = w.between(0, 9)
    if kind == 0:
        age = w.between(5, 90)
        tell, ask, answer = w.fill("{I'm <a>[ years old]|I just turned <a>|I am <a> years old}", a=w.number(age)), "{how old will I be next year|what age will I be next year|how old am I going to be in a year|next year I'll be how old}?", f"Next year you'll be {age + 1}."
        if w.chance(0.4):
            ask, answer = "{how old was I last year|what age was I a year ago}?", f"Last year you were {age - 1}."
    elif kind == 1:
        a, b = w.rng.sample(memory.PETS, 2)
        m, n = w.between(1, 5), w.between(1, 5)
        x, y = (article(a) if m == 1 else f"{word(m)} {plural(a)}"), (article(b) if n == 1 else f"{word(n)} {plural(b)}")
        tell, ask, answer = w.fill("{I have|we have|I've got|at home I have} <x> and <y>", x=x, y=y), "{how many {pets|animals} do I have[ {in total|altogether|all in all}]|how many animals is that|what's the total number of my pets|how many pets are there in my home}?", f"You have {word(m + n)} pets, {x} and {y}."
    elif kind == 2:
        x, y = pick(w, NAMES, 0.2), pick(w, NAMES, 0.2)
        m, n = w.rng.sample(range(2, 80), 2)
        tell = w.fill("{<x> is <m> and <y> is <n>|<x> is <m> years old, <y> is <n>|my friends are <x>, <m>, and <y>, <n>}", x=x, y=y, m=w.number(m), n=w.number(n))
        old, young = (x, y) if m > n else (y, x)
        ask, answer = w.choose((("{who is older|which of them is older|who is the older one|who is the elder[ of the two]}?", f"{old} is older."), ("{who is younger|which of them is younger|who is the younger one}?", f"{young} is younger.")))
    elif kind == 3:
        thing = w.choose("apples eggs cookies coins sweets books pens cards balloons plums stamps marbles cakes tickets oranges biscuits".split())
        m = w.between(3, 20)
        n = w.between(1, m - 1)
        verb, change = w.choose((("ate", -1), ("sold", -1), ("gave away", -1), ("lost", -1), ("bought", 1), ("found", 1), ("got", 1)))
        if change < 0:
            tell, ask, answer = w.fill("I had <m> <t>[,] and <v> <n>[ of them]", m=w.number(m), t=thing, v=verb, n=w.number(n)), f"{{how many {thing} do I have left|how many {thing} are left|how many are left}}?", f"You have {word(m - n)} {thing} left."
        else:
            tell, ask, answer = w.fill("I had <m> <t> and <v> <n> more", m=w.number(m), t=thing, v=verb, n=w.number(n)), f"{{how many {thing} do I have now|how many {thing} is that|how many do I have now}}?", f"You have {word(m + n)} {thing} now."
    elif kind == 4:
        food = w.choose(memory.ALLERGIES + copying.FOODS)
        tell, ask, answer = w.fill("{I'm allergic to <f>|I have an allergy to <f>|<f> make me ill}", f=food), f"{{can I eat {food}|should I have {food}|would {food} be good for me|may I try {food}}}?", f"No, you're allergic to {food}."
    elif kind == 5:
        food = w.choose(copying.FOODS + copying.SPORTS + copying.ANIMALS)
        if w.chance(0.5):
            tell, ask, answer = w.fill("{I {really |}{love|like|enjoy} <f>|I'm a fan of <f>}", f=food), f"{{do I like {food}|am I fond of {food}|did I say I like {food}}}?", f"Yes, you like {food}."
        else:
            tell, ask, answer = w.fill("{I {hate|don't like|can't stand} <f>|I'm not a fan of <f>}", f=food), f"{{do I like {food}|am I fond of {food}|did I say I like {food}}}?", f"No, you don't like {food}."
    elif kind == 6:
        tell, ask, answer = w.choose((("{I'm a vegetarian|I don't eat meat|I've been a vegetarian for years}", "{do I eat meat|should I order {the steak|chicken|sausages}|can you offer me {ham|a burger|bacon}|what don't I eat}?", "No, you don't eat meat."), ("{I don't drink alcohol|I never drink alcohol}", "{do I drink {wine|beer|alcohol}|should I have {a beer|a glass of wine}}?", "No, you don't drink alcohol."),
                                      ("{I can't swim|I never learned to swim}", "{can I swim|am I able to swim}?", "No, you can't swim."), ("{I work at night|I work nights}", "{when do I work|do I work by day or at night}?", "You work at night."), ("{I'm left-handed|I write with my left hand}", "{which hand do I write with|am I left-handed}?", "You're left-handed.")))
        tell = w.fill(tell)
        if "what don't" in (ask := w.fill(ask)):
            answer = "You don't eat meat."
    elif kind == 7:
        who, value = w.choose(PEOPLE), pick(w, NAMES, 0.3)
        wrong = pick(w, NAMES, 0.1)
        tell, ask, answer = f"my {who} is called {value}", w.fill("{is my <w> called <x>|is <x> my <w>|my <w> is <x>, isn't it}?", w=who, x=wrong), f"{'Yes' if wrong == value else 'No'}, your {who} is called {value}."
        if w.chance(0.4):
            ask, answer = w.fill("{is my <w> called <x>|is <x> my <w>}?", w=who, x=value), f"Yes, your {who} is called {value}."
    else:
        return introduced(w, exchange)
    turns = [(w.fill(tell), ack)]
    for _ in range(w.choose((0, 0, 1, 2))):
        turns += exchange(w)[:1]
    return turns + [(w.fill(ask), answer)]


def introduced(w: Writer, exchange) -> list[tuple[str, str]]:
    """Someone says two to four things about themselves in a breath; each may be asked for later."""
    value, place, work = pick(w, NAMES, 0.35), pick(w, copying.PLACES, 0.25), article(w.choose(memory.JOBS))
    years, hobby, food = w.between(6, 90), w.choose(copying.HOBBIES), w.choose(copying.FOODS)
    pet, animal = w.choose(copying.PETS), pick(w, copying.PET_NAMES, 0.3)
    children = w.between(2, 6)
    parts = [
        (w.fill("{I live in <x>|I'm living in <x>}", x=place), "{where do I live|which {city|town|place} do I live in|where is my home|where did I say I live}?", f"You live in {place}."),
        (w.fill("{I work as <x>|I'm <x>}", x=work), "{what do I do for a living|what's my job|what do I work as|what did I say my job is}?", f"You work as {work}."),
        (w.fill("{I'm <x>|I'm <x> years old}", x=w.number(years)), "{how old am I|what's my age|how old did I say I am}?", f"You are {years} years old."),
        (w.fill("{I like <x>|I love <x>|my hobby is <x>}", x=hobby), "{what's my hobby|what do I like doing|what do I like to do|what do I enjoy}?", f"You like {hobby}."),
        (w.fill("{I have <a> called <n>|I've got <a> named <n>}", a=article(pet), n=animal), f"{{what's my {pet} called|what's the name of my {pet}|which pet do I have|do you remember my {pet}'s name}}?", f"Your {pet} is called {animal}."),
        (f"I have {word(children)} children", "{how many children do I have|how many kids do I have|do you remember how many children I have}?", f"You have {word(children)} children."),
        (w.fill("{I love eating <x>|I eat <x> every day}", x=food), "{what do I {love eating|eat every day}|which food did I mention}?".replace("{love eating|eat every day}", "love to eat"), f"You love {food}."),
    ]
    chosen = w.rng.sample(parts, w.choose((1, 2, 2, 3)))
    intro = w.fill("{[{hi|hello|hey},] my name is <n>|[{hi|hello},] I'm <n>|I'm called <n>|[{hi|hello},] this is <n>}", n=value)
    pieces = [intro] + [part[0] for part in chosen]
    text = ", ".join(pieces[:-1]) + " and " + pieces[-1] if w.chance(0.5) else ". ".join(up(piece) for piece in pieces)
    turns = [(text, w.say("{Nice to meet you|Hello|Pleased to meet you|Good to meet you}, <n>! {How can I help?|I'll remember that.|Tell me more.|That's interesting.}", n=value))]
    for _ in range(w.choose((0, 0, 1, 1, 2, 3))):
        turns += exchange(w)[:1]
    asks = [(memory.NAME_ASK, f"Your name is {value}.")] + [part[1:] for part in chosen]
    for ask, answer in w.rng.sample(asks, min(len(asks), w.choose((1, 2, 2, 3)))):
        turns.append((w.fill(ask), answer))
        if w.chance(0.12):
            turns += exchange(w)[:1]
    if w.chance(0.1):
        turns.append((w.fill("{what do you know about me|what have I told you about myself|tell me what you know about me|who am I|what did I tell you about me}?"), f"Your name is {value}, and {yours(chosen[0][0])}." if not chosen[0][2].startswith("Your") else f"Your name is {value}. {chosen[0][2]}"))
    return turns
