//! Replies whose first sentence has 3 to 20 words.

/// Replies in the order of how long their first sentence is.
pub const REPLIES: [&str; 20] = [
    "Yes, it is. The shop opens at nine in the morning and closes at six.",
    "It is Paris. The city has been the capital of France for many centuries.",
    "That would be wonderful. Tell me which day suits you best and I will write it down.",
    "The next train leaves at noon. It stops twice, and you arrive before four o'clock.",
    "Water boils at one hundred degrees. On a high mountain it boils sooner, for the air is thinner.",
    "I have found three restaurants near you. The first has a garden, the second is cheaper.",
    "Unfortunately extraordinarily heavy thunderstorms are expected tomorrow. You had better stay at home.",
    "Yesterday you asked me to remind you of this. Would you like me to do it again next week?",
    "The recipe needs two eggs, some flour and a little milk. Mix them well before you heat the pan.",
    "There are seven colours in the rainbow, and red comes first. Violet is the last of them.",
    "If you take the second street on the left, you are there. It is the house with the green door.",
    "A cow says moo, a dog says woof, and a cat says nothing today. It is asleep on the sofa.",
    "Your appointment is on Thursday at half past ten, in the old hospital building. Take your card along.",
    "Honestly, I would choose the smaller one, because it is lighter and costs much less. It also lasts longer.",
    "The moon is about three hundred and eighty thousand kilometres away from the earth. Light needs little over a second.",
    "Well, when the water is cold enough to freeze, its molecules arrange themselves in a lattice. That takes more room.",
    "Photosynthesis is how plants make sugar out of water, air and the light that falls on their leaves. They breathe out oxygen.",
    "My favourite book, if I may have one, is the one about the whale and the captain who hunts it. It is long.",
    "You can change the sheets, open the window, drink something warm, and then read a book until you are tired. Good night.",
    "In the year nineteen sixty-nine two people walked on the moon for the first time, and they came home safely. A third waited above them.",
];
