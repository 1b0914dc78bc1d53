/**
 * The WebSocket first; where it does not come about, or nothing comes over it, although a ticket could be had, the second
 * carrier, and the WebSocket again after a while (PROTOCOL.md section 2.1).
 */

import { abnormal, type Carrier, type CarrierEvents, type Connection } from "./carrier.ts";

const againMs = 600_000;

export class EitherCarrier implements Carrier {
  readonly #first: Carrier;
  readonly #second: Carrier;
  readonly #clock: () => number;
  #secondUntil = 0;

  constructor(first: Carrier, second: Carrier, clock: () => number) {
    this.#first = first;
    this.#second = second;
    this.#clock = clock;
  }

  connect(events: CarrierEvents): Connection {
    if (this.#clock() < this.#secondUntil) {
      return this.#second.connect(events);
    }
    let heard = false;
    return this.#first.connect({
      onOpen: events.onOpen,
      onFrame: (text) => {
        heard = true;
        events.onFrame(text);
      },
      onClose: (code) => {
        if (!heard && code === abnormal) {
          this.#secondUntil = this.#clock() + againMs;
        }
        events.onClose(code);
      },
    });
  }
}
