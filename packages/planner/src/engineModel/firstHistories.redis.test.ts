import { startRedis } from "@infill/test-support";
import { testHistories } from "./histories.testing.ts";

// `INFILL_MODEL_SEED=7 INFILL_MODEL_RUNS=1` runs one history; a larger number runs more than these.
// With `INFILL_MODEL_GRIDS=1` every asset has two dimensions.
testHistories(
  {
    first: Number(process.env["INFILL_MODEL_SEED"] ?? 1),
    runs: Number(process.env["INFILL_MODEL_RUNS"] ?? 100),
  },
  () => startRedis(),
);
