import { type Project, project } from "@infill/core";
import { cube, sparseLanes, tenants } from "./grids.ts";
import { oneAxisShapes } from "./oneAxis.ts";
import { severalAssetShapes } from "./severalAssets.ts";
import type { Shape, ShapeFunction } from "./shape.ts";
import { wideGraph } from "./wideGraph.ts";

/** What the scenario `shapes` measures, in the order in which it does. */
export const measuredShapes: readonly Shape[] = [
  ...inOrder(["single"]),
  ...severalAssetShapes,
  tenants,
  cube,
  ...inOrder(["scattered", "metadata", "capped", "flaky", "onePerJob", "slow20ms"]),
  wideGraph,
];

/** @throws Error where there is none of that name */
export function shapeNamed(name: string): Shape {
  const found = [...measuredShapes, sparseLanes].find((shape) => shape.name === name);
  if (found === undefined) throw new Error(`There is no shape ${JSON.stringify(name)}`);
  return found;
}

/** The project of one shape. */
export function shapeProject(namespace: string, shape: Shape, materialize: ShapeFunction): Project {
  return project({ namespace, assets: [...shape.assets(materialize)] });
}

function inOrder(names: readonly string[]): Shape[] {
  return names.map((name) => {
    const found = oneAxisShapes.find((shape) => shape.name === name);
    if (found === undefined) throw new Error(`Bug: no shape ${name}`);
    return found;
  });
}
