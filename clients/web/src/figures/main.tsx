/** Starts the page of figures: reads them once, for whoever may. */

import { render } from "preact";
import { ProblemError, SignInNeeded } from "../core/errors.ts";
import { readFigures } from "../core/figures.ts";
import { serviceInfo } from "../core/pinning.ts";
import { languageOf } from "../ui/wanted-language.ts";
import { Figures, Message } from "./app.tsx";
import { type FiguresText, figuresFr } from "./catalogue.fr.ts";
import { dropToken, takeToken } from "./entry.ts";

async function start(root: Element): Promise<void> {
  const text = await catalogue();
  document.documentElement.lang = text.lang;
  document.title = text.title;
  const token = takeToken(Date.now());
  if (token === null) {
    await askToSignIn(root, text);
    return;
  }
  render(<Message text={text} says={text.loading} />, root);
  try {
    const view = await readFigures(location.origin, token);
    render(<Figures view={view} text={text} />, root);
  } catch (error) {
    await explain(root, text, error);
  }
}

/** Few read English here: it is loaded for them. */
async function catalogue(): Promise<FiguresText> {
  return languageOf(navigator.languages) === "en" ? (await import("./catalogue.en.ts")).figuresEn : figuresFr;
}

async function explain(root: Element, text: FiguresText, error: unknown): Promise<void> {
  if (error instanceof SignInNeeded) {
    dropToken();
    await askToSignIn(root, text);
  } else if (error instanceof ProblemError && error.final) {
    dropToken();
    render(<Message text={text} says={text.refused} />, root);
  } else {
    const again = (
      <p class="actions">
        <button type="button" class="primary" onClick={() => void start(root)}>
          {text.retry}
        </button>
      </p>
    );
    render(
      <Message text={text} says={text.unreachable}>
        {again}
      </Message>,
      root,
    );
  }
}

/** The platform’s page, where it has one, leads whom it knows back here. */
async function askToSignIn(root: Element, text: FiguresText): Promise<void> {
  const url = (await serviceInfo().catch(() => null))?.sign_in_url ?? null;
  const link =
    url === null ? null : (
      <p class="actions">
        <a class="button" href={url} rel="noreferrer">
          {text.signInGo}
        </a>
      </p>
    );
  render(
    <Message text={text} says={text.signIn}>
      {link}
    </Message>,
    root,
  );
}

const root = document.querySelector("#app");
if (root !== null) {
  addEventListener("hashchange", () => {
    if (location.hash.startsWith("#token=")) {
      location.reload();
    }
  });
  void start(root);
}
