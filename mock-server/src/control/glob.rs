//! Paths as people describe them.

/// Whether a path is as described: `*` stands for one part of it.
pub(super) fn glob(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut seen) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), seen.next()) {
            (None, None) => return true,
            (Some("*"), Some(part)) if !part.is_empty() => {}
            (Some(wanted), Some(part)) if wanted == part => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_one_part_of_a_path() {
        assert!(glob("/v2/Services/*/Channels", "/v2/Services/IS0/Channels"));
        assert!(glob("/v1/Channels", "/v1/Channels"));
        for other in ["/v2/Services/IS0", "/v2/Services/IS0/Channels/CH0", "/v2/Services//Channels"] {
            assert!(!glob("/v2/Services/*/Channels", other), "{other}");
        }
    }
}
