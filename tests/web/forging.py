"""A service that lies to the console: a case's file is changed on its way to the page."""

import json

FORGERIES = {
    "payload": ("Cet extrait ne se vérifie pas", "said.events[2].payload = flipped(said.events[2].payload)"),
    "other time": ("Cet extrait ne se vérifie pas", "said.events[2].at += 1"),
    "cut": ("Cet extrait ne se vérifie pas", "said.events.pop()"),
    "swapped sender": ("Cet extrait ne se vérifie pas", "said.events[2].party = 1 - said.events[2].party"),
    "reordered": ("Cet extrait ne se vérifie pas", "said.events.reverse()"),
    "other words": ("Cet extrait ne se vérifie pas", "said.sealed = flipped(said.sealed)"),
    "other author": ("Cet extrait ne se vérifie pas", "said.party = 1 - said.party"),
    "no proof": ("Rien n’est affiché", "file.audit.path = ''"),
    "another leaf": ("Rien n’est affiché", "file.audit = window.queueAudit"),
    "other note": ("Rien n’est affiché", "file.audit.checkpoint = file.audit.checkpoint.replace('/', '/0')"),
    "another case": ("Rien n’est affiché", "file.case = flipped(file.case)"),
}
"""What the console says, and what is changed."""

_CHANGES = ", ".join(f"{json.dumps(name)}: (file, said) => {{ {change}; }}" for name, (_, change) in FORGERIES.items())

FORGING = r"""
const real = window.fetch;
const flipped = (text) => {
  const bytes = Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
  bytes[bytes.length - 1] ^= 1;
  return btoa(String.fromCharCode(...bytes));
};
const forgeries = {CHANGES};
window.fetch = async (input, init) => {
  const answer = await real(input, init);
  if (/moderation\/queue$/.test(input)) {
    window.queueAudit = (await answer.clone().json()).audit;
  }
  if (window.forged === undefined || !/moderation\/cases\/[0-9a-f]{32}$/.test(input)) {
    return answer;
  }
  const file = await answer.json();
  forgeries[window.forged](file, file.statements[0]);
  return new Response(JSON.stringify(file), { status: answer.status });
};
""".replace("CHANGES", _CHANGES)
"""Runs before the page's own scripts; `window.forged` names the forgery in force."""
