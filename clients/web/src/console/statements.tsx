/** What participants showed: each line as it is proven, hidden until asked for; and notices, which prove nothing. */

import type { VNode } from "preact";
import { useId } from "preact/hooks";
import { fromBase64, hexOfId } from "../core/base64.ts";
import type { CaseShown, LineShown, ProvenStatement, StatementShown } from "../core/office.ts";
import { useSurroundings, useTextOf } from "../ui/context.ts";
import { moderationTexts } from "../ui/moderation-words.ts";
import { useAsking, useBench } from "./bench.ts";
import { saveFile } from "./export.ts";

interface Props {
  readonly file: CaseShown;
  readonly isShown: boolean;
  readonly chosen: readonly number[];
  readonly onChoose: (seq: number, isOn: boolean) => void;
}

export function Statements(props: Props): VNode | null {
  const { words } = useBench();
  const { statements } = props.file;
  return statements.length === 0 ? null : (
    <section>
      <h2>{words.excerpt.heading}</h2>
      {statements.map((said) => (
        <Statement key={`${said.kind} ${said.subject} ${said.at}`} {...props} said={said} />
      ))}
    </section>
  );
}

function Statement({ said, ...props }: Props & { readonly said: StatementShown }): VNode {
  const { words } = useBench();
  const { timeline, party, excerpt } = words;
  const who = party.name(said.party);
  const title =
    said.kind === "report" ? timeline.report(who) : said.isAppeal ? timeline.appeal(who) : timeline.answer(who);
  return (
    <section class="statement">
      <h3>{title}</h3>
      {said.proven === null ? (
        <p class="alarm" role="alert">
          {excerpt.refused} {excerpt.rule(said.refusal?.rule ?? "", said.refusal?.why ?? "")}
        </p>
      ) : (
        <Proven {...props} said={said} proven={said.proven} />
      )}
    </section>
  );
}

interface ProvenProps extends Props {
  readonly said: StatementShown;
  readonly proven: ProvenStatement;
}

function Proven({ file, isShown, chosen, onChoose, said, proven }: ProvenProps): VNode {
  const { words, say } = useBench();
  const moderation = useTextOf(moderationTexts);
  const { busy, ask } = useAsking();
  const { excerpt } = words;
  const categories: Readonly<Record<string, string>> = moderation.categories;
  const save = async (): Promise<void> => {
    if ((await ask({ do: "export", case: file.case, subject: said.subject })) !== null) {
      const name = `${said.kind}-${hexOfId(said.subject).slice(0, 8)}.pli-excerpt`;
      saveFile(name, "application/octet-stream", fromBase64(proven.excerpt));
      say(excerpt.exported);
    }
  };
  return (
    <>
      {proven.category === "" ? null : (
        <p class="quiet">{excerpt.category(categories[proven.category] ?? proven.category)}</p>
      )}
      <h4>{excerpt.words}</h4>
      <Veiled isShown={isShown} text={proven.words === "" ? excerpt.noWords : proven.words} />
      {proven.lines.length === 0 ? null : (
        <>
          <h4>{excerpt.lines}</h4>
          <ol class="lines">
            {proven.lines.map((line) => (
              <li key={line.seq} class={`exhibit ${line.state}`}>
                <Line
                  line={line}
                  isShown={isShown}
                  choice={
                    line.state === "proven" && line.party === file.accused_party
                      ? { isOn: chosen.includes(line.seq), onChoose }
                      : null
                  }
                />
              </li>
            ))}
          </ol>
        </>
      )}
      <p class="actions">
        <button type="button" disabled={busy} onClick={() => void save()}>
          {excerpt.export}
        </button>
      </p>
    </>
  );
}

interface LineProps {
  readonly line: LineShown;
  readonly isShown: boolean;
  /** Whether a decision may rest on it, and whether it does. */
  readonly choice: { readonly isOn: boolean; readonly onChoose: Props["onChoose"] } | null;
}

function Line({ line, isShown, choice }: LineProps): VNode {
  const { words } = useBench();
  const { excerpt, party } = words;
  const { dates } = useSurroundings();
  const id = useId();
  const others: Readonly<Record<string, string>> = {
    closed: excerpt.closed,
    said: excerpt.said,
    service: excerpt.service,
    refused: excerpt.refusedLine(line.refusal ?? ""),
  };
  return (
    <>
      <p class="meta">
        <span>
          {line.seq} · {dates.clock(line.at)} · {line.party > 2 ? excerpt.service : party.title(line.party)}
        </span>
        {line.state === "proven" ? <span class="attested">{excerpt.proven}</span> : null}
      </p>
      {line.state === "proven" ? (
        <Veiled isShown={isShown} text={line.text ?? excerpt.unknown} />
      ) : (
        <p class="quiet">{others[line.state]}</p>
      )}
      {choice === null ? null : (
        <p class="check">
          <input
            id={id}
            type="checkbox"
            checked={choice.isOn}
            onChange={(event) => choice.onChoose(line.seq, event.currentTarget.checked)}
          />
          <label for={id}>{excerpt.choose(line.seq)}</label>
        </p>
      )}
    </>
  );
}

/** What somebody wrote: not in the page at all before it is asked for. */
function Veiled({ isShown, text }: { isShown: boolean; text: string }): VNode {
  const { words } = useBench();
  return isShown ? (
    <p class="words" dir="auto">
      {text}
    </p>
  ) : (
    <p class="veiled">
      <span class="unseen">{words.file.hidden}</span>
    </p>
  );
}

export function Notices({ file, isShown }: { file: CaseShown; isShown: boolean }): VNode | null {
  const { words } = useBench();
  const { dates } = useSurroundings();
  return file.notices.length === 0 ? null : (
    <section>
      <h2>{words.excerpt.notices}</h2>
      <p class="quiet">{words.excerpt.noticeHint}</p>
      {file.notices.map(({ at, text }) => (
        <div key={`${at} ${text}`} class="statement">
          <p class="meta">{dates.date(at)}</p>
          <Veiled isShown={isShown} text={text} />
        </div>
      ))}
    </section>
  );
}
