import { afterEach, expect, it, vi } from "vitest";

type Listener = (event: object) => void;

const text = async (answer: Response | undefined): Promise<string | null> =>
  answer === undefined ? null : answer.text();

/** A worker on a service that has these files, and what it kept and asked for. */
async function worker(files: Map<string, string>, late = new Map<string, Promise<void>>()) {
  const listeners = new Map<string, Listener>();
  const kept = new Map<string, Response>();
  const puts: string[] = [];
  const asked: string[] = [];
  const cache = {
    match: async (name: string) => Promise.resolve(kept.get(name)?.clone()),
    put: async (name: string, answer: Response) => {
      puts.push(name);
      return Promise.resolve(kept.set(name, answer));
    },
    keys: async () => Promise.resolve([...kept.keys()].map((name) => ({ url: `https://a.example${name}` }))),
    delete: async ({ url }: { url: string }) => Promise.resolve(kept.delete(new URL(url).pathname)),
  };
  vi.stubGlobal("caches", { open: async () => Promise.resolve(cache), match: cache.match });
  vi.stubGlobal("location", { origin: "https://a.example" });
  vi.stubGlobal("skipWaiting", async () => Promise.resolve());
  vi.stubGlobal("addEventListener", (type: string, listener: Listener) => listeners.set(type, listener));
  vi.stubGlobal("fetch", async (name: string) => {
    asked.push(name);
    const source = files.get(name);
    await late.get(name);
    return Promise.resolve(new Response(source ?? "", { status: source === undefined ? 503 : 200 }));
  });
  vi.resetModules();
  await import("./worker.ts");
  const tell = async (type: string, event: object): Promise<string | null> => {
    const work: Promise<unknown>[] = [];
    let answer: Promise<Response> | undefined;
    listeners.get(type)?.({
      ...event,
      waitUntil: (each: Promise<unknown>) => work.push(each),
      respondWith: (each: Promise<Response>) => {
        answer = each;
      },
    });
    const answered = await text(await answer);
    await Promise.all(work);
    return answered;
  };
  const visit = async (): Promise<string | null> =>
    tell("fetch", { request: { method: "GET", mode: "navigate", url: "https://a.example/inbox/t/1" } });
  return { tell, visit, kept, puts, asked };
}

const first = new Map([
  ["/inbox/", '<script src="/assets/inbox-AAAAAAAA.js">'],
  ["/assets/inbox-AAAAAAAA.js", 'import("./board-BBBBBBBB.js")'],
  ["/assets/board-BBBBBBBB.js", "export {}"],
]);

afterEach(() => vi.unstubAllGlobals());

it("keeps a page with all that it names, and writes nothing more while it stays the same", async () => {
  const { tell, visit, kept, puts, asked } = await worker(first);
  await tell("install", {});
  expect([...kept.keys()].toSorted()).toEqual([...first.keys()].toSorted());
  puts.length = 0;
  asked.length = 0;
  expect(await visit()).toBe(first.get("/inbox/"));
  expect([puts, asked]).toEqual([[], ["/inbox/"]]);
});

it("lets go of what a new page does not name, once all that it names is kept", async () => {
  const files = new Map(first);
  const { tell, visit, kept } = await worker(files);
  await tell("install", {});
  files.set("/inbox/", '<script src="/assets/inbox-CCCCCCCC.js">');
  await visit();
  expect(await text(kept.get("/inbox/")?.clone())).toBe(first.get("/inbox/"));
  expect(kept.has("/assets/board-BBBBBBBB.js")).toBe(true);
  files.set("/assets/inbox-CCCCCCCC.js", "export {}");
  await visit();
  expect([...kept.keys()].toSorted()).toEqual(["/assets/inbox-CCCCCCCC.js", "/inbox/"]);
});

it("keeps no page that did not come, and what it kept before stays", async () => {
  const files = new Map(first);
  const { tell, kept } = await worker(files);
  await tell("install", {});
  files.delete("/inbox/");
  await tell("install", {});
  expect([...kept.keys()].toSorted()).toEqual([...first.keys()].toSorted());
  expect(await text(kept.get("/inbox/")?.clone())).toBe(first.get("/inbox/"));
});

it("fetches a file again that went missing of a page that it keeps", async () => {
  const { tell, visit, kept } = await worker(first);
  await tell("install", {});
  kept.delete("/assets/inbox-AAAAAAAA.js");
  await visit();
  expect([...kept.keys()].toSorted()).toEqual([...first.keys()].toSorted());
});

it("keeps one page after the other: none lets the files of another go", async () => {
  const files = new Map([
    ["/inbox/", '<script src="/assets/inbox-AAAAAAAA.js"><script src="/assets/first-DDDDDDDD.js">'],
    ["/assets/first-DDDDDDDD.js", "export {}"],
    ["/assets/inbox-AAAAAAAA.js", "export {}"],
  ]);
  const { promise: late, resolve: comes } = Promise.withResolvers<void>();
  const { visit, kept } = await worker(files, new Map([["/assets/inbox-AAAAAAAA.js", late]]));
  const slow = visit();
  await vi.waitFor(() => expect(kept.has("/assets/first-DDDDDDDD.js")).toBe(true));
  files.set("/inbox/", "<p>");
  const quick = visit();
  await new Promise((resolve) => setTimeout(resolve, 20));
  comes();
  await Promise.all([slow, quick]);
  expect([...kept.keys()]).toEqual(["/inbox/"]);
  expect(await text(kept.get("/inbox/")?.clone())).toBe("<p>");
});
