import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CommandProject, commandProject } from "./infillCommand.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

let project: CommandProject;
beforeAll(() => {
  project = commandProject("");
});
afterAll(() => project.close());

test("the project to start from compiles under strict rules, with keys of literal types", async () => {
  expect((await project.run(["init", "typed"])).exitCode).toBe(0);
  const directory = join(project.directory, "typed");
  mkdirSync(join(directory, "node_modules"));
  symlinkSync(join(root, "packages/infill"), join(directory, "node_modules/infill"));
  symlinkSync(join(root, "node_modules/@types"), join(directory, "node_modules/@types"));
  const compilerOptions = {
    ...{ module: "node20", target: "es2023", noEmit: true, skipLibCheck: true, types: ["node"] },
    ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
  };
  writeFileSync(
    join(directory, "tsconfig.json"),
    JSON.stringify({ compilerOptions, include: ["*.ts"] }),
  );
  writeFileSync(
    join(directory, "wrong.ts"),
    'import { asset, multi, daily, staticPartitions } from "infill";\n' +
      'const partitions = multi({ day: daily({ start: "2024-01-01" }), region: staticPartitions(["us", "eu"]) });\n' +
      'export const a = asset({ name: "a", partitions, materialize({ partition }) {\n' +
      "  // @ts-expect-error -- there is no such region\n" +
      '  if (partition.keys.region === "xx") throw new Error();\n' +
      "} });\n",
  );
  const compile = () =>
    execFileSync(join(root, "node_modules/.bin/tsc"), ["-p", directory], { encoding: "utf8" });
  expect(compile()).toBe("");
});

test("files that are there already are never overwritten", async () => {
  const directory = join(project.directory, "kept");
  mkdirSync(directory);
  writeFileSync(join(directory, "package.json"), '{"name":"mine"}');
  const dryRun = await project.run(["init", "kept", "--dry-run"]);
  expect(dryRun.stdout).toContain(`would write ${join(directory, "infill.config.ts")}`);
  expect(readdirSync(directory)).toEqual(["package.json"]);

  expect((await project.run(["init", "kept"])).exitCode).toBe(0);
  expect(readFileSync(join(directory, "package.json"), "utf8")).toBe('{"name":"mine"}');
  const again = await project.run(["init", "kept"]);
  expect([again.exitCode, again.stdout]).toEqual([5, ""]);
  expect(again.stderr).toMatch(
    /^error INFILL_FILE_EXISTS: .*infill\.config\.ts already exists.*\n$/,
  );
});
