//! Numbers by a seed, the same on every machine.

use antiphon_models::random::SplitMix64;

/// Choices by a seed.
#[derive(Clone, Debug)]
pub struct Random(SplitMix64);

impl Random {
    /// Choices of that seed.
    pub const fn new(seed: u64) -> Self {
        Self(SplitMix64::new(seed))
    }

    /// A number from 0 on and below 1.
    pub fn share(&mut self) -> f64 {
        self.0.unit()
    }

    /// A number between two, of which each factor is as likely.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low * (high / low).powf(self.share())
    }

    /// A whole number below `count`; 0 if that is 0.
    pub fn below(&mut self, count: usize) -> usize {
        ((self.share() * count as f64) as usize).min(count.saturating_sub(1))
    }

    /// Brings things into some order.
    pub fn shuffle<T>(&mut self, things: &mut [T]) {
        for last in (1..things.len()).rev() {
            things.swap(last, self.below(last + 1));
        }
    }
}

/// Things in an order that changes each time all were given.
#[derive(Clone, Debug)]
pub struct Deck<T> {
    cards: Vec<T>,
    next: usize,
}

impl<T: Clone> Deck<T> {
    /// A deck of some cards.
    pub fn new(cards: impl IntoIterator<Item = T>) -> Self {
        Self { cards: cards.into_iter().collect(), next: 0 }
    }

    /// The next card; none if there are none at all.
    pub fn draw(&mut self, random: &mut Random) -> Option<T> {
        if self.next == 0 {
            random.shuffle(&mut self.cards);
        }
        let card = self.cards.get(self.next).cloned();
        self.next = (self.next + 1) % self.cards.len().max(1);
        card
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deck_gives_each_card_before_any_comes_again() {
        let (mut deck, mut random) = (Deck::new(0..5), Random::new(7));
        for _ in 0..3 {
            let mut round: Vec<_> = (0..5).filter_map(|_| deck.draw(&mut random)).collect();
            round.sort_unstable();
            assert_eq!(round, [0, 1, 2, 3, 4]);
        }
        assert_eq!(Deck::<u8>::new([]).draw(&mut random), None);
    }

    #[test]
    fn numbers_stay_in_their_range() {
        let mut random = Random::new(3);
        for _ in 0..1000 {
            assert!((200.0..1200.0).contains(&random.between(200.0, 1200.0)));
            assert!(random.below(3) < 3);
        }
        assert_eq!(random.below(0), 0);
    }
}
