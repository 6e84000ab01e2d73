import { existsSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { FileExistsError } from "../../terminal/commandErrors.ts";
import type { DefineCommand } from "../../command/commandNode.ts";
import { starterFiles } from "../../project/starterFiles.ts";
import { version } from "../../terminal/version.ts";
import { makeDirectory, writing } from "../../project/writing.ts";

/** `infill init [dir]` */
export const init: DefineCommand = (command, run) => {
  command
    .argument("[dir]", "target directory; created if it does not exist", ".")
    .option("--dry-run", "show which files would be written; write nothing")
    .action((dir, options) =>
      run(async ({ io, out }) => {
        const directory = resolve(io.cwd, dir);
        const files = Object.entries(starterFiles(packageName(directory), version));
        const config = join(directory, "infill.config.ts");
        if (existsSync(config)) throw new FileExistsError(config);
        // A package that is there keeps its own files.
        const missing = files.filter(([name]) => !existsSync(join(directory, name)));
        if (options.dryRun !== true) {
          writing(directory, () => makeDirectory(directory));
          for (const [name, text] of missing) {
            const file = join(directory, name);
            writing(file, () => writeFileSync(file, text, { flag: "wx" }));
          }
        }
        const written = missing.map(([name]) => join(directory, name));
        out.value("init", { directory, written, dryRun: options.dryRun === true }, () =>
          written.map((file) => `${options.dryRun === true ? "would write" : "wrote"} ${file}`),
        );
        if (options.dryRun !== true) {
          out.note(
            `Next: ${dir === "." ? "" : `cd ${dir} && `}infill dev, and in another terminal: infill backfill create '*' --wait`,
          );
        }
      }),
    );
};

function packageName(directory: string): string {
  const name = basename(directory)
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, "-")
    .replace(/^[._-]+/, "");
  return name === "" ? "my-backfills" : name;
}
