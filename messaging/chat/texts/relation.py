"""What is said of how far a conversation came: the board, proposals, steps, closing, blocking."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

TEXTS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "asked": (
            "propose de lever l’anonymat. (/carte pour consentir)",
            "proposes to show identities. (/card to consent)",
        ),
        "closed": (
            "a fermé la conversation",
            "closed the conversation",
        ),
        "reopened": (
            "a rouvert la conversation",
            "reopened the conversation",
        ),
        "step_meeting_proposed": (
            "propose une rencontre",
            "proposes to meet",
        ),
        "step_meeting_confirmed": (
            "accepte la rencontre",
            "agrees to meet",
        ),
        "step_meeting_held": (
            "indique que la rencontre a eu lieu",
            "says that the meeting took place",
        ),
        "step_visited": (
            "indique que la visite a eu lieu",
            "says that the visit took place",
        ),
        "step_offer_proposed": (
            "fait une offre",
            "makes an offer",
        ),
        "step_offer_accepted": (
            "accepte l’offre",
            "accepts the offer",
        ),
        "step_offer_declined": (
            "décline l’offre",
            "declines the offer",
        ),
        "step_installed": (
            "indique que le projet est installé",
            "says that the project has settled",
        ),
        "step_unknown": (
            "a noté une étape que cette version ne connaît pas",
            "noted a step that this version does not know",
        ),
        "closing_reasons": (
            "Pourquoi fermer cette conversation\u202f?",
            "Why close this conversation?",
        ),
        "which_reason": (
            "Numéro (rien pour annuler)\u00a0: ",
            "Number (nothing to cancel): ",
        ),
        "not_closed": (
            "(la conversation reste ouverte)",
            "(the conversation stays open)",
        ),
        "tell_reason": (
            "Dire pourquoi à l’autre côté\u202f? (oui/non) ",
            "Tell the other side why? (yes/no) ",
        ),
        "block_sure": (
            "Bloquer\u202f? Vous ne verrez plus rien de cette conversation, et l’autre côté n’en saura "
            "rien. (oui/non) ",
            "Block? You will see nothing of this conversation any more, and the other side will not know. (yes/no) ",
        ),
        "blocked": (
            "(conversation bloquée\u202f; /debloquer la rend)",
            "(conversation blocked; /unblock brings it back)",
        ),
        "unblocked": (
            "(conversation débloquée)",
            "(conversation unblocked)",
        ),
        "reason_filled": (
            "poste pourvu",
            "filled",
        ),
        "reason_project_abandoned": (
            "projet abandonné",
            "project abandoned",
        ),
        "reason_need_gone": (
            "besoin disparu",
            "need gone",
        ),
        "reason_housing": (
            "logement",
            "housing",
        ),
        "reason_spouse_job": (
            "emploi du conjoint",
            "spouse’s job",
        ),
        "reason_school": (
            "école",
            "school",
        ),
        "reason_premises": (
            "locaux",
            "premises",
        ),
        "reason_financing": (
            "financement",
            "financing",
        ),
        "reason_no_answer": (
            "sans réponse",
            "no answer",
        ),
        "reason_after_visit": (
            "après une visite",
            "after a visit",
        ),
        "reason_team_change": (
            "changement d’équipe",
            "change of team",
        ),
        "reason_abuse": (
            "abus",
            "abuse",
        ),
        "reason_other": (
            "autre",
            "other",
        ),
        "no_board": (
            "Aucune conversation à suivre pour l’instant.",
            "No conversation to follow yet.",
        ),
        "board_line": (
            "  {number}. {peer} — {facts}",
            "  {number}. {peer} — {facts}",
        ),
        "stage_solicited": (
            "Premier contact",
            "First contact",
        ),
        "stage_engaged": (
            "Échange engagé",
            "In conversation",
        ),
        "stage_meeting_planned": (
            "Rencontre prévue",
            "Meeting planned",
        ),
        "stage_visited": (
            "Visite faite",
            "Visited",
        ),
        "stage_agreed": (
            "Accord trouvé",
            "Agreed",
        ),
        "stage_installed": (
            "Projet installé",
            "Settled",
        ),
        "stage_closed": (
            "Clos",
            "Closed",
        ),
        "waits_own": (
            "à vous de répondre depuis le {day}",
            "yours to answer since {day}",
        ),
        "waits_seen": (
            "vu, sans réponse depuis le {day}",
            "seen, unanswered since {day}",
        ),
        "waits_unseen": (
            "pas encore vu, écrit le {day}",
            "not seen yet, written on {day}",
        ),
        "waits_other": (
            "une réponse est attendue depuis le {day}",
            "an answer is awaited since {day}",
        ),
        "waits_nothing": (
            "rien n’attend",
            "nothing waits",
        ),
        "board_meetings": (
            "rencontres\u00a0: {count}",
            "meetings: {count}",
        ),
        "board_visits": (
            "visites\u00a0: {count}",
            "visits: {count}",
        ),
        "proposed_meeting": (
            "rencontre proposée, sans réponse",
            "a meeting is proposed, unanswered",
        ),
        "proposed_offer": (
            "offre faite, sans réponse",
            "an offer is made, unanswered",
        ),
        "installed_by_one": (
            "installation déclarée par un côté",
            "settling declared by one side",
        ),
        "installed_by_both": (
            "installation confirmée des deux côtés",
            "settling confirmed by both sides",
        ),
    }
)
