"""A person’s first use, in the inbox or in the widget."""

from tests.support.browser import Tab


async def first_use(tab: Tab, **frame: str) -> str:
    """Keeps the recovery code and opens the mailbox; returns the code."""
    await tab.sees("Votre code de secours", **frame)
    code = await tab.read(css=".code", **frame)
    await tab.check("J’ai gardé ce code en lieu sûr", **frame)
    await tab.button("Continuer", **frame)
    await tab.button("Ouvrir la boîte", **frame)
    return code
