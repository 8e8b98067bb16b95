//! Functions that judge a match of a code rule, by family.

mod commands;
mod context;
mod fetched;
mod hidden;
mod objects;
mod sent;
mod text;
mod verification;

use crate::engine::{Candidate, Judgement};

/// The judge of a name used in the rule file.
pub(super) fn named(name: &str) -> Option<fn(&Candidate<'_>) -> Judgement> {
    match name {
        "command" => Some(commands::command),
        "public-command" => Some(commands::public_command),
        "install-hook" => Some(commands::install_hook),
        "setup-file" => Some(commands::setup_file),
        "php-call" => Some(commands::php_call),
        "filled-by-request" => Some(fetched::filled_by_request),
        "served-page" => Some(context::served_page),
        "ssh-setting" => Some(verification::ssh_setting),
        "ssh-setting-on-request" => Some(verification::ssh_setting_on_request),
        "switched-off-on-request" => Some(verification::switched_off_on_request),
        "downloaded-program" => Some(fetched::downloaded_program),
        "run-afterwards" => Some(fetched::run_afterwards),
        "fetched-code" => Some(fetched::fetched_code),
        "first-in-file" => Some(hidden::first_in_file),
        "reordering" => Some(hidden::reordering),
        "outside-text" => Some(hidden::outside_text),
        "unsafe-reader" => Some(objects::unsafe_reader),
        "objects-allowed" => Some(objects::objects_allowed),
        "sent-away" => Some(sent::sent_away),
        "not-a-list" => Some(context::not_a_list),
        "shell-mark" => Some(context::shell_mark),
        "not-cleaned-image" => Some(context::not_cleaned_image),
        "lasting-policy" => Some(verification::lasting_policy),
        "own-package" => Some(verification::own_package),
        "remote-transfer" => Some(verification::remote_transfer),
        "switched-off-here" => Some(verification::switched_off_here),
        _ => None,
    }
}

/// A judgement of a condition.
const fn accept_if(condition: bool) -> Judgement {
    if condition { Judgement::Accept } else { Judgement::Reject }
}
