//! Phrases by which a line of a text is known to be no part of it, folded: lower case, no diacritics.

/// How a line begins that leads to another article; it holds a link.
pub(super) const WITH_LINK: &str = "read more|read also|also read|read next|see also|related|more:|more on|read:|watch:|recommended|\
     sign up|subscribe|follow us|click here|xem them|doc them|tin lien quan|bai lien quan|lire aussi|a lire|\
     lire la suite|mehr zum thema|lesen sie auch|lesen sie|mehr dazu|lea tambien|lee tambien|leia tambem|\
     leia mais|leggi anche|lees ook|lees meer|les ogsa|las ocksa|las mer|les mer|baca juga|\
     baca selengkapnya|читаите также|читайте також|читаите|czytaj takze|czytaj tez|zobacz takze|ctete|\
     lue myos|ilgili haber|photos:|photo:|source:|via:|tags|mira:|le puede interesar|te puede interesar|\
     puedes ver|lea mas|lee mas|puede leer|weitere beitrage|das konnte sie";

/// Whole lines: things to click, labels of boxes, agencies.
pub(super) const ALONE: &str = "advertisement|advertising|share|share this|share this article|comments|related|related articles|\
     related stories|read more|read also|see also|tweet|print|email|follow|chia se|binh luan|quang cao|\
     tin lien quan|xem them|in bai viet|anzeige|werbung|teilen|publicite|partager|publicidad|compartir|\
     pubblicita|condividi|reklama|delen|advertentie|iklan|реклама|поделиться|continue reading|loading|\
     skip advertisement|story continues below|article continues below|lire aussi|leggi anche|lea tambien|\
     leia tambem|mehr zum thema|baca juga|listen|nghe|luu tin|ky tu|gui binh luan|caption|close|tags|\
     stichworte|schlagworte|empfohlener redaktioneller inhalt|externer inhalt|tin moi|tin cung chuyen muc|\
     lesen sie mehr zum thema|externen inhalt anzeigen|externer inhalt|getty images|reuters|ap photo|afp|view gallery|play video";

/// How a line begins that names a photographer.
pub(super) const CREDITS: &str = "photo:|photo by|photos:|photograph:|photo credit|image credit|image:|images:|credit:|credits:|\
     picture:|pictures:|foto:|fotos:|foto -|bild:|bilder:|bildquelle|quelle:|titelbild|credit photo|© |\
     anh:|nguon anh|fuente:|fotografia:|фото:";

/// What is said to those who hear a page of a link that opens a window.
pub(super) const NEW_WINDOW: &str = "opens in new window|opens in a new window|opens in new tab|opens in a new tab|opens new window|\
     offnet im neuen fenster|offnet in neuem fenster|offnet in einem neuen fenster|offnet in neuem tab|\
     link wird in einem neuen tab geoffnet|nouvelle fenetre|ouvre dans une nouvelle fenetre|\
     s'ouvre dans une nouvelle fenetre|abre en nueva ventana|se abre en una nueva ventana|abre em nova janela|\
     si apre in una nuova finestra|opent in nieuw venster|mo trong cua so moi";

/// The words of a reading time.
pub(super) const READING_TIME: &str = "min mins minute minutes minuten minuter minutter minuti minutos minuta minuty phut dk dakika мин минут \
     read reading time lesezeit lesedauer lesetid lastid lasetid lectura lecture leestijd lettura leitura temps tempo tiempo \
     de di doc cteni okuma suresi czas czytania чтения ca about";

/// What a paper promotes at the foot of a text,
pub(super) const PROMOTED: &str = "newsletter|google news";

/// and what may as well be the matter of its last sentence, unless that has a link.
pub(super) const CHANNELS: &str = "whatsapp|telegram|podcast| app |zalo";

/// By which words it does so.
pub(super) const INVITATIONS: &str = "subscri|sign up|abonn|anmeld|register|suscri|inscri|iscriv|prenumer|aanmeld|tilmeld|подпис|dang ky|theo doi|\
     follow|bookmark|download|herunterlad|telecharg|descarg|indirin|join|informiert sie|folgen sie|suivez|siguenos";

/// How a paper speaks to those who comment.
pub(super) const COMMENT_RULES: &str = "ihre kommentare themen|dass ihre kommentare|your comments will|your comments may|your comment will|\
     vos commentaires sont|votre commentaire sera|sus comentarios seran|binh luan cua ban se|y kien cua ban se|\
     binh luan cua ban dang";

/// Agencies that photographers work for.
pub(super) const AGENCIES: &str = "getty reuters afp dpa imago epa shutterstock unsplash pexels pixabay istock istockphoto alamy scanpix ritzau \
     keystone ttxvn vna ansa efe lusa anp belga tass xinhua yonhap kyodo jiji zuma zumapress nurphoto sipa adobestock \
     depositphotos";

/// What stands in the place of another site's content until the reader agrees (German and Austrian papers must ask),
pub(super) const EXTERNAL: &str = "externer inhalt|externen inhalt|externe inhalt";

/// and what becomes of it then.
pub(super) const SHOWN: &str = "anzeigen|angezeigt|einverstanden|einblenden";
