import { asset, type Project, project } from "@infill/core";
import { hourly } from "@infill/partitions";

/** One hourly asset whose function does nothing: what is left is the cost of running a partition. */
export function noopProject(namespace: string): Project {
  const hours = asset({
    name: "hours",
    partitions: hourly({ start: "1900-01-01" }),
    materialize: async () => {},
  });
  return project({ namespace, assets: [hours] });
}
