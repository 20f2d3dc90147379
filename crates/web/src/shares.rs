//! 負担金とその理由: what a town pays of a contract, and every step that leads to the yen.

use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor::Visitor;
use actix_web::web::Data;
use app::Service;
use app::contracts::reason::{ShareReasonView, explain_share};
use askama::Template;
use http_kit::Ids;

pub(crate) fn pages(pages: &mut Pages<'_>) {
    pages.get("/contracts/{contract_id}/shares/{member_id}", "page_share", one);
}

#[derive(Template)]
#[template(path = "shares/one.html")]
struct SharePage {
    shell: Shell,
    why: ShareReasonView,
}

impl SharePage {
    /// Width of a bar of the chart: the larger of the two amounts fills it.
    fn width(&self, yen: &i64) -> i64 {
        let most = self.why.share.share_yen.max(self.why.share.stand_alone_yen).max(1);
        let wide = i128::from(*yen).saturating_mul(420).checked_div(i128::from(most)).unwrap_or(0);
        i64::try_from(wide).unwrap_or(0)
    }
}

async fn one(service: Data<Service>, visitor: Visitor, Ids([contract_id, member_id]): Ids<2>) -> Shown {
    let why =
        service.read(visitor.call.clone(), move |ctx, call| explain_share(ctx, call, &contract_id, &member_id)).await?;
    let shell = Shell::new(&service, &visitor, format!("{}の負担金とその理由", why.share.name))
        .under(why.share.name.clone(), format!("/members/{}", why.share.member_id));
    show::page(&SharePage { shell, why })
}
