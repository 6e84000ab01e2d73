/** The path of a module under `processes/` as it is built, whether this runs from the sources or from what is built. */
export function builtProcess(name: string): string {
  const folder = import.meta.url.includes("/dist/") ? "./" : "../dist/chaos/";
  return new URL(`${folder}processes/${name}.js`, import.meta.url).pathname;
}
