"""What the demo's applicants answered, in the languages of their events."""

from random import Random

from webapp.core.words import say, translate

# by language: where from, what they do, why they come, what they will do with it
WORDS: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "pl": (
        ("Kraków", "Nowa Huta", "Tarnów", "Wieliczka", "Łódź"),
        ("studentka biologii", "nauczyciel w liceum", "księgowa", "opiekuję się rodziną", "grafik"),
        (
            "Od roku próbuję uczyć się sama i utknęłam. Chcę zobaczyć, jak robią to inni.",
            "W pracy wszystko liczę ręcznie; mam nadzieję, że da się prościej.",
            "Moja siostra była na poprzedniej edycji i do dziś o niej opowiada.",
            "Szukam nowego zawodu po czterdziestce i nie wiem, od czego zacząć.",
        ),
        ("Założę koło programowania w szkole.", "Pokażę to w pracy.", "Jeszcze nie wiem."),
    ),
    "ar": (
        ("القاهرة", "الجيزة", "الإسكندرية", "طنطا"),
        ("طالبة في كلية العلوم", "مدرّس رياضيات", "محاسبة", "أبحث عن عمل"),
        (
            "أريد أن أتعلم البرمجة من البداية وبلغتي.",
            "أدرس وحدي منذ سنة، وأحتاج إلى من أسأله.",
            "أعمل في مكتبة وأريد أن أبني لها موقعا.",
        ),
        ("سأعلّم أخواتي.", "سأبني موقعا للمدرسة.", "لا أعرف بعد."),
    ),
    "pt-BR": (
        ("São Paulo", "Campinas", "Guarulhos", "Santo André"),
        ("estudante de enfermagem", "professora", "motorista de aplicativo", "cuido dos meus filhos"),
        (
            "Quero mudar de carreira e não sei por onde começar.",
            "Tentei aprender sozinha, mas desisti duas vezes. Em grupo vai ser diferente.",
            "Trabalho com planilhas o dia inteiro e sei que existe um jeito melhor.",
        ),
        ("Vou ensinar as meninas do meu bairro.", "Quero automatizar o meu trabalho.", "Ainda não sei."),
    ),
    "zh-TW": (
        ("台北", "新北", "桃園", "台中"),
        ("大學生", "護理師", "國小老師", "設計師"),
        ("想轉職，但不知道從哪裡開始。", "自學了半年，卡在同一個地方。", "希望認識一起學習的朋友。"),
        ("教我的學生。", "做一個自己的網站。", "還不知道。"),
    ),
    "el": (
        ("Αθήνα", "Πειραιάς", "Πάτρα"),
        ("φοιτήτρια", "δασκάλα", "λογιστής", "άνεργη"),
        (
            "Θέλω να μάθω να φτιάχνω κάτι δικό μου.",
            "Η δουλειά μου αλλάζει και δεν θέλω να μείνω πίσω.",
            "Μια φίλη μου ήρθε σε άλλη πόλη και ενθουσιάστηκε.",
        ),
        ("Θα το δείξω στους μαθητές μου.", "Δεν ξέρω ακόμα."),
    ),
    "es": (
        ("Valencia", "Puerto Cabello", "Maracay", "Naguanagua"),
        ("estudiante", "contadora", "maestra", "trabajo en una panadería"),
        (
            "Quiero aprender para enseñar después en mi comunidad.",
            "En mi ciudad no hay cursos así, y desde casa sí puedo.",
            "Llevo años usando programas de otros; ahora quiero hacer los míos.",
        ),
        ("Daré un taller en mi escuela.", "Todavía no lo sé."),
    ),
    "fr": (
        ("Montréal", "Laval", "Longueuil"),
        ("bibliothécaire", "étudiant en histoire", "infirmière", "retraité"),
        (
            "Je veux comprendre ce que fait notre agence web avant de signer.",
            "J'ai promis un site à notre chorale.",
            "Pour le plaisir d'apprendre, à soixante-sept ans.",
        ),
        ("Je ferai le site de la chorale.", "Je ne sais pas encore."),
    ),
    "en": (
        ("Leeds", "Lagos", "Ibadan", "Reykjavík", "Tbilisi", "Bradford"),
        ("nurse", "student of law", "between two jobs", "teacher", "I run a small shop", "electrician"),
        (
            "I have taught myself for a year and keep getting stuck at the same place.",
            "My job is mostly copying numbers from one sheet to another. There must be a better way.",
            "I want to change careers, and I do better in a group than alone.",
            "A friend came last time and has not stopped talking about it since.",
            "I'd like to build a booking page for my mother's shop.",
        ),
        ("I will show it at work.", "I will teach my sisters.", "I do not know yet."),
    ),
}
SYSTEMS = ("Windows", "Windows", "macOS", "Linux", say("I have no computer to bring"), say("I do not know"))
EXPERIENCE = (
    [say("I am a complete beginner")],
    [say("I am a complete beginner")],
    [say("I have tried some lessons online")],
    [say("I have tried some lessons online"), say("I have made a web page")],
    [say("I have written small programs")],
)
HEARD = (
    say("From a friend"),
    say("At school or at work"),
    say("On social media"),
    say("In the news"),
    say("Elsewhere"),
)


def make_answers(
    random: Random, locale: str, name: str, address: str, number: int
) -> dict[str, str | list[str]]:
    """Return what somebody answered, as the default questions store it.

    Args:
        random: what it is drawn from.
        locale: language of the event.
        name, address: of the applicant, as stored.
        number: of the application.
    """
    places, occupations, reasons, plans = WORDS.get(locale, WORDS["en"])
    answers: dict[str, str | list[str]] = {
        "name": name,
        "email": address,
        "travelling_from": random.choice(places),
        "age": str(random.randint(18, 67)),
        "operating_system": translate(random.choice(SYSTEMS), locale),
        "experience": [translate(one, locale) for one in random.choice(EXPERIENCE)],
        "occupation": random.choice(occupations),
        "why": random.choice(reasons),
        "sharing": random.choice(plans),
        "heard_from": translate(random.choice(HEARD), locale),
        "data_consent": "yes",
        "code_of_conduct": "yes",
        "newsletter": "yes" if random.random() < 0.3 else "no",
    }
    if number % 3 == 0:
        answers["phone"] = f"+1 555 01{number % 100:02d}"  # 555-01xx: nobody's telephone
    if number % 17 == 4:
        answers["why"] = "\n\n".join(reasons)
    return answers
