import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { partitionsInput } from "./partitionsInput.ts";
import { testIo } from "../testing/testIo.ts";

const directory = mkdtempSync(join(tmpdir(), "infill-input-"));
afterAll(() => rmSync(directory, { recursive: true }));

test("text on the command line is taken as it is", async () => {
  expect(await partitionsInput("2024-01-01, :failed", testIo())).toBe("2024-01-01, :failed");
  expect(await partitionsInput(undefined, testIo())).toBeUndefined();
});

test("- reads standard input, whatever its line ends are", async () => {
  const stdin = "\ufeff2024-01-01\r\n\r\n  2024-01-02 ,\n[2024-02-01...2024-02-03]\r2024-03-*";
  expect(await partitionsInput("-", testIo({ stdin }))).toBe(
    "2024-01-01, 2024-01-02, [2024-02-01...2024-02-03], 2024-03-*",
  );
});

test("@file reads a file beside the command", async () => {
  writeFileSync(join(directory, "keys.txt"), "a\nb");
  expect(await partitionsInput("@keys.txt", testIo({ cwd: directory }))).toBe("a, b");
});

test.each([
  ["", /standard input: it has no partitions/],
  ["a\u0000b", /NUL/],
  ["x".repeat(65_537), /more than 65536 bytes; write ranges/],
])("refuses %.10j", async (stdin, message) => {
  await expect(partitionsInput("-", testIo({ stdin }))).rejects.toThrow(message);
});

test("refuses a file that is not there, is a directory, or is too long", async () => {
  const io = testIo({ cwd: directory });
  writeFileSync(join(directory, "long.txt"), "x".repeat(65_537));
  await expect(partitionsInput("@nope.txt", io)).rejects.toThrow(
    "Cannot read nope.txt: there is no such file.",
  );
  await expect(partitionsInput("@.", io)).rejects.toThrow("Cannot read .: EISDIR.");
  await expect(partitionsInput("@long.txt", io)).rejects.toThrow(/more than 65536 bytes/);
});
