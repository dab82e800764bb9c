//! Where the hub and its cache are, from the same environment variables as the Python library.

use std::{fmt, path::PathBuf, time::Duration};

/// The hub's public address.
const ENDPOINT: &str = "https://huggingface.co";

/// Where the hub and its cache are, and how to deal with it.
#[derive(Clone, Debug)]
pub struct HubSettings {
    /// The hub's address, `http://…` or `https://…`, without a final slash.
    pub endpoint: String,
    /// The cache folder, which holds `models--owner--name` folders.
    pub cache: PathBuf,
    /// The access token, for gated and private models.
    pub token: Option<Token>,
    /// Whether the network must not be used.
    pub offline: bool,
    /// How often in a row a broken transfer is resumed without having brought anything.
    pub retries: u32,
    /// The pause before such a resumption.
    pub pause: Duration,
    /// How long the hub may take to answer.
    pub timeout: Duration,
    /// How long a transfer under way may bring nothing before it is broken off.
    pub silence: Duration,
}

/// An access token; its text appears in no message.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// Wraps a token, unless it is empty or could not stand in a header.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let valid = !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
        valid.then(|| Self(text.into()))
    }

    pub(super) fn header(&self) -> String {
        format!("Bearer {}", self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl HubSettings {
    /// Returns the public hub's settings with the given cache folder, no token, online.
    pub fn new(cache: impl Into<PathBuf>) -> Self {
        Self {
            endpoint: ENDPOINT.into(),
            cache: cache.into(),
            token: None,
            offline: false,
            retries: 3,
            pause: Duration::from_secs(1),
            // Long enough for a busy hub to answer, short enough to notice a dead line.
            timeout: Duration::from_secs(30),
            silence: Duration::from_secs(30),
        }
    }

    /// Reads `HF_ENDPOINT`, `HF_HOME`, `HF_HUB_CACHE`, `HF_TOKEN`, `HF_TOKEN_PATH`,
    /// `HF_HUB_DISABLE_IMPLICIT_TOKEN` and `HF_HUB_OFFLINE`, with the meaning that the Python
    /// library `huggingface_hub` gives them; an empty variable counts as unset.
    pub fn from_env() -> Self {
        Self::from_lookup(|key| std::env::var(key).ok())
    }

    fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Self {
        let get = |key: &str| lookup(key).filter(|value| !value.trim().is_empty());
        let user = get("HOME").or_else(|| get("USERPROFILE")).map(PathBuf::from);
        let folder = |key: &str| {
            get(key).map(|value| match (value.strip_prefix("~/"), &user) {
                (Some(rest), Some(user)) => user.join(rest),
                _ => PathBuf::from(value),
            })
        };
        let home = folder("HF_HOME")
            .or_else(|| folder("XDG_CACHE_HOME").map(|cache| cache.join("huggingface")))
            .unwrap_or_else(|| user.clone().unwrap_or_default().join(".cache/huggingface"));
        let cache = folder("HF_HUB_CACHE")
            .or_else(|| folder("HUGGINGFACE_HUB_CACHE"))
            .unwrap_or_else(|| home.join("hub"));
        let token = get("HF_TOKEN").or_else(|| {
            if is_true(get("HF_HUB_DISABLE_IMPLICIT_TOKEN")) {
                return None;
            }
            let path = folder("HF_TOKEN_PATH").unwrap_or_else(|| home.join("token"));
            std::fs::read_to_string(path).ok()
        });
        let endpoint = get("HF_ENDPOINT").unwrap_or_else(|| ENDPOINT.into());
        Self {
            endpoint: endpoint.trim().trim_end_matches('/').into(),
            token: token.as_deref().and_then(Token::new),
            offline: is_true(get("HF_HUB_OFFLINE").or_else(|| get("TRANSFORMERS_OFFLINE"))),
            ..Self::new(cache)
        }
    }
}

fn is_true(value: Option<String>) -> bool {
    value.is_some_and(|value| {
        matches!(value.trim().to_ascii_uppercase().as_str(), "1" | "ON" | "YES" | "TRUE")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(pairs: &[(&str, &str)]) -> HubSettings {
        HubSettings::from_lookup(|key| {
            pairs.iter().find(|(name, _)| *name == key).map(|(_, value)| value.to_string())
        })
    }

    #[test]
    fn folders_follow_the_python_library() {
        let cache = |pairs: &[(&str, &str)]| from(pairs).cache;
        let home = ("HOME", "/u");
        assert_eq!(cache(&[home]), PathBuf::from("/u/.cache/huggingface/hub"));
        assert_eq!(cache(&[home, ("XDG_CACHE_HOME", "/x")]), PathBuf::from("/x/huggingface/hub"));
        assert_eq!(
            cache(&[home, ("HF_HOME", "/h"), ("XDG_CACHE_HOME", "/x")]),
            PathBuf::from("/h/hub")
        );
        assert_eq!(cache(&[home, ("HF_HOME", "~/h")]), PathBuf::from("/u/h/hub"));
        assert_eq!(cache(&[home, ("HF_HOME", "/h"), ("HF_HUB_CACHE", "/c")]), PathBuf::from("/c"));
        assert_eq!(
            cache(&[home, ("HF_HUB_CACHE", "")]),
            PathBuf::from("/u/.cache/huggingface/hub")
        );
    }

    #[test]
    fn endpoint_and_offline() {
        assert_eq!(from(&[]).endpoint, "https://huggingface.co");
        assert_eq!(from(&[("HF_ENDPOINT", "http://127.0.0.1:1/")]).endpoint, "http://127.0.0.1:1");
        assert!(!from(&[]).offline);
        for value in ["1", "true", "ON", "yes"] {
            assert!(from(&[("HF_HUB_OFFLINE", value)]).offline, "{value}");
        }
        assert!(!from(&[("HF_HUB_OFFLINE", "0")]).offline);
    }

    #[test]
    fn the_token_is_found_and_not_shown() {
        let settings = from(&[("HF_TOKEN", " hf_secret\n")]);
        assert_eq!(settings.token.as_ref().unwrap().header(), "Bearer hf_secret");
        assert!(!format!("{settings:?}").contains("secret"));

        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("token"), "hf_file\n").unwrap();
        let home = ("HF_HOME", folder.path().to_str().unwrap());
        assert_eq!(from(&[home]).token, Token::new("hf_file"));
        assert_eq!(from(&[home, ("HF_TOKEN", "hf_env")]).token, Token::new("hf_env"));
        assert_eq!(from(&[home, ("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")]).token, None);
        assert_eq!(Token::new("two words"), None);
        assert_eq!(Token::new("a\r\nX-Injected:b"), None);
    }
}
