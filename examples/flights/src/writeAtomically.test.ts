import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { writeAtomically } from "./writeAtomically.ts";

async function temporaryDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "flights-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

test("a file appears whole, under its own name alone", async () => {
  const dir = await temporaryDir();
  const rows = await writeAtomically(join(dir, "a", "b.txt"), async (file) => {
    await writeFile(file, "whole");
    return 7;
  });
  expect(rows).toBe(7);
  expect(await readdir(join(dir, "a"))).toEqual(["b.txt"]);
  expect(await readFile(join(dir, "a", "b.txt"), "utf8")).toBe("whole");
});

test("a write that fails, or is aborted, leaves what was there", async () => {
  const dir = await temporaryDir();
  const file = join(dir, "b.txt");
  await writeFile(file, "before");
  const failing = writeAtomically(file, async (partialFile) => {
    await writeFile(partialFile, "ha");
    throw new Error("disk full");
  });
  await expect(failing).rejects.toThrow("disk full");
  const aborted = writeAtomically(
    file,
    (partialFile) => writeFile(partialFile, "after"),
    AbortSignal.abort(),
  );
  await expect(aborted).rejects.toThrow("aborted");
  expect(await readdir(dir)).toEqual(["b.txt"]);
  expect(await readFile(file, "utf8")).toBe("before");
});
