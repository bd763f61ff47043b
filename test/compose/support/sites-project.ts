import { chmodSync, cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROJECT } from '../../processes/support/project.js';
import { ComposeProject, freePorts, type Ports } from './compose-project.js';
import { docker, type Environment } from './docker.js';

const EXAMPLE = join(PROJECT, 'examples/compose');
const OWN_APP = 'examples/compose/own-app.yaml';

/** compose.yaml with a copy of its configuration. */
export class SitesProject extends ComposeProject {
  /** Mounted in place of examples/compose. */
  readonly configFolder = mkdtempSync(join(tmpdir(), 'colocal-compose-'));

  private constructor(ports: Ports) {
    super('compose.yaml', ports);
    cpSync(join(EXAMPLE, 'colocal.yaml'), this.configFile);
    // The edge in its container is another user.
    chmodSync(this.configFolder, 0o755);
    chmodSync(this.configFile, 0o644);
  }

  static async create(): Promise<SitesProject> {
    return new SitesProject(await freePorts());
  }

  get configFile(): string {
    return join(this.configFolder, 'colocal.yaml');
  }

  /** `docker compose ARGS` with the user's own app in the place of tokyo-app. */
  composeWithOwnApp(...args: readonly string[]): Promise<string> {
    return this.composeWith([OWN_APP], ...args);
  }

  /** Saves the configuration changed, as editors do: the new file is moved over the old one. */
  edit(change: (text: string) => string): void {
    writeFileSync(`${this.configFile}~`, change(readFileSync(this.configFile, 'utf8')), { mode: 0o644 });
    renameSync(`${this.configFile}~`, this.configFile);
  }

  /** Removes everything, the image of the user's own app too. */
  async remove(): Promise<void> {
    await this.down();
    await docker(['image', 'rm', '--force', `${this.image}-own-app`]);
    rmSync(this.configFolder, { recursive: true, force: true });
  }

  protected override environment(): Environment {
    return { ...super.environment(), COLOCAL_CONFIG_DIR: this.configFolder };
  }
}
