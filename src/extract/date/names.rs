//! Months, weekdays, units and labels in the languages of the field, folded: lower case, no diacritics.

use super::relative::Unit;
use super::token::Tokens;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

static MONTH_NUMBERS: LazyLock<HashMap<&str, u32>> = LazyLock::new(|| {
    let rows = (1..).zip(MONTHS);
    rows.flat_map(|(number, names)| names.split(' ').map(move |name| (name, number))).collect()
});
static DAY_NAMES: LazyLock<HashSet<&str>> = LazyLock::new(|| DAYS.split(' ').collect());
static FILLER_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| FILLERS.split(' ').collect());

/// One row a month: the names and abbreviations that papers print.
const MONTHS: [&str; 12] = [
    "january jan januar janner jaenner januari janvier janv enero ene gennaio gen janeiro stycznia styczen sty ledna \
     leden led januara ocak oca tammikuuta tammikuu tammi января январь янв січня січень січ ianuarie ian sijecnja \
     ιανουαριου ιαν jaanuar januaris sausio януари জানুয়ারি জানুয়ারী जनवरी يناير جانفي",
    "february feb februar feber februari fevrier fevr fev febrero febbraio fevereiro lutego luty lut unora unor uno \
     februara subat sub helmikuuta helmikuu helmi февраля февраль фев февр лютого лютии лют februarie veljace \
     φεβρουαριου φεβ veebruar vasario февруари ফেব্রুয়ারি ফেব্রুয়ারী फरवरी فبراير فيفري شباط febr pebruari",
    "march mar marz maerz mrz maart mrt mars marzo marco marca marzec brezna brezen bre mart maaliskuuta maaliskuu \
     maalis марта март мар березня березень бер martie ozujka μαρτιου μαρ marts marec marcius kovo মার্চ मार्च مارس آذار \
     maret",
    "april apr avril avr abril abr aprile kwietnia kwiecien kwi dubna duben dub aprila nisan nis huhtikuuta huhtikuu \
     huhti апреля апрель апр квітня квітень квіт кві aprilie travnja απριλιου απρ aprill aprilis balandzio април \
     এপ্রিল अप्रैल أبريل ابريل إبريل أفريل نيسان",
    "may mai mei maj mayo maggio mag maio maja kvetna kveten kve mayis toukokuuta toukokuu touko мая маи травня \
     травень трав тра svibnja μαιου μαι majs maijs majus geguzes মে मई مايو ماي أيار",
    "june jun juni juin junio giugno giu junho czerwca czerwiec cze cervna cerven cvn juna haziran haz kesakuuta \
     kesakuu kesa июня июнь июн червня червень черв чер iunie iun lipnja ιουνιου ιουν juuni junijs birzelio юни জুন \
     जून يونيو جوان حزيران junius",
    "july jul juli juillet juil julio luglio lug julho lipca lipiec lip cervence cervenec cvc jula temmuz tem \
     heinakuuta heinakuu heina июля июль июл липня липень лип iulie iul srpnja ιουλιου ιουλ juuli julijs liepos юли \
     জুলাই जुलाई يوليو يوليوز جويلية تموز julius",
    "august aug aout agosto ago sierpnia sierpien sie srpna srpen srp augusta augustus agustus agu agt agustos \
     elokuuta elokuu elo августа август авг серпня серпень серп сер kolovoza αυγουστου αυγ augusti augusts rugpjucio \
     আগস্ট अगस्त أغسطس غشت أوت آب ag augusztus",
    "september sep sept septembre septiembre setiembre set settembre sett setembro wrzesnia wrzesien wrz zari zar \
     septembra eylul eyl syyskuuta syyskuu syys сентября сентябрь сен сент вересня вересень вер septembrie rujna \
     σεπτεμβριου σεπ septembris rugsejo септември সেপ্টেম্বর सितंबर سبتمبر شتنبر أيلول szeptember szept",
    "october oct oktober okt octobre octubre ottobre ott outubro out pazdziernika pazdziernik paz rijna rijen rij \
     oktobra ekim eki lokakuuta lokakuu loka октября октябрь окт жовтня жовтень жовт жов octombrie οκτωβριου οκτ \
     oktoober oktobris spalio октомври অক্টোবর अक्टूबर أكتوبر",
    "november nov novembre noviembre novembro listopada listopadu listopad lis novembra kasim kas marraskuuta \
     marraskuu marras ноября ноябрь ноя нояб листопада листопад лист лис noiembrie studenoga νοεμβριου νοε novembris \
     lapkricio ноември নভেম্বর नवंबर نوفمبر نونبر nopember",
    "december dec dezember dez des decembre diciembre dic dicembre dezembro desember grudnia grudzien gru prosince \
     prosinec decembra aralik ara joulukuuta joulukuu joulu декабря декабрь дек грудня грудень груд гру decembrie \
     prosinca δεκεμβριου δεκ detsember decembris gruodzio декември ডিসেম্বর दिसंबर ديسمبر دجنبر",
];

/// The Vietnamese months by their number's name.
const VIETNAMESE: [&str; 10] = ["mot", "hai", "ba", "tu", "nam", "sau", "bay", "tam", "chin", "muoi"];

/// A month's name at a token, its abbreviating dot included, and the place after it.
pub(super) fn month(tokens: &Tokens, at: usize) -> Option<(u32, usize)> {
    let word = tokens.word(at)?;
    if word == "thang" || word == "thg" || word == "th" {
        return vietnamese_month(tokens, at + 1);
    }
    let number = *MONTH_NUMBERS.get(word)?;
    let next = if tokens.is_punctuation(at + 1, '.') { at + 2 } else { at + 1 };
    Some((number, next))
}

fn vietnamese_month(tokens: &Tokens, at: usize) -> Option<(u32, usize)> {
    if let Some(number) = tokens.number(at, 1..=2).filter(|number| (1..=12).contains(number)) {
        return Some((number, at + 1));
    }
    let word = tokens.word(at)?;
    let ten = word == "muoi";
    match tokens.word(at + 1) {
        Some("mot") if ten => return Some((11, at + 2)),
        Some("hai") if ten => return Some((12, at + 2)),
        _ => {}
    }
    let number = match word {
        "gieng" => 1,
        "chap" => 12,
        _ => u32::try_from(VIETNAMESE.iter().position(|name| *name == word)?).ok()? + 1,
    };
    Some((number, at + 1))
}

/// What may stand between day, month and year.
pub(super) fn is_joint(word: &str) -> bool {
    const JOINTS: &[&str] = &[
        "de", "del", "of", "st", "nd", "rd", "th", "er", "nam", "d", "m", "g", "i", "a", "e", "o", "r", "р", "г",
        "року", "года", "den", "ngay", "the",
    ];
    JOINTS.contains(&word)
}

/// The place after a day of the week.
pub(super) fn weekday(tokens: &Tokens, at: usize) -> Option<usize> {
    let word = tokens.word(at)?;
    match (word, tokens.word(at + 1)) {
        ("thu", Some("hai" | "ba" | "tu" | "nam" | "sau" | "bay")) | ("chu", Some("nhat")) => return Some(at + 2),
        // "Thứ 7", "T7", "Thứ 2": but "Thu 14 Feb" is a Thursday
        ("thu" | "t", None) if tokens.number(at + 1, 1..=1).is_some_and(|n| (2..=8).contains(&n)) => {
            let is_day = super::calendar::read(tokens, at + 1).is_some();
            return (!is_day).then_some(at + 2).or_else(|| (word == "thu").then_some(at + 1));
        }
        ("月" | "火" | "水" | "木" | "金" | "土" | "日" | "월" | "화" | "수" | "목" | "금" | "토" | "일", next) =>
        {
            let long = matches!(next, Some("曜" | "요"));
            return Some(if long { at + 3 } else { at + 1 });
        }
        ("星" | "周" | "週", Some(_)) => {
            return Some(if tokens.is_word(at + 1, &["期"]) { at + 3 } else { at + 2 });
        }
        _ => {}
    }
    DAY_NAMES.contains(word).then_some(at + 1)
}

/// Labels and little words that stand beside a date.
pub(super) fn is_filler(word: &str) -> bool {
    FILLER_WORDS.contains(word)
}

/// A unit of time at a token, and the place after it.
pub(super) fn unit(tokens: &Tokens, at: usize) -> Option<(Unit, usize)> {
    let word = tokens.word(at)?;
    match (word, tokens.word(at + 1)) {
        ("時" | "小" | "시", Some("間" | "时" | "時" | "간")) => return Some((Unit::Hour, at + 2)),
        ("分", Some("钟" | "鐘" | "間")) => return Some((Unit::Minute, at + 2)),
        ("分" | "분", _) => return Some((Unit::Minute, at + 1)),
        ("日" | "天" | "일", _) => return Some((Unit::Day, at + 1)),
        ("週", Some("間")) => return Some((Unit::Week, at + 2)),
        ("周" | "週" | "주", _) => return Some((Unit::Week, at + 1)),
        ("秒" | "초", _) => return Some((Unit::Second, at + 1)),
        ("か" | "ヶ" | "个" | "個" | "개", Some("月" | "월")) => return Some((Unit::Month, at + 2)),
        ("年" | "년", _) => return Some((Unit::Year, at + 1)),
        _ => {}
    }
    let unit = match word {
        "giay" | "second" | "seconds" | "sec" | "secs" | "s" | "sekunden" | "sekunde" | "segundos" | "secondes"
        | "секунд" | "секунды" | "сек" | "detik" | "saniye" => Unit::Second,
        "phut" | "minute" | "minutes" | "min" | "mins" | "minuten" | "minuto" | "minutos" | "minuti" | "minut"
        | "minuty" | "minutami" | "minutter" | "minuter" | "minuuttia" | "menit" | "dakika" | "dk" | "минут"
        | "минуты" | "минуту" | "мин" | "хвилин" | "хвилини" | "хвилину" | "хв" | "m" => {
            Unit::Minute
        }
        "gio" | "tieng" | "hour" | "hours" | "hr" | "hrs" | "h" | "stunde" | "stunden" | "std" | "heure" | "heures"
        | "hora" | "horas" | "ora" | "ore" | "uur" | "uren" | "godzin" | "godziny" | "godzine" | "hodin"
        | "hodinami" | "hodinou" | "timer" | "timmar" | "timme" | "time" | "t" | "tuntia" | "tunti" | "jam"
        | "saat" | "час" | "часа" | "часов" | "ч" | "годин" | "години" | "годину" | "год" => {
            Unit::Hour
        }
        "ngay" | "day" | "days" | "d" | "tag" | "tage" | "tagen" | "jour" | "jours" | "dia" | "dias" | "giorno"
        | "giorni" | "dag" | "dagen" | "dagar" | "dage" | "dager" | "dni" | "dzien" | "dny" | "dnem" | "paivaa"
        | "paiva" | "hari" | "gun" | "день" | "дня" | "днеи" | "дні" | "дн" => Unit::Day,
        "tuan" | "week" | "weeks" | "w" | "woche" | "wochen" | "semaine" | "semaines" | "semana" | "semanas"
        | "settimana" | "settimane" | "weken" | "tydzien" | "tygodnie" | "tydnem" | "tydny" | "uke" | "uker"
        | "vecka" | "veckor" | "uge" | "uger" | "viikkoa" | "viikko" | "minggu" | "hafta" | "неделю" | "недели"
        | "недель" | "тиждень" | "тижні" => Unit::Week,
        "thang" | "month" | "months" | "monat" | "monate" | "monaten" | "mois" | "mes" | "meses" | "mese" | "mesi"
        | "maand" | "maanden" | "miesiac" | "miesiace" | "miesiecy" | "mesicem" | "mesici" | "maned" | "maneder"
        | "manad" | "manader" | "kuukautta" | "kuukausi" | "bulan" | "ay" | "месяц" | "месяца" | "месяцев"
        | "місяць" | "місяці" | "місяців" => Unit::Month,
        "nam" | "year" | "years" | "jahr" | "jahre" | "jahren" | "an" | "ans" | "ano" | "anos" | "anno" | "anni"
        | "jaar" | "rok" | "lata" | "lat" | "rokem" | "lety" | "ar" | "vuosi" | "vuotta" | "tahun" | "yil" | "года"
        | "лет" => Unit::Year,
        _ => return None,
    };
    Some((unit, at + 1))
}

/// "ago", before or after the amount, and the place after it.
pub(super) fn ago(tokens: &Tokens, at: usize) -> Option<usize> {
    let word = tokens.word(at)?;
    match (word, tokens.word(at + 1)) {
        ("cach", Some("day")) | ("il", Some("y")) => {
            let next = at + 2;
            return Some(if tokens.is_word(next, &["a"]) { next + 1 } else { next });
        }
        ("yang", Some("lalu")) | ("тому", Some("назад")) => return Some(at + 2),
        _ => {}
    }
    const AGO: &[&str] = &[
        "truoc",
        "qua",
        "ago",
        "vor",
        "hace",
        "ha",
        "fa",
        "atras",
        "geleden",
        "назад",
        "тому",
        "temu",
        "pred",
        "once",
        "sedan",
        "siden",
        "sitten",
        "lalu",
        "earlier",
        "前",
        "전",
    ];
    AGO.contains(&word).then_some(at + 1)
}

/// "a", "one", where an amount is said in words.
pub(super) fn is_one(word: &str) -> bool {
    matches!(
        word,
        "a" | "an"
            | "one"
            | "mot"
            | "eine"
            | "einer"
            | "einem"
            | "einen"
            | "une"
            | "un"
            | "una"
            | "um"
            | "uma"
            | "een"
            | "en"
            | "bir"
    )
}

/// Today or yesterday at a token: how many days back, and the place after it.
pub(super) fn day(tokens: &Tokens, at: usize) -> Option<(u64, usize)> {
    let word = tokens.word(at)?;
    match (word, tokens.word(at + 1)) {
        ("hom", Some("nay"))
        | ("hari", Some("ini"))
        | ("i", Some("dag"))
        | ("今", Some("日" | "天"))
        | ("오", Some("늘")) => {
            return Some((0, at + 2));
        }
        ("hom", Some("qua")) | ("i", Some("gar")) | ("昨", Some("日" | "天")) | ("어", Some("제")) => {
            return Some((1, at + 2));
        }
        ("hom", Some("kia")) => return Some((2, at + 2)),
        ("aujourd", _) if tokens.is_punctuation(at + 1, '\'') => return Some((0, at + 3)),
        _ => {}
    }
    match word {
        "today" | "heute" | "hoy" | "oggi" | "hoje" | "vandaag" | "сегодня" | "сьогодні" | "dzis" | "dzisiaj"
        | "dnes" | "bugun" | "idag" | "tanaan" => Some((0, at + 1)),
        "yesterday" | "gestern" | "hier" | "ayer" | "ieri" | "ontem" | "gisteren" | "вчера" | "вчора" | "wczoraj"
        | "vcera" | "dun" | "igar" | "eilen" | "kemarin" => Some((1, at + 1)),
        "vorgestern" => Some((2, at + 1)),
        _ => None,
    }
}

/// The days of the week, full and short.
const DAYS: &str = "monday mon tuesday tue tues wednesday wed thursday thu thur thurs friday fri saturday sat sunday sun montag mo \
    dienstag di mittwoch mi donnerstag do freitag fr samstag sonnabend sa sonntag so lundi lun mardi mar mercredi mer \
    jeudi jeu vendredi ven samedi sam dimanche dim lunes martes miercoles mie jueves jue viernes vie sabado sab \
    domingo dom lunedi martedi mercoledi giovedi gio venerdi sabato domenica segunda terca quarta quinta sexta feira \
    seg ter qua qui sex maandag ma dinsdag woensdag wo donderdag vrijdag vr zaterdag za zondag zo понедельник вторник \
    среда четверг пятница суббота воскресенье пн вт ср чт пт сб вс понеділок вівторок середа четвер п ятниця субота \
    неділя нд poniedzialek wtorek sroda czwartek piatek sobota niedziela pondeli utery streda ctvrtek patek nedele \
    pazartesi sali carsamba persembe cuma cumartesi pazar mandag tirsdag tisdag onsdag torsdag fredag lordag sondag \
    man tir tis ons tor tors fre lor son maanantai maanantaina tiistai tiistaina keskiviikko keskiviikkona torstai \
    torstaina perjantai perjantaina lauantai lauantaina sunnuntai sunnuntaina ke ti pe la su to senin selasa rabu \
    kamis jumat jum at sabtu minggu luni marti miercuri joi vineri sambata duminica hetfo kedd szerda csutortok pentek \
    szombat vasarnap cn";

/// Labels ("cập nhật", "published") and little words that stand beside a date.
const FILLERS: &str = "ngay luc cap nhat dang tai xuat ban thoi gian da vao hom bai viet gio update updated published publish posted post \
    created last modified on at the date time first issued added since as of article about around some only story \
    local hrs et ct pt stand veroffentlicht veroeffentlicht aktualisiert erstellt am um uhr vom den der zuletzt publie \
    publiee mis mise a jour le la modifie du de h min publicado publicada actualizado actualizada el las los en \
    atualizado em criado pubblicato aggiornato il alle ore dal gepubliceerd bijgewerkt geplaatst op om uur laatste \
    опубликовано обновлено в дата публикации опубліковано оновлено о од г года року мск opublikowano aktualizacja data \
    dodano o godz godzina publikovano aktualizovano vydano dne v yayinlanma yayin guncelleme guncellenme tarihi son \
    saat publicerad uppdaterad publisert oppdatert sist publiceret opdateret kl klokken klockan d julkaistu paivitetty \
    klo diterbitkan diperbarui terakhir pukul jam wib wita wit terbit tanggal e i y и 公 開 更 新 発 表 布 日 掲 載 配 信 時 間 于 입 \
    력 수 정 등 록 t";
