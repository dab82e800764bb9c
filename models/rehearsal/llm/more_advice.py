"""More topics of advice, in the form of `broad_talk.ADVICE`: body, mind, people, home, kitchen, garden, animals, work, travel, machines."""

MORE_ADVICE = """
~get rid of hiccups|stop hiccups !I've got the hiccups|my hiccups won't stop|I keep hiccuping ;;Hold your breath for a moment, or sip some cold water slowly.
~treat sunburn|cool a sunburn !I got sunburnt|my shoulders are red from the sun|I stayed in the sun too long ;;Cool your skin with wet cloths, drink water, and stay in the shade.
~treat a blister|care for blisters !I have a blister on my foot|my new shoes rub|my heel is sore from the shoes ;;Keep it clean, put a plaster on it, and wear softer shoes.
~treat an insect bite|stop an itch|treat a sting !a wasp stung me|a bee stung my arm|mosquitoes bit me all over|this bite itches ;;Cool it with ice, don't scratch, and see a doctor if it swells a lot.
~stop a nosebleed !my nose is bleeding|I have a nosebleed ;;Sit up, lean forward a little, and press your nose for ten minutes.
~remove a splinter !I have a splinter in my finger|there's a splinter in my thumb ;;Wash it, pull it out gently with tweezers, and put a plaster on.
~get over a hangover !I have a hangover|I drank too much last night ;;Drink plenty of water, eat something light, and rest.
~ease cramp|get rid of muscle pain !I have a cramp in my leg|my muscles are sore|my legs ache after training ;;Stretch gently, drink water, and take a warm bath.
~bring a fever down !I have a fever|I have a high temperature|I'm burning up ;;Rest, drink a lot of water, and call a doctor if it stays high.
~help a toothache|get over my fear of the dentist !my tooth is killing me|I have a toothache|I'm scared of the dentist ;;See a dentist soon, and until then cool your cheek.
~live with hay fever|stop sneezing in spring !I have hay fever|pollen makes me sneeze|my eyes itch in spring ;;Keep the windows shut, wash your hair at night, and ask your doctor for tablets.
~rest my eyes|look after my eyes !my eyes hurt from the screen|my eyes are dry|my eyes are sore ;;Look away from the screen often, blink, and rest your eyes.
~sprain an ankle less|treat a sprained ankle !I twisted my ankle|my ankle is swollen|I fell and my wrist hurts ;;Rest it, cool it with ice, and see a doctor if you can't move it.
~look after dry skin|get softer hands !my skin is dry|my hands are rough ;;Use a good cream, drink water, and avoid very hot showers.
~keep my feet warm|warm up !my feet are always cold|my hands are freezing ;;Wear thick socks, move a little, and have a hot drink.
~cool down at night|sleep in the heat !it's too hot to sleep|my bedroom is like an oven ;;Open the windows at night, use a thin sheet, and keep the curtains closed by day.
~stop snoring !my husband snores|I snore|my wife's snoring keeps me awake ;;Sleep on your side, keep the nose free, and try earplugs.
~stop nightmares !I had a nightmare|I have bad dreams every night ;;Think of something calm before bed, and talk about the dream with someone.
~get over jet lag !I have jet lag|I can't sleep after my flight ;;Get some daylight, drink water, and go to bed at the local time.
~sit less|improve my posture|stretch at work !I sit at a desk all day|my shoulders are tight ;;Stand up every hour, stretch your shoulders, and take short walks.
~have more energy|feel less tired !I'm tired all the time|I have no energy|I feel worn out ;;Sleep enough, drink water, and get some fresh air every day.
~meditate|find some peace|calm my mind !my head is full|my mind won't stop|I think too much ;;Sit quietly, breathe slowly, and let the thoughts pass.
~be less angry|control my temper !I get angry so fast|I lose my temper|I shouted at my kids ;;Take a deep breath, count to ten, and step away for a moment.
~stop being jealous !I'm jealous of my friend|I get jealous easily ;;Talk about it openly, and think of what you like about yourself.
~be more confident|believe in myself|be less shy !I'm shy|I don't trust myself|I never dare to speak up ;;Start with small steps, and be proud of each one.
~overcome a fear|be braver !I'm afraid of spiders|I'm scared of dogs|I'm afraid of the dark|I'm afraid of heights ;;Take it in small steps, breathe slowly, and have a friend beside you.
~get over my fear of flying !I'm scared of flying|flying makes me nervous|I panic on planes ;;Breathe slowly, listen to music, and remember that flying is very safe.
~deal with worry|stop worrying !I worry all night|I worry about everything|I can't stop worrying ;;Write your worries down, and talk to someone you trust.
~find motivation|stop being lazy|get going !I have no motivation|I don't feel like doing anything|I can't get started ;;Start with one small thing for five minutes, and the rest comes easier.
~say no|set limits !I can never say no|everyone wants something from me|I always help and never rest ;;Be kind but clear: say no, thank you, and don't explain too much.
~accept criticism|handle a mistake !I made a mistake at work|I made a fool of myself|I feel embarrassed ;;Everyone makes mistakes. Say sorry, learn from it, and move on.
~get through grief|comfort a widow !I lost someone I loved|I miss my late husband ;;I'm so sorry. Take your time, and talk about it with people you trust.
~deal with homesickness !I'm homesick|I miss my country ;;Call home, cook a dish from there, and meet new people around you.
~cope with a bully|help my son at school !someone bullies me|the other kids are mean to my son|my daughter is teased at school ;;Don't stay alone with it: talk to a teacher or someone you trust.
~talk to a teenager !my teenager won't talk to me|my son is always in his room|my daughter slams the doors ;;Be patient, listen without judging, and do something together.
~get my child to eat vegetables !my son won't eat vegetables|my daughter is a picky eater|the kids only want pasta ;;Cook together, offer small bits, and eat them yourself with pleasure.
~get the kids to bed|put a child to sleep !my son is afraid of the dark|my kids won't go to bed|my daughter won't sleep alone ;;Keep the same routine: a bath, a story, and a small night light.
~help with homework !my son hates homework|my daughter struggles with maths|my child is bad at reading ;;Do it in small steps, praise each one, and make it a game.
~stop the children fighting !my sons fight all the time|my children argue about toys ;;Stay calm, let each one speak, and teach them to take turns.
~limit screen time !my kids stare at screens all day|I'm on my phone all day|I watch too much television ;;Agree on fixed times, and plan something fun away from the screen.
~get on with my mother in law|meet her parents !I'm meeting his parents|I'm meeting my girlfriend's family|my mother in law criticises me ;;Be polite, bring some flowers, and just be yourself.
~make small talk|start a conversation|talk to strangers !I don't know what to talk about|I never know what to say at parties ;;Ask open questions about them, listen well, and smile.
~write a wedding speech|give a toast !I have to give a toast|I'm the best man and need a speech ;;Keep it short, tell one nice story, and wish them well.
~propose to my girlfriend|ask her to marry me !I want to get married ;;Choose a place that means something to you both, and speak from the heart.
~save my relationship|keep love alive !we argue all the time|my husband never listens|my wife and I hardly talk ;;Take time for each other, listen, and say what you feel calmly.
~get over a break-up|forget my ex|mend a broken heart !my boyfriend broke up with me|my girlfriend left|we split up|I still love my ex ;;I'm sorry. Give it time, see your friends, and be kind to yourself.
~make it up to someone whose birthday I forgot !I forgot our anniversary|I forgot my wife's birthday|I missed my friend's birthday ;;Say sorry honestly, and plan something nice to make up for it.
~choose a gift for a colleague|find a gift for a neighbour|choose a wedding gift|find a present for a teenager|buy something for grandpa !my colleague is leaving|my friend is getting married|my grandma turns eighty ;;Think of what they enjoy: a good book, some flowers, or a nice meal together.
~welcome new neighbours|be a good guest|thank my host !we have new neighbours|I'm invited to dinner|I'm staying with friends ;;Bring a small gift, like a cake or flowers, and say thank you.
~deal with a difficult customer|complain politely|return a broken thing !the shop sold me a broken lamp|the waiter was rude|my order is wrong ;;Stay calm and polite, explain the problem, and show the receipt.
~write a CV|prepare for my first day at work|make a good impression !I start a new job on Monday|it's my first day tomorrow|I'm new at the office ;;Be on time, be friendly, ask questions, and write things down.
~leave my job|quit politely|change my career !I hate my job|I want to do something else|I'm stuck in my job ;;Look for something new first, save some money, and leave on good terms.
~avoid burnout|work less|get home earlier !I work too much|I work every weekend|I'm burnt out|my boss gives me too much work ;;Take real breaks, say what is too much, and ask for help.
~manage my time|plan my day|get more done !I never finish my work|I have a thousand things to do|the day is too short ;;Make a short list, do the most important thing first, and take breaks.
~get through my emails|keep my desk tidy !I get too many emails|my desk is full of papers ;;Sort them at a fixed time each day, and throw away what you don't need.
~work from home|feel less alone at home office !I work at home alone|I miss my colleagues ;;Keep fixed hours, take a walk at lunch, and call people now and then.
~survive a boring meeting|stay awake at work !my meetings are so boring|I fall asleep at my desk ;;Take notes, ask questions, and get some fresh air in the break.
~pay off debts|get out of debt !I owe a lot of money|I can't pay my bills|my card is maxed out ;;Make a list of what you owe, pay the dearest first, and ask for advice early.
~find a flat|move house|pack for moving !I'm moving next month|I need a new place to live|my rent is too high ;;Start early, label every box, and ask friends to help.
~find my wallet|get my purse back !I lost my wallet|I lost my purse|my bag was stolen|somebody stole my phone ;;Block your cards at once, tell the police, and think where you had it last.
~get a new passport !I lost my passport abroad|my passport has run out ;;Go to your embassy or the town office, and take a photo with you.
~get into my flat !I'm locked out|I left my keys inside|the key broke in the lock ;;Ask a neighbour or your landlord for a spare key, or call a locksmith.
~catch my flight !I missed my flight|I missed my train|my plane is late ;;Stay calm, go to the desk, and ask for the next one.
~pack for camping|go camping|plan a hike !I'm going camping|we want to hike in the mountains ;;Take a good tent, warm clothes, water, and a map.
~spend a day at the beach|protect my skin !we're going to the beach ;;Take sun cream, a hat, plenty of water, and a towel.
~avoid being seasick !I get sick on boats|we're going on a ship ;;Look at the horizon, get fresh air, and eat only a little.
~get by in a foreign country|order food abroad !I don't speak the language there|I'm going to Japan and speak no Japanese ;;Learn a few words like hello and thank you, smile, and use your hands.
~make coffee less bitter|make good coffee|brew a good tea !my coffee tastes bitter|my tea is too strong ;;Use fresh water, a little less powder, and don't brew it too long.
~save a salty soup|fix a salty sauce !my soup is too salty|I put too much salt in|the sauce is oversalted ;;Add some water or a potato, and let it cook a little longer.
~cook rice|stop rice sticking !my rice is always sticky|the rice burned ;;Wash it, use two cups of water for one of rice, and keep the lid on.
~boil an egg|cook the perfect egg !my eggs are always too hard|the eggs crack when I boil them ;;Put it in boiling water: five minutes for soft, ten for hard.
~cut onions without tears !onions make me cry|my eyes burn when I cut onions ;;Use a sharp knife, and cool the onion in the fridge first.
~clean a burnt pan|clean a pot !I burned the pan|there's burnt rice in my pot ;;Soak it with hot water and baking soda, then scrub it gently.
~make pancakes|make breakfast fast|have a healthy breakfast !I never have time for breakfast|I skip breakfast ;;Try oats with fruit, or eggs on toast. Both are quick.
~use up leftovers|use up ripe bananas|waste less food !I have leftover rice|my bananas are brown|I throw away too much food|there's a lot of bread left ;;Make a soup, fried rice, or banana bread, and freeze the rest.
~cook for a vegetarian|cook without meat|eat less meat !a vegetarian is coming to dinner|my guest doesn't eat meat ;;How about a vegetable curry, or pasta with tomatoes and cheese?
~cook for children|find a snack for the kids|pack a lunchbox !the kids are hungry|I need a snack idea|I'm hungry between meals ;;Fruit, nuts, cheese or carrot sticks are quick and good.
~make bread|get dough to rise !my bread is too hard|the dough doesn't rise ;;Give the dough time and warmth, and use fresh yeast.
~plan a picnic|cook a romantic dinner|barbecue for friends !we want to eat outside|my date is coming for dinner ;;Keep it simple: good bread, a salad, something grilled, and fruit.
~choose a wine|choose a restaurant !I don't know which wine to bring ;;Choose what you like yourself, and ask the shop or a friend.
~stop ants|get rid of ants|keep flies away|get rid of moths !there are ants in my kitchen|flies are everywhere|moths eat my jumpers ;;Keep food closed, wipe with vinegar, and use lavender against moths.
~get rid of mice !I have mice in the house|there's a mouse in my kitchen ;;Close every hole, keep food in tins, and set a trap or get a cat.
~get rid of mould|stop damp walls !there's mould in my bathroom|the wall is damp ;;Air the room every day, heat it a little, and clean it with vinegar.
~get rid of a bad smell|make my fridge smell better|make shoes smell fresh !my fridge smells|my shoes stink|it smells in the car ;;Clean it well, and put a bowl of baking soda inside overnight.
~fix a dripping tap|stop a leak !the tap is dripping|water comes through the ceiling|my sink leaks ;;Turn the water off, change the seal, or call a plumber.
~silence a squeaky door|fix a stuck drawer !my door squeaks|the drawer is stuck|the hinge makes a noise ;;A drop of oil or some soap usually helps.
~deal with a power cut|find out why the light is off !the lights went out|there's no electricity|the lamp doesn't work ;;Check the fuse and the bulb, use a torch, and ask the neighbours.
~keep my flat warm|stop a draught !my flat is cold|it's draughty here|the heating is broken ;;Seal the windows, close the curtains, wear a jumper, and call someone for the heating.
~decorate a small room|make my flat cosy|choose a colour for the wall !my room is tiny|my flat looks boring ;;Use light colours, a mirror, some plants and warm lamps.
~dust less|clean the house fast|do the laundry !my house is dusty|the laundry piles up|I hate housework ;;Do a little each day, put on music, and share the work.
~get a shirt white again|iron a shirt|save a shrunk jumper !my jumper shrank|my white shirt turned pink|my shirt is wrinkled ;;Wash it cool, keep colours apart, and iron it while it's a bit damp.
~dry wet shoes|clean white shoes|waterproof my boots !my boots are wet|my shoes are muddy ;;Stuff them with newspaper, and let them dry slowly.
~sew on a button|mend a hole !a button came off|my trousers are torn|there's a hole in my sock ;;Take a needle and thread of the same colour, and make small stitches.
~get chewing gum off|remove candle wax|get ink out !there's gum on my trousers|wax dripped on the cloth ;;Cool it with ice until it's hard, then scrape it off gently.
~keep slugs away|get rid of weeds !slugs eat my salad|weeds are everywhere in my garden|snails ate my plants ;;Pull weeds after rain, and pick slugs off in the evening.
~care for a lawn|have a greener lawn !my lawn is yellow|the grass is dry ;;Water it in the evening, and don't cut it too short.
~prune roses|help my roses|grow an apple tree !my roses don't bloom|my apple tree has no apples ;;Cut them back in early spring, and give them sun and compost.
~choose an easy plant|care for a cactus|water plants on holiday !I kill every plant|I'm away for two weeks and have plants ;;A cactus or a spider plant needs little water and forgives a lot.
~attract birds|help bees|feed birds in winter !there are no birds in my garden|I want more bees ;;Plant wild flowers, and put out seeds and water.
~get my dog used to being alone|walk my dog better !my dog pulls on the lead|my dog howls when I leave|my dog is afraid of thunder ;;Practise in small steps, stay calm, and reward your dog.
~look after a kitten|get a cat to use the litter|help two cats get on !we're getting a kitten|my cats fight|my cat goes on the carpet ;;Give it a quiet place, keep the litter clean, and be patient.
~get rid of fleas !my dog has fleas|my cat scratches all day ;;Ask your vet for a cure, comb it, and wash its blanket hot.
~find my lost cat|find a lost dog !my cat ran away|my dog is missing|my cat didn't come home ;;Ask the neighbours, put up posters, and call its name in the evening.
~get a cat down from a tree|help an injured bird !my cat is stuck in a tree|I found a bird with a broken wing|I found a hedgehog ;;Stay calm, keep it warm and quiet, and call a vet or the fire brigade.
~choose a pet|decide on a dog or a cat !we want a pet|my kids want a dog ;;Think about your time and space. A cat is easier, a dog needs walks.
~keep a fish tank clean|look after a rabbit|look after a hamster !my fish died|my rabbit is bored|the tank is green ;;Clean it often, give fresh water and food, and enough room.
~make my computer faster|fix a slow computer !my computer is slow|my laptop froze|the screen went black ;;Restart it, close what you don't need, and free some space.
~get better wifi|fix the wifi !the wifi is slow|the internet is down|my connection keeps dropping ;;Turn the router off and on again, and move closer to it.
~save a wet phone|fix a cracked screen !my phone fell in the water|I dropped my phone and it cracked|my phone won't turn on ;;Turn it off, dry it well, and take it to a repair shop.
~get the printer working !my printer won't print|the paper is stuck in the printer ;;Turn it off and on, check the paper and the ink, and try again.
~recognise a scam|stop spam !someone called and wanted my password|I got a strange email|I get too much spam ;;Never give your password, don't click, and just delete it.
~back up my photos|keep my photos safe !I'm afraid of losing my photos|I deleted my photos ;;Save them in two places, for example on a second disk.
~get the car started|save petrol !my car won't start|the battery of the car is flat|the engine makes a strange noise ;;Check the battery, ask someone for a jump start, or call a garage.
~pass my driving test|drive safely in snow|park better !I'm learning to drive|the roads are icy|I'm afraid of motorways ;;Take your time, keep your distance, and practise with someone calm.
~cycle to work|ride safely in the dark !I want to cycle to work|my bike light is broken ;;Wear a helmet and bright clothes, check your lights, and plan your route.
~learn to swim|swim faster|learn to dive !I can't swim|I'm afraid of water ;;Take lessons, start in shallow water, and practise breathing.
~climb a mountain|train for a marathon|do more push-ups|touch my toes !I'm not flexible|I can't do a single push-up ;;Train a little every other day, and build it up slowly.
~learn to dance|find a hobby|take better photos|write a book|learn to knit !I need a hobby|my photos are blurry|I dance like a bear ;;Start small, take a course, and practise a little every day.
~learn to cook|learn to bake|become a better cook !I can't cook|I burn everything ;;Begin with easy dishes like soup and pasta, and follow a recipe.
~get better at maths|improve my spelling|learn to code|type faster|write an essay !I'm bad at maths|I make spelling mistakes|I don't know how to begin my essay ;;Practise a little each day, start with easy things, and ask when you're stuck.
~remember what I read|learn vocabulary|train my memory !I forget what I learn|my memory is bad ;;Repeat it after a day and a week, and explain it to someone.
~choose a film for tonight|choose a book to read|pick a name for my dog|choose a costume !I don't know what to watch|I need something to read|we need a name for our puppy ;;Think of what makes you smile, make a short list, and pick one.
~enjoy Sundays|make the evening nice|enjoy winter|have a good weekend !Sundays are so dull|the winter makes me sad|the evenings are long ;;Plan something small to look forward to: a walk, a friend, or a good film.
~be a good friend|be a good father|be a better listener|be a good boss !I'm going to be a father|I talk too much ;;Listen, take time, be honest, and show that you care.
~help the planet|live greener|use less plastic !I want to help nature ;;Walk or cycle, buy less, and take your own bag to the shop.
~help an old neighbour|volunteer|do something good !I want to help people|my neighbour can't walk well ;;Ask what they need: some shopping, a chat, or a walk together.
~grow old happily|enjoy retirement !I'm retiring soon|I have too much time ;;Stay active, meet people, and try something you always wanted to do.
~bear the noise|sleep with noise !the street is so loud|a building site woke me up|the clock keeps me awake ;;Try earplugs, close the windows, or move the bed.
~wake up fresh|stop hitting snooze !I hit snooze ten times|mornings are terrible ;;Go to bed earlier, let light in, and drink a glass of water.
~eat slower|stop eating at night|have less sweets !I eat at night|I snack all the time|I can't stop eating chocolate ;;Eat real meals, keep sweets out of sight, and drink some tea.
~survive the first day of school|start at a new school|find friends at school !I'm starting at a new school|my daughter starts school ;;Smile, say hello to someone, and be curious. It gets easier every day.
~pass an oral exam|stay calm in an exam|write a test !I go blank in exams|I have three exams this week ;;Sleep well, breathe slowly, and begin with the easy questions.
"""
