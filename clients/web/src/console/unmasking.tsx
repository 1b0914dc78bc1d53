/** Which mailbox is behind a pseudonym: asked for with a reason, approved by a second moderator, then proven. */

import type { VNode } from "preact";
import { useId, useRef, useState } from "preact/hooks";
import type { CaseShown, Id } from "../core/office.ts";
import { useSurroundings } from "../ui/context.ts";
import { useAsking, useBench } from "./bench.ts";
import { SecondWord } from "./past.tsx";

interface Props {
  readonly file: CaseShown;
  readonly isSecond: boolean;
  readonly onDone: () => void;
}

export function Unmasking({ file, isSecond, onDone }: Props): VNode | null {
  const { words } = useBench();
  const { unmask, party, unmaskingStates } = words;
  const isOpen = ["claimed", "awaiting", "appealed"].includes(file.state);
  const waits = [...file.unmaskings, ...file.decisions].some((each) => each.state === "proposed");
  const canAsk = isOpen && !isSecond && !waits && file.parties.length > 0;
  if (!canAsk && file.unmaskings.length === 0) {
    return null;
  }
  return (
    <section>
      <h2>{unmask.heading}</h2>
      {file.unmaskings.map((each) => (
        <section key={each.unmasking} class="statement">
          <h3>{unmask.request(party.name(each.party))}</h3>
          <p class="quiet">{unmaskingStates[each.state] ?? each.state}</p>
          <p class="words">{each.reason}</p>
          {each.state === "proposed" ? (
            <SecondWord id={file.case} subject={each.unmasking} isMine={each.is_mine || !isSecond} onDone={onDone} />
          ) : null}
          {each.state === "in_force" ? <Identity file={file} unmasking={each.unmasking} party={each.party} /> : null}
        </section>
      ))}
      {canAsk ? <Asking file={file} onDone={onDone} /> : null}
    </section>
  );
}

function Identity({ file, unmasking, party }: { file: CaseShown; unmasking: Id; party: number }): VNode {
  const { words } = useBench();
  const { busy, ask } = useAsking();
  const [mailbox, setMailbox] = useState<string | null>(null);
  const pseudonyms = file.statements.flatMap(({ proven }) => proven?.pseudonyms.slice(party, party + 1) ?? []);
  const show = async (): Promise<void> => {
    const found = (await ask({ do: "unmasked", unmasking, pseudonyms }))?.unmasked;
    setMailbox(found?.mailbox ?? null);
  };
  return mailbox === null ? (
    <p class="actions">
      <button type="button" disabled={busy} onClick={() => void show()}>
        {words.unmask.show}
      </button>
    </p>
  ) : (
    <div role="status">
      <p class="code">{words.unmask.shown(mailbox)}</p>
      <p class="attested">{words.unmask.proven}</p>
    </div>
  );
}

function Asking({ file, onDone }: { file: CaseShown; onDone: () => void }): VNode {
  const { words, say } = useBench();
  const { newId } = useSurroundings();
  const { busy, ask } = useAsking();
  const [party, setParty] = useState(file.accused_party ?? 0);
  const [reason, setReason] = useState("");
  // One request, however often it is sent.
  const unmasking = useRef(newId());
  const id = useId();
  const send = async (): Promise<void> => {
    if ((await ask({ do: "unmask", case: file.case, unmasking: unmasking.current, party, reason })) !== null) {
      say(words.unmask.asked);
      onDone();
    }
  };
  return (
    <details>
      <summary>{words.unmask.ask}</summary>
      <p class="quiet">{words.unmask.hint}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <label for={`${id}-party`}>{words.unmask.party}</label>
        <select
          id={`${id}-party`}
          value={String(party)}
          onChange={(event) => setParty(Number(event.currentTarget.value))}
        >
          {file.parties.map((each) => (
            <option key={each.party} value={String(each.party)}>
              {words.party.title(each.party)}
            </option>
          ))}
        </select>
        <label for={`${id}-reason`}>{words.unmask.reason}</label>
        <textarea
          id={`${id}-reason`}
          rows={2}
          maxLength={4_000}
          value={reason}
          onInput={(event) => setReason(event.currentTarget.value)}
        />
        <p class="actions">
          <button type="submit" disabled={busy || reason.trim() === ""}>
            {words.unmask.ask}
          </button>
        </p>
      </form>
    </details>
  );
}
