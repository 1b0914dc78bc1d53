/** Shows what comes while somebody looks: the page is asked for again, and drawn again if there is more. */

"use strict";

(() => {
  const look = async () => {
    if (document.visibilityState !== "visible") {
      return;
    }
    const answer = await fetch("/courriels/nombre", { cache: "no-store" });
    if (answer.ok && Number(await answer.text()) !== document.querySelectorAll("article").length) {
      location.reload();
    }
  };
  setInterval(() => look().catch(() => undefined), 2_000);
})();
