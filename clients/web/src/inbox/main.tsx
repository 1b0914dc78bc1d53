/** Starts the inbox in its page. */

import { render } from "preact";
import { drawnId, pinnedTrust } from "../core/pinning.ts";
import { draftsKept } from "../ui/composer.tsx";
import { catalogueFor } from "../ui/language.ts";
import { Gate } from "../ui/gate.tsx";
import { attest, canSignIn, isSignedOut, SignedIn, signIn } from "../ui/platform.ts";
import { SigningIn } from "../ui/signing-in.tsx";
import { officeFor } from "../ui/start.ts";
import { workerAddress } from "../ui/trusted.ts";
import { Inbox } from "./app.tsx";
import { keepWanted, takeWanted } from "./wanted.ts";

/** Nobody who leaves waits longer for their drafts. */
const leavingMs = 2_000;

async function start(root: Element): Promise<void> {
  const text = await catalogueFor(navigator.languages);
  document.documentElement.lang = text.lang;
  const person = await SignedIn.now();
  if (person === null) {
    const go = (await canSignIn()) ? (): void => void signIn() : null;
    render(<SigningIn text={text} isOut={isSignedOut()} onSignIn={go} />, root);
    return;
  }
  const trust = await pinnedTrust(null);
  const office = officeFor(person.subject, trust, person.token, attest);
  person.onNews(() => {
    office.act({ type: "signedIn" }).catch(() => undefined);
  });
  const signInAgain = async (): Promise<void> => {
    await Promise.race([draftsKept(), new Promise((resolve) => setTimeout(resolve, leavingMs))]);
    if (await signIn().catch(() => true)) {
      return;
    }
    await office.act({ type: "wake" }).catch(() => undefined);
  };
  render(
    <Gate office={office} text={text} newId={drawnId} signIn={signInAgain}>
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

/** A link that is followed in this very page, and what the service worker tells. */
function listen(): void {
  addEventListener("hashchange", () => {
    if (/^#(?:token=|\/alerts\/)/u.test(location.hash)) {
      location.reload();
    }
  });
  navigator.serviceWorker?.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    if (typeof data === "object" && data !== null && "type" in data && data.type === "pli:notification-clicked") {
      keepWanted({ token: null }, Date.now());
    }
  });
}

const root = document.querySelector("#app");
if (root !== null) {
  takeWanted(Date.now());
  listen();
  void start(root);
  keepForLater().catch(() => undefined);
}
