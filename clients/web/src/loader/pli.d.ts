/** What a platform's page calls: a queue until the loader is there, then the loader. */
interface PliCall {
  (...call: unknown[]): void;
  /** Calls that wait for the loader. */
  q?: unknown[][];
}

interface Window {
  Pli?: PliCall;
}
