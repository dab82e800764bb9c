//! Addresses: what they have in common, and where a redirect leads.

/// Whether what goes there is encrypted.
pub(super) fn is_secure(url: &str) -> bool {
    url.starts_with("https://")
}

/// Splits `scheme://authority/rest` before the rest.
fn origin(url: &str) -> &str {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..].find(['/', '?', '#']).map_or(url.len(), |at| start + at);
    &url[..end]
}

/// Whether two addresses have the scheme, host and port in common.
pub(super) fn same_origin(left: &str, right: &str) -> bool {
    origin(left).eq_ignore_ascii_case(origin(right))
}

/// Whether the address is on this machine.
pub(super) fn is_loopback(url: &str) -> bool {
    let authority = origin(url).rsplit("//").next().unwrap_or_default();
    ["127.", "localhost", "[::1]"].iter().any(|host| authority.starts_with(host))
}

/// Resolves a redirect's target, absolute or within the host.
pub(super) fn join(base: &str, to: &str) -> Option<String> {
    if to.starts_with("http://") || to.starts_with("https://") {
        return Some(to.to_string());
    }
    let is_local = to.starts_with('/') && !to.starts_with("//");
    is_local.then(|| format!("{}{to}", origin(base)))
}

/// Escapes a part of an address.
pub(super) fn escape(text: &str, keep_slashes: bool) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                escaped.push(char::from(byte));
            }
            b'/' if keep_slashes => escaped.push('/'),
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        assert_eq!(escape("refs/pr/1", false), "refs%2Fpr%2F1");
        assert_eq!(escape("a b/c+ü.gguf", true), "a%20b/c%2B%C3%BC.gguf");
        assert_eq!(join("http://h:1/a/b", "/c").as_deref(), Some("http://h:1/c"));
        assert_eq!(join("http://h/a", "https://x/c").as_deref(), Some("https://x/c"));
        assert_eq!(join("http://h/a", "//x/c"), None);
        assert_eq!(join("http://h/a", "file:///etc/passwd"), None);
        assert!(same_origin("https://h/a?b", "https://H"));
        for other in ["http://h/a", "https://h.evil/a", "https://h:8/a", "https://h@evil/a"] {
            assert!(!same_origin(other, "https://h"), "{other}");
        }
        assert!(is_loopback("http://127.0.0.1:8/x") && is_loopback("http://localhost:1"));
        assert!(!is_loopback("https://huggingface.co/127.0.0.1"));
    }
}
