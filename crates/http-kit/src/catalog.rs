//! The one table from a code to its status and its Japanese words.
//!
//! Both matches are exhaustive: a new code does not compile without a row. A detail says what to
//! do next; places `{name}` are filled with the facts of the refusal. `docs/ERRORS.md` is printed from here.

use app::pricing::compare::grouped;
use app::{Code, FieldCode};

/// What a code means to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// HTTP status.
    pub status: u16,
    /// A few words that name the problem.
    pub title: &'static str,
    /// A sentence that says what to do next.
    pub detail: &'static str,
}

const fn says(status: u16, title: &'static str, detail: &'static str) -> Row {
    Row { status, title, detail }
}

/// The row of a code.
#[must_use]
pub const fn row(code: Code) -> Row {
    match code {
        Code::MalformedJson => says(
            400,
            "JSONの形式の誤り",
            "送信された本文をJSONとして読み取れません。{line}行目{column}文字目の付近を直して、もう一度送信してください。",
        ),
        Code::MalformedRequest => says(
            400,
            "リクエストの形式の誤り",
            "リクエストの{what}を読み取れません。形式を確かめて、もう一度送信してください。",
        ),
        Code::InvalidFields => says(
            422,
            "入力内容の誤り",
            "入力内容に誤りがあります。errors に示した項目を直して、もう一度送信してください。",
        ),
        Code::BodyTooLarge => {
            says(413, "本文が大きすぎます", "送信できる本文は{limit}バイトまでです。内容を分けて送信してください。")
        }
        Code::UnsupportedMediaType => says(
            415,
            "本文の形式が違います",
            "本文はJSONで作成し、Content-Type に application/json を指定してください。ファイルは multipart/form-data の file として送ってください。",
        ),
        Code::NoSuchRoute => says(
            404,
            "URLがありません",
            "指定されたURLはありません。APIの説明書（/api/docs/）でURLを確かめてください。",
        ),
        Code::MethodNotAllowed => {
            says(405, "使えないメソッド", "このURLでは指定されたメソッドを使えません。使えるメソッドは {allow} です。")
        }
        Code::IdempotencyKeyReused => says(
            422,
            "冪等キーの使い回し",
            "同じ Idempotency-Key が別の内容のリクエストで使われています。新しいキーを付けて送信してください。",
        ),
        Code::IdempotencyRace => says(
            409,
            "同じ冪等キーの処理中",
            "同じ Idempotency-Key のリクエストを処理しています。少し待ってから同じ内容で送信してください。",
        ),
        Code::InvalidCursor => says(
            400,
            "ページの続きを読めません",
            "cursor がこの一覧のものではありません。一覧の先頭から読み直してください。",
        ),
        Code::UnknownSort => says(
            400,
            "並べ替えの指定を読めません",
            "sort がこの一覧の並べ替えの項目ではありません。使えるのは {keys} で、降順は先頭に - を付けます。",
        ),
        Code::Unauthenticated => {
            says(401, "認証が必要です", "有効な認証情報がありません。サインインし直してから、もう一度お試しください。")
        }
        Code::ForeignForm => says(
            403,
            "この画面からの送信ではありません",
            "別の画面から送信されたか、画面を開いてから時間がたっています。画面を開き直して、もう一度送信してください。",
        ),
        Code::Forbidden => says(
            403,
            "権限がありません",
            "この操作を行う権限がありません。必要な場合は、代表団体または所属団体の担当者にご相談ください。",
        ),
        Code::InsufficientScope => says(
            403,
            "トークンの権限の不足",
            "このトークンは閲覧専用です。書き込みには、書き込みを許可したトークンを使ってください。",
        ),
        Code::NotFound => {
            says(404, "見つかりません", "対象が見つかりません。IDを確かめるか、一覧から選び直してください。")
        }
        Code::TooManyRequests => says(
            429,
            "リクエストが多すぎます",
            "短い時間にリクエストが集中しました。{seconds}秒待ってから、もう一度お試しください。",
        ),
        Code::Stale => says(
            412,
            "他の人が先に更新しました",
            "表示した後に他の人が更新しました。最新の内容を読み込み、変更を確かめてから、もう一度送信してください。",
        ),
        Code::PreconditionRequired => says(
            428,
            "版の指定が必要です",
            "更新には If-Match が必要です。最新の内容を読み込み、その ETag を If-Match に指定してください。",
        ),
        Code::Busy => says(
            503,
            "混み合っています",
            "ただいま混み合っています。何も変更されていません。{seconds}秒ほど待ってから、もう一度お試しください。",
        ),
        Code::Unavailable => says(
            503,
            "一時的に利用できません",
            "データベースを利用できません。{seconds}秒ほど待ってから、もう一度お試しください。続く場合は、問合せ番号を添えて管理者に連絡してください。",
        ),
        Code::Internal => says(
            500,
            "サービスの不具合",
            "サービスの不具合により処理できませんでした。問合せ番号を添えて管理者に連絡してください。",
        ),
        // accounts
        Code::SignInFailed => says(
            401,
            "サインインできません",
            "メールアドレスまたはパスワードが違います。確かめて、もう一度入力してください。忘れたときは、パスワードの再設定を行ってください。",
        ),
        Code::SecondFactorRequired => says(
            401,
            "確認コードが必要です",
            "このアカウントは2段階認証を使っています。認証アプリの6桁の確認コードか、回復コードを添えて、もう一度サインインしてください。5分以内なら、facts の ticket と確認コードを POST /api/v1/sessions/finish に送れば済みます。",
        ),
        Code::SecondFactorEnrolmentRequired => says(
            403,
            "2段階認証の登録が必要です",
            "この役割では、2段階認証を登録するまで、ほかの操作はできません。サインインしたセッションで POST /api/v1/me/second-factor を呼び、認証アプリに登録して、表示された確認コードを POST /api/v1/me/second-factor/confirm に送ってください。画面ではサインインすると登録に進みます。",
        ),
        Code::SecondFactorFailed => says(
            401,
            "確認コードが違います",
            "確認コードが違うか、すでに使われています。認証アプリに次の番号が表示されてから、もう一度入力してください。",
        ),
        Code::SecondStepExpired => says(
            401,
            "サインインをやり直してください",
            "確認コードの入力時間が過ぎました。もう一度、パスワードから入力してください。",
        ),
        Code::StepUpRequired => says(
            403,
            "本人確認が必要です",
            "この操作の前に、パスワードまたは確認コードをもう一度入力してください。確認は5分間有効です。",
        ),
        Code::SecondFactorState => says(
            409,
            "2段階認証の状態が違います",
            "2段階認証の設定が、この操作のできる状態ではありません。マイアカウントで状態を確かめてください。",
        ),
        Code::AttachmentWaiting => says(
            409,
            "ウイルス検査を待っています",
            "このファイルは、ウイルス検査が済むまでダウンロードできません。しばらく待ってから、もう一度お試しください。長く続くときは、問合せ先に連絡してください。",
        ),
        Code::AttachmentInfected => says(
            409,
            "ウイルスが見つかったファイルです",
            "このファイルからウイルスが見つかったため、中身を取り除きました。ダウンロードはできません。必要なときは、添付した方に、安全なファイルの再添付を依頼してください。",
        ),
        Code::ScannerUnavailable => says(
            503,
            "ウイルス検査ができません",
            "ウイルス検査の装置から応答がないため、ファイルを受け付けていません。何も変更されていません。しばらく待ってから、もう一度送信してください。",
        ),
        Code::SessionRequired => says(
            403,
            "サインインが必要な操作",
            "この操作は個人用アクセストークンではできません。サインインして得たアクセストークンで、もう一度お試しください。",
        ),
        Code::LinkUnusable => says(
            409,
            "使えないリンク",
            "このリンクは、既に使われたか、期限が切れています。新しいリンクの発行を依頼してください。",
        ),
        Code::AccountState => says(
            409,
            "利用者の状態が違います",
            "利用者の現在の状態では、この操作を行えません。最新の状態を確かめて、もう一度お試しください。",
        ),
        Code::LastLead => says(
            409,
            "最後の県の担当者です",
            "この共同調達の県の担当者が一人もいなくなります。先に別の県の担当者を招待し、その人がパスワードを設定してから、もう一度行ってください。",
        ),
        Code::LastAdministrator => says(
            409,
            "最後の管理者です",
            "サービス管理者が一人もいなくなります。先に、ほかのサービス管理者を登録してください。",
        ),
        Code::TooManyPersonalTokens => says(
            409,
            "トークンが多すぎます",
            "個人用アクセストークンは一人{max}個までです。使っていないトークンを取り消してから、もう一度お試しください。",
        ),
        Code::SigningKeyState => {
            says(409, "署名鍵の状態が違います", "この署名鍵は既に失効しています。署名鍵の一覧を確かめてください。")
        }
        Code::MemberExists => says(
            409,
            "参加済みの団体",
            "団体コード {code} の団体は既に参加しています。参加団体の一覧を確かめてください。",
        ),
        Code::LeadExists => {
            says(409, "代表団体は既にあります", "代表団体は一つだけです。現在の代表団体を確かめてください。")
        }
        // rounds
        Code::RoundStage => says(
            409,
            "調達回の段階が違います",
            "調達回が「{stage}」のため、{act}はできません。調達回の段階を確かめて、先に必要な手続きを行ってください。",
        ),
        Code::RoundMemberInvited => {
            says(409, "参加済みの団体", "この団体は既に調達回に参加しています。参加団体の一覧を確かめてください。")
        }
        Code::RoundWithoutMembers => says(
            409,
            "参加団体がありません",
            "調達回に参加団体がありません。参加団体を加えてから、調査を開始してください。",
        ),
        // demand
        Code::SurveyState => says(
            409,
            "調査の状態が違います",
            "調査が「{state}」のため、この操作を行えません。調査の状態を確かめてください。",
        ),
        Code::SurveyNotOpen => says(
            409,
            "回答を受け付けていません",
            "この調査は回答を受け付けていません。受付期間を確かめるか、代表団体にご相談ください。",
        ),
        Code::SurveyDeadlinePassed => says(
            409,
            "締切日を過ぎています",
            "調査の締切日を過ぎているため、受け付けられません。代表団体に締切日の延長をご相談ください。",
        ),
        Code::AnswerState => says(
            409,
            "回答の状態が違います",
            "回答が「{state}」のため、この操作を行えません。回答の状態を確かめてください。",
        ),
        Code::NobodyToRemind => says(
            409,
            "督促する団体がありません",
            "督促する団体が選ばれていないか、選んだ団体はすべて回答しています。未回答の団体を選んで、もう一度送信してください。",
        ),
        // scenarios
        Code::NoDemand => says(
            409,
            "席の希望がありません",
            "提出または確定された回答に席の希望がないか、予算上限額で賄える席がありません。回答を確かめるか、席数を指定してください。",
        ),
        Code::GuaranteesExceedSupply => says(
            409,
            "最低保証が席数を超えています",
            "最低保証の合計{guaranteed}席が、購入する{supply}席を超えています（{who}）。席数を増やすか、最低保証を減らしてください。",
        ),
        Code::RoundAlreadyFinalised => {
            says(409, "試算は確定済みです", "この調達回の試算は既に確定しています。確定した試算を確かめてください。")
        }
        Code::QuoteExpired => says(
            409,
            "見積の有効期限を過ぎています",
            "{vendor}の見積の有効期限（{valid_until_on}）を過ぎているため、試算を確定できません。事業者に有効期限の延長を確かめて見積を更新するか、新しい見積で試算してください。",
        ),
        Code::ImportGone => says(
            404,
            "この確認画面は使えなくなりました",
            "取込みの確認画面は、確定したあと、別のファイルを送信したあと、または送信から24時間を過ぎたあとは開けません。確定していなければ、何も取り込まれていません。一覧で結果を確かめ、必要なときはファイルをもう一度送信してください。",
        ),
        Code::ImportMoved => says(
            409,
            "確認した内容から変わっています",
            "確認画面を開いた後に、取り込み先の内容が変更されました。現在の確認結果を見直してから、もう一度確定してください。",
        ),
        Code::NotInCodePage => says(
            422,
            "Shift_JIS（CP932）では表せない文字があります",
            "{row}行目の「{column}」にある文字「{character}」は、Shift_JIS（CP932）では表せません。UTF-8のCSVまたはExcelファイルを選んでください。",
        ),
        Code::ImportRefused => says(
            422,
            "このファイルは取り込めません",
            "エラーのある行を直すか、変更のある行を含むファイルをアップロードし直してください。",
        ),
        Code::ScenarioFrozen => says(
            409,
            "確定した試算です",
            "確定した試算は変更も削除もできません。新しい試算が必要な場合は、新しい調達回を作成してください。",
        ),
        // contracts
        Code::ContractExists => says(
            409,
            "契約は登録済みです",
            "この調達回の契約は既に登録されています。内容の変更は、変更契約として登録してください。",
        ),
        Code::AllocationExceedsSeats => says(
            409,
            "配分が席数を超えています",
            "入力した配分は合計{entered}席ですが、配分できるのは合計{available}席までです。配分を減らすか、追加発注を登録してください。",
        ),
        Code::SeatsInUse => says(
            409,
            "空いている席が足りません",
            "{town}から減らせる空きは{free}席です（{seats}席が必要です）。利用中または案内中の席は減らせません。先に席の返却を受けるか、席数を見直してください。",
        ),
        // board
        Code::PostStepNotOpen => says(
            409,
            "いまの状態ではできません",
            "この投稿はいま「{state}」のため、この操作はできません。投稿を読み込み直して、状態を確かめてください。",
        ),
        Code::PostNotPublished => says(
            409,
            "公開中の投稿ではありません",
            "公開中の投稿でだけ行えます。公開されてから、もう一度お試しください。",
        ),
        Code::OwnPostReview => says(
            409,
            "自分の投稿は確認できません",
            "公開前の確認は、投稿した方とは別の方が行います。所属団体のほかの担当者または代表団体に依頼してください。",
        ),
        Code::PostNotAQuestion => says(
            409,
            "解決の対象ではありません",
            "解決済みにできるのは「悩み」と「相談」の投稿です。投稿の種類を確かめてください。",
        ),
        Code::PostAlreadyResolved => says(
            409,
            "解決済みです",
            "この投稿は既に解決済みです。続きを尋ねるときは、先に解決済みを取り消してください。",
        ),
        Code::PostNotResolved => says(
            409,
            "解決済みではありません",
            "この投稿はまだ解決済みになっていません。投稿を読み込み直して確かめてください。",
        ),
        Code::CommentHidden => says(
            409,
            "非表示のコメント",
            "このコメントは既に非表示になっています。必要な場合は、新しいコメントを投稿してください。",
        ),
        Code::ReplicationExists => says(
            409,
            "記録済みです",
            "貴団体の「うちでも試した」は既に記録されています。続きはコメントでお知らせください。",
        ),
        Code::OwnTownReplication => says(
            409,
            "自団体の投稿です",
            "「うちでも試した」は、ほかの団体の投稿に記録します。自団体の結果は、投稿の編集またはコメントで加えてください。",
        ),
        Code::OwnPostHelpful => {
            says(409, "自分の投稿です", "「役に立った」は、ほかの人の投稿に付けます。自分の投稿には付けられません。")
        }
        // notify
        Code::MailNotParked => says(
            409,
            "再送の対象ではありません",
            "再送できるのは、送信を中止したメール（parked）だけです。送信記録で状態を確かめてください。",
        ),
        Code::MailErased => says(
            409,
            "本文を消去済みです",
            "一回限りのリンクを含むメールは、送信を中止したときに本文を消去するため、再送できません。宛先を確かめてから、招待・パスワードの再設定・上長への確認依頼をもう一度行ってください。",
        ),
        Code::AlreadySeated => says(
            409,
            "既に席があります",
            "この人はこの契約の席を既に利用しています。割り当ての一覧を確かめてください。",
        ),
        Code::SeatsSoldOut => says(
            409,
            "空席がありません",
            "割り当てられる空席がありません。席が返却されるのを待つか、追加配分を申請してください。",
        ),
        Code::OthersWaitBefore => says(
            409,
            "先に待っている人がいます",
            "空席は{free}席ありますが、{waiting}人が先に順番を待っています。次は{next}さんです。順番待ちの一覧から、順番の早い人に割り当ててください。",
        ),
        Code::SeatOffered => says(
            409,
            "席を案内中です",
            "この人には席を案内していて、本人の返事を待っています。本人が「私の席」で受けると利用できます。案内の期限は、順番待ちの一覧で確かめてください。",
        ),
        Code::ContractClosed => says(
            409,
            "終了した契約",
            "この契約は終了しているため、席を動かせません。新しい年度の契約を確かめてください。",
        ),
        Code::AssignmentReleased => {
            says(409, "返却済みの席", "この席は既に返却されています。割り当ての一覧を読み直してください。")
        }
        Code::OfferExpired => says(
            409,
            "ご案内の期限切れ",
            "空席のご案内の期限が過ぎました。席は次の人へ案内されます。希望するときは、もう一度申し込んでください。",
        ),
        Code::OfferAnswered => {
            says(409, "回答済みのご案内", "このご案内には既に回答しています。自分の席の一覧を確かめてください。")
        }
        Code::NotWaiting => says(
            409,
            "順番待ちではありません",
            "この順番待ちは既に終わっています。順番待ちの一覧を読み直してください。",
        ),
        Code::TransferNotCorrectable => says(
            409,
            "訂正できない移動",
            "この移動は訂正できないか、指定した席数を戻せません。台帳で、移動の種類と訂正済みの席数を確かめてください。",
        ),
        Code::ReserveTooSmall => says(
            409,
            "予備席の不足",
            "予備席の残りは{free}席で、{seats}席を配分できません。席数を減らすか、遊休席の移動または追加発注を選んでください。",
        ),
        Code::RequestState => says(
            409,
            "申請の状態が違います",
            "この申請は「{state}」のため、この操作はできません。申請の一覧を読み直してください。",
        ),
        // entries
        Code::EntryCallState => says(
            409,
            "募集の状態が違います",
            "この募集は「{state}」のため、この操作はできません。募集を読み直してください。",
        ),
        Code::EntryCallDeadlinePassed => says(
            409,
            "申込締切後です",
            "この募集の締切日（{closes_on}）は過ぎています。次の募集を待つか、担当者に相談してください。",
        ),
        Code::CapacityExceedsBalance => says(
            409,
            "定員が席数を超えています",
            "定員{capacity}人に対し、この団体の席は{balance}席です。定員を減らすか、追加配分を申請してください。",
        ),
        Code::AlreadyApplied => says(
            409,
            "既に申し込んでいます",
            "この募集には既に申し込んでいます。内容を変えるときは、自分の申込みを修正してください。",
        ),
        Code::ApplicationState => says(
            409,
            "申込みの状態が違います",
            "この申込みは「{state}」のため、この操作はできません。申込みを読み直してください。",
        ),
        Code::AlreadyAcknowledged => says(
            409,
            "上長の確認が済んでいます",
            "この申込みは上長が既に確認しています。リンクを送り直す必要はありません。",
        ),
        Code::AcknowledgementLinkUsed => says(
            409,
            "使用済みのリンク",
            "このリンクは既に使われたか、新しいリンクに置き換えられています。新しいメールがないときは、申込者または担当者に確かめてください。",
        ),
        Code::AcknowledgementLinkExpired => says(
            409,
            "期限切れのリンク",
            "このリンクの有効期限が過ぎています。担当者に、リンクの再送を依頼してください。",
        ),
        Code::SelectionOverCapacity => says(
            409,
            "定員を超えています",
            "受講決定が{selected}人で、定員{capacity}人を超えています。補欠または見送りに変えてください。",
        ),
        Code::SelectionIncomplete => says(
            409,
            "選考が済んでいない申込みがあります",
            "結果を決めていない申込みが{missing}件あります。すべての申込みの結果を決めてください。",
        ),
        Code::ApplicantSeated => says(
            409,
            "既に席がある人です",
            "{people}は、この契約の席を既に利用しています。結果を「見送り」にしてください。",
        ),
        Code::SelectionOutOfOrder => says(
            409,
            "順番を飛び越しています",
            "先着順・抽選の募集では、補欠より後の順番の申込み（{application}）を受講決定にできません。順番を直してください。",
        ),
        Code::LotteryNotDrawn => {
            says(409, "抽選が済んでいません", "この募集は抽選で選考します。先に抽選を行ってください。")
        }
        Code::LotteryDrawn => says(
            409,
            "抽選は済んでいます",
            "この募集の抽選は既に行われ、やり直せません。抽選の記録を確かめてください。",
        ),
        Code::NotALottery => says(
            409,
            "抽選の募集ではありません",
            "この募集は抽選で選考しません。選考案を確かめて、結果を決めてください。",
        ),
    }
}

/// Fills the places `{name}` of a sentence.
#[must_use]
pub fn fill(sentence: &str, facts: &[(&'static str, String)]) -> String {
    facts.iter().fold(sentence.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

/// The stable word and the Japanese sentence of a refused field.
#[must_use]
pub fn field(code: &FieldCode) -> (&'static str, String) {
    match code {
        FieldCode::Required => ("required", "必ず入力してください。".to_owned()),
        FieldCode::TooLong { max } => ("too_long", format!("{max}文字以内で入力してください。")),
        FieldCode::OutOfRange { min, max } => ("out_of_range", format!("{min}以上{max}以下の数値を入力してください。")),
        FieldCode::Format { expected } => ("format", format!("{expected}の形式で入力してください。")),
        FieldCode::CheckDigit { expected } => (
            "check_digit",
            format!("検査数字が合いません。末尾は{expected}になるはずです。団体コードを確かめてください。"),
        ),
        FieldCode::Control => {
            ("control_character", "使えない制御文字が含まれています。取り除いてください。".to_owned())
        }
        FieldCode::Unknown => {
            ("unknown_field", "この項目は受け付けていません。項目名を確かめるか、取り除いてください。".to_owned())
        }
        FieldCode::WrongType { expected } => ("wrong_type", format!("{expected}で入力してください。")),
        FieldCode::Duplicate => ("duplicate", "同じものが重複しています。一つにしてください。".to_owned()),
        FieldCode::NoSuchThing => {
            ("no_such_thing", "指定されたものがありません。一覧から選び直してください。".to_owned())
        }
        FieldCode::Order { rule } => ("order", (*rule).to_owned()),
        FieldCode::Amount { rule, yen } => ("amount", format!("{rule}{}円になります。", grouped(*yen))),
        FieldCode::Reserve { free } => (
            "reserve",
            format!(
                "減らせるのは予備席にある席だけです（現在の空きは{}席）。先に、団体の配分を減らすか、席の地図から予備席へ戻してください。",
                grouped(*free)
            ),
        ),
        FieldCode::TooMany { max } => ("too_many", format!("{max}件以内にしてください。")),
        FieldCode::Choice { allowed } => ("choice", format!("{} のいずれかを指定してください。", allowed.join("、"))),
        FieldCode::Refused { sentence } => ("refused", (*sentence).to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write as _;

    fn document() -> String {
        let mut text = String::from(
            "# Errors\n\n\
             Every refusal is an `application/problem+json` object (RFC 9457). `code` is stable: programs may depend\n\
             on it; the words are for people and may improve. Printed from `crates/http-kit/src/catalog.rs` by a test\n\
             (`UPDATE_DOCS=1 cargo test -p http-kit` rewrites it).\n\n\
             | code | status | title | detail |\n|---|---|---|---|\n",
        );
        for code in Code::ALL {
            let row = row(*code);
            let _ = writeln!(text, "| `{}` | {} | {} | {} |", code.as_str(), row.status, row.title, row.detail);
        }
        text.push_str("\n## Codes of fields\n\n`errors[].code` of `invalid_fields`; `pointer` is an RFC 6901 pointer into the body, or the name of a query parameter.\n\n| code | example |\n|---|---|\n");
        for code in [
            FieldCode::Required,
            FieldCode::TooLong { max: 100 },
            FieldCode::OutOfRange { min: 0, max: 100 },
            FieldCode::Format { expected: "メールアドレス" },
            FieldCode::CheckDigit { expected: 7 },
            FieldCode::Control,
            FieldCode::Unknown,
            FieldCode::WrongType { expected: "整数" },
            FieldCode::Duplicate,
            FieldCode::NoSuchThing,
            FieldCode::Order { rule: "終了日は開始日以後の日付にしてください。" },
            FieldCode::Amount { rule: "消費税は、税抜の金額に契約の税率をかけた", yen: 12_000 },
            FieldCode::Reserve { free: 10 },
            FieldCode::TooMany { max: 1000 },
            FieldCode::Choice { allowed: &["full", "associate"] },
            FieldCode::Refused { sentence: "数値は引用符を付けずに半角で入力してください。" },
        ] {
            let (word, sentence) = field(&code);
            let _ = writeln!(text, "| `{word}` | {sentence} |");
        }
        text
    }

    #[test]
    fn the_page_of_errors_is_the_table() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/ERRORS.md");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::create_dir_all(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs")).unwrap();
            std::fs::write(path, document()).unwrap();
        }
        let committed = std::fs::read_to_string(path).unwrap();
        assert!(committed == document(), "docs/ERRORS.md is out of date: UPDATE_DOCS=1 cargo test -p http-kit");
    }

    #[test]
    fn words_are_unique_and_sentences_say_what_to_do() {
        let mut words: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Code::ALL.len());
        for code in Code::ALL {
            let row = row(*code);
            assert!((400..600).contains(&row.status), "{code:?}");
            assert!(row.detail.ends_with('。') && !row.title.is_empty(), "{code:?}");
        }
    }

    #[test]
    fn facts_fill_their_places() {
        assert_eq!(fill("{a}行目{b}", &[("a", "3".into()), ("b", "x".into())]), "3行目x");
    }
}
