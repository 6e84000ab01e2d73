import { type DuckDBConnection, DuckDBInstance, type Json } from "@duckdb/node-api";
import { writeAtomically } from "./writeAtomically.ts";

/** One row of a result; 64-bit integers arrive as text. */
export type Row = Readonly<Record<string, Json>>;

let instance: Promise<DuckDBInstance> | undefined;

/**
 * The database of this process, in memory; outputs are read and written as files.
 *
 * One thread a query: a worker runs several partitions at once, and these use the cores.
 */
function database(): Promise<DuckDBInstance> {
  instance ??= DuckDBInstance.create(":memory:", { threads: "1", memory_limit: "1GB" });
  return instance;
}

/** Runs `use` with a connection of its own; an abort interrupts the query that runs. */
export async function withConnection<T>(
  use: (connection: DuckDBConnection) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  signal?.throwIfAborted();
  const connection = await (await database()).connect();
  const interrupt = () => connection.interrupt();
  signal?.addEventListener("abort", interrupt, { once: true });
  try {
    return await use(connection);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", interrupt);
    connection.closeSync();
  }
}

/** The rows of one query. */
export async function queryRows(sql: string, signal?: AbortSignal): Promise<readonly Row[]> {
  return withConnection(async (connection) => {
    const reader = await connection.runAndReadAll(sql);
    return reader.getRowObjectsJson();
  }, signal);
}

/**
 * Writes the result of a query to a Parquet file, in place whole or not at all.
 *
 * @returns the number of rows written
 */
export async function writeParquet(
  file: string,
  query: string,
  signal?: AbortSignal,
): Promise<number> {
  return writeAtomically(
    file,
    (partialFile) =>
      withConnection(async (connection) => {
        const result = await connection.run(
          `COPY (${query}) TO ${sqlText(partialFile)} (FORMAT parquet, COMPRESSION zstd)`,
        );
        return result.rowsChanged;
      }, signal),
    signal,
  );
}

/** A text literal. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A list literal of texts, as `read_parquet` takes it. */
export function sqlTexts(texts: Iterable<string>): string {
  return `[${[...texts].map(sqlText).join(", ")}]`;
}
