//! Variants of characters (異体字) with which Japanese names are written: 髙橋 and 高橋 may be one family. Whoever looks for
//! somebody seldom knows which the register has, and often cannot type it.
//!
//! A line is one character in all its forms; the first stands for the others in the keys of names, and nowhere else. Forms
//! that NFKC joins already (神 and its compatibility form) are left out. 斎 and 斉 are two characters, but people mix them up.

use std::collections::BTreeMap;
use std::sync::LazyLock;

const FORMS: &str = "
亀龜 亜亞 与與 両兩 並竝 乗乘 予豫 争爭 亘亙 京亰 仏佛 会會 仮假 伝傳 価價 侠俠 倹儉 倶俱 偽僞 児兒 兎兔 円圓 写寫 処處 凛凜
剣劍劔劒 勅敕 勧勸 勲勳 区區 医醫 単單 卯夘 即卽 厳嚴 参參 双雙 収收 叙敍敘 台臺 吉𠮷 呉吳 喜㐂 営營 囲圍 図圖 国國圀 団團
園薗 堯尭 塁壘 塩鹽 増增 壮壯 声聲 売賣 壷壺 変變 奥奧 奨奬獎 姉姊 姫姬 嬢孃 学學 宝寶寳 実實 宮宫 寛寬 寿壽 専專 将將 対對
尚尙 届屆 属屬 岳嶽 峡峽 峰峯 島嶋嶌嶹㠀 崎﨑嵜碕㟢 巌巖 巣巢 帯帶 帰歸 庁廳 広廣 弥彌 強强 弾彈 当當 彦彥 径徑 徳德 従從
徴徵 応應 恋戀 恒恆 恵惠 悦悅 慎愼 懐懷 戦戰 戯戲 戸戶 払拂 抜拔 択擇 拝拜 拠據 拡擴 挙擧 挿插 揺搖 摂攝 数數 斉齊斎齋 断斷
旧舊 昂昻 昼晝 晋晉 暁曉 曽曾 朗朖 条條 来來 杯盃 松枩枀 枢樞 枡桝 柏栢 柳栁桺 栃杤 栄榮 桑桒 桜櫻 桟棧 桧檜 梅楳 検檢 楼樓
楽樂 概槪 槙槇 様樣 権權 横橫 橋槗𣘺 歓歡 歩步 歯齒 歳歲 毎每 気氣 沖冲 沢澤 浄淨 浅淺 浜濱濵 渉涉 涼凉 淵渕渊 清淸 済濟
渋澁澀 渓溪谿 温溫 満滿 滝瀧 潜潛 瀬瀨 湾灣 灯燈 炉爐 点點 為爲 焔焰 焼燒 煙烟 熙煕熈 犠犧 状狀 独獨 狭狹 猟獵 猪豬 珍珎
瑶瑤 瓶甁 産產 画畫 畳疊 発發 皐皋臯 県縣 真眞 研硏 砺礪 礼禮 祢禰 禄祿 禅禪 秋穐龝 秘祕 称稱 稲稻 穂穗 穣穰 竃竈 窓窗 竜龍
節莭 篭籠 粋粹 糸絲 経經 絵繪 継繼 続續 総總 緑綠 縁緣 縄繩 縦縱 繊纖 聡聰 聴聽 胆膽 舎舍 舗舖 館舘 艶艷 芦蘆 芸藝 茎莖 荘莊
莱萊 萌萠 万萬 蔵藏 蓑簑 薫薰 薬藥 藪薮籔 虎乕 虫蟲 蛍螢 蛎蠣 蝋蠟 衛衞 装裝 裏裡 覚覺 覧覽 観觀 訳譯 詠咏 誉譽 読讀 諌諫 謡謠
譲讓 讃讚 豊豐 賛贊 軽輕 転轉 辞辭 辺邊邉 達逹 迩邇 逓遞 遅遲 遥遙 郎郞 隣鄰 醸釀 釈釋 野埜 鉄鐵鐡銕 鉱鑛 鋭銳 銭錢 録錄
錬鍊 鎌鐮 鎮鎭 関關 随隨 隠隱 雑雜 霊靈 青靑 静靜 頼賴 顔顏 顕顯 駅驛 駆驅 験驗 高髙 髪髮 鯵鰺 鴎鷗 鴬鶯 鶏鷄雞 鶴靏靍 麦麥
麹麴 黄黃 黒黑 黙默 冨富 船舩 村邨 郷鄕鄉 土圡 昇曻 宜冝 緒緖 けゖ かゕ
";

/// Each other form with the one that stands for it.
static PLAIN: LazyLock<BTreeMap<char, char>> = LazyLock::new(|| {
    let mut plain = BTreeMap::new();
    for forms in FORMS.split_whitespace() {
        let mut forms = forms.chars();
        if let Some(first) = forms.next() {
            plain.extend(forms.map(|other| (other, first)));
        }
    }
    plain
});

/// The form that stands for a character; itself when it has no other.
pub(super) fn plain(c: char) -> char {
    PLAIN.get(&c).copied().unwrap_or(c)
}

/// Whether a character only chooses the shape of the one before it (IVS, 異体字セレクタ).
pub(super) const fn chooses_shape(c: char) -> bool {
    matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use unicode_normalization::UnicodeNormalization as _;

    #[test]
    fn every_character_stands_in_one_line_and_is_one_of_its_own() {
        let mut seen = BTreeSet::new();
        for forms in FORMS.split_whitespace() {
            assert!(forms.chars().count() > 1, "{forms} has no other form");
            for c in forms.chars() {
                assert!(seen.insert(c), "{c} stands twice");
                assert!(c.nfkc().eq([c]), "{c} is joined by NFKC already");
            }
        }
        assert!(seen.len() > 500, "{}", seen.len());
    }
}
