import { startRedis } from "@infill/test-support";
import { testHistories } from "./histories.testing.ts";

// The second hundred, so that both cores have something to do.
testHistories({ first: 101, runs: process.env["INFILL_MODEL_RUNS"] === undefined ? 100 : 1 }, () =>
  startRedis(),
);
