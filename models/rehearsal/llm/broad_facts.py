"""Comparisons in both orders, materials, purposes and colours in more wordings, and sums told as small stories."""

from copying import coined
from facts import plural
from writer import Writer, article, spell_number

# attribute: (comparative, opposite comparative, ranks from most to least; far apart ranks are compared)
RANKS = [
    ("bigger|larger", "smaller|tinier", "the sun;the earth;the moon;a city;a mountain;a stadium;a blue whale;a house;an elephant;a hippo;a cow;a horse;a lion;a sheep;a dog;a cat;a rabbit;a rat;a mouse;a frog;a bee;an ant;a flea"),
    ("bigger|larger", "smaller", "a whale;a shark;a seal;a salmon;a goldfish;a shrimp"), ("bigger|larger", "smaller", "a ship;a plane;a bus;a car;a motorbike;a bicycle;a skateboard"),
    ("bigger|larger", "smaller", "a pumpkin;a melon;an apple;a plum;a cherry;a pea"), ("bigger|larger", "smaller", "Russia;China;France;Portugal;Malta"), ("bigger|larger", "smaller", "Jupiter;Saturn;Neptune;the earth;Mars;the moon"),
    ("bigger|larger", "smaller", "an ocean;a sea;a lake;a pond;a puddle"), ("bigger|larger", "smaller", "a country;a city;a village;a house;a room;a box"), ("bigger|larger", "smaller", "an eagle;a crow;a robin;a bee"),
    ("faster|quicker", "slower", "a rocket;a plane;a train;a car;a horse;a bicycle;a man on foot;a tortoise;a snail"), ("faster|quicker", "slower", "a cheetah;a horse;a dog;an elephant;a duck on land;a tortoise;a snail"), ("faster", "slower", "light;sound;a car;a person"),
    ("heavier", "lighter", "a ship;a train;an elephant;a car;a piano;a person;a dog;a brick;a book;an egg;a coin;a feather"), ("heavier", "lighter", "a stone;a potato;a pencil;a leaf"),
    ("hotter|warmer", "colder|cooler", "the sun;lava;fire;boiling water;a bath;ice"), ("hotter|warmer", "colder", "summer;spring;winter"), ("hotter|warmer", "colder", "the desert;Spain;Norway;the North Pole"), ("taller|higher", "shorter|lower", "a mountain;a tower;a house;a giraffe;a horse;a child;a chicken"),
    ("longer", "shorter", "a century;a decade;a year;a month;a week;a day;an hour;a minute;a second"), ("longer", "shorter", "a river;a road;a snake;a worm"), ("older", "younger", "a grandmother;a mother;a teenager;a child;a baby"), ("stronger", "weaker", "an elephant;a horse;a child;a mouse;an ant"),
    ("deeper", "shallower", "an ocean;a lake;a pool;a puddle"), ("harder", "softer", "a diamond;a stone;wood;butter;a pillow"), ("sweeter", "less sweet", "honey;an apple;a potato;a lemon"), ("louder", "quieter", "thunder;a drum;a voice;a whisper"), ("further away", "closer", "the stars;the sun;the moon;a cloud"),
    ("more expensive", "cheaper", "a house;a car;a bike;a book;a pencil"), ("sharper", "blunter", "a razor;a knife;a spoon;a ball"),
]
RANKS = [(more.split("|"), less.split("|"), things.split(";")) for more, less, things in RANKS]


STRANGE = "{I don't know that word, sorry.|Sorry, I don't know what that is.}"
"""What is said when the thing asked about is a coined word."""


def compare(w: Writer) -> tuple[str, str]:
    more, less, things = w.choose(RANKS[:1] * 6 + RANKS)
    high, low = sorted(w.rng.sample(range(len(things)), 2))
    if len(things) > 8 and low - high < 2:
        low, high = (low + 2, high) if low + 2 < len(things) else (low, max(0, high - 2))
    top, bottom = things[high], things[low]
    word, opposite = w.choose(more), w.choose(less)
    upper = w.chance(0.6)
    asked, other = (word, opposite) if upper else (opposite, word)
    a, b = (top, bottom) if w.chance(0.5) else (bottom, top)
    winner, loser = (top, bottom) if upper else (bottom, top)
    if w.chance(0.5):
        question = w.fill("{{which|what}{'s| is| one is} <c>, <a> or <b>|<a> or <b>, {which|what}{'s| is| one is} <c>|is <a> or <b> <c>|what is <c>: <a> or <b>|who is <c>, <a> or <b>|{which of the two|which} is <c>, <a> or <b>|would you say <a> or <b> is <c>|what do you think is <c>, <a> or <b>|between <a> and <b>, which is <c>|which one's <c>, <a> or <b>|tell me which is <c>, <a> or <b>}?", a=a, b=b, c=asked)
        return question, f"{winner[:1].upper()}{winner[1:]} is {asked} than {loser}."
    question = w.fill("{is <a> <c> than <b>|<a> is <c> than <b>, {right|isn't it|true}|would you say <a> is <c> than <b>|do you think <a> is <c> than <b>|is it true that <a> is <c> than <b>|could <a> be <c> than <b>|is <a> really <c> than <b>|true or false: <a> is <c> than <b>|isn't <a> <c> than <b>|are you sure <a> is <c> than <b>}?", a=a, b=b, c=asked)
    if a == winner:
        return question, f"Yes, {a} is {asked} than {b}."
    return question, f"No, {a} is {other} than {b}."


# thing (as asked, with its verb): material
MATERIALS = [pair.split("|") for pair in """windows are|glass;a window is|glass;bottles are|glass or plastic;a mirror is|glass;drinking glasses are|glass;light bulbs are|glass;tables are|wood;a chair is|wood;doors are|wood;pencils are|wood;matches are|wood;furniture is|wood;a guitar is|wood;books are|paper;newspapers are|paper;banknotes are|paper;envelopes are|paper;boxes are|cardboard
tyres are|rubber;a tyre is|rubber;wellington boots are|rubber;erasers are|rubber;balloons are|rubber;coins are|metal;cars are|metal;knives are|steel;forks and spoons are|metal;nails are|steel or iron;keys are|metal;a bridge is|steel, stone or wood;a hammer is|wood and metal;rings are|gold or silver;jewellery is|gold or silver;wires are|copper;cans are|metal;aeroplanes are|metal
jumpers are|wool;scarves are|wool;socks are|wool or cotton;T-shirts are|cotton;jeans are|cotton;towels are|cotton;ties are|silk;shoes are|leather;belts are|leather;wallets are|leather;bricks are|baked clay;flower pots are|clay;houses are|bricks, wood or stone;statues are|stone or metal;castles are|stone;roads are|stone and tar;candles are|wax;snowmen are|snow;an igloo is|snow;ice is|frozen water;clouds are|tiny drops of water
toys are|plastic or wood;buckets are|plastic;bags are|plastic, cloth or leather;toothbrushes are|plastic;cups are|china or clay;plates are|china;pillows are|cloth and feathers;ropes are|fibres twisted together;nests are|twigs and grass;spider webs are|silk thread;bones are|calcium;the moon is|rock;the sun is|hot gas;sand castles are|sand;dough is|flour and water;omelettes are|eggs;chips are|potatoes;crisps are|potatoes;raisins are|grapes;wine is|grapes;cider is|apples;ketchup is|tomatoes;cheese is|milk;butter is|cream;yoghurt is|milk;bread is|flour, water and yeast;flour is|wheat;chocolate is|cocoa beans and sugar;paper is|wood;glass is|sand;popcorn is|corn;guacamole is|avocados;hummus is|chickpeas""".replace("\n", ";").split(";")]


FOODSTUFFS = "omelettes chips crisps raisins wine cider ketchup cheese butter yoghurt bread flour chocolate paper glass popcorn guacamole hummus dough".split()


def material(w: Writer) -> tuple[str, str]:
    thing, stuff = w.choose(MATERIALS)
    name, verb = thing.rsplit(" ", 1)
    strange = w.chance(0.06)
    if strange:
        name, verb = article(coined(w)), "is"
    question = w.fill("{what <v> <n> {usually |normally |mostly |often ||||}made {of|from|out of}|what material <v> <n> made {of|from}|which material <v> <n> [usually] made of|<n> <v> made {of|from} what|what do {people|we|they} make <n> {of|from|out of}|what's the material of <n>|what stuff <v> <n> made of|do you know what <n> <v> made of|tell me what <n> <v> made {of|from}|what do you need to make <n>|out of what <v> <n> made|how <v> <n> made|what goes into making <n>|what <v> <n> built from}?", n=name, v=verb)
    if strange:
        return question, w.say(STRANGE)
    return question, f"{name[:1].upper()}{name[1:]} {verb} {'made from' if name in FOODSTUFFS else 'usually made of'} {stuff}."


PURPOSES = [pair.split("|") for pair in """hammer|to hit nails;saw|to cut wood;screwdriver|to turn screws;drill|to make holes;spade|to dig holes;shovel|to dig and move earth;rake|to gather leaves;broom|to sweep the floor;mop|to clean wet floors;vacuum cleaner|to clean carpets;iron|to smooth clothes;needle|to sew;kettle|to boil water;oven|to bake and roast;fridge|to keep food cold;freezer|to freeze food;toaster|to toast bread;microwave|to heat up food
frying pan|to fry food;pot|to cook food;knife|to cut things;fork|to eat food;spoon|to eat soup;ladle|to serve soup;corkscrew|to open wine bottles;tin opener|to open tins;cup|to drink tea or coffee;plate|to put food on;umbrella|to stay dry in the rain;raincoat|to stay dry in the rain;coat|to keep warm;scarf|to keep your neck warm;hat|to keep your head warm;pillow|to rest your head on;blanket|to keep warm in bed;bed|to sleep in;chair|to sit on;lamp|to give light
torch|to see in the dark;candle|to give light;match|to light a fire;key|to open a lock;lock|to keep a door shut;ladder|to climb up high;rope|to tie things;bucket|to carry water;watering can|to water plants;lawnmower|to cut grass;axe|to chop wood;ruler|to measure length;clock|to tell the time;watch|to tell the time;calendar|to see the date;thermometer|to measure temperature;compass|to find north;map|to find the way;telescope|to look at the stars;microscope|to see tiny things;camera|to take pictures
phone|to call people;computer|to work with information;keyboard|to type;printer|to print on paper;pen|to write;pencil|to write and draw;rubber|to erase pencil;brush|to paint;comb|to tidy your hair;toothbrush|to brush your teeth;towel|to dry yourself;soap|to wash;mirror|to see yourself;razor|to shave;tissue|to blow your nose;plaster|to cover a small cut;bandage|to cover a wound;glasses|to see better;wheelchair|to move when you can't walk;helmet|to protect your head;gloves|to keep your hands warm
boat|to travel on water;car|to drive from place to place;bicycle|to ride from place to place;bus|to carry many people;plane|to fly far;tractor|to work in fields;lighthouse|to warn ships;anchor|to hold a ship in place;bridge|to cross a river;tent|to sleep outdoors;suitcase|to pack clothes for a trip;wallet|to keep money in;bag|to carry things;stamp|to pay for a letter;dictionary|to look up words;scales|to weigh things;calculator|to do sums;fishing rod|to catch fish;net|to catch fish;whistle|to make a loud sound;microphone|to turn sound into a signal;loudspeaker|to play sound""".replace("\n", ";").split(";")]


def purpose(w: Writer) -> tuple[str, str]:
    tool, use = w.choose(PURPOSES)
    a = tool if tool in ("glasses", "gloves", "soap", "scales") else article(tool)
    are = "are" if tool in ("glasses", "gloves", "scales") else "is"
    strange = w.chance(0.12)
    if strange:
        a, are = article(coined(w)), "is"
    question = w.fill("{what{<s>| <v>} <a> {used for|for|good for}|what do {you|I|we|people} {use|need} <a> for|what do you do with <a>|what can {I|you} do with <a>|why do {people|we} {need|have|use} <a>|what's the {use|purpose} of <a>|when do you use <a>|tell me what <a> <v> for|what would I need <a> for|what does one use <a> for|how do you use <a>|what <v> <a> meant for|what does <a> help you do|do you know what <a> <v> used for}?", a=a, v=are, s="'s" if are == "is" else " are")
    if strange:
        return question, w.say(STRANGE)
    return question, w.say("{You use <a> <u>|We use <a> <u>}.", a=a, u=use)


COLOURED = [pair.split("|") for pair in """a banana|yellow;a lemon|yellow;the sun|yellow;butter|yellow;a chick|yellow;corn|yellow;a sunflower|yellow;custard|yellow;a tomato|red;a strawberry|red;blood|red;a cherry|red;a fire engine|red;a stop sign|red;a raspberry|red;ketchup|red;grass|green;a leaf|green;a frog|green;a cucumber|green;a lime|green;spinach|green;peas|green;broccoli|green;moss|green;a cactus|green;the sky on a clear day|blue;the sky|blue;the sea|blue;blueberries|blue;an orange|orange;a carrot|orange;a pumpkin|orange
snow|white;milk|white;salt|white;a polar bear|white;a swan|white;sugar|white;flour|white;rice|white;clouds|white;coal|black;a raven|black;a crow|black;the night sky|black;tar|black;chocolate|brown;coffee|brown;soil|brown;a bear|brown;bark|brown;an elephant|grey;a mouse|grey;ash|grey;a rhino|grey;a flamingo|pink;a pig|pink;an aubergine|purple;lavender|purple;a plum|purple;a zebra|black and white;a panda|black and white;a penguin|black and white;gold|yellow;silver|grey;a tiger|orange with black stripes;the inside of a watermelon|red;an egg yolk|yellow""".replace("\n", ";").split(";")]
RIPE = "{ripe |fresh |normal |typical |||||}"


def coloured(w: Writer) -> tuple[str, str]:
    thing, tone = w.choose(COLOURED)
    many = thing in ("peas", "blueberries", "clouds")
    shown = thing
    if thing.startswith(("a ", "an ")) and tone in ("yellow", "red", "green", "orange") and thing.split(" ")[1] in "banana lemon tomato strawberry cherry raspberry cucumber lime orange carrot pumpkin".split():
        shown = article(w.fill(RIPE + thing.split(" ", 1)[1]))
    question = w.fill("{{what|which} {colour|color} {<v>|do you think <v>|would you say <v>} <t>|what{'s| is} the {colour|color} of <t>|<t> {<v>|has} {what|which} {colour|color}|tell me {what|which} {colour|color} <t> <v>|what {colour|color} does <t> have|in {what|which} {colour|color} do I paint <t>|what {colour|color} <v> <t> normally|do you know the {colour|color} of <t>|and {what|which} {colour|color} <v> <t>}?", t=shown, v="are" if many else "is")
    return question, f"{thing[:1].upper()}{thing[1:]} {'are' if many else 'is'} {tone}."


PRICED = "ticket book sandwich pizza coffee cake shirt pen toy ball cup lamp chair melon bottle magazine ring hat plant bag stamp card bun pie notebook comic".split()
MONEY = "pounds dollars euros pounds dollars euros pence cents".split()
SHARED = "sweets cookies apples biscuits cards coins marbles muffins strawberries stickers balloons pencils nuts grapes chocolates pancakes cakes buns eggs plums toys books".split()
SHARERS = "children friends kids people boys girls cousins pupils dogs boxes bags plates brothers sisters teams baskets families".split()
OWNERS = "Tom|Anna|my sister|a baker|my mum|dad|grandma|the teacher|a farmer|my friend|Lucy|Peter|the cook|my uncle|Nina|my brother|our neighbour".split("|")
GROUPS = [tuple(line.split("|")) for line in "a car|wheels|4;a bicycle|wheels|2;a spider|legs|8;a dog|legs|4;a week|days|7;a box|eggs|6;a hand|fingers|5;a table|legs|4;a tricycle|wheels|3;a cat|legs|4;an insect|legs|6;a bird|legs|2;a team|players|5;a pack|cards|10;a bag|apples|5;a row|seats|9;a page|words|9;a day|meals|3;a bus|doors|2;a page|pictures|3".split(";")]


def priced(w: Writer) -> tuple[str, str]:
    thing, money, price, count = w.choose(PRICED), w.choose(MONEY), w.between(2, 12), w.between(2, 10)
    question = w.fill("{<a> costs <p> <m>. {How much {do|are} <n> <t>s [cost]|What do <n> <t>s cost|What do I pay for <n>|How many <m> for <n> <t>s}|if {one <t>|<a>} costs <p> <m>, {how much do <n> cost|what do <n> <t>s cost|how much are <n>|what's the price of <n>}|I {buy|bought} <n> <t>s {for|at} <p> <m> each. {How much {is that|do I pay|did I pay}|What did I spend|What does that make}|<n> <t>s at <p> <m> each, how much is {that|it}|one <t> is <p> <m>, {what are|how much are|and} <n>|<t>s cost <p> <m> each, how much for <n>|how much do <n> <t>s cost if one is <p> <m>}?",
                      a=article(thing), t=thing, p=w.number(price), m=money, n=w.number(count))
    return question, f"{count} times {price} is {count * price}, so {count * price} {money}."


def shared(w: Writer) -> tuple[str, str]:
    each, count = w.between(1, 10), w.between(2, 10)
    total, thing, sharers, owner = each * count, w.choose(SHARED), w.choose(SHARERS), w.choose(OWNERS)
    question = w.fill("{<o> has <a> <t> and {shares|divides|splits} them {between|among|with} <b> <s>, how many {does each[ one] get|<t> does each get|for each|each}|<a> <t> {are shared|are divided|shared} {between|among|by} <b> <s>, how many {each|does each one get|for every one}|{if I|I} {share|split|divide} <a> <t> {between|among} <b> <s>[,] how many {does each get|do they get each|each}|<o> {made|baked|bought|picked|got} <a> <t> for <b> <s>, how many {does each[ one] get|each}|"
                      "there are <a> <t> for <b> <s>. How many {for each|does each one get|each}|<b> <s> share <a> <t>. How many {does each get|each|do they each get}|put <a> <t> {equally |}into <b> {boxes|bags}, how many in each|how many <t> does each of <b> <s> get from <a>}?", o=owner, a=w.number(total), b=w.number(count), t=thing, s=sharers)
    return question, f"{total} divided by {count} is {each}, so {each} each."


def grouped(w: Writer) -> tuple[str, str]:
    thing, part, size = w.choose(GROUPS)
    count, plain = w.between(2, 10), thing.split(" ", 1)[1]
    question = w.fill("{how many <p> {do <n> <m> have|are there {in|on} <n> <m>|have <n> <m>|do <n> <m> have {together|in all|in total}}|<thing> has <s> <p>, how many {have <n>|do <n> <m> have|do <n> have}|<n> <m>, how many <p>{| is that| in all}|if <thing> has <s> <p>, how many <p> have <n>}?", p=part, n=w.number(count), m=plural(plain), thing=thing, s=w.number(int(size)))
    return question, f"{count} times {size} is {count * int(size)}, so {count * int(size)} {part}."


TIMES = "{what{'s| is|s} <a> {times|multiplied by|x|by} <b>|<a> {times|x|multiplied by} <b>[ {is what|makes|equals|please}]|how much is <a> {times|multiplied by} <b>|{can|could} you {work out|do|calculate|tell me|figure out} <a> times <b>[ {for me|please}]|multiply <a> {by|with} <b>|what do I get {for|from} <a> times <b>|work out <a> times <b>|what does <a> times <b> {make|give|come to}|I need <a> times <b>|<a> lots of <b>|do you know <a> times <b>|find <a> times <b>}"
OVER = "{what{'s| is|s} <a> {divided by|over|shared by|split by} <b>|how much is <a> divided by <b>|<a> divided by <b>[ {is what|makes|equals|please}]|divide <a> by <b>|{can|could} you {work out|do|calculate|divide|figure out} <a> {divided by|by} <b>[ {for me|please}]|work out <a> divided by <b>|what do I get {for|from} <a> divided by <b>|what does <a> divided by <b> {make|give|come to}|I need <a> divided by <b>|how {often|many times} does <b> {go|fit} into <a>|<a> split {in|into} <b> {parts|equal parts}, how big is {one|each}|how many <b>s are in <a>}"


def spoken(w: Writer, number: int) -> str:
    return spell_number(number, w.choose(("-", " "))) if w.chance(0.5) else str(number)


def times(w: Writer) -> tuple[str, str]:
    a, b = (w.between(1, 10), w.between(1, 10)) if w.chance(0.65) else (w.between(2, 6), w.between(11, 20))
    a, b = (a, b) if w.chance(0.5) else (b, a)
    return w.fill(TIMES, a=spoken(w, a), b=spoken(w, b)) + "?", f"{a} times {b} is {a * b}."


def over(w: Writer) -> tuple[str, str]:
    b, result = w.between(1, 10), w.between(1, 10) if w.chance(0.85) else w.between(11, 20)
    return w.fill(OVER, a=spoken(w, b * result), b=spoken(w, b)) + "?", f"{b * result} divided by {b} is {result}."


MORE = [tuple(line.split(";;")) for line in """
{when|in {which|what} {season|time of year|part of the year}} {do|does} {the |}{leaves|leaf} {fall|drop|come off the trees|turn red and fall|change colour and fall}|what time of year do trees {drop|shed|lose} {their |}leaves|which season makes trees lose leaves;;Leaves fall in autumn.
{which|what} {vegetable|plant|food} {are|is} {chips|crisps|mash|wedges|potato salad} made {from|of|with}|what do you need to make {chips|mash|crisps}|{chips|crisps|wedges} come from {which|what} {vegetable|plant};;They are made from potatoes.
{which|what} fruit {is {wine|raisins} made from|do {raisins|wine} come from}|what do we make {wine|raisins} {from|out of};;From grapes.
{which|what} {animal|beast} {does|do we get|gives us} {milk|our milk} {come from||}|who gives us milk|where do we get milk {from|};;Milk comes from cows.
{where|which place|in what shop} do {I|you|people} {buy|get|find} {bread|rolls|cakes};;You can buy bread at a bakery.
{where|in which place} do {I|you|people} {borrow|get|find} books{ for free||};;You can borrow books at a library.
{who|which person} do you {call|see|visit} when {your tooth hurts|you have toothache|a tooth aches};;You see a dentist.
{who|which person} do you {call|need} when {a pipe leaks|the tap drips|the toilet is blocked};;You call a plumber.
{who|whom} do you {call|ring} {when|if} {there's a fire|a house is burning|something burns};;You call the fire brigade.
{what|which} {organ|part of the body|body part} {pumps|moves} {the |our |your |}blood|what keeps blood moving;;The heart pumps blood round the body.
{what|which} {part of the body|body part|organ} do you {see|look} with|with what do we {see|look};;You see with your eyes.
{what|which} {organ|part of the body|body part} do {you|we} {think|reason} with|what do people think with;;The brain does the thinking.
{what|which} {gas|air} do {people|humans|we|animals} {need|breathe in|breathe}[ to live]|what do we breathe[ in];;We breathe in oxygen from the air.
what do {plants|flowers|trees} {need|want|use} {to {grow|live}|for growing}|what makes plants grow;;Plants need water, light and soil.
{what|which} {planet|world} {do we live on|are we on|is our home|is ours}|what's the name of our planet;;We live on planet Earth.
{what|which} {star|thing in the sky} {gives us {light|heat|light and warmth}|keeps us warm|lights the day}|where does daylight come from;;The sun gives us light and warmth.
{in which direction|where} does the sun {rise|come up|go up}|which way is sunrise;;The sun rises in the east.
{in which direction|where} does the sun {set|go down}|which way is sunset;;The sun sets in the west.
at {what|which} {temperature|degree} does water {freeze|turn to ice|become ice}|how cold must it be for water to freeze|the freezing point of water is;;Water freezes at zero degrees Celsius.
at {what|which} {temperature|degree} does water {boil|cook|turn to steam}|how hot is boiling water|the boiling point of water is;;Water boils at 100 degrees Celsius.
what happens to {ice|snow} {when it gets warm|in the sun|when you heat it}|what does {ice|snow} turn into when it melts;;It melts and turns into water.
what happens to water {when it gets very cold|in the freezer|below zero}|what does water become when it freezes;;It freezes and turns into ice.
{what|which} {insect|animal} {makes|gives us|produces} honey|who makes honey|where does honey come from;;Bees make honey.
{what|which} {animal|creature} {spins|makes|builds|weaves} {a |}web{s|}|who lives in a web;;Spiders make webs.
{what|which} {animal|creature|pet} {barks|says woof|goes woof}|who barks;;A dog barks.
{what|which} {animal|creature|pet} {purrs|says meow|goes meow|miaows}|who purrs;;A cat says meow.
{what|which} {animal|bird} {says cock-a-doodle-doo|crows in the morning|wakes the farm};;A cock crows in the morning.
{what|which} {animal|creature} has {black and white stripes|stripes like a crossing};;The zebra has black and white stripes.
{what|which} {animal|creature} has a {trunk|long nose|very long nose};;The elephant has a trunk.
{what|which} {animal|creature} has {a hump|humps|two humps} on its back;;The camel has humps on its back.
{what|which} {animal|creature} {has a pouch|jumps and has a pouch|carries its baby in a pouch|hops};;The kangaroo carries its baby in a pouch.
{what|which} {animal|creature} {carries its house on its back|has a shell and is slow|is very slow and has a house};;A snail carries its house on its back.
{what|which} {animal|creature} {builds dams|makes dams};;The beaver builds dams.
{what|which} {animal|bird} {is awake|hunts|flies} at night|which bird sleeps by day;;The owl is awake at night.
{what|which} {animal|bear} {lives on the ice|is white and lives in the Arctic|lives at the North Pole};;The polar bear lives in the Arctic.
what {do|does} {a caterpillar|caterpillars} {become|turn into|grow into};;A caterpillar turns into a butterfly.
what {do|does} {a tadpole|tadpoles} {become|turn into|grow into};;A tadpole turns into a frog.
{what|which} {language|tongue} do {people|they} {speak|talk|use} in {Brazil|Portugal};;They speak Portuguese.
{what|which} {language|tongue} do {people|they} {speak|talk|use} in {Mexico|Spain|Argentina|Peru};;They speak Spanish.
{what|which} {country|land} is {Rome|Milan|Venice} in|where is {Rome|Venice|Milan};;It's in Italy.
{what|which} {country|land} is {Berlin|Munich|Hamburg} in|where is {Berlin|Munich|Hamburg};;It's in Germany.
{what|which} {country|land} {does|do} {pizza|spaghetti|pasta} come from|where does {pizza|pasta} come from|where was pizza invented;;It comes from Italy.
{what|which} {country|land} does sushi come from|where does sushi come from|where did sushi start;;Sushi comes from Japan.
{which|what} city {is|has} the Eiffel Tower {in|}|where {is|can I see|do I find} the Eiffel Tower;;The Eiffel Tower is in Paris.
{which|what} city {is|has} Big Ben {in|}|where {is|can I see|do I find} Big Ben;;Big Ben is in London.
{what|which} {sport|game} {is played|do you play} {with a racket|at Wimbledon};;Tennis is played with a racket.
{what|which} {sport|game} {is played|do you play} {with a hoop|by throwing a ball into a basket};;In basketball you throw the ball into a hoop.
{what|which} instrument has {black and white keys|88 keys|keys and pedals};;The piano has black and white keys.
{what|which} instrument {has six strings|do you strum};;A guitar has six strings.
{what|which} {season|time of year} is {the |}{coldest|one with snow}|when is it {coldest|the coldest time};;Winter is the coldest season.
{what|which} {season|time of year} is {the |}{hottest|warmest}|when is it {hottest|warmest};;Summer is the hottest season.
{what|which} {season|time of year} comes {after|following} {winter};;Spring comes after winter.
{what|which} {season|time of year} comes {after|following} {summer};;Autumn comes after summer.
{what|which} {meal|food} do {you|we|people} {eat|have} in the {morning|early morning}|what's the first meal[ of the day];;Breakfast is the first meal of the day.
{what|which} {meal} do {you|we|people} {eat|have} in the {evening}|what's the last meal of the day;;Dinner is the evening meal.
what do {you|people|we} {wear|put} on {your|their|our} {feet}|what goes on your feet;;You wear socks and shoes on your feet.
what do {you|people|we} {wear|put} on {your|their|our} {hands}|what keeps hands warm;;You wear gloves on your hands.
what do {you|people|we} {wear|put} on {your|their|our} {head}|what goes on your head;;You wear a hat on your head.
what do {people|you|we} {say|shout} {when|if} {someone sneezes|somebody sneezes};;You say bless you.
{how many|what number of} {legs} {does|has} {an insect|a beetle|an ant|a bee} {have|got};;It has six legs.
{how many|what number of} {legs} {does|has} {a spider} {have|got|walk on};;A spider has eight legs.
{how many|what number of} {days} {are there in|does|make|make up} {a week|one week} {have||};;There are seven days in a week.
{how many|what number of} {months} {are there in|make|make up} {a year|one year|the year};;There are twelve months in a year.
{how many|what number of} {hours} {are there in|make|make up} {a day|one day};;There are 24 hours in a day.
{how many|what number of} {minutes} {are there in|make|make up} {an hour|one hour};;There are 60 minutes in an hour.
{how many|what number of} {seconds} {are there in|make|make up} {a minute|one minute};;There are 60 seconds in a minute.
{how many|what number of} {wheels} {does|has} {a bike|a bicycle|one bike} {have|got|need};;A bicycle has two wheels.
{how many|what number of} {wheels} {does|has} {a car|a normal car} {have|got|need};;A car has four wheels.
{how many|what number of} {continents} {are there|does the world have|are on the map};;There are seven continents.
{how many|what number of} {colours} {are there in|does|has} {a|the} rainbow {have||};;There are seven colours in a rainbow.
{how many|what number of} {sides|corners} {does|has} a triangle {have|got};;A triangle has three sides.
{how many|what number of} {letters} {are there in|does|has} the {English |}alphabet {have||};;There are 26 letters in the alphabet.
{how many|what number of} {planets} {are there|go round the sun|are in the solar system};;There are eight planets in the solar system.
""".strip().splitlines()]


def more(w: Writer) -> tuple[str, str]:
    question, answer = w.choose(MORE)
    return w.fill("{" + question + "}") + "?", answer


AND = "{and <t>|what about <t>|how about <t>|and what about <t>|<t>|OK, and <t>|and <t> then|now <t>|same for <t>|and how about <t>|and for <t>}?"


def follow_up(w: Writer) -> list[tuple[str, str]]:
    """A colour, a material or a purpose, then the same of something else."""
    kind = w.between(0, 2)
    maker = (coloured, material, purpose)[kind]
    turns = [maker(w)]
    for _ in range(w.between(1, 2)):
        if kind == 0:
            thing, tone = w.choose(COLOURED)
            answer = f"{thing[:1].upper()}{thing[1:]} {'are' if thing in ('peas', 'blueberries', 'clouds') else 'is'} {tone}."
        elif kind == 1:
            name, verb = w.choose(MATERIALS)[0].rsplit(" ", 1)
            stuff = next(stuff for full, stuff in MATERIALS if full == f"{name} {verb}")
            thing, answer = name, f"{name[:1].upper()}{name[1:]} {verb} {'made from' if name in FOODSTUFFS else 'usually made of'} {stuff}."
        else:
            tool, use = w.choose(PURPOSES)
            thing = tool if tool in ("glasses", "gloves", "soap", "scales") else article(tool)
            answer = f"You use {thing} {use}."
        turns.append((w.fill(AND, t=thing), answer))
    return turns


FACTS = [compare] * 14 + [material] * 6 + [purpose] * 6 + [coloured] * 5 + [more] * 9
SUMS = [times] * 9 + [over] * 8 + [priced] * 5 + [shared] * 5 + [grouped] * 2


def fact(w: Writer) -> tuple[str, str]:
    return w.choose(FACTS)(w)


def sum_(w: Writer) -> tuple[str, str]:
    return w.choose(SUMS)(w)
