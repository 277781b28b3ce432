//! Where the control API of a mock is, and what opens it.

use std::net::SocketAddr;

use wire::secret::Secret;
use wire::sid::ApiKeySid;

use crate::credentials::secret;

/// Where the control API of a mock is, and what opens it.
#[derive(Debug, Clone)]
pub struct Control {
    /// Its URL.
    pub url: String,
    /// The bearer token.
    pub token: Secret,
}

impl Control {
    /// That of a mock of this seed, on this address.
    #[must_use]
    pub fn new(seed: u64, address: SocketAddr) -> Self {
        Self { url: format!("http://{address}"), token: token(seed) }
    }
}

/// The token of the control API of a mock with this seed.
#[must_use]
pub fn token(seed: u64) -> Secret {
    secret(ApiKeySid::mock(seed, 2).bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::Credentials;

    #[test]
    fn the_seed_fixes_the_token_and_no_account_has_it() {
        assert_eq!(token(7).expose(), token(7).expose());
        assert_ne!(token(7).expose(), token(8).expose());
        let credentials = Credentials::of_seed(7);
        assert_ne!(token(7).expose(), credentials.auth_token.expose());
        assert_ne!(token(7).expose(), credentials.api_key_secret.expose());
    }
}
