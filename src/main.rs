//! The `antiphon` command line.

fn main() -> anyhow::Result<()> {
    Ok(())
}
