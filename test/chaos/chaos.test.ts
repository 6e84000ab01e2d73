import { describe, expect, test } from "vitest";
import { FaultFree } from "./faultFree.ts";
import { faults } from "./faults/index.ts";
import { runFault } from "./runFault.ts";

/** Each fault once, small; `npm run chaos` runs them at any size, with any seed. */
const options = { seed: "ci", partitions: 300, concurrency: 4 };
const faultFree = new FaultFree(options);

describe.concurrent("every invariant holds after", () => {
  for (const fault of faults) {
    test(`${fault.id} (${fault.promises.join(", ")}): ${fault.what}`, async ({ expect }) => {
      const said: string[] = [];
      const report = await runFault(fault, { ...options, log: (line) => said.push(line) });
      const memory = await faultFree.memory(fault, report);
      expect([...report.violations, ...memory], `seed ${options.seed}\n${said.join("\n")}`).toEqual(
        [],
      );
      expect(report.figures["acknowledgementsLost"]).toBe(0);
    });
  }
});

test("faults and invariants are known by their ids", () => {
  const ids = faults.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toEqual(ids.toSorted((a, b) => Number(a.slice(1)) - Number(b.slice(1))));
});
