import { expect, test } from "vitest";
import flightsProject from "../infill.config.ts";

test("the project has four assets, each after what it is made from", () => {
  expect([...flightsProject.graph.assets.keys()]).toEqual([
    "flights",
    "airport_delays",
    "weekly_report",
    "network_summary",
  ]);
});

test("the last week may need a day that the data do not have", () => {
  const [edge] = flightsProject.graph.upstreamEdges("weekly_report");
  expect(edge?.mapping).toMatchObject({
    kind: "dimension",
    dimension: "date",
    mapping: { kind: "timeWindow", allowNonexistentUpstream: true },
  });
});
