import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { exitCodeOf, exitCodes } from "../terminal/exitCodes.ts";
import { commandPaths } from "../testing/commandPaths.ts";
import { runTest } from "../testing/runTest.ts";

const referenceDirectory = new URL("../../../../docs/reference/", import.meta.url);
const page = new URL("cli.md", referenceDirectory);
const marker = /(?<=\n<!-- The rest is [^\n]* -->\n).*$/s;

async function commandReference(): Promise<string> {
  const sections: string[] = [];
  for (const [path] of commandPaths()) {
    const { out } = await runTest([...path.split(" "), "--help"].filter((word) => word !== ""));
    // What every command has is told once.
    const own =
      path === "" ? out : out.replace(/\nShared options:\n.*?(?=\n\n|\n$|$)/s, "\n").trimEnd();
    const title = path === "" ? "infill" : `infill ${path}`;
    sections.push(`\n### ${title}\n\n\`\`\`text\n${own.trimEnd()}\n\`\`\`\n`);
  }
  return sections.join("");
}

test("the reference page holds the help of every command", async () => {
  const generated = await commandReference();
  const text = readFileSync(page, "utf8");
  if (process.env["UPDATE_DOCS"] !== undefined)
    writeFileSync(page, text.replace(marker, generated));
  else expect(marker.exec(text)?.[0]).toBe(generated);
});

test("the exit codes in the page of errors are those of the command", () => {
  const errors = readFileSync(new URL("errors.md", referenceDirectory), "utf8");
  const rows = Array.from(errors.matchAll(/^\| `(INFILL_[A-Z_]+)` \| (\d+) \|/gm));
  expect(rows.length).toBeGreaterThan(10);
  for (const [, code = "", exitCode] of rows) {
    expect({ code, exitCode: exitCodeOf(code) }).toEqual({ code, exitCode: Number(exitCode) });
  }
});

test("every exit code is in the reference page", () => {
  const listed = Array.from(readFileSync(page, "utf8").matchAll(/^\| (\d+) \|/gm), ([, code]) =>
    Number(code),
  );
  expect(listed).toEqual(Object.values(exitCodes));
});
