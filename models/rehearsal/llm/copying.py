"""Things told and asked for whose words must be copied piece by piece: rare and coined names, pets in pairs, children with ages.

Adds to `memory.py`: values from long lists, from halves of two words, or from syllables, and several slots in one breath.
"""

from dataclasses import dataclass, field

import memory
from writer import Writer, article

ONSETS = "b c d f g h j k l m n p r s t v w z br bl cr cl dr fl fr gl gr pl pr sc sh sk sl sm sn sp st str sw th tr tw ch qu".split() + [""]
VOWELS = "a e i o u a e i o u ai ea ee oo ou ie oa y".split()
CODAS = "n r l s t m d k p ng st nd ck x sh th rt nt mp ss ll g b".split() + [""] * 22

FOODS = (memory.FOODS + "lasagne ravioli gnocchi falafel hummus kebab schnitzel goulash moussaka borscht couscous tapas ramen udon tempura pho kimchi tofu quiche croissants bagels pretzels muffins brownies trifle tiramisu cheesecake sorbet "
         "pavlova crumble custard scones toast bacon sausages steak lamb salmon tuna shrimps lobster mussels squid mushrooms spinach broccoli asparagus artichokes aubergines pumpkin beetroot lentils chickpeas peas sweetcorn avocado olives pickles "
         "walnuts almonds peanuts raisins dates figs apricots peaches plums melons pineapple papaya kiwis lychees blueberries blackberries raspberries gooseberries rhubarb marmalade honey nougat fudge toffee liquorice marzipan".split()
         + ["fish and chips", "mashed potatoes", "roast chicken", "tomato soup", "apple pie", "baked beans", "garlic bread", "fried rice", "macaroni cheese", "pea soup", "sweet potatoes", "lemon cake", "rice pudding", "onion soup"])
ANIMALS = (memory.ANIMAL_LIKES + "otters badgers beavers hedgehogs squirrels moose camels llamas alpacas zebras rhinos hippos cheetahs leopards jaguars lynxes gorillas lemurs sloths meerkats kangaroos wombats platypuses armadillos anteaters "
           "hyenas jackals seals walruses narwhals octopuses jellyfish seahorses lobsters crabs salmon eels geckos iguanas chameleons crocodiles tortoises toads newts eagles falcons hawks herons storks swans robins puffins pelicans flamingos "
           "peacocks hummingbirds magpies ravens sparrows ladybirds dragonflies butterflies beetles snails".split())
ONE_ANIMAL = "otter badger beaver hedgehog squirrel moose camel llama zebra rhino hippo cheetah leopard jaguar lynx gorilla lemur sloth meerkat kangaroo wombat hyena seal walrus octopus seahorse gecko chameleon crocodile tortoise eagle falcon heron stork swan robin puffin pelican flamingo raven sparrow panda koala tiger lion wolf fox owl dolphin whale giraffe elephant penguin bear".split()
PETS = memory.PETS + "kitten puppy ferret gerbil chinchilla tortoise gecko iguana cockatoo pigeon frog rat llama pig newt chicken spider".split()
PET_NAMES = memory.PET_NAMES + "Nugget Pickles Muffin Pumpkin Noodle Sprout Truffle Peanut Domino Bandit Storm Sparky Scout Sooty Tabby Tigger Whiskers Mittens Fudge Toffee Caramel Pebbles Twix Bilbo Frodo Gandalf Zeus Apollo Athena Loki Thor Juno Misty Ember Clover Bramble Fern Maple Acorn Button Dumpling Waffle Squeak Nibbles Flash Bolt Rascal Bonnie Clyde Lottie Millie Tilly Winston Murphy Rufus Hamish Angus".split()
SPORTS = memory.SPORTS + "squash handball netball lacrosse archery fencing karate wrestling snowboarding sailing canoeing kayaking bowling darts snooker diving gymnastics athletics skateboarding hockey polo curling badminton".split() + ["table tennis", "ice skating", "horse riding", "water polo", "martial arts", "long distance running"]
HOBBIES = memory.HOBBIES + "origami calligraphy crochet embroidery woodwork carpentry geocaching beekeeping astronomy magic collecting gaming puzzles crosswords sculpting quilting birdwatching foraging".split() + ["model trains", "stamp collecting", "board games", "making jam", "painting birds", "playing cards"]
NAMES = memory.FIRST_NAMES + "Beatrice Rosalind Imogen Saoirse Niamh Siobhan Aoife Eoin Cormac Declan Fergus Hamish Rhys Gareth Bronwyn Cerys Tobias Cornelius Barnaby Rupert Jasper Quentin Leopold Ottoline Wilhelmina Philippa Ophelia Octavia Cordelia Thaddeus Ezekiel Malachi Jedediah Anneliese Brunhilde Friedrich Heinrich Giuseppe Lorenzo Valentina Esperanza Xiomara Joaquin Ignacio Thibault Genevieve Mathilde Bartholomew Svetlana Mikhail Anastasia Yevgeny Kazimierz Wojciech Agnieszka Mehmet Aylin Emre Chidi Ngozi Oluwaseun Thandiwe Sipho Mbali Ananya Kavita Lakshmi Rohan Vikram Haruto Sayuri Takeshi Xiu Jing Nguyen Linh Kamala Nasrin Farid Shirin Dariush Yael Noam Ezra".split()
PLACES = memory.CITIES + "Nottingham Southampton Aberdeen Inverness Swansea Galway Limerick Norwich Lincoln Durham Plymouth Reykjavik Trondheim Uppsala Aarhus Odense Leipzig Dresden Stuttgart Nuremberg Innsbruck Lausanne Bordeaux Toulouse Marseille Bilbao Granada Cordoba Coimbra Bologna Palermo Verona Split Zagreb Ljubljana Bratislava Lodz Kaunas Tartu Minsk Odessa Tbilisi Yerevan Samarkand Lahore Kathmandu Colombo Hobart Wellington Christchurch Winnipeg Calgary Halifax Cleveland Baltimore Pittsburgh Minneapolis Albuquerque Sacramento Guadalajara Medellin Montevideo Cusco Kampala Kigali Windhoek Marrakesh".split()


def coined(w: Writer) -> str:
    """A pronounceable word of one to three syllables that is probably in no list."""
    return "".join(w.choose(ONSETS) + w.choose(VOWELS) + w.choose(CODAS) for _ in range(w.choose((1, 2, 2, 2, 3)))) + w.choose(("", "", "a", "o", "y", "er", "le"))


def spliced(w: Writer, table: list[str]) -> str:
    """The front of one word of the table and the back of another."""
    a, b = w.choose(table).split(" ")[-1], w.choose(table).split(" ")[-1]
    return a[: max(2, w.between(1, max(1, len(a) - 1)))] + b[w.between(1, max(1, len(b) - 2)) :].lower()


def pick(w: Writer, table: list[str], rare: float = 0.4) -> str:
    """A value of the table, or (with probability `rare`) one that must be copied letter group by letter group."""
    if not w.chance(rare):
        return w.choose(table)
    word = spliced(w, table) if w.chance(0.5) else coined(w)
    if len(word) < 3:
        word += "lo"
    return word.capitalize() if table[0][:1].isupper() else word.lower()


@dataclass
class Told:
    """`tells`: the turns that tell it; `asks`: question pattern and answer; `parts`: question clause and answer clause, for asking two at once."""

    key: str
    tells: list[tuple[str, str]]
    asks: list[tuple[str, str]]
    parts: list[tuple[str, str]] = field(default_factory=list)


NAME_LEADS = "{my name is|my name's|I'm|I am|I'm called|call me|you can call me|people call me|the name's|this is|it's}"
NICE = "{Nice to meet you|Hello|Pleased to meet you|Good to meet you}"


def years(number: int) -> str:
    return memory.COUNT_WORDS[number] if number <= 12 else str(number)


def name_asks(name: str) -> list[tuple[str, str]]:
    return [(memory.NAME_ASK, f"Your name is {name}."), ("{what's my name|do you know my name|who am I|what am I called|tell me my name|can you remember my name|what did I say my name was|what name did I give you}?", f"Your name is {name}.")]


def called(who: str) -> str:
    """Question pattern for the name of `who` (with "my")."""
    bare = who.removeprefix("my ")
    return f"{{what{{'s| is|s}} {who} called|what{{'s| is|s}} {who}'s name|what's the name of {who}|do you {{know|remember|recall}} {who}'s name|what did I say {who} is called|what do I call {who}|tell me {who}'s name|which name does {who} have|how is {who} called|what name did I give {who}|remind me what {who} is called|what was {who}'s name again|and {who}, what's the name|what did I name {who}|name of {who}|who is {who}|can you tell me the name of my {bare}}}?"


def name(w: Writer) -> Told:
    value = pick(w, NAMES)
    tell = w.fill(f"[{{hi|hello|hey|so}},] {NAME_LEADS} <n>[, {{please|nice to meet you|by the way|and you|hello}}]", n=value)
    return Told("name", [(tell, w.say(NICE + ", <n>! {How are you|How can I help|What's on your mind}?", n=value))], name_asks(value), [("what's my name", f"your name is {value}")])


SPOUSES = "wife husband partner girlfriend boyfriend best_friend brother sister mother father mum dad son daughter boss neighbour uncle aunt cousin grandmother grandfather niece nephew flatmate teacher fiance".replace("_", "\t").split(" ")
SPOUSES = [relation.replace("\t", " ") for relation in SPOUSES]


def with_relative(w: Writer) -> Told:
    """The user's own name and somebody else's in one breath."""
    mine, other, relation = pick(w, NAMES), pick(w, NAMES), w.choose(SPOUSES)
    tell = w.fill(f"{NAME_LEADS} <n>{{ and|,|, and}} my <r>{{'s| is called| is|'s name is}} <o>", n=mine, o=other, r=relation)
    return Told("name", [(tell, w.say(NICE + ", <n>! {<o> is a nice name|Say hello to <o>|Greetings to <o>}.", n=mine, o=other))],
                name_asks(mine) + [(called(f"my {relation}"), f"Your {relation}'s name is {other}."), (called(f"my {relation}"), f"Your {relation}'s name is {other}.")],
                [("what's my name", f"your name is {mine}"), (f"what's my {relation} called", f"your {relation}'s name is {other}")])


def two_relatives(w: Writer) -> Told:
    a, b = w.rng.sample(SPOUSES, 2)
    x, y = pick(w, NAMES), pick(w, NAMES)
    tell = w.fill("{my <a> is [called] <x> and my <b> is [called] <y>|I have a <a> called <x> and a <b> called <y>|my <a>'s name is <x> and my <b>'s name is <y>|I live with my <a> <x> and my <b> <y>|my <a> is <x>, my <b> is <y>|<x> is my <a> and <y> is my <b>|I've got a <a> named <x> and a <b> named <y>}", a=a, b=b, x=x, y=y)
    return Told("relative", [(tell.replace("a uncle", "an uncle").replace("a aunt", "an aunt"), w.say("{<x> and <y>, nice names|How nice|Lovely}! Say hello to {them|both} from me.", x=x, y=y))],
                [(called(f"my {a}"), f"Your {a}'s name is {x}."), (called(f"my {b}"), f"Your {b}'s name is {y}."), (f"{{who is {x}|who's {x} again}}?", f"{x} is your {a}."), (f"{{who is {y}|who's {y} again}}?", f"{y} is your {b}.")],
                [(f"what's my {a} called", f"your {a}'s name is {x}"), (f"what's my {b} called", f"your {b}'s name is {y}")])


def spouse(w: Writer) -> Told:
    relation, value = w.choose(SPOUSES[:12]), pick(w, NAMES)
    tell = w.fill("{my <r>{'s| is} [called|named] <n>|my <r>'s name is <n>|I have a <r>, {her|his|their} name is <n>|<n> is my <r>|I live with my <r> <n>|my <r> <n> {cooks well|works a lot|is at home|likes to sing|says hi}|I'm {here|out|home} with my <r>, <n>|do you know my <r> <n>}".replace("[called|named]", "{called |named |}"), r=relation, n=value)
    return Told("relative", [(tell, w.say("{That's nice|How nice|<n> is a nice name}! {Greetings to|Say hello to} <n>.", n=value))],
                [(called(f"my {relation}"), f"Your {relation}'s name is {value}.")] * 2, [(f"what's my {relation} called", f"your {relation}'s name is {value}")])


CHILDREN = "son daughter baby grandson granddaughter nephew niece little_brother little_sister brother sister cousin kid".replace("_", "\t").split(" ")
CHILDREN = [child.replace("\t", " ") for child in CHILDREN]
KID_LOVES = "trains cars dolls drawing singing planes robots horses football dancing books animals space puzzles dragons lego rockets swimming pirates ponies bugs maths drums".split()


def child(w: Writer) -> Told:
    """A child with a name and an age, sometimes with what it loves."""
    relation, value, age = w.choose(CHILDREN), pick(w, NAMES), w.between(1, 19)
    he = "he" if relation in ("son", "grandson", "nephew", "little brother", "brother") else "she" if relation in ("daughter", "granddaughter", "niece", "little sister", "sister") else w.choose(("he", "she"))
    tell = w.fill("{my <r> <n> is <y>[ years old]|my <r> <n> {just|has just} turned <y>|my <r> is called <n> and <h> is <y>|I have a <y> year old <r> called <n>|<n>, my <r>, is <y>|my <r> is <y> and {<h> is called|{his|her} name is} <n>|my <r>'s name is <n>, <h>'s <y>}", r=relation, n=value, h=he, y=w.number(age))
    tells = [(tell, w.say("{How nice|That's nice|What a nice age|Lovely}! {Greetings to <n>|Say hello to <n>}.", n=value))]
    asks = [(f"{{how old is my {relation}|what age is my {relation}|do you remember how old my {relation} is|how old is {value}|how old did I say my {relation} is|what's {value}'s age|my {relation} is how old|tell me how old my {relation} is|what's my {relation}'s age|how many years old is my {relation}}}?",
             f"Your {relation} {value} is {years(age)}.")] * 2 + [(called(f"my {relation}"), f"Your {relation}'s name is {value}.")]
    if w.chance(0.35):
        love = w.choose(KID_LOVES)
        tells.append((w.fill("<h> {loves|likes|really loves|is crazy about|adores|is mad about} <l>", h=he, l=love), w.say("{<L> are fun|That's great|How nice|That sounds fun}!".replace("<L> are fun|", ""), n=value)))
        asks.append((f"{{what does my {relation} {{like|love}}|what does {value} {{like|love}}|what did I say {he} {{likes|loves}}}}?", f"Your {relation} {value} loves {love}."))
    return Told("child", tells, asks, [(f"how old is my {relation}", f"your {relation} is {years(age)}"), (f"what's my {relation}'s name", f"your {relation}'s name is {value}")])


def two_children(w: Writer) -> Told:
    a, b = w.choose((("son", "daughter"), ("daughter", "son"), ("brother", "sister"), ("sister", "brother"), ("nephew", "niece"), ("grandson", "granddaughter")))
    x, y, m, n = pick(w, NAMES, 0.25), pick(w, NAMES, 0.25), w.between(1, 18), w.between(1, 18)
    tell = w.fill("{my <a> <x> is <m> and my <b> <y> is <n>|I have a <a>, <x>, who is <m>, and a <b>, <y>, who is <n>|<x> is my <a>, <m> years old, and <y> is my <b>, <n>|we have two children, <x> is <m> and <y> is <n>}" if a in ("son", "daughter") else "{my <a> <x> is <m> and my <b> <y> is <n>}", a=a, b=b, x=x, y=y, m=w.number(m), n=w.number(n))
    asks = [(f"{{how old is {x}|what age is {x}|what's {x}'s age}}?", f"{x} is {years(m)}."), (f"{{how old is {y}|what age is {y}|what's {y}'s age}}?", f"{y} is {years(n)}.")]
    if "two children" not in tell:
        asks += [(f"{{how old is my {a}|what age is my {a}|how old did I say my {a} is}}?", f"Your {a} {x} is {years(m)}."), (f"{{how old is my {b}|what age is my {b}}}?", f"Your {b} {y} is {years(n)}."), (called(f"my {a}"), f"Your {a}'s name is {x}."), (called(f"my {b}"), f"Your {b}'s name is {y}.")]
    return Told("child", [(tell, w.say("{<x> and <y>, how nice|How nice|Lovely names}! Greetings to both.", x=x, y=y))], asks)


def pet(w: Writer) -> Told:
    kind, value = w.choose(PETS), pick(w, PET_NAMES)
    tell = w.fill("{I have <a> {called|named} <n>|my <k> is {called |named |}<n>|we got <a> and {called|named} it <n>|my <k>'s name is <n>|<n> is my <k>|I've got <a>, <n>|our <k> is called <n>|I just got <a>, I {call|named} it <n>|there's my <k> <n> on the sofa|at home I have <a> by the name of <n>}", a=article(kind), k=kind, n=value)
    return Told("pet", [(tell, w.say("{What a nice name, <n>|<n> is a lovely name|How sweet}! Say hello to your <k>.", n=value, k=kind))],
                [(called(f"my {kind}"), f"Your {kind} is called {value}.")] * 2 + [(f"{{what kind of animal is {value}|who is {value}|what is {value}|what pet do I have|which pet do I have|what animal do I have}}?", f"{value} is your {kind}.")],
                [(f"what's my {kind} called", f"your {kind} is called {value}")])


def two_pets(w: Writer) -> Told:
    a, b = w.rng.sample(PETS, 2)
    x, y = pick(w, PET_NAMES), pick(w, PET_NAMES)
    tell = w.fill("{I have <aa> {called|named} <x> and <bb> {called|named} <y>|my <a> is [called] <x> and my <b> is [called] <y>|we have two pets, <x> the <a> and <y> the <b>|I've got <aa>, <x>, and <bb>, <y>|my <a>'s name is <x> and my <b>'s name is <y>|<x> is my <a> and <y> is my <b>|at home there's <x>, {my|our} <a>, and <y>, {my|our} <b>}", aa=article(a), bb=article(b), a=a, b=b, x=x, y=y)
    both = f"Your {a} is called {x} and your {b} is called {y}."
    return Told("pet", [(tell, w.say("{<x> and <y>, what nice names|<x> and <y>, how sweet|Lovely names}! Say hello to both of them.", x=x, y=y))],
                [(called(f"my {a}"), f"Your {a} is called {x}."), (called(f"my {b}"), f"Your {b} is called {y}.")] * 2
                + [(f"{{who is {x}|what animal is {x}|what kind of animal is {x}}}?", f"{x} is your {a}."), (f"{{who is {y}|what animal is {y}|what kind of pet is {y}}}?", f"{y} is your {b}."),
                   ("{what are my pets called|what are the names of my pets|tell me the names of my animals|which pets do I have|what pets do I have}?", both)],
                [(f"what's my {a} called", f"your {a} is called {x}"), (f"what's my {b} called", f"your {b} is called {y}")])


FAVOURITE_TABLES = {
    "food": FOODS, "animal": ANIMALS, "sport": SPORTS, "hobby": HOBBIES, "city": PLACES, "colour": memory.COLOURS + "maroon navy teal magenta cyan indigo burgundy mint peach coral khaki lavender mustard".split(), "fruit": "apples pears plums peaches apricots cherries grapes figs dates mangoes melons papayas kiwis lychees blueberries blackberries raspberries gooseberries strawberries bananas pineapple rhubarb".split(), "drink": memory.DRINKS,
    "dish": FOODS, "meal": FOODS, "snack": FOODS, "dessert": FOODS, "game": "chess draughts poker monopoly scrabble dominoes bingo ludo backgammon tag hopscotch snap rummy whist bridge solitaire cluedo catan".split(),
    "book": "Emma Dracula Dune Heidi Ulysses Momo Kim Matilda Persuasion Frankenstein Middlemarch Rebecca".split(), "name": NAMES, "band": "Queen Abba Genesis Blur Oasis Pulp Muse Coldplay Radiohead".split(), "flower": "roses tulips daisies lilies poppies irises orchids peonies daffodils dahlias lavender".split(),
    "vegetable": "carrots peas leeks spinach kale cabbage turnips parsnips radishes beetroot broccoli courgettes".split(), "pizza": "margherita pepperoni hawaiian calzone funghi".split(), "subject": "maths history biology geography physics chemistry art music".split(),
}


def favourite(w: Writer) -> Told:
    kind = w.choose(("food", "animal", "sport", "food", "animal") + tuple(FAVOURITE_TABLES))
    value = pick(w, FAVOURITE_TABLES[kind])
    if kind == "animal" and w.chance(0.4):
        value = "the " + pick(w, ONE_ANIMAL, 0.35)
    tell = w.fill("{my {favourite|favorite} <k> {is|has always been|is probably|has to be} <v>|<v> is my {favourite|favorite} <k>|the <k> I {like|love} {most|best} is <v>|if you ask me, the best <k> is <v>|of all the <k>s I like <v> best|I think <v> is the best <k>|for me no <k> beats <v>|my top <k> is <v>}", k=kind, v=value)
    ask = (f"{{what{{'s| is|s|}} my {{favourite|favorite}} {kind}|{{which|what}} {kind} do I {{like|love|prefer}}[ {{most|best|the most|the best}}]|{{which|what}} {kind} did I {{say I {{like|love}} {{best|most|}}|tell you about|mention|say was my favourite|say is my favourite}}|do you {{remember|know|recall}} my {{favourite|favorite}} {kind}|"
           f"what did I {{tell|say to}} you about my favourite {kind}|can you {{remember|tell me}} which {kind} I {{like|love}} {{best|most}}|what {kind} is my {{favourite|favorite}}|remind me of my favourite {kind}|which one is my favourite {kind}|so what {kind} do I like best|and my favourite {kind} is}}?")
    return Told(f"favourite {kind}", [(tell, w.say("{Nice choice|Good choice|I like that too|How nice}! {I'll remember that.|Why do you like it?|What do you like about it?}"))], [(ask, f"Your favourite {kind} is {value}.")] * 2, [(f"what's my favourite {kind}", f"your favourite {kind} is {value}")])


def likes(w: Writer) -> Told:
    kind = w.choose(("sport", "sport", "food", "hobby", "animal", "game"))
    value = pick(w, FAVOURITE_TABLES[kind], 0.3)
    tell = w.fill("{I {really |}{like|love|enjoy|adore} <v>[ {a lot|so much}]|I'm {really into|a big fan of|crazy about|fond of} <v>|<v> is my thing|I can't get enough of <v>|I've always {loved|liked} <v>}", v=value)
    if kind == "sport" and w.chance(0.5):
        tell = w.fill("{I play <v>[ {every week|on Sundays|with friends|at school}]|my sport is <v>|I do <v> {twice a week|every day|for fun}|I started <v>[ {last year|as a child}]}", v=value)
    ask = f"{{{{what|which}} {kind} do I {{like|love|enjoy}}|what do I {{like|love|enjoy}}|{{what|which}} {kind} did I {{mention|talk about|tell you about|say I like}}|what did I say I {{like|love|enjoy}}|do you remember {{what|which {kind}}} I {{like|love}}|tell me which {kind} I {{like|enjoy}}|what am I into|what {kind} am I into|which {kind} is mine}}?"
    return Told("like", [(tell, w.say("{I can understand that|That sounds great|How nice}! {What do you like about it?|Tell me more.|I'll remember that.}"))], [(ask, f"You like {value}.")] * 2, [(f"{w.choose(('which', 'what'))} {kind} do I like", f"you like {value}")])


def home(w: Writer) -> Told:
    value = pick(w, PLACES)
    tell = w.fill("{I live in <c>|I'm from <c>|I grew up in <c>|I {just |}moved to <c>|I come from <c>|my home town is <c>|I was born in <c>|I work in <c>}", c=value)
    where = next((end for start, end in (("live in", "live in"), ("I'm from", "are from"), ("grew up in", "grew up in"), ("moved to", "moved to"), ("come from", "come from"), ("born in", "were born in"), ("work in", "work in")) if start in tell), "come from")
    base = {"live in": "where do I live", "are from": "where am I from", "grew up in": "where did I grow up", "moved to": "where did I move", "come from": "where do I come from", "were born in": "where was I born", "work in": "where do I work"}[where]
    return Told("home", [(tell, w.say("{<c> sounds lovely|How nice, <c>|I hear <c> is nice}! {Do you like it there|How is it there}?", c=value))],
                [(f"{{{base}|do you remember {base}|{{which|what}} {{city|town|place}} did I {{mention|tell you about}}|{base} again|tell me, {base}|what did I say, {base}}}?", f"You {where} {value}.")] * 2, [(base, f"you {where} {value}")])


TOLD = [name] * 6 + [with_relative] * 6 + [two_relatives] * 3 + [spouse] * 4 + [child] * 7 + [two_children] * 3 + [pet] * 5 + [two_pets] * 9 + [favourite] * 13 + [likes] * 6 + [home] * 4


def told(w: Writer) -> Told:
    return w.choose(TOLD)(w)


def both(w: Writer, first: tuple[str, str], second: tuple[str, str]) -> tuple[str, str]:
    """Two things asked for in one question."""
    ask = w.fill("{<a>, and <b>|<a> and <b>|can you tell me <a> and <b>|do you remember <a> and <b>|tell me <a>, and <b>}?", a=first[0], b=second[0])
    return ask, f"{first[1][:1].upper()}{first[1][1:]} and {second[1]}."


def remembering(w: Writer, exchange) -> list[tuple[str, str]]:
    """One to three things told, up to three turns of `exchange` between, then most of them asked for."""
    things: list[Told] = []
    for _ in range(w.choose((1, 1, 1, 2, 2, 3))):
        thing = told(w)
        if all(thing.key != other.key for other in things):
            things.append(thing)
    turns: list[tuple[str, str]] = []
    for thing in things:
        turns += thing.tells
        if w.chance(0.3):
            turns += exchange(w)[:2]
    for _ in range(w.choose((0, 1, 1, 2, 3)) if len(turns) < 5 else w.choose((0, 1))):
        turns += exchange(w)[:1]
    parts = [part for thing in things for part in thing.parts]
    if len(parts) >= 2 and w.chance(0.3):
        turns.append(both(w, *w.rng.sample(parts, 2)))
        return turns
    for thing in things:
        for ask, answer in w.rng.sample(thing.asks, min(len(thing.asks), w.choose((1, 1, 2)))):
            turns.append((w.fill(ask), answer))
            if w.chance(0.15):
                turns += exchange(w)[:1]
    return turns
