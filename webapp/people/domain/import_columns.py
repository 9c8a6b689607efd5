"""Which column of a file means what: guessed from headings in several languages and from what is in the cells."""

import re
import unicodedata
from collections.abc import Sequence

from webapp.core.errors import StaffError
from webapp.people.domain.addresses import normalise_address
from webapp.people.domain.export import FAULT_HEADINGS
from webapp.people.domain.import_files import MAX_COLUMNS

EMAIL, NAME, FIRST_NAME, LAST_NAME = "email", "name", "first_name", "last_name"
GREETING, LOCALE, LEAVE_OUT = "greeting", "locale", ""
DETAIL = "details."  # followed by the key under which it is kept beside the membership

LABELS = {
    EMAIL: "E-mail address",
    NAME: "Name",
    FIRST_NAME: "First name",
    LAST_NAME: "Last name",
    GREETING: "Greeting",
    LOCALE: "Language",
    LEAVE_OUT: "Leave out",
}
_KEY = re.compile(r"[a-z0-9][a-z0-9_]{0,59}")

# Headings as people write them; only letters and digits count, without accents and case.
_WORDS = {
    EMAIL: "email|e-mail address|mail|emails|email id|your email|contact email|e-mail-adresse|mailadresse|"
    "adresse e-mail|adresse email|adresse électronique|adresse mail|courriel|mél|correo|correo electrónico|"
    "dirección de correo|dirección de correo electrónico|e-mailadres|adres e-mail|adres email|adres mailowy|"
    "indirizzo e-mail|indirizzo email|posta elettronica|endereço de e-mail|correio eletrônico|e-post|"
    "e-postadress|e-postadresse|sähköposti|sähköpostiosoite|e-mail cím|e-posta|e-posta adresi|"
    "почта|электронная почта|эл. почта|адрес электронной почты|имейл|емейл|електронна пошта|пошта|"
    "ηλεκτρονικό ταχυδρομείο|メール|メールアドレス|电子邮件|电子邮箱|邮箱|電子郵件|이메일|이메일 주소|"
    'البريد الإلكتروني|ईमेल|อีเมล|דוא"ל',
    NAME: "name|full name|your name|display name|attendee|participant|vollständiger name|vor- und nachname|nom complet|"
    "nom et prénom|prénom et nom|nombre completo|nombre y apellidos|imię i nazwisko|nome completo|"
    "volledige naam|naam|navn|namn|nimi|név|teljes név|jméno a příjmení|имя и фамилия|фио|ім'я та прізвище|"
    "ad soyad|adı soyadı|氏名|名前|お名前|姓名|이름|성명|الاسم|الاسم الكامل|नाम|שם מלא",
    FIRST_NAME: "first name|firstname|given name|forename|vorname|prénom|nombre|imię|nome|voornaam|fornavn|förnamn|"
    "etunimi|keresztnév|utónév|jméno|křestní jméno|имя|ім'я|ad|adı|名|الاسم الأول|שם פרטי",
    LAST_NAME: "last name|lastname|surname|family name|nachname|familienname|nom|nom de famille|apellido|apellidos|"
    "nazwisko|cognome|sobrenome|apelido|achternaam|efternavn|efternamn|etternavn|sukunimi|vezetéknév|příjmení|"
    "фамилия|прізвище|soyad|soyadı|姓|اسم العائلة|שם משפחה",
    GREETING: "greeting|salutation|anrede|briefanrede|civilité|saludo|tratamiento|zwrot grzecznościowy|aanhef|"
    "saluto|saudação|обращение|привітання|敬称",
    LOCALE: "language|locale|lang|preferred language|sprache|langue|idioma|lengua|język|lingua|língua|taal|språk|sprog|"
    "kieli|nyelv|jazyk|язык|мова|dil|言語|语言|語言|언어|اللغة|भाषा|שפה",
}
# These mean a mailbox in one register and a street in the next: the cells decide.
_EITHER = (
    "adres|address|adresse|dirección|indirizzo|endereço|адрес|адреса|osoite|cím|"
    "contact|kontakt|contacto|user|username"
)


def plain_heading(heading: str) -> str:
    """Return a heading without accents, case, space and punctuation, to compare it with others."""
    decomposed = unicodedata.normalize("NFKD", heading.casefold())
    return "".join(character for character in decomposed if character.isalnum())


_MEANING = {plain_heading(word): target for target, words in _WORDS.items() for word in words.split("|")}
_LEFT_OUT = frozenset(plain_heading(heading) for heading in FAULT_HEADINGS)
_UNDECIDED = frozenset(plain_heading(word) for word in _EITHER.split("|"))


def column_letter(index: int) -> str:
    """Return what a spreadsheet calls a column.

    Args:
        index: counted from 0.
    """
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def detail_key(heading: str, index: int) -> str:
    """Return the key under which a column's values are kept: ASCII, of letters, digits and low lines."""
    decomposed = unicodedata.normalize("NFKD", heading.casefold().replace("ß", "ss").replace("ł", "l"))
    key = re.sub(r"[^a-z0-9]+", "_", decomposed.encode("ascii", "ignore").decode()).strip("_")[:60].strip("_")
    return key or f"column_{column_letter(index).lower()}"


def is_address(cell: str) -> bool:
    """Say whether a cell holds one address, perhaps as ``Name <address>``."""
    cell = cell.strip()
    if "@" not in cell:
        return False
    if cell.endswith(">") and "<" in cell:
        cell = cell[:-1].rpartition("<")[2]
    try:
        normalise_address(cell)
    except StaffError:
        return False
    return True


def has_heading(first: Sequence[str]) -> bool:
    """Say whether the first row names the columns: one that holds an address is already somebody."""
    return not any(is_address(cell) for cell in first)


def address_share(rows: Sequence[Sequence[str]], column: int) -> float:
    """Return the part of a column's filled cells that are addresses, 0 to 1."""
    cells = [row[column] for row in rows if column < len(row) and row[column].strip()]
    return sum(is_address(cell) for cell in cells) / len(cells) if cells else 0.0


def guess_targets(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return what each column probably means.

    Args:
        headings: one a column; empty where there is none.
        rows: some rows below the heading.

    Returns:
        one target a column; each of the plain targets at most once. There may be no address column at all.
    """
    meant = [_MEANING.get(plain_heading(heading)) for heading in headings]
    shares = [address_share(rows, column) for column in range(len(headings))]
    email = _guess_email(headings, meant, shares)
    targets: list[str] = []
    for index, heading in enumerate(headings):
        target = EMAIL if index == email else meant[index]
        is_filled = bool(heading.strip()) or any(index < len(row) and row[index].strip() for row in rows)
        if plain_heading(heading) in _LEFT_OUT:
            target = LEAVE_OUT
        elif target is None or (target == EMAIL and index != email) or target in targets:
            target = _free_key(detail_key(heading, index), targets) if is_filled else LEAVE_OUT
        targets.append(target)
    if FIRST_NAME in targets and NAME in targets:
        if LAST_NAME not in targets:  # "Name, Vorname": beside a first name, the name is the family's
            return [LAST_NAME if target == NAME else target for target in targets]
        return [  # the full name says it all already
            _free_key(detail_key(headings[index], index), targets)
            if target in (FIRST_NAME, LAST_NAME)
            else target
            for index, target in enumerate(targets)
        ]
    return targets


def _guess_email(headings: Sequence[str], meant: Sequence[str | None], shares: Sequence[float]) -> int | None:
    """Return the column that holds the addresses, or None; a name counts, but full cells count more."""
    best, most = None, 0.0
    for index, heading in enumerate(headings):
        weight = shares[index] if shares[index] >= 0.3 else 0.0
        if meant[index] == EMAIL:
            weight += 0.6
        elif weight and plain_heading(heading) in _UNDECIDED:
            weight += 0.1
        if weight > most:
            best, most = index, weight
    return best


def _free_key(key: str, targets: Sequence[str]) -> str:
    """Return the target for a detail, with a number behind it if the key is taken."""
    target, number = f"{DETAIL}{key}", 2
    while target in targets:
        target, number = f"{DETAIL}{key}_{number}", number + 1
    return target


def check_targets(targets: Sequence[str], width: int) -> list[str]:
    """Return a mapping if rows can be read with it.

    Args:
        targets: one a column.
        width: how many columns the file has.

    Raises:
        StaffError: not exactly one column holds the address, or two columns mean the same.
    """
    if len(targets) != width or width > MAX_COLUMNS:
        raise StaffError(f"Say for each of the {width} columns what it means.", field="targets")
    seen: dict[str, int] = {}
    for index, target in enumerate(targets):
        if target == LEAVE_OUT:
            continue
        is_detail = target.startswith(DETAIL) and _KEY.fullmatch(target.removeprefix(DETAIL))
        if target not in LABELS and not is_detail:
            raise StaffError(
                f"Column {column_letter(index)} cannot be read as “{target[:60]}”.", field="targets"
            )
        if target in seen:
            both = f"{column_letter(seen[target])} and {column_letter(index)}"
            name = LABELS.get(target, target.removeprefix(DETAIL))
            raise StaffError(f"Columns {both} are both “{name}”. Leave one of them out.", field="targets")
        seen[target] = index
    if EMAIL not in seen:
        raise StaffError("Say which column holds the e-mail addresses.", field="targets")
    if NAME in seen and (FIRST_NAME in seen or LAST_NAME in seen):
        raise StaffError("Take either the name, or first and last name, not both.", field="targets")
    return list(targets)
