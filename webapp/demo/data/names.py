"""Names of the demo's people: a dozen scripts, and those that break what is careless."""

import unicodedata
from random import Random

from webapp.people.domain.addresses import normalise_address, normalise_name

SCRIPTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "pl": (
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
        ("Nowak", "Wiśniewska", "Dąbrowski", "Źrebiec", "Żółć", "Brzęczyszczykiewicz", "Kaczmarek", "Wójcik"),
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
        ("Ελένη", "Γιώργος", "Μαρία", "Νίκος", "Αικατερίνη", "Σπύρος", "Δέσποινα"),
        ("Παπαδοπούλου", "Κωνσταντινίδης", "Βλάχου", "Οικονόμου", "Αγγελόπουλος", "Ζαχαρίου"),
    ),
    "es": (
        ("María José", "Iñaki", "Begoña", "Andrés", "Yajaira", "Íñigo"),
        ("Núñez", "Ibáñez Muñoz", "Peña", "Güell", "Rincón", "Briceño"),
    ),
    "is": (
        ("Þórdís", "Guðrún", "Ævar", "Sigríður"),
        ("Ævarsdóttir", "Þorsteinsson", "Jónsdóttir", "Örvarsson"),
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
    """A name that tests something, with the language of the event it applies to and, where that matters, an address."""

    def __init__(self, name: str, locale: str, address: str = "") -> None:
        self.name, self.locale, self.address = name, locale, address


# Each tests something; which, stands behind it.
TRAPS: tuple[Trap, ...] = (
    Trap("Zażółć Gęślą-Jaźńska", "pl"),  # every Polish sign, a hyphen
    Trap("Ana Kovač", "pl", "ANA.KOVAC@Example.ORG"),  # applies twice, spelled in two ways
    Trap("Ольга Щербакова", "pl"),  # Cyrillic
    Trap("فاطمة الزهراء بنت عبد الرحمن آل سعيد", "ar"),  # long, right to left
    Trap("نور", "ar"),  # one name
    Trap("Maria das Dores de Albuquerque Cavalcanti e Vasconcelos", "pt-BR"),  # 55 letters, particles
    Trap("Jose\u0301 Garci\u0301a", "es"),  # NFD, is stored as NFC
    Trap("José García", "es"),  # its twin
    Trap("歐陽美玲", "zh-TW"),  # family name first, of two signs, no space
    Trap("王小明", "zh-TW"),
    Trap("さくら 小林", "zh-TW"),
    Trap("김하늘", "zh-TW"),
    Trap("用户", "zh-TW", "用户@例子.example"),  # SMTPUTF8, which the demo's server refuses
    Trap("Ελένη Παπαδοπούλου-Κωνσταντινίδου", "el"),  # long
    Trap("Ana Kovač", "el", "ana.kovac@example.org"),  # the one of above
    Trap("Þórdís Ævarsdóttir", "is"),
    Trap("ნინო ბერიძე", "ka"),
    Trap("Սոնա Գրիգորյան", "ka"),
    Trap("Jürgen Müller", "fr", "info@münchen.example"),  # an international domain, which works
    Trap("Andriamihajamananirina Razafindrakotomalala", "fr"),  # words that do not break
    Trap("O’Neill-D'Arcy, Siobhán", "en"),  # quotes and a comma in a header
    Trap('"Bobbie" Smith; Jr.', "en"),  # and a semicolon
    Trap("Ka‘ōnohi Keali‘i", "en"),  # okina
    Trap("Zoë 🌻 Vermeulen", "en"),  # beyond the basic plane
    Trap("<b>Eve</b> http://evil.example", "en"),  # HTML and a link
    Trap('=HYPERLINK("http://evil.example")', "en"),  # a formula
    Trap("İpek Işık", "en"),  # dotted and dotless i
    Trap("Søren Ågård", "en"),
    Trap("Nguyễn Thị Ánh Tuyết", "en"),  # stacked accents
    Trap("मीनाक्षी अय्यर", "en"),
    Trap("ศิริพร วงศ์สวัสดิ์ชัยพัฒนากุล", "en"),  # no spaces, stacked vowels
    Trap("שירה לוי", "en"),
    Trap("{{ person.email }}", "en"),  # a tag is not read again
)

_PLAIN = str.maketrans(
    {"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "æ": "ae", "Æ": "Ae", "ß": "ss", "þ": "th", "Þ": "Th", "ð": "d"}
)


class NameMaker:
    """Makes one name after another, in the script of a language; the traps of that language first.

    Args:
        random: what it draws from.
    """

    def __init__(self, random: Random) -> None:
        self._random = random
        self._traps = list(TRAPS)
        self._count = 0

    def make(self, locale: str, played: str = "") -> tuple[str, str, str]:
        """Return (whole name, how to greet, normalised address) of somebody new.

        Args:
            locale: a key of ``SCRIPTS``.
            played: what the demo's mail server is to play for the address; such a one is no trap.
        """
        self._count += 1
        for trap in self._traps:
            if trap.locale == locale and not played:
                self._traps.remove(trap)
                name = normalise_name(trap.name)
                return name, "", normalise_address(trap.address or self._address(name, ""))
        given, family = (self._random.choice(part) for part in SCRIPTS[locale])
        name = normalise_name(f"{family}{given}" if locale in FAMILY_NAME_FIRST else f"{given} {family}")
        return name, given, self._address(name, played)

    def _address(self, name: str, played: str) -> str:
        """Return an address for somebody of that name."""
        plain = unicodedata.normalize("NFKD", name.translate(_PLAIN)).encode("ascii", "ignore").decode()
        words = "".join(c if c.isalnum() else " " for c in plain.lower()).split()
        local = ".".join(words)[:40].rstrip(".") or "person"
        prefix = f"{played}+" if played else ""
        return f"{prefix}{local}.{self._count}@{self._random.choice(DOMAINS)}"
