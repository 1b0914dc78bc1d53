/** Starts the moderators' console in its page. */

import { render } from "preact";
import { drawnId, pinnedTrust } from "../core/pinning.ts";
import { Gate } from "../ui/gate.tsx";
import { catalogueFor } from "../ui/language.ts";
import { attest, canSignIn, isSignedOut, SignedIn, signIn } from "../ui/platform.ts";
import { SigningIn } from "../ui/signing-in.tsx";
import { officeFor } from "../ui/start.ts";
import { Console } from "./app.tsx";
import { en } from "./words.en.ts";
import { fr } from "./words.fr.ts";

async function start(root: Element): Promise<void> {
  const text = await catalogueFor(navigator.languages);
  document.documentElement.lang = text.lang;
  const words = text.lang === "fr" ? fr : en;
  const person = await SignedIn.now();
  if (person === null) {
    const go = (await canSignIn()) ? (): void => void signIn() : null;
    const inbox = { ...text.inbox, title: words.title };
    render(<SigningIn text={{ ...text, inbox }} isOut={isSignedOut()} onSignIn={go} />, root);
    return;
  }
  const office = officeFor(person.subject, await pinnedTrust(null), person.token, attest);
  person.onNews(() => {
    office.act({ type: "signedIn" }).catch(() => undefined);
  });
  const signInAgain = async (): Promise<void> => {
    if (!(await signIn().catch(() => true))) {
      await office.act({ type: "wake" }).catch(() => undefined);
    }
  };
  render(
    <Gate office={office} text={text} newId={drawnId} signIn={signInAgain}>
      {(picture) => <Console picture={picture} words={words} />}
    </Gate>,
    root,
  );
}

/** A link with a token that is followed in this very page. */
addEventListener("hashchange", () => {
  if (location.hash.startsWith("#token=")) {
    location.reload();
  }
});

const root = document.querySelector("#app");
if (root !== null) {
  void start(root);
}
