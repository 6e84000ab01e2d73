import { expect, test } from "vitest";
import { commandPaths } from "../testing/commandPaths.ts";
import { runTest } from "../testing/runTest.ts";

const commands = commandPaths();

test.each(commands)(
  "help of infill %s opens with two or three examples of itself",
  async (path, node) => {
    const argv = [...path.split(" "), "--help"].filter((word) => word !== "");
    const run = await runTest(argv);
    expect([run.exitCode, run.err]).toEqual([0, ""]);
    expect(run.out).toMatch(/^Examples:\n {2}[$#]/);
    expect(run.out).toContain(`Usage: infill${path === "" ? "" : ` ${path}`}`);
    expect([2, 3]).toContain(node.examples.length);
    for (const [line] of node.examples) {
      expect(line.startsWith(path === "" ? "infill" : `infill ${path}`)).toBe(true);
      expect(run.out).toContain(`$ ${line}`);
    }
  },
);

test.each(commands.flatMap(([, node]) => node.examples.map(([line]) => line)))(
  "the example works: %s",
  async (line) => {
    // Those that run until they are stopped, or write files, have tests of their own.
    if (/infill (dev|init|worker|planner)/.test(line)) return;
    const argv = (line.split(" | ")[0] ?? line)
      .match(/'[^']*'|\S+/g)
      ?.map((word) => word.replaceAll("'", ""))
      .filter((word, index, all) => word !== "--project" && all[index - 1] !== "--project");
    const run = await runTest(argv?.slice(1) ?? []);
    expect({
      exitCode: run.exitCode,
      // The project of these tests is empty, and check says so.
      err: run.err.replace(
        /^(For more|Watch it|Run them|Stale partitions are not|warning: The project has no assets).*\n/,
        "",
      ),
    }).toEqual({
      exitCode: 0,
      err: "",
    });
  },
);

test("infill alone, and infill help, show help", async () => {
  const help = (await runTest(["--help"])).out;
  expect((await runTest([])).out).toBe(help);
  expect((await runTest(["help"])).out).toBe(help);
  expect((await runTest(["help", "backfill", "list"])).out).toContain(
    "Usage: infill backfill list",
  );
});

test("the version is that of the package", async () => {
  const version = (await runTest(["--version"])).out.trim();
  expect(version).toMatch(/^\d+\.\d+\.\d+/);
  expect((await runTest(["version"])).out).toContain(`infill ${version}\n`);
  expect(JSON.parse((await runTest(["version", "--json"])).out)).toMatchObject({
    type: "version",
    version,
  });
});
