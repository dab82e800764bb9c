"""Things the user says about themselves, and the many ways to ask for them later.

An `Item` is one remembered thing: how it is told, how the answer acknowledges it, how it is asked for and answered,
and what is said when it was never told. Slots are open (hundreds of names, invented words), so the network must copy.
"""

from dataclasses import dataclass

from talk import CITIES_BIG, SURNAMES, invented
from writer import Writer, article, tidy

FIRST_NAMES = (
    "Anna Peter Lucy Tom Mary John James Robert Michael William David Richard Joseph Thomas Charles Daniel Matthew Anthony Mark Donald Steven Paul Andrew Joshua Kenneth Kevin Brian George "
    "Edward Ronald Timothy Jason Jeffrey Ryan Jacob Gary Nicholas Eric Jonathan Stephen Larry Justin Scott Brandon Benjamin Samuel Gregory Frank Alexander Raymond Patrick Jack Dennis Jerry "
    "Linda Barbara Elizabeth Jennifer Susan Jessica Sarah Karen Lisa Nancy Betty Margaret Sandra Ashley Kimberly Emily Donna Michelle Carol Amanda Dorothy Melissa Deborah Stephanie Rebecca Sharon "
    "Laura Cynthia Kathleen Amy Angela Shirley Brenda Pamela Emma Nicole Helen Samantha Katherine Christine Debra Rachel Carolyn Janet Catherine Maria Heather Diane Ruth Julie Olivia Joyce "
    "Virginia Victoria Kelly Lauren Christina Joan Evelyn Judith Megan Andrea Cheryl Hannah Jacqueline Martha Gloria Teresa Ann Sara Madison Frances Kathryn Janice Jean Abigail Alice Julia Judy "
    "Sophia Grace Denise Amber Doris Marilyn Danielle Beverly Isabella Theresa Diana Natalie Brittany Charlotte Marie Kayla Alexis Lori Mia Leo Max Ben Sam Zoe Oscar Felix Hugo Luca Noah Liam "
    "Ethan Mason Logan Lucas Elias Jonas Finn Theo Oliver Harry Charlie Alfie Freddie Archie Arthur Henry Isla Ava Ella Chloe Ruby Poppy Daisy Lily Ivy Rosie Freya Clara Nora Ida Elsa Greta "
    "Ingrid Astrid Sven Lars Erik Nils Olaf Bjorn Ahmed Ali Omar Fatima Aisha Layla Yusuf Hassan Priya Raj Arjun Anika Deepa Ravi Sanjay Mei Li Wei Chen Yuki Hiro Kenji Sakura Akira Min Jin "
    "Carlos Juan Pedro Miguel Sofia Lucia Elena Carmen Diego Pablo Marco Giulia Paolo Francesca Matteo Chiara Pierre Claire Luc Camille Antoine Ivan Olga Boris Natasha Dmitri Katya Marek Agnes "
    "Zofia Jan Ola Kofi Ama Amara Zuri Kwame Nia Tariq Salma Nadia Karim Leila Samir Amir Dora Viktor Tess Kate Joe Bob Bill Jim Tim Dan Ted Fred Pam Sue Meg Liz Beth Ellie Molly Katie Sophie "
    "Marcus Simon Martin Philip Adam Alan Colin Derek Graham Howard Ian Keith Neil Nigel Roger Stuart Trevor Wendy Hazel Iris Pearl Opal Edith Vera Stella Bella Luna Nina Tina Gina Rita Anita"
).split()
PET_NAMES = "Biscuit Rex Bella Luna Max Charlie Milo Buddy Coco Ruby Rocky Daisy Toby Lola Oscar Pepper Shadow Ginger Smokey Felix Tiger Simba Nala Oreo Bruno Rosie Teddy Molly Poppy Ziggy Pip Waffles Mango Rico Kiwi Fluffy Snowy Bubbles Nemo Patch Socks Barney Hazel Willow Jasper Misty Cookie Chester Duke Archie".split()
CITIES = CITIES_BIG + "Bristol Leeds York Glasgow Cardiff Belfast Hamburg Cologne Zurich Geneva Basel Lyon Nice Lille Porto Seville Valencia Naples Turin Florence Venice Athens Sofia Warsaw Krakow Budapest Bergen Malmo Helsinki Tampere Riga Vilnius Tallinn Denver Dallas Austin Houston Seattle Portland Miami Atlanta Detroit Montreal Ottawa Vancouver Perth Melbourne Auckland Mumbai Nairobi Lagos Accra Tunis Istanbul Ankara Dubai Osaka Kyoto Seoul Hanoi Bangkok Manila Jakarta Bogota Quito Santiago Havana Oxford Cambridge Bath Exeter Brighton Dover Salzburg Graz Ghent Bruges Utrecht Delft".split()
HOMELANDS = "France Germany Italy Spain Portugal England Scotland Wales Ireland Norway Sweden Denmark Finland Iceland Poland Austria Switzerland Belgium Greece Hungary Romania Russia Ukraine Turkey Japan China India Korea Thailand Vietnam Egypt Kenya Morocco Nigeria Canada America Mexico Cuba Brazil Argentina Chile Peru Colombia Australia Israel Iran Ghana Croatia Serbia Bulgaria Estonia Latvia Malta Cyprus Nepal".split()
JOBS = "teacher nurse doctor baker pilot chef dentist vet waiter plumber electrician carpenter mechanic gardener builder architect painter singer actor writer musician scientist librarian judge lawyer tailor butcher florist photographer sailor cleaner driver programmer surgeon journalist student farmer cook engineer designer accountant secretary translator barber policeman firefighter hairdresser shopkeeper cashier postman professor coach dancer".split()
JOBS = JOBS + ["bus driver", "taxi driver", "police officer", "social worker", "music teacher", "software developer", "shop assistant", "truck driver", "primary school teacher"]
COLOURS = "red blue green yellow purple orange pink brown black white grey turquoise gold silver violet lilac crimson beige".split()
FOODS = "pizza pasta sushi rice soup salad chocolate ice_cream cheese bread pancakes curry noodles burgers chips fish chicken tacos lasagna risotto apples strawberries mangoes cake cookies waffles dumplings spaghetti omelettes porridge stew paella pie popcorn grapes bananas cherries potatoes".replace("_", " ").split()
FOODS = [food if food != "ice" else "ice cream" for food in FOODS if food != "cream"]
DRINKS = "tea coffee water milk juice lemonade cola cocoa orange_juice apple_juice green_tea wine beer hot_chocolate".split()
DRINKS = [drink.replace("_", " ") for drink in DRINKS]
ANIMAL_LIKES = "dogs cats horses elephants tigers lions dolphins whales penguins owls foxes wolves bears rabbits pandas koalas giraffes frogs turtles parrots".split()
SPORTS = "tennis football swimming basketball golf rugby hockey boxing cricket volleyball skiing cycling badminton baseball running climbing surfing rowing judo yoga".split()
HOBBIES = "reading painting cooking hiking dancing gardening knitting fishing drawing singing swimming running cycling climbing baking sailing skating photography chess surfing camping juggling pottery sewing skiing writing bird_watching horse_riding".split()
HOBBIES = [hobby.replace("_", " ") for hobby in HOBBIES]
INSTRUMENTS = "piano guitar violin cello flute drums trumpet harp clarinet saxophone trombone accordion banjo organ bass ukulele viola oboe".split()
LANGUAGES = "English French German Spanish Italian Portuguese Dutch Greek Polish Russian Turkish Arabic Chinese Japanese Korean Hindi Swedish Norwegian Danish Finnish".split()
PETS = "dog cat rabbit hamster parrot goldfish horse turtle budgie pony lizard snake guinea_pig mouse canary hedgehog goat duck hen donkey sheep".split()
PETS = [pet.replace("_", " ") for pet in PETS]
OWNED = "dog cat rabbit hamster parrot goldfish horse turtle hen goat brother sister son daughter child cousin friend car bike guitar house book plant chair watch hat coat computer phone room boat uncle aunt nephew grandchild".split()
COUNT_WORDS = "zero one two three four five six seven eight nine ten eleven twelve".split()
RELATIONS = "brother sister mother father son daughter wife husband friend best_friend cousin uncle aunt boss teacher neighbour grandmother grandfather boyfriend girlfriend partner doctor nephew niece mum dad grandma colleague baby roommate".split()
RELATIONS = [relation.replace("_", " ") for relation in RELATIONS]
MONTHS = "January February March April May June July August September October November December".split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
PLACES = "the dentist|the doctor|the beach|the zoo|the cinema|the park|the museum|a wedding|a concert|a party|the gym|the market|the library|school|work|the mountains|the lake|the theatre|my grandmother|my brother|my sister|the hairdresser|the airport|the swimming pool|a football match|the opera|the vet|church|the bank|the sea|the bakery|the circus|the hospital".split("|")
WHENS = ["tomorrow", "tonight", "this weekend", "next week", "on Monday", "on Saturday", "on Sunday", "on Friday", "this afternoon", "later", "next month", "this evening", "in the summer"]
ALLERGIES = "peanuts nuts milk eggs fish cats dogs pollen shellfish bees wheat soy dust strawberries tomatoes gluten cheese grass horses".split()
THINGS = "password wifi_code locker_number room_number code_word secret_word lucky_number hotel seat gate bus table flight favourite_book favourite_song favourite_film favourite_band favourite_team favourite_game favourite_shop team school street company boat band horse village teddy_bear project meeting_room train_platform floor car shop".split()
THINGS = [thing.replace("_", " ") for thing in THINGS]
WORDS = "banana river tiger cloud lemon window silver pepper rocket garden piano button castle dragon candle mirror pocket shadow summer winter yellow orange marble thunder feather island bottle basket ladder hammer pumpkin cherry velvet copper falcon meadow anchor saddle puzzle blanket diamond penguin teapot rainbow cactus helmet walnut turnip sunset violin paper coffee snow moon apple tree stone fire water bridge fox owl ship star cake book rose wind sand gold salt bread corn milk key bell drum kite leaf frog lamp".split()
FILM_KINDS = "comedies|horror films|westerns|cartoons|love stories|thrillers|musicals|documentaries|science fiction|adventure films|old films|action films".split("|")
MUSIC_KINDS = "jazz rock pop folk classical_music blues hip_hop country_music opera techno punk reggae metal soul".split()
MUSIC_KINDS = [kind.replace("_", " ") for kind in MUSIC_KINDS]
VEHICLES = "car bike van motorbike truck scooter".split()


@dataclass
class Item:
    """One remembered thing: `key` says what it is about, so that two in one conversation do not clash."""

    key: str
    tell: str
    acknowledge: str
    asks: list[tuple[str, str]]


def name_of(w: Writer) -> str:
    pick = w.rng.random()
    return w.choose(FIRST_NAMES) if pick < 0.85 else invented(w).capitalize()


def item(w: Writer) -> Item:
    return w.choose(ITEMS)(w)


NAME_ASK = (
    "{{so|and|now|hey|ok|well}|}[,] {what{'s| is} my name|who am I|do you {remember|know|recall} my name|what am I called|tell me my name|what name did I {give|tell} you|what did I say my name {is|was}|can you {remember|say|recall} my name|"
    "did you remember my name|what was my name [again]|have you forgotten my name|say my name|do you know who I am|what do people call me|how am I called|my name is what|who are you talking to, do you know|who is talking to you|remind me of my name|"
    "do you still know {my name|who I am}|what should you call me|which name did I {say|tell you}|who did I say I am|do you remember what {I'm called|my name is}|please tell me my name|can you tell me who I am|am I {Tom|Anna} or who|do you remember me|"
    "what name do I have|could you repeat my name|I forgot my own name, what is it|how did I introduce myself}?"
)


def user_name(w: Writer) -> Item:
    name = name_of(w)
    tell = w.fill(
        "{[{hi|hello|hey},] my name is <n>|[{hi|hello|hey},] I'm <n>|I am <n>|my name's <n>|[{hello|hi},] I am called <n>|{people|friends|they|my friends|most people} call me <n>|call me <n>|you can call me <n>|it's <n> here|this is <n>[ speaking]|<n> is my name|"
        "{hi|hello}, {this is|it's} <n>|the name is <n>|just call me <n>|please call me <n>|I'm <n>, nice to meet you|my name is <n>, what's yours|I'm called <n>|I go by <n>|I'm <n> and I'm new here|you're talking to <n>|my first name is <n>|<n> here|"
        "let me introduce myself, I'm <n>|I'm <n>, in case you wonder|hey there, <n> speaking|remember my name, it's <n>|by the way, {I'm|my name is} <n>|I should say, my name is <n>|my parents named me <n>}", n=name,
    ).replace("calls me", "call me")
    tell = tell.replace("everyone call ", "everyone calls ")
    wrong = w.choose(FIRST_NAMES)
    if w.chance(0.12) and wrong != name:
        tell = w.fill("{my name is <w>. {no|sorry|wait|oh}, {I mean|actually it's|it's} <n>|I'm <w>, no, wait, I'm <n>|call me <w>. {no, actually|or better,} call me <n>|my name's <w>, I mean <n>}", w=wrong, n=name)
    yours = "yours" in tell
    acknowledge = w.say("{Nice to meet you|Hello|Pleased to meet you|Good to meet you}, <n>! {How are you|How can I help|What's on your mind}?", n=name)
    if yours:
        acknowledge = w.say("Nice to meet you, <n>! I'm Antiphon's rehearsal voice.", n=name)
    return Item("name", tell, acknowledge, [(NAME_ASK, f"Your name is {name}."), (NAME_ASK, w.say("{You're <n>|Your name is <n>}.", n=name)),
                ("{is my name <w>|am I called <w>|my name is <w>, right}?".replace("<w>", wrong), f"No, your name is {name}." if wrong != name else f"Yes, your name is {name}."),
                ("{is my name <w>|am I called <w>|my name is <w>, right}?".replace("<w>", name), f"Yes, your name is {name}.")])


def count_owned(w: Writer) -> Item:
    from facts import plural

    thing = w.choose(OWNED)
    number = w.between(1, 9) if w.chance(0.9) else w.between(10, 12)
    said = w.choose((COUNT_WORDS[number], COUNT_WORDS[number], str(number)))
    noun = thing if number == 1 else plural(thing)
    adjective = w.choose(("", "", "", "little ", "big ", "old ", "lovely ", "young "))
    tell = w.fill("{I have <c> <j><t>|I've got <c> <j><t>|we have <c> <j><t>[ at home]|I own <c> <j><t>|there are <c> <j><t> in my life|my family has <c> <j><t>|I {live|live together} with <c> <j><t>|at home I have <c> <j><t>|we've got <c> <j><t>|you know, I have <c> <j><t>|"
                  "I'm the {owner|proud owner} of <c> <j><t>|I have <c> <j><t> now|by the way I have <c> <j><t>}", c=said, t=noun, j=adjective)
    if number == 1:
        tell = tell.replace("there are one", "there is one")
    many = plural(thing)
    acknowledge = w.say("{<C> <t>, {how nice|lovely|that's nice}|How nice, <c> <t>|That's nice, <c> <t>}! {Tell me more about that|I'll remember that|Good to know}.", c=COUNT_WORDS[number], C=COUNT_WORDS[number].capitalize(), t=noun)
    ask = w.fill("{how many <m> do {I|we} have|how many <m> {have I got|do I own|did I say I have|did I mention|did I tell you about}|do you remember how many <m> I have|what number of <m> do I have|tell me how many <m> I have|can you recall how many <m> I have|"
                 "I have how many <m>|how many <m> are {mine|there at my home|at my place|in my home|with me}|remind me how many <m> I have|how many <m> was it|what did I say about my <m>|the number of <m> I have is|do you know how many <m> I've got|so how many <m> again|how many <m> did I say}?", m=many)
    asks = [(ask, f"You have {COUNT_WORDS[number]} {noun}."), (ask, f"You have {COUNT_WORDS[number]} {noun}.")]
    if thing in PETS:
        asks.append(("{what {pet|pets|animal|animals} do {I|we} have|which {pets|animals|pet} do I have|do you remember my {pets|pet|animals}|what {animal|animals|pets} did I {mention|tell you about}|tell me what pets I have|do I have {any |}pets|what animals live with me|what kind of {pet|animal} do I have|which pets did I say I have}?",
                     f"You have {COUNT_WORDS[number]} {noun}."))
    return Item(f"count {thing}", tell, acknowledge, asks)


def two_counts(w: Writer) -> Item:
    from facts import plural

    a, b = w.rng.sample(OWNED, 2)
    na, nb = w.between(1, 9), w.between(1, 9)
    ta, tb = (a if na == 1 else plural(a)), (b if nb == 1 else plural(b))
    tell = w.fill("{I have|I've got|we have|I own|at home we have} <x> <a> and <y> <b>", x=w.choose((COUNT_WORDS[na], str(na))) if na > 1 else "one", y=w.choose((COUNT_WORDS[nb], str(nb))) if nb > 1 else w.choose(("one", "a")), a=ta, b=tb)
    asks = []
    for thing, number, noun in ((a, na, ta), (b, nb, tb)):
        asks.append((w.fill("{how many <m> do {I|we} have|how many <m> {have I got|do I own|did I say I have|did I mention}|do you remember how many <m> I have|what number of <m> do I have|tell me how many <m> I have|how many <m> was it|remind me how many <m> I have}?", m=plural(thing)), f"You have {COUNT_WORDS[number]} {noun}."))
    return Item("counts", tell, w.say("{How nice|Lovely|That's nice}, <x> <a> and <y> <b>!", x=COUNT_WORDS[na], a=ta, y=COUNT_WORDS[nb], b=tb), asks)


def named_pet(w: Writer) -> Item:
    pet, name = w.choose(PETS), w.choose(PET_NAMES) if w.chance(0.8) else name_of(w)
    tell = w.fill("{I have <p> {called|named} <n>|my <q> is {called|named} <n>|my <q>'s name is <n>|I've got <p> and {his|her|its} name is <n>|we have <p> {called|named} <n>|the name of my <q> is <n>|<n> is my <q>|this is my <q> <n>|I have a little <q> {named|called} <n>|my <q> <n> is {sleeping|hungry|here|playing|funny}|I call my <q> <n>}", p=article(pet), q=pet, n=name)
    ask = w.fill("{what{'s| is} my <q> called|what{'s| is} the name of my <q>|what{'s| is} my <q>'s name|do you {remember|know|recall} {my <q>'s name|the name of my <q>|what my <q> is called}|what did I {say|tell you} my <q> is called|how is my <q> called|what do I call my <q>|tell me the name of my <q>|what was the name of my <q>|"
                 "and my <q>'s name|can you tell me my <q>'s name|who is <n>|what name does my <q> have|which name did I give my <q>|what did I name my <q>}?", q=pet, n=name)
    answer = f"Your {pet} is called {name}." if "who is" not in ask else f"{name} is your {pet}."
    asks = [(ask, answer), (ask, answer), (f"{{what {{pet|animal}} do I have|which pet do I have|do I have a pet|what kind of animal is {name}|what is {name}|tell me about my pet|what do you know about {name}}}?", f"{name} is your {pet}.")]
    return Item(f"pet {pet}", tell, w.say("{<n> is a lovely name|What a nice name, <n>|<n>, how sweet}{!|.} {I'd like to meet your <q>|Say hello to your <q>}.", n=name, q=pet), asks)


def relative(w: Writer) -> Item:
    relation, name = w.choose(RELATIONS), name_of(w)
    tell = w.fill("{my <r> is {called|named} <n>|my <r>'s name is <n>|I have a <r> {called|named} <n>|the name of my <r> is <n>|<n> is my <r>|<n> is the name of my <r>|my <r> <n> {is here|says hello|is visiting|called me today|lives near me|is coming over}|I {live with|met|visited|called} my <r> <n>[ today]|I'm with my <r> <n>|this is my <r> <n>}", r=relation, n=name)
    tell = tell.replace("a uncle", "an uncle").replace("a aunt", "an aunt")
    ask = w.fill("{what{'s| is} my <r>'s name|what{'s| is} my <r> called|what{'s| is} the name of my <r>|what is <h> called, my <r>|do you {remember|know|recall} {my <r>'s name|the name of my <r>|what my <r> is called}|who is my <r>|how is my <r> called|tell me my <r>'s name|what did I say my <r> is called|what was my <r>'s name|"
                 "and my <r>'s name|can you tell me the name of my <r>|which name does my <r> have|what name did I say my <r> has|what do we call my <r>}?", r=relation, h=w.choose(("he", "she")))
    return Item(f"relative {relation}", tell, w.say("{<n> is a nice name|That's nice|How nice|Good to know}{.|!} {Please say hello to <n>|Say hello to <n> from me|Greetings to <n>}.", n=name),
                [(ask, f"Your {relation}'s name is {name}."), (f"{{who is {name}|who was {name} again|do you remember who {name} is|what did I say about {name}|how do I know {name}|do you know who {name} is|tell me who {name} is}}?", f"{name} is your {relation}.")])


def job(w: Writer) -> Item:
    name = w.choose(JOBS)
    an = article(name)
    tell = w.fill("{I'm <a>|I am <a>|I work as <a>|my job is <n>|I'm <a> by profession|I have a job as <a>|I earn my money as <a>|I just started work as <a>|I've been <a> for years|by day I'm <a>|I'm training to be <a>|I {became|am now} <a>}", a=an, n=name)
    ask = w.fill("{what{'s| is} my job|what do I do[ {for a living|for work}]|what do I work as|what{'s| is} my profession|do you {remember|know} {my job|what I do|what I work as}|what did I say {my job is|I work as|I do}|what kind of work do I do|where do I work, I mean as what|tell me my job|what work do I do|how do I earn my money|what am I by profession|what am I working as|"
                 "which job do I have|can you tell me what I do for a living|what is it that I do at work|my job is what|what job did I mention}?")
    return Item("job", tell, w.say("{<A>, how interesting|That's a good job, <n>|<A>, that must be interesting}{!|.} {Do you like it|How do you like it}?", A=an[:1].upper() + an[1:], n=name), [(ask, f"You work as {an}.")])


def city(w: Writer) -> Item:
    name = w.choose(CITIES) if w.chance(0.9) else invented(w).capitalize()
    tell = w.fill("{I live in <c>|I'm living in <c>|my home is in <c>|I {just |}moved to <c>|my home is <c>|I live in a {house|flat} in <c>|we live in <c>|I have a flat in <c>|<c> is my home|<c> is where I live|home for me is <c>|I've lived in <c> for years}", c=name)
    ask = w.fill("{where do I live|{what|which} {city|town|place} do I live in|in {what|which} {city|town} do I live|where is my home|do you {remember|know|recall} where I live|where did I say I live|tell me where I live|what is my home town|which city is my home|where am I living|where's my home|can you tell me where I live|what city did I mention|where do I have my home|the city I live in is what|what place do I call home}?")
    return Item("home", tell, w.say("{<c> is a nice place|How nice, <c>|I hear <c> is lovely|<c> sounds lovely}{.|!} {Do you like it there|How long have you lived there|What do you like about it}?", c=name), [(ask, f"You live in {name}.")])


def homeland(w: Writer) -> Item:
    name = w.choose(HOMELANDS)
    tell = w.fill("{I'm from <c>|I come from <c>|I was born in <c>|I grew up in <c>|my home country is <c>|my family is from <c>|originally I'm from <c>|<c> is my home country|I'm here from <c>}", c=name)
    ask = w.fill("{where am I from|where do I come from|{what|which} country {am I from|do I come from}|what{'s| is} my home country|do you {remember|know} where I {come from|am from}|tell me where I'm from|where was I born|where did I grow up|what country did I mention|which is my country|from which country am I|what's my country}?")
    return Item("homeland", tell, w.say("{<c> is a beautiful country|How nice, <c>|I'd love to see <c>}{.|!} {Do you miss it|What do you like about it}?", c=name), [(ask, f"You are from {name}.")])


FAVOURITES = {
    "colour": COLOURS, "color": COLOURS, "food": FOODS, "drink": DRINKS, "animal": ANIMAL_LIKES, "sport": SPORTS, "hobby": HOBBIES, "instrument": INSTRUMENTS, "language": LANGUAGES, "city": CITIES, "season": ["spring", "summer", "autumn", "winter"],
    "month": MONTHS, "day": DAYS, "kind of film": FILM_KINDS, "music": MUSIC_KINDS, "fruit": "apples bananas oranges pears grapes cherries mangoes strawberries plums peaches".split(), "number": [str(n) for n in range(10, 100)] + COUNT_WORDS[:10],
    "flower": "roses tulips daisies sunflowers lilies poppies".split(), "country": HOMELANDS, "word": WORDS,
}


def favourite(w: Writer) -> Item:
    kind = w.choose(list(FAVOURITES))
    value = w.choose(FAVOURITES[kind])
    tell = w.fill("{my {favourite|favorite} <k> is <v>|<v> is my {favourite|favorite} <k>|the <k> I {like|love} {most|best} is <v>|I {like|love} the <k> <v> {most|best}|my best loved <k> is <v>|of all <k>s I like <v> best|<v> is the <k> I love most|for me the best <k> is <v>}", k=kind, v=value)
    ask = w.fill("{what{'s| is} my {favourite|favorite} <k>|{which|what} <k> do I {like|love|prefer} {most|best|}|do you {remember|know|recall} my {favourite|favorite} <k>|tell me my {favourite|favorite} <k>|what did I say my {favourite|favorite} <k> is|what <k> did I {mention|say I like}|what was my {favourite|favorite} <k>|can you tell me my {favourite|favorite} <k>|"
                 "what's the <k> I {like|love} {most|best}|my {favourite|favorite} <k> is what|which <k> is my {favourite|favorite}|{which|what} <k> is {the one I love|dear to me}|name my {favourite|favorite} <k>}?", k=kind)
    spelled = "favourite" if kind != "color" else "favorite"
    return Item(f"favourite {'colour' if kind == 'color' else kind}", tell, w.say("{<v>, good choice|Nice, <v>|I like that too|That's a good choice, <v>}{!|.} {I'll remember that.|Why do you like it?|Good to know.}", v=value), [(ask, tidy(f"Your {spelled} {kind} is {value}."))])


def like(w: Writer) -> Item:
    table, kind = w.choose(((FOODS, "food"), (HOBBIES, "hobby"), (SPORTS, "sport"), (MUSIC_KINDS, "music"), (ANIMAL_LIKES, "animal"), (DRINKS, "drink")))
    value = w.choose(table)
    tell = w.fill("{I {love|like|adore|really like|really love|enjoy} <v>[ {a lot|so much|very much}]|I'm {a big fan of|really into|crazy about|mad about|fond of} <v>|<v> {makes|make} me happy|I can't live without <v>|nothing is better than <v>|there's nothing like <v>|I {often|always|mostly} go for <v>|I love <v> above all|for me there is only <v>}", v=value)
    doing = kind in ("hobby", "sport")
    if doing and w.chance(0.6):
        tell = w.fill("{I like to {do |}<v>|in my free time I {do|like} <v>|my hobby is <v>|I do <v> {every week|on weekends|every Saturday|every evening|after work|a lot}|on {Saturdays|Mondays|weekends|Fridays} I {do|enjoy} <v>|my passion is <v>|I go {to |}<v> {every week|often|on weekends}|I relax with <v>}".replace("{to |}", ""), v=value)
    ask = w.fill("{what do I {like|love|enjoy}|what did I say I {like|love|enjoy}|do you remember what I {like|love}|{which|what} <k> do I {like|love}[ {most|best|so much}]|what {makes me happy|am I a fan of|am I into}|what was it that I {like|love}|what <k> did I {mention|talk about|tell you about}|what{'s| is} the <k> I {love|like}|tell me what I {like|love}|which <k> makes me happy|what's my thing|what <k> am I fond of}?", k=kind)
    if doing:
        ask = w.fill("{what{'s| is} my {hobby|pastime}|what do I {like|love} {to do|doing}|what do I do {in my free time|for fun|on weekends}|what did I say I {like to do|enjoy}|which {hobby|sport|activity} did I {mention|tell you about}|do you remember my hobby|what {hobby|activity} do I have|how do I spend my free time|what do I enjoy|what do I do to relax|name my hobby|tell me my hobby}?")
    return Item("like", tell, w.say("{<V> sounds great|I can understand that|How nice}{!|.} {What do you like about it|Since when|I'll remember that}{?|?}".replace("|I'll remember that", ""), V=value[:1].upper() + value[1:]), [(ask, f"You like {value}.")])


def age(w: Writer) -> Item:
    years = w.between(6, 95)
    said = w.number(years)
    tell = w.fill("{I'm <y>[ years old]|I am <y>[ years old]|my age is <y>|I just turned <y>|I turned <y> {today|last week|this year}|I'm already <y>|I'm only <y>|I've been on earth for <y> years|at <y> I'm not so young|I became <y> {yesterday|in May}}", y=said)
    ask = w.fill("{how old am I|what{'s| is} my age|do you {remember|know|recall} {my age|how old I am}|how old did I say I am|tell me my age|how many years old am I|what was my age|my age is what|can you tell me how old I am|how old was I again|at what age am I|which age did I {say|mention|give}|what age am I}?")
    return Item("age", tell, w.say("{<y> is a good age|<y>, how nice|That's a good age}{!|.} I'll remember that.", y=years), [(ask, f"You are {years} years old.")])


def plan(w: Writer) -> Item:
    place, when = w.choose(PLACES), w.choose(WHENS)
    if place in ("a football match",) and when == "later":
        when = "tomorrow"
    front = w.chance(0.4)
    go = w.choose(("I'm going to", "I will go to", "I'll be going to", "I have to go to", "I want to go to", "we're going to", "I must go to", "I plan to go to", "I'm off to", "I'm visiting"))
    tell = f"{when} {go} {place}" if front else f"{go} {place} {when}"
    ask = w.fill("{where am I going[ <w>]|what am I doing[ <w>]|where will I {go|be}[ <w>]|what are my plans[ for <b>]|do you remember {where I'm going|my plans|what I'm doing}[ <w>]|where did I say I{'m going|will go|'m off to}|what{'s| is} my plan[ <w>]|what did I say I'm doing[ <w>]|where do I {have to|want to} go[ <w>]|tell me where I'm going[ <w>]|which place am I going to[ <w>]|"
                 "what do I have planned[ <w>]|where will you find me <w>|I'm going where[ <w>]|where do I need to be <w>}?", w=when, b=when.replace("on ", ""))
    yours = place.replace("my ", "your ")
    return Item("plan", tell, w.say("{That sounds good|How nice|That sounds nice}{!|.} {I hope it goes well|Have a good time|Enjoy it}.") if place not in ("the dentist", "the doctor", "the hospital", "the vet") else w.say("{I hope it goes well|Good luck with that}."), [(ask, f"You're going to {yours} {when}.")])


def instrument(w: Writer) -> Item:
    value = w.choose(INSTRUMENTS)
    tell = w.fill("{I play the <v>|I'm learning [to play] the <v>|I can play the <v>|I play the <v> {in a band|every day|quite well|in an orchestra|since I was six|badly}|my instrument is the <v>|I've been playing the <v> for years|I practise the <v>|I'm a <v> player}", v=value)
    ask = w.fill("{{what|which} instrument do I play|what do I play|do you remember {what|which} instrument I play|what instrument am I learning|tell me which instrument I play|what's my instrument|which instrument did I {mention|say}|what kind of music instrument do I have|on what instrument do I play|which instrument is mine|what can I play}?")
    return Item("instrument", tell, w.say("{The <v> is a beautiful instrument|The <v>, how lovely|I like the sound of the <v>}{!|.}", v=value), [(ask, f"You play the {value}.")])


def vehicle(w: Writer) -> Item:
    kind, tone = w.choose(VEHICLES + ["house", "door", "bag", "coat", "sofa", "hat", "umbrella", "jacket", "phone"]), w.choose(COLOURS[:12])
    verb = "{drive|have|own|bought}" if kind in VEHICLES else "{have|own|bought|love}"
    tell = w.fill("{I " + verb + " <a>|my <k> is <t>|my new <k> is <t>|the colour of my <k> is <t>|I painted my <k> <t>|I've got <a>}", a=article(f"{tone} {kind}"), k=kind, t=tone)
    ask = w.fill("{what {colour|color} is my <k>|which {colour|color} does my <k> have|what{'s| is} the {colour|color} of my <k>|do you remember the colour of my <k>|my <k> has what colour|tell me the colour of my <k>|what colour did I say my <k> is|is my <k> red or what|which colour did I paint my <k>|what's my <k>'s colour|what does my <k> look like}?", k=kind)
    return Item(f"colour of {kind}", tell, w.say("{<A>, how nice|That sounds nice, <a>|<T> is a good colour}{!|.}", A=article(f"{tone} {kind}")[:1].upper() + article(f"{tone} {kind}")[1:], a=article(f"{tone} {kind}"), T=tone.capitalize()), [(ask, f"Your {kind} is {tone}.")])


def remember_this(w: Writer) -> Item:
    kind = w.choose(("number", "number", "word", "name", "word"))
    value = {"number": w.number(w.between(2, 99)), "word": w.choose(WORDS) if w.chance(0.7) else invented(w), "name": name_of(w)}[kind]
    tell = w.fill("{{please |}remember the <k> <v>|keep the <k> <v> in mind|{please |}remember this <k>: <v>|don't forget the <k> <v>|the <k> is <v>, {remember it|don't forget|please remember}|I'll tell you a <k>, <v>|memorise the <k> <v>|can you remember the <k> <v> [for me]|the secret <k> is <v>|hold on to the <k> <v>|note down the <k> <v>|I have a <k> for you: <v>|"
                  "my <k> for you is <v>|try to keep <v> in mind, it's a <k>|here's a <k> to remember, <v>|the magic <k> is <v>|save the <k> <v>}", k=kind, v=value)
    ask = w.fill("{{what|which} <k> {should|did} you remember|{what|which} <k> did I {tell|give} you|what was the <k>|what{'s| is} the <k>|do you {remember|still know|recall} the <k>|tell me the <k>|which <k> did I {say|want you to remember}|what <k> did I {mention|say}|say the <k>|can you repeat the <k>|what was that <k> [again]|what was the secret <k>|have you still got the <k>|did you keep the <k>|what <k> do you have in mind|remind me of the <k>|what's the secret <k>|give me the <k>}?", k=kind)
    shown = value
    return Item(f"remember {kind}", tell, w.say("{OK, I'll remember|Sure, I'll remember|All right, I'll keep in mind} <v>.", v=shown), [(ask, f"The {kind} is {shown}.")])


def my_thing(w: Writer) -> Item:
    thing = w.choose(THINGS)
    value = w.choose((w.choose(WORDS), w.choose(WORDS), str(w.between(10, 99)), name_of(w), w.choose(CITIES), invented(w).capitalize(), w.choose(COLOURS)))
    tell = w.fill("{my <k> is [called] <v>|the <k> is <v>|<v> is my <k>|our <k> is <v>|my <k> is now <v>|note that my <k> is <v>|the name of my <k> is <v>|I picked <v> as my <k>|they gave me <v> as <k>}", k=thing, v=value)
    ask = w.fill("{what{'s| is} {my|the} <k>|what was {my|the} <k>[ again]|do you {remember|know|recall} {my|the} <k>|tell me {my|the} <k>|what did I say {my|the} <k> {is|was}|which is my <k>|can you tell me {my|the} <k>|what <k> did I {tell you|mention|say}|remind me of {my|the} <k>|I forgot {my|the} <k>, what is it|say {my|the} <k>|what's the name of my <k>|which <k> do I have|and what is my <k>}?", k=thing)
    return Item(f"thing {thing}", tell, w.say("{OK, your <k> is <v>|Good, I'll remember that your <k> is <v>|All right, your <k> is <v>}.", k=thing, v=value), [(ask, f"Your {thing} is {value}.")])


def allergy(w: Writer) -> Item:
    value = w.choose(ALLERGIES + FOODS)
    if w.chance(0.5):
        return Item("allergy", w.fill("{I'm allergic to <v>|I have an allergy to <v>|<v> make me ill, I'm allergic|I have a <v> allergy|I can't be near <v>, I'm allergic|my allergy is <v>}", v=value), w.say("{I'll remember that you're allergic to <v>|Then take care with <v>}.", v=value),
                    [("{what am I allergic to|what{'s| is} my allergy|do you remember my allergy|what allergy do I have|which allergy did I mention|what should I avoid|what makes me ill|tell me my allergy|to what am I allergic|what did I say I'm allergic to|am I allergic to something}?", f"You're allergic to {value}.")])
    value = w.choose(FOODS + SPORTS + ALLERGIES)
    return Item("dislike", w.fill("{I {hate|don't like|can't stand|dislike|really hate} <v>|<v> {is|are} not for me|I'm not a fan of <v>|I never liked <v>|the thing I hate is <v>}", v=value), w.say("{I understand|That's fair}, not everyone likes <v>.", v=value),
                [("{what do I {hate|not like|dislike}|what don't I like|what did I say I {hate|don't like}|do you remember what I {hate|don't like}|what can't I stand|which thing do I hate|tell me what I don't like|what am I not a fan of}?", f"You don't like {value}.")])


def appointment(w: Writer) -> Item:
    event = w.choose("meeting exam appointment train flight party lesson interview test wedding concert class bus dinner lunch match training date birthday holiday check-up show call".split())
    pick = w.rng.random()
    if event in ("birthday", "holiday"):
        when = f"in {w.choose(MONTHS)}"
    elif pick < 0.45:
        when = f"at {w.choose(COUNT_WORDS[1:13])}" + w.choose(("", "", " o'clock", " thirty"))
    elif pick < 0.75:
        when = f"on {w.choose(DAYS)}"
    else:
        when = w.choose(("tomorrow", "tonight", "next week", "tomorrow morning", "at noon", "next month", f"in {w.choose(MONTHS)}"))
    tell = w.fill("{my <e> is <w>|I have {a|my} <e> <w>|the <e> is <w>|my <e> starts <w>|<w> I have my <e>|<w> is my <e>|we planned the <e> for <f>|my next <e> is <w>}", e=event, w=when, f=when.replace("at ", "").replace("on ", "").replace("in ", "")).replace(" a exam", " an exam").replace(" a appointment", " an appointment").replace(" a interview", " an interview")
    ask = w.fill("{when is {my|the} <e>|when{'s| is} my <e>|when do I have {my|the} <e>|what time is my <e>|do you remember when my <e> is|when does my <e> {start|begin}|when did I say my <e> is|tell me when my <e> is|at what time is my <e>|what day is my <e>|my <e> is when|how soon is my <e>|remind me when my <e> is|when was my <e> again}?", e=event)
    return Item(f"event {event}", tell, w.say("{OK, I'll remember that|Good to know|All right}{,|:} your <e> is <w>.", e=event, w=when), [(ask, tidy(f"Your {event} is {when}."))])


def speaks(w: Writer) -> Item:
    value = w.choose(LANGUAGES)
    return Item("language", w.fill("{I speak <v>|I'm learning <v>|my mother tongue is <v>|at home we speak <v>|I study <v>|I can speak <v>}", v=value), w.say("{<v> is a beautiful language|How nice, <v>|<v>, that's interesting}{!|.}", v=value),
                [("{{what|which} language do I {speak|know|study}|which language did I mention|do you remember what language I speak|what's my language|what am I learning|tell me which language I speak|what language am I studying}?", f"Your language is {value}.")])


def did(w: Writer) -> Item:
    verb, past, objects = w.choose((("eat", "ate", FOODS), ("eat", "had", FOODS), ("buy", "bought", [article(t) for t in ("book", "hat", "coat", "phone", "bike", "plant", "lamp", "chair", "guitar", "cake", "watch", "car", "table", "scarf")]), ("see", "saw", [article(a) for a in ("fox", "owl", "deer", "rainbow", "snake", "whale", "film", "swan", "squirrel", "hedgehog", "play")]),
                                    ("visit", "visited", CITIES), ("meet", "met", FIRST_NAMES), ("find", "found", [article(t) for t in ("coin", "ring", "key", "shell", "letter", "wallet", "glove", "kitten")]), ("cook", "cooked", FOODS), ("go to", "went to", PLACES), ("drink", "drank", DRINKS), ("read", "read", [article(t) for t in ("book", "poem", "letter", "comic", "thriller")]), ("play", "played", SPORTS[:9])))
    value = w.choose(objects)
    when = w.choose(("today", "yesterday", "this morning", "last night", "last week", "on Sunday", "on Monday", "for lunch" if verb == "eat" else "last weekend", "for breakfast" if verb == "eat" else "at the weekend"))
    tell = f"I {past} {value} {when}" if w.chance(0.75) else f"{when} I {past} {value}"
    question = "where" if verb in ("go to", "visit") else ("who" if verb == "meet" else "what")
    base = "go" if verb == "go to" else verb
    asks = w.fill("{<q> did I <b> <w>|<q> did I <b>|<q> did I say I <p>|do you remember <q> I <p>[ <w>]|tell me <q> I <p> <w>|<q> was it that I <p> <w>|<w>, <q> did I <b>}?", q=question, b=base, w=when, p=past.replace("went to", "went"))
    yours = value.replace("my ", "your ")
    return Item(f"did {verb}", tell, w.say("{How nice|That sounds nice|That's nice|Lovely}! {How was it|Did you like it|Tell me more|Was it good}{?|?}".replace("|Tell me more", "")), [(asks, f"You {past} {yours} {when}.")])


def two_facts(w: Writer) -> Item:
    name, place = name_of(w), w.choose(CITIES)
    work = w.choose(JOBS)
    pick = w.between(0, 2)
    if pick == 0:
        tell = w.fill("{{my name is|I'm|I am called} <n> and I {live in|live near|'m living in} <c>|I'm <n>, and my home is <c>|I live in <c> and {my name is|I'm} <n>}", n=name, c=place).replace("live near", "live in").replace("I 'm", "I'm")
        return Item("name", tell, w.say("Nice to meet you, <n>! {<c> is a nice place|How is life in <c>}.", n=name, c=place), [
            (NAME_ASK, f"Your name is {name}."), ("{where do I live|which {city|town} do I live in|where is my home|do you know where I live}?", f"You live in {place}."),
            ("{{what{'s| is} my name and where do I live|who am I and where do I live|where do I live and what's my name|tell me my name and my {city|home|town}|do you know my name and where I live|what do you know about me|what did I tell you about me|what have I told you|say what you know about me|what do you remember about me}}?", f"Your name is {name} and you live in {place}.")])
    if pick == 1:
        tell = w.fill("{{my name is|I'm|I am called} <n> and I {work as|am} <a>|I'm <n>, <a>|I'm <a> and {my name is|I'm called} <n>}", n=name, a=article(work))
        return Item("name", tell, w.say("Nice to meet you, <n>! {<A>, how interesting|That's a good job}.", n=name, A=article(work)[:1].upper() + article(work)[1:]), [
            (NAME_ASK, f"Your name is {name}."), ("{what{'s| is} my job|what do I work as|what do I do for a living|do you remember my job}?", f"You work as {article(work)}."),
            ("{{what{'s| is} my name and {what do I do|my job}|who am I and what do I do|tell me my name and my job|what do you know about me|what did I tell you about me|what do you remember about me|say what you know about me}}?", f"Your name is {name} and you work as {article(work)}.")])
    years = w.between(6, 90)
    tell = w.fill("{{my name is|I'm|I am called} <n> and I'm <y>[ years old]|I'm <n>, <y> years old|I'm <y> and {my name is|I'm called} <n>}", n=name, y=w.number(years))
    return Item("name", tell, w.say("Nice to meet you, <n>!", n=name), [
        (NAME_ASK, f"Your name is {name}."), ("{how old am I|what{'s| is} my age|do you remember my age}?", f"You are {years} years old."),
        ("{{what{'s| is} my name and {my age|how old am I}|who am I and how old|tell me my name and my age|what do you know about me|what did I tell you about me|what do you remember about me}}?", f"Your name is {name} and you are {years} years old.")])


def people(w: Writer) -> Item:
    """Facts about other people, told in one breath."""
    a, b = w.rng.sample(FIRST_NAMES, 2)
    table, verb, third, ask = w.choose(((FOODS, "like", "likes", "what does"), (SPORTS, "play", "plays", "what does"), (CITIES, "live in", "lives in", "where does"), (DRINKS, "drink", "drinks", "what does")))
    x, y = w.rng.sample(table[:9] if table is SPORTS else table, 2)
    base = verb.replace("live in", "live")
    join = w.choose(("and", "but", "while"))
    return Item("people", f"{a} {third} {x} {join} {b} {third} {y}", w.say("{OK, I'll remember that|Good to know|I see}. {What about you|And you}?"), [
        (f"{ask} {a} {base}?", f"{a} {third} {x}."), (f"{ask} {b} {base}?", f"{b} {third} {y}."), (f"who {third} {x}?", f"{a} {third} {x}."), (f"who {third} {y}?", f"{b} {third} {y}.")])


ITEMS = (
    [user_name] * 24 + [count_owned] * 9 + [two_counts] * 4 + [named_pet] * 7 + [relative] * 8 + [job] * 5 + [city] * 5 + [homeland] * 3 + [favourite] * 9 + [like] * 7 + [age] * 4 + [plan] * 6
    + [instrument] * 3 + [vehicle] * 4 + [remember_this] * 6 + [my_thing] * 7 + [allergy] * 4 + [appointment] * 5 + [speaks] * 2 + [did] * 5 + [two_facts] * 5 + [people] * 3
)

NEVER_TOLD = [
    ("name", NAME_ASK, "{You haven't told me your name yet|I don't know your name yet, you haven't told me}."),
    ("name", "{what{'s| is} my {last|second|family|full} name|do you know my {surname|last name|family name|nickname}|what's my surname}?", "{I don't know, you haven't told me|You haven't told me that, so I don't know}."),
    ("job", "{what{'s| is} my job|what do I do for a living|do you know {my job|where I work|what I do}|where do I work}?", "{You haven't told me your job|I don't know your job, you haven't told me}."),
    ("home", "{where do I live|{which|what} {city|town} do I live in|what{'s| is} my address|where is my home|do you know {my address|the place I live}|in what street do I live}?", "{I don't know where you live, you haven't told me|You haven't told me where you live}."),
    ("age", "{how old am I|what{'s| is} my age|do you know my age|guess my age}?", "{You haven't told me your age|I don't know how old you are, you haven't told me}."),
    ("homeland", "{where am I from|where do I come from|which country am I from}?", "{You haven't told me where you're from|I don't know, you haven't told me where you're from}."),
    ("pet", "{what{'s| is} my {dog|cat|rabbit|parrot} called|what's my {dog|cat|hamster|pet}'s name|how many {dogs|cats|pets} do I have|what pets do I have|do I have a {pet|dog|cat}}?", "{You haven't told me about your pets|I don't know, you haven't told me about any pets}."),
    ("favourite", "{what{'s| is} my {favourite|favorite} {colour|color|food|animal|song|film|drink|sport}|which {food|colour|music} do I like best|what do I like}?", "{You haven't told me what you like|I don't know, you haven't told me}."),
    ("relative", "{what{'s| is} my {brother|sister|mother|father|wife|husband|son|daughter|friend}'s name|who is my {brother|wife|husband|sister|boss}|what's my {sister|mother|boss|best friend} called|how many {brothers|sisters|children} do I have}?", "{You haven't told me that yet|I don't know, you haven't told me about your family}."),
    ("event", "{when is my {meeting|birthday|exam|train|flight|appointment}|what time is my {meeting|lesson|class}|what are my plans|where am I going tomorrow|what am I doing tomorrow}?", "{I don't know, you haven't told me|You haven't told me that yet}."),
    ("plan", "{what number did I tell you|what was the {number|word|code}|what did I ask you to remember|what did I {just |}tell you|what's the secret word}?", "{You haven't told me one yet|I don't think you've told me}."),
]
