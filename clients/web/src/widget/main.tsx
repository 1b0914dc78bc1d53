/** Starts the widget in its frame. */

import { render } from "preact";
import { idOfHex, isKey } from "../core/base64.ts";
import { drawnId, pinnedTrust } from "../core/pinning.ts";
import { Gate } from "../ui/gate.tsx";
import { catalogueFor } from "../ui/language.ts";
import { officeFor, subjectOf } from "../ui/start.ts";
import { Widget } from "./app.tsx";
import { Host } from "./host.ts";

async function start(root: Element): Promise<void> {
  const host = new Host();
  const told = await host.booted();
  const text = catalogueFor([told.lang ?? "", ...navigator.languages]);
  document.documentElement.lang = text.lang;
  const key = told.platformKey;
  const trust = await pinnedTrust(key !== null && isKey(key) ? key : null);
  const target = told.target === null ? null : idOfHex(told.target);
  const office = officeFor(subjectOf(await host.token()), trust, host.token);
  render(
    <Gate office={office} text={text} newId={drawnId}>
      {(picture) => <Widget picture={picture} target={target} host={host} />}
    </Gate>,
    root,
  );
}

const root = document.querySelector("#app");
if (root !== null) {
  void start(root);
}
