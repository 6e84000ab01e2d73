import fc from "fast-check";
import { expect, test } from "vitest";
import { packTexts, unpackTexts } from "./packedBackfill.ts";

const header = JSON.stringify({
  version: 1,
  request: { assets: "days", partitions: ":all", reprocess: "failed", order: "oldest" },
  assets: ["days"],
  plannedMs: 1_764_446_400_123,
});
const entry = (n: number) =>
  `{"v":1,"n":${n},"atMs":1764446400123,"what":"paused","actor":"","reason":""}`;

/** Text that a hash may hold: anything without a line break. */
const text = fc.string({ unit: "binary", maxLength: 300 }).filter((one) => !one.includes("\n"));

test("packed texts are unpacked unchanged", () => {
  fc.assert(
    fc.property(
      fc.record(
        { header: text, settings: text, progress: text, versions: text },
        { requiredKeys: [] },
      ),
      fc.array(text, { maxLength: 20 }),
      (fields, log) => {
        const parts = packTexts({ fields, log });
        expect(
          parts === undefined ? undefined : unpackTexts({ status: "failed", ...parts }),
        ).toEqual({ fields, log });
      },
    ),
  );
});

test("a small header and its log fit into a hundred bytes, and a long log into a tenth of its size", () => {
  const size = (parts: object | undefined) => Object.values(parts ?? {}).join("").length;
  expect(size(packTexts({ fields: { header }, log: [entry(1), entry(2)] }))).toBeLessThan(128);
  const log = Array.from({ length: 1_000 }, (_, at) => entry(at + 1));
  expect(size(packTexts({ fields: { header }, log }))).toBeLessThan(log.join("").length / 10);
});

test("text with a line break, or too much of it, is not packed", () => {
  expect(packTexts({ fields: { header: "{\n}" }, log: [] })).toBeUndefined();
  expect(packTexts({ fields: { header: "x".repeat(262_145) }, log: [] })).toBeUndefined();
});

test("a hash without parts has nothing packed, and damage anywhere is reported", () => {
  expect(unpackTexts({ status: "failed", header })).toBeUndefined();
  const parts = packTexts({ fields: { header }, log: [entry(1), entry(2)] }) ?? {};
  expect(Object.keys(parts).length).toBeGreaterThan(1);
  for (const [name, part] of Object.entries(parts)) {
    const others = Object.fromEntries(Object.entries(parts).filter(([other]) => other !== name));
    expect(() => unpackTexts(others)).toThrow(RangeError);
    const changed = part.startsWith("A") ? `B${part.slice(1)}` : `A${part.slice(1)}`;
    expect(() => unpackTexts({ ...parts, [name]: changed })).toThrow(RangeError);
  }
  for (const junk of ["", "{", "AAAA", "Agggg", "\u0000", "x".repeat(70)])
    expect(() => unpackTexts({ p0: junk })).toThrow(RangeError);
});
