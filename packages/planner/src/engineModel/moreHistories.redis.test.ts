import { startRedis } from "@infill/test-support";
import { testHistories } from "./histories.testing.ts";

// The second hundred, in a file of its own so that two cores share the work.
testHistories({ first: 101, runs: process.env["INFILL_MODEL_RUNS"] === undefined ? 100 : 1 }, () =>
  startRedis(),
);
