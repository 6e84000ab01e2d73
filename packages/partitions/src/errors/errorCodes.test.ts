import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const page = readFileSync(
  fileURLToPath(new URL("../../../../docs/reference/errors.md", import.meta.url)),
  "utf8",
);

test("the codes in the source are those of the reference page, under Partitions", () => {
  const folder = fileURLToPath(new URL(".", import.meta.url));
  const sources = readdirSync(folder).filter((name) => name.endsWith("Errors.ts"));
  const inSource = sources.flatMap((name) =>
    [...readFileSync(folder + name, "utf8").matchAll(/readonly code = "(INFILL_[A-Z_]+)"/g)].map(
      (match) => match[1],
    ),
  );
  const section = page.split(/^## /m).find((part) => part.startsWith("Partitions")) ?? "";
  const onPage = [...section.matchAll(/^\| `(INFILL_[A-Z_]+)` /gm)].map((match) => match[1]);
  expect(new Set(onPage)).toEqual(new Set(inSource));
  expect(onPage).toHaveLength(inSource.length);
  expect(new Set(inSource).size).toBe(inSource.length);
});
