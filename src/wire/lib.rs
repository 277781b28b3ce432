//! The words Twilio Flex, Programmable Chat and the Chat SDK use.
//!
//! Pure data: no I/O, no clock, no runtime. Both the harness and the mock server speak them, so neither
//! has to import the other.

pub mod identity;
pub mod secret;
pub mod sid;
pub mod time;
