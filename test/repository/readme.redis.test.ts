import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { redisUrlForTests } from "@infill/test-support";
import { expect, test } from "vitest";

const root = new URL("../../", import.meta.url).pathname;

test("the project in the README loads as it stands", async () => {
  const page = readFileSync(join(root, "README.md"), "utf8");
  const [, block = ""] = /```ts\n([\s\S]*?)```/.exec(page) ?? [];
  const folder = mkdtempSync(join(tmpdir(), "infill-readme-"));
  try {
    const functions =
      "const loadSales = async (..._: unknown[]) => {};\nconst writeReport = async (_: unknown) => {};\n";
    const file = join(folder, "infill.config.ts");
    writeFileSync(file, `${functions}${block}`);
    const command = join(root, "packages", "infill", "bin", "infill.js");
    const args = [
      command,
      "asset",
      "list",
      "--json",
      "--project",
      file,
      "--redis-url",
      redisUrlForTests(),
    ];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(stdout).toContain("daily_sales");
    expect(stdout).toContain("weekly_report");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
