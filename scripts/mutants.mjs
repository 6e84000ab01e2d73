import "./setup/requireNode.mjs";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import {
  loadMutants,
  mutantArguments,
  mutantProblems,
  quickOf,
  sampleOf,
  withFault,
} from "./mutantList.mjs";
import { ensureNodeModules } from "./setup/nodeModules.mjs";
import { ensureRedisServer } from "./setup/redisServer.mjs";
import { beforeExit, root, run, runScript } from "./setup/script.mjs";
import { SetupError } from "./setup/setupError.mjs";

/** How long the tests of one mutant may take, in seconds. A fault that makes them hang is noticed. */
const LIMIT_S = 180;
/** What `timeout` answers with when it had to end the tests. */
const TIMED_OUT = 124;

/**
 * Copies what Git tracks, and new files that it does not ignore, into a temporary folder. The packages of this workspace
 * are found in the copy; those of others in the checkout's node_modules.
 *
 * @returns {Promise<string>} the folder, which goes when the script ends
 */
async function copyOfTree() {
  const copy = realpathSync(mkdtempSync(join(tmpdir(), "infill-mutants-")));
  beforeExit(async () => rmSync(copy, { recursive: true, force: true }));
  const listed = await run("git", ["ls-files", "-z", "-co", "--exclude-standard"], {
    capture: true,
  });
  if (listed.code !== 0) throw new SetupError("git ls-files failed, for the reason above.");
  for (const path of listed.stdout.split("\0")) {
    if (path === "" || !existsSync(join(root, path))) continue;
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    cpSync(join(root, path), join(copy, path));
  }
  linkModules(join(root, "node_modules"), join(copy, "node_modules"), copy);
  return copy;
}

/**
 * Links each entry of a node_modules folder into another one; links into the checkout are moved into the copy.
 *
 * @param {string} from
 * @param {string} to
 * @param {string} copy
 */
function linkModules(from, to, copy) {
  mkdirSync(to, { recursive: true });
  const modules = realpathSync(join(root, "node_modules"));
  for (const entry of readdirSync(from)) {
    // Caches of tools would be shared.
    if (entry === ".vite" || entry === ".cache" || entry === ".vite-temp") continue;
    const path = join(from, entry);
    if (entry.startsWith("@") && !to.includes("@")) {
      linkModules(path, join(to, entry), copy);
      continue;
    }
    const real = realpathSync(path);
    const inCheckout = relative(realpathSync(root), real);
    const isOurs = !inCheckout.startsWith("..") && !real.startsWith(modules);
    symlinkSync(isOurs ? join(copy, inCheckout) : real, join(to, entry));
  }
}

/**
 * Runs test files in the copy.
 *
 * @param {string} copy
 * @param {readonly string[]} tests
 * @param {number} limitS
 * @returns the exit code
 */
async function runTests(copy, tests, limitS) {
  const vitest = join(copy, "node_modules", "vitest", "vitest.mjs");
  const words = [
    "run",
    "--maxWorkers=1",
    "--bail=1",
    "--experimental.fsModuleCache",
    "--reporter=dot",
    ...tests,
  ];
  const { code } = await run(
    "timeout",
    ["--kill-after=10", String(limitS), process.execPath, vitest, ...words],
    { cwd: copy, capture: true, env: { ...process.env, VITEST_MAX_WORKERS: "1" }, quiet: true },
  );
  return code;
}

await runScript(async () => {
  const options = mutantArguments(process.argv.slice(2));
  if (typeof options === "string") {
    console.error(options);
    return 2;
  }
  const all = await loadMutants(root);
  const problems = mutantProblems(root, all);
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) return 2;
  const { files, sample, quick, isList } = options;
  const named = all.filter(
    ({ file }) => files.length === 0 || files.some((part) => file.includes(part)),
  );
  if (named.length === 0) {
    console.error(`No file with a mutant has ${files.join(" or ")} in its path.`);
    return 2;
  }
  const mutants =
    quick !== undefined
      ? quickOf(named, quick)
      : sample !== undefined
        ? sampleOf(named, sample)
        : named;
  if (mutants.length === 0) {
    console.error("None of these mutants is listed as quick.");
    return 2;
  }
  if (isList) {
    for (const { name, find, replace, survives } of mutants)
      console.log(
        `${name}  ${JSON.stringify(find)} → ${JSON.stringify(replace)}${survives === undefined ? "" : `  (survives: ${survives})`}`,
      );
    console.log(`${mutants.length} mutants.`);
    return 0;
  }

  await ensureNodeModules();
  await ensureRedisServer();
  const copy = await copyOfTree();
  const tests = [...new Set(mutants.flatMap((mutant) => mutant.tests))];
  if ((await runTests(copy, tests, LIMIT_S * tests.length)) !== 0) {
    console.error(
      `The tests fail without a mutant: npx vitest run ${tests.join(" ")} shows which.`,
    );
    return 2;
  }
  let noticed = 0;
  let explained = 0;
  /** @type {string[]} */
  const unexplained = [];
  for (const mutant of mutants) {
    const path = join(copy, mutant.file);
    const text = readFileSync(path, "utf8");
    writeFileSync(path, withFault(text, mutant));
    const code = await runTests(copy, mutant.tests, LIMIT_S);
    writeFileSync(path, text);
    const what = `${mutant.name}  ${JSON.stringify(mutant.find)} → ${JSON.stringify(mutant.replace)}`;
    if (code !== 0) {
      noticed++;
      const how = code === TIMED_OUT ? `no end within ${LIMIT_S} s` : "noticed";
      console.log(`${how}  ${what}`);
      if (mutant.survives !== undefined)
        console.log(`  It is listed to survive, and no longer does: ${mutant.survives}`);
    } else if (mutant.survives !== undefined) {
      explained++;
      console.log(`survives  ${what}\n  ${mutant.survives}`);
    } else {
      unexplained.push(mutant.name);
      console.log(`SURVIVES  ${what}`);
    }
  }
  const share = Math.floor((100 * noticed) / mutants.length);
  console.log(
    `\n${mutants.length} mutants: ${noticed} noticed (${share} %), ${explained} survive with a reason, ${unexplained.length} without.`,
  );
  for (const name of unexplained) console.log(`  ${name}`);
  return unexplained.length === 0 ? 0 : 1;
});
