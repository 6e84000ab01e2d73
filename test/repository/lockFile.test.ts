import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

interface LockedPackage {
  readonly resolved?: string;
  readonly link?: boolean;
  readonly integrity?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const text = readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8");
const packages = Object.entries(
  (JSON.parse(text) as { packages: Record<string, LockedPackage> }).packages,
);
const paths = new Set(packages.map(([path]) => path));

test("the lock file names no registry: packages come from whichever one is configured", () => {
  const elsewhere = packages.filter(([, { resolved, link }]) => resolved !== undefined && !link);
  expect(elsewhere.map(([path]) => path)).toEqual([]);
  expect(text).not.toMatch(/https?:\/\/[^"]*\.tgz/);
});

test("every package that is not ours is held by a checksum", () => {
  const unchecked = packages.filter(
    ([path, { link, integrity }]) => path.includes("node_modules/") && !link && !integrity,
  );
  expect(unchecked.map(([path]) => path)).toEqual([]);
});

test("the builds for every system are locked, without which npm ci refuses to install on any", () => {
  const missing = packages.flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !paths.has(`node_modules/${name}`) && !paths.has(`${path}/node_modules/${name}`),
    ),
  );
  expect(missing).toEqual([]);
});
