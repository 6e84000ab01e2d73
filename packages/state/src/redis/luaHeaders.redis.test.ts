import { readdirSync, readFileSync } from "node:fs";
import { redisUrlForTests } from "@infill/test-support";
import { Redis } from "ioredis";
import { afterAll, expect, test } from "vitest";
import { scriptText } from "./script.ts";

const folder = new URL("../../lua/", import.meta.url);
const scripts = readdirSync(folder)
  .filter((file) => file.endsWith(".lua"))
  .map((file) => file.slice(0, -".lua".length));
const redis = new Redis(redisUrlForTests());

afterAll(() => redis.disconnect());

/** The header of a script, and its own code without its includes. */
function partsOf(name: string): { readonly header: string; readonly code: string } {
  const text = readFileSync(new URL(`${name}.lua`, folder), "utf8");
  const end = text.indexOf("\n]]\n");
  return { header: text.slice(0, end), code: text.slice(end) };
}

/** The lines of a header about KEYS or ARGV: how many there are, and whether more may follow. */
function documented(header: string, list: "KEYS" | "ARGV"): { count: number; isOpen: boolean } {
  const lines = [...header.matchAll(new RegExp(`^${list}\\[(\\d+)(…?)\\]`, "gm"))];
  expect(lines.map(([, number]) => Number(number))).toEqual(lines.map((_, at) => at + 1));
  return { count: lines.length, isOpen: lines.at(-1)?.[2] === "…" };
}

test("there are scripts", () => {
  expect(scripts.length).toBeGreaterThan(50);
});

test.each(scripts)("%s: its header begins with its name and lists what it returns", (name) => {
  const { header } = partsOf(name);
  expect(header).toMatch(new RegExp(`^--\\[\\[\n${name}: `));
  expect(header).toMatch(/^Returns /m);
});

test.each(scripts)("%s: its header has a line for each key and argument that it reads", (name) => {
  const { header, code } = partsOf(name);
  for (const list of ["KEYS", "ARGV"] as const) {
    const { count, isOpen } = documented(header, list);
    const numbers = [...code.matchAll(new RegExp(`${list}\\[(\\d+)\\]`, "g"))].map(([, number]) =>
      Number(number),
    );
    if (!isOpen) expect(Math.max(0, ...numbers)).toBeLessThanOrEqual(count);
    // A computed index may be any.
    if (new RegExp(`${list}\\[(?!\\d+\\])`).test(code)) continue;
    const fixed = isOpen ? count - 1 : count;
    for (let index = 1; index <= fixed; index++)
      expect(numbers, `${list}[${index}] is documented`).toContain(index);
  }
});

test.each(scripts)("%s: Redis compiles it with its includes", async (name) => {
  expect(await redis.script("LOAD", scriptText(name))).toMatch(/^[0-9a-f]{40}$/);
});
