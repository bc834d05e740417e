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
     getty images|reuters|ap photo|afp|view gallery|play video";

/// How a line begins that names a photographer.
pub(super) const CREDITS: &str = "photo:|photo by|photos:|photograph:|photo credit|image credit|image:|images:|credit:|credits:|\
     picture:|pictures:|foto:|fotos:|foto -|bild:|bilder:|bildquelle|quelle:|titelbild|credit photo|© |\
     anh:|nguon anh|fuente:|fotografia:|фото:";
