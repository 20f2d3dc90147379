//! The year of the prefecture's staff by its pages alone: from a draft round to a closed one, and what is refused on the way.

use crate::{whole, world};
use acceptance::people::{PASSWORD, People, email};
use acceptance::world::{World, demand};
use testkit::app::Answer;
use testkit::pages::Browser;

fn lead<'a>(app: &'a testkit::app::TestApp) -> Browser<'a> {
    Browser::signed_in(app, &email("lead"), PASSWORD)
}

/// Where an answer leads, without what it says.
fn place(answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{}", answer.text);
    answer.headers["location"].split(['?', '#']).next().unwrap().to_owned()
}

/// Opens the page, sends its form to its own address, and answers where it led.
fn fill(browser: &Browser<'_>, path: &str, fields: &[(&str, &str)]) -> String {
    let page = browser.get(path);
    assert_eq!(page.status, 200, "{path}: {}", page.text);
    place(&browser.send(&page, path, fields))
}

/// A draft round of both towns, made by its form.
fn draft(browser: &Browser<'_>, world: &World) -> String {
    let fields = [
        ("title", "令和9年度 共同調達（架空）"),
        ("product", "オンライン学習（架空）"),
        ("fiscal_year", "2027"),
        ("contract_mode", "lead_contract"),
        ("census_year", "2020"),
        ("seats_counted_on", "2026-04-01"),
        ("member_ids", world.ids["member_id"].as_str()),
    ];
    let round = fill(browser, &world.path("/consortia/{consortium_id}/rounds/new"), &fields);
    assert!(round.starts_with("/rounds/"), "{round}");
    round
}

/// The towns ask for 70 and 30 seats; the lead fixes one answer and leaves the other as submitted.
fn surveyed(browser: &Browser<'_>, people: &People<'_>, world: &World, round: &str) -> String {
    let survey = [("kind", "intent"), ("title", "意向調査（架空）"), ("note", ""), ("deadline_on", "2026-05-20")];
    let survey = fill(browser, &format!("{round}/surveys/new"), &survey);
    let board = browser.get(&survey);
    assert_eq!(place(&browser.send_sure(&board, &format!("{survey}/open"), &[])), survey);
    for (who, town, seats) in [("contact", "member_id", 70), ("other_town", "other_member_id", 30)] {
        let answer = format!("{survey}/answers/{}", world.ids[town]);
        people.put(who, &answer, None, &demand(10, seats, 100));
        people.act(who, &format!("{answer}/submit"));
    }
    survey
}

const QUOTE: [(&str, &str); 10] = [
    ("vendor", "架空ラーニング株式会社"),
    ("title", "全量適用の見積（架空）"),
    ("valid_until_on", "令和9年3月31日"),
    ("schedule/mode", "volume"),
    ("schedule/tiers/0/up_to", "９９席"),
    ("schedule/tiers/0/unit", "30,000円"),
    ("schedule/tiers/1/unit", "27,000"),
    ("schedule/buy_up", "true"),
    ("tax_rate", "１０"),
    ("note", ""),
];

/// The prefecture takes part in its own procurement: its line is one to answer, not one to wait for.
#[test]
fn the_lead_answers_for_its_own_staff_from_the_board_of_the_survey() {
    let app = whole();
    let (world, people) = world(&app);
    let lead = lead(&app);
    let prefecture = people.get("lead", "/me")["grants"][0]["member_id"].as_str().unwrap().to_owned();
    let rounds = world.path("/consortia/{consortium_id}/rounds");
    let round = people.post("lead", &rounds, &acceptance::world::round(&[&prefecture, &world.ids["member_id"]]));
    let surveys = format!("/rounds/{}/surveys", round["id"].as_str().unwrap());
    let survey = people.post("lead", &surveys, &acceptance::world::survey("2026-05-20"));
    let board = format!("/surveys/{}", survey["id"].as_str().unwrap());
    people.act("lead", &format!("{board}/open"));
    let page = lead.get(&board).text;
    let (own, town) = (format!("{board}/answers/{prefecture}"), format!("{board}/answers/{}", world.ids["member_id"]));
    assert!(page.contains(&format!("<a href=\"{own}\">回答する")), "{page}");
    assert!(!page.contains(&town), "a town answers for itself: {page}");
    let answer = [
        ("low_seats", "1"),
        ("base_seats", "2"),
        ("high_seats", "3"),
        ("minimum_seats", "0"),
        ("reason", "県の職員の分（架空）"),
        ("_act", "submit"),
    ];
    assert_eq!(fill(&lead, &own, &answer), own);
    assert!(!lead.get(&board).text.contains("回答する<"), "answered");
}

#[test]
fn a_round_goes_from_its_draft_to_its_end_by_pages_alone() {
    let app = whole();
    let (world, people) = world(&app);
    let lead = lead(&app);
    let round = draft(&lead, &world);

    let edited = [
        ("title", "直した件名（架空）"),
        ("product", "オンライン学習（架空）"),
        ("fiscal_year", "2027"),
        ("contract_mode", "lead_contract"),
        ("census_year", "2020"),
        ("seats_counted_on", "2026-04-01"),
    ];
    assert_eq!(fill(&lead, &format!("{round}/edit"), &edited), round);
    let page = lead.get(&round);
    assert!(page.text.contains("直した件名（架空）"));
    let invite = [("member_id", world.ids["other_member_id"].as_str())];
    assert_eq!(place(&lead.send(&page, &format!("{round}/members"), &invite)), round);
    let out = format!("{round}/members/{}/uninvite", world.ids["other_member_id"]);
    let page = lead.get(&round);
    assert_eq!(place(&lead.send(&page, &out, &[])), round);
    let page = lead.get(&round);
    assert_eq!(place(&lead.send(&page, &format!("{round}/members"), &invite)), round);

    let survey = surveyed(&lead, &people, &world, &round);
    let answer = format!("{survey}/answers/{}", world.ids["member_id"]);
    let review = lead.get(&format!("{answer}/review"));
    assert!(review.text.contains("70席"), "{}", review.text);
    assert!(review.text.contains("単価が下がった場合の席数"), "{}", review.text);
    assert_eq!(
        place(&lead.send(&review, &format!("{answer}/return"), &[("reason", "根拠を書いてください。")])),
        survey
    );
    assert!(lead.get(&format!("{survey}?state=returned")).text.contains("差戻しの理由：根拠を書いてください。"));
    let page = lead.get(&survey);
    assert_eq!(
        place(&lead.send(&page, &format!("{survey}/remind"), &[("member_ids", &world.ids["member_id"])])),
        survey
    );
    assert_eq!(
        place(&lead.send(&lead.get(&survey), &format!("{survey}/extend"), &[("deadline_on", "2026-05-31")])),
        survey
    );
    people.act("contact", &format!("{answer}/submit"));
    let review = lead.get(&format!("{answer}/review"));
    assert_eq!(place(&lead.send(&review, &format!("{answer}/fix"), &[])), survey);
    assert_eq!(fill(&lead, &format!("{survey}/close"), &[]), round);

    assert_eq!(fill(&lead, &format!("{round}/quotes/new"), &QUOTE), format!("{round}/quotes"));
    let compared = lead.get(&format!("{round}/quotes/compare?from=90&to=110&at=98")).text;
    for words in ["<svg class=\"chart lines\"", "98席の代わりに100席を購入すると", "2,970,000円"] {
        assert!(compared.contains(words), "{words} in {compared}");
    }

    let quote = people.all("lead", &format!("{round}/quotes"))[0]["id"].as_str().unwrap().to_owned();
    let lab = format!("{round}/scenarios/new");
    let equal = format!("{lab}?name=x&quote_id={quote}&sharing%2Frule%2Fequal=50&sharing%2Frule%2Fpopulation=0");
    let preview = lead.get(&equal);
    assert!(preview.text.contains("席数割は残りの<strong>50％</strong>"), "{}", preview.text);
    assert!(preview.text.contains("2,970,000<small>円"), "100 seats at 27,000 and 10 percent");
    assert_eq!(people.all("lead", &format!("{round}/scenarios")).len(), 0, "a preview keeps nothing");
    let fields = [
        ("name", "均等半分（架空）"),
        ("quote_id", quote.as_str()),
        ("sharing/rule/equal", "50"),
        ("sharing/rule/population", "0"),
    ];
    let scenario = place(&lead.send(&preview, &lab, &fields));
    assert!(lead.get(&format!("{scenario}?replay=1")).text.contains("1文字も違いません"));
    let fields = [("name", "捨てる案（架空）"), fields[1], fields[2], fields[3]];
    let alone = lead.get(&format!("{round}/scenarios")).text;
    assert!(alone.contains("試算を2つ以上選ぶと") && !alone.contains("<h2>並べて比べる"), "{alone}");
    assert!(alone.contains("<caption>試算の内容") && !alone.contains("試算の比較"), "{alone}");
    let other = place(&lead.send(&lead.get(&equal), &lab, &fields));
    let both = lead.get(&format!("{round}/scenarios")).text;
    assert!(both.contains("捨てる案（架空）") && both.contains("<h2>並べて比べる"), "{both}");
    assert_eq!(fill(&lead, &format!("{other}/delete"), &[]), format!("{round}/scenarios"));
    let done = fill(&lead, &format!("{scenario}/finalise"), &[]);
    let hash = people.get("lead", &scenario)["result_hash"].as_str().unwrap().to_owned();
    assert!(lead.get(&done).text.contains(&hash), "the receipt is the hash");
    let again = lead.get(&format!("{scenario}/finalise"));
    assert_eq!(again.headers["location"], format!("{scenario}/finalised"), "nothing is left to ask");

    let signed = [
        ("number", "R9-001（架空）"),
        ("vendor", "架空ラーニング株式会社"),
        ("starts_on", "2027-04-01"),
        ("ends_on", "2028-03-31"),
        ("signed_on", "2027-04-01"),
    ];
    let new = format!("{round}/contract/new");
    let asked = lead.send(&lead.get(&new), &new, &signed);
    for words in ["R9-001（架空）", "2027年4月1日（令和9年）", "100席", "取り消せません"] {
        assert!(asked.text.contains(words), "{words} in {}", asked.text);
    }
    assert!(
        people
            .all("lead", &world.path("/consortia/{consortium_id}/contracts"))
            .iter()
            .all(|one| one["number"] != signed[0].1)
    );
    let contract = place(&lead.sure(&asked, &new));
    let draft = lead.get(&format!("{contract}/allocation"));
    let lines = [("lines/0/seats", "60"), ("lines/0/reason", "減員のため（架空）"), ("lines/1/seats", "30")];
    let unsaid = [lines[0], ("lines/0/reason", ""), ("lines/1/seats", "30"), ("lines/1/reason", "残る文章（架空）")];
    let refused = lead.send(&draft, &format!("{contract}/allocation"), &unsaid);
    assert!(refused.status == 422 && refused.text.contains("href=\"#f-lines-0-reason\""), "{}", refused.text);
    assert!(refused.text.contains("value=\"60\"") && refused.text.contains("残る文章（架空）"), "{}", refused.text);
    assert!(refused.text.contains("※席数を変えるときは必須"));
    let asked = lead.send(&draft, &format!("{contract}/allocation"), &lines);
    assert_eq!(asked.status, 200, "{}", asked.text);
    assert!(asked.text.contains("2団体に合計90席"), "who is not named gets seats, too: {}", asked.text);
    assert!(asked.text.contains("70席 → 60席") && !asked.text.contains("lines/1/seats"), "{}", asked.text);
    assert!(
        asked.text.contains("負担金は変わりません。契約のときに確定した席数で計算した額（中井町 70席分"),
        "{}",
        asked.text
    );
    let line = [
        ("lines/0/member_id", world.ids["member_id"].as_str()),
        ("lines/0/seats", "60"),
        ("lines/0/reason", "減員のため（架空）"),
    ];
    assert_eq!(place(&lead.send(&asked, &format!("{contract}/allocation/publish"), &line)), contract);
    assert!(lead.get(&contract).text.contains("理由：減員のため（架空）"));

    let more = [
        ("seats", "5"),
        ("ex_tax_yen", "135,000円"),
        ("tax_yen", "13,500"),
        ("reason", "追加発注（架空）"),
        ("effective_on", "2027-06-01"),
    ];
    let new = format!("{contract}/amendments/new");
    let [seats, net, tax, why, day] = more;
    let wrong = [seats, net, ("tax_yen", "5"), why, ("effective_on", "2026-05-01")];
    let refused = lead.send(&lead.get(&new), &new, &wrong);
    assert_eq!(refused.status, 422, "{}", refused.text);
    for words in ["契約の税率をかけた13,500円になります", "利用期間の中の日付", "href=\"#f-effective_on\""]
    {
        assert!(refused.text.contains(words), "{words} in {}", refused.text);
    }
    let unread = lead.send(&lead.get(&new), &new, &[seats, ("ex_tax_yen", "いくらか"), tax, why, day]);
    assert!(unread.text.contains("契約の税率をかけた額にしてください") && !unread.text.contains("0円になります"));
    let odd = [("seats", "5"), ("ex_tax_yen", "△10,000"), ("tax_yen", "△1,000"), why, day];
    let odd = lead.send(&lead.get(&new), &new, &odd);
    assert!(odd.status == 200 && odd.text.contains("席数は増えますが、金額は減ります"), "{}", odd.text);
    let asked = lead.send(&lead.get(&new), &new, &[seats, net, tax, why, day]);
    assert!(!asked.text.contains("金額は減ります"), "{}", asked.text);
    for words in ["100席 → 105席", "2,970,000円 → 3,118,500円", "増減する148,500円は、どの団体の負担金にも入りません"]
    {
        assert!(asked.text.contains(words), "{words} in {}", asked.text);
    }
    assert_eq!(place(&lead.sure(&asked, &new)), contract);
    // Bill and shares differ from now on, and so do allocation and share of the town: the page says why.
    let page = lead.get(&contract).text;
    for words in [
        "契約金額と負担金の合計が違う理由",
        "差は148,500円です",
        ">60席</td>",
        ">70席</td>",
        ">100席</td>",
        ">148,500円</td>",
        "公開した配分の席数です。",
    ] {
        assert!(page.contains(words), "{words} in {page}");
    }
    let account = |town: &str| {
        let accounts = people.get("lead", &format!("{contract}/seat-accounts"));
        let found = accounts.as_array().unwrap().iter().find(|one| one["member_id"] == world.ids[town].as_str());
        found.unwrap().clone()
    };
    let to = account("other_member_id")["id"].as_str().unwrap().to_owned();
    let grant = [("kind", "grant"), ("to_account_id", to.as_str()), ("seats", "3"), ("reason", "増員（架空）")];
    let transfer = format!("{contract}/transfers/new?kind=grant");
    let asked = lead.send(&lead.get(&transfer), &transfer, &grant);
    for words in ["席を受け取る団体", "松田町（残高 30席 → 33席）", "増員（架空）", "負担金は変わりません"]
    {
        assert!(asked.text.contains(words), "{words} in {}", asked.text);
    }
    assert_eq!(account("other_member_id")["balance"], 30, "a question moves nothing");
    assert_eq!(place(&lead.sure(&asked, &transfer)), format!("{contract}/seats"));
    // A correction names the movement that it takes back.
    let ledger = people.all("lead", &format!("{contract}/seat-transfers"));
    let corrects = format!("{contract}/transfers/new?corrects_id={}&seats=3", ledger[0]["id"].as_str().unwrap());
    let page = lead.get(&corrects).text;
    for words in ["訂正する移動", "予備席から松田町へ", "<dd>3席</dd>", "<dd>増員（架空）</dd>"] {
        assert!(page.contains(words), "{words} in {page}");
    }
    assert_eq!(account("other_member_id")["balance"], 33);
    // The town has 33 seats and a line of 30: two more in the line are two more in the balance.
    let allocation = format!("{contract}/allocation");
    let page = lead.get(&allocation);
    assert!(page.text.contains("席の残高は、いま33席です"), "{}", page.text);
    assert!(page.text.contains("配分より3席多いのは、申請や移動によるものです。"), "{}", page.text);
    let more = [("lines/1/seats", "32"), ("lines/1/reason", "増員のため（架空）")];
    let asked = lead.send(&page, &allocation, &more);
    assert!(asked.text.contains("配分 30席 → 32席（席の残高 33席 → 35席）"), "{}", asked.text);
    let line = [
        ("lines/0/member_id", world.ids["other_member_id"].as_str()),
        ("lines/0/seats", "32"),
        ("lines/0/reason", "増員のため（架空）"),
    ];
    assert_eq!(place(&lead.send(&asked, &format!("{allocation}/publish"), &line)), contract);
    assert_eq!(account("other_member_id")["balance"], 35);
    assert!(lead.get(&contract).text.contains("（席の残高は33席から35席になります）"));
    let few =
        lead.send(&lead.get(&allocation), &allocation, &[("lines/1/seats", "2000"), ("lines/1/reason", "多すぎます")]);
    assert!(few.status == 422 && few.text.contains("配分が席数を超えています"), "{}", few.text);
    let lab = lead.get(&format!("{round}/scenarios/new"));
    assert!(lab.text.contains("契約が済んでいるため") && !lab.text.contains("この試算を保存する"), "{}", lab.text);
    let map = lead.get(&format!("{contract}/seats"));
    for words in
        ["増員（架空）", "<svg class=\"chart lines\"", "グラフは横にスクロールできます", ">＋5</td>", ">3</td>"]
    {
        assert!(map.text.contains(words), "{words} in {}", map.text);
    }

    // What was ordered too much is taken back in the same form.
    let less = [("seats", "△１"), ("ex_tax_yen", "▲27,000円"), ("tax_yen", "2,700"), ("reason", "減席（架空）"), day];
    let refused = lead.send(&lead.get(&new), &new, &less);
    assert!(refused.status == 422 && refused.text.contains("△2,700円"), "{}", refused.text);
    let [seats, net, _, why, day] = less;
    let less = [seats, net, ("tax_yen", "△2,700"), why, day];
    let asked = lead.send(&lead.get(&new), &new, &less);
    for words in ["105席 → 104席", "3,118,500円 → 3,088,800円", "増減する△29,700円"] {
        assert!(asked.text.contains(words), "{words} in {}", asked.text);
    }
    assert_eq!(place(&lead.sure(&asked, &new)), contract);
    let page = lead.get(&contract).text;
    for words in ["△1席", "△27,000円", "差は118,800円です", "そのほかの変更契約で増えた分は118,800円です"]
    {
        assert!(page.contains(words), "{words} in {page}");
    }
    let many = [("seats", "△99"), ("ex_tax_yen", "0"), ("tax_yen", "0"), why, day];
    let refused = lead.send(&lead.get(&new), &new, &many);
    assert!(refused.status == 422 && refused.text.contains("減らせるのは予備席にある席だけ"), "{}", refused.text);
    let accounts = people.get("lead", &format!("{contract}/seat-accounts"));
    let reserve = accounts.as_array().unwrap().iter().find(|account| account["member_id"].is_null());
    let free = reserve.unwrap()["free"].clone();
    assert!(refused.text.contains(&format!("現在の空きは{free}席")), "{free} in {}", refused.text);
    assert!(lead.get(&format!("{contract}/seats")).text.contains(">△1</td>"), "seats that left the contract");

    assert_eq!(fill(&lead, &format!("{round}/close"), &[]), round);
    assert!(lead.get(&round).text.contains("終了"));
}

#[test]
fn refused_forms_keep_what_was_typed_and_name_the_row() {
    let app = whole();
    let (world, people) = world(&app);
    let lead = lead(&app);
    let round = draft(&lead, &world);
    let path = format!("{round}/quotes/new");
    let mut fields = QUOTE.to_vec();
    fields.extend([("schedule/tiers/3/up_to", "50"), ("schedule/tiers/3/unit", "1")]);
    let refused = lead.send(&lead.get(&path), &path, &fields);
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("id=\"errors\"") && refused.text.contains("value=\"30,000円\""), "{}", refused.text);

    let survey =
        [("kind", "intent"), ("title", "意向調査"), ("note", "残る案内文（架空）"), ("deadline_on", "2020-01-01")];
    let path = format!("{round}/surveys/new");
    let refused = lead.send(&lead.get(&path), &path, &survey);
    assert_eq!(refused.status, 422);
    assert!(
        refused.text.contains("残る案内文（架空）") && refused.text.contains("締切日は今日以後"),
        "{}",
        refused.text
    );

    let mut parts = QUOTE.to_vec();
    parts[5] = ("schedule/tiers/0/unit", "30,000.5円");
    let quoted = fill(&lead, &format!("{round}/quotes/new"), &parts);
    let quote = people.all("lead", &quoted)[0]["id"].as_str().unwrap().to_owned();
    let kept = &people.get("lead", &format!("/quotes/{quote}"))["schedule"]["tiers"][0]["unit"];
    assert_eq!(kept, "30000.5", "a price may have a part of a yen");
    assert!(lead.get(&format!("/quotes/{quote}")).text.contains("30,000.5円"));
    let compared = lead.get(&format!("{round}/quotes/compare?from=1&to=3&at=2")).text;
    assert!(compared.contains("1席 30,000.5円") && !compared.contains("約30,"), "nothing is rounded: {compared}");
    assert_eq!(compared.matches("text-anchor=\"middle\">2席</text>").count(), 2, "once under each chart: {compared}");
    let one_price = [
        ("vendor", "架空学習株式会社"),
        ("title", "一律単価の見積（架空）"),
        ("valid_until_on", "令和9年3月31日"),
        ("schedule/mode", "per_seat"),
        ("schedule/tiers/0/unit", "28,000円"),
        ("schedule/buy_up", "true"),
        ("tax_rate", "10"),
        ("note", ""),
    ];
    fill(&lead, &format!("{round}/quotes/new"), &one_price);
    let compared = lead.get(&format!("{round}/quotes/compare?from=90&to=110&at=98")).text;
    assert!(!compared.contains("一律単価の見積（架空）」：") && compared.contains("98席の代わりに100席"), "{compared}");
    let button = format!("href=\"{round}/scenarios/new\"");
    let contact = Browser::signed_in(&app, &email("contact"), PASSWORD).get(&format!("{round}/quotes/compare")).text;
    assert!(compared.contains(&button) && contact.contains("最安") && !contact.contains(&button), "{contact}");
    let one_price = people.all("lead", &quoted).into_iter().map(|one| one["id"].as_str().unwrap().to_owned());
    let one_price = one_price.filter(|id| *id != quote).map(|id| lead.get(&format!("/quotes/{id}")).text);
    let one_price: Vec<String> = one_price.filter(|page| page.contains("一律単価の見積（架空）")).collect();
    assert!(matches!(one_price.as_slice(), [page] if !page.contains("多めの購入")), "there is no upper tier");
    let first = lead.get(&format!("{round}/scenarios/new"));
    assert!(!first.text.contains("id=\"errors\""), "nothing was asked for yet: {}", first.text);
    assert!(first.text.contains("試算の結果は表示していません"), "{}", first.text);
    let lab = format!("{round}/scenarios/new?name=x&quote_id={quote}");
    let empty = lead.get(&lab);
    assert_eq!(empty.status, 200, "a live form is swapped only when the answer is good");
    assert!(empty.text.contains("希望席数がありません") || empty.text.contains("id=\"errors\""), "{}", empty.text);
    let over = lead.get(&format!("{lab}&sharing%2Frule%2Fequal=60&sharing%2Frule%2Fpopulation=50"));
    let (summary, form) =
        (over.text.find("href=\"#f-sharing-rule-equal\"").unwrap(), over.text.find("lab-form").unwrap());
    assert!(over.text.contains("合わせて100％以下") && summary < form, "the refusal stands on top: {}", over.text);
}

#[test]
fn a_crossed_edit_shows_both_versions_and_can_be_sent_again() {
    let app = whole();
    let (world, people) = world(&app);
    let lead = lead(&app);
    let round = draft(&lead, &world);
    let quotes = fill(&lead, &format!("{round}/quotes/new"), &QUOTE);
    let quote = people.all("lead", &quotes)[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/quotes/{quote}/edit");
    let mine = lead.get(&path);
    let mut first = QUOTE.to_vec();
    first[1] = ("title", "先に直した見積（架空）");
    assert_eq!(fill(&lead, &path, &first), format!("/quotes/{quote}"));
    let crossed = lead.send(&mine, &path, &QUOTE);
    assert_eq!(crossed.status, 422);
    assert!(crossed.text.contains("<strong>先に直した見積（架空）</strong>"), "{}", crossed.text);
    assert!(!crossed.text.contains("0.10"), "the tax stands in percent on both sides");
    assert_eq!(place(&lead.send(&crossed, &path, &QUOTE)), format!("/quotes/{quote}"));
}

#[test]
fn a_contact_is_led_to_its_own_answer_and_offered_nothing_of_the_lead() {
    let app = whole();
    let (world, _people) = world(&app);
    let contact = Browser::signed_in(&app, &email("contact"), PASSWORD);
    let survey = contact.get(&world.path("/surveys/{survey_id}"));
    let answer = world.path("/surveys/{survey_id}/answers/{member_id}");
    assert_eq!((survey.status, survey.headers["location"].as_str()), (303, answer.as_str()));
    let round = contact.get(&world.path("/rounds/{round_id}")).text;
    for hidden in ["/scenarios/", "/quotes/new", "調達回を終了する"] {
        assert!(!round.contains(hidden), "{hidden} in {round}");
    }
    let contract = contact.get(&world.path("/contracts/{contract_id}")).text;
    assert!(contract.contains("中井町") && !contract.contains("松田町"), "{contract}");
    assert!(contract.contains("/seat-requests/new") && !contract.contains("/amendments/new"));
}
