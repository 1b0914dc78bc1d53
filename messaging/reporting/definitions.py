"""What each figure says, and of what: the one text of it, for docs/reporting.md and for the page. Pure.

`docs/reporting.md` has the terms (cohort, human answer); its table is made from this by
`scripts.make_reporting_definitions`.
"""

from typing import Final

from msgspec import Struct


class Words(Struct, frozen=True):
    """One text in the two languages of the service, each with the typography of its own."""

    fr: str
    en: str


class Definition(Struct, frozen=True):
    """One measure of the published cells."""

    measure: str
    """As in a cell; `closing`: the contacts of the table of that name."""
    number: int
    """Of the indicator, 1 to 9."""
    name: Words
    says: Words
    of: Words | None
    """Its denominator: what it is a part of. None: it is a part of nothing."""


_CONTACTS: Final = Words("les contacts de la période", "the contacts of the period")
_RECIPROCAL: Final = Words("les mises en relation de la période", "the reciprocal relations of the period")
_OPEN: Final = Words(
    "toutes les relations ni closes ni bloquées à la fin du mois",
    "all relations neither closed nor blocked at the end of the month",
)
_PROJECTS: Final = Words(
    "les projets dont le tout premier contact date du mois", "the projects whose very first contact was in the month"
)
_CLOSED: Final = Words("les relations closes", "the closed relations")
_FLAGGED: Final = Words("les relations signalées", "the reported relations")
_DECIDED: Final = Words("les signalements tranchés", "the reports that were decided")

DEFINITIONS: Final = (
    Definition(
        "contacts",
        1,
        Words("Contacts", "Contacts"),
        Words(
            "Relations dont le premier contact date de la période.", "Relations whose first contact was in the period."
        ),
        None,
    ),
    Definition(
        "reciprocal",
        1,
        Words("Mises en relation", "Reciprocal relations"),
        Words(
            "Relations où chaque côté a écrit au moins un message, dans les 90 jours.",
            "Relations with a human message from each side within 90 days: « mises en relation ».",
        ),
        _CONTACTS,
    ),
    Definition(
        "identified",
        1,
        Words("Identités échangées", "Identities revealed"),
        Words(
            "Mises en relation dont les identités ont été révélées dans les 90 jours.",
            "Those of the reciprocal whose identities were revealed within 90 days.",
        ),
        _RECIPROCAL,
    ),
    Definition(
        "answered_5",
        2,
        Words("Réponse sous 5 jours", "Answered within 5 days"),
        Words(
            "Relations où une personne du côté sollicité a répondu dans les 5 jours.",
            "Relations with a human answer within 5 days.",
        ),
        _CONTACTS,
    ),
    Definition(
        "answered_15",
        2,
        Words("Réponse sous 15 jours", "Answered within 15 days"),
        Words(
            "Relations où une personne du côté sollicité a répondu dans les 15 jours.",
            "Relations with a human answer within 15 days.",
        ),
        _CONTACTS,
    ),
    Definition(
        "answer_rate_5",
        2,
        Words("Taux de réponse à 5 jours", "Answer rate at 5 days"),
        Words("Part des contacts qui ont eu une réponse dans les 5 jours.", "Share of contacts answered in 5 days."),
        _CONTACTS,
    ),
    Definition(
        "answer_rate_15",
        2,
        Words("Taux de réponse à 15 jours", "Answer rate at 15 days"),
        Words("Part des contacts qui ont eu une réponse dans les 15 jours.", "Share of contacts answered in 15 days."),
        _CONTACTS,
    ),
    Definition(
        "answer_days_median",
        3,
        Words("Délai médian de réponse", "Median time to an answer"),
        Words(
            "Jours entamés jusqu’à la réponse qu’a eue la moitié des contacts. Sans réponse, le délai est infini.",
            "Days begun until the answer that half of all had. Without an answer the time is infinite.",
        ),
        _CONTACTS,
    ),
    Definition(
        "answer_days_p90",
        3,
        Words("Délai de réponse, 9 sur 10", "Time to an answer, 9 in 10"),
        Words(
            "Jours entamés jusqu’à la réponse qu’ont eue 90 % des contacts. Sans réponse, le délai est infini.",
            "Days begun until the answer that 90 % of all had. Without an answer the time is infinite.",
        ),
        _CONTACTS,
    ),
    Definition(
        "reveal_rate",
        4,
        Words("Taux de révélation", "Reveal rate"),
        Words(
            "Part des mises en relation dont les identités ont été révélées dans les 90 jours.",
            "Share of the reciprocal relations whose identities were revealed within 90 days.",
        ),
        _RECIPROCAL,
    ),
    *(
        Definition(
            f"over_{days}",
            5,
            Words(f"Attend depuis plus de {days} jours", f"Waiting for more than {days} days"),
            Words(
                f"À la fin du mois, relations dont le dernier message attend une réponse depuis plus de {days} jours, "
                "selon qui attend.",
                f"At the end of the month, relations whose last human message has had no answer for more than {days} "
                "days, by the party that waits.",
            ),
            _OPEN,
        )
        for days in (7, 15, 30)
    ),
    Definition(
        "projects",
        6,
        Words("Projets", "Projects"),
        Words(
            "Projets selon le nombre de contacts qu’ils ont pris jusqu’à une première réponse, dans les 90 jours qui "
            "suivent leur premier contact.",
            "Projects by how many contacts they made until a first answer came, within 90 days of their first contact.",
        ),
        _PROJECTS,
    ),
    Definition(
        "contacts_median",
        6,
        Words("Contacts avant réponse, médiane", "Contacts before an answer, median"),
        Words(
            "Contacts qu’il a fallu à la moitié des projets pour une première réponse.",
            "Contacts that half of the projects needed for a first answer.",
        ),
        _PROJECTS,
    ),
    Definition(
        "contacts_p90",
        6,
        Words("Contacts avant réponse, 9 sur 10", "Contacts before an answer, 9 in 10"),
        Words(
            "Contacts qu’il a fallu à 90 % des projets pour une première réponse.",
            "Contacts that 90 % of the projects needed for a first answer.",
        ),
        _PROJECTS,
    ),
    Definition(
        "visited",
        7,
        Words("Visites", "Visits"),
        Words("Mises en relation avec une visite sur place, dans les 365 jours.", "With a visit on site in 365 days."),
        _RECIPROCAL,
    ),
    Definition(
        "visit_rate",
        7,
        Words("Taux de visite", "Visit rate"),
        Words(
            "Part des mises en relation avec une visite sur place, dans les 365 jours.",
            "Share of the reciprocal relations with a visit on site within 365 days.",
        ),
        _RECIPROCAL,
    ),
    Definition(
        "declared",
        7,
        Words("Installations déclarées", "Installations declared"),
        Words(
            "Mises en relation dont un côté au moins a déclaré l’installation, dans les 365 jours.",
            "With an installation that at least one side declared within 365 days.",
        ),
        _RECIPROCAL,
    ),
    Definition(
        "confirmed",
        7,
        Words("Installations confirmées", "Installations confirmed"),
        Words(
            "Mises en relation dont les deux côtés ont déclaré l’installation, dans les 365 jours.",
            "With an installation that both sides declared within 365 days.",
        ),
        _RECIPROCAL,
    ),
    Definition(
        "closing",
        8,
        Words("Relations selon leur clôture", "Relations by their closing"),
        Words(
            "Relations selon le motif avec lequel elles sont closes après 365 jours.",
            "Relations by the reason with which they stand closed after 365 days.",
        ),
        _CONTACTS,
    ),
    Definition(
        "closed",
        8,
        Words("Relations closes", "Closed relations"),
        Words("Relations closes après 365 jours.", "Relations that stand closed after 365 days."),
        _CONTACTS,
    ),
    Definition(
        "closed_unanswered",
        8,
        Words("Closes sans réponse", "Closed without an answer"),
        Words(
            "Relations closes sans qu’une personne ait répondu auparavant.",
            "Closed relations without a human answer before.",
        ),
        _CLOSED,
    ),
    Definition(
        "closed_unanswered_rate",
        8,
        Words("Part close sans réponse", "Share closed without an answer"),
        Words(
            "Part des relations closes sans qu’une personne ait répondu auparavant.",
            "Share of the closed relations without a human answer before.",
        ),
        _CLOSED,
    ),
    Definition(
        "flagged",
        9,
        Words("Relations signalées", "Relations reported"),
        Words(
            "Relations signalées à la modération dans les 90 jours, qu’elles aient été bloquées pour abus ou non.",
            "Relations reported to the moderators within 90 days, whether they were blocked for abuse or not.",
        ),
        None,
    ),
    Definition(
        "upheld",
        9,
        Words("Signalements fondés", "Reports upheld"),
        Words("Signalements que la modération a suivis.", "Reports that the moderators upheld."),
        _FLAGGED,
    ),
    Definition(
        "dismissed",
        9,
        Words("Signalements écartés", "Reports dismissed"),
        Words("Signalements que la modération n’a pas suivis.", "Reports that the moderators dismissed."),
        _FLAGGED,
    ),
    Definition(
        "undecided",
        9,
        Words("Signalements en cours", "Reports undecided"),
        Words("Signalements que personne n’a encore tranchés.", "Reports that nobody decided yet."),
        _FLAGGED,
    ),
    Definition(
        "appealed",
        9,
        Words("Décisions contestées", "Decisions appealed"),
        Words("Signalements dont une partie conteste la décision.", "Reports whose decision a party contests."),
        _FLAGGED,
    ),
    Definition(
        "decision_days_median",
        9,
        Words("Délai médian de décision", "Median time to a decision"),
        Words(
            "Jours entamés jusqu’à la décision qu’a eue la moitié des signalements tranchés.",
            "Days begun until the decision that half of the decided reports had.",
        ),
        _DECIDED,
    ),
    Definition(
        "blocked",
        9,
        Words("Bloquées pour abus", "Blocked for abuse"),
        Words(
            "Relations bloquées pour abus dans les 90 jours, signalées ou non. Elles ne comptent dans aucune période.",
            "Relations blocked for abuse within 90 days, reported or not. They are in no cohort.",
        ),
        None,
    ),
)
"""In the order of the indicators."""
