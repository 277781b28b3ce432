//! "Did you mean": the known word nearest to one that nobody knows.

/// Bytes of a word that is compared: beyond, nobody mistyped one.
const LONGEST: usize = 64;

/// The known word that was meant, if one is near enough: up to a third of the letters may differ, and their case.
pub(crate) fn nearest<'k>(text: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    if text.len() > LONGEST {
        return None;
    }
    let allowed = (text.chars().count() / 3).max(1);
    let text = text.to_lowercase();
    known
        .into_iter()
        .map(|word| (strsim::damerau_levenshtein(&text, &word.to_lowercase()), word))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_and_another_case_are_recognised_and_a_stranger_is_not() {
        let known = ["Identity", "Target", "ChatFriendlyName"];
        assert_eq!(nearest("Targat", known), Some("Target"));
        assert_eq!(nearest("identity", known), Some("Identity"));
        assert_eq!(nearest("Colour", known), None);
    }
}
