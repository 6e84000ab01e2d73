import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { decisions, undecided } from "./decisions.ts";
import { runFolder } from "./runFolder.ts";
import { runVector } from "./runVector.ts";

describe("the partition algebra agrees with every vector", () => {
  test.each([
    ["vectors", 394, 0],
    ["random", 594, 6],
    ["beyond", 7, 0],
    ["reports", 6, 0],
  ])("of %s", (folder, vectors, decided) => {
    const verdict = runFolder(fileURLToPath(new URL(folder, import.meta.url)));
    expect(verdict.failures).toEqual([]);
    expect(verdict.passed).toBe(vectors);
    expect(verdict.decided).toHaveLength(decided);
  });
});

describe("a vector that differs by decision", () => {
  const [id = ""] = decisions.keys();

  test("fails once it agrees, or differs in another fact", () => {
    expect(undecided(id, [])).toHaveLength(1);
    expect(undecided(id, ["nonexistent: expected [], got ['a']"])).toEqual([]);
    expect(undecided(id, ["keys: expected [], got ['a']"])).toHaveLength(1);
  });

  test("excuses no other vector", () => {
    const difference = "nonexistent: expected [], got ['a']";
    expect(undecided("random-map-11-21", [difference])).toEqual([difference]);
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
