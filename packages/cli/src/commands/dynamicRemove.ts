import { changeDynamicKeys, withKeyOptions } from "../changeDynamicKeys.ts";
import type { DefineCommand } from "../commandNode.ts";

/** `infill dynamic remove <definition> [keys...]` */
export const dynamicRemove: DefineCommand = (command, run) => {
  withKeyOptions(command).action((definition, keys, options) =>
    run((context) =>
      changeDynamicKeys(context, definition, keys, options, {
        verb: "remove",
        done: "removed",
        otherwise: "not there",
        ofState: "keeps their state for when they come back",
        change: (client, name, wanted, by) => client.removeDynamicPartitions(name, wanted, by),
      }),
    ),
  );
};
