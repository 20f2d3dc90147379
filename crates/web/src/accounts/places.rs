//! 所属の切替え: where somebody with roles in several places works now. To switch is a role switch: another cookie (S60).

use crate::errors::Refused;
use crate::form::{Form, Sheet};
use crate::pages::Pages;
use crate::shell::{Shell, place_words};
use crate::show::{self, Shown};
use crate::visitor::{self, Visitor};
use actix_web::HttpRequest;
use actix_web::web::Data;
use app::Service;
use app::accounts::choose_place;
use askama::Template;
use http_kit::Problem;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/places", "page_places", list).post("/places", "page_choose_place", choose);
}

#[derive(Template)]
#[template(path = "accounts/places.html")]
struct PlacesPage {
    shell: Shell,
    sheet: Sheet,
    /// Words, number, and whether it is the present one.
    places: Vec<(String, usize, bool)>,
}

fn page(service: &Service, visitor: &Visitor, sheet: Sheet) -> PlacesPage {
    let line = |(at, place)| (place_words(place), at, visitor.place == Some(at));
    let places = visitor.places.iter().enumerate().map(line).collect();
    PlacesPage { shell: Shell::new(service, visitor, "所属を選ぶ"), sheet, places }
}

async fn list(service: Data<Service>, visitor: Visitor) -> Shown {
    show::page(&page(&service, &visitor, Sheet::blank(&visitor)))
}

async fn choose(req: HttpRequest, service: Data<Service>, form: Form) -> Shown {
    let number: Option<usize> = form.fields.get("place").parse().ok();
    let place = number.and_then(|at| form.visitor.places.get(at)).cloned();
    let Some(place) = place else {
        return show::again(&page(&service, &form.visitor, Sheet::blank(&form.visitor)));
    };
    let (consortium, member) = (place.consortium_id, place.member_id);
    match choose_place(&service, form.visitor.call.clone(), consortium, member).await.map_err(Problem::from) {
        Ok(cookie) => {
            let mut answer = show::to("/?done=place");
            let cookie = visitor::cookie_of(&req, &cookie, form.visitor.ends_at)?;
            answer.add_cookie(&cookie).map_err(Problem::fault)?;
            Ok(answer)
        }
        Err(problem) => {
            let sheet = Sheet::refused(&form, problem)?;
            show::again(&page(&service, &form.visitor, sheet))
        }
    }
}

/// Leads whoever has several places and chose none to the choice.
///
/// # Errors
/// The way there.
pub(crate) fn chosen(visitor: &Visitor) -> Result<(), Refused> {
    if visitor.place.is_none() && visitor.places.len() > 1 {
        return Err(Refused::Elsewhere { to: "/places".to_owned() });
    }
    Ok(())
}
