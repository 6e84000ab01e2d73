/**
 * @typedef {object} Layer what a part of the repository may import
 * @property {readonly string[]} mayImport packages of ours, by name
 * @property {readonly string[]} [mayImportTypes] packages of ours of which it may import types only
 * @property {boolean} [isPure] no I/O: neither Redis clients nor Node's own modules, tests apart
 */

const core = ["@infill/core", "@infill/partitions"];
const state = ["@infill/state", ...core];
const planner = ["@infill/planner", ...state];
const below = ["@infill/server", "@infill/worker", "@infill/automation", ...planner];

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
  "packages/planner": { mayImport: state },
  "packages/worker": { mayImport: state },
  "packages/automation": { mayImport: planner },
  "packages/server": { mayImport: planner },
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
export const harmlessNodeModules = ["node:buffer", "node:crypto", "node:util"];

/** Packages that talk to Redis. */
export const redisClients = ["ioredis", "bullmq"];
