"""Sums up to two digits, the small multiplication table, halves, doubles and comparisons, in many wordings.

Answers restate the operands in digits ("12 plus 7 is 19."), which lets a small network line the digits up.
"""

from writer import Writer

THINGS = (
    "apples pears sweets books coins cards eggs stamps marbles pencils cookies balls flowers tickets oranges bananas toys shells stones cakes chairs "
    "cups plates chickens sheep fish ducks candles letters buttons nuts biscuits plums carrots lemons pens stickers boxes bottles euros dollars pounds "
    "friends cousins cows hats shirts keys balloons bricks grapes points"
).split()
NAMES = "Tom Anna Peter Lucy Jack Mary Paul Emma Dan Kate my sister my brother a farmer the teacher my friend a boy a girl she he".replace("my ", "my_").replace("a ", "a_").replace("the ", "the_").split()
NAMES = [name.replace("_", " ") for name in NAMES]

ADD = (
    "what{'s| is} <a> {plus|and|+|added to} <b>", "<a> {plus|+|and} <b>", "how much is <a> {plus|and|+} <b>", "add <a> {and|to} <b>", "what do <a> and <b> {make|come to|add up to}",
    "{can|could} you add <a> {and|to} <b>", "what{'s| is} the {sum|total} of <a> and <b>", "sum up <a> and <b>", "<a> plus <b> {is|makes|equals|is how much|is what|gives}",
    "{calculate|compute|solve|do|figure out} <a> {plus|+} <b>", "{what|how much} does <a> plus <b> {make|equal|give|come to}", "tell me <a> plus <b>",
    "if I add <a> {to|and} <b>, what do I get", "what do {I|you|we} get when {I|you|we} add <a> {to|and} <b>", "put <a> and <b> together", "I want to add <a> and <b>",
    "what{'s| is} <b> more than <a>", "give me <a> plus <b>", "the sum of <a> and <b>", "how much are <a> and <b> [together]", "<a> and <b> together {is|are|make} what",
    "what number is <a> plus <b>", "let's add <a> and <b>", "help me add <a> and <b>", "count <a> and <b> together", "<a> add <b>", "what would <a> plus <b> be",
    "do you know what <a> plus <b> is", "total of <a> and <b>", "start with <a> and add <b>", "take <a> and add <b>", "I need to know <a> plus <b>", "what results from <a> plus <b>",
)
SUBTRACT = (
    "what{'s| is} <a> {minus|take away|less|-|subtract} <b>", "<a> {minus|take away|-|less} <b>", "how much is <a> {minus|take away|less|-} <b>", "subtract <b> from <a>", "take <b> {away |}from <a>",
    "{can|could} you {subtract|take} <b> from <a>", "what{'s| is} the difference {between|of} <a> and <b>", "<a> minus <b> {is|makes|equals|is how much|is what|gives|leaves}",
    "{calculate|compute|solve|do|figure out} <a> {minus|-|take away} <b>", "{what|how much} does <a> minus <b> {make|equal|give|leave|come to}", "tell me <a> minus <b>",
    "if I take <b> {away |}from <a>, what{'s| is} left", "what do {I|you|we} get when {I|you|we} {subtract|take} <b> from <a>", "what remains when I take <b> from <a>", "give me <a> minus <b>",
    "what{'s| is} <b> less than <a>", "what{'s| is} left of <a> when I take {<b>|<b> away|away <b>}", "how much is left if you take <b> from <a>", "what number is <a> minus <b>",
    "help me take <b> from <a>", "start with <a> and take away <b>", "I need to know <a> minus <b>", "what would <a> minus <b> be", "do you know what <a> minus <b> is", "<a> without <b>",
    "remove <b> from <a>, what do I have", "what do I have left from <a> after taking <b>", "deduct <b> from <a>",
)
MULTIPLY = (
    "what{'s| is} <a> {times|multiplied by|x|by} <b>", "<a> {times|x|multiplied by} <b>", "how much is <a> times <b>", "multiply <a> {by|and|with} <b>", "{can|could} you multiply <a> {by|and|with} <b>",
    "what{'s| is} the product of <a> and <b>", "<a> times <b> {is|makes|equals|is how much|is what|gives}", "{calculate|compute|solve|do|figure out} <a> times <b>",
    "{what|how much} does <a> times <b> {make|equal|give|come to}", "tell me <a> times <b>", "give me <a> times <b>", "what do I get when I multiply <a> {by|and} <b>", "what number is <a> times <b>",
    "do you know <a> times <b>", "what would <a> times <b> be", "if I multiply <a> by <b>, what do I get", "let's do <a> times <b>", "how many is <a> times <b>",
)


def sums(w: Writer) -> tuple[str, str]:
    """One sum and its answer."""
    return w.choose(KINDS)(w)


def operands(w: Writer) -> tuple[int, int]:
    top = w.choose((9, 9, 9, 20, 50, 99, 99, 99))
    return w.between(0 if w.chance(0.1) else 1, top), w.between(1, w.choose((9, top, top)))


def addition(w: Writer) -> tuple[str, str]:
    a, b = operands(w)
    return w.fill(w.choose(ADD), a=w.number(a), b=w.number(b)) + "?", f"{a} plus {b} is {a + b}."


def subtraction(w: Writer) -> tuple[str, str]:
    a, b = operands(w)
    if a < b and w.chance(0.97):
        a, b = b, a
    if w.chance(0.03):
        a = 100
    result = str(a - b) if a >= b else f"minus {b - a}"
    return w.fill(w.choose(SUBTRACT), a=w.number(a), b=w.number(b)) + "?", f"{a} minus {b} is {result}."


def multiplication(w: Writer) -> tuple[str, str]:
    a, b = w.between(1, 12 if w.chance(0.2) else 10), w.between(1, 10)
    if w.chance(0.1) and 2 <= a <= 9:
        times = "zero ones twos threes fours fives sixes sevens eights nines".split()[a]
        return w.fill("{what are|how much are|what is} <b> <t>?", b=w.number(b), t=times), f"{b} times {a} is {a * b}."
    return w.fill(w.choose(MULTIPLY), a=w.number(a), b=w.number(b)) + "?", f"{a} times {b} is {a * b}."


def division(w: Writer) -> tuple[str, str]:
    b, result = w.between(1, 10), w.between(1, 10)
    a = b * result
    return w.fill("{what{'s| is} <a> divided by <b>|how much is <a> divided by <b>|divide <a> by <b>|<a> divided by <b>|share <a> by <b>|how many times does <b> go into <a>|<a> over <b>|can you divide <a> by <b>}?",
                  a=w.number(a), b=w.number(b)), f"{a} divided by {b} is {result}."


def halves(w: Writer) -> tuple[str, str]:
    if w.chance(0.5):
        a = w.between(1, 50)
        return w.fill("{what{'s| is} {double|twice} <a>|{double|twice} <a>|how much is {double|twice} <a>|what is two times <a>|what do I get if I double <a>|{can you |}double {the number |}<a>|what is <a> doubled}?", a=w.number(a)), f"Twice {a} is {2 * a}."
    a = 2 * w.between(1, 50)
    return w.fill("{what{'s| is} half {of |}<a>|half of <a>|how much is half of <a>|what{'s| is} one half of <a>|<a> divided in half|can you halve <a>|halve <a>|if I cut <a> in half, what do I get}?", a=w.number(a)), f"Half of {a} is {a // 2}."


def neighbour(w: Writer) -> tuple[str, str]:
    a = w.between(0, 99)
    if w.chance(0.6):
        return w.fill("{what {number |}comes {after|next after|right after} <a>|what{'s| is} the next number after <a>|which number {follows|is after|comes after} <a>|what{'s| is} one more than <a>|"
                      "after <a> comes which number|when I count, what comes after <a>|the number after <a>}?", a=w.number(a)), f"After {a} comes {a + 1}."
    return w.fill("{what {number |}comes {before|just before} <a>|which number is before <a>|what{'s| is} one less than <a>|before <a> comes which number|the number before <a>}?", a=w.number(a + 1)), f"Before {a + 1} comes {a}."


def comparison(w: Writer) -> tuple[str, str]:
    a, b = w.rng.sample(range(0, 100 if w.chance(0.8) else 20), 2)
    high, low = max(a, b), min(a, b)
    kind = w.between(0, 3)
    if kind == 0:
        return w.fill("{which {number |}is {bigger|larger|more|higher}, <a> or <b>|what{'s| is} {bigger|larger|more}, <a> or <b>|<a> or <b>, which is {bigger|more|larger}|is <a> or <b> {bigger|larger|more}}?", a=w.number(a), b=w.number(b)), f"{high} is bigger than {low}."
    if kind == 1:
        return w.fill("{which {number |}is {smaller|less|lower}, <a> or <b>|what{'s| is} {smaller|less}, <a> or <b>|<a> or <b>, which is {smaller|less}|is <a> or <b> smaller}?", a=w.number(a), b=w.number(b)), f"{low} is smaller than {high}."
    if kind == 2:
        return w.fill("{is <a> {bigger|larger|more|higher|greater} than <b>|<a> is {bigger|more} than <b>, right|would you say <a> is more than <b>}?", a=w.number(a), b=w.number(b)), (
            f"Yes, {a} is bigger than {b}." if a > b else f"No, {a} is smaller than {b}.")
    return w.fill("{is <a> {smaller|less|lower} than <b>|<a> is less than <b>, right}?", a=w.number(a), b=w.number(b)), (f"Yes, {a} is smaller than {b}." if a < b else f"No, {a} is bigger than {b}.")


def parity(w: Writer) -> tuple[str, str]:
    a = w.between(0, 99)
    kind = "odd" if a % 2 else "even"
    return w.fill("{is <a> {odd|even|odd or even|even or odd}|is <a> an {odd|even} number}?", a=w.number(a)), f"{a} is {kind}."


def story(w: Writer) -> tuple[str, str]:
    thing, who = w.choose(THINGS), w.choose(NAMES)
    a, b = w.between(2, 20), w.between(1, 12)
    has = "has"
    if w.chance(0.5):
        who, has = "I", "have"
    s = "" if who == "I" else "s"
    pronoun = "I" if who == "I" else w.choose(("he", "she", "they"))
    do = "do" if pronoun in ("I", "they") else "does"
    subject = "you" if who == "I" else who
    verb = "have" if who == "I" else "has"
    total_ask = w.fill("{how many {<t> |}<do> <p> have {now|then|in all|in total|altogether|}|how many {<t> |}is that|how many {<t> |}are there {now|in total|altogether|}|what does that make|how many in total}?", t=thing, do=do, p=pronoun)
    left_ask = w.fill("{how many {<t> |}are left|how many {<t> |}<do> <p> have {left|now|then}|how many {<t> |}remain|what{'s| is} left|how many {<t> |}<do> <p> still have}?", t=thing, do=do, p=pronoun)
    if w.chance(0.5):
        text = w.fill("{[if] <w> <h> <a> <t> and {get<s>|buy<s>|find<s>|take<s>} <b> more, <q>|<w> had <a> <t> and {got|bought|found|was given} <b> more. <q>|<w> <h> <a> <t>. {someone gives <p2>|then come} <b> more. <q>|"
                      "there are <a> <t> on the table and I put <b> more there. <q>|<w> bought <a> <t> and then <b> more. <q>|[if] <w> <h> <a> <t> and another <b> {<t>|come}, <q>}",
                      w=who, h=has, a=w.number(a), b=w.number(b), t=thing, s=s, q=total_ask, p2="me" if who == "I" else "them")
        return text, f"{a} plus {b} is {a + b}, so {a + b} {thing}."
    if a < b:
        a, b = b, a
    if a == b:
        a += 1
    text = w.fill("{[if] <w> <h> <a> <t> and {lose<s>|eat<s>|sell<s>|give<s> away|throw<s> away} <b>, <q>|<w> had <a> <t> and {lost|ate|sold|gave away|used|broke} <b> [of them]. <q>|<w> <h> <a> <t>. {someone takes|<b2> fall down, so minus} <b>. <q>|"
                  "there {are|were} <a> <t> on the table and I {take|took} <b> away. <q>|<w> bought <a> <t> and {ate|lost|gave away} <b>. <q>|<b> of my <a> <t> are gone. <q>}",
                  w=who, h=has, a=w.number(a), b=w.number(b), t=thing, s=s, q=left_ask, b2="some")
    return text, f"{a} minus {b} is {a - b}, so {a - b} {thing}."


def chain(w: Writer) -> tuple[str, str]:
    """Three small numbers."""
    a, b, c = w.between(1, 10), w.between(1, 10), w.between(1, 10)
    return w.fill("{what{'s| is} <a> {plus|and|+} <b> {plus|and|+} <c>|add <a>, <b> and <c>|<a> plus <b> plus <c>|how much is <a> and <b> and <c>}?", a=w.number(a), b=w.number(b), c=w.number(c)), (
        f"{a} plus {b} is {a + b}, plus {c} is {a + b + c}.")


KINDS = [addition] * 32 + [subtraction] * 26 + [multiplication] * 12 + [division] * 3 + [halves] * 6 + [neighbour] * 4 + [comparison] * 5 + [parity] + [story] * 8 + [chain] * 2


def follow_up(w: Writer) -> list[tuple[str, str]]:
    """A sum, then a step from its result."""
    a, b, c = w.between(1, 40), w.between(1, 40), w.between(1, 20)
    total = a + b
    first = (w.fill(w.choose(ADD), a=w.number(a), b=w.number(b)) + "?", f"{a} plus {b} is {total}.")
    kind = w.between(0, 3)
    if kind <= 1:
        second = (w.fill("{[{and|then|now}] {add|plus} <c>[ {more|to that|to it}]|{and|now} plus <c>|plus another <c>|and <c> more|what if {I|you|we} add <c> [more]|{and|now} add another <c>|add <c> to {that|it|the result}}?", c=w.number(c)), f"{total} plus {c} is {total + c}.")
    elif kind == 2:
        c = min(c, total)
        second = (w.fill("{{now|and|then} {minus|take away} <c>|minus <c>|{now |}take <c> {away|from that|off|away from that}|{now |}subtract <c>[ from {that|it}]|what if I take away <c>|and without <c>}?", c=w.number(c)), f"{total} minus {c} is {total - c}.")
    else:
        second = (w.fill("{[{and|now}] {double|twice} {that|it}|{and|now} times two|double {that|it}[ now]|what is twice that|and doubled}?"), f"Twice {total} is {2 * total}.")
    return [first, second]
