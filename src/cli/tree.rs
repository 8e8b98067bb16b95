//! Which tree, and which configuration: flags of every command that keeps something of a tree.

use std::path::PathBuf;

use clap::Args;

/// A tree, and where its configuration comes from.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Store")]
pub struct TreeArgs {
    /// The tree
    #[arg(long, short = 'C', value_name = "DIR", default_value = ".", hide_default_value = true)]
    pub tree: PathBuf,
    /// Use this configuration instead of the tree's readiness.yaml
    #[arg(long, value_name = "FILE", env = "READINESS_CONFIG")]
    pub config: Option<PathBuf>,
    /// Ignore the tree's own readiness.yaml
    #[arg(long, conflicts_with = "config", env = "READINESS_NO_TREE_CONFIG")]
    pub no_tree_config: bool,
}
