import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { runCli } from "../program/runCli.ts";
import { type TestIo, type TestIoOptions, testIo } from "./testIo.ts";
import { type TestServices, testServices } from "./testServices.ts";

/** What a command line did. */
export interface TestRun {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
  readonly io: TestIo;
}

let directory: string | undefined;
afterAll(() => {
  if (directory !== undefined) rmSync(directory, { recursive: true });
  directory = undefined;
});

/** A directory with the smallest project file there is. */
export function emptyProjectDirectory(): string {
  if (directory === undefined) {
    directory = mkdtempSync(join(tmpdir(), "infill-cli-"));
    const file = join(directory, "infill.config.mjs");
    writeFileSync(
      file,
      'import { project } from "infill"; export default project({ assets: [] });\n',
    );
  }
  return directory;
}

/** Runs a command line in this process, in an empty project's directory unless another one is given. */
export async function runTest(
  argv: readonly string[],
  options: TestIoOptions & { readonly services?: TestServices; readonly io?: TestIo } = {},
): Promise<TestRun> {
  const io = options.io ?? testIo({ cwd: emptyProjectDirectory(), ...options });
  const exitCode = await runCli(argv, io, options.services ?? testServices());
  return { exitCode, out: io.out, err: io.err, io };
}
