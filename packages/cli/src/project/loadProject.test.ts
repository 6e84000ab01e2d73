import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as core from "@infill/core";
import * as partitions from "@infill/partitions";
import { afterAll, expect, test } from "vitest";
import { loadProject } from "./loadProject.ts";
import { findProjectFile, projectFileNames } from "./findProjectFile.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "infill-load-")));
afterAll(() => rmSync(root, { recursive: true }));

let made = 0;

/** A directory without node_modules that holds the given files. */
function directoryWith(files: Readonly<Record<string, string>>): string {
  const directory = join(root, String(made++));
  mkdirSync(directory);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return directory;
}

function load(files: Readonly<Record<string, string>>, name = "infill.config.ts") {
  const cwd = directoryWith(files);
  return loadProject(join(cwd, name), {
    infill: { ...partitions, ...core },
    cwd,
    env: { XDG_CACHE_HOME: join(root, "cache") },
    timeoutMs: 5_000,
  });
}

function refusal(text: string, name?: string): Promise<{ code: string; message: string }> {
  return load({ [name ?? "infill.config.ts"]: text }, name).then(
    () => {
      throw new Error("it was loaded");
    },
    ({ code, message }: { code: string; message: string }) => ({ code, message }),
  );
}

test("loads TypeScript with imports of its own, and infill from the running installation", async () => {
  const loaded = await load({
    "infill.config.ts":
      'import { asset, daily, project, type Project } from "infill";\nimport { name } from "./name.ts";\n' +
      "const made: Project = project({ assets: [asset({ name, partitions: daily({ start: '2024-01-01' }), materialize() {} })] });\n" +
      "await 1;\nexport default made;",
    "name.ts": 'interface X { a: 1 }\nexport const name: string = "sales";',
  });
  expect([...loaded.project.graph.assets.keys()]).toEqual(["sales"]);
});

test.each(["infill.config.js", "infill.config.mjs", "infill.config.mts", "infill.config.cts"])(
  "loads %s",
  async (name) => {
    const text = 'import { project } from "infill"; export default project({ assets: [] });';
    expect((await load({ [name]: text }, name)).project.kind).toBe("project");
  },
);

test.each(["project({ assets: [] })", "{ default: project({ assets: [] }) }"])(
  "loads infill.config.cjs that exports %s",
  async (exported) => {
    const text = `const { project } = require("infill"); module.exports = ${exported};`;
    const name = "infill.config.cjs";
    expect((await load({ [name]: text }, name)).project.kind).toBe("project");
  },
);

test.each(projectFileNames)("finds %s in the directory and from one below it", (name) => {
  const cwd = directoryWith({ [name]: "" });
  mkdirSync(join(cwd, "jobs"));
  expect(findProjectFile(undefined, cwd)).toBe(join(cwd, name));
  expect(findProjectFile(undefined, join(cwd, "jobs"))).toBe(join(cwd, name));
});

test("of several project files in a directory, the order of the names decides", () => {
  const cwd = directoryWith(Object.fromEntries(projectFileNames.map((name) => [name, ""])));
  expect(findProjectFile(undefined, cwd)).toBe(join(cwd, "infill.config.ts"));
});

test("tells the line of a syntax error, also in an imported file", async () => {
  expect(await refusal("const a = 1;\n\nconst b = ;\n")).toEqual({
    code: "INFILL_PROJECT_INVALID",
    message:
      "Cannot load the project infill.config.ts: ParseError: Unexpected token (infill.config.ts:3).",
  });
  await expect(
    load({ "infill.config.ts": 'import "./bad.ts";', "bad.ts": "\nexport const x = = 1;" }),
  ).rejects.toThrow(
    "Cannot load the project infill.config.ts: ParseError: Unexpected token (bad.ts:2).",
  );
});

test("tells the line that threw", async () => {
  expect(
    await refusal(
      "interface X {\n a: 1 }\n\nfunction f(): number {\n  throw new TypeError('boom');\n}\nf();",
    ),
  ).toEqual({
    code: "INFILL_PROJECT_INVALID",
    message: "Cannot load the project infill.config.ts: TypeError: boom (infill.config.ts:5).",
  });
});

test("names what infill does not export, and modules that are not there", async () => {
  expect(
    await refusal('import { nosuch } from "infill";\nexport default nosuch({});'),
  ).toMatchObject({
    message:
      "Cannot load the project infill.config.ts: TypeError: nosuch is not a function (infill.config.ts:2).",
  });
  expect(await refusal('import x from "./nope.ts";\nexport default x;')).toMatchObject({
    message:
      "Cannot load the project infill.config.ts: Cannot find module './nope.ts' (infill.config.ts:1).",
  });
});

test.each([
  ["throw undefined;", "it threw undefined."],
  ["throw 'text';", "it threw text."],
  ["export const a = 1;", "it has no default export. Expected `export default project("],
  ["", "it has no default export."],
  [
    "export default (async () => 1)();",
    "its default export is a promise; write `export default await …`.",
  ],
  ["export default Promise.reject(new Error('x'));", "its default export is a promise"],
  ["export default 5;", "its default export is a number, not a project."],
  ["export default null;", "its default export is null, not a project."],
  ["export default [];", "its default export is an array, not a project."],
  ["export default () => {};", "its default export is a function, not a project."],
  ["export default { materialize() {} };", "its default export is an asset, not a project."],
])("refuses %j", async (text, message) => {
  const error = await refusal(text);
  expect(error.code).toBe("INFILL_PROJECT_INVALID");
  expect(error.message).toContain(`Cannot load the project infill.config.ts: ${message}`);
});

test("keeps the code of a refused definition, and tells its line", async () => {
  const error = await refusal(
    'import { asset, project } from "infill";\nconst a = asset({ name: "a", deps: ["b"], materialize() {} });\n' +
      'const b = asset({ name: "b", deps: ["a"], materialize() {} });\n\nexport default project({ assets: [a, b] });',
  );
  expect(error.code).toBe("INFILL_ASSET_CYCLE");
  expect(error.message).toMatch(/a → b → a|b → a → b/);
  expect(error.message).toMatch(/\(in infill\.config\.ts:5\)$/);
});

test("gives up on a file that never finishes", async () => {
  const cwd = directoryWith({ "infill.config.ts": "await new Promise(() => {});" });
  const loading = loadProject(join(cwd, "infill.config.ts"), {
    infill: {},
    cwd,
    env: {},
    timeoutMs: 50,
  });
  await expect(loading).rejects.toThrow("it did not finish loading within 0.05 s");
});

test("finds the nearest project file upward, TypeScript first", () => {
  const directory = directoryWith({ "infill.config.ts": "", "infill.config.mjs": "" });
  mkdirSync(join(directory, "a", "b"), { recursive: true });
  expect(findProjectFile(undefined, join(directory, "a", "b"))).toBe(
    join(directory, "infill.config.ts"),
  );
  expect(findProjectFile("infill.config.mjs", directory)).toBe(
    join(directory, "infill.config.mjs"),
  );
  expect(findProjectFile(`file://${directory}/infill.config.ts`, "/")).toBe(
    join(directory, "infill.config.ts"),
  );
});

test.each([
  ["nope.ts", "INFILL_PROJECT_NOT_FOUND", /No project file .*nope\.ts: check the path/],
  [".", "INFILL_PROJECT_INVALID", /it is a directory; name the file in it/],
  ["/dev/null", "INFILL_PROJECT_INVALID", /not a regular file/],
  ["http://example.com/x.ts", "INFILL_PROJECT_INVALID", /it is a URL; expected a path/],
  ["file://host/x.ts", "INFILL_PROJECT_INVALID", /it is a URL; expected a path/],
  ["data:text/javascript,1", "INFILL_PROJECT_INVALID", /it is a URL; expected a path/],
])("--project %s is refused", (file, code, message) => {
  expect(() => findProjectFile(file, root)).toThrow(
    expect.objectContaining({ code, message: expect.stringMatching(message) }),
  );
});

test("says what to do where there is no project", () => {
  expect(() => findProjectFile(undefined, root)).toThrow(
    /No project file infill\.config\.ts in .* or above: write one \(`infill init` makes an example\)/,
  );
});

test("knows the files that a project was loaded from, also those that Node loads itself, and none that is installed", async () => {
  const files = {
    "infill.config.ts":
      'import { project } from "infill";\nimport { a } from "./a.js";\nimport "./b.mjs";\nimport "later";\n' +
      'const never = () => import("./lazy");\nexport default project({ assets: [] });',
    "a.ts": "export { a } from './a2.ts';",
    "a2.ts": "export const a: number = 1;",
    "b.mjs": 'import "./c.json" with { type: "json" };',
    "c.json": "{}",
    "lazy.ts": 'import "./infill.config.ts";',
    "unrelated.ts": "1;",
  };
  const cwd = directoryWith(files);
  mkdirSync(join(cwd, "node_modules", "later"), { recursive: true });
  writeFileSync(join(cwd, "node_modules", "later", "index.js"), "");
  const loaded = await loadProject(join(cwd, "infill.config.ts"), {
    infill: { ...partitions, ...core },
    cwd,
    env: { XDG_CACHE_HOME: join(root, "cache") },
  });
  const names = loaded.files.map((file) => file.slice(cwd.length + 1));
  expect(names[0]).toBe("infill.config.ts");
  expect(names.toSorted()).toEqual(
    Object.keys(files)
      .filter((name) => name !== "unrelated.ts")
      .toSorted(),
  );
  expect(loaded.digests).toHaveLength(names.length);
});
