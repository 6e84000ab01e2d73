import { changeDynamicKeys, withKeyOptions } from "../../actions/changeDynamicKeys.ts";
import type { DefineCommand } from "../../command/commandNode.ts";

/** `infill dynamic remove <definition> [keys...]` */
export const dynamicRemove: DefineCommand = (command, run) => {
  withKeyOptions(command).action((definition, keys, options) =>
    run((context) =>
      changeDynamicKeys(context, definition, keys, options, {
        verb: "remove",
        done: "removed",
        otherwise: "not there",
        ofState: "keeps their state for when they come back",
        change: (client, name, wanted, by) => client.dynamic.remove(name, wanted, by),
      }),
    ),
  );
};
