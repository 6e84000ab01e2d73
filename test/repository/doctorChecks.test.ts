import { readFileSync } from "node:fs";
import { doctorChecks } from "@infill/state";
import { expect, test } from "vitest";

test("the reference page lists every check of the doctor with its severity, in the order of the source", () => {
  const page = readFileSync(new URL("../../docs/reference/doctor.md", import.meta.url), "utf8");
  const rows = Array.from(page.matchAll(/^\| `(\w+)` \| (\w+) \|/gm), ([, check, severity]) => [
    check,
    severity,
  ]);
  expect(rows).toEqual(
    Object.entries(doctorChecks).map(([check, { severity }]) => [check, severity]),
  );
});
