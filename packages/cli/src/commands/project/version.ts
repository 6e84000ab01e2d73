import type { DefineCommand } from "../../command/commandNode.ts";
import { version as current } from "../../terminal/version.ts";

/** `infill version` */
export const version: DefineCommand = (command, run) => {
  command.action(() =>
    run(async ({ out }) => {
      const facts = { version: current, node: process.versions.node, platform: process.platform };
      out.value("version", facts, () => [
        `infill ${facts.version}`,
        `node ${facts.node} on ${facts.platform}`,
      ]);
    }),
  );
};
