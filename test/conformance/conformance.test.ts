import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { runFolder } from "./runFolder.ts";
import { runVector } from "./runVector.ts";

describe("the partition algebra agrees with every vector", () => {
  test.each([
    ["vectors", 394],
    ["random", 600],
    ["beyond", 7],
  ])("of %s", (folder, vectors) => {
    const verdict = runFolder(fileURLToPath(new URL(folder, import.meta.url)));
    expect(verdict.failures).toEqual([]);
    expect(verdict.passed).toBe(vectors);
  });
});

describe("a vector has failed", () => {
  const definition = { type: "static", keys: ["a", "b"] };

  test("that expects a field the runner does not know", () => {
    expect(runVector({ id: "x", definition, expect: { keys: ["a", "b"], color: "red" } })).toEqual([
      '"color" is not understood',
    ]);
  });

  test("that holds an option the runner does not know", () => {
    const unknown = { ...definition, shade: 1 };
    expect(runVector({ id: "x", definition: unknown, expect: { keys: ["a", "b"] } })).toHaveLength(
      1,
    );
  });

  test("whose value differs in one place", () => {
    expect(runVector({ id: "x", definition, expect: { keys: ["b", "a"] } })).toHaveLength(1);
    expect(runVector({ id: "x", definition, expect: { keys: ["a", "b"] } })).toEqual([]);
  });

  test("that expects an error which is not thrown, or another one", () => {
    expect(runVector({ id: "x", definition, expect: { error: "duplicate-key" } })).toHaveLength(1);
    const twice = { type: "static", keys: ["a", "a"] };
    expect(
      runVector({ id: "x", definition: twice, expect: { error: "invalid-cron" } }),
    ).toHaveLength(1);
    expect(runVector({ id: "x", definition: twice, expect: { error: "duplicate-key" } })).toEqual(
      [],
    );
  });
});
