import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { redisUrlForTests } from "@infill/test-support";
import { expect, test } from "vitest";

const root = new URL("../../", import.meta.url).pathname;

/** The assets that a page's first TypeScript block defines, as the command lists them. */
async function assetsOf(page: string, functions: string): Promise<string> {
  const [, block = ""] = /```ts\n([\s\S]*?)```/.exec(page) ?? [];
  const folder = mkdtempSync(join(tmpdir(), "infill-readme-"));
  try {
    const file = join(folder, "infill.config.ts");
    writeFileSync(file, `${functions}${block}`);
    const command = join(root, "packages", "infill", "bin", "infill.js");
    const args = ["asset", "list", "-q", "--project", file, "--redis-url", redisUrlForTests()];
    return (await promisify(execFile)(process.execPath, [command, ...args])).stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("the project in the README loads as it stands", async () => {
  const page = readFileSync(join(root, "README.md"), "utf8");
  const functions =
    "const loadSales = async (..._: unknown[]) => {};\nconst writeReport = async (_: unknown) => {};\n";
  expect(await assetsOf(page, functions)).toBe("daily_sales\nweekly_report\n");
});

test("the project in the page of assets loads as it stands", async () => {
  const page = readFileSync(join(root, "docs", "reference", "assets.md"), "utf8");
  const functions =
    "const loadOrders = async (..._: unknown[]) => 0;\nconst computeBalance = (_: string) => {};\nconst copyTenant = computeBalance;\n";
  expect(await assetsOf(page, functions)).toBe("orders\nbalance\ntenants\n");
});

test.each([
  ["an asset", "asset.ts", /^export interface AssetOptions[^{]*\{\n(.*?)^\}/ms],
  ["a project", "project.ts", /^const projectSchema = z\.strictObject\(\{\n(.*?)^\}\)/ms],
  [
    "a function's argument",
    "materializeContext.ts",
    /^export interface MaterializeContext[^{]*\{\n(.*?)^\}/ms,
  ],
])("the page of assets lists every option of %s", (_subject, file, declaration) => {
  const page = readFileSync(join(root, "docs", "reference", "assets.md"), "utf8");
  const source = readFileSync(join(root, "packages", "core", "src", "assets", file), "utf8");
  const body = declaration.exec(source)?.[1] ?? "";
  const names = Array.from(
    body.matchAll(/^ {2}(?:readonly )?(\w+)(?:\??:|\()/gm),
    ([, name = ""]) => name,
  );
  expect(names.length).toBeGreaterThan(6);
  for (const name of names) expect(page).toContain(`\n| \`${name}\` | `);
});
