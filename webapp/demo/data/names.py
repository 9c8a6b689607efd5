"""Names of the demo's people: a dozen scripts, and those that break what is careless."""

SCRIPTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "pl": (
        ("Zofia", "Łukasz", "Małgorzata", "Paweł", "Świętosława", "Jędrzej"),
        ("Nowak", "Wiśniewska", "Dąbrowski", "Źrebiec", "Gęślą-Jaźńska", "Żółć"),
    ),
    "ar": (
        ("فاطمة", "عمر", "ليلى", "يوسف", "نور الدين"),
        ("الزهراء", "عبد الرحمن", "حسن", "السيد", "المصري"),
    ),
    "pt-BR": (
        ("João", "Conceição", "Inês", "Antônio", "Luíza"),
        ("da Silva", "Guimarães", "de Araújo", "Brandão", "Conceição"),
    ),
    "en": (
        ("Grace", "Wanjiku", "Samuel", "Amina", "Otieno"),
        ("Kamau", "O’Brien", "Smith-Jones", "Mwangi", "Achieng"),
    ),
    "zh-TW": (("美玲", "小明", "淑芬", "志強", "雅婷"), ("歐陽", "王", "陳", "林", "張")),
    "el": (("Ελένη", "Γιώργος", "Μαρία", "Νίκος"), ("Παπαδοπούλου", "Κωνσταντινίδης", "Βλάχου", "Οικονόμου")),
    "es": (("María José", "Iñaki", "Begoña", "Andrés"), ("Núñez", "Ibáñez Muñoz", "Peña", "Güell")),
    "is": (
        ("Þórdís", "Guðrún", "Ævar", "Sigríður"),
        ("Ævarsdóttir", "Þorsteinsson", "Jónsdóttir", "Örvarsson"),
    ),
    "ka": (("ნინო", "გიორგი", "თამარ", "ლუკა"), ("ბერიძე", "მაისურაძე", "კაპანაძე", "გელაშვილი")),
    "hi": (("मीनाक्षी", "अर्जुन", "प्रिया", "विक्रम"), ("अय्यर", "शर्मा", "पटेल", "देशमुख")),
    "fr": (("Zoé", "François", "Anaïs", "Noël"), ("Lefèvre", "d’Aubigné", "Côté", "Saint-Œuvre")),
    "uk": (("Ольга", "Тарас", "Їжакевич", "Марійка"), ("Щербакова", "Шевченко", "Ґудзь", "Єфремова")),
    "ja": (("さくら", "健太", "美咲", "翔"), ("小林", "渡邉", "斎藤", "髙橋")),
    "th": (("ศิริพร", "สมชาย", "อรุณี"), ("วงศ์สวัสดิ์ชัยพัฒนากุล", "ใจดี", "รัตนกุล")),
}

FAMILY_NAME_FIRST = frozenset({"zh-TW", "ja"})

# Each tests something; which, stands behind it.
TRAPS: tuple[tuple[str, str], ...] = (
    ("فاطمة الزهراء بنت عبد الرحمن آل سعيد", "ar"),  # long, right to left
    ("نور", "ar"),  # one name
    ("Maria das Dores de Albuquerque Cavalcanti e Vasconcelos", "pt-BR"),  # 55 letters, particles
    ("Andriamihajamananirina Razafindrakotomalala", "en"),  # words that do not break
    ("O’Neill-D'Arcy, Siobhán", "en"),  # quotes and a comma in a header
    ('"Bobbie" Smith, Jr.', "en"),
    ("Ka‘ōnohi Keali‘i", "en"),  # okina
    ("Zoë 🌻 Vermeulen", "en"),  # beyond the basic plane
    ("<b>Eve</b> http://evil.example", "en"),  # HTML and a link
    ('=HYPERLINK("http://evil.example")', "en"),  # a formula
    ("Jose\u0301 Garci\u0301a", "es"),  # NFD, is stored as NFC
    ("José García", "es"),  # its twin
    ("İpek Işık", "en"),  # dotted and dotless i
    ("Søren Ågård", "en"),
    ("Nguyễn Thị Ánh Tuyết", "en"),  # stacked accents
    ("김하늘", "en"),
    ("Սոնա Գրիգորյան", "en"),
    ("שירה לוי", "en"),
    ("{{ person.email }}", "en"),  # a tag is not read again
)
