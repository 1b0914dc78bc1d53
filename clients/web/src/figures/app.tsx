/** The page of figures: what is chosen, and the sheets of it. The address holds the choice. */

import type { VNode } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import type { FiguresView } from "../core/figures.ts";
import type { FiguresText } from "./catalogue.fr.ts";
import { csvOf, download } from "./csv.ts";
import { Definitions } from "./definitions.tsx";
import { Filters } from "./filters.tsx";
import { labelsFor } from "./labels.ts";
import { Fills } from "./patterns.tsx";
import { Published } from "./published.ts";
import { searchOf, type Selection, selectionAt } from "./selection.ts";
import { sheetsOf } from "./sheets.ts";
import { SheetView } from "./sheet.tsx";

interface Props {
  readonly view: FiguresView;
  readonly text: FiguresText;
}

export function Figures({ view, text }: Props): VNode {
  const published = useMemo(() => new Published(view), [view]);
  const labels = useMemo(() => labelsFor(text, published), [text, published]);
  const [selection, setSelection] = useSelection(published);
  useEffect(() => {
    addEventListener("beforeprint", closeDefinitions);
    return () => removeEventListener("beforeprint", closeDefinitions);
  }, []);
  if (selection === null) {
    return <Message text={text} says={text.nothing} />;
  }
  const sheets = sheetsOf(published, selection);
  const keep = (): void => download(csvOf(sheets), `pli-${selection.period}.csv`);
  return (
    <main class="figures">
      <Fills />
      <h1>{text.title}</h1>
      <p>{text.intro}</p>
      <Filters {...{ published, selection, labels }} onSelect={setSelection} onDownload={keep} />
      <p class="chosen" role="status">
        {labels.selection(selection)}
      </p>
      {sheets.map((sheet) => (
        <SheetView key={sheet.name} sheet={sheet} labels={labels} />
      ))}
      <p class="quiet">{text.legend}</p>
      <Definitions all={published.definitions} labels={labels} />
    </main>
  );
}

/** One that is open lies above the page, also on paper, where all of them stand at the end. */
function closeDefinitions(): void {
  for (const each of document.querySelectorAll<HTMLElement>(":popover-open")) {
    each.hidePopover();
  }
}

/** One that the address does not hold yet is put there, so that it can be passed on; the browser goes back to others. */
function useSelection(published: Published): [Selection | null, (selection: Selection) => void] {
  const [selection, setSelection] = useState(() => selectionAt(location.search, published));
  useEffect(() => {
    const follow = (): void => setSelection(selectionAt(location.search, published));
    addEventListener("popstate", follow);
    return () => removeEventListener("popstate", follow);
  }, [published]);
  return [
    selection,
    (wanted) => {
      history.pushState(null, "", searchOf(wanted));
      setSelection(wanted);
    },
  ];
}

interface MessageProps {
  readonly text: FiguresText;
  readonly says: string;
  readonly children?: VNode | null;
}

/** In place of figures. */
export function Message({ text, says, children }: MessageProps): VNode {
  return (
    <main class="page">
      <h1>{text.title}</h1>
      <p role="alert">{says}</p>
      {children ?? null}
    </main>
  );
}
