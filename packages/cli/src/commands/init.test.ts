import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { writing } from "../writing.ts";
import { FileUnwritableError } from "../commandErrors.ts";

const directory = mkdtempSync(join(tmpdir(), "infill-init-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test("a path that cannot be written is named with its reason, and the system's error kept", () => {
  const file = join(directory, "file");
  writeFileSync(file, "");
  const refused = (): void =>
    writing(join(file, "inside"), () => writeFileSync(join(file, "inside"), ""));
  expect(refused).toThrow(FileUnwritableError);
  expect(refused).toThrow(/file\/inside: something on its path is a file/);
});

test("what the work itself throws stays as it is", () => {
  expect(() =>
    writing("x", () => {
      throw new RangeError("mine");
    }),
  ).toThrow(RangeError);
});
