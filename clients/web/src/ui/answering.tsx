/** That somebody else of one's own side is writing an answer, for as long as they do. The peer is never told. */

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useText } from "./context.ts";

interface Props {
  /** ms since 1970; null: nobody does. */
  readonly until: number | null;
}

export function Answering({ until }: Props): VNode {
  const { composer } = useText();
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const left = (until ?? 0) - Date.now();
    setNow(Date.now());
    if (left <= 0) {
      return undefined;
    }
    const timer = setTimeout(() => setNow(Date.now()), left);
    return () => clearTimeout(timer);
  }, [until]);
  return (
    <p class="quiet answering" role="status">
      {until !== null && until > now ? composer.answering : ""}
    </p>
  );
}
