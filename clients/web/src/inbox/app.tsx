/** The inbox: the list, a conversation, the settings; one screen on a phone, two columns where there is room. */

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Picture } from "../core/office.ts";
import { Conversation } from "../ui/conversation.tsx";
import { useText } from "../ui/context.ts";
import { Status } from "../ui/gate.tsx";
import { SeatTasks } from "../ui/seats.tsx";
import { Settings } from "../ui/settings.tsx";
import { Threads } from "../ui/threads.tsx";
import { pathOf, type Place, placeAt } from "./address.ts";

export function Inbox({ picture }: { picture: Picture }): VNode {
  const { inbox, name } = useText();
  const [place, go] = usePlace();
  const line = place.name === "thread" ? (picture.threads.find((each) => each.id === place.thread) ?? null) : null;
  const unread = picture.threads.filter((each) => each.unread).length;
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) ${name}` : name;
  }, [unread, name]);
  const back = (): void => go({ name: "list" });
  return (
    <main class={`inbox at-${place.name}`}>
      <nav class="list" aria-label={inbox.title}>
        <header class="bar">
          <h1>{inbox.title}</h1>
          <a
            href={pathOf({ name: "settings" })}
            onClick={(event) => {
              event.preventDefault();
              go({ name: "settings" });
            }}
          >
            {inbox.settings}
          </a>
        </header>
        <Status picture={picture} />
        <SeatTasks picture={picture} />
        <Threads
          picture={picture}
          chosen={line?.id ?? null}
          hrefOf={(thread) => pathOf({ name: "thread", thread })}
          onChoose={(thread) => go({ name: "thread", thread })}
        />
      </nav>
      <div class="detail">
        <Status picture={picture} />
        {place.name === "settings" ? <Settings picture={picture} onBack={back} /> : null}
        {line === null ? null : (
          <Conversation key={line.id} picture={picture} line={line} channel="inbox" onBack={back} />
        )}
        {line === null && place.name !== "settings" ? <p class="empty">{inbox.choose}</p> : null}
      </div>
    </main>
  );
}

function usePlace(): readonly [Place, (place: Place) => void] {
  const [place, setPlace] = useState(() => placeAt(location.pathname));
  useEffect(() => {
    const follow = (): void => setPlace(placeAt(location.pathname));
    addEventListener("popstate", follow);
    return () => removeEventListener("popstate", follow);
  }, []);
  const go = (next: Place): void => {
    history.pushState(null, "", pathOf(next));
    setPlace(next);
  };
  return [place, go];
}
