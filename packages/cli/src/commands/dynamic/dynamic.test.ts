import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runTest } from "../../testing/runTest.ts";
import { sampleDynamicChange } from "../../testing/samples.ts";
import { testServices } from "../../testing/testServices.ts";

/** Adding and removing keys of dynamic partitions: what is asked, what is passed on, what is said. */

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "infill-dynamic-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

test("adding does not ask, and says what came back and what was there already", async () => {
  const services = testServices();
  const run = await runTest(["dynamic", "add", "regions", "us", "eu", "jp"], { services });
  expect(run.exitCode).toBe(0);
  expect(run.out).toMatchInlineSnapshot(`
    "2 keys of regions added.
    1 key there already: us.
    regional_sales has state of them from before: 31 materialized, 1 failed, 0 in progress.
    "
  `);
  expect(services.changes).toEqual([
    ["dynamic.add", "regions", ["us", "eu", "jp"], { actor: expect.any(String) }],
  ]);
});

test("removing asks a person, with what it concerns, and takes no for an answer", async () => {
  const services = testServices();
  const argv = ["dynamic", "remove", "regions", "jp", "--reason", "closed"];
  const declined = await runTest(argv, { services, columns: 100, answers: ["n"] });
  expect(declined.exitCode).toBe(130);
  expect(declined.err).toMatchInlineSnapshot(`
    "1 key not there: us.
    regional_sales keeps their state for when they come back: 31 materialized, 1 failed, 0 in progress.
    Nothing was changed.
    "
  `);
  expect(services.changes).toEqual([]);
  const done = await runTest(argv, { services, columns: 100, answers: ["y"] });
  expect(done.exitCode).toBe(0);
  expect(services.changes).toEqual([
    ["dynamic.remove", "regions", ["jp"], { actor: expect.any(String), reason: "closed" }],
  ]);
});

test("a dry run changes nothing", async () => {
  const services = testServices();
  for (const verb of ["add", "remove"]) {
    const run = await runTest(["dynamic", verb, "regions", "us", "--dry-run"], { services });
    expect(run.exitCode).toBe(0);
    expect(run.out).toContain(`Would ${verb} 2 keys of regions.`);
  }
  expect(services.changes).toEqual([]);
});

test("very many keys ask for the definition's name", async () => {
  const services = testServices({
    dynamic: { add: async (name) => ({ ...sampleDynamicChange, name, changed: 20_000 }) },
  });
  const argv = ["dynamic", "add", "regions", "us", "--yes", "--no-input"];
  const refused = await runTest(argv, { services, columns: 100 });
  expect(refused.exitCode).toBe(2);
  expect(refused.err).toContain("--confirm regions");
  const done = await runTest([...argv, "--confirm", "regions"], { services, columns: 100 });
  expect(done.exitCode).toBe(0);
});

test("keys come from a file or standard input, a line each, whatever ends the lines", async () => {
  const file = join(folder, "keys.txt");
  writeFileSync(file, "\ufeffus\r\n\r\neu, too\n -jp\rbr");
  const services = testServices();
  await runTest(["dynamic", "add", "regions", "za", "--from", file], { services });
  await runTest(["dynamic", "add", "regions", "--from", "-"], { services, stdin: "a\nb\n" });
  expect(services.changes.map(([, , keys]) => keys)).toEqual([
    ["za", "us", "eu, too", " -jp", "br"],
    ["a", "b"],
  ]);
});

test.each([
  [["dynamic", "add", "regions"], "No keys. Give them as arguments"],
  [
    ["dynamic", "add", "regions", "--from", "nowhere.txt"],
    "Cannot read nowhere.txt: there is no such file.",
  ],
  [["dynamic", "add", "regions", "--from", "-"], "No keys: standard input is empty."],
  [["dynamic", "list", "--removed"], "--removed needs a definition"],
  [["dynamic", "add"], "Missing required argument 'definition'"],
])("%j is refused in one sentence", async (argv, sentence) => {
  const services = testServices();
  const run = await runTest(argv, { services, stdin: " \n\n" });
  expect(run.exitCode).toBe(2);
  expect(run.err).toContain(sentence);
  expect(services.changes).toEqual([]);
});
