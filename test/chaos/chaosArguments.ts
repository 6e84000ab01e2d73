/** What the command line of `npm run chaos` asks for. */
export interface ChaosArguments {
  readonly seed: string;
  /** Each fault runs so often, each time with another seed made from `seed`. */
  readonly seeds: number;
  readonly partitions: number;
  readonly faults: readonly string[];
  readonly concurrency: number | undefined;
  readonly baseline: boolean;
  readonly json: boolean;
  /** Prints the table of `docs/reliability.md` at the end, in place of JSON. */
  readonly markdown: boolean;
}

/**
 * Reads `--faults F1,F2 --seed S --partitions N --json`; `--faults all` is every fault.
 *
 * @param known ids of the faults that there are
 * @returns the arguments, or one sentence that says what is wrong
 */
export function chaosArguments(
  argv: readonly string[],
  known: readonly string[],
): ChaosArguments | { readonly wrong: string; readonly json: boolean } {
  const values = new Map<string, string>();
  const json = argv.includes("--json");
  const flags = ["--json", "--markdown", "--baseline", "--no-build"];
  const options = ["--faults", "--seed", "--seeds", "--partitions", "--concurrency"];
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? "";
    if (flags.includes(word)) continue;
    const value = argv[at + 1];
    if (!options.includes(word))
      return {
        wrong: `Unknown argument "${word}": there are ${[...options, ...flags].join(", ")}.`,
        json,
      };
    if (value === undefined) return { wrong: `${word} takes a value.`, json };
    values.set(word, value);
    at++;
  }
  if (json && argv.includes("--markdown"))
    return { wrong: "--json and --markdown are two forms of one output: give one of them.", json };
  const text = values.get("--faults") ?? "";
  const faults =
    text === "all"
      ? known
      : text
          .split(",")
          .map((id) => id.trim())
          .filter((id) => id !== "");
  if (values.has("--faults") && faults.length === 0)
    return { wrong: `--faults names none; there are ${known.join(", ")}.`, json };
  const unknown = faults.filter((id) => !known.includes(id));
  if (unknown.length > 0)
    return {
      wrong: `There is no fault ${unknown.join(", ")}; there are ${known.join(", ")}.`,
      json,
    };
  const counts: Record<string, number> = {
    "--seeds": 1,
    "--partitions": 2_000,
    "--concurrency": 8,
  };
  for (const name of Object.keys(counts)) {
    const given = values.get(name);
    if (given === undefined) continue;
    const count = Number(given);
    if (!Number.isInteger(count) || count < 1)
      return { wrong: `${name} takes a whole number above 0, not "${given}".`, json };
    counts[name] = count;
  }
  return {
    ...{ faults, json },
    seed: values.get("--seed") ?? String(Math.floor(Math.random() * 1_000_000)),
    seeds: counts["--seeds"] ?? 1,
    partitions: counts["--partitions"] ?? 2_000,
    concurrency: values.has("--concurrency") ? counts["--concurrency"] : undefined,
    markdown: argv.includes("--markdown"),
    baseline: argv.includes("--baseline"),
  };
}
