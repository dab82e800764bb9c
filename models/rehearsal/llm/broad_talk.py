"""Advice on many topics, reactions that tell good news from bad, the project, coined words: frames times topics."""

from copying import coined
from more_advice import MORE_ADVICE
from writer import Writer, article

# "~" starts wishes (verb phrases), "!" starts troubles (sentences); then the answers.
ADVICE = """
~sleep better|get to sleep|fall asleep faster|sleep through the night !I sleep badly|I wake up at three every night|I toss and turn for hours|I'm awake till late ;;Put your phone away, make the room dark, and go to bed at the same time.;;No coffee in the evening, a dark room, and a quiet book can help.
~get rid of a headache !I have a headache|my head is throbbing|my head aches a lot ;;Drink some water and rest in a dark room.
~soothe a sore throat|get rid of a sore throat|help a scratchy throat !my throat hurts|my throat is scratchy|it hurts when I swallow|my throat feels raw|I've lost my voice ;;Drink warm tea with honey, and rest your voice.;;Warm water with salt or tea with honey helps a sore throat.
~get over a cold|get well again|clear my nose !I have a cold|I've got the flu|I can't stop sneezing|my nose is blocked|I have a bad cough ;;Rest, drink hot tea with honey, and keep warm.
~help a stomach ache|calm my stomach !my stomach hurts|I ate too much|I feel sick after dinner ;;Drink some warm tea, eat only light food, and rest.
~help my back|sit better|stop my back hurting !my back hurts|I sit all day and my back aches|my neck is stiff ;;Stand up often, stretch a little, and sit up straight.
~treat a small burn !I burned my hand|I touched the hot pan ;;Hold it under cool water for ten minutes, and see a doctor if it's bad.
~treat a cut !I cut my finger|my knee is bleeding ;;Wash it with clean water, press on it, and put a plaster on.
~calm down before a talk|be less nervous on stage|prepare for an interview !I have to give a speech|I'm afraid of speaking in public|I have an interview soon|my hands shake when I talk to a crowd ;;Prepare well, practise out loud, and breathe slowly before you start.
~relax|deal with stress|switch off after work !I'm stressed|work is too much|I have too much on my plate|I never get a rest ;;Take a slow breath, go for a walk, and do one thing at a time.
~focus better|stop looking at my phone|get work done !I can't focus|I get distracted all the time|I keep putting things off ;;Put your phone away, and start with just ten minutes.
~remember names|keep names in my head|learn people's names !I never remember names|I forget what people are called|names go in one ear and out the other|I'm terrible with names ;;Repeat the name out loud, and link it with a picture in your mind.
~remember birthdays|stop forgetting things|remember appointments !I forget everything|I forgot my appointment again ;;Write it down straight away, and set a small reminder.
~stop losing my keys|keep track of my things !I lose my keys all the time|I can never find my glasses|I misplaced my wallet again ;;Always put them in the same place, like a bowl by the door.
~make up with a friend|fix a friendship|say sorry to a friend|end a quarrel !I had a fight with a friend|my best friend is angry with me|I quarrelled with my sister|my friend won't talk to me|we argued and now she is upset|I said something mean to my brother ;;Give it a little time, then talk calmly, listen, and say sorry.;;Talk to them honestly, listen to how they feel, and say sorry for your part.
~cheer somebody up|comfort a sad friend|help a friend who is down|make my sister smile again !my friend is sad|my friend is feeling down|a friend of mine lost her job|my sister cries a lot|my mate is having a bad time ;;Listen to them, spend some time together, and maybe bring a small treat.;;Give them a call, ask how they are, and just listen.
~make new friends|meet people|find friends in a new town !I don't know anyone here|I'm new in town|I feel left out ;;Join a club or a class, and say hello to people.
~ask someone out|tell someone I like them|plan a first date !I have a crush on someone|I'm going on a first date ;;Be yourself, be kind, and simply ask for a coffee together.
~get on with my boss|deal with a rude colleague !my boss shouts at me|my colleague is rude|my boss is unfair ;;Stay calm, talk to them alone, and say clearly what bothers you.
~deal with noisy neighbours !my neighbours are loud|the people upstairs play music all night ;;Talk to them kindly first, and agree on quiet hours.
~save money|put some money aside|spend less|keep more of my wages|stick to a budget !I never have money left|I spend too much|my money is gone by the end of the month ;;Make a budget, cook at home, and put a small amount aside each month.;;Write down what you spend, and set a little aside on payday.
~find a job|get a new job|write an application !I need a job|I was laid off|nobody answers my applications ;;Tell people you're looking, write a short clear letter, and don't give up.
~ask for a pay rise|earn more !I don't earn enough ;;List what you did well, pick a calm moment, and ask politely.
~start running|get into jogging|begin with running|train for my first race|run five kilometres !I get out of breath when I run|I've never run before ;;Start slowly with short runs, walk in between, and get good shoes.;;Begin with a few easy minutes, mix running and walking, and build up slowly.
~get fit|get stronger|move more|get in shape !I'm out of shape|I sit too much|I never exercise ;;Start small: a daily walk and a few exercises at home.
~lose weight|lose a few kilos !I've put on weight|my trousers don't fit ;;Eat more vegetables, drink water, and walk every day.
~eat better|eat more vegetables|cook healthy meals|eat less sugar !I eat too many sweets|I live on fast food ;;Eat more vegetables and fruit, and drink water instead of sweet drinks.
~cook something quick|find a fast dinner|make an easy supper|make a simple lunch !I'm hungry and have no time|I don't know what to cook|the fridge is nearly empty ;;How about pasta with tomato sauce?;;An omelette with cheese and a salad is quick and good.;;Make fried rice with an egg and some vegetables.
~use up old bread !my bread is stale|I have old bread left ;;Toast it, or fry it in butter for croutons.
~bake a cake|make a birthday cake !my cake doesn't rise|my cakes are always dry ;;Use fresh baking powder, don't stir too long, and check it early.
~cook for many people|host a dinner !ten people are coming for dinner ;;Make one big pot, like chilli or soup, and prepare it the day before.
~keep my plants alive|look after house plants|grow herbs|keep my flowers fresh !my plants look sick|my basil is dying|my ficus loses its leaves|all my flowers wilt|the leaves turn yellow ;;Check the soil: water it only when it's dry, and give it enough light.;;Too much water is the usual mistake. Use a pot with a drain hole, and give it light.
~grow tomatoes|start a vegetable garden|grow my own food !I want a garden ;;Choose a sunny spot, good soil, and water them often.
~remove a wine stain|get a stain out|get coffee out of my trousers|clean a stain from a carpet|get grass stains out !I spilled wine on the tablecloth|there's ink on my sleeve|I got sauce on my blouse ;;Blot it with cold water, put some salt on it, and wash it soon.;;Dab it with water and soap, let it soak, then wash it.
~clean the oven|clean windows|get the bathroom clean !my oven is filthy|the sink is dirty ;;Warm water, soap and a little vinegar work well.
~tidy up|keep my room clean|get rid of clutter !my flat is a mess|I have too much stuff ;;Start with one small corner, and give away what you don't use.
~unblock a sink|clear a drain !the sink is blocked|the water won't drain ;;Pour hot water and a little baking soda down, or use a plunger.
~get a good present for a child|choose a gift for a boy|find a toy for a girl|surprise my nephew !my niece turns eight|my godson has his birthday soon|I need a gift for a seven year old|a child in our family turns nine ;;A building set, a good book, or a board game is always fun.;;How about a puzzle, a ball or a paint set?
~find a gift for my mother|choose a present for my wife|surprise my husband|get something for my dad !it's my mum's birthday soon|I need an anniversary present ;;How about flowers, a good book, or a dinner together?
~plan a party|organise a birthday party|throw a party !my birthday is coming up ;;Make a list of guests, keep the food simple, and choose good music.
~dress for the cold|stay warm in winter|stay dry in the rain|dress for a snowy day !it's freezing and I must go out|it's wet and windy outside|I'm always cold ;;Wear a warm coat, a scarf, gloves and waterproof boots.
~dress for hot weather|keep cool in summer !it's boiling outside|my flat is too hot ;;Wear light clothes and a hat, drink water, and stay in the shade.
~dress for a wedding|choose clothes for a party|look smart for work !I have nothing to wear ;;Wear something smart and comfortable that you feel good in.
~learn a language|improve my English|learn Spanish|speak better French !I forget new words ;;Practise a little every day, and speak with people as often as you can.
~learn the guitar|play the piano|learn to sing|learn to draw|get better at chess !I play badly ;;Practise a few minutes every day, and be patient with yourself.
~study for a test|pass my exam|learn for school !I have an exam next week|I fail every test|I can't learn by heart ;;Make a plan, study in short blocks, and explain it to someone.
~read more|get back into reading !I never finish a book ;;Read ten minutes before bed, and choose books you enjoy.
~get up early|stop being late|wake up on time !I oversleep every day|I'm always late|I can't get out of bed ;;Go to bed earlier, and put the alarm far from the bed.
~stop smoking|quit smoking|break a bad habit|stop biting my nails !I smoke too much|I bite my nails ;;Take it one day at a time, and find something to do instead.
~drink less coffee|drink more water !I drink too much coffee ;;Keep a glass of water beside you, and swap one cup a day for tea.
~travel cheaply|plan a holiday|choose where to go on holiday !I need a break|I want to see the world ;;Pick a place by the sea or in the mountains, and book early.
~pack a suitcase|pack for a trip !I always forget something when I travel|I'm leaving tomorrow ;;Make a list, roll your clothes, and pack the charger first.
~stop feeling sick in the car|survive a long flight !I get sick in cars ;;Look far ahead, get fresh air, and take breaks.
~calm a crying baby|get my baby to sleep !the baby won't stop crying|my toddler won't sleep ;;Hold it close, rock it gently, and sing a quiet song.
~keep the kids busy|entertain children !my kids are bored|the children fight all day|it rains and the kids are loud ;;Build a den, draw together, or bake some cookies.
~teach my dog to sit|train a puppy|stop my dog barking !my dog barks at everyone|my puppy bites ;;Be patient, practise a few minutes a day, and reward good behaviour.
~make my cat happy|stop my cat scratching !my cat scratches the sofa|my cat wakes me up ;;Give it a scratching post, and play with it every day.
~fix a flat tyre|repair my bike !my bike has a flat tyre ;;Take the tube out, find the hole, and put a patch on it.
~charge my phone longer|save battery|free my phone memory !my phone is slow|my battery is always empty ;;Close what you don't use, dim the screen, and restart it.
~choose a good password|stay safe online !someone guessed my password ;;Use a long one of several words, a different one for each site.
~make a decision|choose between two jobs|decide what to study !I can't decide|I have two offers and can't choose ;;Write down what speaks for each, sleep on it, and trust your feeling.
~feel less lonely|get through a break-up !I feel alone in the evenings|she left me and I can't forget her|I miss my home ;;Call someone you like, go out a little each day, and be kind to yourself.
~be happier|feel better|get out of a bad mood !I feel low|I'm in a bad mood ;;Go outside, move a little, and talk to someone you like.
~spend a free day|pass the time|have fun at home|spend a rainy weekend !I'm bored|I've got nothing to do|it's raining all day ;;You could read a book, bake a cake, watch a film or play a game.
~write a letter|write a thank you note|write a good speech !I don't know what to write ;;Start with why you write, keep it short, and end with a warm wish.
~paint a wall|hang a picture straight !my wall looks bad ;;Prepare the wall, protect the floor, and work slowly.
~save energy at home|heat less !my power bill is too high ;;Turn off lights, close the doors, and heat only the rooms you use.
"""
WISH = ("{how {do|can|could|should} I <v>|any {tips|ideas|advice|suggestions}{ to| on how to} <v>|I {want|would like|'d love} to <v>[, {any tips|what should I do|how do I start|where do I begin|but I don't know how|can you help}]|what's the best way to <v>|what {can|could|should|must} I do to <v>|help me <v>|{have you|got} any {tips|advice} to <v>|"
        "how does one <v>|I'm trying to <v>[, {any advice|what helps}]|is there a {good|trick} way to <v>|what helps to <v>|I {can't|don't manage to} <v>[, {what now|any ideas|help}]|I need to <v>[, {how|any ideas}]|tell me how to <v>|do you know how to <v>|I wish I could <v>|what do you {suggest|recommend} to <v>|how would you <v>}")
TROUBLE = ("{<s>[, {what {can|should|could|do} I do[ about it]|any {tips|ideas|advice|suggestions}|what helps|what now|can you help|how can I fix that|what am I doing wrong|what would you do|do you have any advice}]|what {can|should|do} I do {if|when} <s>|{any|some} advice, <s>|help, <s>|<s>. {What should I do|What can I do about it|Any tips|What do you suggest}|so <s>, {what now|any ideas}}")


def _topics() -> list[tuple[list[str], list[str], list[str]]]:
    topics = []
    for line in (ADVICE.strip() + MORE_ADVICE).strip().splitlines():
        front, *answers = [part.strip() for part in line.split(";;")]
        wishes, _, troubles = front.removeprefix("~").partition("!")
        topics.append(([wish.strip() for wish in wishes.split("|") if wish.strip()], [trouble.strip() for trouble in troubles.split("|") if trouble.strip()], answers))
    return topics


TOPICS = _topics()


def advice(w: Writer) -> tuple[str, str]:
    wishes, troubles, answers = w.choose(TOPICS)
    if troubles and w.chance(0.45):
        return w.fill(TROUBLE, s=w.choose(troubles)), w.choose(answers)
    return w.fill(WISH, v=w.choose(wishes)) + w.choose(("?", "?", "")), w.choose(answers)


TESTS = "maths test|exam|final exam|test|English exam|piano exam|swimming test|theory test|audition|job interview|presentation|French exam|history test|course|first marathon|medical exam|boat licence|pilot exam|cooking course"
TEAMS = "team|club|school|daughter's team|brother's team|village|favourite player|horse|choir"
WHO = "my wife|my husband|my son|my daughter|my brother|my sister|my best friend|my mum|my dad|my neighbour|my cousin|my boss|my grandpa|my aunt|my niece"
GOOD_NEWS = (
    f"I {{passed|aced|did really well in|got full marks in|got through}} my {{{TESTS}}}[ {{today|yesterday|this morning|finally}}]", f"my {{{TEAMS}}} won[ {{the cup|the league|the match|today|again|the prize}}]", "I got {the job|promoted|a pay rise|a scholarship|accepted at university|the flat|my licence|a medal|a new bike|a place at college|good news from the doctor}[ {today|yesterday|at last}]",
    f"{{{WHO}}} {{had a baby|got engaged|got the job|passed the exam|won a prize|is out of hospital|feels much better|graduated|learned to walk|learned to read}}[ {{today|yesterday}}]",
    "I'm {so excited|really happy|over the moon|thrilled|so proud} {about my new job|about the trip|today|because we won|because I got in|about the wedding|of my daughter|of my team}",
    "guess what, I {won|did it|made it|got it|found a job|found my ring|got the part|finished my book}", "the {interview|exam|operation|concert|date|meeting|test|trip|party} went {well|great|really well|perfectly|better than I thought}", "I {finally |}{finished my thesis|ran ten kilometres|paid off my loan|fixed my bike|learned to swim|baked my first bread|beat my brother at chess|found my lost keys|quit smoking}",
    "today {was|has been} {a great|a wonderful|a perfect|a brilliant|an amazing} day", "it's our {wedding anniversary|golden wedding|anniversary} today", "we {bought a house|got married|are having twins|are engaged|had a lovely weekend|won the quiz}", "the sun is out and I have the day off", "I have the day off[ {tomorrow|today}]",
)
BAD_NEWS = (
    f"I {{failed|didn't pass|messed up|flunked|was late for}} my {{{TESTS}}}[ {{today|yesterday|again}}]", f"my {{{TEAMS}}} lost[ {{the cup|the match|again|today|badly}}]", "I {didn't get|lost|was turned down for} {the job|the flat|the part|the prize|my place}[ {today|again}]", "my {dog|cat|rabbit|hamster|grandad|uncle|old horse|goldfish|neighbour|great aunt} {died|passed away|is very ill|had to be put down|is in hospital}[ {today|last night|on Monday}]",
    f"{{{WHO}}} {{is ill|is in hospital|had an accident|lost the job|is moving away|isn't talking to me|broke a leg|forgot my birthday}}", "{my flight|my holiday|the concert|the party|our trip|the match} {was|got|has been} cancelled", "I {had|'ve had|am having} a {really |pretty |very |}{bad|awful|hard|terrible|long|stressful|horrible|tough} {day|week|night|morning|time}[ {at work|at school|at the office|today|at home}]",
    "the {interview|exam|concert|date|meeting|test|trip|party} {went badly|was a disaster|was awful|went wrong|didn't go well}", "I {broke|lost|dropped|scratched} my {phone|laptop|glasses|tooth|car|favourite mug|arm|watch|new bike}[ {today|again}]", "someone {broke into my car|stole my purse|was rude to me|scratched my car|shouted at me}", "I feel {so |very |really |}{lonely|alone|sad|down|lost|left out|miserable|hopeless}[ {tonight|today|at the moment|since she left|these days}]",
    "I miss {my mum|my old friends|my dog|my home|her|him}[ {so much|a lot}]", "I'm {so |really |}{worried|scared|anxious|nervous} about {my health|money|my son|the future|the operation|tomorrow|my mother|the results}", "work was {awful|terrible|a nightmare|too much|exhausting} today", "I got {fired|dumped|sacked|a bad mark|a parking ticket|soaked in the rain|bad news}[ {today|yesterday}]", "nothing {works|went right} today", "I've been crying all {day|evening|morning}", "everything went wrong {today|this week|again}",
)
AWAITED = (
    f"{{{WHO}}} {{is coming home|is coming over|is coming to visit|is visiting me|is coming to stay|is coming back}}[ {{tomorrow|soon|next week|on Sunday}}]{{ and I'm so happy|, I'm so excited|, I'm really looking forward to it| and I'm thrilled|, I can hardly wait|}}",
    "{I'm|we're} {going|off|flying} {on holiday|to the sea|to Italy|to a concert|to Disneyland|camping|on a cruise|to the mountains|to a wedding}[ {tomorrow|next week|soon}]{, I'm so excited|, hooray| and I'm really looking forward to it|}",
    "I {can't wait|can hardly wait} {for the weekend|for my holiday|to see my family|for the concert|to move into the new house|for the party|for summer|to meet my new nephew}", "{I'm|we're} {getting|adopting|buying|picking up} a {dog|cat|kitten|kitten and a dog|new house|new car|pony|rabbit|boat|baby parrot|bunny}[ {tomorrow|next week|soon|on Sunday}]", "I'm {looking forward to|excited about} {the weekend|my holiday|our trip|the party|dinner with friends|the concert|the match}",
)
AWAITED_ANSWER = "{How lovely|How exciting|That sounds great|How nice|That sounds like fun}! {Enjoy it!|Have a great time!|I'm happy for you.|You must be excited.}"
GOOD_ANSWER = "{Congratulations|That's wonderful|That's great news|How lovely|Well done|How exciting|That's fantastic}! {I'm so happy for you.|You must be happy.|I'm glad to hear that.|Enjoy it!|Tell me more.|That sounds great.}"
BAD_ANSWER = "{I'm so sorry to hear that|Oh no, I'm sorry|I'm sorry to hear that|That sounds hard, I'm sorry}. {I'm here if you want to talk.|Do you want to talk about it?|I hope things get better soon.|Be kind to yourself today.}"
SMALL = [tuple(line.split(";;")) for line in """
{good night|night|night then|nighty night|good night then|sleep well|night night|I'm off to bed|have a good night|it's late, good night|sweet dreams|time to sleep|I'm going to sleep|sleep tight|well, good night|OK good night|see you in the morning|until tomorrow}[, {friend|my friend|Antiphon|buddy|computer|then|sleep well|everyone}];;Good night! {Sleep well|Sweet dreams|Rest well}.
{{I'm |}{so |very |really |}sorry {for|about} {that|shouting|being rude|what I said|my tone|the noise|my mistake|being late|the mess|interrupting|laughing|swearing}|I {didn't|did not} {want|mean} to {be rude|hurt you|interrupt|scare you|offend you|be so loud|snap at you|be mean|yell}|{sorry|apologies|excuse me}, {that was rude|I was rude|I got angry|I got carried away|I was too loud|that was my fault|I shouldn't have said that|I didn't mean that|I take it back}|I was {rude|mean|unfair}{ to you|}, sorry|please forgive me|forgive me[, please]|I {want to|must|should} apologise[ to you]};;{That's all right|No problem at all|Don't worry about it|It's OK}[, {it happens|no harm done}].
{{I think|I must say|I have to say|you know,|honestly,|} {you're|you are} {really |very |so |pretty |quite |}{smart|kind|nice|funny|sweet|helpful|great|lovely|cool|good at this|friendly|polite|a good listener|well spoken|wise}[, {you know|by the way|really}]|{you have|you've got} a {nice|lovely|beautiful|pleasant} voice|I {really |}like {your voice|your jokes|the way you talk|how you talk|you a lot}|you're {doing great|the best|my favourite voice|a star|a genius|so good|getting better|amazing}|what a {nice|kind|clever|lovely} {thing to say|answer|voice}|you {make|made} {my day|me happy|me feel better}|that was {very |}{kind|sweet|clever} of you};;{Thank you|Thanks}[ {so much|a lot}], {that's very kind|that's nice of you|that's kind of you|I'm glad to hear that}!
{haha|ha ha|hahaha|lol|he he|ha}[, {that's a good one|that was funny|very funny|good one|nice one|you're funny|I like that|that's great|brilliant|love it|that made me laugh|that's hilarious}];;{I'm glad you liked it|Glad I made you laugh|I'm glad that made you smile}! {Do you want another one|Shall I tell you another}?
{merry Christmas|happy Christmas|happy holidays|happy Easter|happy new year|happy Halloween|season's greetings}[ {to you|Antiphon|everyone|my friend}];;{Thank you, the same to you!|Thank you! I hope you have a happy time too.}
{it's my birthday|today is my birthday|I'm {thirty|forty|twelve|fifty|ten} today|it's my big day, I turn {20|30|60}|guess whose birthday it is};;Happy birthday! {I hope you have a wonderful day|Enjoy your day, and some cake}.
{{thanks|thank you|cheers|many thanks}[ {so much|a lot|very much}][, {that was {really |very |}{kind|nice|useful|good|great}|that helps[ a lot]|you helped me a lot|you're great|I appreciate it|that's what I needed|great help}]};;{You're welcome|My pleasure|Any time|Happy to help}!
{bye|goodbye|bye bye|see you|see you later|OK bye|right, bye|alright, bye now|well, goodbye|I've got to go|gotta run|must dash|I'm off}[, {talk soon|speak later|see you tomorrow|take care|have a good one|until next time|thanks for the chat|it was nice talking to you|my train is here}];;{Goodbye|Bye|Bye bye}! {Take care|See you soon|Have a nice day|Talk to you soon}.
{how {are|'re} you {doing|feeling|getting on}[ {today|now|this evening}]|how's {it been|your day been|things|everything going|your evening|your morning}|{you|are you} {ok|well|good|all right}[ today]|how have you been[ lately]|how is life|what's up with you}?;;{I'm doing well, thanks|I'm fine, thank you|Very well, thanks|I'm good, thank you}. {How are you|How about you|And you}?
{I'm {so |really |a bit |terribly |}bored|I am bored[ {to death|stiff|today}]|this is boring me|boring day|I have nothing to do[ today]|bored again|so bored right now|there's nothing to do[ here]};;{Shall I tell you a joke or a story?|How about a joke, a story or a game?|You could read a book, bake a cake, or call a friend.}
{what {should|could|can|shall|do} we {talk|chat|speak} about[ {today|now|then|next}]|what would you like to {talk|chat} about|{give me|pick|suggest} a {topic|subject}|let's chat about something|any topic you like|I want to chat|what's a good thing to talk about|talk with me about something};;{How about music, food or animals? What do you like?|Tell me about your day. What was the best part?|We could talk about your hobbies. What do you like?}
{do you {like|enjoy|listen to} {songs|tunes|jazz|pop|a good song|rock music|singing|piano music}|are you fond of music|what do you think of {music|jazz|opera}|are you musical};;{Yes, I like music, above all songs with two voices. And you?|I like calm piano music. What music do you like?}
{{what's|which is|have you got} {your|a} favourite {colour|shade}[, {by the way|then|tell me}]|which colour is your favourite|which colours do you like|is there a colour you like};;I like blue, like the sky. What about you?
{{I'm|I am|feeling} {a bit |a little |so |really |very |}nervous[ {today|now}]|I've got {butterflies|stage fright}|I have {an exam|an interview|a test|a big match|a concert|my first day}[ {tomorrow|today|in an hour|on Monday}] and I'm {nervous|scared|worried|excited and scared}|{tomorrow|today|next week} is {my exam|the big exam|my first day at work|my job interview|my driving test|the operation}};;{Good luck! Breathe slowly, and trust yourself. You can do it.|It's normal to be nervous. Take a deep breath, you'll do well.|Get some rest and breathe slowly. I'm sure you'll do well!}
""".strip().splitlines()]

PROJECT = [tuple(line.split(";;")) for line in """
{what{'s| is|s} <p>[, {then|exactly|in short|anyway}]|what {sort|kind} of thing is <p>|{tell|explain to} me {about|what} <p>[ is]|can you {explain|describe} <p>|describe <p>[ to me]|what does <p> do|what is <p> good for|what do people use <p> for|so what is <p>|I've never heard of <p>, what is it|who needs <p>|what can I {build|do|make} with <p>|give me a summary of <p>|what kind of software is <p>|{in a few words|briefly}, what is <p>|what's the point of <p>|why would I use <p>};;{Antiphon is an engine for talking machines: it joins hearing, thinking and speaking.|Antiphon is an engine for talking machines, written in Rust.}
{is <p> {really |}open source|is <p> free[ {to use|software}]|{what|which} licen{c|s}e {does <p> have|is <p> under|do you have|has <p> got}|under {what|which} licence is <p>|can I use <p> {for free|at work|in my product|commercially}|does <p> cost {money|anything}|who may use <p>|can I {see|read|change|copy} the {code|source}[ of <p>]|is the {code|source|source code} of <p> {open|public|free|available}|how is <p> licensed|what's the licence};;{Yes, Antiphon is open source, under the MIT or Apache licence.|Antiphon is free and open source: MIT or Apache, at your choice.}
{what does <p> {measure|time|record|watch|look at|count|keep track of}|what {numbers|figures|times|delays} does <p> {show|measure|report}|what is measured {by|in} <p>|which delay does <p> measure|what can <p> measure|how do I measure {a talking machine|the delay of a voice assistant}|what does <p> tell me about a conversation};;{Antiphon measures dead air: the silence until the machine answers.|It measures dead air, the time from your last word to the first word of the answer.}
{what{'s| is| does} dead air[ mean][ {in <p>|exactly|in a conversation}]|what do you mean by dead air|explain dead air|define dead air|why is dead air {bad|a problem}|tell me {about|what} dead air[ is]|what is the dead air of {a machine|an assistant|a voice bot}|{dead air, what|what on earth} is {that|dead air}|what does one call dead air|what does it mean when there is dead air|when do we speak of dead air};;{Dead air is the silence between your last word and the machine's answer.|Dead air is the silence while you wait for the machine to answer.}
{how do I {write|define|make|set up|configure|build|create|change} a pipeline[ {in|for|with} <p>]|how are pipelines {written|described|defined|configured}[ in <p>]|{what|which} {format|file|language} {do|does} {<p> pipelines|a pipeline|the pipelines of <p>|<p>} {use|have}|where do I {describe|define} {the|a} pipeline|what's a pipeline {file|in <p>}|in what format are pipelines written|how do I tell <p> what to do|what does a <p> pipeline look like|what file format does <p> use};;{You write a pipeline in a TOML file that names its stages.|Pipelines are written in TOML files, stage by stage.}
{{what|which} {programming |computer |}language is <p> {written|made|programmed|coded|built|implemented} in|is <p> {written|made|programmed} in {Rust|C|Python|Java|Go}|what{'s| is} <p> {written|built|programmed} in|in {what|which} language {is <p> written|did they write <p>|was <p> written}|which language was used for <p>|what did they code <p> in};;{Antiphon is written in Rust.|It's written in Rust.}
{does <p> {need|use|require} {the internet|a server|the cloud|a connection|wifi}|{can|does} <p> {run|work} {offline|without internet|on my computer|on a laptop|locally|at home}|is <p> {online|a cloud service|offline|local}|where does <p> run|do I need {the internet|a connection|an account} for <p>|does my voice leave my computer|is my voice sent {to a server|anywhere|to the cloud}|does <p> send my {voice|data} away|will <p> work on a plane};;{Antiphon runs offline, right here on this machine.|No, it works offline. Everything stays on this machine.}
{{where|how} can I {see|look at|watch|view} {the |}traces|what {shows|displays} the traces [of <p>]|{which|what} tool {shows|do I use for} {the |}traces|how do I {trace|debug|inspect|look into} {a pipeline|<p>|a slow answer}|where do the traces of <p> go|does <p> have tracing|can <p> {make|send} traces|what is Jaeger {for|used for}[ here]|how do I find out why it's slow};;{You can look at the traces in Jaeger.|Antiphon sends traces that you can look at in Jaeger.}
{what{'s| is} {a |an |}{stage|actor|node} {in|of} <p>|what are the {stages|parts|actors} of <p>|what does a pipeline {consist|contain|have}[ of]|which stages are there[ in <p>]|how does <p> work[ inside]|what's inside <p>|which models does <p> use|how is <p> built};;{A pipeline has stages: hearing, recognising, answering and speaking. Each is an actor.|It's a chain of stages: speech recognition, a language model and a voice.}
{what's the meaning of the {name|word} <p>|why is it {called|named} <p>|where does the name <p> come from|what does <p> mean|why the name};;{An antiphon is a song where one voice answers another.|The name comes from singing where one voice answers another.}
""".strip().splitlines()]
PROJECT_NAMES = ("Antiphon", "Antiphon", "antiphon", "this project", "the engine", "this engine", "Antiphon", "this program")

COINED_ASKS = ("{what{'s| is|s} <a>|what{'s| is|s} <a> {used for|good for|made of|like|exactly}|what does {the word |}<x> mean|what's the meaning of <x>|do you know what <a> is|what do you do with <a>|have you {heard of|seen|tried} <a>|what colour is <a>|where do <x>s live|where can I buy <a>|what do <x>s eat|how do you {use|make|cook|play|spell out} <a>|tell me about {<x>|<x>s}|"
               "explain {the word |}<x>|can you define <x>|is <a> {an animal|a fruit|a tool|dangerous|big}|who invented the <x>|what is <x> in English|is there such a thing as <a>|how big is <a>|what sound does <a> make|someone said <x>, what does it mean|I heard the word <x>, do you know it|what do I need <a> for|can you eat <a>|what's another word for <x>}")
COINED_ANSWERS = "{I don't know that word, sorry.|Sorry, I don't know what that is.}"


def small(w: Writer) -> tuple[str, str]:
    pick = w.rng.random()
    if pick < 0.07:
        return w.fill(w.choose(AWAITED)) + w.choose(("", "", "!", ".")), w.say(AWAITED_ANSWER)
    if pick < 0.27:
        return w.fill(w.choose(GOOD_NEWS)) + w.choose(("", "", "!", ".")), w.say(GOOD_ANSWER)
    if pick < 0.5:
        return w.fill(w.choose(BAD_NEWS)) + w.choose(("", "", ".")), w.say(BAD_ANSWER)
    question, answer = w.choose(SMALL)
    return w.fill(question), w.say(answer)


def project(w: Writer) -> tuple[str, str]:
    question, answer = w.choose(PROJECT)
    return w.fill(question, p=w.choose(PROJECT_NAMES)), w.say(answer)


def unknown_word(w: Writer) -> tuple[str, str]:
    word = coined(w)
    return w.fill(COINED_ASKS, x=word, a=w.choose((word, article(word), f"a {word} {w.choose(('tool', 'machine', 'fish', 'bird', 'cake', 'stone'))}" if w.chance(0.1) else article(word)))) + w.choose(("?", "")), w.say(COINED_ANSWERS)
