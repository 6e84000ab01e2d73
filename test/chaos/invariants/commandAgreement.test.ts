import { expect, test } from "vitest";
import { commandAgreement, type CommandAndClient } from "./commandAgreement.ts";

const counts = {
  ...{ selected: 3, succeeded: 2, failed: 1, skipped: 0, canceled: 0 },
  ...{ waiting: 0, queued: 0, inProgress: 0 },
};
const told = { id: "bf_A", status: "failed", counts };
const answer = (value: unknown, exitCode = 0) => ({ exitCode, value, stderr: "" });
const keys = (...all: string[]) => new Set(all);

/** A backfill of three partitions, one of which failed, of which all tell the same. */
const agreeing: CommandAndClient = {
  command: {
    list: answer({ items: [told] }),
    show: answer(told),
    count: answer({ asset: "source", counts: { materialized: 2, inProgress: 0 } }),
    counted: "source",
    doctor: answer({ findings: [] }),
  },
  backfills: [
    {
      id: "bf_A",
      detail: { status: "failed", counts },
      ledgers: [
        {
          asset: "source",
          selected: keys("a", "b", "c"),
          settled: keys("a", "b", "c"),
          succeeded: keys("a", "b"),
          failed: keys("c"),
          ...{ queued: keys(), skipped: keys(), canceled: keys() },
        },
      ],
    },
  ],
  assets: [{ asset: "source", materialized: keys("a", "b") }],
  doctor: { findings: [] },
};

/** The sentences, with another answer of one command. */
const having = (answers: Partial<CommandAndClient["command"]>) =>
  commandAgreement({ ...agreeing, command: { ...agreeing.command, ...answers } });

test("nothing is wrong where all tell the same", () => {
  expect(commandAgreement(agreeing)).toEqual([]);
});

test("a command that counts otherwise is found", () => {
  const wrong = { ...told, counts: { ...counts, succeeded: 3, failed: 0 } };
  expect(having({ show: answer(wrong) }).join()).toContain("the planes hold 2");
  expect(having({ list: answer({ items: [wrong] }) }).join()).toContain("the planes hold 2");
  expect(
    having({ count: answer({ asset: "source", counts: { materialized: 3, inProgress: 0 } }) }),
  ).toHaveLength(1);
});

test("a command that leaves a backfill out, fails, or prints no JSON is found", () => {
  expect(having({ list: answer({ items: [] }) }).join()).toContain("does not tell of bf_A");
  expect(having({ show: answer(told, 9) }).join()).toContain("ended with 9");
  expect(having({ show: answer(undefined) }).join()).toContain("infill backfill show ended with 0");
});

test("a doctor of whom only one finds something is found", () => {
  const found = answer({ findings: [{ check: "ledger_counters" }] }, 10);
  expect(having({ doctor: found }).join()).toContain("infill doctor ended with 10; expected 0");
});

test("what a canceled backfill has not settled counts as canceled", () => {
  const canceled = { ...counts, succeeded: 1, failed: 0, canceled: 2 };
  const entry = { id: "bf_A", status: "canceled", counts: canceled };
  const [backfill] = agreeing.backfills;
  const [ledger] = backfill?.ledgers ?? [];
  if (backfill === undefined || ledger === undefined) throw new Error("Bug: no ledger");
  const open = { ...ledger, settled: keys("a"), succeeded: keys("a"), failed: keys() };
  expect(
    commandAgreement({
      ...agreeing,
      command: { ...agreeing.command, list: answer({ items: [entry] }), show: answer(entry) },
      backfills: [
        { id: "bf_A", detail: { status: "canceled", counts: canceled }, ledgers: [open] },
      ],
    }),
  ).toEqual([]);
});
