import { readFileSync } from "node:fs";

/** The version of this package, equal for all packages of a release. */
export const version: string = readVersion();

function readVersion(): string {
  // The relative path is the same from src and from dist.
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const found = /"version":\s*"([^"]+)"/.exec(text)?.[1];
  if (found === undefined) throw new Error("Bug: the package has no version");
  return found;
}
