import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { redisUrlForTests, spawnNode, testPrefix } from "@infill/test-support";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));
const folders = [
  ...["partitions", "core", "state", "planning", "planner", "client", "doctor", "worker", "cli"],
  "infill",
];

/** Uses what the types promise; were `window` of type any, the line that must not compile would. */
const config = `import { asset, daily, project, timeWindowMapping } from "infill";

const days = daily({ start: "2024-01-01", end: "2024-01-06" });
const sales = asset({
  name: "sales",
  partitions: days,
  materialize({ partition, window }) {
    const hours: number = window.toDuration("hours").hours;
    // @ts-expect-error A window is no number.
    const wrong: number = window;
    return { metadata: { key: partition.key, hours, wrong: typeof wrong } };
  },
});
const balance = asset({
  name: "balance",
  partitions: days,
  deps: [sales, { asset: "balance", mapping: timeWindowMapping({ startOffset: -1, endOffset: -1 }) }],
  materialize({ upstreamKeys }) {
    return { metadata: { upstream: [...upstreamKeys("sales")].join() } };
  },
});
export default project({ namespace: "NAMESPACE", assets: [sales, balance] });
`;
const tsconfig = {
  compilerOptions: {
    module: "node20",
    target: "es2023",
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
    types: ["node"],
  },
  include: ["infill.config.ts"],
};

interface Tarball {
  readonly name: string;
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

let directory: string;
let tarballs: readonly Tarball[];

beforeAll(async () => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), "infill-packages-")));
  const workspaces = folders.flatMap((folder) => ["-w", `packages/${folder}`]);
  const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", directory];
  const { stdout } = await run("npm", [...args, ...workspaces], {
    cwd: root,
    maxBuffer: 64 * 1024 * 1024,
  });
  const packed: readonly Tarball[] | Readonly<Record<string, Tarball>> = JSON.parse(stdout);
  tarballs = Object.values(packed);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test("a package holds its license and README, and no file that leads nowhere", () => {
  expect(tarballs).toHaveLength(folders.length);
  for (const { name, files } of tarballs) {
    const paths = files.map(({ path }) => path);
    expect(paths, name).toEqual(expect.arrayContaining(["LICENSE", "README.md", "package.json"]));
    expect(paths.filter((path) => /\.(tsbuildinfo|d\.ts\.map)$|\.test\./.test(path))).toEqual([]);
    const folder = join(root, "packages", name.replace("@infill/", ""));
    for (const path of paths.filter((each) => each.endsWith(".js.map"))) {
      const map = JSON.parse(readFileSync(join(folder, path), "utf8"));
      expect(map.sourcesContent, `${name}: ${path}`).toHaveLength(map.sources.length);
    }
  }
});

describe.concurrent.each([
  {
    manager: "npm",
    command: ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"],
    overriding: (overrides: object) => ({ overrides }),
    npmrc: "",
  },
  {
    manager: "pnpm without hoisting",
    command: ["npx", "--yes", "pnpm@9.15.9", "install", "--ignore-scripts", "--prefer-offline"],
    overriding: (overrides: object) => ({ pnpm: { overrides } }),
    npmrc: "hoist=false\nshamefully-hoist=false\n",
  },
])("installed by $manager outside of the workspace", ({ manager, command, overriding, npmrc }) => {
  test("the packages type-check strictly and run a backfill", async () => {
    const project = join(directory, manager.replaceAll(" ", "-"));
    mkdirSync(project);
    const write = (file: string, text: string) => writeFileSync(join(project, file), text);
    const files = Object.fromEntries(
      tarballs.map(({ name, filename }) => [name, `file:${join(directory, filename)}`]),
    );
    const { infill, ...overrides } = files;
    const manifest = {
      name: "outside",
      private: true,
      type: "module",
      dependencies: { infill },
      devDependencies: { "@types/node": "20.19.41" },
      ...overriding(overrides),
    };
    write("package.json", JSON.stringify(manifest));
    write("tsconfig.json", JSON.stringify(tsconfig));
    write("infill.config.ts", config.replace("NAMESPACE", testPrefix()));
    write(".npmrc", npmrc);
    const [program = "", ...args] = command;
    await run(program, args, { cwd: project, maxBuffer: 16 * 1024 * 1024 });

    const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
    const checked = await run(process.execPath, [compiler, "-p", project], { cwd: project }).catch(
      (error: { readonly stdout?: string }) => ({ stdout: error.stdout ?? String(error) }),
    );
    expect(checked.stdout).toBe("");

    const bin = join(project, "node_modules", "infill", "bin", "infill.js");
    const start = (words: readonly string[]) =>
      spawnNode(bin, words, {
        cwd: project,
        env: { REDIS_URL: redisUrlForTests(), INFILL_ACTOR: "tester", NO_COLOR: "1" },
      });
    const [planner, worker] = [start(["planner", "start"]), start(["worker", "start"])];
    try {
      await Promise.all([planner.waitForLine("planner ready"), worker.waitForLine("worker ready")]);
      const backfill = start(["backfill", "create", "sales+", "--wait"]);
      const { code } = await backfill.exited;
      expect(backfill.stderr + backfill.stdout).toContain("succeeded");
      expect(code).toBe(0);
    } finally {
      await Promise.all([planner.stop(), worker.stop()]);
    }
  });
});
