//! `flexload token`: an access token as the helper libraries make it, and what is wrong with one.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use mock_server::config::Credentials;
use wire::time::Timestamp;
use wire::token::{self, Claims, Expected, Inspection, Signer, Verifier};

use super::args::{Inspect, Like, Mint, Token, Where};
use super::exit::Exit;
use super::{Ended, Failure, print, say};
use crate::flex::target::{Login, Target};
use crate::targets::Chosen;

/// Far longer than any token.
const LONGEST: u64 = 64 << 10;

/// Makes a token, or takes one apart.
pub(super) fn token(verb: &Token) -> Ended {
    match verb {
        Token::Mint(args) => mint(args),
        Token::Inspect(args) => inspect(args),
    }
}

/// Whose tokens these are. The mock need not be running: its seed fixes its key.
fn issuer(at: &Where, seed: u64) -> Result<Target, Failure> {
    match super::target(at)? {
        Chosen::Embedded => {
            let (api, socket) = ("http://127.0.0.1", "ws://127.0.0.1");
            Ok(Target::of_mock(&Credentials::of_seed(seed), api, socket, true)?)
        }
        Chosen::There(target) => Ok(*target),
    }
}

fn mint(args: &Mint) -> Ended {
    let issuer = issuer(&args.at, args.seed)?;
    let key = issuer.signing_key()?;
    let ttl = u32::try_from(args.ttl.duration().as_secs()).unwrap_or(u32::MAX);
    if args.identity.is_empty() || ttl == 0 {
        return Err(Failure::new(Exit::Usage, "a token is for somebody, and for a second at least"));
    }
    if ttl > token::MAX_TTL {
        say::warning("Twilio refuses tokens that live longer than 24h");
    }
    let like = match args.like {
        Like::Node => token::Like::Node,
        Like::Python => token::Like::Python,
    };
    let claims = Claims { like, ttl, ..Claims::new(&args.identity, issuer.chat_service_sid, now()) };
    let signer = Signer::new(issuer.account_sid, key.sid, &key.secret, issuer.region_told())
        .map_err(|error| Failure::new(Exit::Input, error))?;
    print(format_args!("{}\n", signer.mint(&claims)))
}

fn inspect(args: &Inspect) -> Ended {
    let jwt = read(args.file.as_deref())?;
    let issuer = match &args.at.target {
        Some(_) => Some(issuer(&args.at, args.seed)?),
        None => None,
    };
    let mut expected = Expected { now: Some(now()), ..Expected::default() };
    let verifier;
    if let Some(issuer) = &issuer {
        expected.account_sid = Some(issuer.account_sid);
        expected.chat_service_sid = Some(issuer.chat_service_sid);
        expected.region = Some(issuer.region.as_deref().unwrap_or("us1"));
        match &issuer.login {
            Login::ApiKey(key) => {
                verifier = Verifier::new(issuer.account_sid, key.sid, &key.secret);
                expected.verifier = Some(&verifier);
            }
            Login::AuthToken(secret) => expected.auth_token = Some(secret),
        }
    }
    let seen = token::inspect(&jwt, &expected);
    print(told(&seen))?;
    Ok(if seen.faults.is_empty() { Exit::Passed } else { Exit::Nonconforming })
}

/// The token from a file or stdin, whose typing is not echoed by us: a terminal shows what is pasted into it.
fn read(file: Option<&Path>) -> Result<String, Failure> {
    let mut text = String::new();
    let read = match file.filter(|path| *path != Path::new("-")) {
        Some(path) => File::open(path).and_then(|file| file.take(LONGEST).read_to_string(&mut text)),
        None => {
            if io::stdin().is_terminal() {
                say::plain("paste the token, then end with ctrl-d:");
            }
            io::stdin().take(LONGEST).read_to_string(&mut text)
        }
    };
    read.map_err(|error| {
        let place = file.map_or("stdin".to_owned(), |path| path.display().to_string());
        Failure::new(Exit::Input, format!("{place}: {error}"))
    })?;
    Ok(text)
}

/// What is in a token and what is wrong with it.
fn told(seen: &Inspection) -> String {
    let mut text = String::new();
    for (name, json) in [("header", &seen.header), ("claims", &seen.claims)] {
        if let Some(json) = json {
            text.push_str(&format!("{name}   {json}\n"));
        }
    }
    let moment = |secs: u64| Timestamp::from_secs(i64::try_from(secs).unwrap_or(i64::MAX / 1000));
    for (name, at) in [("issued ", seen.issued_at), ("expires", seen.expires_at)] {
        if let Some(at) = at {
            text.push_str(&format!("{name}  {}\n", moment(at).rest()));
        }
    }
    for fault in &seen.faults {
        let rule = fault.rule().map(|rule| format!(", {rule}")).unwrap_or_default();
        let (code, title, why) = (fault.code(), fault.description(), fault.why());
        text.push_str(&format!("wrong    {why} ({code} {title}{rule})\n"));
    }
    if seen.faults.is_empty() {
        text.push_str("nothing is wrong with it\n");
    }
    text
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minted(seed: u64, ttl: u32) -> String {
        let issuer = issuer(&Where::default(), seed).expect("the mock");
        let key = issuer.signing_key().expect("a key");
        let signer = Signer::new(issuer.account_sid, key.sid, &key.secret, None).expect("a signer");
        signer.mint(&Claims { ttl, ..Claims::new("ada", issuer.chat_service_sid, now()) })
    }

    #[test]
    fn a_good_token_is_told_with_its_end() {
        let text =
            told(&token::inspect(&minted(1, 3600), &Expected { now: Some(now()), ..Expected::default() }));
        assert!(text.contains("\"identity\":\"ada\"") && text.contains("expires"), "{text}");
        assert!(text.ends_with("nothing is wrong with it\n"), "{text}");
    }

    #[test]
    fn a_bad_token_is_told_with_code_and_rule() {
        let text = told(&token::inspect(&minted(1, 90_000), &Expected::default()));
        assert!(text.contains("20157") && text.contains("TOK-04"), "{text}");
        let text = told(&token::inspect("nonsense", &Expected::default()));
        assert!(text.contains("20101"), "{text}");
    }
}
