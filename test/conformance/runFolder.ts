import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { decisions, undecided } from "./decisions.ts";
import { runVector } from "./runVector.ts";
import type { Vector } from "./vector.ts";

/** How the library did on a folder of vectors. */
export interface Verdict {
  readonly passed: number;
  /** For each vector that differs by decision, the ADR that says why. */
  readonly decided: readonly string[];
  /** For each vector that failed, one line. */
  readonly failures: readonly string[];
}

/** Runs every vector of every JSON file in a folder and its subfolders. */
export function runFolder(folder: string): Verdict {
  let passed = 0;
  const decided: string[] = [];
  const failures: string[] = [];
  for (const file of vectorFiles(folder)) {
    const vectors: readonly Vector[] = JSON.parse(readFileSync(file, "utf8"));
    if (!Array.isArray(vectors)) throw new Error(`${file} does not hold a list of vectors.`);
    for (const vector of vectors) {
      const wrong = undecided(vector.id, runVector(vector));
      const adr = decisions.get(vector.id);
      if (wrong.length === 0 && adr !== undefined) decided.push(adr);
      else if (wrong.length === 0) passed++;
      else failures.push(`${vector.id}: ${wrong.join("; ")}`);
    }
  }
  return { passed, decided, failures };
}

function vectorFiles(folder: string): readonly string[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const path = join(folder, name);
      if (statSync(path).isDirectory()) return vectorFiles(path);
      return name.endsWith(".json") && name !== "tsconfig.json" ? [path] : [];
    });
}
