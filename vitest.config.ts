import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Packages resolve each other by their sources, so that no test needs a build. */
const resolve = { conditions: ["infill:source", "node", "import", "default"] };
const ssr = { resolve: { conditions: resolve.conditions } };
/** Vitest alone would leave a core free, which of two is half. */
const maxWorkers = Math.max(2, availableParallelism());

/**
 * Starts the longest file first. Without durations of an earlier run vitest goes by the size of files, and the one that
 * runs all faults is small: it came last and ran alone.
 */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => moduleId.endsWith("/chaos/chaos.test.ts");
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        resolve,
        ssr,
        test: {
          name: "unit",
          maxWorkers,
          include: [
            "packages/*/src/**/*.test.ts",
            "examples/*/src/**/*.test.ts",
            "test/support/src/**/*.test.ts",
            "test/{bench,repository}/**/*.test.ts",
            "scripts/**/*.test.mjs",
          ],
          exclude: ["**/*.redis.test.ts", "**/*.property.test.ts"],
          // Some count a million keys, or read the whole tree: seconds, on a busy machine.
          testTimeout: 30_000,
        },
      },
      {
        resolve,
        ssr,
        test: {
          name: "property",
          maxWorkers,
          include: ["packages/*/src/**/*.property.test.ts"],
          testTimeout: 120_000,
        },
      },
      {
        resolve,
        ssr,
        test: {
          name: "redis",
          maxWorkers,
          include: [
            "{packages/*,test/support}/src/**/*.redis.test.ts",
            "test/repository/*.redis.test.ts",
            "test/bench/**/*.redis.test.ts",
          ],
          globalSetup: ["./test/support/src/redisGlobalSetup.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/{e2e,conformance,chaos}/**/*.test.ts"],
          globalSetup: ["./test/support/src/redisGlobalSetup.ts"],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          // Two files at a time, after the others: their processes mostly wait, for leases and for each other.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          // Of the faults, which mostly wait too: three at a time on two cores.
          maxConcurrency: 3,
        },
      },
    ],
  },
});
