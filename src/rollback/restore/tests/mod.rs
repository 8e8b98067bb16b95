//! Restores of states made by hand, whatever fails and whenever they end.
#![cfg(target_os = "linux")]

mod faults;
mod power;
mod real;
mod world;

use super::*;
use world::*;

#[test]
fn every_kind_of_change_is_carried_out() {
    for exact in [false, true] {
        let world = World { exact, ..World::whole() };
        let folder = place(&world);
        let restored = world.restore(folder.path(), &Disk::real()).unwrap();
        assert!(restored.done && restored.validation.len() == 1, "{restored:?}");
        assert!(judge(&world, folder.path(), "restored"), "it is the new state");
        let told = restored.problems.iter().filter(|(rule, ..)| *rule == "RBK-022").count();
        assert_eq!(told, if exact { 0 } else { world.since().len() }, "{:?}", restored.problems);
        assert_eq!(restored.kept.is_some(), !exact);
    }
}

#[test]
fn a_failed_validation_puts_everything_back() {
    let world = World { good: false, ..World::whole() };
    let folder = place(&world);
    let restored = world.restore(folder.path(), &Disk::real()).unwrap();
    assert!(!restored.done && restored.problems.iter().any(|(rule, ..)| *rule == "RBK-020"), "{restored:?}");
    assert!(!judge(&world, folder.path(), "validation"), "it is the old state");
}
