import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { writing } from "../../project/writing.ts";
import { FileUnwritableError } from "../../terminal/commandErrors.ts";
import { runTest } from "../../testing/runTest.ts";

const directory = mkdtempSync(join(tmpdir(), "infill-init-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test("a path that cannot be written is named with its reason, and the system's error kept", () => {
  const file = join(directory, "file");
  writeFileSync(file, "");
  const refused = (): void =>
    writing(join(file, "inside"), () => writeFileSync(join(file, "inside"), ""));
  expect(refused).toThrow(FileUnwritableError);
  expect(refused).toThrow(/file\/inside: a part of its path is a file/);
});

test.each([
  ["below a regular file", "file/inside", "a part of its path is a file"],
  ["with a name that is too long", "a".repeat(300), "the name is too long"],
])("a project in a directory %s is refused with a code", async (_title, path, reason) => {
  writeFileSync(join(directory, "file"), "");
  const run = await runTest(["init", path], { cwd: directory });
  expect(run).toMatchObject({ exitCode: 2, out: "" });
  expect(run.err).toMatch(/^error INFILL_FILE_UNWRITABLE: Cannot write .*: /);
  expect(run.err).toContain(reason);
});

test("what the work itself throws stays as it is", () => {
  expect(() =>
    writing("x", () => {
      throw new RangeError("mine");
    }),
  ).toThrow(RangeError);
});

test("a project in a file system that takes no directories is refused at once", async () => {
  const run = await runTest(["init", "/proc/infill-test/inside"], { cwd: directory });
  expect(run).toMatchObject({ exitCode: 2, out: "" });
  expect(run.err).toMatch(/^error INFILL_FILE_UNWRITABLE: Cannot write /);
});

test.each([
  ["here", [], ""],
  ["in another directory", ["next"], "cd next && "],
])("the next step of a project %s is a command that one can copy", async (name, args, step) => {
  const cwd = mkdtempSync(join(directory, "project-"));
  const run = await runTest(["init", ...args], { cwd });
  expect([name, run.exitCode]).toEqual([name, 0]);
  expect(run.err).toBe(
    `Next: ${step}infill dev, and in another terminal: infill backfill create '*' --wait\n`,
  );
});
