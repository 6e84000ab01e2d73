import { asset, project } from "@infill/core";
import { daily } from "@infill/partitions";
import { connect } from "@infill/client";

/** Changes the whole state of an asset and says so, unless INFILL_CRASH_AT ends it before. */
const { NAMESPACE, REDIS_URL, CHANGE } = process.env;
if (NAMESPACE === undefined || REDIS_URL === undefined || CHANGE === undefined)
  throw new Error("a test starts this process");
const [change = "", name = "", newName = "", zone = "UTC"] = CHANGE.split(" ");
const assets = [name, newName].flatMap((each) =>
  each === "" || each === "-"
    ? []
    : [
        asset({
          name: each,
          partitions: daily({ start: "2024-05-01", end: "2024-05-05", timezone: zone }),
          materialize: () => {},
        }),
      ],
);
const client = await connect(project({ namespace: NAMESPACE, assets }), { redisUrl: REDIS_URL });
if (change === "rename") await client.assets.rename(name, newName, { actor: "ann" });
else if (change === "keep") await client.assets.keep(name, { actor: "ann" });
else if (change === "reset") await client.assets.reset(name, { actor: "ann" });
else await client.assets.remove(name, { actor: "ann" });
console.log("changed");
await client.close();
