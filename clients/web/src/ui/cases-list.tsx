/** All cases of one's mailboxes, in a list: as a page, or before whatever is shown. */

import type { VNode } from "preact";
import type { CaseView, Id, Picture } from "../core/office.ts";
import { CaseBody, newsOf } from "./cases.tsx";
import { reportingEn } from "./catalogue-reporting.en.ts";
import { reportingFr } from "./catalogue-reporting.fr.ts";
import { usePicture, useSurroundings, useTextOf } from "./context.ts";
import { Dialog } from "./dialog.tsx";
import { PageBar } from "./page-bar.tsx";
import { outsideForm } from "./telling-writing.tsx";

const texts = { fr: reportingFr, en: reportingEn };

interface ListProps {
  readonly picture: Picture;
  /** Leads to a conversation; null: one is there already. */
  readonly onChoose: ((thread: Id) => void) | null;
  /** Below the title of what it stands in. */
  readonly heading: "h2" | "h3";
}

/** All cases of one's mailboxes. */
function CasesList({ picture, onChoose, heading }: ListProps): VNode {
  const { cases: text } = useTextOf(texts);
  const all = picture.mailboxes.flatMap((mailbox) => mailbox.cases).sort((a, b) => b.opened_at - a.opened_at);
  return (
    <div class="cases-list">
      <p>{text.intro}</p>
      {all.length === 0 ? <p class="empty">{text.none}</p> : null}
      <ul>
        {all.map((about) => (
          <li key={about.case}>
            <Listed about={about} picture={picture} onChoose={onChoose} heading={heading} />
          </li>
        ))}
      </ul>
      <p class="quiet">
        <a href={outsideForm} target="_blank" rel="noopener noreferrer">
          {text.outside}
        </a>
        . {text.outsideHint}
      </p>
    </div>
  );
}

function Listed({ about, picture, onChoose, heading: Heading }: ListProps & { about: CaseView }): VNode {
  const { cases: text } = useTextOf(texts);
  const line = picture.threads.find((each) => each.id === about.thread);
  return (
    <section class="card">
      <Heading>{text.sides[about.side] ?? text.title}</Heading>
      {line === undefined ? null : <p dir="auto">{line.name ?? `${line.peer.group}, ${line.peer.area}`}</p>}
      <p>{newsOf(about, text)}</p>
      <details>
        <summary>{text.see}</summary>
        <CaseBody about={about} view={null} />
      </details>
      {line === undefined || onChoose === null ? null : (
        <p>
          <button type="button" onClick={() => onChoose(line.id)}>
            {text.open}
          </button>
        </p>
      )}
    </section>
  );
}

/** The list before whatever is shown. */
export function CasesDialog({ onChoose, onClose }: Pick<ListProps, "onChoose"> & { onClose: () => void }): VNode {
  const { cases: text, telling } = useTextOf(texts);
  const picture = usePicture(useSurroundings().office);
  return (
    <Dialog title={text.title} onClose={onClose}>
      <CasesList picture={picture} onChoose={onChoose} heading="h3" />
      <p class="actions">
        <button type="button" onClick={onClose}>
          {telling.close}
        </button>
      </p>
    </Dialog>
  );
}

/** The list as a page of its own. */
export function CasesPage({ picture, onChoose, onBack }: Omit<ListProps, "heading"> & { onBack: () => void }): VNode {
  const { cases: text } = useTextOf(texts);
  return (
    <section class="page settings">
      <PageBar title={text.title} onBack={onBack} />
      <CasesList picture={picture} onChoose={onChoose} heading="h2" />
    </section>
  );
}
