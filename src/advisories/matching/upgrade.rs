//! The version to take to be rid of several advisories at once.

use std::cmp::Ordering;

use super::Query;
use super::statement::{State, Statement, ascending};
use crate::advisories::version::Scheme;
use crate::formats::osv::Advisory;

/// Work that the search may take, in ranges asked and listed versions compared. The search ends without a version where that
/// is not enough.
const MAX_WORK: usize = 50_000_000;

/// The lowest version above the queried one that some of these advisories names as fixed and that none of them affects.
/// None when no version is named that clears all, or one of them cannot be told for it. Withdrawn advisories do not count.
#[must_use]
pub fn upgrade(advisories: &[&Advisory], query: &Query<'_>) -> Option<String> {
    let scheme = Scheme::of(query.ecosystem.family).unwrap_or(Scheme::Semver);
    let standing = advisories.iter().filter(|advisory| advisory.withdrawn.is_none());
    let mut statements: Vec<Statement<'_>> =
        standing.map(|advisory| Statement::of(advisory, query)).collect();
    let fixes =
        ascending(scheme, statements.iter().flat_map(|statement| statement.fixes_after(query.version)));
    let mut work = MAX_WORK;
    let mut at_least: Option<String> = None;
    for fix in fixes {
        if let Some(least) = &at_least
            && scheme.compare(fix, least).is_ok_and(Ordering::is_lt)
        {
            continue;
        }
        let mut stopping = None;
        for (place, statement) in statements.iter().enumerate() {
            work = work.checked_sub(statement.cost())?;
            if !matches!(statement.state(fix), State::Clear) {
                stopping = Some(place);
                break;
            }
        }
        let Some(place) = stopping else { return Some(fix.to_owned()) };
        // One that ends in fixes alone lets nothing below its own next one through; and what stopped one version likely
        // stops the next, so it is asked first.
        let stopping = statements.remove(place);
        if stopping.ends_in_fixes() {
            at_least = Some(stopping.fixed_after(fix)?);
        }
        statements.insert(0, stopping);
    }
    None
}
