import { connect } from "@infill/client";
import { redisUrlForTests, testPrefix } from "@infill/test-support";
import { expect, test } from "vitest";
import { measuredShapes, shapeNamed, shapeProject } from "./allShapes.ts";
import { doNothing, type Shape } from "./shape.ts";

test.for(
  [...measuredShapes, shapeNamed("sparseLanes")].map((shape) => [shape.name, shape] as const),
)(
  "a backfill of %s runs as many partitions as it says, about as many as it was asked for",
  async ([, shape]) => {
    const about = Math.max(6_000, smallest(shape));
    const { request, partitions } = shape.backfill(about);
    const client = await connect(shapeProject(testPrefix(), shape, doNothing), {
      redisUrl: redisUrlForTests(),
    });
    try {
      const { toRun } = await client.backfills.preview(request);
      expect(toRun).toBe(partitions);
      expect(Math.abs(partitions - about)).toBeLessThanOrEqual(smallest(shape) / 2);
    } finally {
      await client.close();
    }
  },
);

/** Partitions of the smallest backfill: a day or a week of everything. */
function smallest(shape: Shape): number {
  return shape.backfill(1).partitions;
}
