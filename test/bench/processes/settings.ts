/** A setting that the scenario gives its processes in the environment. */
export function settingOf(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: a scenario starts this process`);
  return value;
}
