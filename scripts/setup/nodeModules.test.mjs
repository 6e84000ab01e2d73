import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { nodeModulesAreCurrent } from "./nodeModules.mjs";

const zod = { version: "4.6.7", integrity: "sha512-a" };
const forMac = { version: "1.0.0", integrity: "sha512-b", optional: true };
const locked = {
  "": { version: "0.1.0" },
  "packages/core": { version: "0.1.0" },
  "node_modules/@infill/core": { link: true },
  "node_modules/zod": zod,
  "node_modules/for-mac": forMac,
};

/**
 * @param {object} lock
 * @param {object} [installed]
 */
function isCurrent(lock, installed) {
  const directory = mkdtempSync(join(tmpdir(), "infill-modules-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, "package-lock.json"), JSON.stringify({ packages: lock }));
  if (installed !== undefined) {
    mkdirSync(join(directory, "node_modules"));
    const path = join(directory, "node_modules", ".package-lock.json");
    writeFileSync(path, JSON.stringify({ packages: installed }));
  }
  return nodeModulesAreCurrent(directory);
}

test("what was never installed is not current", () => {
  expect(isCurrent(locked)).toBe(false);
});

test("packages for other systems may be absent, others may not", () => {
  const installed = { "node_modules/@infill/core": { link: true }, "node_modules/zod": zod };
  expect(isCurrent(locked, installed)).toBe(true);
  expect(isCurrent({ ...locked, "node_modules/luxon": { version: "3.7.2" } }, installed)).toBe(
    false,
  );
});

test("another version, or other contents, are not current", () => {
  const link = { "node_modules/@infill/core": { link: true } };
  expect(isCurrent(locked, { ...link, "node_modules/zod": { ...zod, version: "4.6.6" } })).toBe(
    false,
  );
  expect(
    isCurrent(locked, { ...link, "node_modules/zod": { ...zod, integrity: "sha512-c" } }),
  ).toBe(false);
});
