import type { StateStore } from "./stateStore.ts";

/** Ends a watch. */
export type StopWatching = () => void;

/**
 * Reports when another server process is behind a store: it was restarted, or a replica took over.
 * Only then can Redis have lost writes that it had acknowledged. A reconnection to the same process
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
      // The connection broke again; its return triggers another check.
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
