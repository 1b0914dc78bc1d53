"""Every part of the web client's pages is on screen where some test holds the page to axe-core: a new one fails here.

Whether what a test saw still stands there when it audits, only that test can say. Held here, without running it again:
the part says these words, and the test sees them and audits soon after, in the same function.
"""

import ast
import re
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

from tests.support.web import WEB

TESTS = Path(__file__).parent
SOURCES = WEB / "src"
PART = re.compile(r"^export function ([A-Z]\w*)\(", re.MULTILINE)
TEXT = re.compile(
    r"""(\w+):\s*(?:\([^()]*\)(?:: string)? =>\s*)?(?:[^"`:;,]{0,40}\?\s*)?(["`])((?:(?!\2).)*)\2""", re.DOTALL
)
SEES = {"button", "check", "click", "fill", "has", "reach", "read", "sees"}
"""What a `Tab` does only with what is on screen."""
SHORT = 5
SOON = 12
"""Lines: what is seen further from an audit may be gone by then."""
PAGES = ("ui", "inbox", "widget", "console", "figures")


@dataclass(frozen=True)
class Shown:
    """Where a part is audited: a function of a module of these tests, and words or a selector that it sees before."""

    where: str
    words: str
    given: bool = False
    """Whether the part shows what it is given, and has no words of its own."""


ALERTS, BOARD, CONSOLE, FIGURES = "test_alerts", "test_board", "test_console", "test_figures"
REPORTING, RESTORED, STATES, WIDGET = (
    "test_reporting_a_message",
    "test_restored_in_browsers",
    "test_states",
    "test_widget",
)
BOTH_RATE = f"{BOARD}.test_from_first_contact_to_an_installation_that_both_rate"
CASES = f"{REPORTING}.test_from_a_report_to_the_outcome_on_both_sides"
FACILITATED = "test_third_in_browsers.test_a_facilitator_reads_and_writes_in_the_inbox_what_is_theirs"
FIRST_USE = "test_inbox.test_from_first_use_to_reveal_on_a_phone"
FORGED = f"{CONSOLE}.test_what_is_forged_is_not_shown_and_who_has_no_part_sees_nothing"
INVITED = "test_third_in_browsers.test_a_facilitator_is_let_in_and_invited_from_the_web"
KEPT = "test_kept.test_what_is_kept_is_not_believed_once_it_was_touched"
KIT = "test_kit.test_a_kit_that_was_printed_lets_somebody_in"
LOST = f"{RESTORED}.test_what_a_restored_service_lost_is_offered"
MODERATED = f"{CONSOLE}.test_a_recruiter_is_reported_heard_frozen_and_heard_again"
PUBLISHED = f"{FIGURES}.test_every_state_for_everybody_and_by_keyboard"
SECONDED = f"{CONSOLE}.test_two_moderators_by_keyboard_alone"

AUDITED = {
    "ui/Answering": Shown(f"{STATES}._hostile_texts", "Une autre personne de votre côté est en train de répondre."),
    "ui/Board": Shown(BOTH_RATE, ".stage .facts"),
    "ui/BoardCard": Shown(BOTH_RATE, ".stage .facts"),
    "ui/CaseBody": Shown(f"{REPORTING}.heard", "Vous ne saurez ni qui les a signalés"),
    "ui/CasesDialog": Shown(CASES, "dialog .cases-list"),
    "ui/CasesPage": Shown(CASES, "Où en sont vos signalements"),
    "ui/Choosing": Shown(f"{REPORTING}.heard", "dialog .choosing input >> nth=0"),
    "ui/Claims": Shown(FIRST_USE, ".card .attested"),
    "ui/Closing": Shown(f"{STATES}._closed_and_blocked", "Raison (pour les statistiques)"),
    "ui/CodeEntry": Shown(
        "test_new_devices.test_a_colleague_lets_in_who_lost_everything",
        "un collègue qui administre la boîte peut vous y admettre à nouveau",
    ),
    "ui/CodeShown": Shown(FIRST_USE, "Votre code de secours"),
    "ui/Colleagues": Shown(f"{STATES}._hostile_texts", ".notes li:nth-child("),
    "ui/Composer": Shown(FIRST_USE, "Votre message"),
    "ui/ConsentBanner": Shown(FIRST_USE, "Vous avez consenti."),
    "ui/ConsentDialog": Shown(FIRST_USE, "La plateforme n’atteste rien\u00a0: votre carte sera entièrement déclarée."),
    "ui/Choice": Shown(f"{STATES}._hostile_texts", "Inviter un tiers", given=True),
    "ui/Conversation": Shown(f"{STATES}._refused", "Chiffré de bout en bout."),
    "ui/ConversationMenu": Shown(f"{STATES}._closed_and_blocked", "Clore la conversation"),
    "ui/Declared": Shown(BOTH_RATE, "L’autre côté fait une offre."),
    "ui/Declaring": Shown(BOTH_RATE, "L’autre côté le verra dans la conversation."),
    "ui/DeclaringNext": Shown(BOTH_RATE, "Noter une étape"),
    "ui/Dialog": Shown(f"{REPORTING}.reported", "dialog .handed", given=True),
    "ui/Gate": Shown(f"{STATES}._without_a_token", "La messagerie s’est arrêtée"),
    "ui/Gone": Shown(LOST, "Conversation perdue"),
    "ui/GuestMenu": Shown(FACILITATED, "Quitter la conversation"),
    "ui/GuestWriting": Shown(FACILITATED, ".lock"),
    "ui/Handed": Shown(f"{REPORTING}.reported", "dialog .handed"),
    "ui/Hits": Shown("test_speed.test_a_long_conversation", ".hits mark"),
    "ui/Invitations": Shown(INVITED, "Ce tiers lirait toute la conversation, depuis son début"),
    "ui/Inviting": Shown(INVITED, "Code de mise en relation"),
    "ui/KitEntry": Shown(KIT, "Cette trousse n’est pas, ou n’est plus, celle de cette boîte."),
    "ui/KitMaking": Shown(KIT, "La trousse est prête."),
    "ui/Log": Shown(FACILITATED, ".log"),
    "ui/Lost": Shown(LOST, "n’a plus ces messages que vous aviez envoyés"),
    "ui/Menu": Shown(f"{STATES}._hostile_texts", ".menu summary"),
    "ui/Notices": Shown(FACILITATED, "Votre présence dans une conversation a pris fin.", given=True),
    "ui/PageBar": Shown(f"{STATES}._settings", ".peer .back"),
    "ui/Rating": Shown(BOTH_RATE, "Merci, votre avis est compté."),
    "ui/Reading": Shown(f"{REPORTING}.reported", "Voici ce qui sera remis, et rien d’autre"),
    "ui/ReasonsShown": Shown(f"{REPORTING}.told", "dialog .reasons dt:text-is('"),
    "ui/Refused": Shown(f"{STATES}._refused", "Non envoyé."),
    "ui/RefusedFirst": Shown(f"{WIDGET}._refused", "Premier message non envoyé"),
    "ui/Row": Shown(f"{STATES}._hostile_texts", "Un élément n’a pas pu être vérifié"),
    "ui/Said": Shown(f"{REPORTING}.heard", "dialog .questioned", given=True),
    "ui/SeatTasks": Shown(f"{STATES}._seated", "Rejoindre la boîte", given=True),
    "ui/SeatsToDo": Shown(f"{STATES}._seated", "Rejoindre la boîte"),
    "ui/Settings": Shown(f"{STATES}._settings", "cet appareil"),
    "ui/SigningIn": Shown(
        f"{STATES}._without_a_token", "Pour ouvrir votre messagerie, connectez-vous sur la plateforme."
    ),
    "ui/SigningOut": Shown(KEPT, "Oublier aussi la messagerie sur cet appareil"),
    "ui/Status": Shown(f"{STATES}._broken_log", "Hors connexion."),
    "ui/StepButtons": Shown(BOTH_RATE, "Noter une étape"),
    "ui/Stopped": Shown(f"{REPORTING}.told", "La modération a suspendu cette conversation : chacun peut la relire"),
    "ui/TargetCodes": Shown(FACILITATED, "Donnez-le à qui veut vous inviter"),
    "ui/TellingDialog": Shown(f"{REPORTING}.reported", "Votre signalement est reçu"),
    "ui/ThirdButton": Shown(f"{STATES}._hostile_texts", "Inviter un tiers"),
    "ui/ThreadCases": Shown(CASES, ".banner.case"),
    "ui/Threads": Shown(f"{STATES}._seated", "Aucune conversation pour l’instant."),
    "ui/Waiting": Shown("test_browsers.test_tabs_no_network_and_another_device", "Gardé, partira dès que possible"),
    "ui/Words": Shown(f"{STATES}._hostile_cards", ".released summary"),
    "ui/Writing": Shown(f"{REPORTING}.reported", "Vos mots pour la modération (facultatif)"),
    "inbox/AlertDevice": Shown(f"{ALERTS}._turns_pushes_on", "Les avis sont activés sur cet appareil."),
    "inbox/AlertHours": Shown(f"{ALERTS}._turns_pushes_on", ".settings .hours"),
    "inbox/AlertMail": Shown(f"{ALERTS}._sets_an_address", "Cette adresse ne peut pas recevoir de courriel."),
    "inbox/AlertSuggestion": Shown(f"{ALERTS}._sets_an_address", "Soyez prévenu quand on vous écrit"),
    "inbox/Alerts": Shown(f"{ALERTS}._turns_pushes_on", ".settings .hours"),
    "inbox/Inbox": Shown(f"{STATES}._seated", "Réglages"),
    "inbox/PlaceLink": Shown(f"{STATES}._seated", "Réglages", given=True),
    "inbox/Unreached": Shown(
        f"{ALERTS}.test_alerts_from_the_settings_to_the_right_conversation",
        "Les courriels d’avis n’atteignent plus un collègue (Maire).",
    ),
    "widget/Closable": Shown(f"{WIDGET}._opens_on_a_phone_with_the_code", ".widget .bar"),
    "widget/Widget": Shown(f"{WIDGET}.test_between_a_listing_page_and_the_inbox_on_a_phone", ".beginning"),
    "console/CasePage": Shown(MODERATED, "Vous l’aurez pendant 24 heures."),
    "console/Console": Shown(FORGED, "Ce compte n’a pas de place à la modération."),
    "console/Deciding": Shown(f"{CONSOLE}.decide", "Relire ce qui sera adressé"),
    "console/DecisionFields": Shown(f"{CONSOLE}.decide", "Conversation suspendue", given=True),
    "console/DecisionForm": Shown(f"{CONSOLE}.decide", "Relire ce qui sera adressé", given=True),
    "console/Facts": Shown(MODERATED, ".detail .marks .chip"),
    "console/Faults": Shown(f"{CONSOLE}.decide", "La décision ne peut pas partir"),
    "console/Help": Shown(SECONDED, "Ils n’agissent pas pendant que vous écrivez."),
    "console/InBothLanguages": Shown(f"{CONSOLE}.decide", "Règle en anglais", given=True),
    "console/LettersShown": Shown(f"{CONSOLE}.decide", "La conversation est suspendue", given=True),
    "console/Load": Shown(MODERATED, "Charge et délais"),
    "console/Notices": Shown(f"{CONSOLE}._told_from_outside", "Notifications extérieures"),
    "console/OpenedCase": Shown(MODERATED, "preuve vérifiée"),
    "console/Parties": Shown(MODERATED, "Les parties, sous leurs pseudonymes"),
    "console/Past": Shown(MODERATED, "Décisions de ce dossier"),
    "console/QueueList": Shown(MODERATED, ".cases a"),
    "console/Reviewing": Shown(MODERATED, "Vous n’avez pris aucune part à la décision contestée."),
    "console/SecondWord": Shown(SECONDED, "Approuver"),
    "console/Statements": Shown(MODERATED, ".exhibit.proven"),
    "console/Timeline": Shown(MODERATED, "Chronologie"),
    "console/Told": Shown(MODERATED, "Ce qui a été adressé aux parties"),
    "console/Trail": Shown(f"{CONSOLE}._audited", "Journal consulté", given=True),
    "console/Unmasking": Shown(SECONDED, "La commune porte plainte", given=True),
    "figures/Bars": Shown(PUBLISHED, ".bars .drawn-bar"),
    "figures/DepartementMap": Shown(PUBLISHED, ".map ul"),
    "figures/Defined": Shown(PUBLISHED, ".facts .defined"),
    "figures/Definitions": Shown(PUBLISHED, "Indicateur 1"),
    "figures/Figures": Shown(PUBLISHED, "n.\u00a0p.\u00a0: non publié"),
    "figures/Fills": Shown(PUBLISHED, ".bars .drawn-bar"),
    "figures/Filters": Shown(PUBLISHED, "form.choices"),
    "figures/Legend": Shown(PUBLISHED, "ul.legend"),
    "figures/Message": Shown(PUBLISHED, "Rien n’est publié pour l’instant.", given=True),
    "figures/Months": Shown(PUBLISHED, ".months .drawn-line"),
    "figures/SheetView": Shown(PUBLISHED, ".facts .defined"),
}
"""Where a page with this part is held to `Tab.violations`: in light and dark, at 320, 390 and 1280 px."""


@cache
def parts() -> dict[str, str]:
    """Each part, and the source that it stands in."""
    paths = chain.from_iterable(sorted((SOURCES / page).glob("*.tsx")) for page in PAGES)
    sources = {path: path.read_text(encoding="utf-8") for path in paths}
    return {f"{path.parent.name}/{name}": text for path, text in sources.items() for name in PART.findall(text)}


@cache
def texts() -> list[tuple[str, str]]:
    """The French texts of the client, each under its key."""
    found = [path.read_text(encoding="utf-8") for path in sorted(SOURCES.rglob("*.fr.ts"))]
    return [(key, _plain(text)) for source in found for key, _, text in TEXT.findall(source)]


@cache
def functions(module: str) -> dict[str, ast.AST]:
    tree = ast.parse((TESTS / f"{module}.py").read_text(encoding="utf-8"))
    return {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def audits_after(where: str, words: str) -> bool:
    """Whether the function sees the words, and holds a page to axe soon after that."""
    module, _, name = where.partition(".")
    seen: list[int] = []
    audited: list[int] = []
    for call in ast.walk(functions(module)[name]):
        if not isinstance(call, ast.Call):
            continue
        called = ast.unparse(call.func)
        if called in {"usable", "hall.shot"} or called.endswith(".violations"):
            audited.append(call.lineno)
        elif called.rpartition(".")[2] in SEES and words in _said(call):
            seen.append(call.lineno)
    return any(0 < audit - sight <= SOON for audit in audited for sight in seen)


def _said(call: ast.Call) -> set[str]:
    values = [*call.args, *(keyword.value for keyword in call.keywords)]
    nodes = chain.from_iterable(ast.walk(value) for value in values)
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def says(source: str, words: str) -> bool:
    """Whether a part's source has one of a selector's classes, or the key of a French text with these words."""
    classes = re.findall(r"(?<=\.)[a-z][\w-]*", words.partition(":")[0]) if _is_selector(words) else []
    if classes:
        return any(re.search(rf"[\"` ]{each}[\"` ]", source) for each in classes)
    keys = {key for key, text in texts() if _plain(words) in text or _filled_in(text, _plain(words))}
    return any(re.search(rf"[.\"]{key}\b", source) for key in keys)


def _filled_in(text: str, words: str) -> bool:
    """Whether words are a text with a blank, filled in."""
    before, blank, _ = text.partition("${")
    return bool(blank) and len(before) > SHORT and before in words


def _is_selector(words: str) -> bool:
    return re.match(r"[a-z]*( )?\.[a-z]", words) is not None


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def test_every_part_is_audited_somewhere() -> None:
    assert set(parts()) == set(AUDITED)


@pytest.mark.parametrize("part", sorted(AUDITED))
def test_a_test_sees_the_part_and_audits_then(part: str) -> None:
    shown = AUDITED[part]
    assert audits_after(shown.where, shown.words)
    assert shown.given or says(parts()[part], shown.words)
