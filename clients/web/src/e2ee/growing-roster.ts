/** A roster while records are added to it (SPEC.md section 4.3): nobody sees it before it is whole. */

import { type Hash, hex, type Id, type KemPublic } from "./bytes.ts";
import type { RosterRecord } from "./roster-record.ts";
import { type Generation, NO_RECORD, type Parts, RosterState, type SeatKeys } from "./roster-state.ts";
import { sha256 } from "./suite.ts";

/** What a rotation must renew. */
type Renewed = Pick<Generation, "identitySign" | "identityKem" | "sc">;

/** Copies nothing for each record, and looks nothing up in all of them: a long roster takes its length, not the square. */
export class GrowingRoster {
  readonly mailbox: Id;
  /** Those who sit now, by the seat's id in hex. */
  readonly seats: Map<string, SeatKeys>;
  readonly #heads: Hash[];
  readonly #generations: Generation[];
  #generation: Generation;
  readonly #ever: Map<string, SeatKeys>;
  readonly #ended: Map<string, number>;
  /** Of all generations, in hex: of the longest its hash. */
  readonly #made = { identitySign: new Set<string>(), identityKem: new Set<string>(), sc: new Set<string>() };
  #owesRotation: boolean;

  private constructor(parts: Parts, owesRotation: boolean) {
    this.mailbox = parts.mailbox;
    this.#generation = parts.generation;
    this.#heads = [...parts.heads];
    this.#generations = [];
    this.seats = new Map(parts.seats);
    this.#ever = new Map(parts.ever);
    this.#ended = new Map(parts.ended);
    this.#owesRotation = owesRotation;
    for (const each of parts.generations) this.#begin(each);
  }

  static after(state: RosterState): GrowingRoster {
    return new GrowingRoster(state, state.owesRotation);
  }

  /** Record 0, verified. */
  static created(record: RosterRecord): GrowingRoster {
    const seats = new Map([[hex(record.seat), seatOf(record)]]);
    const generation = generationOf(record);
    const made = { heads: [record.hash], generation, generations: [generation] };
    return new GrowingRoster({ mailbox: record.mailbox, ...made, seats, ever: seats, ended: new Map() }, false);
  }

  /** How many records there are. */
  get length(): number {
    return this.#heads.length;
  }

  get head(): Hash {
    return this.#heads.at(-1) ?? NO_RECORD;
  }

  /** The one in force. */
  get generation(): Generation {
    return this.#generation;
  }

  /** Whether the last record removed a seat. */
  get owesRotation(): boolean {
    return this.#owesRotation;
  }

  seat(id: Id): SeatKeys | undefined {
    return this.seats.get(hex(id));
  }

  /** Also when it was removed since. */
  wasEverSeated(id: Id): boolean {
    return this.#ever.has(hex(id));
  }

  /** Whether any generation was made with one of these. */
  had(renewed: Renewed): boolean {
    return (
      this.#made.identitySign.has(hex(renewed.identitySign)) ||
      this.#made.identityKem.has(digest(renewed.identityKem)) ||
      this.#made.sc.has(hex(renewed.sc))
    );
  }

  /** A record after record 0, verified. */
  add(record: RosterRecord): void {
    this.#heads.push(record.hash);
    this.#owesRotation = record.kind === "remove";
    const key = hex(record.seat);
    if (record.kind === "admit") {
      const seat = seatOf(record);
      this.seats.set(key, seat);
      this.#ever.set(key, seat);
    } else if (record.kind === "remove") {
      this.seats.delete(key);
      this.#ended.set(key, record.index);
    } else {
      this.#begin(generationOf(record));
    }
  }

  /** To be asked once: the state holds what this one held. */
  whole(): RosterState {
    return new RosterState({
      mailbox: this.mailbox,
      heads: this.#heads,
      generation: this.#generation,
      generations: this.#generations,
      seats: this.seats,
      ever: this.#ever,
      ended: this.#ended,
    });
  }

  #begin(generation: Generation): void {
    this.#generation = generation;
    this.#generations.push(generation);
    this.#made.identitySign.add(hex(generation.identitySign));
    this.#made.identityKem.add(digest(generation.identityKem));
    this.#made.sc.add(hex(generation.sc));
  }
}

const digest = (kemPk: KemPublic): string => hex(sha256(kemPk));

function seatOf({ seat, signPk, kemPk, role, admin, hash, prevHash }: RosterRecord): SeatKeys {
  return { seat, signPk, kemPk, role, admin, recordHash: hash, shownHead: prevHash };
}

function generationOf(record: RosterRecord): Generation {
  const { g, identitySign, identityKem, sc, hash, index } = record;
  return { g, identitySign, identityKem, sc, recordHash: hash, index };
}
