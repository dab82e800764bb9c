//! A turn in one line.

use super::{Record, Speculation, Tile};

impl Record {
    /// The dead air and its parts in whole milliseconds that add up, or why there is none:
    /// `dead air 284 ms = endpoint 210 + stt 0 + …`.
    pub fn line(&self) -> String {
        let speculation = match self.speculation {
            Speculation::Hit => " · speculation hit",
            Speculation::Miss => " · speculation miss",
            Speculation::None => "",
        };
        let Some(ms) = self.dead_air_ms else {
            let reason = self.dead_air_reason.as_deref().unwrap_or("nobody knows why");
            return format!("dead air not measured: {reason}");
        };
        let tiles = match self.rounded_tiles() {
            Some(tiles) => {
                let tiles = tiles.map(|(tile, ms)| format!("{} {ms}", tile.short()));
                format!(" = {}", tiles.join(" + "))
            }
            None => {
                let reason = self.tiles_reason.as_deref().unwrap_or("tiles are missing");
                format!(" (its parts are not known: {reason})")
            }
        };
        format!("dead air {ms:.0} ms{tiles}{speculation}")
    }

    /// The tiles in whole milliseconds whose sum is the dead air, rounded: what was cut off goes
    /// to those that lost most.
    pub fn rounded_tiles(&self) -> Option<[(Tile, u64); 7]> {
        let whole = self.dead_air_ms?.round() as u64;
        let mut exact = [0.0; 7];
        for (exact, tile) in exact.iter_mut().zip(Tile::ALL) {
            *exact = self.tiles.get(&tile).copied().flatten()?;
        }
        let mut parts = exact.map(|ms| ms.floor() as u64);
        let mut order: Vec<usize> = (0..parts.len()).collect();
        order.sort_by(|a, b| exact[*b].fract().total_cmp(&exact[*a].fract()));
        let missing = whole.saturating_sub(parts.iter().sum());
        for place in order.into_iter().cycle().take(usize::try_from(missing).ok()?.min(7)) {
            parts[place] += 1;
        }
        let mut places = parts.into_iter();
        Some(Tile::ALL.map(|tile| (tile, places.next().unwrap_or_default())))
    }
}
