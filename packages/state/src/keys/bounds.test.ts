import { countIntegers, encodeIntegers, integersFromRuns } from "@infill/partitions";
import { expect, test } from "vitest";
import { ordinalsOfBitmap } from "./bitmap.ts";
import { chunkOrdinals } from "./keys.ts";
import { unpackSelected } from "./selectedRows.ts";
import { parseClaimEntry } from "../claims/claimEntry.ts";
import { parseOrdinalRuns } from "../dynamic/dynamicKeyHistory.ts";
import { parseKeptPlan } from "../submissions/plans.ts";
import { parseSettlements } from "../settlements/parseSettlements.ts";

const settlements = (text: string) => parseSettlements("sales", text);
const plan = { version: 1, plannedMs: 1, request: "r", assets: [] };
const id = "bf_01JD3K9V000000000000000000";

test("a settlement entry lists ordinals and neighbors", () => {
  expect(settlements(`${id} 3 s -2+4,7;${id} 3 f 9;`)).toMatchObject([
    { lane: "3", change: { kind: "succeeded", ordinals: [-2, -1, 0, 1, 7] } },
    { lane: "3", change: { kind: "failed", ordinals: [9] } },
  ]);
});

test.each<[string, (text: string) => unknown, string]>([
  ["a settlement of an ordinal beyond every asset", settlements, `${id}  s 1e300;`],
  ["a settlement of an ordinal that is no number", settlements, `${id}  s 1,x;`],
  ["a settlement of no ordinal", settlements, `${id}  s ;`],
  ["settlements of neighbors without end", settlements, `${id}  s 0+99999999999;`],
  ["settlements of no neighbors", settlements, `${id}  s 5+0;`],
  ["settlements with two lengths", settlements, `${id}  s 5+1+1;`],
  ["a chunk of skips without end", settlements, `${id}  k 99999999999999999999;`],
  ["a backfill's id without end", settlements, `${"b".repeat(1_000)}  s 1;`],
  ["a lane that is none", settlements, `${id} x:y s 1;`],
  ["an entry of five million characters", settlements, `${id}  s ${"1,".repeat(2_500_000)}1;`],
  ["a plan that is no JSON", parseKeptPlan, "{"],
  ["a plan of another form", parseKeptPlan, JSON.stringify({ ...plan, assets: 7 })],
  [
    "a plan of a moment beyond all time",
    parseKeptPlan,
    JSON.stringify({ ...plan, plannedMs: 1e300 }),
  ],
  [
    "a plan with a revision that is none",
    parseKeptPlan,
    JSON.stringify({ ...plan, dynamic: [["a", "x"]] }),
  ],
  ["a claim with a count beyond counting", parseClaimEntry, `R w 1 1e300 0 0 ${id}`],
])("%s is skipped", (_, parse, text) => {
  expect(parse(text)).toBeUndefined();
});

test("a bounded entry is parsed, even beside an outcome that only another version knows", () => {
  expect(settlements(`${id} 0.-3 s -5,7;${id}  z 1;${id}  k 2;${id}  c 0;`)).toEqual([
    {
      ...{ asset: "sales", backfillId: id, lane: "0.-3" },
      change: { kind: "succeeded", ordinals: [-5, 7] },
    },
    { asset: "sales", backfillId: id, lane: "", change: { kind: "skipped", chunk: 2 } },
    { asset: "sales", backfillId: id, lane: "", change: { kind: "selection" } },
  ]);
  expect(parseKeptPlan(JSON.stringify(plan))).toEqual(plan);
});

test("endless, inverted and malformed runs of ordinals are skipped, and the others stay", () => {
  expect(parseOrdinalRuns("4-7,2,0-99999999999999,9-3,x,-1,1e9,")).toEqual([
    [4, 7],
    [2, 2],
  ]);
});

test("bits beyond a chunk are ignored", () => {
  const bytes = new Uint8Array(chunkOrdinals / 8 + 1_000_000).fill(255);
  expect(countIntegers(ordinalsOfBitmap(3, bytes))).toBe(chunkOrdinals);
});

test("a row of a selection beyond every asset is refused, and so is one with endless lanes", () => {
  const row = (lanes: string, run: readonly [number, number]) => {
    const head = Buffer.from(lanes);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(head.length);
    return Buffer.concat([length, head, encodeIntegers(integersFromRuns([run]))]);
  };
  expect(() => unpackSelected([row("", [-1_000_000_000, 1_000_000_000])])).toThrow(RangeError);
  expect(() => unpackSelected([row("1 ".repeat(20_000), [0, 1])])).toThrow(RangeError);
  expect(unpackSelected([row("1 2", [0, 200_000_000])])).toHaveLength(2);
});
