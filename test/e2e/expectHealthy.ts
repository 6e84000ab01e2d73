import { runDoctor } from "@infill/doctor";
import type { InfillClient } from "@infill/client";
import { expect } from "vitest";

/** Expects that the doctor finds nothing, whatever runs: each test that ran a backfill ends with it. */
export async function expectHealthy(client: InfillClient): Promise<void> {
  const { findings } = await runDoctor(client.connection);
  expect(findings).toEqual([]);
}
