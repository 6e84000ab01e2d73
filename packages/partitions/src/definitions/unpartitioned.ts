/** An asset with a single partition, whose key is the empty text. */
export interface Unpartitioned {
  readonly kind: "unpartitioned";
}

/** The definition of an asset without partitions. */
export const unpartitioned: Unpartitioned = Object.freeze({ kind: "unpartitioned" });
