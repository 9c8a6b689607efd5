"""Names of the demo's people: a dozen scripts, and those that break what is careless."""

import unicodedata
from itertools import product
from random import Random

from webapp.people.domain.addresses import normalise_address, normalise_name

SCRIPTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "pl": (  # surnames that do not change with who bears them
        (
            "Zofia",
            "Łukasz",
            "Małgorzata",
            "Paweł",
            "Świętosława",
            "Jędrzej",
            "Agnieszka",
            "Wojciech",
            "Grażyna",
        ),
        (
            "Nowak",
            "Wójcik",
            "Źrebiec",
            "Żółć",
            "Brzęczyszczykiewicz",
            "Kaczmarek",
            "Gąska",
            "Sikora",
            "Śledź",
        ),
    ),
    "ar": (
        ("فاطمة", "عمر", "ليلى", "يوسف", "نور الدين", "مريم", "أحمد", "هدى", "خالد"),
        ("الزهراء", "عبد الرحمن", "حسن", "السيد", "المصري", "إبراهيم", "الشافعي", "منصور"),
    ),
    "pt-BR": (
        ("João", "Conceição", "Inês", "Antônio", "Luíza", "Thaís", "Raví", "Débora"),
        ("da Silva", "Guimarães", "de Araújo", "Brandão", "Conceição", "Gonçalves", "Falcão"),
    ),
    "en": (
        ("Grace", "Wanjiku", "Samuel", "Amina", "Otieno", "Adaeze", "Emeka", "Ngozi", "Olúwaṣeun", "Femi"),
        ("Kamau", "O’Brien", "Smith-Jones", "Mwangi", "Achieng", "Okafor", "Adéyẹmí", "Balogun", "Whitfield"),
    ),
    "zh-TW": (
        ("美玲", "小明", "淑芬", "志強", "雅婷", "怡君", "家豪", "冠宇"),
        ("歐陽", "王", "陳", "林", "張", "黃", "司馬"),
    ),
    "el": (
        ("Ελένη", "Μαρία", "Αικατερίνη", "Δέσποινα", "Ιωάννα", "Χρυσούλα", "Αγγελική"),
        ("Παπαδοπούλου", "Βλάχου", "Οικονόμου", "Αγγελοπούλου", "Ζαχαρίου", "Κωνσταντινίδου"),
    ),
    "es": (
        ("María José", "Iñaki", "Begoña", "Andrés", "Yajaira", "Íñigo"),
        ("Núñez", "Ibáñez Muñoz", "Peña", "Güell", "Rincón", "Briceño"),
    ),
    "is": (
        ("Guðrún", "Sigríður", "Ásta", "Hrafnhildur"),
        ("Ævarsdóttir", "Þorsteinsdóttir", "Jónsdóttir", "Örvarsdóttir"),
    ),
    "ka": (("ნინო", "გიორგი", "თამარ", "ლუკა"), ("ბერიძე", "მაისურაძე", "კაპანაძე", "გელაშვილი")),
    "hi": (("मीनाक्षी", "अर्जुन", "प्रिया", "विक्रम"), ("अय्यर", "शर्मा", "पटेल", "देशमुख")),
    "fr": (
        ("Zoé", "François", "Anaïs", "Noël", "Gaëlle", "Hervé"),
        ("Lefèvre", "d’Aubigné", "Côté", "Saint-Œuvre", "Bélanger"),
    ),
}

FAMILY_NAME_FIRST = frozenset({"zh-TW"})
DOMAINS = ("example.org", "example.com", "example.net")


class Trap:
    """A name that tests something, with the event it applies to and, where that matters, an address."""

    def __init__(self, name: str, event: str, address: str = "") -> None:
        self.name, self.event, self.address = name, event, address


# Each tests something; which, stands behind it.
TRAPS: tuple[Trap, ...] = (
    Trap("Zażółć Gęślą-Jaźńska", "krakow-3"),  # every Polish sign, a hyphen
    Trap("Ana Kovač", "krakow-3", "ANA.KOVAC@Example.ORG"),  # applies twice, spelled in two ways
    Trap("Ольга Щербакова", "krakow-3"),  # Cyrillic
    Trap("فاطمة الزهراء بنت عبد الرحمن آل سعيد", "cairo-2"),  # long, right to left
    Trap("نور", "cairo-2"),  # one name
    Trap("Maria das Dores de Albuquerque Cavalcanti e Vasconcelos", "sao-paulo-1"),  # 55 letters, particles
    Trap("Jose\u0301 Garci\u0301a", "valencia-ve-1"),  # NFD, is stored as NFC
    Trap("José García", "valencia-ve-1"),  # its twin
    Trap("歐陽美玲", "taipei-1"),  # family name first, of two signs, no space
    Trap("王小明", "taipei-1"),
    Trap("さくら 小林", "taipei-1"),
    Trap("김하늘", "taipei-1"),
    Trap("用户", "taipei-1", "用户@例子.example"),  # SMTPUTF8, which the demo's server refuses
    Trap("Ελένη Παπαδοπούλου-Κωνσταντινίδου", "athens-1"),  # long
    Trap("Ana Kovač", "athens-1", "ana.kovac@example.org"),  # the one of above
    Trap("Þórdís Ævarsdóttir", "reykjavik-1"),
    Trap("ნინო ბერიძე", "tbilisi-1"),
    Trap("Սոնա Գրիգորյան", "tbilisi-1"),
    Trap("Jürgen Müller", "bases-du-web", "info@münchen.example"),  # an international domain, which works
    Trap("Andriamihajamananirina Razafindrakotomalala", "bases-du-web"),  # words that do not break
    Trap("O’Neill-D'Arcy, Siobhán", "lagos-4"),  # quotes and a comma in a header
    Trap('"Bobbie" Smith; Jr.', "lagos-4"),  # and a semicolon
    Trap("Ka‘ōnohi Keali‘i", "data-basics"),  # okina
    Trap("Zoë 🌻 Vermeulen", "lagos-4"),  # beyond the basic plane
    Trap("<b>Eve</b> http://evil.example", "lagos-4"),  # HTML and a link
    Trap('=HYPERLINK("http://evil.example")', "data-basics"),  # a formula
    Trap("İpek Işık", "lagos-4"),  # dotted and dotless i
    Trap("Søren Ågård", "lagos-4"),
    Trap("Nguyễn Thị Ánh Tuyết", "data-basics"),  # stacked accents
    Trap("मीनाक्षी अय्यर", "lagos-4"),
    Trap("ศิริพร วงศ์สวัสดิ์ชัยพัฒนากุล", "lagos-4"),  # no spaces, stacked vowels
    Trap("שירה לוי", "data-basics"),
    Trap("{{ person.email }}", "lagos-4"),  # a tag is not read again
)

_PLAIN = str.maketrans(
    {"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "æ": "ae", "Æ": "Ae", "ß": "ss", "þ": "th", "Þ": "Th", "ð": "d"}
)


class NameMaker:
    """Makes one name after another, in the script of a language; the traps of an event first.

    Args:
        random: what it draws from.
    """

    def __init__(self, random: Random) -> None:
        self._random = random
        self._traps = list(TRAPS)
        self._count = 0
        self._pairs: dict[str, list[tuple[str, str]]] = {}

    def make(self, locale: str, event: str = "", played: str = "") -> tuple[str, str, str]:
        """Return (whole name, how to greet, normalised address) of somebody new.

        Args:
            locale: a key of ``SCRIPTS``.
            event: what they apply to; its traps come first.
            played: what the demo's mail server is to play for the address; such a one is no trap.
        """
        self._count += 1
        for trap in self._traps:
            if trap.event == event and not played:
                self._traps.remove(trap)
                name = normalise_name(trap.name)
                return name, "", normalise_address(trap.address or self._address(name, ""))
        given, family = self._draw(locale)
        name = normalise_name(f"{family}{given}" if locale in FAMILY_NAME_FIRST else f"{given} {family}")
        return name, given, self._address(name, played)

    def _draw(self, locale: str) -> tuple[str, str]:
        """Return a given and a family name of a language; no pair twice before all were there."""
        pairs = self._pairs.setdefault(locale, [])
        if not pairs:
            pairs += product(*SCRIPTS[locale])
            self._random.shuffle(pairs)
        return pairs.pop()

    def _address(self, name: str, played: str) -> str:
        """Return an address for somebody of that name."""
        plain = unicodedata.normalize("NFKD", name.translate(_PLAIN)).encode("ascii", "ignore").decode()
        words = "".join(c if c.isalnum() else " " for c in plain.lower()).split()
        local = ".".join(words)[:40].rstrip(".") or "person"
        prefix = f"{played}+" if played else ""
        return f"{prefix}{local}.{self._count}@{self._random.choice(DOMAINS)}"
