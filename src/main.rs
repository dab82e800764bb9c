//! The `antiphon` command line: arguments in, one function per subcommand, the error once, an
//! exit code.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
