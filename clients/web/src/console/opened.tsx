/** A case that one has, opened: how it came, what was shown, who they are, and what is to be decided. */

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { CaseShown, QueuedCase, StatementShown } from "../core/office.ts";
import { useSurroundings } from "../ui/context.ts";
import { useAsking, useBench } from "./bench.ts";
import { Deciding } from "./deciding.tsx";
import { Facts } from "./facts.tsx";
import { Notices, Statements } from "./statements.tsx";
import { Parties } from "./parties.tsx";
import { Past, Told } from "./past.tsx";
import { Reviewing } from "./reviewing.tsx";
import { Timeline } from "./timeline.tsx";
import { Unmasking } from "./unmasking.tsx";

interface Props {
  readonly file: CaseShown;
  readonly row: QueuedCase;
  readonly onAgain: () => void;
}

const undecided = new Set(["claimed", "awaiting"]);

export function OpenedCase({ file, row, onAgain }: Props): VNode {
  const { words } = useBench();
  const { dates, now } = useSurroundings();
  const [isShown, setShown] = useState(false);
  const [chosen, setChosen] = useState<readonly number[]>(() => seqsReported(file));
  const isSecond = isAskedAsSecond(file);
  const isProven = file.statements.some((each) => each.kind === "report" && each.proven !== null);
  const choose = (seq: number, isOn: boolean): void =>
    setChosen((before) => (isOn ? [...before, seq].sort((a, b) => a - b) : before.filter((each) => each !== seq)));
  return (
    <>
      <Facts row={row}>
        {row.held_until === undefined ? null : (
          <span class="chip mine">{words.queue.mineUntil(dates.brief(row.held_until, now()))}</span>
        )}
      </Facts>
      <p class="proof">{words.file.read(String(file.leaf.position))}</p>
      <Changed file={file} row={row} />
      <p class="actions">
        <button
          type="button"
          class="primary"
          data-key="reveal"
          aria-pressed={isShown}
          onClick={() => setShown(!isShown)}
        >
          {isShown ? words.file.hide : words.file.show}
        </button>
        <button type="button" onClick={onAgain}>
          {words.file.again}
        </button>
        {isSecond ? null : <Release file={file} />}
      </p>
      <Timeline file={file} />
      <Statements file={file} isShown={isShown} chosen={chosen} onChoose={choose} />
      <Notices file={file} isShown={isShown} />
      {isSecond ? null : <Hearing file={file} chosen={chosen} onDone={onAgain} />}
      <Parties file={file} />
      <Past file={file} isSecond={isSecond} onDone={onAgain} />
      <Unmasking file={file} isSecond={isSecond} onDone={onAgain} />
      {isSecond ? null : <Act file={file} chosen={chosen} isProven={isProven} />}
      <Told file={file} />
    </>
  );
}

/** Something happened to it: whoever has it reads it again when they want to, as each reading is written down. */
function Changed({ file, row }: { file: CaseShown; row: QueuedCase }): VNode {
  const { words } = useBench();
  return (
    <p role="status" class="changed">
      {row.state === file.state ? "" : words.file.changed}
    </p>
  );
}

interface ActProps {
  readonly file: CaseShown;
  readonly chosen: readonly number[];
  readonly isProven: boolean;
}

/** What this moderator is to do: decide, or look at an appeal; nothing while a proposal of theirs waits. */
function Act(props: ActProps): VNode | null {
  const { state, decisions } = props.file;
  if (state === "appealed") {
    return <Reviewing {...props} />;
  }
  const isWaiting = decisions.some((each) => each.state === "proposed");
  return undecided.has(state) && !isWaiting ? <Deciding {...props} /> : null;
}

/** What a report opened of the accused: to begin with, all of it is in question. */
function seqsReported(file: CaseShown): readonly number[] {
  const found = file.statements.flatMap((said) => (said.kind === "report" ? chosenIn(said, file.accused_party) : []));
  return [...new Set(found)].sort((a, b) => a - b);
}

function chosenIn({ proven }: StatementShown, accused: number | null): readonly number[] {
  return (proven?.lines ?? [])
    .filter((line) => line.state === "proven" && line.party === accused)
    .map(({ seq }) => seq);
}

/** Whether what waits for a second moderator waits for this one. */
function isAskedAsSecond(file: CaseShown): boolean {
  return [...file.decisions, ...file.unmaskings].some((each) => each.state === "proposed" && !each.is_mine);
}

function Release({ file }: { file: CaseShown }): VNode {
  const { words, reread, go } = useBench();
  const { busy, ask } = useAsking();
  const release = async (): Promise<void> => {
    if ((await ask({ do: "release", case: file.case })) !== null) {
      go({ name: "list" });
      await reread();
    }
  };
  return (
    <button type="button" data-key="release" disabled={busy} onClick={() => void release()}>
      {words.file.release}
    </button>
  );
}

interface HearingProps {
  readonly file: CaseShown;
  readonly chosen: readonly number[];
  readonly onDone: () => void;
}

function Hearing({ file, chosen, onDone }: HearingProps): VNode | null {
  const { words, reread, say } = useBench();
  const { busy, ask } = useAsking();
  const hear = async (): Promise<void> => {
    if ((await ask({ do: "hear", case: file.case, seqs: chosen })) !== null) {
      say(words.hearing.done);
      onDone();
      await reread();
    }
  };
  if (file.state !== "claimed" || file.accused_party === null) {
    return null;
  }
  return (
    <section>
      <p class="quiet">{chosen.length === 0 ? words.hearing.none : words.hearing.hint}</p>
      <p class="actions">
        <button type="button" data-key="hear" disabled={busy || chosen.length === 0} onClick={() => void hear()}>
          {words.hearing.go}
        </button>
      </p>
    </section>
  );
}
