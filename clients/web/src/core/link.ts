/**
 * The connection, kept up: tickets, the carrier, coming back after a loss, and one promise for each command.
 *
 * The session decides, the carrier carries; this module counts the time. A connection is believed only while it answers:
 * a phone that wakes has a socket that is dead and says nothing, so `wake` asks the service and gives up soon.
 */

import type { AnyDown, Answers, Welcome } from "../wire/types.ts";
import type { Api } from "./api.ts";
import { abnormal, type Carrier, type Connection } from "./carrier.ts";
import { decodeDowns } from "./decoding.ts";
import { ClientError, Ended, Overloaded, ProblemError, ServiceRestored, TimedOut, Unreachable } from "./errors.ts";
import { type Command, type Effect, type Fraction, type Input, type Session, step, waitingMax } from "./session.ts";
import { fault } from "./tasks.ts";

export const connectMs = 8_000;
export const greetingMs = 10_000;
/** Without a word for so long the service is asked; without an answer to that the connection is given up. */
export const silenceMs = 25_000;
export const answerMs = 4_000;
const busyPauseMs = 500;
const insistFirstMs = 1_000;
const insistMaxMs = 60_000;
const refreshBeforeMs = 60_000;
const finalProblems: ReadonlySet<string> = new Set(["unauthenticated", "not_found"]);

/** Which struct answers which command, where it is not refused. */
const answerOf: { readonly [K in Command["t"]]: Answers[K]["t"] } = {
  refresh: "ok",
  open: "ack",
  send: "ack",
  notice: "ack",
  rotate: "ack",
  pull: "events",
  wraps: "wraps",
  threads: "threads",
  read: "ok",
  "restore.claim": "restored",
  "desk.put": "desk.ack",
  "desk.pull": "desk.entries",
  "consent.give": "ok",
  "consent.withdraw": "ok",
  consents: "cards",
};

/** How a command goes: whose peer sees when, whether it says what was seen, and how long its answer is waited for. */
export interface Going {
  readonly thread?: string;
  readonly sealed?: boolean;
  /** null: as long as the link lives. */
  readonly timeoutMs: number | null;
}

export interface LinkEvents {
  /** A welcome or an event, in the order in which they came. */
  readonly onOutput: (output: Extract<Effect, { type: "welcomed" | "event" }>) => void;
  /** Whether a connection stands and was welcomed. */
  readonly onState: (connected: boolean) => void;
}

interface Waiter {
  readonly resolve: (answer: AnyDown) => void;
  readonly reject: (reason: Error) => void;
}

export class Link {
  /** Rejects with the reason when the link ends for good. */
  readonly ended: Promise<never>;
  #end: (reason: Error) => void = () => undefined;
  #over: Error | null = null;
  #session: Session;
  #connection: Connection | null = null;
  readonly #api: Api;
  readonly #carrier: Carrier;
  readonly #events: LinkEvents;
  readonly #fraction: Fraction;
  readonly #clock: () => number;
  readonly #waiters = new Map<number, Waiter>();
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #retry: ReturnType<typeof setTimeout> | null = null;
  #attempt = 0;
  #heardAt = 0;
  #probing = false;

  constructor(
    api: Api,
    carrier: Carrier,
    session: Session,
    events: LinkEvents,
    { fraction, clock }: { readonly fraction: Fraction; readonly clock: () => number },
  ) {
    this.#api = api;
    this.#carrier = carrier;
    this.#session = session;
    this.#events = events;
    this.#fraction = fraction;
    this.#clock = clock;
    this.ended = new Promise<never>((_, reject) => {
      this.#end = reject;
    });
    this.ended.catch(() => undefined);
  }

  get session(): Session {
    return this.#session;
  }

  get connected(): boolean {
    return this.#session.phase === "ready";
  }

  start(): void {
    void this.#connect();
    this.#watch();
  }

  /** Ends the link; whatever waits is told so. */
  close(): void {
    this.fail(new Ended("the client was closed"));
  }

  /** Ends the link for a reason that reconnecting would not change. */
  fail(reason: Error): void {
    if (this.#over !== null) {
      return;
    }
    this.#over = reason;
    this.#attempt += 1;
    this.#session = step(this.#session, { type: "end" }, this.#fraction)[0];
    const connection = this.#connection;
    this.#connection = null;
    connection?.drop();
    for (const timer of this.#timers) {
      clearTimeout(timer);
    }
    this.#timers.clear();
    if (this.#retry !== null) {
      clearTimeout(this.#retry);
    }
    for (const waiter of this.#waiters.values()) {
      waiter.reject(reason);
    }
    this.#waiters.clear();
    this.#events.onState(false);
    this.#end(reason);
  }

  /** The page was shown again, or the network came back: reconnects at once, or makes sure that the connection lives. */
  wake(): void {
    if (this.#over !== null) {
      return;
    }
    if (this.#retry !== null) {
      clearTimeout(this.#retry);
      this.#retry = null;
      void this.#connect();
    } else if (this.#session.phase === "ready") {
      void this.#probe();
    }
  }

  /** The application says that the network is gone, or that a restored page's socket is not to be trusted. */
  drop(): void {
    this.#connection?.drop();
  }

  /**
   * Sends a command and waits for its answer, over reconnects too; `busy` is waited out.
   * @throws ProblemError, TimedOut, Ended, Overloaded; ServiceRestored for what was sealed on a history that is gone.
   */
  async request<C extends Command>(command: C, going: Going): Promise<Answers[C["t"]]> {
    const deadline = going.timeoutMs === null ? null : this.#clock() + going.timeoutMs;
    for (;;) {
      const answer = await this.#once(command, going, deadline);
      if (answer.t === answerOf[command.t]) {
        return answer as Answers[C["t"]];
      }
      if (answer.t !== "err") {
        throw new Unreachable(`not an answer to this command: ${answer.t}`);
      }
      if (answer.problem.code !== "busy") {
        throw new ProblemError(answer.problem);
      }
      await this.#pause(answer.problem.retry_after_ms ?? busyPauseMs);
    }
  }

  /**
   * Sends what the device keeps until the service took it or refused it for good; whatever else comes is tried again,
   * ever more slowly. @throws Ended, ServiceRestored; ProblemError that is final, or that other bytes must answer.
   */
  async insist<C extends Command>(command: C, going: Omit<Going, "timeoutMs">): Promise<Answers[C["t"]]> {
    let pauseMs = insistFirstMs;
    for (;;) {
      let advisedMs = 0;
      try {
        return await this.request(command, { ...going, timeoutMs: null });
      } catch (error) {
        if (error instanceof ProblemError) {
          if (error.final || error.code === "stale_epoch" || error.code === "rotation_needed") {
            throw error;
          }
          advisedMs = error.problem.retry_after_ms ?? 0;
        } else if (!(error instanceof Unreachable || error instanceof Overloaded)) {
          throw error;
        }
      }
      await this.#pause(Math.max(pauseMs, advisedMs));
      pauseMs = Math.min(pauseMs * 2, insistMaxMs);
    }
  }

  /** @throws Overloaded, when no further command is taken now; Ended. */
  checkRoom(): void {
    if (this.#over !== null) {
      throw this.#over;
    }
    if (this.#session.waiting.length >= waitingMax) {
      throw new Overloaded(`${waitingMax} commands wait already`);
    }
  }

  /** Lets what a thread sends wait for a random moment: for what an earlier run left, of several threads. */
  hold(thread: string): void {
    this.#do({ type: "hold", thread });
  }

  /** All that this welcome announced is processed. */
  settle(welcome: Welcome): void {
    this.#do({ type: "settled", welcome });
  }

  #once(command: Command, going: Going, deadline: number | null): Promise<AnyDown> {
    this.checkRoom();
    const ref = this.#session.nextRef;
    return new Promise<AnyDown>((resolve, reject) => {
      const timer =
        deadline === null
          ? null
          : this.#later(Math.max(0, deadline - this.#clock()), () => {
              this.#waiters.delete(ref);
              this.#do({ type: "forget", ref });
              reject(new TimedOut("the service did not answer in time"));
            });
      const settled = (): void => {
        if (timer !== null) {
          this.#cancel(timer);
        }
      };
      this.#waiters.set(ref, {
        resolve: (answer) => {
          settled();
          resolve(answer);
        },
        reject: (reason) => {
          settled();
          reject(reason);
        },
      });
      this.#do({ type: "submit", command, thread: going.thread ?? null, sealed: going.sealed ?? false });
    });
  }

  #do(input: Input): void {
    const [next, effects] = step(this.#session, input, this.#fraction);
    this.#session = next;
    for (const effect of effects) {
      this.#perform(effect);
    }
  }

  #perform(effect: Effect): void {
    switch (effect.type) {
      case "send":
        this.#connection?.send(effect.frame);
        return;
      case "answered":
        this.#answer(effect.ref, (waiter) => waiter.resolve(effect.answer));
        return;
      case "welcomed":
        for (const ref of effect.void) {
          this.#answer(ref, (waiter) => waiter.reject(new ServiceRestored("the service was restored from a backup")));
        }
        this.#events.onState(true);
        this.#putOut(effect);
        void this.#refresh(this.#attempt);
        return;
      case "event":
        this.#putOut(effect);
        return;
      case "releaseLater":
        this.#later(effect.afterMs, () => this.#do({ type: "release", thread: effect.thread }));
        return;
      case "reconnect":
        this.#retry = setTimeout(() => {
          this.#retry = null;
          void this.#connect();
        }, effect.afterMs);
        return;
      case "over":
        this.fail(new Ended(`the service closed for good with ${effect.code}`, effect.code));
        return;
      case "refused":
        return;
    }
  }

  #answer(ref: number, settle: (waiter: Waiter) => void): void {
    const waiter = this.#waiters.get(ref);
    this.#waiters.delete(ref);
    if (waiter !== undefined) {
      settle(waiter);
    }
  }

  /** Nothing that comes down may end the line: what one output breaks is told to the console, the next one is taken. */
  #putOut(output: Extract<Effect, { type: "welcomed" | "event" }>): void {
    try {
      this.#events.onOutput(output);
    } catch (error) {
      fault(error);
    }
  }

  /** One attempt, from ticket to open connection. What ends it leads to the next one. */
  async #connect(): Promise<void> {
    const attempt = ++this.#attempt;
    const isCurrent = (): boolean => attempt === this.#attempt && this.#over === null;
    let ticket: string;
    try {
      ticket = (await this.#api.ticket()).ticket;
    } catch (error) {
      if (isCurrent()) {
        this.#notConnected(error);
      }
      return;
    }
    if (!isCurrent()) {
      return;
    }
    let limit = this.#later(connectMs, () => connection.drop());
    const connection = this.#carrier.connect({
      onOpen: () => {
        this.#cancel(limit);
        limit = this.#later(greetingMs, () => {
          if (this.#session.phase === "greeting") {
            connection.drop();
          }
        });
        this.#heardAt = this.#clock();
        this.#do({ type: "opened", ticket });
      },
      onFrame: (text) => this.#take(connection, text),
      onClose: (code) => {
        this.#cancel(limit);
        if (isCurrent()) {
          this.#connection = null;
          this.#events.onState(false);
          this.#do({ type: "closed", code });
        }
      },
    });
    this.#connection = connection;
  }

  #notConnected(error: unknown): void {
    if (error instanceof ProblemError) {
      if (finalProblems.has(error.code)) {
        this.fail(error);
      } else {
        this.#do({ type: "closed", code: abnormal, advisedMs: error.problem.retry_after_ms ?? 0 });
      }
    } else if (error instanceof Unreachable) {
      this.#do({ type: "closed", code: abnormal });
    } else {
      // The page's token provider failed, or this package did: whoever waits must hear of it.
      this.fail(error instanceof ClientError ? error : new Ended(`the connection failed: ${String(error)}`));
    }
  }

  #take(connection: Connection, text: string): void {
    this.#heardAt = this.#clock();
    let structs: AnyDown[];
    try {
      structs = decodeDowns(text);
    } catch {
      connection.drop();
      return;
    }
    this.#do({ type: "received", structs });
  }

  /** Asks the service anything; a connection that does not answer is dropped. */
  async #probe(): Promise<void> {
    if (this.#probing) {
      return;
    }
    this.#probing = true;
    const connection = this.#connection;
    const heardAt = this.#heardAt;
    try {
      const since = this.#session.since ?? this.#clock();
      await this.request({ t: "threads", since }, { timeoutMs: answerMs });
    } catch (error) {
      if (error instanceof TimedOut && connection === this.#connection && heardAt === this.#heardAt) {
        connection?.drop();
      }
    } finally {
      this.#probing = false;
    }
  }

  #watch(): void {
    this.#later(silenceMs / 2, () => {
      if (this.#session.phase === "ready" && this.#clock() - this.#heardAt >= silenceMs) {
        void this.#probe();
      }
      this.#watch();
    });
  }

  /** Renews the token in time, as long as this connection lives; a failure leaves it to close code 4005. */
  async #refresh(attempt: number): Promise<void> {
    while (attempt === this.#attempt && this.#over === null) {
      const expiresAt = expiry(await this.#api.token(false));
      if (expiresAt === null) {
        return;
      }
      const leftMs = expiresAt - this.#clock();
      await this.#pause(Math.max(1_000, leftMs / 2, leftMs - refreshBeforeMs));
      if (attempt !== this.#attempt) {
        return;
      }
      try {
        await this.#api.token(true);
        const { ticket } = await this.#api.ticket();
        await this.request({ t: "refresh", ticket }, { timeoutMs: refreshBeforeMs });
      } catch (error) {
        if (!(error instanceof ClientError)) {
          throw error;
        }
      }
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#over !== null) {
        reject(this.#over);
        return;
      }
      this.#later(ms, resolve);
    });
  }

  #later(ms: number, act: () => void): ReturnType<typeof setTimeout> {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    this.#timers.add(timer);
    return timer;
  }

  #cancel(timer: ReturnType<typeof setTimeout>): void {
    clearTimeout(timer);
    this.#timers.delete(timer);
  }
}

/** When a platform token ends, in ms, as it says itself; null if it does not say. Nothing is verified here. */
export function expiry(token: string): number | null {
  try {
    const body = token.split(".")[1] ?? "";
    const claims: unknown = JSON.parse(atob(body.replaceAll("-", "+").replaceAll("_", "/")));
    const exp = typeof claims === "object" && claims !== null && "exp" in claims ? claims.exp : null;
    return typeof exp === "number" ? exp * 1_000 : null;
  } catch {
    return null;
  }
}
