//! The script `setup`, on systems made of stubs.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::support::Run;

/// What installing a package puts into the stub system, by the names the managers give it.
const INSTALL: &str = r#"
for package in "$@"; do
    case $package in
        gcc) tool=cc ;;
        pkg-config | pkgconf | pkgconf-pkg-config) tool=pkg-config ;;
        libasound2-dev | alsa-lib-devel | alsa-lib) tool=alsa ;;
        espeak-ng) tool=espeak-ng ;;
        *) continue ;;
    esac
    printf '#!/bin/sh\ncase "$*" in "--exists alsa") command -v alsa >/dev/null ;; esac\n' >"$BIN/$tool"
    chmod +x "$BIN/$tool"
done
"#;

/// A system whose whole `PATH` is one folder.
struct System {
    root: TempDir,
}

impl System {
    /// One with a compiler driver's helpers and Rust, and nothing that `setup` installs.
    fn bare(name: &'static str) -> Self {
        let root = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(root.path().join("bin")).expect("a folder");
        fs::write(root.path().join("certificates"), "some").expect("a file");
        let system = Self { root };
        for tool in ["sh", "sed", "cut", "dirname", "cat", "chmod", "env"] {
            symlink(find(tool), system.bin().join(tool)).expect("a link");
        }
        system.add("uname", &format!("echo {name}"));
        system.add("id", "echo 0");
        system.add("cargo", "echo 'cargo 99.0.0 (stub)'");
        system
    }

    fn bin(&self) -> PathBuf {
        self.root.path().join("bin")
    }

    fn add(&self, tool: &str, script: &str) {
        let path = self.bin().join(tool);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a script");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("permissions");
    }

    /// Adds a package manager that notes how it was called.
    fn manager(&self, tool: &str) {
        self.add(tool, &format!("echo \"{tool} $*\" >>\"$LOG\"\n{INSTALL}"));
    }

    fn setup(&self, args: &[&str]) -> Run {
        Command::new(self.bin().join("sh"))
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("setup"))
            .args(args)
            .env_clear()
            .env("PATH", self.bin())
            .env("BIN", self.bin())
            .env("LOG", self.root.path().join("log"))
            .env("SSL_CERT_FILE", self.root.path().join("certificates"))
            .output()
            .expect("a shell")
            .into()
    }

    /// The calls of the package manager so far.
    fn calls(&self) -> String {
        fs::read_to_string(self.root.path().join("log")).unwrap_or_default()
    }
}

fn find(tool: &str) -> PathBuf {
    let path = std::env::var_os("PATH").expect("a PATH");
    std::env::split_paths(&path)
        .map(|folder| folder.join(tool))
        .find(|file| file.is_file())
        .unwrap_or_else(|| panic!("`{tool}` is on no PATH"))
}

#[test]
fn every_manager_installs_what_is_missing_once() {
    #[track_caller]
    fn check(name: &'static str, manager: &str, expected: &str) {
        let system = System::bare(name);
        system.manager(manager);
        if name == "Darwin" {
            // Only Apple's own tool installs the compiler there.
            system.add("cc", "exit 0");
        }
        let output = system.setup(&[]).ok();
        assert!(output.ends_with("All is there: cargo run -- --pipeline voice.toml\n"), "{output}");
        assert_eq!(system.calls(), expected, "{output}");
        for call in system.calls().lines() {
            assert!(output.contains(call), "{call:?} was not announced in\n{output}");
        }

        let output = system.setup(&[]).ok();
        assert_eq!(system.calls(), expected, "the second run installs again:\n{output}");
    }
    check(
        "Linux",
        "apt-get",
        "apt-get -qq update\napt-get -qq install -y --no-install-recommends \
         gcc libc6-dev pkg-config libasound2-dev espeak-ng\n",
    );
    check(
        "Linux",
        "dnf",
        "dnf -q -y install gcc glibc-devel pkgconf-pkg-config alsa-lib-devel espeak-ng\n",
    );
    check("Linux", "pacman", "pacman -S --needed --noconfirm gcc pkgconf alsa-lib espeak-ng\n");
    check("Darwin", "brew", "brew install espeak-ng\n");
}

#[test]
fn check_changes_nothing() {
    let system = System::bare("Linux");
    system.manager("apt-get");
    let run = system.setup(&["--check"]);
    assert_eq!(run.code, Some(1), "{run:#?}");
    assert_eq!(
        run.stdout,
        "C compiler: missing\npkg-config: missing\nALSA headers: missing\nsystem voice: missing\n\
         CA certificates: already there\nRust: already there\n"
    );
    assert_eq!(system.calls(), "");

    system.setup(&[]).ok();
    system.setup(&["--check"]).ok();
}

#[test]
fn what_cannot_be_installed_is_said() {
    #[track_caller]
    fn check(system: &System, code: i32, expected: &str) {
        let run = system.setup(&[]);
        assert_eq!((run.code, run.stderr.as_str()), (Some(code), expected), "{}", run.stdout);
    }
    let none = System::bare("Linux");
    check(
        &none,
        1,
        "error: there is no apt, dnf, pacman or brew here; install this in your system's way: \
         C compiler, pkg-config, ALSA headers, system voice \
         (as a system voice: espeak-ng or flite)\n",
    );

    let broken = System::bare("Linux");
    broken.add("dnf", "exit 7");
    let call = "dnf -q -y install gcc glibc-devel pkgconf-pkg-config alsa-lib-devel espeak-ng";
    check(&broken, 1, &format!("error: `{call}` failed\n"));

    let useless = System::bare("Linux");
    useless.add("dnf", "exit 0");
    check(
        &useless,
        1,
        "error: the packages are installed, yet this is still missing: \
         C compiler, pkg-config, ALSA headers, system voice\n",
    );

    let user = System::bare("Linux");
    user.manager("dnf");
    user.add("id", "echo 1000");
    check(&user, 1, "error: there is no `sudo` here; run `./setup` as root\n");
    user.add("sudo", "shift; exec \"$@\"");
    user.setup(&[]).ok();
    assert_eq!(user.calls(), format!("{call}\n"));

    let old = System::bare("Linux");
    old.manager("dnf");
    old.add("cargo", "echo 'cargo 1.63.0 (stub)'");
    let run = old.setup(&[]);
    assert_eq!(run.code, Some(1), "{run:#?}");
    assert!(run.stderr.contains("`cargo` is 1.63.0, "), "{}", run.stderr);

    check(&System::bare("Plan9"), 1, "error: this is `Plan9`; Linux or macOS is expected\n");
}

#[test]
fn a_wrong_argument_exits_2() {
    let system = System::bare("Linux");
    let run = system.setup(&["--chek"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    assert_eq!(run.stderr, "error: unknown argument `--chek`; `--check` or `--help` is expected\n");
    let help = system.setup(&["--help"]).ok();
    assert!(help.starts_with("Usage: ./setup [--check]\n"), "{help}");
}
