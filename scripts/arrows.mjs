/**
 * @typedef {object} Layer what a part of the repository may import
 * @property {readonly string[]} mayImport packages of ours, by name
 * @property {readonly string[]} [mayImportTypes] packages of ours of which it may import types only
 * @property {readonly string[]} [testsMayImport] packages of ours that its tests may import too
 * @property {boolean} [isPure] no I/O: neither Redis clients nor Node's own modules, tests apart
 */

const core = ["@infill/core", "@infill/partitions"];
const state = ["@infill/state", ...core];
const planning = ["@infill/planning", ...state];
const client = ["@infill/client", ...planning];
const below = [
  "@infill/server",
  "@infill/worker",
  "@infill/automation",
  "@infill/planner",
  "@infill/doctor",
  ...client,
];

/**
 * Who may import whom: the arrows of the design, with the layers below included. A new arrow is a decision, and a
 * page in docs/adr says why.
 *
 * @type {Readonly<Record<string, Layer>>}
 */
export const layers = {
  "packages/partitions": { mayImport: [], isPure: true },
  "packages/core": { mayImport: ["@infill/partitions"], isPure: true },
  "packages/state": { mayImport: core },
  "packages/planning": { mayImport: state },
  "packages/planner": { mayImport: planning, testsMayImport: ["@infill/client", "@infill/doctor"] },
  "packages/worker": { mayImport: state },
  "packages/client": { mayImport: planning },
  "packages/doctor": { mayImport: planning, testsMayImport: ["@infill/client"] },
  "packages/automation": { mayImport: client },
  "packages/server": { mayImport: ["@infill/doctor", ...client] },
  "packages/dashboard": { mayImport: [], mayImportTypes: ["@infill/server"] },
  "packages/dbt": { mayImport: core },
  "packages/cli": { mayImport: below },
  "packages/infill": { mayImport: ["@infill/cli", ...below] },
  "test/support": { mayImport: [] },
  test: { mayImport: ["infill", "@infill/cli", "@infill/dbt", ...below] },
  "examples/flights": { mayImport: ["infill"] },
};

/** What tests may import in any package, and nothing else may. */
export const testSupport = "@infill/test-support";

/** Node's modules that do no I/O. */
export const harmlessNodeModules = [
  "node:buffer",
  "node:crypto",
  "node:timers/promises",
  "node:util",
];

/** Packages that talk to Redis. */
export const redisClients = ["ioredis", "bullmq"];

/**
 * The folders of a package's sources, the lowest first: a file imports from its own folder and from those before it. What
 * stands in no folder (`index.ts`, `inputs.ts`, `testing.ts`) comes last, and tests may import from everywhere in their package.
 *
 * @type {Readonly<Record<string, readonly string[]>>}
 */
export const folders = {
  "packages/core": ["errors", "process", "requests", "assets"],
  "packages/partitions": [
    "errors",
    "integers",
    "time",
    "context",
    "definitions",
    "subsets",
    "schedules",
    "mappings",
    "text",
  ],
  "packages/state": [
    "redis",
    "keys",
    "dynamic",
    "store",
    "packed",
    "log",
    "assets",
    "ledger",
    "processes",
    "claims",
    "settlements",
    "permits",
    "backfills",
    "submissions",
    "deliveries",
    "changes",
    "doctor",
  ],
  "packages/planning": ["context", "failures", "states", "selection", "plan", "backfills"],
  "packages/planner": [
    "progress",
    "jobs",
    "window",
    "delivery",
    "retention",
    "backfillRun",
    "engine",
    "engineModel",
  ],
  "packages/worker": ["session", "claim", "run", "job", "process"],
  "packages/client": [
    "schemas",
    "shared",
    "deliveries",
    "dynamic",
    "partitions",
    "assets",
    "processes",
    "backfills",
    "changes",
    "retry",
    "submissions",
    "why",
    "resources",
  ],
  "packages/doctor": ["looks"],
  "packages/cli": [
    "text",
    "render",
    "options",
    "terminal",
    "project",
    "dev",
    "command",
    "actions",
    "commands",
    "program",
  ],
};
