import { readFileSync } from "node:fs";

/** The version of Infill that this process runs: all packages of a release have the same. */
export const version: string = readVersion();

function readVersion(): string {
  // The same place from src and from dist.
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const found = /"version":\s*"([^"]+)"/.exec(text)?.[1];
  if (found === undefined) throw new Error("Bug: the package has no version");
  return found;
}
