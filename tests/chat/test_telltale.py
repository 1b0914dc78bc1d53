"""What gives somebody away is noticed; what does not is left alone."""

import pytest

from messaging.chat.telltale import Telltale, telltales

OWN = ["Dr Camille Le Goff"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Appelez-moi au 06 39 98 41 07.", [Telltale.PHONE]),
        ("06.39.98.41.07", [Telltale.PHONE]),
        ("0639984107", [Telltale.PHONE]),
        ("+33 6 39 98 41 07", [Telltale.PHONE]),
        ("camille.legoff@sante.example", [Telltale.EMAIL, Telltale.NAME]),
        ("écrivez à moi@mairie.fr", [Telltale.EMAIL]),
        ("voyez www.tremeleuc.example", [Telltale.URL]),
        ("https://example.org/x", [Telltale.URL]),
        ("sur tremeleuc.bzh", [Telltale.URL]),
        ("Je m’appelle camille", [Telltale.NAME]),
        ("Goff, au 06 39 98 41 07", [Telltale.PHONE, Telltale.NAME]),
    ],
)
def test_what_gives_away(text: str, found: list[Telltale]) -> None:
    assert telltales(text, OWN) == found


@pytest.mark.parametrize(
    "text",
    [
        "Le cabinet est libre dès le 1er avril 2027, à 10:30, pour 45 000 euros.",
        "Le docteur vient-il ? Le loyer est de 1 250 euros pour 95 m2.",
        "Il y a 2 000 habitants et 3 écoles... et un marché.",
        "code postal 22991",
    ],
)
def test_what_does_not(text: str) -> None:
    assert telltales(text, OWN) == []
