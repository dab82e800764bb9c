"""Words for `open_memory`: things, places, people, tasks, deeds, reasons, times."""

import copying
import memory
from writer import article

THINGS = (
    "book letter hammer ladder umbrella passport wallet phone charger laptop camera scarf jacket suitcase bicycle helmet torch drill saw kettle teapot bowl vase lamp candle mirror carpet pillow blanket towel soap brush comb ring necklace watch bracelet hat glove "
    "coat jumper tent rucksack map compass rope bucket spade rake hose lawnmower wheelbarrow toolbox screwdriver spanner paintbrush notebook pen pencil ruler stapler folder diary calendar parcel ticket receipt contract recipe photo album guitar violin drum flute radio speaker "
    "microphone tablet keyboard printer cable battery remote television clock kite ball racket skateboard sledge puzzle doll teddy train boat car van motorbike scooter trailer wheel pump key badge card purse bag basket box jar bottle mug plate spoon knife fork pan pot "
    "whisk grater toaster blender fridge oven freezer washing_machine vacuum_cleaner broom mop iron sewing_machine needle thread button medicine bandage thermometer hearing_aid lunchbox cake pie soup bread cheese chocolate tin fishing_rod telescope chessboard dictionary "
    "sofa chair table desk wardrobe shelf bed cradle pram bench fence gate door window curtain shed garage tree hedge rosebush fountain statue painting poster trophy medal coin stamp shell stone crystal globe magnet spare_tyre house_key door_key car_key swimsuit tie belt"
).split()
THINGS = [thing.replace("_", " ") for thing in THINGS]
PLURALS = "keys glasses shoes boots gloves socks sunglasses scissors headphones slippers trousers tickets books tools cards letters skis curtains earrings papers photos matches candles pills batteries reading_glasses house_keys car_keys".split()
PLURALS = [thing.replace("_", " ") for thing in PLURALS]
ADJECTIVES = "old new red blue green yellow black white brown grey purple orange pink big small little heavy spare broken best wooden plastic leather good favourite second other long round striped silver golden cheap expensive".split()
SPOTS = (
    "kitchen bathroom bedroom hall cellar attic garage garden shed office car boot drawer cupboard wardrobe fridge freezer oven washing_machine desk table shelf sofa bed chair carpet doormat flowerpot mailbox piano bookcase window door stove sink bathtub staircase balcony roof "
    "fence hedge oak_tree bench box basket suitcase rucksack bag jar tin bucket teapot coat_pocket handbag glove_compartment filing_cabinet safe toolbox laundry_basket wood_pile barn stable tent caravan boat library locker school museum lighthouse train_station reception neighbour's_house "
    "top_drawer bottom_drawer top_shelf back_seat blue_box red_box green_bag kitchen_table living_room guest_room dining_room bedside_table radiator rug mirror television curtain lamp clock fireplace pillow mattress blanket cushion cat_basket dog_bed plant_pot umbrella_stand shoe_box bread_bin cookie_jar"
).split()
SPOTS = [spot.replace("_", " ") for spot in SPOTS]
GROCERIES = (
    "milk eggs bread butter cheese flour sugar salt pepper rice pasta noodles oil vinegar honey jam tea coffee juice water apples pears bananas oranges lemons limes grapes plums cherries strawberries tomatoes potatoes onions carrots garlic peppers cucumbers lettuce spinach mushrooms beans peas lentils "
    "chicken fish ham sausages bacon yoghurt cream chocolate biscuits crisps nuts raisins soap shampoo toothpaste batteries candles matches stamps envelopes nails screws paint glue tape string light_bulbs bin_bags dog_food cat_litter flowers compost seeds nappies plasters paper_towels toilet_paper washing_powder oats cinnamon basil parsley ginger"
).split()
GROCERIES = [word.replace("_", " ") for word in GROCERIES]
PEOPLE = memory.RELATIONS + "landlord plumber electrician dentist lawyer coach tutor neighbour cleaner gardener builder postman tailor vet manager trainer piano_teacher babysitter flatmate assistant client accountant hairdresser granddad stepmother godmother twin_brother".split()
PEOPLE = [person.replace("_", " ") for person in PEOPLE]
TASKS = (
    "call the plumber|water the plants|feed the cat|walk the dog|pay the rent|return the library books|post a letter|clean the windows|wash the car|book a table|renew my passport|pick up my son|pick up the parcel|fix the bike|change the tyres|order new glasses|mow the lawn|take out the bins|iron my shirt|write a report|"
    "answer an email|call my aunt|visit my grandmother|buy a birthday card|bake a cake|pack my suitcase|print the tickets|charge my phone|back up my photos|sign the contract|see the dentist|take my medicine|defrost the freezer|sweep the chimney|paint the fence|prune the roses|tune the piano|practise the violin|learn my lines|send the invitations|"
    "collect the keys|drop off the laundry|empty the dishwasher|cancel the newspaper|check the oil|measure the window|hang up the curtains|sort the papers|sharpen the knives|tidy the shed|cook for ten people|meet the builder|finish my essay|return a jumper|repair the roof|clean the fish tank|change the light bulb|get a haircut|vaccinate the dog|sell the old car"
).split("|")
CLOCK = [f"at {hour}{tail}" for hour in memory.COUNT_WORDS[1:13] for tail in ("", " o'clock", " thirty", " fifteen")] + ["at noon", "at midnight", "at half past two", "at quarter to six", "at half past seven"]
DAYS = [f"on {day}" for day in memory.DAYS] + ["tomorrow", "tonight", "this evening", "next week", "next month", "this afternoon", "tomorrow morning", "in two weeks", "in an hour", "at the weekend", "in the spring", "after lunch", "before dinner"]
COMES = ["come|comes", "arrive|arrives", "leave|leaves", "visit us|visits us", "call|calls", "move out|moves out", "fly home|flies home", "start work|starts work", "get married|gets married", "go back|goes back", "sing|sings", "give a talk|gives a talk", "cook for us|cooks for us", "retire|retires", "pick me up|picks me up", "land|lands", "finish school|finishes school", "play a match|plays a match"]
ACTS = [  # base, present, past, objects; an empty present keeps to the past
    ("like", "likes", "", copying.FOODS + memory.MUSIC_KINDS + copying.SPORTS), ("hate", "hates", "", copying.FOODS + copying.ANIMALS + copying.SPORTS), ("collect", "collects", "", "stamps coins shells stones dolls postcards spoons records comics clocks teapots masks keys badges hats".split()), ("teach", "teaches", "", memory.LANGUAGES + "maths history art music physics biology yoga dancing swimming cooking".split()),
    ("study", "studies", "", "law medicine maths history physics chemistry biology music art geography philosophy engineering economics".split()), ("play", "plays", "", ["the " + value for value in memory.INSTRUMENTS] + copying.SPORTS), ("drive", "drives", "", "a taxi|a bus|a tractor|a lorry|a red van|an old tram|an ambulance|a sports car|a milk float".split("|")), ("sell", "sells", "sold", "flowers cars shoes houses cakes books carpets bread fish cheese bikes hats".split()),
    ("grow", "grows", "grew", "roses tomatoes pumpkins herbs tulips carrots grapes orchids potatoes sunflowers".split()), ("want", "wants", "wanted", [article(thing) for thing in THINGS]), ("need", "needs", "needed", [article(thing) for thing in THINGS]), ("buy", "", "bought", [article(thing) for thing in THINGS]), ("find", "", "found", [article(thing) for thing in THINGS]),
    ("lose", "", "lost", ["the " + thing for thing in THINGS]), ("break", "", "broke", ["the " + thing for thing in THINGS]), ("repair", "", "repaired", ["the " + thing for thing in THINGS]), ("paint", "", "painted", ["the " + thing for thing in THINGS]), ("steal", "", "stole", ["the " + thing for thing in THINGS]), ("bake", "bakes", "baked", "bread|apple pie|a chocolate cake|muffins|scones|pizza|a lemon tart|cookies".split("|")),
    ("cook", "cooks", "cooked", copying.FOODS), ("win", "", "won", "a prize|a medal|the race|a cup|a car|a trip to Rome|the quiz|a bottle of wine|a teddy bear".split("|")), ("forget", "", "forgot", ["the " + thing for thing in THINGS]), ("bring", "brings", "brought", [article(thing) for thing in THINGS] + copying.FOODS), ("build", "builds", "built", "a boat|a shed|a treehouse|a wall|a kite|a robot|a table|a pond|a bridge|a guitar".split("|")),
    ("order", "", "ordered", copying.FOODS), ("see", "", "saw", [article(animal) for animal in copying.ONE_ANIMAL]), ("write", "writes", "wrote", "poems|songs|a novel|letters|a cookbook|crime stories|a diary|a travel guide".split("|")), ("drink", "drinks", "drank", memory.DRINKS), ("wear", "wears", "wore", [f"{article(tone)} {thing}" for tone in memory.COLOURS for thing in ("hat", "coat", "dress", "tie", "jumper", "scarf")]),
    ("fear", "fears", "", "spiders dogs heights thunder snakes mice flying clowns needles water".split()), ("live in", "lives in", "lived in", copying.PLACES), ("work in", "works in", "worked in", copying.PLACES + "a bank|a hospital|a school|a bakery|a museum|a garage|a hotel|a factory|a zoo|a shop|a library|an office".split("|")),
]
EXCUSES = {
    "late": "the bus broke down|I missed the train|my alarm didn't ring|I couldn't find my shoes|the road was closed",
    "tired": "the baby cried all night|I worked until midnight|the neighbours had a party|I walked twenty kilometres",
    "happy": "my sister is coming home|I got the job|the sun is shining|we won the cup",
    "sad": "my cat ran away|my best friend moved away|it's raining again|I lost my ring",
    "angry": "someone scratched my car|my brother broke my phone|the shop sold me old bread",
    "nervous": "I have an exam tomorrow|I'm meeting her parents|I have to sing on stage",
    "wet": "I fell into the pond|it rained and I had no umbrella",
    "busy": "we are moving house|I'm painting the kitchen|my daughter gets married",
    "hungry": "I skipped breakfast|the canteen was closed",
    "at home": "the school is closed|my leg is broken",
    "cold": "the heating is broken|I forgot my coat",
    "proud": "my son can read now|I ran a marathon",
    "awake": "the dog is barking|I drank too much coffee",
}
EXCUSES = [(state, cause) for state, causes in EXCUSES.items() for cause in causes.split("|")]
MATERIALS = "wood metal glass plastic leather wool cotton silk paper stone clay steel copper brass rubber bamboo velvet silver gold marble".split()
CODES = "room_number locker_number flat_number house_number seat_number order_number ticket_number door_code gate_code pin_number phone_number bus_number car_number customer_number parking_space wifi_password password code_word table_number shoe_size flight_number platform gate".split()
CODES = [code.replace("_", " ") for code in CODES]
EVENTS = "meeting party wedding concert exam interview flight lesson match dinner appointment class rehearsal operation barbecue picnic film play lecture course training tour show auction fair festival funeral christening quiz race workshop delivery inspection haircut check-up call trip".split()
MONTH_DAYS = [f"the {day} of {month}" for day in "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth fifteenth twentieth thirtieth".split() for month in memory.MONTHS] + [f"{month} {day}" for month in memory.MONTHS for day in (2, 7, 11, 14, 19, 23, 26, 28)]
SUBJECTS = "whales|the moon|old castles|a lost dog|trains|pirates|the sea|bees|a famous painter|robots|the war|dragons|gardens|a small island|ghosts|mountains|a detective|dinosaurs|the brain|cooking|two sisters|volcanoes|a lighthouse keeper|spies|chess|penguins|the desert|a king|bread|space travel".split("|")
SKILLS = "swim|drive|knit|juggle|ski|dance the tango|play the harp|bake bread|speak Italian|sew|ride a horse|paint|surf|sail|type|cook Thai food|play chess|sing|whistle|repair clocks|make cheese|fly a kite|read music|dive".split("|")
