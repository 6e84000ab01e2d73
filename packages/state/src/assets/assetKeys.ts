import { documentedKey } from "../keys/keyPatterns.ts";
import type { StateStore } from "../store/stateStore.ts";

/** A key of one asset, with what its name says. */
export interface AssetKey {
  readonly name: string;
  /** As `keyPatterns.ts` has it; undefined for a name that nothing of this version makes. */
  readonly kind: string | undefined;
  readonly parts: Readonly<Record<string, string>>;
}

/**
 * The keys of an asset, a page of the server's keys a call. Keys that exist during the whole scan are among them, perhaps twice.
 *
 * @param asset its name; it need not be an asset of the project
 */
export async function* assetKeys(
  { redis, namespace, keys }: StateStore,
  asset: string,
): AsyncGenerator<readonly AssetKey[]> {
  const root = keys.root(asset);
  const pattern = `${root.replace(/[*?[\]\\]/g, "\\$&")}:*`;
  let cursor = "0";
  do {
    const [next, names] = await redis.scan(cursor, "MATCH", pattern, "COUNT", 1_000);
    cursor = next;
    if (names.length > 0)
      yield names.map((name) => {
        const known = documentedKey(name.slice(namespace.length + 1));
        return { name, kind: known?.kind, parts: known?.parts ?? {} };
      });
  } while (cursor !== "0");
}

/** Whether any partition, record, claim or ledger of an asset is kept. Looks at its keys until it finds one. */
export async function isAssetInUse(store: StateStore, asset: string): Promise<boolean> {
  for await (const page of assetKeys(store, asset)) {
    for (const { name, kind } of page) {
      if (kind === "ledger" || kind === "claims" || kind === "waiters") return true;
      // Bitmaps and pages may be left with nothing in them.
      if (kind !== "plane" && kind !== "records") continue;
      const bytes = await store.redis.getBuffer(name);
      if (bytes?.some((byte) => byte !== 0) === true) return true;
    }
  }
  return false;
}
