// Imported first by every script: ends with one sentence where Node is too old for the rest.

/** What `engines.node` in package.json says. */
const [requiredMajor, requiredMinor] = /** @type {const} */ ([20, 19]);

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < requiredMajor || (major === requiredMajor && minor < requiredMinor)) {
  console.error(
    `Infill needs Node ${requiredMajor}.${requiredMinor} or newer, and this is ${process.versions.node}: ` +
      "install a newer one from https://nodejs.org/en/download and run the command again.",
  );
  process.exit(1);
}
