/**
 * What a platform's page does with the widget (docs/widget.md). Whether somebody is signed in is the page's own matter;
 * here a click does it, and this tab remembers.
 */

"use strict";

(() => {
  const queue = (...call) => (queue.q = queue.q ?? []).push(call);
  window.Pli = window.Pli ?? queue;
  const pli = (...call) => window.Pli(...call);
  const { target, platformKey } = document.body.dataset;
  const part = (name) => document.getElementById(name);
  const signedIn = () => sessionStorage.getItem("signed-in") !== null;

  /** Asks the platform's own back end, which knows who is signed in. */
  const asked = async (path, body, method = "POST") => {
    const answer = await fetch(path, { method, body });
    if (!answer.ok) {
      throw new Error(`${path}: ${answer.status}`);
    }
    return answer.text();
  };
  const token = () => asked("/jeton");
  const attest = (identity) => asked("/attestation", identity);

  const draw = () => {
    part("sign-in").hidden = signedIn();
    part("sign-out").hidden = part("who").hidden = !signedIn();
  };

  const boot = () => pli("boot", { token, attest, target, platformKey, lang: "fr" });

  const enter = async () => {
    await asked("/visite");
    sessionStorage.setItem("signed-in", "yes");
    boot();
    draw();
  };

  const leave = async () => {
    sessionStorage.removeItem("signed-in");
    pli("shutdown");
    part("unread").textContent = "";
    draw();
    await asked("/visite", undefined, "DELETE");
  };

  pli("on", "unread", (count) => {
    part("unread").textContent = count > 0 ? `${count} réponse${count > 1 ? "s" : ""} à lire` : "";
  });
  part("sign-in").addEventListener("click", enter);
  part("sign-out").addEventListener("click", leave);
  part("write").addEventListener("click", async () => {
    if (!signedIn()) {
      await enter();
    }
    pli("show");
  });
  addEventListener("load", () => {
    part("missing").hidden = window.Pli !== queue;
  });
  draw();
  if (signedIn()) {
    boot();
  }
})();
