//! The three journeys of the product, each written once and walked by mouse and by keyboard alone, with and without
//! JavaScript, on a desk and on a telephone: four ways in which every two of these meet.

mod learner;
mod prefecture;
mod town;

use crate::person::{Hand, Person, Way};
use crate::site::Site;
use testkit::browser::Browser;

pub(crate) const MOUSE_DESK: Way = Way { hand: Hand::Mouse, scripts: true, width: 1280 };
pub(crate) const MOUSE_TELEPHONE: Way = Way { hand: Hand::Mouse, scripts: false, width: 375 };
pub(crate) const KEYS_TELEPHONE: Way = Way { hand: Hand::Keyboard, scripts: true, width: 375 };
pub(crate) const KEYS_DESK: Way = Way { hand: Hand::Keyboard, scripts: false, width: 1280 };

/// Walks a journey in one way, on a service of its own.
pub(crate) fn walk(journey: &'static str, way: Way, steps: impl FnOnce(&Person<'_>)) {
    let Some(browser) = Browser::start(way.scripts, way.width) else { return };
    let site = Site::start();
    let person = Person::new(&browser, &site, way, journey);
    steps(&person);
    person.done();
}

macro_rules! journeys {
    ($($name:ident: $journey:literal, $way:ident, $steps:path;)*) => {$(
        #[test]
        fn $name() {
            walk($journey, $way, $steps);
        }
    )*};
}

journeys! {
    the_prefecture_from_survey_to_seats_by_mouse: "prefecture", MOUSE_DESK, prefecture::steps;
    the_prefecture_from_survey_to_seats_by_mouse_on_a_telephone_without_scripts: "prefecture", MOUSE_TELEPHONE, prefecture::steps;
    the_prefecture_from_survey_to_seats_by_keyboard_without_scripts: "prefecture", KEYS_DESK, prefecture::steps;
    the_prefecture_from_survey_to_seats_by_keyboard_on_a_telephone: "prefecture", KEYS_TELEPHONE, prefecture::steps;
    a_town_from_answer_to_april_by_mouse: "town", MOUSE_DESK, town::steps;
    a_town_from_answer_to_april_by_mouse_on_a_telephone_without_scripts: "town", MOUSE_TELEPHONE, town::steps;
    a_town_from_answer_to_april_by_keyboard_without_scripts: "town", KEYS_DESK, town::steps;
    a_town_from_answer_to_april_by_keyboard_on_a_telephone: "town", KEYS_TELEPHONE, town::steps;
    a_learner_from_application_to_story_by_mouse: "learner", MOUSE_DESK, learner::steps;
    a_learner_from_application_to_story_by_mouse_on_a_telephone_without_scripts: "learner", MOUSE_TELEPHONE, learner::steps;
    a_learner_from_application_to_story_by_keyboard_without_scripts: "learner", KEYS_DESK, learner::steps;
    a_learner_from_application_to_story_by_keyboard_on_a_telephone: "learner", KEYS_TELEPHONE, learner::steps;
}
