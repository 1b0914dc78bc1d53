/** What every part of the console needs: its texts, the moderators' mailbox, the queue, and how one acts. */

import { createContext } from "preact";
import { useCallback, useContext, useEffect, useRef, useState } from "preact/hooks";
import {
  ActionFailed,
  type Id,
  type MailboxView,
  type Moderated,
  moderatedIn,
  type ModeratorAct,
  type QueuedCase,
  type QueueShown,
} from "../core/office.ts";
import { useSurroundings } from "../ui/context.ts";
import type { Place } from "./address.ts";
import type { Words } from "./words.fr.ts";

export interface Bench {
  readonly words: Words;
  readonly mailbox: MailboxView;
  /** null: not read yet. */
  readonly queue: QueueShown | null;
  /** Reads it again; each look is an entry of the audit log. */
  readonly reread: () => Promise<void>;
  readonly go: (place: Place) => void;
  /** Says what was done, or why it was not, to whoever looks and whoever listens. */
  readonly say: (line: string) => void;
}

const Around = createContext<Bench | null>(null);

export const BenchProvider = Around.Provider;

export function useBench(): Bench {
  const found = useContext(Around);
  if (found === null) {
    throw new Error("a part of the console stands within its bench");
  }
  return found;
}

const proofs = new Set(["BadAudit", "BadSignature", "BadEncoding"]);

/** Whether what the service showed proves nothing: then nothing of it is shown. */
export const breaksProof = ({ reason }: ActionFailed): boolean => proofs.has(reason);

/** Whether the part itself says what went wrong. */
type Takes = (failure: ActionFailed) => boolean;

export interface Asking {
  readonly busy: boolean;
  /** null: it was not done; why is told to the person. */
  readonly ask: (act: ModeratorAct, takes?: Takes) => Promise<Moderated | null>;
}

/** Does one act after another. */
export function useAsking(): Asking {
  const { words, mailbox, say } = useBench();
  const { ask: asked } = useActingIn(mailbox.id);
  const [busy, setBusy] = useState(false);
  const { text } = useSurroundings();
  const ask: Asking["ask"] = async (act, takes = () => false) => {
    setBusy(true);
    try {
      return await asked(act);
    } catch (error) {
      const failure = error instanceof ActionFailed ? error : new ActionFailed("Error", null);
      if (!takes(failure)) {
        say(wordFor(failure, words) ?? text.failed[failure.reason] ?? text.failed.other);
      }
      return null;
    } finally {
      setBusy(false);
    }
  };
  return { busy, ask };
}

function wordFor({ code, reason }: ActionFailed, { failed }: Words): string | undefined {
  return failed[code ?? ""] ?? failed[reason];
}

function useActingIn(mailbox: Id): { readonly ask: (act: ModeratorAct) => Promise<Moderated> } {
  const { office } = useSurroundings();
  const ask = useCallback(
    async (act: ModeratorAct) => moderatedIn(await office.act({ type: "moderate", mailbox, act })),
    [office, mailbox],
  );
  return { ask };
}

/** Changes that come together are one look at the queue. */
const togetherMs = 400;

export interface QueueRead {
  readonly queue: QueueShown | null;
  readonly reread: () => Promise<void>;
  /** Cases that came since the page was opened, the newest look last. */
  readonly news: readonly QueuedCase[];
}

/** The queue, read when the page opens and when something changed. `mailbox`: null, while there is no seat. */
export function useQueue(mailbox: Id | null, onFailure: (failure: ActionFailed) => void): QueueRead {
  const { office } = useSurroundings();
  const [queue, setQueue] = useState<QueueShown | null>(null);
  const [news, setNews] = useState<readonly QueuedCase[]>([]);
  const known = useRef<Set<Id> | null>(null);
  const reread = useCallback(async () => {
    if (mailbox === null) {
      return;
    }
    try {
      const read = moderatedIn(await office.act({ type: "moderate", mailbox, act: { do: "queue" } })).queue ?? null;
      const before = known.current;
      const cases = read?.cases ?? [];
      known.current = new Set([...(before ?? []), ...cases.map((each) => each.case)]);
      setNews(before === null ? [] : cases.filter((each) => !before.has(each.case)));
      setQueue(read);
    } catch (error) {
      onFailure(error instanceof ActionFailed ? error : new ActionFailed("Error", null));
    }
  }, [office, mailbox]);
  useEffect(() => {
    void reread();
  }, [reread]);
  useEffect(() => {
    let waiting: ReturnType<typeof setTimeout> | null = null;
    const end = office.onNotice((notice) => {
      if (notice.type === "casesChanged" && notice.mailbox === mailbox) {
        waiting ??= setTimeout(() => {
          waiting = null;
          void reread();
        }, togetherMs);
      }
    });
    return () => {
      end();
      clearTimeout(waiting ?? undefined);
    };
  }, [office, mailbox, reread]);
  return { queue, reread, news };
}
