"""More everyday knowledge: body, nature, sky, home, food, places, time, words, and the meanings of common things."""

from writer import Writer

MORE_FACTS = [tuple(line.split(";;")) for line in """
how many {bones|bones are there} {are in|does} {the human body|a grown-up|a person} {have|}|the number of bones in {the body|a person};;A grown-up has about 206 bones.
how many teeth {does|has} {an adult|a grown-up|a person|a human} {have|got}|the number of teeth in a {mouth|grown-up};;A grown-up has 32 teeth.
how many {fingers|fingers and thumbs} {do people|does a person|do I|do we} have|how many fingers are there on two hands;;People have ten fingers, thumbs included.
how many toes {do people|does a person|do I|do we} have|how many toes are on two feet|the number of toes;;People have ten toes.
how many {eyes|ears|arms|legs|hands|feet|knees|elbows} {does a person|do people|do humans|has a man} {have|got}|how many {ears|eyes|hands} have I got;;People have two.
how many {sides|edges} {does|has} a {pentagon|five-cornered shape} {have|got};;A pentagon has five sides.
how many {sides|edges|corners} {does|has} a {hexagon|cell of a honeycomb} {have|got};;A hexagon has six sides.
how many {sides|edges|corners} {does|has} an {octagon|eight-cornered stop sign} {have|got};;An octagon has eight sides.
how many {sides|edges|corners} {does|has} a {rectangle|square|normal window|sheet of paper} {have|got};;It has four sides.
how many {faces|sides} {does|has} a {cube|dice|die} {have|got};;A cube has six faces.
how many strings {does|has} a {violin|cello|viola} {have|got}|the number of strings on a violin;;A violin has four strings.
how many strings {does|has} a {guitar|normal guitar} {have|got}|the number of strings on a guitar;;A guitar has six strings.
how many keys {does|has} a piano {have|got}|the number of keys on a piano;;A piano has 88 keys.
how many players {are in|are there in|does|has} a {football team|soccer team|football side} {have|}|how many people play in a football team;;A football team has eleven players.
how many players {are in|are there in|has} a basketball team|how many basketball players are on the court for one team;;A basketball team has five players.
how many {hours|hours of the day} {are there in|make|has} {half a day|a half day};;Half a day has twelve hours.
how many {weeks|weeks are there} {in|make|has} a {year|whole year};;There are 52 weeks in a year.
how many days {are there in|make|has} {a|one} {leap year};;A leap year has 366 days.
how many days {are there in|make|has} {a|one} {normal year|year|whole year};;A year has 365 days.
how many years {are there in|make|are} a {century|hundred years};;A century has a hundred years.
how many years {are there in|make|are} a decade;;A decade has ten years.
how many years {are there in|make|are} a {millennium};;A millennium has a thousand years.
how many {seasons|seasons are there} {in a year|are there|does a year have};;There are four seasons: spring, summer, autumn and winter.
how many {minutes|minutes are there} {in|make|has} {half an hour|a half hour};;Half an hour has 30 minutes.
how many {minutes|minutes are there} {in|make|has} {a quarter of an hour|a quarter hour};;A quarter of an hour has 15 minutes.
how many seconds {are there in|make|has} {two minutes};;Two minutes have 120 seconds.
how many {centimetres|centimetres are there} {in|make|has} {a|one} metre;;A metre has a hundred centimetres.
how many {metres|metres are there} {in|make|has} {a|one} kilometre;;A kilometre has a thousand metres.
how many {grams|grams are there} {in|make|has} {a|one} {kilo|kilogram};;A kilo has a thousand grams.
how many {cents|pennies|pence} {are there in|make|has} {a|one} {euro|dollar|pound};;There are a hundred of them.
how many {zeros|noughts} {does|has} {a thousand|the number one thousand} {have|got};;A thousand has three zeros.
how many {zeros|noughts} {does|has} {a million|the number one million} {have|got};;A million has six zeros.
how many {zeros|noughts} {does|has} {a hundred|the number one hundred} {have|got};;A hundred has two zeros.
how many vowels {are there|does English have|are in the alphabet};;There are five vowels: A, E, I, O and U.
how many {oceans|oceans are there} {on earth|in the world|does the earth have};;There are five oceans.
how many {wheels|wheels are there} {does|has|on} a {tricycle|three-wheeler} {have|};;A tricycle has three wheels.
how many {arms|tentacles|legs} {does|has} an octopus {have|got};;An octopus has eight arms.
how many {hearts} {does|has} an octopus {have|got};;An octopus has three hearts.
how many {humps} {does|has} a camel {have|got};;A camel has one or two humps.
how many {lives} {does|has} a cat {have|got}|they say a cat has how many lives;;People say a cat has nine lives.
how many {colours|lights} {does|has} a traffic light {have|got};;A traffic light has three: red, yellow and green.
how many {cards|playing cards} {are in|has|make} a {deck|pack}[ of cards];;A deck has 52 cards.
how many {squares|fields} {are on|has|does} a {chessboard|chess board} {have|};;A chessboard has 64 squares.
how many {people|players} {play|do you need for} {chess|a game of chess};;Chess is played by two people.
how many {rings} are {in|on} the Olympic {flag|symbol};;There are five rings.
what gas do {plants|trees} {breathe in|take in|take from the air|need};;Plants take in carbon dioxide.
what gas do {plants|trees} {give off|make|give us};;Plants give us oxygen.
what {is|makes} the sky blue|why is the sky blue|why does the sky look blue;;The air scatters the blue light of the sun most, so the sky looks blue.
why is {the sea|sea water|the ocean} salty|where does the salt in the sea come from;;Rivers wash salt from the rocks into the sea.
why do {leaves|trees} {fall|change colour|turn red|lose leaves} {in autumn|in the fall|before winter};;Trees save water and strength for the winter.
why do {birds|swallows|geese|storks} fly south|where do {birds|swallows|storks} go in winter;;Many birds fly south in winter, where it's warm and there is food.
why do {we|people} {sleep|need sleep}|what is sleep good for|why is sleep important;;Sleep lets the body and the brain rest and repair themselves.
why do {we|people} {eat|need food}|what is food good for;;Food gives us energy and helps us grow.
why do {we|people} {sweat}|what is sweat good for;;Sweat cools the body when it's hot.
why do {we|people} yawn|what makes us yawn;;We yawn when we're tired or bored.
why do {cats|our cats} purr|what does it mean when a cat purrs;;Cats purr when they feel happy and safe.
why do {dogs|puppies} wag their {tails|tail}|what does it mean when a dog wags its tail;;Dogs wag their tails when they are happy or excited.
why do {bees|wasps} sting|when does a bee sting;;Bees sting to defend themselves.
why do {bees|butterflies} visit flowers|what do bees want from flowers;;Bees collect nectar and pollen from flowers.
why do {we|people} have {summer and winter|seasons}|what causes the seasons|what makes the seasons;;The earth is tilted as it goes round the sun, so we have seasons.
why {is there|do we have} {day and night|night}|what causes day and night|why does it get dark;;The earth turns once a day, so the sun lights each side in turn.
how long does {the earth|our planet} {need|take} {to go|for going} {round|around} the sun|how long is a trip around the sun;;The earth takes one year to go round the sun.
how long does {the moon} {need|take} to go {round|around} the earth;;The moon takes about a month.
{what|which} planet {is|do we call} the red {planet|one}|which planet is red|what's the red planet;;Mars is the red planet.
{what|which} planet is {closest|nearest|the closest} to the sun|what's the first planet from the sun;;Mercury is the planet closest to the sun.
{what|which} planet {has|is famous for} rings|what's the planet with rings;;Saturn is famous for its rings.
{what|which} is the {biggest|largest} planet|what's the biggest planet {of all|in the solar system};;Jupiter is the biggest planet.
{what|which} is the closest star|which star is nearest to us|what star is closest to earth;;The sun is the star closest to us.
{what|who} goes {round|around} the earth|what circles the earth|what is the earth's satellite;;The moon goes round the earth.
who was the first {man|person|human} on the moon|who walked on the moon first|who first set foot on the moon;;Neil Armstrong was the first man on the moon.
who wrote {Romeo and Juliet|Hamlet|Macbeth};;William Shakespeare wrote it.
who painted the Mona Lisa|whose painting is the Mona Lisa;;Leonardo da Vinci painted the Mona Lisa.
who {discovered|is said to have discovered|sailed to} America in 1492|who crossed the Atlantic in 1492;;Christopher Columbus sailed to America in 1492.
who invented the {telephone|phone};;Alexander Graham Bell is known for the telephone.
who {invented|made} the light bulb;;Thomas Edison is known for the light bulb.
who brings {presents|gifts} at Christmas|who comes down the chimney|who has a red coat and a white beard;;Father Christmas, also called Santa Claus.
who lives in {a|the} {beehive|hive};;Bees live in a hive.
who lives at the north pole|which bear lives at the north pole;;Polar bears live near the north pole.
who {flies a plane|sits in the cockpit};;A pilot flies a plane.
who {is in charge of|commands|leads} a ship;;The captain is in charge of a ship.
who {leads|conducts|stands in front of} an orchestra;;A conductor leads an orchestra.
what do you call a {baby|young|little} {dog}|what's a young dog called;;A young dog is a puppy.
what do you call a {baby|young|little} {cat}|what's a young cat called;;A young cat is a kitten.
what do you call a {baby|young|little} {frog}|what's a young frog called;;A young frog is a tadpole.
what do you call a {baby|young|little} {sheep}|what's a young sheep called;;A young sheep is a lamb.
what do you call a {group|lot} of {sheep|birds}|a group of {sheep|birds} is called what;;It's called a flock.
what do you call a {group|lot} of {wolves}|a group of wolves is called what;;A group of wolves is a pack.
what do you call a {group|lot} of {fish}|a group of fish is called what;;A group of fish is a school.
what do you call a {group|lot} of {cows|elephants}|a group of {cows|elephants} is called what;;It's called a herd.
what do you call {frozen|solid} water|what is water called when it's frozen;;Frozen water is called ice.
what do you call {a doctor for animals|someone who treats pets|an animal doctor};;An animal doctor is called a vet.
what do you call {a person who can't see};;A person who can't see is blind.
what do you call {a person who can't hear};;A person who can't hear is deaf.
what do you call the {day|night} before Christmas;;It's Christmas Eve.
when is {Christmas|Christmas Day}|what date is Christmas|on which day is Christmas;;Christmas is on the 25th of December.
when is {Halloween}|what date is Halloween;;Halloween is on the 31st of October.
when is {New Year's Day|New Year}|what's the first day of the year|on which date does the year begin;;New Year's Day is the first of January.
when is {New Year's Eve}|what's the last day of the year|on which date does the year end;;New Year's Eve is the 31st of December.
when is {Valentine's Day}|which day is for lovers;;Valentine's Day is on the 14th of February.
when do {bears|hedgehogs|bats} sleep|what do {bears|hedgehogs} do in winter;;They sleep through the winter.
when {do owls|do bats} {hunt|wake up|come out};;They come out at night.
when do {flowers|most flowers} bloom|when do the trees turn green;;Most flowers bloom in spring.
when do {we|people|farmers} {pick apples|harvest apples|harvest grapes|pick pumpkins};;In autumn.
{which|what} month has {the fewest days|only 28 days|28 days}|what's the shortest month;;February is the shortest month.
{which|what} is the longest day of the year|when is the longest day;;The longest day is around the 21st of June.
{which|what} is the shortest day of the year|when is the shortest day;;The shortest day is around the 21st of December.
what colour {do you get|is it} {when you mix|if I mix} {all colours of light};;All colours of light together make white.
what {colour|tone} {are|is} {emeralds|an emerald}|what colour is a {Christmas tree|lettuce|pea};;It's green.
what {colour|tone} {are|is} {rubies|a ruby};;A ruby is red.
what {colour|tone} {is|are} {a polar bear|a swan|salt|cotton wool|an eggshell};;It's white.
what {colour|tone} {is|are} {a flamingo|a pig};;It's pink.
what {colour|tone} {is|are} {an elephant|a mouse|a rain cloud|concrete};;It's grey.
what {colour|tone} {is|are} {an aubergine|lavender|a plum};;It's purple.
what {do|does} {a mechanic|mechanics} {repair|fix};;A mechanic repairs cars and machines.
what {do|does} {a shepherd} look after;;A shepherd looks after sheep.
what {do|does} {a detective} do;;A detective solves crimes.
what {is|do we use} {an umbrella|a raincoat} {for|good for};;It keeps you dry in the rain.
what {is|do we use} {a fridge} {for|good for};;A fridge keeps food cold and fresh.
what {is|do we use} {a telescope} {for|good for}|with what do you look at stars;;A telescope shows things that are far away, like stars.
what {is|do we use} {a microscope} {for|good for};;A microscope makes tiny things look big.
what {is|do we use} {a calculator} {for|good for};;A calculator does sums.
what {is|do we use} {an anchor} {for|good for};;An anchor keeps a ship in place.
what {is|do we use} {a helmet} {for|good for};;A helmet protects your head.
what {is|do we use} {a fire extinguisher} {for|good for};;It puts out a fire.
what {is|do we use} {a lighthouse} {for|good for};;A lighthouse shows ships the way at night.
what {does|has} a {bird|chicken|duck} have {instead of|but no} {arms|fur}|what covers a bird's body;;A bird has wings and feathers.
what covers {a fish|a snake|a lizard};;It's covered with scales.
what covers {a cat|a dog|a bear|a rabbit};;It's covered with fur.
what {does|do} {a whale|whales|dolphins|a dolphin} breathe|is a {whale|dolphin} a fish;;It's a mammal and breathes air.
is a {bat|mouse} a bird|is a bat an insect;;No, it's a mammal.
is a {spider} an insect;;No, a spider has eight legs, so it's not an insect.
is a {tomato} a {fruit|vegetable};;A tomato is a fruit, but we cook it like a vegetable.
is a {penguin|ostrich|hen} a bird;;Yes, it's a bird.
is the {sun} a {star|planet};;The sun is a star.
is the {moon} a {star|planet};;No, the moon is a ball of rock that goes round the earth.
is the {earth} {flat|round};;The earth is round.
is {glass|plastic|gold|iron|wood} {magnetic};;Only iron and some other metals are magnetic.
is {ice|snow} {lighter|heavier} than water|does ice float;;Ice is lighter than water, so it floats.
is {gold|silver|iron|copper|tin} a metal;;Yes, it's a metal.
is {chocolate|cola|cake} {healthy|good for me};;Only a little now and then. Fruit is healthier.
is {fruit|an apple|salad|broccoli|water} {healthy|good for me};;Yes, it's healthy.
is {smoking|too much sugar|too much salt} {healthy|good for me|bad};;It's bad for your health.
can {penguins|ostriches|hens|pigs} fly;;No, they can't fly.
can {fish|goldfish} {walk|live on land|fly};;No, fish live in water.
can {dogs|cats|horses} {swim};;Yes, they can swim.
can {cats|owls} see in the dark;;They see very well in the dark.
can you {drink|live on} {sea water|salt water};;No, sea water is too salty to drink.
can {plants|trees} live without {water|light};;No, plants need water and light.
{where|in which city} is {the Statue of Liberty|the Empire State Building|Broadway|Central Park};;It's in New York.
{where|in which country} is {the Great Wall|the Great Wall of China};;It's in China.
{where|in which country} {are|can you see} the {pyramids|old pyramids};;The pyramids are in Egypt.
{where|in which city} is {the Colosseum};;The Colosseum is in Rome.
{where|in which city} is {the Brandenburg Gate};;It's in Berlin.
{where|in which city} is {Buckingham Palace|Tower Bridge};;It's in London.
{where|in which country} is {Mount Fuji};;Mount Fuji is in Japan.
{where|in which country} do {kangaroos|koalas} live;;They live in Australia.
{where|in which country} do {pandas} {live|come from};;Pandas live in China.
{where|on which continent} do {lions|giraffes|zebras} live;;They live in Africa.
{where|in which country} {was|were} {the Olympic Games} {invented|first held|born};;The Olympic Games began in Greece.
{where|in which country} {does|do} {tacos|tequila} come from;;They come from Mexico.
{where|in which country} {does|do} {croissants|the croissant|baguettes} come from;;They come from France.
{which|what} country {is shaped|looks} like a boot;;Italy looks like a boot.
{which|what} country has {the most people|the biggest population};;India has the most people.
{which|what} country is {famous for|known for} {windmills and tulips|tulips};;The Netherlands.
{which|what} country is {famous for|known for} {watches and chocolate|the Alps and cheese|watches};;Switzerland.
{which|what} city is {known as|called} the {Big Apple};;New York is called the Big Apple.
{which|what} river {flows|runs} through {London};;The Thames flows through London.
{which|what} river {flows|runs} through {Paris};;The Seine flows through Paris.
{which|what} river {flows|runs} through {Cairo|Egypt};;The Nile flows through Egypt.
{which|what} ocean {is|lies} between {Europe and America|Africa and America};;The Atlantic Ocean.
{which|what} ocean {is|lies} between {Asia and America|Japan and America};;The Pacific Ocean.
{which|what} animal {is|do people call} {the king of the jungle|the king of animals};;The lion is called the king of the animals.
{which|what} animal {is|do people call} {man's best friend|the best friend of man};;The dog is man's best friend.
{which|what} animal {has|with} {a very long neck|the longest neck};;The giraffe has the longest neck.
{which|what} animal {has|with} {black and white patches and eats bamboo}|which bear eats bamboo;;The panda eats bamboo.
{which|what} animal {has|wears} {antlers};;A deer has antlers.
{which|what} animal {can change its colour|changes colour};;The chameleon changes its colour.
{which|what} animal {sleeps upside down|hangs upside down};;The bat sleeps upside down.
{which|what} animal {gives|makes} {wool};;The sheep gives wool.
{which|what} animal {pulls|helps pull} {Santa's sleigh};;Reindeer pull the sleigh.
{which|what} bird {can talk|repeats words|can say words};;A parrot can say words.
{which|what} {insect|animal} {glows|shines} {at night|in the dark};;The firefly glows at night.
{which|what} {tree|plant} do {acorns} {grow on|come from};;Acorns grow on oak trees.
{which|what} {fruit|food} do {monkeys} {love|like most};;Monkeys love bananas.
{which|what} {vegetable|food} do {rabbits} {love|like most};;Rabbits love carrots.
{which|what} {food|dish} {is|do people eat} {at Thanksgiving};;People eat turkey.
{which|what} {fruit} {is|do we use} {for cider};;Cider is made from apples.
{which|what} {nut|food} is {marzipan} made of;;Marzipan is made of almonds and sugar.
{which|what} {hand|side} {do people shake|do you shake hands with};;People shake hands with the right hand.
{which|what} side of the road do {people|they|cars} drive on in {England|Britain|Japan|Australia};;They drive on the left.
{which|what} side of the road do {people|they|cars} drive on in {France|Germany|America|Italy};;They drive on the right.
{which|what} {sense|organ} do you {smell|need to smell} with|what do we smell with;;We smell with the nose.
{which|what} {sense|organ} do you {hear|need to hear} with|what do we hear with;;We hear with the ears.
{which|what} {sense|organ} do you {taste|need to taste} with|what do we taste with;;We taste with the tongue.
what are the five senses|name the five senses|which senses do people have;;Sight, hearing, smell, taste and touch.
what {joins|connects} {your hand and your arm|the hand to the arm};;The wrist joins the hand and the arm.
what {joins|connects} {your foot and your leg|the foot to the leg};;The ankle joins the foot and the leg.
what {joins|connects} {your head and your body|the head to the body};;The neck joins the head and the body.
what {part of the body|joint} {bends|is} in the middle of {the leg};;The knee.
what {part of the body|joint} {bends|is} in the middle of {the arm};;The elbow.
what {do you|do people|does one} {put|spread} on {toast|bread};;People put butter, jam or cheese on it.
what {do you|do people|does one} {put|have} {in|on} {a salad};;Lettuce, tomatoes, cucumber and some oil.
what {do you|do people|does one} {put|have} on {a pizza};;Tomato sauce, cheese, and what you like.
what {do you|do people|does one} {bring|take|pack} {to the beach|for the beach};;A towel, sun cream, water and a hat.
what {do you|do people|does one} {bring|take|wear} {when it rains|in the rain};;An umbrella or a raincoat.
what {do you|do people|does one} {wear} {in winter|when it's cold|in the snow};;A warm coat, a hat, a scarf and gloves.
what {do you|do people|does one} {wear} {in summer|when it's hot};;Light clothes, a hat and sunglasses.
what {do you|do people|does one} {wear} {to bed|at night|for sleeping};;People wear pyjamas.
what {do you|do people|does one} {wear} {for swimming|in the pool};;People wear a swimsuit or swimming trunks.
what {do you|do people|does one} {do} {with a book};;You read a book.
what {do you|do people|does one} {do} {with a chair};;You sit on a chair.
what {do you|do people|does one} {do} {with a song};;You sing it.
what {do you|do people|does one} {do} {with a ball};;You throw, kick or catch it.
what {do you|do people|does one} {say} {at midnight on New Year's Eve};;People say happy new year.
what {do you|do people|does one} {say} on {someone's birthday|a birthday};;You say happy birthday.
what {happens|will happen} {if|when} you {heat|boil} water;;It boils and turns into steam.
what {happens|will happen} {if|when} you {drop a glass|throw a glass on the floor};;It breaks.
what {happens|will happen} {if|when} you {leave ice cream in the sun|leave ice cream outside};;It melts.
what {happens|will happen} {if|when} you {mix oil and water};;The oil floats on top of the water.
what {happens|will happen} {if|when} you {plant a seed|put a seed in the ground};;A plant grows from it.
what {happens|will happen} {if|when} {metal gets wet|iron gets wet|iron lies in the rain};;Iron rusts when it gets wet.
what number {should I|do I|must I} {call|dial} in {an emergency|Europe if there's a fire}|what's the emergency number;;In Europe you call 112 in an emergency.
what {is|does one call} {the first letter of the alphabet};;The first letter is A.
what {is|does one call} {the last letter of the alphabet};;The last letter is Z.
what {is|does one call} {half of a hundred|50 percent of a hundred};;Half of a hundred is fifty.
what {is|does one call} {a quarter of a hundred};;A quarter of a hundred is 25.
what {is|does one call} {the money in Japan};;People in Japan pay with yen.
what does {a.m.|AM} {mean|stand for};;AM is the time before noon.
what does {p.m.|PM} {mean|stand for};;PM is the time after noon.
what does {GPS} {do|mean};;GPS tells you where you are.
what does {AI} {mean|stand for};;AI means artificial intelligence.
what does {a red cross|the red cross} {mean|stand for};;It stands for medical help.
""".strip().splitlines()]

MEANINGS = [line.split("|") for line in """
a bicycle|a vehicle with two wheels that you pedal
a train|a row of wagons that runs on rails
a submarine|a ship that can go under water
a helicopter|a flying machine with turning blades on top
a ladder|a set of steps for climbing up
a bucket|a round container with a handle for carrying water
a candle|a stick of wax that burns and gives light
an umbrella|a thing that keeps the rain off you
a pillow|a soft thing for your head in bed
a blanket|a warm cover for a bed
a kettle|a pot for boiling water
a fridge|a machine that keeps food cold
an oven|a hot box for baking and roasting
a broom|a brush with a long handle for sweeping
a suitcase|a case for clothes when you travel
a backpack|a bag that you carry on your back
a wallet|a small case for money and cards
a ticket|a piece of paper that lets you ride or go in
a letter|a written message that you send by post
a newspaper|printed sheets with the news of the day
a novel|a long story in a book
a diary|a book where you write about your days
an author|a person who writes books
a poet|a person who writes poems
an artist|a person who makes art
a composer|a person who writes music
a tailor|a person who makes and mends clothes
a carpenter|a person who makes things from wood
a gardener|a person who looks after gardens
a judge|a person who decides in a court
a referee|a person who watches over the rules of a game
a neighbour|a person who lives next to you
a guest|a person who is invited
a twin|one of two children born together
an orphan|a child without parents
a hero|a person who is very brave
a thief|a person who steals
a tourist|a person who travels for pleasure
a vegetarian|a person who doesn't eat meat
a wedding|a party where two people marry
a concert|music played for an audience
a picnic|a meal that you eat outside
a barbecue|a meal cooked over a fire outside
a snack|a small bit of food between meals
honey|a sweet food that bees make
butter|a soft yellow food made from cream
cheese|a food made from milk
bread|a food baked from flour and water
chocolate|a sweet food made from cocoa beans
salt|a white powder that makes food salty
an omelette|fried beaten eggs
a soup|a hot liquid food that you eat with a spoon
a salad|a cold dish of fresh vegetables
a pie|a baked dish with a crust and a filling
a nut|a dry fruit with a hard shell
a mushroom|a soft thing that grows in the forest and looks like a little umbrella
a berry|a small soft fruit
a bird|an animal with wings and feathers
a fish|an animal that lives and breathes in water
a whale|a huge mammal that lives in the sea
a dolphin|a clever mammal that lives in the sea
a spider|a small animal with eight legs
a butterfly|an insect with big colourful wings
a hedgehog|a small animal covered with spines
a penguin|a black and white bird that swims but can't fly
an owl|a bird that hunts at night
a nest|a home that birds build for their eggs
a web|a net that a spider makes
a feather|the light cover of a bird's body
wool|the soft hair of sheep
cotton|a soft white plant fibre for cloth
leather|the skin of animals made into a material
silk|a fine cloth from the threads of silkworms
wood|the hard material of trees
gold|a yellow metal that is worth a lot
iron|a strong grey metal
glass|a hard, clear material that breaks easily
plastic|a material made from oil that can have any shape
paper|thin sheets made from wood
a diamond|a very hard and bright stone
a pearl|a small white ball that grows in an oyster
sand|tiny grains of stone
mud|wet, soft earth
dust|very fine dry dirt
a hill|a small mountain
a field|open land where crops grow
a garden|a piece of land with plants beside a house
a harbour|a place where ships are safe
a lighthouse|a tower with a light for ships
a village|a small place where people live in the country
a city|a big place where many people live
a capital|the main city of a country
a continent|one of the seven big pieces of land
a border|the line between two countries
a flag|a piece of cloth that stands for a country
a queen|a woman who rules a country
a law|a rule that everyone must follow
peace|a time without war
freedom|being able to live as you choose
courage|doing something although you are afraid
patience|waiting calmly
luck|when good things happen by chance
hope|the feeling that things will get better
fear|the feeling when you sense danger
anger|a strong feeling when something is unfair
boredom|the feeling when there is nothing to do
a secret|something that only a few people know
a promise|words that say you will surely do something
a mistake|something that you did wrong
a question|a sentence that asks for something
a rumour|a story that people tell without knowing if it's true
a habit|something you do often without thinking
a hobby|something you like to do in your free time
a puzzle|a game or picture that you put together or solve
a riddle|a question with a tricky answer
a rhyme|two words that end with the same sound
a rhythm|a regular beat
a melody|a row of notes that make a tune
an opera|a play in which people sing
a ballet|a story told with dance
a painting|a picture made with paint
a statue|a figure made of stone or metal
a photo|a picture taken with a camera
a film|a story in moving pictures
a radio|a machine that plays sound sent through the air
a website|a page on the internet
an email|a letter sent by computer
a password|a secret word that opens something
software|the programs that run on a computer
a keyboard|a board with keys for typing
a screen|the part of a machine that shows pictures
a satellite|a machine or moon that goes round a planet
a rocket|a machine that flies into space
a telescope|a tool for seeing things far away
a galaxy|a huge group of stars
a comet|a ball of ice and dust with a tail in space
an eclipse|when the moon or the earth blocks the light of the sun
a season|one of the four parts of the year
noon|twelve o'clock in the middle of the day
midnight|twelve o'clock at night
a leap year|a year with one more day in February
a minute|sixty seconds
an hour|sixty minutes
a percent|one of a hundred parts
a pair|two things that belong together
an adult|a person who is grown up
a teenager|a person between 13 and 19
an allergy|when your body reacts badly to something harmless
a headache|a pain in the head
a plaster|a sticky strip that covers a cut
a nurse|a person who looks after sick people
first aid|quick help for someone who is hurt
sarcasm|saying the opposite of what you mean, to be funny
irony|when something is the opposite of what you expect
grammar|the rules of a language
a sentence|a group of words that says something
a syllable|a part of a word with one beat
a synonym|a word that means the same as another
an alphabet|all the letters of a language
a tradition|something people have done in the same way for a long time
a museum guide|a person who shows visitors around a museum
Christmas|a holiday in December with presents and a tree
Easter|a holiday in spring with eggs and bunnies
Halloween|an evening in October with costumes and pumpkins
""".strip().splitlines()]
MEANING_ASKS = "{what{'s| is|s} <t>|what does <t> mean|what do you mean by <t>|tell me what <t> is|explain <t>[ to me]|can you explain <t>|how would you {describe|explain} <t>|<t>, what is that|describe <t>|what exactly is <t>|do you know what <t> is|tell me about <t>|what can you tell me about <t>|define <t>|how do you define <t>|what do people mean by <t>|what is meant by <t>|my {son|daughter} asks what <t> is|in simple words, what is <t>|what sort of thing is <t>}?"


def fact(w: Writer) -> tuple[str, str]:
    if w.chance(0.42):
        thing, meaning = w.choose(MEANINGS)
        return w.fill(MEANING_ASKS, t=thing), f"{thing[:1].upper()}{thing[1:]} is {meaning}."
    question, answer = w.choose(MORE_FACTS)
    return w.fill("{" + question + "}") + "?", answer
