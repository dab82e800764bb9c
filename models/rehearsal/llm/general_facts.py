"""Single facts: each with its own questions (writer patterns) and answer; definitions get shared question forms."""

DEFINITIONS = """water|a clear liquid that every living thing needs
ice|frozen water
steam|water that has turned into a gas
snow|frozen water that falls from clouds as soft flakes
rain|water that falls from the clouds
fog|a cloud close to the ground
a cloud|tiny drops of water floating in the sky
thunder|the sound that lightning makes
lightning|a big spark of electricity in the sky
wind|moving air
a storm|very bad weather with strong wind and rain
a rainbow|sunlight split into colours by drops of rain
the sun|a star, a huge ball of hot gas that gives us light and warmth
the moon|a ball of rock that goes round the earth
a star|a huge ball of hot gas, far away in space
a planet|a big round body that goes round a star
the earth|the planet that we live on
gravity|the force that pulls things down to the ground
electricity|energy that powers lights and machines
a magnet|a piece of metal that pulls iron
oxygen|a gas in the air that we need to breathe
air|the mix of gases that we breathe
fire|the heat and light that come from burning
smoke|the grey gas that comes from something burning
energy|what makes things move, glow or grow warm
a volcano|a mountain that can throw out hot melted rock
lava|hot melted rock from a volcano
an earthquake|a shaking of the ground
a desert|a very dry place with little rain
a forest|a place with many trees
a jungle|a thick, hot and wet forest
an island|land with water all around it
a mountain|a very high piece of land
a valley|low land between hills
a river|water that flows across the land to the sea
a lake|water with land all around it
the sea|a huge body of salt water
an ocean|a very large sea
a beach|sand or stones at the edge of the sea
a waterfall|a river falling over a cliff
a glacier|a slow river of ice
a cave|a hole in rock or under the ground
a map|a drawing that shows where places are
a dictionary|a book that tells you what words mean
a library|a place where you can borrow books
a museum|a place that shows art or old things
a hospital|a place where sick people get help
a school|a place where children learn
a bakery|a shop that sells bread and cakes
a pharmacy|a shop that sells medicine
a farm|a place where food is grown and animals are kept
a zoo|a place where you can see animals
a castle|a big strong house from long ago
a bridge|a way across a river or a road
an airport|a place where planes take off and land
a station|a place where trains or buses stop
a theatre|a place where you can watch plays
a cinema|a place where you can watch films
a computer|a machine that works with information
a robot|a machine that can do jobs by itself
the internet|a network that joins computers all over the world
a phone|a machine for talking to people far away
a microphone|a device that turns sound into a signal
a thermometer|a thing that measures how hot it is
a compass|a tool that points north
a clock|a thing that tells the time
a calendar|a list of the days and months
a mammal|a warm animal that feeds its babies milk
a reptile|a cold-blooded animal with scales
an insect|a small animal with six legs
a vegetable|a part of a plant that you can eat
a fruit|the sweet part of a plant that holds the seeds
a seed|the small thing that a new plant grows from
a root|the part of a plant under the ground
a leaf|the flat green part of a plant
a flower|the colourful part of a plant
a tree|a tall plant with a wooden trunk
a muscle|a part of the body that makes you move
a bone|a hard part inside the body
the skeleton|all the bones of the body together
the heart|the organ that pumps blood
the brain|the organ that thinks
a lung|an organ for breathing
the skin|the outside of the body
blood|the red liquid that carries food and air round the body
a fever|when your body gets too hot because you are ill
a cold|a small illness with a runny nose
a dream|a story your mind makes while you sleep
friendship|when people like and help each other
love|a deep, warm feeling for someone
happiness|the warm feeling when life is good
a joke|a short story that makes people laugh
a poem|a short text with rhythm and often rhymes
a song|words and music together
a story|a telling of things that happened or were made up
a holiday|a time when you don't have to work
a birthday|the day when someone was born
money|what we use to pay for things
a bank|a place that keeps money safe
a passport|a small book you need to travel to other countries
democracy|when the people choose who governs
a president|the leader of a country, chosen by its people
a king|a man who rules a country
a recipe|a list of steps for cooking something
breakfast|the first meal of the day
lunch|the meal in the middle of the day
dinner|the evening meal
dessert|something sweet after a meal
a sandwich|bread with something tasty inside
sushi|a Japanese dish of rice, often with fish
pasta|an Italian food made from flour and water
coffee|a hot dark drink made from roasted beans
tea|a hot drink made from leaves
chess|a board game with kings, queens and other pieces
football|a game where two teams kick a ball into goals
tennis|a game with rackets and a ball over a net
swimming|moving through water with your arms and legs
yoga|slow exercise with stretching and calm breathing
an orchestra|a large group of people playing music together
a choir|a group of people who sing together
jazz|a lively kind of music that began in America
an echo|a sound that comes back to you from a wall
a shadow|the dark shape where light is blocked
a mirror|a glass in which you can see yourself
a neural network|a program that learns from many examples
artificial intelligence|making computers do things that need thinking
a language model|a network that learned to guess the next word
speech recognition|turning spoken words into text
a triangle|a shape with three sides
a square|a shape with four equal sides
a circle|a perfectly round shape
a cube|a solid shape with six square sides
a dozen|twelve of something
a decade|ten years
a century|a hundred years
zero|the number for nothing at all
a verb|a word for something you do
a noun|a word for a person, a place or a thing
an adjective|a word that describes something
a vowel|one of the letters A, E, I, O and U
an astronaut|a person who travels into space
a pirate|a robber who sails the seas
a dinosaur|a big reptile that lived a very long time ago
a dragon|a big fire-breathing animal from stories
a unicorn|a magic horse with a horn, only found in stories
a fossil|an old plant or animal turned into stone
a pyramid|a huge old tomb in Egypt, with a pointed top
the equator|the line around the middle of the earth
the north pole|the very top of the earth, full of ice
recycling|using old things again to make new ones
pollution|dirt in the air, the water or the ground
a battery|a thing that stores electricity
a vaccine|medicine that stops you from getting an illness
"""
DEFINITIONS = [line.split("|") for line in DEFINITIONS.strip().splitlines()]

SINGLE = """
{why is the sky blue|what makes the sky blue|how come the sky looks blue|where does the blue of the sky come from};;The sky is blue because the air scatters blue light the most.
{why is grass green|what makes grass green|what makes plants green|how come leaves are green};;Plants are green because of a green stuff called chlorophyll.
{why is the sea salty|what makes the sea salty|why does sea water taste of salt|is there salt in the sea};;Rivers carry salt from rocks into the sea, so it is salty.
{why do we sleep|why do people sleep|what is sleep good for|why do I need sleep};;Sleep lets the body and the brain rest.
{why do we dream|why do people dream|where do dreams come from};;Nobody is quite sure, but dreams may help the brain sort the day.
{why do we eat|why do people need food|what is food good for};;Food gives us energy and helps us grow.
{why do we have seasons|what makes the seasons|why are there seasons|where do seasons come from};;We have seasons because the earth is tilted as it goes round the sun.
{why is there day and night|what makes day and night|why does it get dark at night|why is it dark at night};;The earth turns, so we face the sun by day and turn away at night.
{why do stars twinkle|why do stars shine|what makes stars shine};;Stars shine because they are huge balls of hot gas.
{why does ice float|why does ice swim on water|does ice float};;Ice floats because it is lighter than water.
{why do birds fly south|where do birds go in winter|why do birds leave in winter};;Many birds fly south in winter to find food and warmth.
{why do cats purr|what does it mean when a cat purrs};;Cats mostly purr when they feel happy and safe.
{why do dogs wag their tails|what does a wagging tail mean|why does a dog move its tail};;A dog often wags its tail when it is happy or excited.
{why do we yawn|why do people yawn|what makes us yawn};;We yawn when we are tired or bored.
{why do onions make you cry|why do I cry when I cut onions|what's in onions that makes us cry};;Onions give off a gas that stings your eyes.
{what comes first, lightning or thunder|why is thunder after lightning|why does thunder come later than the flash|which do you notice first, the flash or the thunder};;You see lightning first because light is faster than sound.
{what is faster, light or sound|is light faster than sound|which is quicker, sound or light|which one travels faster, light or sound};;Light is much faster than sound.
{how fast is light|what's the speed of light|how quickly does light travel};;Light travels about 300,000 kilometres in one second.
{how far away is the moon|what's the distance to the moon|how far is it to the moon};;The moon is about 384,000 kilometres away.
{how old is the earth|what's the age of the earth|when did the earth begin};;The earth is about four and a half billion years old.
{how hot is the sun|what is the temperature of the sun|is the sun hot};;The surface of the sun is about 5,500 degrees.
{how far is the sun|how far away is the sun|what's the distance to the sun};;The sun is about 150 million kilometres away.
{how long does the earth take to go round the sun|how long is one trip of the earth around the sun|how long does it take us to circle the sun};;The earth takes one year to go round the sun.
{what does the earth go round|what does the earth move around|around what does our planet move|does the earth go round the sun};;The earth goes round the sun.
{what goes round the earth|what circles our planet|what moves around the earth};;The moon goes round the earth.
{where does the sun come up|in which direction does the sun rise|does the sun rise in the east or the west|on which side does the sun come up|the sun comes up in which direction|what comes up in the east};;The sun rises in the east.
{where does the sun go down|in which direction does the sun set|does the sun set in the east or the west|on which side does the sun go down|what goes down in the west};;The sun sets in the west.
{what can you see in the sky at night|what is up in the sky in the night|what lights are in the night sky|what do you see at night in the sky|name something in the night sky};;At night you can see the moon and the stars.
{what can you see in the sky by day|what is in the sky in the daytime};;By day you can see the sun and the clouds.
{which planet is {known as |called |}the red {planet|one}|which planet {looks|is} red|what is the red planet|what color is mars|what colour is Mars};;Mars is the red planet.
{which planet has rings|what planet has big rings|which planet is famous for its rings};;Saturn is famous for its rings.
{what planet are we on|on which planet do people live|what's the name of our planet|what is our planet called|which planet is ours|what planet is this|what's our home planet};;We live on planet Earth.
{name the planets|what are the planets|which planets are there|list all the planets|tell me the planets};;Mercury, Venus, Earth, Mars, Jupiter, Saturn, Uranus and Neptune.
{is the sun a star|is the sun a planet|what kind of thing is the sun|is our sun a star};;The sun is a star.
{is the moon a star|is the moon a planet|does the moon make its own light|why does the moon shine};;The moon is a ball of rock that reflects the light of the sun.
{is the earth flat|is the earth round|what shape is the earth|what shape does the earth have};;The earth is round, like a ball.
{who was the first {man|person|human} on the moon|who walked on the moon first|who first stepped on the moon};;Neil Armstrong was the first person on the moon.
{at what temperature does water boil|when does water boil|how hot is boiling water|what's the boiling point of water|how hot must water be to boil|water boils at how many degrees};;Water boils at 100 degrees Celsius.
{when does water freeze|how cold is ice|what's the freezing point of water|how cold must it be for water to freeze|water turns into ice at how many degrees|when does water turn to ice|what temperature makes water freeze};;Water freezes at zero degrees Celsius.
{what is water made of|what's the formula of water|what is the chemical name for water|which gases make water|what does H two O mean|what is the symbol for water|what do chemists call water};;Water is H2O, so hydrogen and oxygen.
{what does H2O stand for|H2O is what|what substance is H2O|what's another name for H2O|do you know what H2O is};;H2O is water.
{what happens when ice melts|what does ice turn into|what do you get when ice gets warm|what is melted ice};;Ice melts into water.
{what happens when water freezes|what does water turn into when it's cold|what is frozen water called|what do we call frozen water|what do you get when you freeze water};;Frozen water is called ice.
{what happens when water boils|what does boiling water turn into|what comes out of a kettle};;Boiling water turns into steam.
{what do plants need|what does a plant need to {live|grow}|what helps a plant to grow|how do I make a plant grow|what do flowers need to live|what must I give a plant|how do plants grow|what makes a plant grow};;Plants need water, light and soil.
{what do trees give us|what are trees good for|why are trees important|why do we need trees};;Trees give us clean air, shade, fruit and wood.
{what gas do we breathe|what do we breathe in|which gas do people need|what is in the air that we need|what gas do humans need};;We breathe in oxygen from the air.
{what gas do plants take in|what do plants breathe|which gas do we breathe out};;Plants take in carbon dioxide, the gas that we breathe out.
{what keeps {me|you|people} on the ground|why do things fall down|why don't we float away|what force pulls things down|why does an apple fall|what pulls everything down|what makes things fall|what stops us from floating off};;Gravity pulls everything down to the ground.
{what pumps the blood|what does the heart do|what is the heart for|what's the job of the heart|which part of you pumps blood|what moves the blood through the body|what organ moves blood};;The heart pumps blood round the body.
{what are lungs for|what do the lungs do|what is the job of the lungs|why do we have lungs|what do lungs help us do|what are our lungs good for};;We use our lungs to breathe air.
{what does the brain do|what is the brain for|what do we think with|which organ do you think with|what's the job of the brain|what part of the body thinks};;The brain does the thinking.
{what does the stomach do|what is the stomach for|what part of the body digests food|where does food go when I eat};;The stomach digests the food that we eat.
{what are eyes for|what do we see with|what do you use your eyes for|which part of the body do you see with|what do you look with};;You see with your eyes.
{what are ears for|what do we hear with|what do you use your ears for|which part of you hears sounds|what do you listen with|how do we hear};;You hear with your ears.
{what is the nose for|what do we smell with|what do you use your nose for|which part of the body smells things|how do we smell};;You smell with your nose.
{what is the tongue for|what do we taste with|what do you use to taste food|which part of the body tastes food};;You taste with your tongue.
{what are teeth for|what do we chew with|what do we use to bite|what do you use your teeth for};;Teeth are for biting and chewing food.
{what are legs for|what do we walk with|what do you use your legs for};;You walk and run with your legs.
{what are hands for|what do you hold things with|what do you use your hands for};;You hold things with your hands.
{what is at the end of your arm|what's on the end of an arm|what do you have at the end of your leg};;There's a hand at the end of an arm and a foot at the end of a leg.
{where is your knee|what joint is in the leg|what bends in your leg};;The knee is in the middle of the leg.
{where is the elbow|what bends in your arm|what is the joint in the arm};;The elbow is in the middle of the arm.
{how many senses do we have|what are the {five |}senses|name the senses};;We have five senses: sight, hearing, smell, taste and touch.
{what do you wear on your head|what goes on your head|what can I put on my head|what keeps my head warm};;You wear a hat on your head.
{what do you wear on your hands|what goes on your hands in winter|what keeps hands warm|what can I put on my cold hands};;You wear gloves on your hands.
{what goes on your feet|what do people put on their feet|what do you put on your feet|what should I wear on my feet|what do we wear to walk outside, on our feet|what belongs on your feet};;You wear socks and shoes on your feet.
{what do you wear when it's cold|what should I wear in winter|what clothes are good for the cold|what do people wear in the snow};;When it's cold, wear a warm coat, a hat and gloves.
{what do you wear in summer|what should I wear when it's hot|what clothes are good for hot days};;In summer, light clothes and a sun hat are good.
{what should I take when it rains|what do you need in the rain|what keeps you dry in the rain|it's raining, what should I bring|what do I carry against the rain|what do I take outside when it's wet|what do people use in the rain|how do I stay dry outside};;When it rains, take an umbrella and a raincoat.
{where does wool come from|which animal gives wool|what animal gives us wool|who gives us wool};;Wool comes from sheep.
{where does milk come from|which animal gives {us |}milk|what animal do we get milk from|who gives us milk|how do we get milk|what is the source of milk};;Milk comes from cows.
{where do eggs come from|which animal lays eggs|who lays the eggs we eat|what animal gives us eggs};;Eggs come from hens.
{where does honey come from|who makes honey|which insect makes honey|what animal gives us honey|how do we get honey};;Bees make honey.
{what do bees make|what do bees do all day|what do we get from bees|what are bees good for|what sweet thing comes from bees|what do bees give us};;Bees make honey and help flowers grow.
{where does wood come from|what gives us wood|how do we get wood};;Wood comes from trees.
{where does rain come from|how is rain made|why does it rain|what makes it rain};;Rain falls when the drops in clouds get too heavy.
{where does chocolate come from|which bean gives chocolate|what plant is chocolate from};;Chocolate comes from the beans of the cocoa tree.
{where do apples grow|where do apples come from|what do apples grow on};;Apples grow on trees.
{where do potatoes grow|do potatoes grow on trees|where do carrots grow|what grows under the ground};;Potatoes and carrots grow under the ground.
{where do bananas grow|where do bananas come from};;Bananas grow in hot countries.
{where do grapes grow|what do grapes grow on};;Grapes grow on vines.
{what does a caterpillar {become|grow into|turn into|change into}|what happens to a caterpillar|what was a butterfly before|what will a caterpillar be one day|what comes out of a cocoon|what does every caterpillar become};;A caterpillar turns into a butterfly.
{what does a tadpole {become|grow into|turn into}|what do tadpoles become|what was a frog before};;A tadpole turns into a frog.
{which animal has a {long |}trunk|what animal has a very long nose|who has a trunk};;The elephant has a trunk.
{which animal has a long neck|what animal has the longest neck|who has a very long neck};;The giraffe has a very long neck.
{which animal has stripes|what animal is black and white with stripes|name an animal with stripes};;The zebra has black and white stripes.
{which animal has a hump|what animal lives in the desert with a hump|what animal has humps on its back};;The camel has humps on its back.
{which animal carries its baby in a pouch|what animal has a pouch|which animal jumps and has a pouch};;The kangaroo carries its baby in a pouch.
{which animal {is|do people call} the king of {the animals|beasts|all animals}|who is the king of the animals|who do they call king of the animals|what animal is called the king|which animal is king};;The lion is called the king of the jungle.
{which animal is man's best friend|who is our best friend among the animals|what animal is called a person's best friend};;They say the dog is our best friend.
{which bird can't fly|name a bird that cannot fly|what birds can't fly|is there a bird that does not fly};;Penguins and ostriches can't fly.
{which bird can talk|what bird can speak|name a talking bird};;A parrot can learn to talk.
{which bird is awake at night|what bird hunts at night|name a bird of the night};;The owl is awake at night.
{what animals can I keep as {a pet|pets}|what are good pets|which animals live with people|name some pets|what's a good pet};;Cats, dogs, rabbits and goldfish are popular pets.
{which animals live in the sea|name an animal from the sea|what lives in the sea|what animals are in the ocean};;Fish, whales, dolphins and sharks live in the sea.
{which animals live on a farm|name some farm animals|what animals are on a farm};;Cows, pigs, sheep and hens live on farms.
{which animals live in Africa|name an African animal|what animals can I see in Africa};;Lions, elephants, giraffes and zebras live in Africa.
{which animals lay eggs|what lays eggs|name an animal that lays eggs};;Birds, fish, frogs and most reptiles lay eggs.
{which animals {hibernate|sleep all winter}|who sleeps through the winter};;Bears, hedgehogs and bats sleep through the winter.
{what animal spins a web|who makes webs|what lives in a web};;Spiders make webs.
{where do polar bears live|do penguins and polar bears live together};;Polar bears live in the Arctic and penguins in Antarctica.
{is a whale a mammal|why isn't a whale a fish|are whales mammals or fish|do whales breathe air};;A whale is a mammal, because it breathes air and feeds its babies milk.
{is a tomato a vegetable|is a tomato a fruit or a vegetable|what is a tomato really|are tomatoes fruit};;A tomato is a fruit, though we cook it like a vegetable.
{is a bat a bird|are bats birds|what kind of animal is a bat};;A bat is a mammal, even though it flies.
{is a spider an insect|are spiders insects|why isn't a spider an insect};;A spider has eight legs, so it is not an insect.
{do fish sleep|can fish sleep|do fish ever rest};;Yes, fish rest too, but they can't close their eyes.
{which came first, the chicken or the egg|what was first, the egg or the hen|chicken or egg, which was first};;That's an old riddle, but I'd say the egg came first.
{what is the main meal in Italy|what food is Italy famous for|what do Italians eat|name an Italian dish};;Italy is famous for pizza and pasta.
{what food is Japan famous for|what do people eat in Japan|name a Japanese dish};;Japan is famous for sushi and noodles.
{what food is France famous for|what do the French eat|name a French food};;France is famous for bread, cheese and croissants.
{what is Switzerland famous for|what do the Swiss make|what comes from Switzerland};;Switzerland is famous for mountains, cheese, chocolate and watches.
{what is Egypt famous for|what big old things stand in Egypt|where are the pyramids|which country has pyramids};;Egypt is famous for its pyramids.
{where is the Eiffel Tower|which city has the Eiffel Tower|in what city can I see the Eiffel Tower|where would I find the Eiffel Tower};;The Eiffel Tower is in Paris.
{where is Big Ben|which city has Big Ben|in what city does Big Ben stand};;Big Ben is in London.
{where is the Colosseum|which city has the Colosseum};;The Colosseum is in Rome.
{where is the Statue of Liberty|which city has the Statue of Liberty};;The Statue of Liberty is in New York.
{where is the Great Wall|which country has the Great Wall|who built the Great Wall};;The Great Wall is in China.
{where is the Taj Mahal|which country has the Taj Mahal};;The Taj Mahal is in India.
{where is Mount Everest|in which mountains is Everest|how high is Mount Everest};;Mount Everest is in the Himalayas and about 8,850 metres high.
{where is the Amazon|on which continent is the Amazon};;The Amazon is in South America.
{where is the Sahara|on which continent is the Sahara};;The Sahara is in Africa.
{which river runs through London|what's the river in London|on what river is London};;The Thames runs through London.
{which river runs through Paris|what's the river in Paris};;The Seine runs through Paris.
{name the continents|what are the continents|which continents are there|list the continents|tell me all continents};;Africa, Antarctica, Asia, Australia, Europe, North America and South America.
{name the oceans|what are the oceans|which oceans are there|list the oceans|name an ocean};;The Pacific, the Atlantic, the Indian, the Southern and the Arctic Ocean.
{is Africa a country|what is Africa|is Africa a continent};;Africa is a continent with many countries.
{is London in France|what country is London in|which country is London in|where is London};;London is in England.
{which way does a compass point|where does a compass point|what direction is a compass showing};;A compass points north.
{what are the four directions|name the directions|what are the points of the compass};;North, east, south and west.
{who wrote Romeo and Juliet|who was Shakespeare|what did Shakespeare write|who wrote Hamlet};;William Shakespeare wrote plays like Hamlet and Romeo and Juliet.
{who painted the Mona Lisa|what did Leonardo da Vinci paint|who made the Mona Lisa};;Leonardo da Vinci painted the Mona Lisa.
{who was Mozart|what did Mozart do|who was Beethoven|what did Beethoven do|who was Bach};;He was a great composer of classical music.
{who was Albert Einstein|what is Einstein famous for|what did Einstein do};;Albert Einstein was a great scientist who changed how we see space and time.
{who was Isaac Newton|what did Newton find|what is Newton famous for};;Isaac Newton was a scientist who explained gravity.
{who was Marie Curie|what did Marie Curie do};;Marie Curie was a scientist who studied radioactivity.
{who discovered America|who was Columbus|what did Columbus do};;Columbus sailed from Spain to America in 1492.
{who invented the telephone|who made the first telephone};;Alexander Graham Bell is known for inventing the telephone.
{who invented the light bulb|who made the first light bulb};;Thomas Edison is known for the light bulb.
{who is Santa Claus|who brings presents at Christmas|who brings the Christmas presents};;They say that Santa Claus brings presents at Christmas.
{what shape is a ball|what shape is an orange|what shape is the sun};;It's round, like a ball.
{what shape is a wheel|what shape is a coin|what shape is a pizza|what shape is a ring};;It's round, a circle.
{what shape is a door|what shape is a book|what shape is a page};;It's a rectangle.
{which shape has three sides|what do you call a shape with three sides|what shape has three corners};;A triangle has three sides.
{which shape has four {sides the same|equal sides}|what do you call a shape with four equal sides and corners|what shape has four sides that are the same length|what shape has all four sides equal};;A square has four equal sides.
{which shape has no corners|what shape is perfectly round|what shape has no sides};;A circle is round and has no corners.
{which shape has five sides|what do you call a shape with five sides};;A pentagon has five sides.
{which shape has six sides|what do you call a shape with six sides};;A hexagon has six sides.
{which shape has eight sides|what do you call a shape with eight sides};;An octagon has eight sides.
{where do you go to buy bread|where can I buy bread|where do they sell cakes};;You can buy bread at a bakery.
{where can I borrow {books|a book|a novel}|where do people borrow books|which place lends books|where do I get a book without buying it|what place has books to take home};;You can borrow books at a library.
{where can I see a film|where do people watch films|where do you go for a movie};;You can watch films at the cinema.
{where do you go when you are sick|where should I go if I'm ill|where do doctors work|where do nurses work};;When you are ill, you go to a doctor or a hospital.
{where can I buy medicine|where do I get pills};;You can buy medicine at a pharmacy.
{where do planes land|where do you catch a plane|where do I go to fly};;Planes take off and land at an airport.
{where do trains stop|where do you catch a train|where do I get on a train};;Trains stop at a station.
{where do children learn|where do kids go in the morning|where do teachers work};;Children learn at school.
{where do people cook|in which room do we cook|what room is for cooking};;People cook in the kitchen.
{where do people sleep|in which room do we sleep|what room is for sleeping};;People sleep in the bedroom.
{where do you wash yourself|in which room is the shower|what room is for washing};;You wash in the bathroom.
{where do you keep milk|where should I put the milk|where does cold food go};;Keep milk in the fridge.
{where do you keep your money|where do people keep money safe};;People keep money in a wallet or in a bank.
{where can I swim|where do people swim};;You can swim in a pool, a lake or the sea.
{where do cars park|where do I put my car};;You can park a car in a garage or a car park.
{which instrument has keys|what instrument has black and white keys, tell me|what do pianists play|which instrument has white and black keys|what has 88 keys|what instrument do you play with keys};;The piano has black and white keys.
{which instrument do you hit|what do drummers play|what instrument keeps the beat};;You hit the drums to keep the beat.
{which instruments have strings|name an instrument with strings|what instrument has strings};;Guitars, violins, cellos and harps have strings.
{which instrument do you blow|name a wind instrument|what instruments do you blow into};;You blow into a flute, a trumpet or a clarinet.
{how do you play the violin|what do you play a violin with|what is a bow for};;You play the violin with a bow.
{which sport uses a bat|what do you play with a bat};;Baseball and cricket are played with a bat.
{which {sport|game} {needs|is played with|has} a racket|what do you play with a racket|what do people use rackets for|in which game do you hit a ball with a racket|what sport is played with rackets|what game has rackets and a net};;Tennis is played with a racket.
{which sport uses a hoop|in which sport do you throw a ball into a basket};;In basketball you throw the ball into a hoop.
{which sport is played on ice|what do people play on ice|name a sport on ice};;Ice hockey is played on ice.
{which sport do you play with your feet|what game do you play by kicking a ball|in which sport do you kick a ball};;In football you kick the ball with your feet.
{which sport has holes and clubs|what do you play with clubs|in which sport do you hit a small white ball};;Golf is played with clubs and a small ball.
{how long is a football match|how many minutes does a football game last};;A football match lasts 90 minutes.
{how often are the Olympic Games|what are the Olympics|when are the Olympics};;The Olympic Games are a big sports event every four years.
{how long is a marathon|how far do you run in a marathon};;A marathon is about 42 kilometres long.
{which is heavier, a kilo of feathers or a kilo of iron|what weighs more, a kilo of feathers or a kilo of stones|a kilo of iron or a kilo of feathers, which is heavier};;They weigh the same, one kilo each.
{how many sides does a coin have|what's on the sides of a coin};;A coin has two sides, heads and tails.
{how much is a dozen|what number is a dozen|a dozen is how many};;A dozen is twelve.
{how much is half a dozen|what number is half a dozen};;Half a dozen is six.
{how do you make tea|how do I make {tea|a cup of tea}|tell me how to make tea};;Boil water, pour it over the tea and wait three minutes.
{how do you make coffee|how do I make {coffee|a cup of coffee}};;Pour hot water over ground coffee and let it drip through.
{how do you boil an egg|how long do I boil an egg|how long does an egg need};;Boil an egg for about six minutes for a soft one, or ten for a hard one.
{how do you cook pasta|how do I make pasta|how long does pasta cook|how do I cook spaghetti};;Cook pasta in salty boiling water for about ten minutes.
{how do you cook rice|how do I make rice|how long does rice take};;Cook rice in twice as much water for about 15 minutes.
{how do you make a sandwich|what should I put in a sandwich};;Put cheese, tomato or ham between two slices of bread.
{how do you make toast|how do I make toast};;Put a slice of bread in the toaster and wait until it's golden.
{how do you make pancakes|what do I need for pancakes};;Mix flour, eggs and milk, and fry the batter in a pan.
{how do I cook potatoes|how long do potatoes take};;Boil potatoes for about 20 minutes until they are soft.
{what do people eat for breakfast|what is a good breakfast|what should I have for breakfast};;Many people eat bread, eggs, fruit or porridge for breakfast.
{what do people drink in the morning|what is a good drink in the morning};;Many people drink coffee or tea in the morning.
{what do cows drink|what do animals drink|what do horses drink|what do dogs drink};;They drink water.
{what do babies drink|what does a baby drink};;Babies drink milk.
{what do cows give us|what do we get from cows|what is a cow good for};;Cows give us milk.
{what do hens give us|what do we get from hens};;Hens give us eggs.
{what do sheep give us|what do we get from sheep};;Sheep give us wool, milk and meat.
{what tastes sweet|name something sweet|what is sweet};;Sugar, honey and ripe fruit are sweet.
{what tastes sour|name something sour|what is sour};;A lemon is sour.
{what tastes salty|name something salty|what is salty};;Salt and sea water are salty.
{what tastes bitter|name something bitter|what is bitter};;Coffee without sugar is bitter.
{what is hot|name something hot|what things are hot};;Fire and the sun are hot.
{what is cold|name something cold|what things are cold};;Ice and snow are cold.
{what is soft|name something soft};;A pillow is soft.
{what is hard|name something hard};;A stone is hard.
{what is heavy|name something heavy};;A big rock or a piano is heavy.
{what is light as air|name something light|what weighs very little};;A feather is very light.
{what is sharp|name something sharp};;A knife is sharp.
{what is round|name something round};;A ball is round.
{what is red|name something red|what things are red};;Strawberries, tomatoes and roses are red.
{what is green|name something green|what things are green};;Grass, leaves and frogs are green.
{what is blue|name something blue|what things are blue};;The sky and the sea are blue.
{what is yellow|name something yellow|what things are yellow};;Lemons, bananas and the sun are yellow.
{what is white|name something white|what things are white};;Snow, milk and salt are white.
{what is black|name something black|what things are black};;Coal and the night sky are black.
{what is brown|name something brown|what things are brown};;Chocolate and soil are brown.
{what flies|name something that flies|what can fly};;Birds, bees and planes can fly.
{what swims|name something that swims|what can swim};;Fish, ducks and dolphins can swim.
{what floats on water|name something that floats|does wood float};;Wood, boats and ice float on water.
{what sinks in water|name something that sinks|does a stone float};;Stones and iron sink in water.
{what burns|name something that burns|does wood burn};;Wood, paper and candles burn.
{what does a red light mean|what do I do at a red light|when must cars stop};;Red means stop.
{what does a green light mean|what do I do at a green light|when can cars go};;Green means go.
{what does a yellow light mean|what is yellow on a traffic light};;Yellow means get ready.
{what are the colours of a traffic light|which colors does a traffic light have};;A traffic light has red, yellow and green.
{what are the colours of the rainbow|name the rainbow colours|which colors are in a rainbow};;Red, orange, yellow, green, blue, indigo and violet.
{what are the main colours|which are the primary colours};;The primary colours are red, yellow and blue.
{what are the colours of the French flag|what does the French flag look like};;The French flag is blue, white and red.
{what are the colours of the Italian flag|what does the Italian flag look like};;The Italian flag is green, white and red.
{what are the colours of the German flag|what does the German flag look like};;The German flag is black, red and gold.
{is glass hard or soft|is glass strong|does glass break};;Glass is hard, but it breaks easily.
{is sugar sweet|how does sugar taste|what does sugar taste like};;Sugar tastes sweet.
{how does a lemon taste|what does a lemon taste like|is a lemon sweet or sour};;A lemon tastes sour.
{how does salt taste|what does the sea taste like};;It tastes salty.
{can people fly|can humans fly|can I fly};;People can't fly by themselves, but they can in a plane.
{can people breathe under water|can humans breathe in water|can I breathe under water};;No, people can't breathe under water.
{can a computer think|can machines think|do computers think};;Not like people do, but they can learn from examples.
{how much water should I drink|how much should I drink a day|how much water do people need};;About one and a half to two litres of water a day is good.
{how much sleep do I need|how long should I sleep|how many hours should people sleep};;Most grown-ups need seven to nine hours of sleep.
{how often should I brush my teeth|when should I brush my teeth};;Brush your teeth twice a day.
{how long does a baby grow before birth|how long is a pregnancy|how many months is a woman pregnant};;About nine months.
{how long do dogs live|how old do dogs get|how old can a dog be};;Dogs live for about ten to 13 years.
{how long do cats live|how old do cats get|how old can a cat be};;Cats live for about 15 years.
{how old do elephants get|how long do elephants live};;Elephants can live for about 60 or 70 years.
{which is the most popular pet|what is the most popular animal at home};;Dogs and cats are the most popular pets.
{what is your mother's mother to you|who is my mother's mother|what do I call my mother's mother};;Your mother's mother is your grandmother.
{who is my father's father|what do I call my father's father};;Your father's father is your grandfather.
{who is my mother's sister|who is my father's sister|what do I call my mother's sister};;She is your aunt.
{who is my mother's brother|who is my father's brother|what do I call my father's brother};;He is your uncle.
{who is my aunt's child|what do I call my uncle's son|what is the child of my uncle};;That's your cousin.
{who is my sister's daughter|what do I call my brother's daughter};;She is your niece.
{who is my sister's son|what do I call my brother's son};;He is your nephew.
{is a number divisible by two called even|what is an even number|what are even numbers|name an even number};;Even numbers can be halved, like two, four and six.
{what is an odd number|what are odd numbers|name an odd number};;Odd numbers can't be halved evenly, like one, three and five.
{what is the biggest number|what's the largest number|which number is the last};;There is no biggest number, you can always add one.
{what is the smallest number|what comes before one};;Zero comes before one.
{what is half|what does half mean|what is a half of something};;A half is one of two equal parts.
{what is a quarter|what does quarter mean};;A quarter is one of four equal parts.
{what do you say when you meet someone|how do you greet people|what do people say when they meet};;You say hello.
{what do you say when you leave|what do people say when they leave};;You say goodbye.
{what do you say when you get a present|what should I say when I get help};;You say thank you.
{what do you say when someone sneezes|what do people say after a sneeze};;You say bless you.
{what do you say before you eat|what do people say before a meal};;You can say enjoy your meal.
"""


def _load() -> list[tuple[str, str]]:
    facts = []
    for line in SINGLE.strip().splitlines():
        question, answer = line.split(";;")
        facts.append((question + "?", answer))
    for thing, meaning in DEFINITIONS:
        question = (
            f"{{what[ i]s {thing}|what does {thing} mean|what do you mean by {thing}|tell me what {thing} is|explain {thing}|can you explain {thing}|how would you describe {thing}|"
            f"{thing}, what is that|describe {thing}|what exactly is {thing}|do you know what {thing} is|tell me about {thing}|what can you tell me about {thing}}}?"
        )
        verb = "means" if thing in ("friendship",) else "is"
        facts.append((question, f"{thing[:1].upper() + thing[1:]} {verb} {meaning}."))
    return facts


FACTS = _load()
