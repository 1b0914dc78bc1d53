"""Statements of reasons: what both sides are told of a decision, with what article 17 of the Digital Services Act
(Regulation (EU) 2022/2065) asks for: facts, ground, scope, duration, automated or not, and how to appeal.

Plain French first, English second. A text in which a placeholder remains is refused: nobody gets half a letter.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from messaging.domain.errors import Malformed
from messaging.domain.vocabulary import CaseOrigin, Ground, Measure, ReportCategory

_PLACEHOLDER: Final = re.compile(r"\{\{|\}\}|\[\s*(?:…|\.\.\.|à compléter|to complete)")
_FIELD: Final = re.compile(r"\{\{(\w+)\}\}")
_PARIS: Final = ZoneInfo("Europe/Paris")
_MONTHS: Final = (
    *("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre"),
    "décembre",
)


class Side(StrEnum):
    """Who is told."""

    ACCUSED = "accused"
    REPORTER = "reporter"


@dataclass(frozen=True, slots=True)
class Text:
    """In both languages."""

    fr: str
    en: str


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why, as the moderator wrote it, and what follows from the decision itself."""

    measure: Measure
    origin: CaseOrigin
    ground: Ground
    rule: Text
    """The clause of the terms of use, or the law."""
    facts: Text
    ends_at: int | None
    """ms; None: without an end, or nothing that could end."""
    appeal_until: int
    """ms"""


_MEASURES: Final[Mapping[Measure, Text]] = MappingProxyType(
    {
        Measure.NONE: Text(
            "Aucune mesure n’est prise : la conversation continue comme avant.",
            "No measure is taken: the conversation goes on as before.",
        ),
        Measure.WARNING: Text(
            "Un avertissement est adressé à l’auteur des messages. Il peut continuer à écrire.",
            "The author of the messages is warned, and can go on writing.",
        ),
        Measure.FREEZE: Text(
            "La conversation est suspendue : chacun peut la relire, plus personne ne peut y écrire.",
            "The conversation is frozen: everybody can read it, and nobody can write in it.",
        ),
        Measure.BLOCK: Text(
            "Le contact est bloqué : la conversation est suspendue, et ces deux messageries ne peuvent pas en "
            "ouvrir une autre entre elles.",
            "The contact is blocked: the conversation is frozen, and these two mailboxes cannot open another one with "
            "each other.",
        ),
        Measure.SUSPENSION: Text(
            "La messagerie de l’auteur des messages est suspendue : elle peut lire, elle ne peut plus écrire.",
            "The mailbox of the author of the messages is suspended: it can read, and cannot write.",
        ),
    }
)

_SCOPES: Final[Mapping[Measure, Text]] = MappingProxyType(
    {
        Measure.NONE: Text("cette conversation", "this conversation"),
        Measure.WARNING: Text("cette conversation", "this conversation"),
        Measure.FREEZE: Text("cette conversation, sur tout le service", "this conversation, in the whole service"),
        Measure.BLOCK: Text(
            "les échanges entre ces deux messageries, sur tout le service",
            "what these two mailboxes write to each other, in the whole service",
        ),
        Measure.SUSPENSION: Text(
            "toutes les conversations de cette messagerie, sur tout le service",
            "all conversations of this mailbox, in the whole service",
        ),
    }
)

_ORIGINS: Final[Mapping[CaseOrigin, Text]] = MappingProxyType(
    {
        CaseOrigin.REPORT: Text(
            "Un participant a signalé des messages de cette conversation et les a montrés à la modération.",
            "A participant reported messages of this conversation, and showed them to the moderators.",
        ),
        CaseOrigin.NOTICE: Text(
            "Une personne extérieure à la conversation a adressé une notification à la modération.",
            "Somebody outside of the conversation sent the moderators a notice.",
        ),
        CaseOrigin.FLAG: Text(
            "La modération a examiné ce cas de sa propre initiative.",
            "The moderators looked at this of their own accord.",
        ),
    }
)

_GROUNDS: Final[Mapping[Ground, Text]] = MappingProxyType(
    {
        Ground.TERMS: Text("contraire aux conditions d’utilisation", "against the terms of use"),
        Ground.LAW: Text("contenu illicite au regard de la loi", "illegal content"),
    }
)

_DECISION: Final = Text(
    "{{opening}}\n\n"
    "Décision. {{measure}}\n"
    "Faits. {{origin}} {{facts}}\n"
    "Fondement. {{ground}}. {{rule}}\n"
    "Étendue. {{scope}}.\n"
    "Durée. {{duration}}\n"
    "Moyens automatisés. Des modérateurs, et non un programme, ont examiné ce cas et pris cette décision."
    "{{detection}}\n"
    "Recours. Vous pouvez contester cette décision gratuitement dans cette messagerie, jusqu’au {{appeal_until}} : un "
    "autre modérateur l’examinera. Vous pouvez aussi saisir un organe de règlement extrajudiciaire des litiges "
    "certifié (article 21 du règlement (UE) 2022/2065), ou un juge.",
    "{{opening}}\n\n"
    "Decision. {{measure}}\n"
    "Facts. {{origin}} {{facts}}\n"
    "Ground. {{ground}}. {{rule}}\n"
    "Scope. {{scope}}.\n"
    "Duration. {{duration}}\n"
    "Automated means. Moderators, not a program, looked at this case and took this decision.{{detection}}\n"
    "Redress. You can contest this decision free of charge in this mailbox, until {{appeal_until}}: another moderator "
    "will look at it. You can also turn to a certified out-of-court dispute settlement body (article 21 of Regulation "
    "(EU) 2022/2065), or to a court.",
)

_OPENINGS: Final[Mapping[Side, Text]] = MappingProxyType(
    {
        Side.ACCUSED: Text(
            "La modération a pris une décision au sujet de messages écrits par votre messagerie. Vous pouvez y "
            "répondre, et montrer d’autres messages à la modération.",
            "The moderators took a decision about messages that your mailbox wrote. You can answer, and show the "
            "moderators further messages.",
        ),
        Side.REPORTER: Text(
            "La modération a examiné votre signalement.",
            "The moderators looked at your report.",
        ),
    }
)

_OUTCOME: Final = Text(
    "Un autre modérateur a examiné le recours.\n\nDécision sur le recours. {{outcome}}\nMotifs. {{reasons}}\n"
    "Recours. Vous pouvez encore saisir un organe de règlement extrajudiciaire des litiges certifié (article 21 du "
    "règlement (UE) 2022/2065), ou un juge.",
    "Another moderator looked at the appeal.\n\nDecision on the appeal. {{outcome}}\nReasons. {{reasons}}\n"
    "Redress. You can still turn to a certified out-of-court dispute settlement body (article 21 of Regulation (EU) "
    "2022/2065), or to a court.",
)

_OUTCOMES: Final = MappingProxyType(
    {
        True: Text(
            "La décision est annulée ; toute mesure qu’elle portait prend fin.",
            "The decision is overturned; any measure that it brought ends.",
        ),
        False: Text("La décision est confirmée.", "The decision is upheld."),
    }
)

_DETECTION: Final = Text(
    " Une règle sur le rythme des échanges, et non sur leur contenu, avait attiré l’attention de la modération.",
    " A rule about how often messages are sent, not about what they say, had drawn the moderators’ attention.",
)

FACTS: Final[Mapping[ReportCategory, Text]] = MappingProxyType(
    {
        ReportCategory.POSING: Text(
            "Dans {{messages}}, l’auteur se présente comme {{claimed}}, alors qu’il {{truth}}.",
            "In {{messages}}, the author claims to be {{claimed}}, but {{truth}}.",
        ),
        ReportCategory.PAYMENT: Text(
            "Dans {{messages}}, l’auteur demande {{amount}} pour {{purpose}}.",
            "In {{messages}}, the author asks for {{amount}} for {{purpose}}.",
        ),
        ReportCategory.HARASSMENT: Text(
            "Dans {{messages}}, l’auteur {{conduct}}.", "In {{messages}}, the author {{conduct}}."
        ),
        ReportCategory.FALSE_DIPLOMA: Text(
            "Dans {{messages}}, l’auteur se prévaut de {{diploma}}, alors que {{truth}}.",
            "In {{messages}}, the author claims {{diploma}}, but {{truth}}.",
        ),
        ReportCategory.CONTACT_PRESSURE: Text(
            "Dans {{messages}}, l’auteur insiste pour obtenir {{what}} malgré {{refusal}}.",
            "In {{messages}}, the author presses for {{what}} in spite of {{refusal}}.",
        ),
        ReportCategory.OTHER: Text("Dans {{messages}}, {{facts}}.", "In {{messages}}, {{facts}}."),
    }
)
"""What moderators begin their facts with: every placeholder is to be filled in."""


def check_complete(*texts: Text) -> None:
    """Refuses what is empty or still holds a placeholder. Raises: Malformed."""
    for text in texts:
        for said in (text.fr, text.en):
            if not said.strip():
                raise Malformed("a statement of reasons is written in both languages")
            if _PLACEHOLDER.search(said):
                raise Malformed("a placeholder is left in the statement of reasons: fill it in")


def decision(reasons: Reasons, side: Side) -> Text:
    """The statement for one side. Raises: Malformed, while a placeholder remains."""
    check_complete(reasons.facts, reasons.rule)
    measure, opening = _MEASURES[reasons.measure], _OPENINGS[side]
    scope, origin, ground = _SCOPES[reasons.measure], _ORIGINS[reasons.origin], _GROUNDS[reasons.ground]
    is_flag = reasons.origin is CaseOrigin.FLAG
    french = {
        "opening": opening.fr,
        "measure": measure.fr,
        "origin": origin.fr,
        "facts": reasons.facts.fr,
        "ground": ground.fr[0].upper() + ground.fr[1:],
        "rule": reasons.rule.fr,
        "scope": scope.fr[0].upper() + scope.fr[1:],
        "duration": _duration(reasons).fr,
        "detection": _DETECTION.fr if is_flag else "",
        "appeal_until": _date(reasons.appeal_until).fr,
    }
    english = {
        "opening": opening.en,
        "measure": measure.en,
        "origin": origin.en,
        "facts": reasons.facts.en,
        "ground": ground.en[0].upper() + ground.en[1:],
        "rule": reasons.rule.en,
        "scope": scope.en[0].upper() + scope.en[1:],
        "duration": _duration(reasons).en,
        "detection": _DETECTION.en if is_flag else "",
        "appeal_until": _date(reasons.appeal_until).en,
    }
    return Text(fill(_DECISION.fr, french), fill(_DECISION.en, english))


def outcome(*, overturned: bool, reasons: Text) -> Text:
    """What both sides are told of an appeal. Raises: Malformed, while a placeholder remains."""
    check_complete(reasons)
    said = _OUTCOMES[overturned]
    return Text(
        fill(_OUTCOME.fr, {"outcome": said.fr, "reasons": reasons.fr}),
        fill(_OUTCOME.en, {"outcome": said.en, "reasons": reasons.en}),
    )


def fill(template: str, values: Mapping[str, str]) -> str:
    """The template with its placeholders filled in. Raises: Malformed, for one that has no value."""
    missing = [name for name in _FIELD.findall(template) if name not in values]
    if missing:
        raise Malformed(f"a placeholder is left in the statement of reasons: {missing[0]}")
    return _FIELD.sub(lambda found: values[found[1]], template)


def _duration(reasons: Reasons) -> Text:
    if reasons.ends_at is not None:
        until = _date(reasons.ends_at)
        return Text(f"Jusqu’au {until.fr}.", f"Until {until.en}.")
    if reasons.measure in (Measure.FREEZE, Measure.BLOCK):
        return Text("Sans limite de durée.", "Without an end.")
    return Text("Sans objet.", "Not applicable.")


def _date(at: int) -> Text:
    """In the zone of Paris."""
    local = datetime.fromtimestamp(at / 1_000, UTC).astimezone(_PARIS)
    day = "1er" if local.day == 1 else str(local.day)
    clock = f"{local.hour}\u00a0h\u00a0{local.minute:02}"
    return Text(
        f"{day} {_MONTHS[local.month - 1]} {local.year} à {clock} (heure de Paris)",
        f"{local.day} {local:%B %Y}, {local:%H:%M} (Paris time)",
    )
