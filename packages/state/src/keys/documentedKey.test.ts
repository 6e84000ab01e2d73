import { newBackfillId } from "@infill/core";
import { expect, test } from "vitest";
import { documentedKey } from "./documentedKey.ts";
import { stateKeys } from "./keys.ts";

/** Arguments by the parameter names of the functions in `keys.ts`; any other one is a word. */
const samples: Readonly<Record<string, string | number>> = {
  backfill: newBackfillId(0),
  id: newBackfillId(0),
  lane: "0.-3",
  plane: "failed",
  fingerprint: "0a1b",
  sequence: 3,
  chunk: -2,
  page: 7,
  status: "running",
};

test("the doctor knows every key that `keys.ts` can spell", () => {
  const keys = stateKeys("ns");
  // Prefixes, the channel, and functions from one key to another are no keys.
  const {
    root: _root,
    backfillRoot: _backfills,
    permits: _permits,
    poolPrefix: _pool,
    controlChannel: _control,
    grownChannel: _grown,
    setAside: _setAside,
    next: _next,
    ...named
  } = keys;
  const strangers: string[] = [];
  for (const [name, spelled] of Object.entries(named)) {
    const text =
      typeof spelled === "string"
        ? spelled
        : // The functions take strings and numbers by the names of their parameters.
          (spelled as (...args: (string | number)[]) => string)(
            ...parametersOf(spelled).map((parameter) =>
              name === "worker" || name === "planner"
                ? `${name}_1`
                : (samples[parameter] ?? "word"),
            ),
          );
    if (documentedKey(text.slice("ns:".length)) === undefined) strangers.push(`${name} ${text}`);
  }
  expect(strangers).toEqual([]);
  for (const key of [keys.setAside(keys.meta("a"), "1:"), keys.next(keys.records("a", "0.-3", 7))])
    expect(documentedKey(key.slice("ns:".length)), key).toBeDefined();
});

// oxlint-disable-next-line typescript/no-unsafe-function-type -- any of the table's functions
function parametersOf(of: Function): string[] {
  const [, list = ""] = /^\(([^)]*)\)/.exec(String(of)) ?? [];
  return list
    .split(",")
    .map((parameter) => parameter.trim())
    .filter((parameter) => parameter !== "");
}
