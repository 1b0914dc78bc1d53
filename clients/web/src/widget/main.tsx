/** Starts the widget in its frame. */

import { render } from "preact";
import { idOfHex, isKey } from "../core/base64.ts";
import { drawnId, pinnedTrust } from "../core/pinning.ts";
import { Gate } from "../ui/gate.tsx";
import { catalogueFor } from "../ui/language.ts";
import { officeFor, subjectOf } from "../ui/start.ts";
import { Widget } from "./app.tsx";
import { Closable } from "./frame.tsx";
import { Host } from "./host.ts";

/** Opened by itself, there is nobody to sign in with. */
function standAlone(root: Element): void {
  const { lang, widget } = catalogueFor(navigator.languages);
  document.documentElement.lang = lang;
  render(
    <main class="page">
      <p>{widget.alone}</p>
    </main>,
    root,
  );
}

async function start(root: Element): Promise<void> {
  const host = await Host.met();
  const { target, lang, platformKey } = host.told;
  const text = catalogueFor([lang ?? "", ...navigator.languages]);
  document.documentElement.lang = text.lang;
  const shell = { text, host };
  render(
    <Closable {...shell}>
      <p role="status">{text.status.connecting}</p>
    </Closable>,
    root,
  );
  try {
    const subject = subjectOf(await host.token());
    const trust = await pinnedTrust(platformKey !== null && isKey(platformKey) ? platformKey : null);
    const office = officeFor(subject, trust, async () => tokenOf(host, subject), host.attest);
    render(
      <Closable {...shell}>
        <Gate office={office} text={text} newId={drawnId}>
          {(picture) => <Widget picture={picture} target={target === null ? null : idOfHex(target)} host={host} />}
        </Gate>
      </Closable>,
      root,
    );
  } catch {
    render(
      <Closable {...shell}>
        <p role="alert">{text.widget.noToken}</p>
        <p class="actions">
          <button type="button" class="primary" onClick={() => void start(root)}>
            {text.widget.again}
          </button>
        </p>
      </Closable>,
      root,
    );
  }
}

/** Another person of the same browser gets a frame of their own: the page says `shutdown`, then `boot`. */
async function tokenOf(host: Host, subject: string): Promise<string> {
  const token = await host.token();
  if (subjectOf(token) !== subject) {
    throw new Error("the page gave somebody else's token");
  }
  return token;
}

const root = document.querySelector("#app");
if (root !== null && parent === window) {
  standAlone(root);
} else if (root !== null) {
  void start(root);
}
