import { expect, test } from "vitest";
import { samplePartition } from "../testing/samples.ts";
import { partitionLines } from "./partitionLines.ts";
import { themeFor } from "../text/theme.ts";

const plain = themeFor("never", false, {});

test("a window is written in the zone of its asset, with the offset of each end", () => {
  const window = {
    start: "2024-03-10T05:00:00.000Z",
    end: "2024-03-11T04:00:00.000Z",
    timezone: "America/New_York",
  };
  expect(partitionLines({ ...samplePartition, window }, plain, undefined).join("\n")).toContain(
    "2024-03-10T00:00:00-05:00 to 2024-03-11T00:00:00-04:00 (America/New_York)",
  );
});

test("a window in UTC says so", () => {
  expect(partitionLines(samplePartition, plain, undefined).join("\n")).toContain(
    "2024-06-01T00:00:00Z to 2024-06-02T00:00:00Z (UTC)",
  );
});

test("a backfill that is deleted is called so, and what went with it is not left out in silence", () => {
  const { lastSettlement, error: _, ...others } = samplePartition;
  if (lastSettlement === undefined) throw new Error("the sample has not settled");
  const partition = {
    ...others,
    status: "failed" as const,
    standing: "failed" as const,
    lastSettlement: {
      ...lastSettlement,
      outcome: "failed" as const,
      backfillDeleted: true as const,
    },
  };
  const text = partitionLines(partition, plain, undefined).join("\n");
  expect(text).toContain(`${lastSettlement.backfillId} (deleted)`);
  expect(text).toContain("deleted with the backfill");
  const unnamed = { ...partition.lastSettlement, backfillId: "" };
  expect(
    partitionLines({ ...partition, lastSettlement: unnamed }, plain, undefined).join("\n"),
  ).toMatch(/backfill +\(deleted\)/);
});
