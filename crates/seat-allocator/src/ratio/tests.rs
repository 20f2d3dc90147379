//! Ratios where their two inner forms meet, and what is not a ratio.

use super::*;

fn ratio(text: &str) -> Ratio {
    text.parse().unwrap()
}

#[test]
fn equal_values_have_one_form_whatever_their_size_on_the_way() {
    let large = ratio("9223372036854775807");
    let beyond = large.plus(&Ratio::one());
    assert!(matches!(beyond.0, Form::Big(_)));
    assert_eq!(beyond.minus(&Ratio::one()), large);
    assert_eq!(beyond.minus(&beyond), Ratio::zero());
    assert_eq!(beyond.times(&beyond).over(&beyond).over(&beyond), Ratio::one());
    assert_eq!(ratio("-9223372036854775808").plus(&Ratio::one()), ratio("-9223372036854775807"));
}

#[test]
fn order_is_by_value_across_forms() {
    let texts = ["-99999999999999999999", "-1/3", "0", "1/3", "0.5", "2", "99999999999999999999/3"];
    let ratios: Vec<Ratio> = texts.map(ratio).into();
    assert!(ratios.is_sorted());
}

#[test]
fn only_plain_numbers_are_read() {
    for text in
        ["", "-", "+1", " 1", "1_000", "1,000", "１", "1e3", "0x1", ".5", "1.", "1/", "/2", "1/-2", "NaN", "1/2/3"]
    {
        assert_eq!(text.parse::<Ratio>(), Err(ParseRatioError::Malformed), "{text:?}");
    }
    assert_eq!("1/0".parse::<Ratio>(), Err(ParseRatioError::ZeroDenominator));
    assert_eq!("1".repeat(10_001).parse::<Ratio>(), Err(ParseRatioError::TooLong));
    assert_eq!(ratio("-0.50").to_string(), "-1/2");
}
