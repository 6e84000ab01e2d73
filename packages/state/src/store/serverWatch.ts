import type { StateStore } from "./stateStore.ts";

/** Ends a watch. */
export type StopWatching = () => void;

/**
 * Tells when the server behind a store has become another one: it was restarted, or a replica took its place. Only then can it have
 * gone back to an earlier state and have lost what it had acknowledged. A connection that broke and came back to the same process
 * is no such change.
 *
 * @param onChange called once for each change, when the connection is back
 */
export async function watchServer(store: StateStore, onChange: () => void): Promise<StopWatching> {
  const { redis } = store;
  let known = await runIdOf(store);
  const look = () => {
    runIdOf(store).then(
      (runId) => {
        if (runId === known) return;
        known = runId;
        onChange();
      },
      // The connection broke again; its return is another look.
      () => {},
    );
  };
  redis.on("ready", look);
  return () => void redis.off("ready", look);
}

/** The server process's random name. */
async function runIdOf({ redis }: StateStore): Promise<string> {
  const info = await redis.info("server");
  return /^run_id:(\w+)/m.exec(info)?.[1] ?? "";
}
