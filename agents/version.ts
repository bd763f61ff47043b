import packageJson from '../package.json' with { type: 'json' };

/** What the connector says about itself when it registers. */
export const VERSION: string = packageJson.version;

/** `linux_amd64`, in the form that cloudflared reports and the API shows as `arch`. */
export const ARCH = `${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`;
