import {
  type Census,
  type Discrepancy,
  listSetAside,
  quoted,
  readManySelected,
  readWorkerRegistry,
  removeWorker,
  setAsideKey,
  setAsideRow,
  type StateStore,
} from "@infill/state";

/** Reports unreadable entries of the worker registry, and lost workers. */
export async function lookAtWorkers(
  store: StateStore,
  census: Census,
): Promise<{ readonly found: readonly Discrepancy[]; readonly notes: readonly string[] }> {
  if (census.unreadable.has("")) return { found: [], notes: [] };
  const { workers, unreadable } = await readWorkerRegistry(store);
  const found = unreadable.map(
    ({ id, reason, excerpt }): Discrepancy => ({
      check: "worker_unreadable",
      detail: id,
      count: 1,
      problem: `The entry of worker "${id}" is unreadable: ${reason} (${excerpt}). Planners do not count that worker.`,
      remedy: "The doctor removes it; a living worker writes its entry again within seconds.",
      repair: () => removeWorker(store, id),
    }),
  );
  const notes = workers.flatMap(({ id, host, pid, isAlive, overdueMs }) =>
    isAlive
      ? []
      : [
          `Worker ${id} (${host}, process ${pid}) has sent no heartbeat for ${Math.ceil(overdueMs / 1_000)} s; it leaves the list after an hour.`,
        ],
  );
  return { found, notes };
}

/** Ledgers whose rows one round trip reads. */
const ledgersPerCall = 128;

/**
 * Finds selections with an unreadable row. Without them nothing of the backfill can be compared.
 */
export async function lookAtSelections(store: StateStore, census: Census): Promise<Discrepancy[]> {
  const found: Discrepancy[] = [];
  const ledgers = [...census.assets].flatMap(([asset, there]) =>
    Array.from(there.ledgers.keys(), (backfillId) => ({ asset, backfillId })),
  );
  for (let first = 0; first < ledgers.length; first += ledgersPerCall) {
    const page = ledgers.slice(first, first + ledgersPerCall);
    const selected = await readManySelected(store, page);
    for (const [at, { asset, backfillId }] of page.entries()) {
      if (selected[at] !== undefined) continue;
      const redisKey = store.keys.selected(asset, backfillId);
      found.push({
        check: "entry_unreadable",
        asset,
        backfillId,
        redisKey,
        count: 1,
        problem: `The selection of a backfill on "${asset}" is unreadable: a row has another form.`,
        remedy:
          "The doctor sets the rows aside for 90 days, and makes them again from bit-planes, records and the request.",
        repair: async () => {
          await setAsideKey(store, redisKey, []);
          await setAsideRow(store, asset, backfillId);
        },
      });
    }
  }
  return found;
}

/** One sentence for each kind of what was set aside. */
export async function notesOnSetAside(store: StateStore, census: Census): Promise<string[]> {
  const kept = census.setAside;
  const backfills = Array.from(
    await listSetAside(store),
    ([id, { atMs, field, reason, text }]) =>
      `${id} has been set aside since ${new Date(atMs).toISOString()}, because its ${field} ${reason}${quoted(text)}: infill backfill delete ${id} --force.`,
  );
  if (kept.length === 0) return backfills;
  const some = kept.slice(0, 3).join(", ");
  return [
    ...backfills,
    `${kept.length} keys hold what was set aside, each for 90 days from then (${some}${kept.length > 3 ? ", …" : ""}).`,
  ];
}
