/** The inbox: the list, a conversation, the settings; one screen on a phone, two columns where there is room. */

import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Id, Picture, ThreadLine } from "../core/office.ts";
import { Conversation } from "../ui/conversation.tsx";
import { useSurroundings, useText, useTextOf } from "../ui/context.ts";
import { focusOn } from "../ui/focus.ts";
import { Status } from "../ui/gate.tsx";
import { later } from "../ui/later.tsx";
import { PageBar } from "../ui/page-bar.tsx";
import { SeatTasks } from "../ui/seat-tasks.tsx";
import { Settings } from "../ui/settings.tsx";
import { titleOf } from "../ui/sides.ts";
import { SigningOut } from "../ui/signing-out.tsx";
import { inTurn, unsubscribe } from "./push.ts";
import { Threads } from "../ui/threads.tsx";
import { pathOf, type Place, placeAt } from "./address.ts";
import { Alerts } from "./alerts.tsx";
import { PlaceLink } from "./link.tsx";
import { useAlerts, useClearing, useWanted } from "./keeping.ts";
import { AlertSuggestion } from "./suggestion.tsx";
import { alertTexts } from "./alert-texts.ts";

const CasesPage = later(async () => (await import("../ui/cases-list.tsx")).CasesPage);
const Board = later(async () => (await import("../ui/board.tsx")).Board);

export function Inbox({ picture }: { picture: Picture }): VNode {
  const { inbox } = useText();
  const alerts = useTextOf(alertTexts);
  const [place, go] = usePlace();
  useTitle(place, lineAt(picture, place), picture);
  const isLed = useWanted(picture, go);
  useAlerts(picture);
  useClearing();
  return (
    <main class={`inbox at-${place.name}`}>
      <nav class="list" aria-label={inbox.title}>
        <header class="bar">
          <h1>{inbox.title}</h1>
          <PlaceLink to={{ name: "board" }} go={go}>
            {inbox.board}
          </PlaceLink>
          <PlaceLink to={{ name: "settings" }} go={go}>
            {inbox.settings}
          </PlaceLink>
        </header>
        <Status picture={picture} />
        {isLed ? (
          <p role="status" class="status">
            {alerts.opening}
          </p>
        ) : null}
        <SeatTasks picture={picture} />
        <CasesNews picture={picture} go={go} />
        <AlertSuggestion picture={picture} go={go} />
        <Threads
          picture={picture}
          chosen={place.name === "thread" ? place.thread : null}
          hrefOf={(thread, seq) => pathOf(threadPlace(thread, seq))}
          onChoose={(thread, seq) => go(threadPlace(thread, seq))}
        />
      </nav>
      <div class="detail">
        <Status picture={picture} />
        <Detail picture={picture} place={place} go={go} />
      </div>
    </main>
  );
}

const lineAt = ({ threads }: Picture, place: Place): ThreadLine | null =>
  place.name === "thread" ? (threads.find((each) => each.id === place.thread) ?? null) : null;

const soughtAt = (place: Place): number | null => ("seq" in place ? (place.seq ?? null) : null);

const threadPlace = (thread: Id, seq?: number): Place => ({
  name: "thread",
  thread,
  ...(seq === undefined ? {} : { seq }),
});

/** An address of a conversation that this account has not, or not yet: it may still be read. */
function Absent({ picture, onBack }: { picture: Picture; onBack: () => void }): VNode {
  const { inbox, status } = useText();
  return (
    <section>
      <PageBar title={picture.caughtUp ? inbox.absent : status.reading} onBack={onBack} />
    </section>
  );
}

interface DetailProps {
  readonly picture: Picture;
  readonly place: Place;
  readonly go: (place: Place) => void;
}

function Detail({ picture, place, go }: DetailProps): VNode {
  const { inbox } = useText();
  const from = useRef<Place>({ name: "list" });
  if (place.name === "list" || place.name === "board") {
    from.current = place;
  }
  const back = (): void => go(place.name === "thread" ? from.current : { name: "list" });
  if (place.name === "settings") {
    return <Settings picture={picture} onBack={back} first={<Links go={go} />} last={<Leaving />} />;
  }
  if (place.name === "alerts") {
    return <Alerts picture={picture} onBack={back} />;
  }
  if (place.name === "cases") {
    return <CasesPage picture={picture} onBack={back} onChoose={(thread) => go(threadPlace(thread))} />;
  }
  if (place.name === "board") {
    return (
      <Board
        picture={picture}
        hrefOf={(thread) => pathOf(threadPlace(thread))}
        onChoose={(thread) => go(threadPlace(thread))}
        onBack={back}
      />
    );
  }
  if (place.name === "list") {
    return <p class="empty">{inbox.choose}</p>;
  }
  const line = lineAt(picture, place);
  return line === null ? (
    <Absent picture={picture} onBack={back} />
  ) : (
    <Conversation key={line.id} picture={picture} line={line} channel="inbox" onBack={back} sought={soughtAt(place)} />
  );
}

/** No more alerts on this device. */
function Leaving(): VNode {
  const { office } = useSurroundings();
  return (
    <SigningOut
      before={async () => inTurn(async () => Promise.all([unsubscribe(), office.act({ type: "unsubscribePush" })]))}
    />
  );
}

/** Something of moderation is not over: where it is read, in one line. */
function CasesNews({ picture, go }: { picture: Picture; go: (place: Place) => void }): VNode | null {
  const { thread } = useText();
  const open = picture.mailboxes.flatMap(({ cases }) => cases).filter(({ progress }) => progress !== "closed");
  return open.length === 0 ? null : (
    <p class="status">
      <PlaceLink to={{ name: "cases" }} go={go}>
        {thread.cases} ({open.length})
      </PlaceLink>
    </p>
  );
}

function Links({ go }: { go: (place: Place) => void }): VNode {
  const { thread } = useText();
  const alerts = useTextOf(alertTexts);
  return (
    <>
      <p class="actions">
        <PlaceLink class="button" to={{ name: "cases" }} go={go}>
          {thread.cases}
        </PlaceLink>
      </p>
      <h2>{alerts.title}</h2>
      <p class="quiet">{alerts.linkHint}</p>
      <p class="actions">
        <PlaceLink class="button" to={{ name: "alerts" }} go={go}>
          {alerts.link}
        </PlaceLink>
      </p>
    </>
  );
}

function usePlace(): readonly [Place, (place: Place) => void] {
  const [place, setPlace] = useState(() => placeAt(location.pathname + location.search));
  useEffect(() => {
    const follow = (): void => setPlace(placeAt(location.pathname + location.search));
    addEventListener("popstate", follow);
    return () => removeEventListener("popstate", follow);
  }, []);
  useArriving(place);
  const go = (next: Place): void => {
    history.pushState(null, "", pathOf(next));
    setPlace(next);
  };
  return [place, go];
}

/** The focus goes along: to the head of what was opened, and from there back to where it was opened. */
function useArriving(place: Place): void {
  const before = useRef(place);
  useEffect(() => {
    const from = before.current;
    before.current = place;
    if (from !== place) {
      focusOn(place.name === "list" ? `.list a[href="${pathOf(from)}"], .list h1` : ".detail h1");
    }
  }, [place]);
}

/** What is shown, for tabs and screen readers; of the peer no more than the platform shows. */
function useTitle(place: Place, line: ThreadLine | null, picture: Picture): void {
  const text = useText();
  const { inbox, name, thread } = text;
  const alerts = useTextOf(alertTexts);
  const pages: Readonly<Record<string, string>> = {
    board: inbox.board,
    settings: inbox.settings,
    alerts: alerts.title,
    cases: thread.cases,
  };
  const topic = pages[place.name] ?? (line === null ? inbox.title : titleOf(line, text));
  const unread = picture.threads.filter((each) => each.unread).length;
  useEffect(() => {
    document.title = `${unread > 0 ? `(${unread}) ` : ""}${topic} – ${name}`;
  }, [unread, topic, name]);
}
