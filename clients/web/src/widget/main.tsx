/** Starts the widget in its frame. */

import { render } from "preact";
import { idOfHex, isKey } from "../core/base64.ts";
import { drawnId, pinnedTrust } from "../core/pinning.ts";
import { Gate } from "../ui/gate.tsx";
import { catalogueFor } from "../ui/language.ts";
import { SignInNeeded } from "../core/errors.ts";
import { subjectOf } from "../core/token.ts";
import { officeFor } from "../ui/start.ts";
import { Widget } from "./app.tsx";
import { Closable } from "./frame.tsx";
import { Host } from "./host.ts";

/** Opened by itself, there is nobody to sign in with. */
async function standAlone(root: Element): Promise<void> {
  const { lang, name, widget } = await catalogueFor(navigator.languages);
  document.documentElement.lang = lang;
  render(
    <main class="page">
      <h1>{name}</h1>
      <p>{widget.alone}</p>
    </main>,
    root,
  );
}

async function start(root: Element): Promise<void> {
  const host = await Host.met();
  const { target, lang, platformKey } = host.told;
  const text = await catalogueFor([lang ?? "", ...navigator.languages]);
  document.documentElement.lang = text.lang;
  const shell = { text, host };
  render(
    <Closable {...shell}>
      <main class="page">
        <p role="status">{text.status.connecting}</p>
      </main>
    </Closable>,
    root,
  );
  try {
    const token = await host.token();
    if (token === null) {
      throw new SignInNeeded("the page gave no token");
    }
    const subject = subjectOf(token);
    const trust = await pinnedTrust(platformKey !== null && isKey(platformKey) ? platformKey : null);
    const office = officeFor(subject, trust, async () => tokenOf(host, subject), host.attest);
    const signIn = async (): Promise<void> => {
      if (office.picture.stage.name === "ended") {
        location.reload();
      }
      await office.act({ type: "wake" }).catch(() => undefined);
    };
    render(
      <Closable {...shell}>
        <Gate office={office} text={text} newId={drawnId} signIn={signIn}>
          {(picture) => <Widget picture={picture} target={target === null ? null : idOfHex(target)} host={host} />}
        </Gate>
      </Closable>,
      root,
    );
  } catch {
    render(
      <Closable {...shell}>
        <main class="page">
          <p role="alert">{text.widget.noToken}</p>
          <p class="actions">
            <button type="button" class="primary" onClick={() => void start(root)}>
              {text.widget.again}
            </button>
          </p>
        </main>
      </Closable>,
      root,
    );
  }
}

/** Another person of the same browser gets a frame of their own: the page says `shutdown`, then `boot`. */
async function tokenOf(host: Host, subject: string): Promise<string> {
  const token = await host.token();
  if (token === null || subjectOf(token) !== subject) {
    throw new SignInNeeded("the page gave no token, or somebody else's");
  }
  return token;
}

const root = document.querySelector("#app");
if (root !== null && parent === window) {
  void standAlone(root);
} else if (root !== null) {
  void start(root);
}
