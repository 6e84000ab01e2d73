import { changeDynamicKeys, withKeyOptions } from "../../actions/changeDynamicKeys.ts";
import type { DefineCommand } from "../../command/commandNode.ts";

/** `infill dynamic add <definition> [keys...]` */
export const dynamicAdd: DefineCommand = (command, run) => {
  withKeyOptions(command).action((definition, keys, options) =>
    run((context) =>
      changeDynamicKeys(context, definition, keys, options, {
        verb: "add",
        done: "added",
        otherwise: "there already",
        ofState: "has state of them from before",
        change: (client, name, wanted, by) => client.dynamic.add(name, wanted, by),
      }),
    ),
  );
};
