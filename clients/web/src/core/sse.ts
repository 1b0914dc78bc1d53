/** One server-sent event. */
export interface ServerEvent {
  /** Empty where it has none. */
  readonly name: string;
  readonly data: string;
}

/** What stands between two line ends, at most: a frame of the service has at most 1 MiB. */
const lineLengthMax = 2_097_152;

/** Server-sent events out of the pieces of a stream, as the HTML standard reads them; ids and comments are ignored. */
export class EventParser {
  #rest = "";
  #name = "";
  #data: string[] = [];

  /** The events that end in this piece. @throws RangeError for a line that has no end. */
  feed(piece: string): ServerEvent[] {
    const lines = (this.#rest + piece).split(/\r\n|\n|\r(?!$)/u);
    this.#rest = lines.pop() ?? "";
    if (this.#rest.length > lineLengthMax) {
      throw new RangeError("a line longer than any frame");
    }
    return lines.flatMap((line) => this.#line(line));
  }

  #line(line: string): ServerEvent[] {
    if (line === "") {
      const event = { name: this.#name, data: this.#data.join("\n") };
      const isWhole = this.#data.length > 0;
      this.#name = "";
      this.#data = [];
      return isWhole ? [event] : [];
    }
    const [, field = "", value = ""] = /^([^:]*)(?:: ?(.*))?$/su.exec(line) ?? [];
    if (field === "data") {
      this.#data.push(value);
    } else if (field === "event") {
      this.#name = value;
    }
    return [];
  }
}
