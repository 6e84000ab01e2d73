import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStateStore, type StateStore } from "@infill/state";
import { cleanPrefix, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { runCli } from "../program/runCli.ts";
import { lazyServices } from "../command/services.ts";
import { commandPaths } from "../testing/commandPaths.ts";
import { testIo } from "../testing/testIo.ts";

const url = redisUrlForTests();
const prefix = testPrefix();
let store: StateStore;
let namespace = "";
let directory = "";
/** Each draft has a file of its own, because a process loads a module once. */
let file = "";
let drafts = 0;

beforeEach(async () => {
  namespace = `${prefix}-${testPrefix()}`;
  store = await openStateStore(url, namespace, "test");
  directory = mkdtempSync(join(tmpdir(), "infill-looking-"));
});
afterEach(async () => {
  await store.close();
  rmSync(directory, { recursive: true });
});
afterAll(() => cleanPrefix(url, prefix));

interface Draft {
  readonly zone?: string;
  readonly regions?: readonly string[];
  readonly code?: string;
  readonly name?: string;
}

function writeProject({
  zone = "UTC",
  regions = ["us", "eu"],
  code = "1",
  name = "sales",
}: Draft = {}): void {
  file = join(directory, `draft${++drafts}.mjs`);
  writeFileSync(
    file,
    `import { asset, daily, dynamicPartitions, multi, project, staticPartitions } from "infill";
const days = daily({ start: "2024-05-01", end: "2024-05-05", timezone: ${JSON.stringify(zone)} });
const materialize = () => {};
const sales = asset({ name: ${JSON.stringify(name)}, partitions: days, codeVersion: ${JSON.stringify(code)}, materialize });
const regional = asset({ name: "regional", codeVersion: ${JSON.stringify(code)},
  partitions: multi({ date: days, region: staticPartitions(${JSON.stringify(regions)}) }), deps: [sales], materialize });
const shops = asset({ name: "shops", partitions: dynamicPartitions({ name: "shops" }), materialize });
export default project({ namespace: ${JSON.stringify(namespace)}, assets: [sales, regional, shops] });
`,
  );
}

async function infill(
  line: readonly string[],
): Promise<{ code: number; out: string; err: string }> {
  const io = testIo({ cwd: directory, env: { REDIS_URL: url, INFILL_PROJECT: file } });
  const definitions = async () => ({
    ...(await import("@infill/core")),
    ...(await import("@infill/partitions")),
  });
  const code = await runCli(line, io, lazyServices(definitions));
  return { code, out: io.out, err: io.err };
}

/** Every key with its bytes, less the previewed plans, which lapse by themselves. */
async function dump(): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  let cursor = "0";
  do {
    const [next, keys] = await store.redis.scan(cursor, "MATCH", `${namespace}:*`, "COUNT", 1_000);
    cursor = next;
    for (const key of keys) {
      if (key.startsWith(`${store.keys.backfillRoot}:plan:`)) continue;
      found.set(key, (await store.redis.dumpBuffer(key))?.toString("hex") ?? "");
    }
  } while (cursor !== "0");
  return found;
}

const id = "BACKFILL";
/** Commands that look, as they are typed; `BACKFILL` stands for the id of one that exists, if any. */
const looking: Readonly<Record<string, readonly string[]>> = {
  check: [],
  doctor: [],
  gaps: [],
  "asset list": [],
  "asset show": ["regional"],
  "asset reset": ["regional", "--dry-run"],
  "asset remove": ["regional", "--dry-run"],
  "asset rename": ["regional", "areas", "--dry-run"],
  "backfill create": ["regional", "--dry-run"],
  "backfill list": [],
  "backfill show": [id],
  "backfill watch": [id, "--timeout", "1s"],
  "backfill pause": [id, "--dry-run"],
  "backfill resume": [id, "--dry-run"],
  "backfill cancel": [id, "--dry-run"],
  "backfill delete": [id, "--dry-run"],
  "backfill retry": [id, "--dry-run"],
  "backfill set": [id, "--weight", "3", "--dry-run"],
  "backfill failures": [id],
  "backfill events": [id],
  "backfill deliveries": [],
  "backfill prune": ["--dry-run"],
  "backfill redeliver": ["--all", "--dry-run"],
  "partition list": ["regional"],
  "partition count": ["regional"],
  "partition show": ["regional", "2024-05-02|us"],
  "partition mark": ["regional", "--partitions", ":all", "--as", "materialized", "--dry-run"],
  "partition wipe": ["regional", "--partitions", ":all", "--dry-run"],
  "partition history": ["regional"],
  "partition why": ["regional", "2024-05-02|us"],
  "dynamic list": ["shops"],
  "dynamic add": ["shops", "a", "--dry-run"],
  "dynamic remove": ["shops", "a", "--dry-run"],
  "dynamic history": ["shops"],
  "pool list": [],
  "worker list": [],
  "worker show": ["w1"],
  "planner list": [],
};
/** Commands that start processes or write files. */
const others = ["init", "dev", "version", "worker start", "planner start"];

test("every command is known to look, to be able to look only, or to do something else", () => {
  const leaves = commandPaths().flatMap(([path, node]) => (node.load === undefined ? [] : [path]));
  expect(leaves.filter((path) => !(path in looking) && !others.includes(path))).toEqual([]);
});

async function lookAtAll(backfill: string): Promise<void> {
  const before = await dump();
  for (const [path, rest] of Object.entries(looking)) {
    const line = [...path.split(" "), ...rest.map((word) => (word === id ? backfill : word))];
    const { err } = await infill(line);
    expect(err, line.join(" ")).not.toMatch(/INFILL_UNEXPECTED|Bug:/);
    const after = await dump();
    expect(changesBetween(before, after), line.join(" ")).toEqual([]);
  }
}

function changesBetween(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    (key) => before.get(key) !== after.get(key),
  );
}

test("no command that looks writes anything into an empty Redis", async () => {
  writeProject();
  await lookAtAll("bf_01JD3K9V000000000000000000");
  expect((await dump()).size).toBe(0);
}, 60_000);

test("no command that looks with a draft of the project writes anything beside state that is there", async () => {
  writeProject();
  const created = await infill(["backfill", "create", "regional", "--json"]);
  const backfill = /"id":\s*"(bf_\w+)"/.exec(created.out)?.[1] ?? "";
  expect(backfill).toMatch(/^bf_/);
  await infill(["dynamic", "add", "shops", "a"]);
  writeProject({ regions: ["jp", "us", "eu"], code: "2" });
  await lookAtAll(backfill);
  writeProject({ zone: "America/New_York" });
  await lookAtAll(backfill);
}, 60_000);

test("static keys that are not registered yet are looked at as they would be registered", async () => {
  writeProject();
  await infill([
    ...["partition", "mark", "regional", "--partitions", "region=eu"],
    ...["--as", "materialized", "--yes"],
  ]);
  writeProject({ regions: ["jp", "eu", "us"] });
  const listed = await infill(["partition", "list", "regional", "--status", "materialized", "-q"]);
  expect(listed.out.trim().split("\n")).toEqual([1, 2, 3, 4].map((day) => `2024-05-0${day}|eu`));
});

test("a definition that nothing uses is replaced, and one that is in use stops its own backfills alone", async () => {
  writeProject({ zone: "Asia/Tokyo" });
  const created = await infill(["backfill", "create", "sales", "--partitions", "2024-05-02"]);
  expect(created).toMatchObject({ code: 0 });
  await infill(["dynamic", "add", "shops", "a"]);
  // `regional` was only looked at in Tokyo; `sales` has a backfill there.
  writeProject({ zone: "UTC" });
  expect(await infill(["backfill", "create", "regional"])).toMatchObject({ code: 0 });
  const refused = await infill(["backfill", "create", "sales"]);
  expect(refused).toMatchObject({ code: 5 });
  expect(refused.err).toMatch(/INFILL_DEFINITION_CHANGED.*infill asset reset sales/s);
  expect(await infill(["backfill", "create", "shops"])).toMatchObject({ code: 0 });
  const listed = await infill(["asset", "list"]);
  expect(listed).toMatchObject({ code: 0 });
  expect(listed.err).toMatch(/sales.*infill asset reset sales/s);
  expect((await infill(["check"])).err).toMatch(/infill asset reset sales/);
  const gaps = await infill(["gaps"]);
  expect(gaps.out, gaps.err).toMatch(/regional/);
  expect(gaps.err).toMatch(/infill asset reset sales/);
  expect(await infill(["backfill", "list"])).toMatchObject({ code: 0 });
  const preview = await infill(["asset", "reset", "sales", "--dry-run"]);
  expect(preview.out).toMatch(
    /0 materialized partitions.*1 ended backfill.*Not possible now: bf_/s,
  );
  const early = await infill(["asset", "reset", "sales", "--confirm", "sales"]);
  expect(early).toMatchObject({ code: 5, err: expect.stringMatching(/INFILL_ASSET_IN_USE.*bf_/s) });
  expect(await infill(["asset", "remove", "unknown"])).toMatchObject({ code: 3 });
});

test("an asset is reset only when its name is repeated", async () => {
  writeProject({ zone: "Asia/Tokyo" });
  const mark = ["partition", "mark", "sales", "--partitions", ":all", "--as", "materialized"];
  expect(await infill([...mark, "--yes"])).toMatchObject({ code: 0 });
  writeProject({ zone: "UTC" });
  expect((await infill(["asset", "list"])).err).toMatch(/infill asset reset sales/);
  for (const answer of [[], ["--confirm", "regional"]]) {
    const { code, out } = await infill(["asset", "reset", "sales", ...answer]);
    expect([code === 0, out]).toEqual([false, ""]);
  }
  const done = await infill(["asset", "reset", "sales", "--confirm", "sales"]);
  expect(done.out).toMatch(/4 materialized partitions/);
  const { code, err } = await infill(["asset", "list"]);
  expect([code, /reset/.test(err)]).toEqual([0, false]);
});

test("a renamed asset takes its state along, after the command has said what moves", async () => {
  writeProject();
  const mark = ["partition", "mark", "sales", "--partitions", ":all", "--as", "materialized"];
  expect(await infill([...mark, "--yes"])).toMatchObject({ code: 0 });
  const rename = ["asset", "rename", "sales", "orders"];
  expect(await infill(rename)).toMatchObject({
    code: 5,
    err: expect.stringMatching(/INFILL_ASSET_RENAME.*project has no asset "orders"/s),
  });
  writeProject({ name: "orders" });
  const preview = await infill([...rename, "--dry-run"]);
  expect(preview.out).toMatch(/Would rename sales to orders, with 4 materialized partitions/);
  const { out } = await infill(["asset", "rename", "sales", "orders", "--dry-run", "--json"]);
  expect(JSON.parse(out)).toMatchObject({ stage: "new", materialized: 4, isInProject: false });
  expect(await infill([...rename, "--confirm", "sales"])).toMatchObject({ code: 2 });
  const done = await infill([...rename, "--yes"]);
  expect(done.out).toMatch(/sales is called orders now, with 4 materialized partitions/);
  const count = await infill(["partition", "count", "orders", "--json"]);
  expect(JSON.parse(count.out)).toMatchObject({ counts: { materialized: 4, missing: 0 } });
  expect(await infill(rename)).toMatchObject({ code: 3 });
});

test("a reset keeps the partitions that the new definition has too, after it has said which", async () => {
  writeProject({ zone: "Asia/Tokyo" });
  const mark = ["partition", "mark", "sales", "--partitions", ":all", "--as", "materialized"];
  expect(await infill([...mark, "--yes"])).toMatchObject({ code: 0 });
  const keep = ["asset", "reset", "sales", "--keep"];
  expect(await infill([...keep, "--dry-run"])).toMatchObject({
    code: 5,
    err: expect.stringMatching(/INFILL_STATE_NOT_KEPT.*already fits its state/s),
  });
  writeProject({ zone: "Asia/Seoul" });
  const preview = await infill([...keep, "--dry-run"]);
  expect(preview.out).toMatch(/Would keep 4 materialized partitions.*0 partitions that/);
  expect((await infill([...keep, "--confirm", "regional"])).code).not.toBe(0);
  const done = await infill([...keep, "--confirm", "sales"]);
  expect(done.out, done.err).toMatch(/kept 4 materialized partitions/);
  const count = await infill(["partition", "count", "sales", "--json"]);
  expect(JSON.parse(count.out)).toMatchObject({ counts: { materialized: 4, missing: 0 } });
});
