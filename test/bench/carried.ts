import type { Scenario } from "./scenario.ts";
import { namesArgument, numberArgument } from "./scenarioArguments.ts";
import { measureShape } from "./shapeRounds.ts";
import { measuredShapes, shapeNamed } from "./shapes/allShapes.ts";

/** The shape of which a job carries most, in a backfill long enough that its beginning and end do not count. */
export const scenario: Scenario = {
  name: "carried",
  description:
    "the best shape against plain BullMQ [--partitions 200000] [--jobs 50000] [--rounds 5] [--shape single]",
  async run({ redisUrl, args, log }) {
    const known = measuredShapes.map(({ name }) => name);
    const [name = "single"] = args.includes("--shape") ? namesArgument(args, "--shape", known) : [];
    const { infillPerSecond, bullmqPerSecond } = await measureShape({
      redisUrl,
      shape: shapeNamed(name),
      partitions: numberArgument(args, "--partitions", 200_000),
      jobs: numberArgument(args, "--jobs", 50_000),
      rounds: numberArgument(args, "--rounds", 5),
      log,
    });
    return { infillPerSecond, bullmqPerSecond, ratio: infillPerSecond / bullmqPerSecond };
  },
};
