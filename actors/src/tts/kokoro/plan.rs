//! Where a text is cut so that its sound is there in time.
//!
//! Of the places between words those are looked for behind which the rest can follow without a
//! hole, a silence for want of sound, as far as the costs tell. Then, in this order:
//!
//! 1. A piece that is made within its time, at the best such place: for the first piece the time
//!    that is allowed, for later ones while what was made before sounds.
//! 2. If there is none, the first piece is the one that is made soonest: speech that begins later is
//!    better than speech with a hole. Where speech has begun, it is the one that makes the least hole.
//! 3. If that would take longer than [`LONGEST`], or the voice is slower than speech, it is too slow
//!    for this processor: then holes are where speech pauses anyway, and pieces are whole clauses.

use antiphon_models::voice::Joint;

/// The share of its time that making a piece may take by what is known of the costs: of the first
/// piece, and of those after it, which must not wait.
const FIRST: [f64; 1] = [0.8];
const LATER: [f64; 3] = [0.8, 0.9, 1.0];
/// Longest time for a piece, in seconds, where a shorter one will do.
const LONGEST: f64 = 3.0;
/// A clause of fewer symbols is no piece of its own where the voice is too slow.
const CLAUSE: usize = 12;

/// What pieces cost and how long they sound, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Costs {
    /// For a piece besides its symbols.
    pub(super) fixed: f64,
    /// For a symbol.
    pub(super) work: f64,
    /// That a symbol sounds.
    pub(super) sound: f64,
}

impl Costs {
    /// To make a piece of that many symbols.
    pub(super) fn of(&self, symbols: usize) -> f64 {
        self.fixed + self.work * symbols as f64
    }

    fn sound(&self, symbols: usize) -> f64 {
        self.sound * symbols as f64
    }

    /// Seconds of sound in hand when a piece of that many symbols is there, if it is begun with
    /// `ahead` of them.
    fn left(&self, symbols: usize, ahead: f64) -> f64 {
        (ahead - self.of(symbols)).max(0.0) + self.sound(symbols)
    }
}

/// What a piece has to keep.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bounds {
    /// Seconds of sound that are still to be heard.
    pub(super) ahead: f64,
    /// Seconds that a piece may take when there are none.
    pub(super) first: f64,
    /// Seconds of sound that should be left after the text, for what follows it.
    pub(super) after: f64,
    /// The most symbols of a piece.
    pub(super) limit: usize,
}

/// After how many symbols to cut, by the joints of the text; `limit` if no joint is near enough.
pub(super) fn cut(joints: &[(usize, Joint)], costs: &Costs, bounds: &Bounds) -> usize {
    let Bounds { ahead, first, limit, .. } = *bounds;
    let (time, shares) = if ahead > 0.0 { (ahead, &LATER[..]) } else { (first, &FIRST[..]) };
    for share in shares {
        let lasting = lasting(joints, costs, bounds, *share);
        let time = (time * share).min(LONGEST);
        let in_time = || lasting.iter().filter(|(at, _)| costs.of(*at) <= time);
        if let Some(most) = in_time().map(|(at, _)| *at).max() {
            let good = in_time().filter(|(at, joint)| *at >= joint.least(most));
            return good.max_by_key(|(at, joint)| (*joint, *at)).map_or(most, |(at, _)| *at);
        }
    }
    let next = if ahead <= 0.0 {
        lasting(joints, costs, bounds, FIRST[0]).first().map(|(at, _)| *at)
    } else if costs.work < costs.sound {
        least_hole(joints, costs, bounds)
    } else {
        None
    };
    let clause = |(at, joint): &&(usize, Joint)| {
        *joint == Joint::End || *joint >= Joint::Clause && *at >= CLAUSE
    };
    let slow = || joints.iter().find(clause).map(|(at, _)| *at);
    let next = next.filter(|at| costs.of(*at) <= LONGEST);
    next.or_else(slow).map_or(limit, |at| at.min(limit))
}

/// The joint that makes the least silence before the piece and after it.
fn least_hole(joints: &[(usize, Joint)], costs: &Costs, bounds: &Bounds) -> Option<usize> {
    let near = joints.iter().zip(needs(joints, costs, bounds, 1.0));
    let holes = near.filter(|((at, _), _)| *at <= bounds.limit).map(|((at, joint), need)| {
        let before = (costs.of(*at) - bounds.ahead).max(0.0);
        let after = if *joint == Joint::End { 0.0 } else { need - costs.left(*at, bounds.ahead) };
        (*at, before + after.max(0.0))
    });
    holes.min_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(at, _)| at)
}

/// The joints behind which the rest can follow without a hole if no piece takes more than that share
/// of its time. The end is always one of them, if it is near enough.
fn lasting(
    joints: &[(usize, Joint)],
    costs: &Costs,
    bounds: &Bounds,
    share: f64,
) -> Vec<(usize, Joint)> {
    let Bounds { ahead, limit, .. } = *bounds;
    let near = joints.iter().zip(needs(joints, costs, bounds, share));
    let near = near.filter(|((at, _), _)| *at <= limit);
    let lasting =
        near.filter(|((at, joint), need)| *joint == Joint::End || costs.left(*at, ahead) >= *need);
    lasting.map(|(joint, _)| *joint).collect()
}

/// For each joint the seconds of sound in hand with which the rest can follow without a hole.
fn needs(joints: &[(usize, Joint)], costs: &Costs, bounds: &Bounds, share: f64) -> Vec<f64> {
    let mut needs = vec![bounds.after; joints.len()];
    for here in (0..joints.len().saturating_sub(1)).rev() {
        let rest = here + 1..joints.len();
        let need = rest.map(|next| {
            let symbols = joints[next].0 - joints[here].0;
            if symbols > bounds.limit {
                return f64::INFINITY;
            }
            let cost = costs.of(symbols);
            (cost / share).max(needs[next] + cost - costs.sound(symbols))
        });
        // A word that is longer than the limit is cut within, whatever comes of it.
        let least = need.fold(f64::INFINITY, f64::min);
        needs[here] = if least.is_finite() { least } else { bounds.after };
    }
    needs
}
