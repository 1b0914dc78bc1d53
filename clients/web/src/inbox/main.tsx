/** Starts the inbox in its page. */

import { render } from "preact";
import { drawnId, pinnedTrust } from "../core/pinning.ts";
import { TokenMissing } from "./signing-in.tsx";
import { takeToken } from "./token.ts";
import { catalogueFor } from "../ui/language.ts";
import { Gate } from "../ui/gate.tsx";
import { officeFor, subjectOf } from "../ui/start.ts";
import { workerAddress } from "../ui/trusted.ts";
import { Inbox } from "./app.tsx";

async function start(root: Element): Promise<void> {
  const text = catalogueFor(navigator.languages);
  document.documentElement.lang = text.lang;
  const token = takeToken();
  if (token === null) {
    render(<TokenMissing text={text} />, root);
    return;
  }
  const trust = await pinnedTrust(null);
  const office = officeFor(subjectOf(token), trust, () => token);
  render(
    <Gate office={office} text={text} newId={drawnId}>
      {(picture) => <Inbox picture={picture} />}
    </Gate>,
    root,
  );
}

/** Without a worker the inbox works as well, but for its start without the network. */
async function keepForLater(): Promise<void> {
  if ("serviceWorker" in navigator) {
    await navigator.serviceWorker.register(workerAddress(), { scope: "/inbox/" });
  }
}

const root = document.querySelector("#app");
if (root !== null) {
  void start(root);
  keepForLater().catch(() => undefined);
}
