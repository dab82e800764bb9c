"""Word lists of the rehearsal speech text, written by hand and grouped by how a sentence may use them."""


def _split(block: str) -> list[str]:
    return block.split()


def _phrases(block: str) -> list[str]:
    return [item.strip() for item in block.replace("\n", " ").split(",") if item.strip()]


# Countable things.
THINGS = _split("""
table chair bed lamp door window wall floor roof kitchen bathroom garden gate key lock box bag bottle cup glass plate bowl
knife fork spoon pan pot oven fridge phone computer laptop screen keyboard camera radio television clock watch ring book letter
card stamp newspaper magazine notebook pen pencil brush picture photo painting mirror blanket pillow towel curtain carpet candle
match basket bucket ladder hammer nail rope wire tool machine engine wheel car bus train plane boat ship bike truck taxi ticket
passport suitcase map road street bridge tunnel corner sign light coat hat shirt dress skirt jacket sweater shoe boot sock glove
scarf belt button pocket umbrella ball game toy doll kite drum piano guitar violin song story movie film play show class lesson
test question answer problem idea plan project report meeting message email call number name address password file folder program
button list note page word sentence line paragraph chapter poem joke secret dream wish promise mistake accident job office desk
company shop store market bank bill coin dollar price gift prize party wedding birthday holiday trip tour visit walk race team
player coach goal point score rule law judge court crime prison vote speech nation flag war battle army gun sword bomb shield
star planet moon rocket cloud storm wave river lake island beach mountain hill valley forest tree leaf branch root flower rose
seed plant field farm barn fence stone rock cave path trail camp tent fire stove tank pipe pump tap sink shower bath toilet sofa
shelf drawer cupboard closet bench statue tower castle palace church temple museum theater library school college university
hospital clinic pharmacy hotel restaurant cafe bar kitchen bakery factory station airport harbor garage park zoo stadium pool
gym studio apartment house home building village town city country room hall stairs elevator heater battery cable speaker
microphone robot model sensor switch timer alarm calendar reminder appointment schedule recipe menu meal snack sample package
parcel envelope ribbon thread needle cloth bandage pill mask helmet paddle net hook trap cage nest feather shell bone tooth
tail wing arm leg hand foot finger thumb knee elbow shoulder neck head face nose ear eye mouth lip chin heart brain stomach back
mind body voice sound noise bell whistle horn trumpet flute band concert dance stage crowd circle square triangle shape pattern
color spot stripe stain crack hole edge side top bottom middle end beginning part piece half slice layer pile heap stack pair
group set row column chart graph figure sum total amount unit meter mile inch pound minute hour second day week month year
century season morning evening night moment
""")

PEOPLE = _split("""
man woman boy girl child baby friend neighbor teacher student doctor nurse dentist lawyer farmer driver pilot captain sailor
soldier officer singer actor artist writer painter poet cook chef waiter baker butcher barber builder plumber engineer scientist
manager boss worker guard guest host stranger king queen prince princess knight wizard thief hero leader president mayor
mother father sister brother son daughter uncle aunt cousin nephew niece grandmother grandfather husband wife parent kid
teenager adult person customer partner colleague roommate tourist hunter fisherman clerk tailor priest
""")

ANIMALS = _split("""
dog cat horse cow pig sheep goat chicken duck goose rabbit mouse rat fox wolf bear lion tiger elephant monkey giraffe camel
deer bird eagle owl crow parrot pigeon snake lizard frog turtle fish shark whale dolphin crab spider ant bee fly butterfly
worm puppy kitten pony donkey zebra penguin squirrel bat snail
""")

FOODS = _split("""
apple orange banana lemon peach pear plum cherry strawberry grape melon tomato potato carrot onion cabbage pepper mushroom
bean sandwich pizza burger cake cookie pie salad soup egg steak sausage pancake muffin biscuit waffle noodle taco
""")

MASS = _split("""
water milk juice coffee tea wine beer bread butter cheese meat beef pork rice pasta sugar salt honey chocolate cream oil soup
food fruit breakfast lunch dinner music money time weather rain snow ice wind air smoke dust sand mud grass wood paper glass
metal gold silver iron steel cotton wool leather plastic rubber soap paint ink glue gas fuel power electricity light heat
traffic news information advice help work homework research science history math English French art luck love peace trust
hope fear anger joy pain sleep rest health energy space nature wildlife equipment furniture luggage clothing software data
language knowledge experience practice patience silence darkness sunshine fun trouble garbage medicine ginger garlic
""")

PLURALS = _split("""
children people men women scissors glasses trousers pants jeans shoes socks gloves parents friends neighbors students teachers
dogs cats birds horses trees flowers leaves books letters keys windows doors lights eyes hands feet teeth clouds stars mountains
rivers cities words numbers stories songs games pictures apples oranges potatoes tomatoes cookies eggs beans vegetables stairs
dishes clothes tools machines computers phones questions answers plans ideas thoughts feelings rules
""")

ADJECTIVES = _split("""
good bad big small large little great tiny huge tall short long wide narrow thick thin deep shallow high low heavy light fast
slow quick quiet loud soft hard smooth rough sharp dull bright dark clean dirty wet dry hot cold warm cool fresh old new young
ancient modern rich poor cheap expensive free busy lazy strong weak brave afraid happy sad angry calm nervous proud shy kind
mean gentle rude polite honest clever smart stupid silly funny serious strange normal common rare special simple easy difficult
strict wild tame safe dangerous sick healthy hungry thirsty tired sleepy awake alone empty full open closed round square flat
straight curved broken perfect beautiful ugly pretty lovely nice wonderful terrible awful amazing boring interesting exciting
famous popular important useful useless possible impossible true false real fake right wrong early late ready sure certain
careful careless lucky unlucky friendly lonely sweet sour bitter salty spicy delicious pure plain fancy golden wooden
local foreign national public private military final main whole double single extra
""")

COLORS = _split("red blue green yellow orange purple pink brown black white gray silver gold")

ADVERBS = _split("""
slowly quickly quietly loudly softly carefully suddenly finally usually often sometimes always never rarely already still
again soon later early together alone outside inside upstairs downstairs everywhere nowhere somewhere away back home
today tomorrow yesterday tonight now then here there well badly almost nearly really probably maybe certainly perhaps clearly
easily happily sadly gently exactly hardly once twice forever instead anyway indeed especially recently lately
""")

# Irregular verbs: base, third person, -ing, past, participle.
_IRREGULAR = """
be is being was been, have has having had had, do does doing did done, go goes going went gone, say says saying said said,
get gets getting got got, make makes making made made, know knows knowing knew known, think thinks thinking thought thought,
take takes taking took taken, see sees seeing saw seen, come comes coming came come, want wants wanting wanted wanted,
give gives giving gave given, find finds finding found found, tell tells telling told told, feel feels feeling felt felt,
leave leaves leaving left left, put puts putting put put, mean means meaning meant meant, keep keeps keeping kept kept,
let lets letting let let, begin begins beginning began begun, hear hears hearing heard heard, run runs running ran run,
hold holds holding held held, bring brings bringing brought brought, write writes writing wrote written,
sit sits sitting sat sat, stand stands standing stood stood, lose loses losing lost lost, pay pays paying paid paid,
meet meets meeting met met, set sets setting set set, learn learns learning learned learned, lead leads leading led led,
understand understands understanding understood understood, speak speaks speaking spoke spoken, read reads reading read read,
spend spends spending spent spent, grow grows growing grew grown, win wins winning won won, buy buys buying bought bought,
send sends sending sent sent, build builds building built built, fall falls falling fell fallen, cut cuts cutting cut cut,
sell sells selling sold sold, drive drives driving drove driven, break breaks breaking broke broken,
eat eats eating ate eaten, drink drinks drinking drank drunk, sleep sleeps sleeping slept slept, sing sings singing sang sung,
swim swims swimming swam swum, fly flies flying flew flown, draw draws drawing drew drawn, throw throws throwing threw thrown,
catch catches catching caught caught, teach teaches teaching taught taught, wear wears wearing wore worn,
forget forgets forgetting forgot forgotten, choose chooses choosing chose chosen, wake wakes waking woke woken,
ride rides riding rode ridden, rise rises rising rose risen, shake shakes shaking shook shaken, hide hides hiding hid hidden,
bite bites biting bit bitten, steal steals stealing stole stolen, freeze freezes freezing froze frozen,
ring rings ringing rang rung, shut shuts shutting shut shut, hit hits hitting hit hit, hurt hurts hurting hurt hurt,
cost costs costing cost cost, lend lends lending lent lent, feed feeds feeding fed fed, fight fights fighting fought fought,
hang hangs hanging hung hung, shine shines shining shone shone, sweep sweeps sweeping swept swept, dig digs digging dug dug
"""
IRREGULAR = {row.split()[0]: row.split()[1:] for row in _phrases(_IRREGULAR)}

# Verbs that take a thing as object.
VERBS_OBJECT = _split("""
take see give find make keep hold bring write lose buy send build cut sell drive break draw throw catch wear forget choose ride
hide steal shut hit feed hang read use need want like love hate open close move carry push pull lift drop turn clean wash
paint cook fix repair check watch follow touch kick burn cover fill empty count measure change save share show hide pick pack
order paint print copy paste delete record explain describe remember notice discover invent design test finish start stop enjoy
prefer visit cross climb plant water collect repeat play try help miss join borrow return replace remove attach protect attack
destroy damage handle hear bite sweep buy peel bake mix pour shake tie wrap fold iron press hate trust expect
""")
VERBS_PLAIN = _split("""
run walk sit stand sleep sing swim fly fall wait work talk speak laugh cry smile dance jump play rest arrive leave return stay
live die travel cook study think wonder worry dream listen look breathe cough sneeze shout whisper fight win hurry rise shine
freeze melt grow wake agree disagree happen change stop begin start finish continue move turn relax exercise complain pray
""")
VERBS_PERSON = _split("""
call meet thank ask tell help teach follow invite visit marry love hate know trust miss see hear forgive believe remember
surprise greet join watch hug answer blame pay warn
""")

NAMES = _split("""
Anna Peter John Mary James Robert Linda Susan David Michael Sarah Emma Olivia Noah Liam Lucas Sophia Grace Alice Henry
George Charles William Thomas Daniel Paul Mark Steven Andrew Kevin Brian Laura Helen Karen Nancy Betty Carol Ruth Sharon
Jack Oliver Harry Lily Emily Chloe Ella Mia Ava Leo Max Sam Tom Tim Ben Dan Joe Bob Bill Jim Kate Jane Julia Maria Rosa
Carlos Diego Luis Elena Sofia Nina Eva Clara Hannah Rachel Rebecca Leah Adam Aaron Simon Martin Frank Victor Walter Arthur
Albert Edward Alex Chris Jordan Taylor Morgan Casey Amy Lucy Molly Daisy Ryan Jason Eric Kyle Nathan Dylan Owen Ethan Jacob
Priya Ravi Ahmed Omar Fatima Yuki Mei Ivan Olga Igor Natasha Pierre Marie Hans Ingrid Antiphon
""")
SURNAMES = _split("""
Smith Jones Brown Taylor Wilson Johnson Davis Miller Moore Clark Lewis Walker Hall Young King Wright Hill Scott Green Baker
Adams Nelson Carter Mitchell Roberts Turner Phillips Campbell Parker Evans Edwards Collins Stewart Morris Murphy Cook Rogers
Cooper Bell Bailey Kelly Howard Ward Cox Gray Watson Brooks Bennett Price Wood Ross Henderson Jenkins Perry Powell Long
Hughes Foster Sanders Butler Barnes Fisher Garcia Lopez Martinez
""")
PLACES = _split("""
London Paris Berlin Rome Madrid Vienna Dublin Boston Chicago Denver Seattle Toronto Sydney Tokyo Moscow Cairo Athens Lisbon
Prague Oslo Amsterdam Brussels Geneva Milan Venice Edinburgh Manchester Oxford Cambridge Dallas Houston Miami Atlanta
England France Germany Italy Spain Japan China India Brazil Canada Mexico Russia Egypt Greece Ireland Scotland Africa Europe
America Asia Australia California Texas Florida Portugal Norway Sweden Poland Turkey Kenya
""") + ["New York", "Los Angeles", "San Francisco", "Hong Kong", "New Zealand"]
DAYS = _split("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
MONTHS = _split("January February March April May June July August September October November December")
SEASONS = _split("spring summer autumn winter")
SMALL_NUMBERS = _split("zero one two three four five six seven eight nine")
ORDINALS = _split("first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth")

FUNCTION = _split("""
the a an this that these those my your his her its our their some any no every each both all many much few several most more
less enough other another such what which who whom whose when where why how I you he she it we they me him us them myself
yourself himself herself itself themselves something anything nothing everything someone anyone everyone nobody one
and or but so because if although while until unless since before after though than as of in on at to from with without by
for about into onto over under above below between among through across along around behind beside near against during
up down out off away toward within except like not only also too very quite rather just even ever yet
can could will would shall should may might must am is are was were be been do does did has have had
don't doesn't didn't can't couldn't won't wouldn't shouldn't isn't aren't wasn't weren't haven't hasn't I'm I've I'll I'd
you're you've you'll he's she's it's we're we've we'll they're they've that's what's where's who's there's let's
yes no okay please thanks thank sorry hello hi hey goodbye bye welcome well oh sir madam mister miss
plus minus times divided percent o'clock hundred thousand million quarter half past dozen degrees dollars cents euros
""")

PREPOSITIONS = _split("in on under behind beside near above below inside outside across around past through against over beyond")

LIKES = _phrases("""
swimming, running, cooking, reading, dancing, singing, painting, playing chess, playing football, watching movies,
listening to music, riding my bike, working in the garden, walking in the woods, going to the beach, learning languages,
traveling by train, playing the piano, taking pictures, writing stories, baking bread, telling jokes, tennis, soccer, basketball,
baseball, golf, hockey, jazz, rock music, classical music, opera, history, physics, poetry
""")
TIMES = _phrases("""
today, tomorrow, yesterday, tonight, this morning, this afternoon, this evening, last night, last week, last month, last year,
next week, next month, next year, every day, every morning, every night, on the weekend, in the morning, in the evening,
at night, at noon, at midnight, right now, a long time ago, in a few minutes, in an hour, after lunch, before dinner,
after school, all day, all night, once a week, twice a day, from time to time, these days, at the moment
""")
JOBS = PEOPLE[10:52]
TOPICS = _phrases("""
the weather, the news, your family, music, sports, space, the moon, the ocean, computers, robots, history, cooking, dinosaurs,
animals, science, health, food, money, art, movies, books, travel, your work, school, the future, the past, yourself, this project,
speech recognition, voices, time, love, dreams, friendship, the sun, gravity, electricity, the human body, language, the internet
""")


def vocabulary() -> list[str]:
    """All words a random word sequence may use, without repeats, in list order."""
    words: dict[str, None] = {}
    groups = [THINGS, PEOPLE, ANIMALS, FOODS, MASS, PLURALS, ADJECTIVES, COLORS, ADVERBS, VERBS_OBJECT, VERBS_PLAIN,
              VERBS_PERSON, DAYS, MONTHS, SEASONS, SMALL_NUMBERS, ORDINALS, FUNCTION]
    for group in groups:
        for word in group:
            words.setdefault(word, None)
    for base, forms in IRREGULAR.items():
        for word in [base, *forms]:
            words.setdefault(word, None)
    return list(words)
