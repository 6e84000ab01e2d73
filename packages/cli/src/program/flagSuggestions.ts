/** A flag of a command, and whether every command has it. */
export interface KnownFlag {
  /** With its dashes: `--limit`. */
  readonly long: string;
  readonly isShared: boolean;
}

/** Flags that a sentence lists at the most. */
const listedFlags = 12;

const range = "--partitions '[a...b]'";

/** What other tools call a flag, and people write. Of the flags in a list the first that the command has is meant. */
const otherFlags: Readonly<Record<string, readonly string[]>> = {
  all: ["--reprocess all"],
  comment: ["--reason"],
  config: ["--project"],
  date: [range],
  debug: ["--verbose"],
  "end-date": [range],
  end: [range],
  failed: ["--reprocess failed", "--only failed", "--status failed"],
  file: ["--project"],
  follow: ["--wait"],
  force: ["--yes"],
  format: ["--output"],
  from: [range],
  "full-refresh": ["--reprocess all"],
  jobs: ["--concurrency"],
  key: [range],
  keys: [range],
  latest: ["--last"],
  max: ["--limit"],
  "max-active-runs": ["--concurrency"],
  "max-concurrency": ["--concurrency"],
  "max-parallel": ["--concurrency"],
  "max-retries": ["--max-attempts"],
  message: ["--reason"],
  name: ["--label"],
  "no-prompt": ["--yes"],
  "page-size": ["--limit"],
  parallel: ["--concurrency"],
  parallelism: ["--concurrency"],
  partition: [range],
  preview: ["--dry-run"],
  queue: ["--pool"],
  range: [range],
  redis: ["--redis-url"],
  retries: ["--max-attempts"],
  silent: ["--quiet"],
  since: [range],
  slots: ["--concurrency"],
  "start-date": [range],
  start: [range],
  state: ["--status"],
  "task-concurrency": ["--concurrency"],
  threads: ["--concurrency"],
  to: [range],
  until: [range],
  url: ["--redis-url"],
  watch: ["--wait"],
  workers: ["--concurrency"],
};

/** What to try instead of a flag that another tool has; undefined where the command has nothing that means it. */
export function flagOfSameMeaning(known: readonly KnownFlag[], flag: string): string | undefined {
  const word = flag.replace(/^-+/, "").replace(/=.*/s, "").toLowerCase().replaceAll("_", "-");
  const meant = Object.hasOwn(otherFlags, word) ? (otherFlags[word] ?? []) : [];
  const found = meant.find((each) => known.some(({ long }) => long === each.split(" ")[0]));
  return found === undefined ? undefined : `Did you mean ${found}?`;
}

/** What to try instead of an unknown flag that nothing is spelled like: those that begin so, else those that the command has. */
export function flagInstead(known: readonly KnownFlag[], flag: string): string {
  const begun = known.filter(({ long }) => begins(long, flag)).map(({ long }) => long);
  if (begun.length === 1) return `Did you mean ${begun[0]}?`;
  if (begun.length > 1) return `Did you mean one of ${begun.join(", ")}?`;
  const own = known.filter(({ isShared }) => !isShared).map(({ long }) => long);
  if (own.length === 0) return "This command has no flags of its own.";
  const rest = own.length - listedFlags;
  const listed = own.slice(0, listedFlags).join(", ");
  return `Expected ${own.length > 1 ? "one of " : ""}${listed}${rest > 0 ? ` or ${rest} more` : ""}.`;
}

/** Whether a word is the beginning of a name, with at least two of its letters. */
function begins(name: string, word: string): boolean {
  return word.replace(/^-+/, "").length >= 2 && name.startsWith(word);
}
