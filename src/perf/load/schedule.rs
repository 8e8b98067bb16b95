//! When requests of a constant rate are due: in closed form from their number, so that no error adds up and a late one
//! does not make the next one late.

use std::time::Duration;

/// The moments at which the requests of one thread are due.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// Due per second, all threads together.
    rate: f64,
    /// Time of the rise, in seconds.
    ramp: f64,
    /// Number of the thread's next request, over all threads.
    next: u64,
    /// Threads.
    step: u64,
}

impl Schedule {
    /// For thread `thread` of `threads`; the rate is for all of them together.
    #[must_use]
    pub fn new(per_second: f64, ramp: Duration, thread: u32, threads: u32) -> Self {
        let step = u64::from(threads.max(1));
        Self { rate: per_second.max(1e-6), ramp: ramp.as_secs_f64(), next: u64::from(thread), step }
    }

    /// When the next request is due, in nanoseconds from the beginning of the run.
    #[must_use]
    pub fn due(&self) -> u64 {
        moment(self.next, self.rate, self.ramp)
    }

    /// Goes on to the request after the next.
    pub const fn advance(&mut self) {
        self.next = self.next.wrapping_add(self.step);
    }
}

/// When request number `number` is due. While the rate rises evenly, the requests until then grow with the square of
/// time; afterwards they are evenly spaced.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a microsecond in a year"
)]
fn moment(number: u64, rate: f64, ramp: f64) -> u64 {
    let number = number as f64;
    let rising = rate * ramp / 2.0;
    let seconds =
        if number < rising { (2.0 * number * ramp / rate).sqrt() } else { ramp + (number - rising) / rate };
    (seconds * 1e9).round() as u64
}

/// The part of `total` that thread `thread` of `threads` has; the parts add up and differ by one at the most.
#[must_use]
pub fn share(total: u64, thread: u32, threads: u32) -> u64 {
    let threads = u64::from(threads.max(1));
    total / threads + u64::from(u64::from(thread) < total % threads)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_even_over_threads() {
        let mut all: Vec<u64> = Vec::new();
        for thread in 0..3 {
            let mut schedule = Schedule::new(1000.0, Duration::ZERO, thread, 3);
            for _ in 0..4 {
                all.push(schedule.due());
                schedule.advance();
            }
        }
        all.sort_unstable();
        let expected: Vec<u64> = (0..12).map(|number| number * 1_000_000).collect();
        assert_eq!(all, expected);
    }

    #[test]
    fn a_rising_rate_sends_half_as_much_and_goes_on_evenly() {
        // Over two seconds from 0 to 100 a second: 100 requests, the first half of the time a quarter of them.
        let due = |number| moment(number, 100.0, 2.0);
        assert_eq!((due(0), due(25), due(100)), (0, 1_000_000_000, 2_000_000_000));
        assert_eq!(due(101), 2_010_000_000);
        assert!((1..300).all(|number| due(number) > due(number - 1)));
    }

    #[test]
    fn parts_add_up() {
        for total in [0, 1, 7, 10_000] {
            let parts: Vec<u64> = (0..3).map(|thread| share(total, thread, 3)).collect();
            assert_eq!(parts.iter().sum::<u64>(), total);
            assert!(parts.iter().max().unwrap() - parts.iter().min().unwrap() <= 1);
        }
    }
}
