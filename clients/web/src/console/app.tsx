/** The console: the queue, a case, the audit log, the settings; one screen on a phone, two columns at a desk. */

import type { VNode } from "preact";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { ActionFailed, MailboxView, Picture, QueuedCase } from "../core/office.ts";
import { useSurroundings, useText, useTextOf } from "../ui/context.ts";
import { moderationTexts } from "../ui/moderation-words.ts";
import { focusOn } from "../ui/focus.ts";
import { Status } from "../ui/gate.tsx";
import { SeatTasks } from "../ui/seat-tasks.tsx";
import { Settings } from "../ui/settings.tsx";
import { SigningOut } from "../ui/signing-out.tsx";
import { pathOf, type Place, placeAt } from "./address.ts";
import { BenchProvider, useBench, useQueue } from "./bench.ts";
import { CasePage } from "./case.tsx";
import { Help } from "./help.tsx";
import { type Shortcut, useShortcuts } from "./keys.ts";
import { Load, QueueList } from "./queue.tsx";
import { Trail } from "./trail.tsx";
import type { Words } from "./words.fr.ts";

const kind = "moderation";
const actMs = 1_000;

export function Console({ picture, words }: { picture: Picture; words: Words }): VNode {
  const mailbox = picture.mailboxes.find((each) => each.kind === kind) ?? null;
  return mailbox === null ? (
    <WithoutSeat picture={picture} words={words} />
  ) : (
    <Seated picture={picture} words={words} mailbox={mailbox} />
  );
}

/** Who founds the mailbox, or asks to be let in; and who has nothing to do here. */
function WithoutSeat({ picture, words }: { picture: Picture; words: Words }): VNode {
  const { name } = useText();
  const seats = picture.seats.filter((seat) => seat.kind === kind);
  useEffect(() => {
    document.title = `${words.title} – ${name}`;
  }, [words, name]);
  return (
    <main class="page">
      <h1>{words.title}</h1>
      <Status picture={picture} />
      {picture.caughtUp && seats.length === 0 ? (
        <p role="alert">{words.noSeat}</p>
      ) : (
        <SeatTasks picture={{ ...picture, mailboxes: [], seats }} />
      )}
    </main>
  );
}

interface SeatedProps {
  readonly picture: Picture;
  readonly words: Words;
  readonly mailbox: MailboxView;
}

function Seated({ picture, words, mailbox }: SeatedProps): VNode {
  const { text, now } = useSurroundings();
  const moderation = useTextOf(moderationTexts);
  const [place, go] = usePlace();
  const [said, setSaid] = useState("");
  const saidAt = useRef(0);
  useEffect(() => {
    // What was said of an act that led here stays; what was said before it is over.
    if (now() - saidAt.current > actMs) {
      setSaid("");
    }
  }, [place]);
  const [isHelping, setHelping] = useState(false);
  // Emptied first: the same line again is news again, also to who listens.
  const say = useCallback((line: string) => {
    saidAt.current = now();
    setSaid("");
    requestAnimationFrame(() => setTimeout(() => setSaid(line)));
  }, []);
  const onFailure = useCallback(
    ({ code, reason }: ActionFailed) => say(words.failed[code ?? ""] ?? words.failed[reason] ?? text.failed.other),
    [words, text],
  );
  const { queue, reread, news } = useQueue(mailbox.id, onFailure);
  useTitle(place, words, queue?.cases ?? []);
  const jump = useJumping(place, go, queue?.cases ?? []);
  useShortcuts((shortcut) => {
    if (shortcut === "help") {
      setHelping(true);
    } else if (shortcut === "decide") {
      focusOn("#decision");
    } else if (!jump(shortcut)) {
      document.querySelector<HTMLButtonElement>(`[data-key="${shortcut}"]:not(:disabled)`)?.click();
    }
  });
  const [newest] = news;
  return (
    <BenchProvider value={{ words, mailbox, queue, reread, go, say }}>
      <main class={`inbox console at-${place.name}`}>
        <p role="status" class="status said">
          {said}
        </p>
        <nav class="list" aria-label={words.queue.title}>
          <header class="bar">
            <h1>{words.title}</h1>
            <Pages go={go} onHelp={() => setHelping(true)} />
          </header>
          <Status picture={picture} />
          <p role="status" class="status news">
            {newest === undefined ? "" : words.queue.news(news.length, moderation.categories[newest.category])}
          </p>
          <SeatTasks
            picture={{ ...picture, mailboxes: [mailbox], seats: picture.seats.filter((seat) => seat.kind === kind) }}
          />
          <QueueList chosen={place.name === "case" ? place.case : null} />
          <Load />
        </nav>
        <div class="detail">
          <Detail picture={picture} place={place} />
        </div>
        {isHelping ? <Help onClose={() => setHelping(false)} /> : null}
      </main>
    </BenchProvider>
  );
}

function Pages({ go, onHelp }: { go: (place: Place) => void; onHelp: () => void }): VNode {
  const { words } = useBench();
  const to = (place: Place, text: string): VNode => (
    <a
      href={pathOf(place)}
      onClick={(event) => {
        if (!event.ctrlKey && !event.metaKey && !event.shiftKey) {
          event.preventDefault();
          go(place);
        }
      }}
    >
      {text}
    </a>
  );
  return (
    <div class="pages">
      {to({ name: "trail" }, words.places.trail)}
      {to({ name: "settings" }, words.places.settings)}
      <button type="button" class="help" aria-label={words.places.help} onClick={onHelp}>
        <span aria-hidden="true">?</span>
      </button>
    </div>
  );
}

function Detail({ picture, place }: { picture: Picture; place: Place }): VNode {
  const { words, go } = useBench();
  const back = (): void => go({ name: "list" });
  if (place.name === "settings") {
    return <Settings picture={picture} onBack={back} last={<SigningOut before={async () => Promise.resolve()} />} />;
  }
  if (place.name === "trail") {
    return <Trail onBack={back} />;
  }
  return place.name === "case" ? (
    <CasePage key={place.case} id={place.case} onBack={back} />
  ) : (
    <p class="empty">{words.absent}</p>
  );
}

function usePlace(): readonly [Place, (place: Place) => void] {
  const [place, setPlace] = useState(() => placeAt(location.pathname));
  useEffect(() => {
    const follow = (): void => setPlace(placeAt(location.pathname));
    addEventListener("popstate", follow);
    return () => removeEventListener("popstate", follow);
  }, []);
  const before = useRef(place);
  useEffect(() => {
    const from = before.current;
    before.current = place;
    if (from !== place) {
      focusOn(place.name === "list" ? `.list a[href="${pathOf(from)}"], .list h1` : ".detail h1");
    }
  }, [place]);
  const go = useCallback((next: Place): void => {
    history.pushState(null, "", pathOf(next));
    setPlace(next);
  }, []);
  return [place, go];
}

/** The keys that lead to another place; whether this was one. */
function useJumping(
  place: Place,
  go: (place: Place) => void,
  cases: readonly QueuedCase[],
): (key: Shortcut) => boolean {
  return (shortcut) => {
    if (shortcut === "queue" || shortcut === "trail") {
      go({ name: shortcut === "queue" ? "list" : "trail" });
      return true;
    }
    if (shortcut !== "next" && shortcut !== "previous") {
      return false;
    }
    const at = place.name === "case" ? cases.findIndex((each) => each.case === place.case) : -1;
    const step = shortcut === "next" ? 1 : -1;
    const found = cases[at === -1 ? 0 : Math.min(Math.max(at + step, 0), cases.length - 1)];
    if (found !== undefined) {
      go({ name: "case", case: found.case });
    }
    return true;
  };
}

/** How many free cases wait, for who looks at another tab. */
function useTitle(place: Place, words: Words, cases: readonly QueuedCase[]): void {
  const { name } = useText();
  const free = cases.filter((each) => each.mine !== true).length;
  const topics = {
    list: words.places.queue,
    case: words.title,
    trail: words.places.trail,
    settings: words.places.settings,
  };
  const topic = topics[place.name];
  useEffect(() => {
    document.title = `${free > 0 ? `(${free}) ` : ""}${topic} – ${name}`;
  }, [free, topic, name]);
}
