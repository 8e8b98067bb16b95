//! Which endpoint is next: a fixed cycle in which each stands as often as it weighs and as evenly as it can (smooth
//! weighted round robin, as nginx has it), so that runs do not differ by the luck of a draw.

/// Longest cycle; weights are scaled down to it.
const LONGEST: u64 = 4_096;

/// A cycle over endpoints.
#[derive(Clone, Debug)]
pub struct Rotation {
    cycle: Vec<u16>,
    at: usize,
}

impl Rotation {
    /// The cycle of some weights. Threads begin at different places of it.
    #[must_use]
    pub fn new(weights: &[u32], thread: u32) -> Self {
        let mut weights: Vec<u64> = weights.iter().map(|weight| u64::from(*weight).max(1)).collect();
        let divisor = weights.iter().copied().fold(0, gcd).max(1);
        let total: u64 = weights.iter().map(|weight| weight / divisor).sum();
        let scale = total.div_ceil(LONGEST).max(1);
        weights.iter_mut().for_each(|weight| *weight = (*weight / divisor / scale).max(1));
        let total = i64::try_from(weights.iter().sum::<u64>()).unwrap_or(1);
        let mut current = vec![0_i64; weights.len()];
        let mut cycle = Vec::new();
        for _ in 0..total {
            let mut best: Option<(usize, i64)> = None;
            for (index, (now, weight)) in current.iter_mut().zip(&weights).enumerate() {
                *now += i64::try_from(*weight).unwrap_or(i64::MAX);
                if best.is_none_or(|(_, most)| *now > most) {
                    best = Some((index, *now));
                }
            }
            if let Some((index, now)) = best.and_then(|(index, _)| Some((index, current.get_mut(index)?))) {
                *now -= total;
                cycle.push(u16::try_from(index).unwrap_or(0));
            }
        }
        let at = (thread as usize).wrapping_mul(cycle.len() / 3 + 1).checked_rem(cycle.len()).unwrap_or(0);
        Self { cycle, at }
    }

    /// The next endpoint.
    pub fn turn(&mut self) -> usize {
        let endpoint = self.cycle.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        if self.at >= self.cycle.len() {
            self.at = 0;
        }
        usize::from(endpoint)
    }
}

fn gcd(one: u64, other: u64) -> u64 {
    if other == 0 { one } else { gcd(other, one % other) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_come_as_often_as_they_weigh_and_evenly() {
        let mut rotation = Rotation::new(&[50, 10, 10], 0);
        let seen: Vec<usize> = (0..14).map(|_| rotation.turn()).collect();
        assert_eq!(seen, [0, 0, 1, 0, 2, 0, 0, 0, 0, 1, 0, 2, 0, 0]);
        let mut one = Rotation::new(&[3], 5);
        assert_eq!((one.turn(), one.turn()), (0, 0));
        assert_eq!(Rotation::new(&[], 0).turn(), 0);
        let huge = Rotation::new(&[u32::MAX, 1, 1_000_003], 0);
        assert!(huge.cycle.len() <= 4_099 && huge.cycle.contains(&1), "{}", huge.cycle.len());
    }
}
