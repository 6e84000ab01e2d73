import { expect, test } from "vitest";
import { themeFor } from "../text/theme.ts";
import { runTest } from "../testing/runTest.ts";
import { sampleId } from "../testing/samples.ts";

test.each([
  ["auto", true, {}, true],
  ["auto", false, {}, false],
  ["auto", true, { TERM: "dumb" }, false],
  ["auto", true, { NO_COLOR: "1" }, false],
  ["auto", true, { NO_COLOR: "" }, true],
  ["auto", false, { FORCE_COLOR: "1" }, true],
  ["auto", true, { FORCE_COLOR: "0" }, false],
  ["auto", true, { FORCE_COLOR: "1", NO_COLOR: "1" }, false],
  ["auto", true, { FORCE_COLOR: "1", TERM: "dumb" }, true],
  ["always", false, { NO_COLOR: "1" }, true],
  ["never", true, { FORCE_COLOR: "1" }, false],
] as const)("--color %s, terminal %s, %j: %s", (color, isTTY, env, hasColor) => {
  expect(themeFor(color, isTTY, env).hasColor).toBe(hasColor);
});

test("on a terminal progress is drawn over itself, and the end stays", async () => {
  const run = await runTest(["backfill", "watch", sampleId], {
    columns: 100,
    env: { NO_COLOR: "1" },
  });
  expect(run.out.split("\u001b[5A\u001b[0J")).toHaveLength(2);
  expect(run.out).toMatch(/succeeded 4m11s {3}61 %/);
});

test("a dumb terminal and a pipe get lines", async () => {
  for (const options of [{ columns: 100, env: { TERM: "dumb" } }, {}]) {
    const run = await runTest(["backfill", "watch", sampleId], options);
    expect(run.out).not.toContain("\u001b");
    expect(run.out.trimEnd().split("\n")).toEqual([
      expect.stringMatching(/^bf_\w+ running 4m11s, 61 % 92\/150, /),
      expect.stringMatching(/^bf_\w+ succeeded 4m11s, /),
    ]);
  }
});

test("-q waits without a word", async () => {
  expect((await runTest(["backfill", "watch", sampleId, "-q"])).out).toBe("");
  expect((await runTest(["backfill", "create", "sales", "--wait", "-q"])).out).toBe(
    `${sampleId}\n`,
  );
});

test("colors repeat what glyphs and words say", async () => {
  const colored = (await runTest(["partition", "count", "sales", "--color", "always"])).out;
  const plain = (await runTest(["partition", "count", "sales"])).out;
  expect(colored).toContain("\u001b[32m● materialized");
  // oxlint-disable-next-line no-control-regex -- color codes are what is taken away here
  expect(colored.replaceAll(/\u001b\[\d+m/g, "")).toBe(plain);
});

test("a warning about the server stands on stderr of what changes something", async () => {
  const { testServices } = await import("../testing/testServices.ts");
  const services = testServices({
    redis: { version: "7.2.0", appendOnly: false, warnings: ["Redis keeps nothing on disk."] },
  });
  const create = await runTest(["backfill", "create", "sales"], { services });
  expect(create.err).toContain("warning: Redis keeps nothing on disk.\n");
  expect((await runTest(["asset", "list"], { services })).err).not.toContain("Redis keeps nothing");
});
