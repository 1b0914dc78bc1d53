/**
 * The second carrier, for networks that block WebSockets: commands by POST, events by SSE (PROTOCOL.md section 2.1).
 *
 * The first frame, the hello, opens the stream; further ones go one at a time, which keeps their order.
 */

import { hex } from "../e2ee/bytes.ts";
import type { Entropy } from "../e2ee/entropy.ts";
import type { Fetch } from "./api.ts";
import { abnormal, type Carrier, type CarrierEvents, type Connection } from "./carrier.ts";
import { EventParser } from "./sse.ts";

const secretBytes = 32;
const placeHeader = "Pli-Place";
/** A request that is not answered leaves it unknown whether it was taken: the stream is ended then. */
const requestMs = 20_000;

export class StreamCarrier implements Carrier {
  readonly #url: string;
  readonly #fetch: Fetch;
  readonly #entropy: Entropy;

  /** `url`: the service's. */
  constructor(url: string, fetcher: Fetch, entropy: Entropy) {
    this.#url = url.replace(/\/+$/u, "");
    this.#fetch = fetcher;
    this.#entropy = entropy;
  }

  connect(events: CarrierEvents): Connection {
    const stream = new Stream(this.#url, this.#fetch, hex(this.#entropy(secretBytes)), events);
    queueMicrotask(() => stream.opened());
    return { send: (frame) => stream.send(frame), drop: () => stream.end(abnormal) };
  }
}

class Stream {
  readonly #url: string;
  readonly #fetch: Fetch;
  readonly #secret: string;
  readonly #events: CarrierEvents;
  readonly #away = new AbortController();
  #live = true;
  #greeted = false;
  /** Where the stream stands, as the service says it; each command says it back. */
  #place: string | null = null;
  #sending: Promise<void> = Promise.resolve();

  constructor(url: string, fetcher: Fetch, secret: string, events: CarrierEvents) {
    this.#url = url;
    this.#fetch = fetcher;
    this.#secret = secret;
    this.#events = events;
  }

  opened(): void {
    if (this.#live) {
      this.#events.onOpen();
    }
  }

  send(frame: string): void {
    if (!this.#live) {
      return;
    }
    if (this.#greeted) {
      this.#sending = this.#after(this.#sending, frame);
    } else {
      this.#greeted = true;
      void this.#read(frame);
    }
  }

  end(code: number): void {
    if (this.#live) {
      this.#live = false;
      this.#away.abort();
      this.#events.onClose(code);
    }
  }

  async #after(before: Promise<void>, frame: string): Promise<void> {
    await before;
    if (!this.#live) {
      return;
    }
    try {
      const signal = AbortSignal.any([this.#away.signal, AbortSignal.timeout(requestMs)]);
      const answer = await this.#post("/v1/commands", frame, signal);
      if (!answer.ok) {
        this.end(abnormal);
      }
    } catch {
      this.end(abnormal);
    }
  }

  /** Opens the stream with the hello, and reads it to its end. */
  async #read(hello: string): Promise<void> {
    try {
      const answer = await this.#post("/v1/stream", hello, this.#away.signal);
      this.#place = answer.headers.get(placeHeader);
      if (answer.ok && answer.body !== null) {
        await this.#pump(answer.body);
      }
    } catch {
      // Cut, or never there: the same to the session.
    }
    this.end(abnormal);
  }

  async #pump(body: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    const parser = new EventParser();
    for (let read = await reader.read(); !read.done && this.#live; read = await reader.read()) {
      for (const { name, data } of parser.feed(read.value)) {
        if (name === "close") {
          this.end(/^\d{4}$/u.test(data) ? Number(data) : abnormal);
        } else if (name === "" && this.#live) {
          this.#events.onFrame(data);
        }
      }
    }
  }

  async #post(path: string, body: string, signal: AbortSignal): Promise<Response> {
    return this.#fetch(this.#url + path, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        "Pli-Stream": this.#secret,
        ...(this.#place === null ? {} : { [placeHeader]: this.#place }),
      },
      body,
      signal,
      credentials: "omit",
      cache: "no-store",
      redirect: "error",
      referrerPolicy: "no-referrer",
    });
  }
}
