import { type Project, versionsOf } from "@infill/core";
import {
  inspectAssets,
  inspectProject,
  registerAsset,
  type RegisteredAssets,
  registerVersions,
  type StateStore,
} from "@infill/state";

/**
 * The assets of a client's project as Redis knows them. Looking registers nothing; what creates state calls `register`
 * first.
 */
export class ProjectAssets {
  /** By name. Changes in place, so that everybody who holds it sees what was learned since. */
  readonly known: RegisteredAssets;
  readonly #store: StateStore;
  readonly #project: Project;
  #isAnnounced = false;

  private constructor(store: StateStore, project: Project, known: RegisteredAssets) {
    this.#store = store;
    this.#project = project;
    this.known = known;
  }

  /** Looks at every asset. */
  static async open(store: StateStore, project: Project): Promise<ProjectAssets> {
    return new ProjectAssets(store, project, await inspectProject(store, project));
  }

  /** Looks again at those that were not registered, or did not fit: somebody may have changed that. */
  async refresh(): Promise<void> {
    const unsure = Array.from(this.#project.graph.assets.values()).filter(({ name }) => {
      const known = this.known.get(name);
      return known === undefined || known.isProvisional === true;
    });
    if (unsure.length > 0) await inspectAssets(this.#store, unsure, this.known);
  }

  /** Looks at an asset again before it is used next: its state was given up or moved. Until then nothing can be written with it. */
  forget(name: string): void {
    const known = this.known.get(name);
    if (known !== undefined) this.known.set(name, { ...known, epoch: "", isProvisional: true });
  }

  /**
   * Registers assets about which state is to be written.
   *
   * @param names those that the project lacks are left out
   * @returns whether something is other than it was known here
   * @throws DefinitionChangedError, AssetChangingError
   */
  async register(names: Iterable<string>): Promise<boolean> {
    let hasChanged = false;
    for (const name of names) {
      const asset = this.#project.graph.assets.get(name);
      const before = this.known.get(name);
      if (asset === undefined || (before !== undefined && before.isProvisional !== true)) continue;
      const registered = await registerAsset(this.#store, asset);
      this.known.unfit.delete(name);
      this.known.set(name, registered);
      hasChanged = true;
    }
    return hasChanged;
  }

  /** Notes the versions of the project, before a backfill that it plans exists. */
  async announce(): Promise<void> {
    if (this.#isAnnounced) return;
    await registerVersions(this.#store, versionsOf(this.#project), "plan");
    this.#isAnnounced = true;
  }
}
