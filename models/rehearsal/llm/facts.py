"""Everyday knowledge: fact tables and the many ways to ask for each, as (question, answer) pairs."""

from general_facts import FACTS
from writer import Writer, article, spell_number

# country: capital, language, people, continent, currency
COUNTRIES = {
    line.split("|")[0].strip(): [cell.strip() for cell in line.split("|")[1:]]
    for line in """
France|Paris|French|French|Europe|the euro
Germany|Berlin|German|German|Europe|the euro
Italy|Rome|Italian|Italian|Europe|the euro
Spain|Madrid|Spanish|Spanish|Europe|the euro
Portugal|Lisbon|Portuguese|Portuguese|Europe|the euro
England|London|English|English|Europe|the pound
Scotland|Edinburgh|English|Scottish|Europe|the pound
Wales|Cardiff|Welsh and English|Welsh|Europe|the pound
Ireland|Dublin|English and Irish|Irish|Europe|the euro
Norway|Oslo|Norwegian|Norwegian|Europe|the krone
Sweden|Stockholm|Swedish|Swedish|Europe|the krona
Denmark|Copenhagen|Danish|Danish|Europe|the krone
Finland|Helsinki|Finnish|Finnish|Europe|the euro
Iceland|Reykjavik|Icelandic|Icelandic|Europe|the krona
Poland|Warsaw|Polish|Polish|Europe|the zloty
Austria|Vienna|German|Austrian|Europe|the euro
Switzerland|Bern|German, French and Italian|Swiss|Europe|the Swiss franc
Belgium|Brussels|Dutch and French|Belgian|Europe|the euro
the Netherlands|Amsterdam|Dutch|Dutch|Europe|the euro
Greece|Athens|Greek|Greek|Europe|the euro
Hungary|Budapest|Hungarian|Hungarian|Europe|the forint
the Czech Republic|Prague|Czech|Czech|Europe|the crown
Romania|Bucharest|Romanian|Romanian|Europe|the leu
Russia|Moscow|Russian|Russian|Europe and Asia|the ruble
Ukraine|Kyiv|Ukrainian|Ukrainian|Europe|the hryvnia
Turkey|Ankara|Turkish|Turkish|Europe and Asia|the lira
Japan|Tokyo|Japanese|Japanese|Asia|the yen
China|Beijing|Chinese|Chinese|Asia|the yuan
India|New Delhi|Hindi and English|Indian|Asia|the rupee
South Korea|Seoul|Korean|Korean|Asia|the won
Thailand|Bangkok|Thai|Thai|Asia|the baht
Vietnam|Hanoi|Vietnamese|Vietnamese|Asia|the dong
Egypt|Cairo|Arabic|Egyptian|Africa|the pound
Kenya|Nairobi|Swahili and English|Kenyan|Africa|the shilling
Morocco|Rabat|Arabic|Moroccan|Africa|the dirham
Nigeria|Abuja|English|Nigerian|Africa|the naira
Canada|Ottawa|English and French|Canadian|North America|the dollar
the United States|Washington|English|American|North America|the dollar
Mexico|Mexico City|Spanish|Mexican|North America|the peso
Cuba|Havana|Spanish|Cuban|North America|the peso
Brazil|Brasilia|Portuguese|Brazilian|South America|the real
Argentina|Buenos Aires|Spanish|Argentine|South America|the peso
Chile|Santiago|Spanish|Chilean|South America|the peso
Peru|Lima|Spanish|Peruvian|South America|the sol
Colombia|Bogota|Spanish|Colombian|South America|the peso
Australia|Canberra|English|Australian|Oceania|the dollar
New Zealand|Wellington|English|New Zealand|Oceania|the dollar
Israel|Jerusalem|Hebrew|Israeli|Asia|the shekel
Iran|Tehran|Persian|Iranian|Asia|the rial
""".strip().splitlines()
}
COUNTRIES["Britain"] = COUNTRIES["the UK"] = ["London", "English", "British", "Europe", "the pound"]
COUNTRIES["America"] = COUNTRIES["the USA"] = COUNTRIES["the United States"]
COUNTRIES["Holland"] = COUNTRIES["the Netherlands"]

OPPOSITES = """hot cold|big small|up down|day night|black white|fast slow|happy sad|old young|new old|light dark|heavy light|hard soft
open closed|full empty|early late|long short|tall short|wet dry|clean dirty|rich poor|strong weak|loud quiet|high low|near far|in out
inside outside|left right|good bad|right wrong|true false|first last|begin end|start stop|push pull|buy sell|give take|come go
win lose|love hate|laugh cry|awake asleep|alive dead|thick thin|wide narrow|deep shallow|sharp blunt|smooth rough|sweet sour|easy difficult
cheap expensive|safe dangerous|brave afraid|polite rude|kind cruel|lazy busy|noisy quiet|summer winter|north south|east west|above below
over under|before after|front back|top bottom|always never|everything nothing|yes no|man woman|boy girl|brother sister|mother father
king queen|friend enemy|question answer|beginning end|morning evening|sunrise sunset|warm cool|fat thin|beautiful ugly|large small
little big|quick slow|slow fast|cold hot|small big|down up|night day|late early|low high|far near|out in|down up|sad happy|dirty clean
empty full|dry wet|soft hard|dark light|young old|poor rich|weak strong|quiet loud|short long|white black|closed open|bad good|wrong right
last first|end beginning|pull push|sell buy|go come|lose win|hate love|cry laugh|asleep awake|south north|west east|under over|after before
back front|bottom top|never always|no yes|smile frown|remember forget|find lose|teach learn|arrive leave|add subtract|multiply divide
sink float|rise fall|build destroy|whisper shout|whole part|public private|simple complicated|tiny huge|huge tiny|success failure|war peace"""
OPPOSITES = [tuple(pair.split()) for line in OPPOSITES.splitlines() for pair in line.split("|")]

# animal: sound, baby, home, food, legs, kind, size rank (1 smallest)
ANIMALS = {
    line.split("|")[0].strip(): [cell.strip() for cell in line.split("|")[1:]]
    for line in """
cow|moo|calf|on farms|grass|4|mammal|8
dog|woof|puppy|with people|meat and dog food|4|mammal|5
cat|meow|kitten|with people|fish, meat and cat food|4|mammal|4
sheep|baa|lamb|on farms|grass|4|mammal|6
horse|neigh|foal|on farms and in stables|grass and hay|4|mammal|8
pig|oink|piglet|on farms|almost anything, like corn and vegetables|4|mammal|6
duck|quack|duckling|near ponds|plants and small bugs|2|bird|3
hen|cluck|chick|on farms|seeds and corn|2|bird|3
chicken|cluck|chick|on farms|seeds and corn|2|bird|3
rooster|cock-a-doodle-doo|chick|on farms|seeds and corn|2|bird|3
goat|bleat|kid|on farms and in mountains|grass and leaves|4|mammal|6
lion|roar|cub|in Africa, on the grasslands|meat|4|mammal|7
tiger|roar|cub|in the forests of Asia|meat|4|mammal|7
bear|growl|cub|in forests|berries, honey and fish|4|mammal|8
wolf|howl|pup|in forests|meat|4|mammal|6
fox|bark|cub|in woods and fields|mice, birds and berries|4|mammal|4
mouse|squeak|pup|in small holes|seeds and cheese|4|mammal|2
frog|croak|tadpole|in ponds|flies and other insects|4|amphibian|2
owl|hoot|owlet|in trees|mice|2|bird|3
snake|hiss|snakelet|in grass, deserts and forests|mice and eggs|0|reptile|4
bee|buzz|larva|in hives|nectar from flowers|6|insect|1
elephant|trumpet|calf|in Africa and Asia|leaves, grass and fruit|4|mammal|10
monkey|chatter|infant|in the jungle|fruit and leaves|4|mammal|4
donkey|hee-haw|foal|on farms|grass and hay|4|mammal|7
turkey|gobble|chick|on farms|seeds and corn|2|bird|4
crow|caw|chick|in trees|seeds, bugs and scraps|2|bird|3
bird|tweet|chick|in nests|seeds and worms|2|bird|3
penguin|honk|chick|in Antarctica, where it's cold|fish|2|bird|4
rabbit|squeak|kit|in burrows|grass and carrots|4|mammal|3
kangaroo|grunt|joey|in Australia|grass|2|mammal|7
koala|grunt|joey|in Australia|eucalyptus leaves|4|mammal|4
giraffe|hum|calf|in Africa|leaves from tall trees|4|mammal|9
zebra|bark|foal|in Africa|grass|4|mammal|8
camel|grunt|calf|in the desert|dry grass and plants|4|mammal|8
polar bear|growl|cub|in the Arctic, on the ice|seals|4|mammal|8
panda|bleat|cub|in China|bamboo|4|mammal|7
whale|song|calf|in the sea|tiny sea animals and fish|0|mammal|11
dolphin|click|calf|in the sea|fish|0|mammal|7
shark|nothing at all|pup|in the sea|fish|0|fish|8
fish|nothing at all|fry|in water|plants and smaller fish|0|fish|2
spider|nothing at all|spiderling|in webs|flies|8|arachnid|1
ant|nothing at all|larva|in ant hills|almost anything sweet|6|insect|1
butterfly|nothing at all|caterpillar|in gardens and fields|nectar from flowers|6|insect|1
fly|buzz|maggot|almost everywhere|almost anything|6|insect|1
beetle|click|larva|under leaves and stones|plants and small bugs|6|insect|1
crocodile|growl|hatchling|in rivers|fish and meat|4|reptile|8
lizard|hiss|hatchling|in warm places|insects|4|reptile|3
turtle|hiss|hatchling|in the sea and in ponds|plants and jellyfish|4|reptile|4
tortoise|hiss|hatchling|on land in warm places|grass and leaves|4|reptile|4
octopus|nothing at all|larva|in the sea|crabs and fish|8|sea animal|4
crab|click|larva|by the sea|almost anything it finds|10|sea animal|2
squirrel|squeak|kit|in trees|nuts|4|mammal|3
hedgehog|snuffle|hoglet|in hedges and gardens|worms and beetles|4|mammal|3
deer|bellow|fawn|in the forest|grass and leaves|4|mammal|7
swan|honk|cygnet|on lakes|water plants|2|bird|5
goose|honk|gosling|near ponds|grass|2|bird|4
eagle|screech|eaglet|high in the mountains|fish and small animals|2|bird|4
parrot|squawk|chick|in the jungle|fruit, nuts and seeds|2|bird|3
ostrich|boom|chick|in Africa|grass and seeds|2|bird|7
bat|squeak|pup|in caves|insects and fruit|2|mammal|2
hippo|grunt|calf|in African rivers|grass|4|mammal|9
rhino|grunt|calf|in Africa and Asia|grass and leaves|4|mammal|9
gorilla|grunt|infant|in the forests of Africa|leaves and fruit|4|mammal|7
seal|bark|pup|by cold seas|fish|0|mammal|7
worm|nothing at all|worm|in the soil|dead leaves|0|worm|1
snail|nothing at all|snail|in gardens|leaves|0|mollusc|1
""".strip().splitlines()
}
CANNOT_FLY = {"penguin", "ostrich", "hen"}
FLIERS = {"duck", "owl", "bee", "crow", "bird", "butterfly", "fly", "swan", "goose", "eagle", "parrot", "bat", "beetle"}
SWIMMERS = {"duck", "frog", "penguin", "whale", "dolphin", "shark", "fish", "turtle", "octopus", "swan", "seal", "crocodile", "hippo", "polar bear"}

COLOURS_OF = """grass green|snow white|the sky blue|a banana yellow|a lemon yellow|a carrot orange|an orange orange|coal black|blood red|milk white
a tomato red|a strawberry red|the sun yellow|the sea blue|a pumpkin orange|chocolate brown|a tree trunk brown|a crow black|a frog green
a cucumber green|a lime green|a plum purple|an elephant grey|a flamingo pink|a pig pink|a polar bear white|a fire engine red|a cherry red
an aubergine purple|butter yellow|salt white|sugar white|coffee brown|a leaf green|a rose red|a sunflower yellow|a lettuce green|broccoli green
a pea green|gold yellow|silver grey|a cloud white|the night sky black|a mouse grey|an emerald green|a ruby red|a swan white|rice white
a swimming pool blue|a brick red|a stop sign red|a raven black|an eggplant purple|lavender purple|a blueberry blue|sand yellow|mud brown|soil brown
a zebra {black and white}|a panda {black and white}|a penguin {black and white}|a corn cob yellow|honey {golden}|ketchup red|a ladybird {red with black spots}"""
COLOURS_OF = [
    (item.rsplit(" ", 1)[0], item.rsplit(" ", 1)[1]) if "{" not in item else (item.split(" {")[0], item.split(" {")[1].rstrip("}"))
    for line in COLOURS_OF.splitlines()
    for item in line.split("|")
]
MIXES = [
    ("blue", "yellow", "green"), ("red", "yellow", "orange"), ("red", "blue", "purple"), ("red", "white", "pink"),
    ("black", "white", "grey"), ("green", "red", "brown"), ("blue", "white", "light blue"), ("orange", "blue", "brown"),
]

DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = "January February March April May June July August September October November December".split()
MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
SEASONS = ["spring", "summer", "autumn", "winter"]
ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()
MONTH_SEASON = ["winter", "winter", "spring", "spring", "spring", "summer", "summer", "summer", "autumn", "autumn", "autumn", "winter"]

# job: what the person does
JOBS_DO = """teacher|teaches children at school|doctor|helps people who are ill|nurse|looks after people in hospital|baker|bakes bread and cakes
firefighter|puts out fires|police officer|keeps people safe and catches thieves|farmer|grows food and keeps animals|pilot|flies planes
chef|cooks food in a restaurant|cook|cooks meals|dentist|looks after your teeth|vet|looks after sick animals|waiter|brings food to your table
hairdresser|cuts hair|barber|cuts hair|plumber|fixes pipes and taps|electrician|repairs wires and lights|carpenter|makes things from wood
mechanic|repairs cars|gardener|looks after gardens|postman|brings letters and parcels|builder|builds houses|architect|designs buildings
painter|paints pictures or walls|singer|sings songs|actor|plays parts in films and plays|author|writes books|writer|writes books and stories
musician|plays music|astronaut|travels into space|scientist|studies how the world works|librarian|looks after books in a library
judge|decides things in court|lawyer|gives advice about the law|tailor|makes clothes|butcher|sells meat|fisherman|catches fish
florist|sells flowers|photographer|takes pictures|sailor|works on a ship|soldier|serves in the army|cleaner|keeps places clean
taxi driver|drives people where they want to go|bus driver|drives a bus|programmer|writes computer programs|lifeguard|watches over swimmers
surgeon|does operations|optician|looks after your eyes|pharmacist|sells medicine|journalist|writes the news|referee|makes sure a game is fair
conductor|leads an orchestra|shepherd|looks after sheep|miner|digs for coal and metals|jeweller|makes and sells rings|coach|trains a sports team"""
_cells = "|".join(JOBS_DO.splitlines()).split("|")
JOBS_DO = list(zip(_cells[::2], _cells[1::2]))

# purpose: tool
TOOLS = """cut paper|scissors|eat soup|a spoon|cut bread|a knife|brush your teeth|a toothbrush|write|a pen or a pencil|sweep the floor|a broom
dry yourself|a towel|comb your hair|a comb|open a lock|a key|hit a nail|a hammer|tell the time|a clock or a watch|keep food cold|a fridge
stay dry in the rain|an umbrella|boil water|a kettle|bake a cake|an oven|wash your hands|soap and water|see in the dark|a torch
take a picture|a camera|measure length|a ruler|weigh something|scales|measure temperature|a thermometer|dig a hole|a spade|drink tea|a cup
call someone|a phone|sleep on|a bed|sit on|a chair|iron clothes|an iron|wash clothes|a washing machine|cut wood|a saw|cut the grass|a lawnmower
catch fish|a fishing rod|look at the stars|a telescope|see tiny things|a microscope|fry an egg|a frying pan|toast bread|a toaster
sew a button|a needle and thread|tighten a screw|a screwdriver|erase pencil|a rubber|stick paper together|glue|clean the carpet|a vacuum cleaner
blow your nose|a tissue|carry shopping|a bag|light a candle|a match|find north|a compass|eat noodles|chopsticks or a fork|pay for things|money or a card
send a letter|a stamp and an envelope|climb onto a roof|a ladder|water plants|a watering can|mop up water|a mop|heat up food quickly|a microwave
see yourself|a mirror|read in bed|a lamp|cross a river|a bridge or a boat|type a letter|a keyboard|paint a wall|a brush and paint|open a tin|a tin opener
protect your eyes from the sun|sunglasses|keep your hands warm|gloves|keep your neck warm|a scarf|keep your head warm|a hat|do sums|a calculator"""
_cells = "|".join(TOOLS.splitlines()).split("|")
TOOLS = list(zip(_cells[::2], _cells[1::2]))

# product: what it is made of or comes from
MADE_OF = """bread|flour, water and yeast|cheese|milk|butter|cream from milk|yoghurt|milk|chocolate|cocoa beans and sugar|wine|grapes|beer|barley and hops
paper|wood|glass|sand|a candle|wax|a window|glass|jam|fruit and sugar|ketchup|tomatoes and sugar|chips|potatoes|crisps|potatoes|an omelette|eggs
pasta|flour and water or eggs|pizza|dough, tomato and cheese|a sandwich|bread with something tasty inside|wool|the coat of sheep|leather|animal skin
cotton|the cotton plant|silk|the threads of silkworms|honey|the nectar that bees collect|sugar|sugar cane or sugar beet|flour|ground wheat
coffee|roasted coffee beans|tea|the leaves of the tea plant|orange juice|squeezed oranges|toast|bread|ice cream|milk, cream and sugar
a snowman|snow|a tyre|rubber|a brick|baked clay|a coin|metal|a book|paper|raisins|dried grapes|popcorn|corn|mayonnaise|eggs and oil|tofu|soya beans
porridge|oats and milk or water|a salad|vegetables, like lettuce and tomato|soup|vegetables or meat cooked in water|furniture|mostly wood
a cake|flour, eggs, sugar and butter|pancakes|flour, eggs and milk|steel|iron and a little carbon|olive oil|olives|a diamond|carbon|rain|water"""
_cells = "|".join(MADE_OF.splitlines()).split("|")
MADE_OF = list(zip(_cells[::2], _cells[1::2]))

CATEGORIES = {
    "fruit": "apple banana orange pear grape strawberry cherry lemon peach plum mango pineapple melon kiwi raspberry blueberry fig lime apricot",
    "vegetable": "carrot potato onion cabbage leek cauliflower lettuce turnip radish pea courgette beetroot broccoli spinach celery garlic",
    "animal": "horse rabbit lion camel wolf giraffe sheep monkey hamster bear zebra donkey goat kangaroo",
    "bird": "robin eagle owl parrot sparrow swan crow pigeon seagull duck penguin ostrich blackbird",
    "insect": "bee ant beetle fly butterfly mosquito wasp ladybird grasshopper moth",
    "colour": "red blue green yellow purple orange pink brown black white grey turquoise",
    "instrument": "piano violin guitar trumpet flute drum cello harp clarinet saxophone ukulele trombone",
    "sport": "tennis football swimming basketball golf rugby hockey boxing cricket volleyball skiing cycling badminton baseball",
    "drink": "tea coffee water milk lemonade cola juice cocoa",
    "tree": "oak pine birch maple willow beech fir palm",
    "flower": "rose tulip daisy sunflower lily daffodil poppy orchid",
    "metal": "gold silver iron copper steel aluminium tin lead",
    "vehicle": "car bus train bicycle motorbike truck tram van",
    "tool": "hammer saw screwdriver drill spanner axe",
    "piece of furniture": "table chair sofa wardrobe bed shelf desk cupboard",
    "shape": "circle square triangle rectangle hexagon oval star",
    "planet": "Mars Venus Jupiter Saturn Mercury Neptune Uranus Earth",
    "month": "January March May July October December",
    "day of the week": "Monday Wednesday Friday Sunday",
    "season": "spring summer autumn winter",
    "fish": "salmon tuna shark cod trout herring goldfish",
    "reptile": "snake lizard crocodile turtle tortoise",
    "mammal": "whale dolphin bat dog elephant human cow mouse",
    "piece of clothing": "shirt jacket sock hat scarf coat skirt jumper",
    "language": "English French German Spanish Italian Chinese Greek Polish",
    "country": "France Japan Brazil Kenya Canada India Norway Peru",
    "city": "London Paris Madrid Berlin Tokyo Vienna",
    "continent": "Africa Asia Europe Antarctica",
    "ocean": "Pacific Atlantic Arctic",
    "job": "teacher nurse baker pilot dentist farmer",
}
CATEGORIES = {kind: names.split() for kind, names in CATEGORIES.items()}
CLOSE = [{"animal", "bird", "insect", "fish", "reptile", "mammal"}, {"city", "country", "continent"}, {"vehicle", "tool"}]

LEGS_WORD = {0: "no", 2: "two", 4: "four", 6: "six", 8: "eight", 10: "ten"}


def pairs(w: Writer) -> tuple[str, str]:
    """One question with its answer from a table chosen by weight."""
    return w.choose(TABLES)(w)


def capital(w: Writer) -> tuple[str, str]:
    place = w.common(list(COUNTRIES))
    city, language, people, continent, currency = COUNTRIES[place]
    ask = w.rng.random()
    if ask < 0.55:
        question = w.choose((
            "what{'s| is} the capital {of|city of} <p>", "what{'s| is} <p>'s capital[ city]", "which city is the capital of <p>",
            "<p> has what capital", "{name|give me|tell me} the capital {of|city of} <p>", "what city is the capital of <p>",
            "the capital of <p> is {what|which city}", "what is the name of <p>'s capital", "what do you call the capital of <p>",
            "capital of <p>", "what is the main city in <p> called, the capital", "{where|in which city} is the government of <p>",
            "which is the capital city in <p>", "what city does <p> have as its capital", "what capital does <p> have",
            "in <p>, {what|which city} is the capital", "do you know <p>'s capital", "what's the capital city of <p> called",
        ))
        answer = w.say("{The capital of <p> is <c>.|The capital of <p> is <c>.|<c> is the capital of <p>.|It's <c>.}", p=place, c=city)
        return w.fill(question, p=place) + "?", answer
    if ask < 0.68:
        return w.fill(
            "{{what|which} language do {they|people} speak in <p>|what language is spoken in <p>|what do people in <p> speak|"
            "which languages are spoken in <p>|what{'s| is} the language {of|in} <p>|what's the {official|most common|main} language {of|in} <p>|"
            "if I go to <p>, which language will I hear|how do {they|people} talk in <p>}?", p=place,
        ), w.say("{In <p>, people speak <l>.|People in <p> speak <l>.|They speak <l> in <p>.}", p=place, l=language)
    if ask < 0.8:
        return w.fill(
            "{{where|where in the world} is <p>|{which|what} continent is <p> {in|on|part of}|where can I find <p>|where on the map is <p>|"
            "what part of the world is <p> in}?", p=place,
        ), w.say("<p> is in <c>.", p=place, c=continent)
    if ask < 0.9:
        return w.fill(
            "{{what|which} money do {they|people} use in <p>|what{'s| is} the {currency|money} {of|in} <p>|how do people pay in <p>|"
            "what currency does <p> {have|use}|what is the money called in <p>|if I buy something in <p>, what money do I need}?", p=place,
        ), w.say("{In <p>, people pay with <m>.|The currency of <p> is <m>.}", p=place, m=currency)
    return w.fill("{{what|which} country is <c> {in|the capital of}|<c> is the capital of {what|which} country|where is <c>|in which country is <c>}?", c=city), w.say(
        "{<c> is the capital of <p>.|<c> is in <p>.}", p=place, c=city
    )


def capital_yes_no(w: Writer) -> tuple[str, str]:
    place = w.common(list(COUNTRIES))
    city = COUNTRIES[place][0]
    other = w.choose(list(COUNTRIES.values()))[0]
    asked = city if w.chance(0.5) else other
    question = w.fill("{is <a> the capital of <p>|<a> is the capital of <p>, right|the capital of <p> is <a>, isn't it|is <p>'s capital <a>|"
                      "I think the capital of <p> is <a>|you said <a> is the capital of <p>|so <a> is the capital of <p>}?", a=asked, p=place)
    if asked == city:
        return question, w.say("Yes, {<c> is the capital of <p>.|that's right, the capital of <p> is <c>.}", c=city, p=place)
    return question, w.say("No, the capital of <p> is <c>.", c=city, p=place)


def opposite(w: Writer) -> tuple[str, str]:
    a, b = w.common(OPPOSITES)
    question = w.fill(
        "{what{'s| is} the {opposite|reverse} of <a>|{tell|give} me the opposite of <a>|what{'s| is} the opposite word {of|for|to} <a>|<a>, what's the opposite|"
        "which word means the opposite of <a>|what word is the opposite of <a>|the opposite of <a> is what|{if|when} something is not <a>, what is it|opposite of <a>|"
        "{name|say} the opposite of <a>|what do you call the opposite of <a>|what is not <a> but the other way round|I need the opposite of <a>|"
        "what would be the opposite of <a>|and what is the opposite of <a>|<a> has which opposite|how do you say the opposite of <a>}?", a=a,
    )
    return question, w.say("{The opposite of <a> is <b>.|The opposite of <a> is <b>.|That would be <b>.|It's <b>.}", a=a, b=b)


def animal(w: Writer) -> tuple[str, str]:
    name = w.common(list(ANIMALS))
    sound, baby, home, food, legs, kind, _ = ANIMALS[name]
    an, many = article(name), plural(name)
    upper = many[:1].upper() + many[1:]
    ask = w.between(0, 11)
    if ask <= 1 and sound != "nothing at all":
        if w.chance(0.65):
            return w.fill("{{what|which} {sound|noise} does <an> make|what does <an> say|what do <many> say|how does <an> sound|what noise do <many> make|"
                          "what sound do <many> make|how do <many> sound|what{'s| is} the sound of <an>|do you know what <an> says|{can|could} you sound like <an>|"
                          "make the sound of <an>|what would <an> say|tell me what <an> says|{make|do} <an> noise}?", an=an, many=many), w.say(
                "{<An> says <s>.|<Many> say <s>.|<An> goes <s>.}", An=an[:1].upper() + an[1:], Many=upper, s=sound)
        return w.fill("{{which|what} animal {says|goes|makes the sound} <s>|what {says|goes} <s>|who says <s>|what animal makes <s> sounds|which creature goes <s>|<s>, who says that|"
                      "I hear <s>, what animal is it|what makes a <s> noise|name an animal that says <s>}?", s=sound), w.say("{<An> says <s>.|That's <an>.}", An=_up(an), an=an, s=sound)
    if ask <= 3 and baby != name:
        if w.chance(0.75):
            return w.fill("{what{'s| is} a baby <n> called|what do you call {a|the} baby <n>|what's the name {for|of} a baby <n>|what is a young <n> called|what do we call a young <n>|"
                          "the baby of <an> is called what|how do you call a baby <n>|what are baby <many> called|what{'s| is} the word for a baby <n>|<an>'s baby is {called what|what}|"
                          "what kind of baby does <an> have|what do <many> call their babies|what are the {young|babies|little ones} of <an> called}?", n=name, an=an, many=many), w.say(
                "A baby <n> is called <b>.", n=name, b=article(baby))
        return w.fill("{what {is|does} <b> {grow into|become|turn into}|what does <b> {become|turn into|grow up to be}|what is <b>|<b> is the baby of which animal|what animal has <b> as its baby|"
                      "what will <b> be when it grows up}?", b=article(baby)), w.say(
            "{<B> is a baby <n>.|<B> grows into <an>.}", B=_up(article(baby)), n=name, an=an)
    if ask == 4:
        return w.fill("{where do <many> live|where does <an> live|where can {I|you|we} find <many>|what{'s| is} the home of <an>|where is the home of <many>|where do you find <many>|"
                      "in what place do <many> live|where would I see <an>|which part of the world has <many>}?", an=an, many=many), w.say("{<Many>|Most <many>} live <h>.", Many=upper, many=many, h=home)
    if ask <= 6:
        return w.fill("{what do <many> eat|what does <an> eat|what{'s| is} the food of <many>|what food do <many> like|what do you feed <an>|what should I feed <an>|what do <many> like to eat|"
                      "what does <an> have for {dinner|lunch|food}|what do <many> live on|what can I give <an> to eat|what kind of food does <an> eat}?", an=an, many=many), w.say("{<Many> eat <f>.|<Many> like to eat <f>.}", Many=upper, f=food)
    if ask == 7:
        return w.fill("{how many legs {does <an> have|do <many> have|has <an> got|are there on <an>|can you count on <an>}|<an> has how many legs|how many legs on <an>|"
                      "what number of legs does <an> have|count the legs of <an>|does <an> have legs, and how many|how many feet does <an> have}?", an=an, many=many), w.say(
            "{<An> has <l> legs.|<Many> have <l> legs.}", An=_up(an), Many=upper, l=LEGS_WORD[int(legs)])
    if ask == 8:
        return w.fill("{what kind of animal is <an>|what type of animal is <an>|what sort of creature is <an>|is <an> {a mammal or a bird|a fish or a mammal|an insect or a bird}|"
                      "are <many> {mammals|birds|insects|reptiles} or something else|to which group do <many> belong}?", an=an, many=many), w.say("<An> is <k>.", An=_up(an), k=article(kind))
    if ask == 9:
        guess = w.choose(("mammal", "fish", "bird", "insect", "reptile"))
        if w.chance(0.4) and kind in ("mammal", "fish", "bird", "insect", "reptile"):
            guess = kind
        question = w.fill("{is <an> <g>|are <many> <gs>|would you call <an> <g>|<an> is <g>, right|does <an> count as <g>|so is <an> <g> then}?", an=an, many=many, g=article(guess), gs=plural(guess))
        return question, w.say("Yes, <an> is <k>.", an=an, k=article(kind)) if guess == kind else w.say("No, <an> is <k>.", an=an, k=article(kind))
    if ask == 10:
        if w.chance(0.5):
            able = name in FLIERS
            return w.fill("{can {<an>|<many>} fly|do <many> fly|is <an> able to fly|are <many> able to fly|could <an> fly away}?", an=an, many=many), w.say(
                "{Yes, <many> can fly.|Yes, they can fly.}" if able else "{No, <many> can't fly.|No, they can't fly.}", many=many)
        able = name in SWIMMERS
        if not able and name not in ("hen", "chicken", "giraffe", "butterfly", "bee", "owl", "parrot", "spider"):
            return w.fill("where do <many> live?", many=many), w.say("<Many> live <h>.", Many=upper, h=home)
        return w.fill("{can {<an>|<many>} swim|do <many> swim|are <many> good at swimming|is <an> a good swimmer}?", an=an, many=many), w.say(
            "Yes, <many> can swim." if able else "No, <many> don't really swim.", many=many)
    other = w.common(list(ANIMALS))
    size, rank = int(ANIMALS[name][6]), int(ANIMALS[other][6])
    if size == rank:
        return superlative(w)
    larger, smaller = (name, other) if size > rank else (other, name)
    if w.chance(0.5):
        return w.fill("{{which|what|who} is {bigger|larger|heavier}, <a> or <b>|is <a> or <b> bigger|<a> or <b>, which one is {bigger|larger}|who's bigger, <a> or <b>}?", a=an, b=article(other)), w.say(
            "{<A> is bigger than <b>.|<A> is bigger.}", A=_up(article(larger)), b=article(smaller))
    if w.chance(0.5):
        return w.fill("{{which|what|who} is {smaller|lighter}, <a> or <b>|<a> or <b>, which is smaller}?", a=an, b=article(other)), w.say(
            "<A> is smaller than <b>.", A=_up(article(smaller)), b=article(larger))
    answer = "Yes, <a> is bigger than <b>." if size > rank else "No, <b> is bigger than <a>."
    return w.fill("is <a> {bigger|larger} than <b>?", a=an, b=article(other)), w.say(answer, a=an, b=article(other))


SUPERLATIVES = """{biggest|largest} animal{| in the world| on earth| there is| of all}|The blue whale is the biggest animal in the world.
{tallest|highest} animal{| in the world| on earth| of all}|The giraffe is the tallest animal, with its long neck.
{fastest|quickest} {land animal|animal on land|runner among animals|animal}{| in the world| of all}|The cheetah is the fastest animal on land.
{slowest} animal{| in the world| on earth}|The sloth is one of the slowest animals.
{biggest|largest} {land animal|animal on land|animal that walks}|The elephant is the biggest animal on land.
{biggest|largest} bird{| in the world| on earth}|The ostrich is the biggest bird.
{smallest|tiniest} bird{| in the world| of all}|The hummingbird is the smallest bird.
{fastest} bird{| in the world| of all}|The peregrine falcon is the fastest bird.
{biggest|largest} fish{| in the sea| in the world}|The whale shark is the biggest fish.
{biggest|largest} cat{| in the world| in the wild}|The tiger is the biggest cat.
{highest|tallest|biggest} mountain{| in the world| on earth| there is| of all}|Mount Everest is the highest mountain in the world.
{longest} river{| in the world| on earth| of all}|The Nile is often called the longest river in the world.
{biggest|largest} ocean{| in the world| on earth| there is}|The Pacific is the largest ocean.
{smallest} ocean{| in the world| on earth}|The Arctic Ocean is the smallest ocean.
{biggest|largest} country{| in the world| on earth}|Russia is the largest country in the world.
{smallest} country{| in the world| on earth}|Vatican City is the smallest country in the world.
{biggest|largest} continent{| in the world| on earth}|Asia is the largest continent.
{smallest} continent{| in the world}|Australia is the smallest continent.
{coldest} {continent|place on earth|place in the world}|Antarctica is the coldest place on earth.
{biggest|largest} desert{| in the world| that is hot}|The Sahara is the largest hot desert.
{biggest|largest} planet{| in the solar system| going round the sun| of all}|Jupiter is the biggest planet.
{smallest} planet{| in the solar system| of all}|Mercury is the smallest planet.
{hottest} planet{| in the solar system}|Venus is the hottest planet.
{closest|nearest} planet to the sun|Mercury is the planet closest to the sun.
{closest|nearest} star{| to us| to earth}|The sun is the closest star to us.
{longest} day of the year{|, when is it}|The longest day is in June, at the start of summer.
{shortest} day of the year|The shortest day is in December, at the start of winter.
{shortest} month{| of the year| in the year| of all}|February is the shortest month, with 28 days.
{hottest|warmest} season{| of the year| of all}|Summer is the hottest season.
{coldest} season{| of the year| of all}|Winter is the coldest season.
{biggest|largest} organ in the {human |}body|The skin is the largest organ of the body.
{longest|biggest} bone in the {human |}body|The thigh bone is the longest bone in the body.
{biggest|largest} {reptile}{| in the world}|The saltwater crocodile is the biggest reptile.
{hardest} {natural material|stone|thing in nature}|A diamond is the hardest natural material.
{biggest|largest} rainforest{| in the world}|The Amazon is the largest rainforest.
{tallest} tree{| in the world}|Redwoods are the tallest trees in the world.
{most spoken} language{| in the world}|English and Chinese are the most spoken languages.
{smallest} insect you know|Some wasps and beetles are the smallest insects, tinier than a grain of sand.
{most popular} sport{| in the world}|Football is the most popular sport in the world."""
SUPERLATIVES = [line.rsplit("|", 1) for line in SUPERLATIVES.splitlines()]


def superlative(w: Writer) -> tuple[str, str]:
    thing, answer = w.choose(SUPERLATIVES)
    core = w.fill(thing)
    return w.fill("{what{'s| is} the <t>|which is the <t>|name the <t>|tell me the <t>|what do you call the <t>|can you name the <t>|do you know the <t>|what would be the <t>|"
                  "which one is the <t>|I'd like to know the <t>|the <t> is what|what is known as the <t>}?", t=core), answer


def colour(w: Writer) -> tuple[str, str]:
    if w.chance(0.25):
        a, b, c = w.choose(MIXES)
        a, b = (a, b) if w.chance(0.5) else (b, a)
        return w.fill("{what {colour|color} do {<a> and <b> make|you get when you mix <a> and <b>|I get if I mix <a> with <b>}|what do you get {if|when} you mix <a> and <b>|"
                      "<a> and <b> {paint |}make what [{colour|color}]|if I mix <a> {with|and} <b> what {colour|color} is it|<a> plus <b> makes which {colour|color}|"
                      "what happens when you mix <a> and <b> [paint]|{mixing|combining} <a> and <b> gives {what|which colour}|which {colour|color} comes from mixing <a> and <b>|"
                      "what {colour|color} comes out when I put <a> and <b> together|how do I {make|get} <c>}?", a=a, b=b, c=c), w.say(
            "{<A> and <b> make <c>.|You get <c>.|Mix <a> and <b> and you get <c>.}", A=_up(a), a=a, b=b, c=c)
    thing, tone = w.common(COLOURS_OF)
    verb = "is"
    if thing.startswith(("a ", "an ")) and w.chance(0.35):
        thing, verb = plural(thing.split(" ", 1)[1]), "are"
    question = w.fill("{what {colour|color} <v> <t>|which {colour|color} <v> <t>|what{'s| is} the {colour|color} of <t>|<t> <v> {what|which} {colour|color}|what {colour|color} <v> <t> usually|"
                      "{can you |}tell me the {colour|color} of <t>|<t>, what {colour|color}|what {colour|color} would you say <t> <v>|what {colour|color} should I paint <t>|"
                      "{name|say} the {colour|color} of <t>|do you know the {colour|color} of <t>|do you know what {colour|color} <t> <v>|how would you describe the colour of <t>}?", t=thing, v=verb)
    return question, w.say("{<T> <v> <c>.|<T> <v> <c>.|<T> <v> usually <c>.}", T=_up(thing), v=verb, c=tone)


def colour_yes_no(w: Writer) -> tuple[str, str]:
    thing, tone = w.common(COLOURS_OF)
    guess = tone if w.chance(0.5) else w.choose(("red", "blue", "green", "yellow", "black", "white", "pink"))
    question = w.fill("{is <t> <g>|<t> is <g>, {isn't it|right}|would you say <t> is <g>}?", t=thing, g=guess)
    return question, w.say("Yes, <t> is <c>." if guess == tone else "No, <t> is <c>.", t=thing, c=tone)


def calendar(w: Writer) -> tuple[str, str]:
    ask = w.rng.random()
    if ask < 0.35:
        names, unit = w.choose(((DAYS, "day"), (MONTHS, "month"), (DAYS, "day"), (SEASONS, "season")))
        at = w.between(0, len(names) - 1)
        name = names[at]
        if w.chance(0.6):
            return w.fill("{what {<u>|} comes {after|next after|right after|straight after} <n>|which <u> {comes after|is after|is next after} <n>|what <u> is {it |}after <n>|"
                          "after <n> comes {what|which <u>}|what{'s| is} the <u> after <n>|if {it's|today is} <n> now, what comes next|what{'s| is} next after <n>|"
                          "name the <u> after <n>|<n> is over, what <u> is it next|what follows <n> in the calendar|when <n> ends, which <u> begins}?", u=unit, n=name), w.say(
                "{<B> comes after <a>.|After <a> comes <b>.}", a=name, b=names[(at + 1) % len(names)], B=_up(names[(at + 1) % len(names)]))
        return w.fill("{what {<u>|} comes {before|just before} <n>|which <u> {comes before|is before} <n>|what <u> is it before <n>|what{'s| is} the <u> before <n>|"
                      "before <n> comes {what|which <u>}|name the <u> before <n>|<n> comes after which <u>|what <u> do we have before <n>}?", u=unit, n=name), w.say(
            "{<B> comes before <a>.|Before <a> comes <b>.}", a=name, b=names[at - 1], B=_up(names[at - 1]))
    if ask < 0.45:
        at = w.between(0, 6)
        if w.chance(0.5):
            return w.fill("{if {today is|it's} <d>[ today], what[ day] is tomorrow|today is <d>, what day {is it|will it be} tomorrow|if today is <d> which day is tomorrow}?", d=DAYS[at]), w.say(
                "{Then tomorrow is <n>.|Tomorrow is <n>.}", n=DAYS[(at + 1) % 7])
        return w.fill("{if {today is|it's} <d>[ today], what[ day] was yesterday|today is <d>, what day was it yesterday}?", d=DAYS[at]), w.say("Yesterday was <n>.", n=DAYS[at - 1])
    if ask < 0.6:
        at = w.between(0, 11)
        kind = w.between(0, 3)
        if kind == 0:
            return w.fill("{how many days {are there in|does|are in} <m>[ have]|<m> has how many days|how long is <m>|how many days has <m> got}?", m=MONTHS[at]), w.say("<m> has <n> days.", m=MONTHS[at], n=MONTH_DAYS[at])
        if kind == 1:
            return w.fill("{{what|which} month is the <o>[ month][ of the year]|what{'s| is} the <o> month[ of the year]|name the <o> month|the <o> month is called what}?", o=ORDINALS[at]), w.say("The <o> month is <m>.", o=ORDINALS[at], m=MONTHS[at])
        if kind == 2:
            return w.fill("{{what|which} season is <m> in|<m> is in which season|what season is it in <m>|in <m>, what season do we have}?", m=MONTHS[at]), w.say("<m> is in <s>.", m=MONTHS[at], s=MONTH_SEASON[at])
        at = w.between(0, 6)
        return w.fill("{what{'s| is} the <o> day of the week|which day is the <o> of the week|name the <o> day of the week}?", o=ORDINALS[at]), w.say("The <o> day of the week is <d>.", o=ORDINALS[at], d=DAYS[at])
    if ask < 0.85:
        part, whole, count = w.common(COUNTS)
        return w.fill("{how many <p> {are there in|are in|make up|make} <w>|<w> has how many <p>|how many <p> does <w> have|how many <p> has <w> got|how many <p> in <w>|"
                      "what number of <p> {is|are} in <w>|what's the number of <p> in <w>|how many <p> do I {get|count|need|have} in <w>|count the <p> in <w>|"
                      "<w> lasts how many <p>|how many <p> long is <w>|how many <p> fit into <w>}?", p=part, w=whole), w.say("{There are <n> <p> in <w>.|<W> has <n> <p>.}", n=count, p=part, w=whole, W=_up(whole))
    question, answer = w.choose(CALENDAR_FACTS)
    return w.fill(question), w.say(answer)


COUNTS = [
    ("days", "a week", "seven"), ("hours", "a day", "24"), ("minutes", "an hour", "60"), ("seconds", "a minute", "60"), ("months", "a year", "twelve"),
    ("days", "a year", "365"), ("weeks", "a year", "52"), ("years", "a decade", "ten"), ("years", "a century", "100"), ("seasons", "a year", "four"),
    ("days", "a leap year", "366"), ("days", "a weekend", "two"), ("eggs", "a dozen", "twelve"), ("letters", "the alphabet", "26"), ("centimetres", "a metre", "100"),
    ("metres", "a kilometre", "1,000"), ("grams", "a kilogram", "1,000"), ("pennies", "a pound", "100"), ("cents", "a dollar", "100"), ("cents", "a euro", "100"),
    ("vowels", "the alphabet", "five"), ("millimetres", "a centimetre", "ten"), ("years", "a millennium", "1,000"), ("weeks", "a month", "about four"),
    ("hours", "half a day", "twelve"), ("minutes", "half an hour", "30"), ("minutes", "a quarter of an hour", "15"), ("seconds", "half a minute", "30"),
    ("inches", "a foot", "twelve"), ("days", "a fortnight", "14"), ("planets", "the solar system", "eight"), ("cards", "a deck", "52"),
    ("colours", "a rainbow", "seven"), ("players", "a football team", "eleven"), ("players", "a basketball team", "five"), ("strings", "a guitar", "six"),
    ("strings", "a violin", "four"), ("keys", "a piano", "88"), ("wheels", "a car", "four"), ("wheels", "a bicycle", "two"), ("wheels", "a tricycle", "three"),
    ("fingers", "one hand", "five"), ("toes", "one foot", "five"), ("toes", "two feet", "ten"), ("sides", "a triangle", "three"), ("sides", "a square", "four"),
    ("sides", "a rectangle", "four"), ("sides", "a pentagon", "five"), ("sides", "a hexagon", "six"), ("sides", "an octagon", "eight"), ("corners", "a square", "four"),
    ("corners", "a triangle", "three"), ("sides", "a dice", "six"), ("continents", "the world", "seven"), ("oceans", "the world", "five"), ("teeth", "a grown-up's mouth", "32"),
    ("bones", "the human body", "206"), ("wings", "a bird", "two"), ("wings", "a butterfly", "four"), ("eyes", "a person", "two"), ("ears", "a rabbit", "two"),
    ("arms", "an octopus", "eight"), ("humps", "a camel", "one or two"), ("players", "a game of chess", "two"), ("strings", "a cello", "four"), ("strings", "a ukulele", "four"),
    ("players", "a rugby team", "15"), ("players", "a cricket team", "eleven"), ("states", "the USA", "50"), ("stars", "the American flag", "50"), ("days", "January", "31"),
    ("sides", "a circle", "no"), ("wheels", "a motorbike", "two"), ("wheels", "a unicycle", "one"), ("people", "a pair", "two"), ("sheets", "a pair", "two"),
    ("chambers", "the heart", "four"), ("legs", "a chair", "four"), ("hands", "a clock", "two or three"), ("hours", "a week", "168"), ("lives", "a cat, they say,", "nine"),
]

CALENDAR_FACTS = [
    ("{when is Christmas|what day is Christmas|which month is Christmas in|what's the date of Christmas|in what month do we have Christmas}?", "Christmas is on the 25th of December."),
    ("{when is New Year's Day|when does the year start|what's the first day of the year|when does a new year begin}?", "The year starts on the first of January."),
    ("{when is Halloween|what date is Halloween|which month is Halloween in}?", "Halloween is on the 31st of October."),
    ("{when is Valentine's Day|what day is Valentine's Day|in which month is Valentine's Day}?", "Valentine's Day is on the 14th of February."),
    ("{when is Easter|which season is Easter in|in what month is Easter}?", "Easter is in spring, in March or April."),
    ("{which days are the weekend|what days are in the weekend|when is the weekend|what is the weekend}?", "The weekend is Saturday and Sunday."),
    ("{what are the seasons|name the {four |}seasons|which seasons are there|list the seasons|tell me the seasons|can you name all the seasons}?", "The seasons are spring, summer, autumn and winter."),
    ("{what are the days of the week|name the days of the week|list the days of the week|tell me all the days|say the days of the week}?", "Monday, Tuesday, Wednesday, Thursday, Friday, Saturday and Sunday."),
    ("{name the months|what are the months of the year|list {all |}the months|tell me the months}?", "January, February, March, April, May, June, July, August, September, October, November and December."),
    ("{how often is there a leap year|what is a leap year|when do we have a leap year|why is there a leap year}?", "A leap year comes every four years and has one extra day in February."),
    ("{when do {the |}leaves fall|when do trees lose their leaves|in what season do trees drop their leaves|when do the leaves turn brown|what season has falling leaves}?", "Leaves fall in autumn."),
    ("{when do flowers bloom|in which season do flowers come out|when do the first flowers grow|which season has new flowers}?", "Most flowers bloom in spring."),
    ("{when does it snow|what season has snow|when do we get snow|in which season can you build a snowman}?", "It snows in winter, when it's cold."),
    ("{when is the best time to go to the beach|which season is good for swimming|when is it hot outside|what's the season of sun and heat}?", "Summer is the hot season, and the best for swimming."),
    ("{when does the sun {rise|come up}|at what time of day does the sun come up}?", "The sun rises in the morning."),
    ("{when does the sun {set|go down}|at what time of day does the sun go down}?", "The sun sets in the evening."),
    ("{what is noon|when is noon|what time is noon|what time is midday}?", "Noon is twelve o'clock in the middle of the day."),
    ("{what is midnight|when is midnight|what time is midnight}?", "Midnight is twelve o'clock at night."),
    ("{what do people do at Christmas|how do people celebrate Christmas|what happens at Christmas}?", "At Christmas, families meet, eat well and give each other presents."),
    ("{what's today's date|what's the date today|what day is it today|which day is it today|what year is it|what month is it now}?", "I can't see a calendar, so I don't know, sorry."),
]


def job(w: Writer) -> tuple[str, str]:
    name, does = w.common(JOBS_DO)
    an = article(name)
    if w.chance(0.5):
        return w.fill("{what does <an> do|what{'s| is} the job of <an>|what{'s| is} <an>|what do <many> do|what does <an> do all day|what is the work of <an>|tell me what <an> does|"
                      "what{'s| is} <an> for|why do we need <many>|what kind of work does <an> do|how does <an> help people|what does <an> take care of|what does <an> do at work|explain what <an> does}?", an=an, many=plural(name)), w.say("<An> <d>.", An=_up(an), d=does)
    return w.fill("{who <d>|what do you call {someone|a person} who <d>|which {job|person} <d>|what{'s| is} the {name|word} for someone who <d>|who is it that <d>|what job has a person who <d>|"
                  "someone who <d> is called what|a person who <d>, what's that|what is {the person|somebody} called who <d>|which worker <d>|what kind of person <d>|whose job is it, someone who <d>}?", d=does), w.say(
        "{<An> <d>.|That's <an>.|Someone who <d> is <an>.}", An=_up(an), an=an, d=does)


def tool(w: Writer) -> tuple[str, str]:
    purpose, name = w.common(TOOLS)
    return w.fill("{what do {you|I|we|people} use to <p>|what do {I|you} need to <p>|how do {I|you|people} <p>|what can I use to <p>|what should I use to <p>|which thing helps you <p>|"
                  "what is used to <p>|I want to <p>, what do I need|what's good to <p>|which tool do I need to <p>|if I want to <p>, what do I take|what do I take to <p>|with what do you <p>|"
                  "what object do you use to <p>|name something {you|people} use to <p>|what would you use to <p>|what helps me to <p>}?", p=purpose), w.say(
        "{You use <n> to <p>.|You need <n> to <p>.|You can use <n>.}", n=name, p=purpose)


def made_of(w: Writer) -> tuple[str, str]:
    thing, stuff = w.common(MADE_OF)
    return w.fill("{what is <t> made {of|from|out of}|what's <t> made {of|from|out of}|what do you make <t> {from|out of|with}|how is <t> made|what's in <t>|what do I need to make <t>|"
                  "where does <t> come from|what is <t>|<t> is made {of|from} what|what do they make <t> from|what goes into <t>|which things are in <t>|how do people make <t>|"
                  "what material is <t> made of|what are the ingredients of <t>|tell me how <t> is made|from what do we get <t>|what does it take to make <t>}?", t=thing), w.say(
        "{<T> is made from <s>.|<T> is made from <s>.|We make <t> from <s>.}", T=_up(thing), t=thing, s=stuff)


def category(w: Writer) -> tuple[str, str]:
    kinds = list(CATEGORIES)
    kind = w.choose(kinds)
    ask = w.rng.random()
    if ask < 0.3:
        a, b = w.rng.sample(CATEGORIES[kind], 2)
        many = plural(kind)
        if w.chance(0.5):
            return w.fill("{{name|give me|tell me|say} {a|one|any} <k>|can you name <ak>|what{'s| is} an example of <ak>|do you know <ak>|give an example of <ak>|think of <ak>|{I need|I want} the name of <ak>}?", k=kind, ak=article(kind)), w.say(
                "{<A> is <k>.|How about <a>?|<A>, for example.}", A=_up(_with_article(a, kind)), a=_with_article(a, kind), k=article(kind))
        return w.fill("{{name|tell me|give me|say} {two|a few|some} <m>|what are some <m>|can you name some <m>|which <m> do you know|list {two|some} <m>|do you know any <m>}?", m=many), w.say(
            "{<A> and <b> are <m>.|For example, <a> and <b>.}", A=_up(a), a=a, b=b, m=many)
    name = w.choose(CATEGORIES[kind])
    thing = _with_article(name, kind)
    if ask < 0.55:
        return w.fill("{what kind of thing is <t>|what sort of thing is <t>|what is <t>|what{'s| is} <t>, exactly|what type of thing is <t>|do you know what <t> is|what would you call <t>|tell me what <t> is}?", t=thing), w.say("<T> is <k>.", T=_up(thing), k=article(kind))
    other = kind if w.chance(0.5) else w.choose(kinds)
    if other != kind and (any({kind, other} <= group for group in CLOSE) or name in CATEGORIES[other]):
        other = kind
    question = w.fill("{is <t> <o>|is <t> really <o>|would you call <t> <o>|<t> is <o>, right|does <t> count as <o>|do you think <t> is <o>|could <t> be <o>|isn't <t> <o>}?", t=thing, o=article(other))
    if other == kind:
        return question, w.say("Yes, <t> is <k>.", t=thing, k=article(kind))
    return question, w.say("No, <t> is <k>.", t=thing, k=article(kind))


def pick_category(w: Writer) -> tuple[str, str]:
    kind, other = w.rng.sample(list(CATEGORIES), 2)
    if any({kind, other} <= group for group in CLOSE):
        kind, other = "fruit", "metal"
    a, b = w.choose(CATEGORIES[kind]), w.choose(CATEGORIES[other])
    if a in CATEGORIES[other] or b in CATEGORIES[kind]:
        a, b, kind, other = "apple", "gold", "fruit", "metal"
    first, second = (a, b) if w.chance(0.5) else (b, a)
    return w.fill("{which {of these |one |}is <k>, <a> or <b>|what is <k>, <a> or <b>|<a> or <b>, which is <k>|is <a> or <b> <k>}?", k=article(kind), a=first, b=second), w.say(
        "{<A> is <k>.|It's <a>.}", A=_up(_with_article(a, kind)), a=_with_article(a, kind), k=article(kind))


LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SPELLABLE = (
    "cat dog sun hat bed red cup pen egg box fish bird tree book milk moon star rain snow hand foot door bread house water happy apple green "
    "mouse horse table chair school friend mother father sister brother flower summer winter orange yellow music phone light night heart train "
    "hello sorry please thanks world money paper pencil garden kitchen window doctor teacher banana cheese lemon pizza tea coffee bus car boat ship ball "
    "king queen frog duck lion bear wolf cow pig hen goat bee ant fox owl sea sky map key bag leg arm eye ear nose lips cake soup rice meat love home"
).split()
RHYMES = [
    "cat hat", "dog frog", "sun fun", "tree bee", "house mouse", "cake lake", "star car", "moon spoon", "rain train", "night light", "day play", "bed red", "ball tall",
    "king ring", "boat goat", "fox box", "hand sand", "book cook", "bear chair", "fish dish", "sky fly", "snow go", "blue shoe", "pen hen", "time rhyme", "love dove",
    "cow now", "bread red", "cheese knees", "song long", "ship trip", "door floor", "face race", "game name", "hill mill", "pig big", "wall ball", "mat cat", "coat boat",
]
PLURALS = {"mouse": "mice", "goose": "geese", "sheep": "sheep", "foot": "feet", "tooth": "teeth", "child": "children", "man": "men", "woman": "women",
           "person": "people", "fish": "fish", "deer": "deer", "wolf": "wolves", "leaf": "leaves", "knife": "knives", "half": "halves", "calf": "calves",
           "butterfly": "butterflies", "fly": "flies", "strawberry": "strawberries", "cherry": "cherries", "puppy": "puppies", "fox": "foxes", "ostrich": "ostriches",
           "octopus": "octopuses", "hippo": "hippos", "story": "stories", "baby": "babies", "city": "cities", "country": "countries", "box": "boxes", "bus": "buses",
           "tomato": "tomatoes", "potato": "potatoes", "radish": "radishes", "peach": "peaches", "daisy": "daisies", "lily": "lilies", "aircraft": "aircraft",
           "day of the week": "days of the week", "piece of furniture": "pieces of furniture", "piece of clothing": "pieces of clothing", "polar bear": "polar bears",
           "postman": "postmen", "fisherman": "fishermen", "blueberry": "blueberries", "raspberry": "raspberries", "fire engine": "fire engines", "ruby": "rubies"}
TRANSLATIONS = {
    "hello": {"French": "bonjour", "Spanish": "hola", "German": "hallo", "Italian": "ciao", "Japanese": "konnichiwa", "Portuguese": "ola"},
    "thank you": {"French": "merci", "Spanish": "gracias", "German": "danke", "Italian": "grazie", "Japanese": "arigato", "Portuguese": "obrigado"},
    "goodbye": {"French": "au revoir", "Spanish": "adios", "German": "auf Wiedersehen", "Italian": "arrivederci", "Japanese": "sayonara", "Portuguese": "adeus"},
    "yes": {"French": "oui", "Spanish": "si", "German": "ja", "Italian": "si", "Japanese": "hai", "Portuguese": "sim"},
    "no": {"French": "non", "Spanish": "no", "German": "nein", "Italian": "no", "Japanese": "iie", "Portuguese": "nao"},
    "please": {"French": "s'il vous plait", "Spanish": "por favor", "German": "bitte", "Italian": "per favore", "Portuguese": "por favor"},
    "good morning": {"French": "bonjour", "Spanish": "buenos dias", "German": "guten Morgen", "Italian": "buongiorno", "Portuguese": "bom dia"},
    "water": {"French": "eau", "Spanish": "agua", "German": "Wasser", "Italian": "acqua", "Portuguese": "agua"},
    "cat": {"French": "chat", "Spanish": "gato", "German": "Katze", "Italian": "gatto", "Portuguese": "gato"},
    "dog": {"French": "chien", "Spanish": "perro", "German": "Hund", "Italian": "cane", "Portuguese": "cachorro"},
    "house": {"French": "maison", "Spanish": "casa", "German": "Haus", "Italian": "casa", "Portuguese": "casa"},
}


def plural(noun: str) -> str:
    if noun in PLURALS:
        return PLURALS[noun]
    if noun.endswith(("s", "x", "ch", "sh")):
        return noun + "es"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + "s"


def letters(w: Writer) -> tuple[str, str]:
    ask = w.between(0, 8)
    if ask <= 1:
        at = w.between(0, 24)
        if w.chance(0.6):
            return w.fill("{{what|which} letter {comes |is |}{after|next after} <l>|what comes after {the letter |}<l> in the alphabet|the letter after <l> is what|<l> is followed by which letter|after <l> comes what letter}?", l=LETTERS[at]), w.say("The letter after <l> is <m>.", l=LETTERS[at], m=LETTERS[at + 1])
        return w.fill("{{what|which} letter {comes |is |}before <l>|what comes before {the letter |}<l> in the alphabet|before <l> comes which letter}?", l=LETTERS[at + 1]), w.say("The letter before <l> is <m>.", l=LETTERS[at + 1], m=LETTERS[at])
    if ask <= 3:
        word = w.choose(SPELLABLE)
        return w.fill("{how do {you|I} {spell|write} <w>|spell {the word |}<w>{| for me}|{can|could} you spell {the word |}<w>|what's the spelling of <w>|how is <w> {spelled|written}|"
                      "what letters are in <w>|I don't know how to spell <w>|spelling of <w>|which letters do I need for <w>}?", w=word), w.say("<w> is spelled <s>.", w=word.capitalize(), s=", ".join(word.upper()))
    if ask == 4:
        a, b = w.choose(RHYMES).split()
        return w.fill("{what rhymes with <a>|{tell|give} me a word that rhymes with <a>|which word rhymes with <a>|find a rhyme for <a>|name something that rhymes with <a>|can you rhyme <a>}?", a=a), w.say("{<B> rhymes with <a>.|<A> rhymes with <b>.}", a=a, b=b, A=a.capitalize(), B=b.capitalize())
    if ask == 5:
        noun = w.choose(("mouse", "goose", "foot", "tooth", "child", "man", "woman", "person", "sheep", "leaf", "knife", "wolf", "baby", "box", "city", "cat", "dog", "tomato"))
        return w.fill("{what{'s| is} the plural of <n>|how do you say more than one <n>|one <n>, two what|what do you call more than one <n>|plural of <n>}?", n=noun), w.say("{The plural of <n> is <p>.|One <n>, two <p>.}", n=noun, p=plural(noun))
    if ask == 6:
        word = w.choose(list(TRANSLATIONS))
        language = w.choose(list(TRANSLATIONS[word]))
        return w.fill("{how do {you|I|people} say <w> in <l>|what{'s| is} <w> in <l>|what{'s| is} the <l> word for <w>|say <w> in <l>|translate <w> {to|into} <l>|how would I say <w> in <l>|what do <l> speakers say for <w>}?", w=word, l=language), w.say("In <l>, <w> is <t>.", l=language, w=word, t=TRANSLATIONS[word][language])
    if ask == 7:
        start = 1 if w.chance(0.7) else w.between(2, 9)
        end = start + w.between(2, 9)
        numbers = [w.number(end)]
        if start > 1:
            return w.fill("{count from <s> to <e>|{can|could} you count from <s> [up] to <e>|say the numbers from <s> to <e>|start at <s> and count to <e>}?", s=w.number(start), e=numbers[0]), _count(start, end)
        if w.chance(0.75):
            return w.fill("{count {from one |}{up |}to <e>|{can|could} you count {from one |}to <e>|please count to <e>|how do you count to <e>|say the numbers {from one |up |}to <e>|count for me till <e>|"
                          "let's count to <e>|do you know how to count to <e>|start counting and stop at <e>|give me the numbers from one to <e>|I want to hear you count to <e>}?", e=numbers[0]), _count(start, end)
        top = w.between(3, 10)
        return w.fill("{count {down|backwards} from <e>|{can|could} you count down from <e>|countdown from <e>|start at <e> and count down to one}?", e=w.number(top)), _count(top, 1)
    question, answer = w.choose(LETTER_FACTS)
    return w.fill(question), answer


def _count(start: int, end: int) -> str:
    step = 1 if end >= start else -1
    return ", ".join(spell_number(n) for n in range(start, end + step, step)).capitalize() + "."


LETTER_FACTS = [
    ("{what{'s| is} the last letter {of|in} the alphabet|which letter comes last in the alphabet|what letter does the alphabet end with}?", "The last letter of the alphabet is Z."),
    ("{what letter does the alphabet {start|begin} with|which letter comes first in the alphabet|what is letter number one}?", "The first letter of the alphabet is A."),
    ("{what are the vowels|name the vowels|which letters are vowels|list the vowels|tell me the vowels}?", "The vowels are A, E, I, O and U."),
    ("{{say|recite|tell me} the alphabet|what is the alphabet|do you know the alphabet|can you say your ABC|say your ABCs}?", "A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S, T, U, V, W, X, Y, Z."),
]


def _up(text: str) -> str:
    return text[:1].upper() + text[1:]


def _with_article(name: str, kind: str) -> str:
    if name[:1].isupper() and kind == "ocean":
        return f"the {name}"
    if name[:1].isupper() or kind in ("colour", "sport", "drink", "metal", "season", "language") or name in ("broccoli", "spinach", "celery", "garlic", "swimming"):
        return name
    if kind == "instrument":
        return f"a {name}" if name != "ukulele" else "a ukulele"
    return article(name)


def general(w: Writer) -> tuple[str, str]:
    question, answer = w.choose(FACTS)
    return w.fill(question), w.say(answer)


TABLES = (
    [capital] * 9 + [capital_yes_no] + [opposite] * 7 + [animal] * 14 + [superlative] * 4 + [colour] * 6 + [colour_yes_no] + [calendar] * 11
    + [job] * 6 + [tool] * 6 + [made_of] * 5 + [category] * 6 + [pick_category] + [letters] * 7 + [general] * 34
)
