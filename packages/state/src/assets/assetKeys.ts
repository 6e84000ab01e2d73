import { documentedKey } from "../keys/documentedKey.ts";
import type { StateStore } from "../store/stateStore.ts";

/** A key of one asset, with the parts of its name. */
export interface AssetKey {
  readonly name: string;
  /** As `documentedKey.ts` names it; undefined for a name that this version never writes. */
  readonly kind: string | undefined;
  readonly parts: Readonly<Record<string, string>>;
}

/**
 * Scans the keys of an asset, one page for each call. Yields every key that exists during the whole
 * scan, some of them perhaps twice.
 *
 * @param asset its name; the project need not have it
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

/**
 * Whether Redis keeps any partition, record, claim or ledger of an asset. Scans its keys until it
 * finds one.
 */
export async function isAssetInUse(store: StateStore, asset: string): Promise<boolean> {
  for await (const page of assetKeys(store, asset)) {
    for (const { name, kind } of page) {
      if (kind === "ledger" || kind === "claims" || kind === "waiters") return true;
      // A bitmap or page may exist without a set bit or record.
      if (kind !== "plane" && kind !== "records") continue;
      const bytes = await store.redis.getBuffer(name);
      if (bytes?.some((byte) => byte !== 0) === true) return true;
    }
  }
  return false;
}
