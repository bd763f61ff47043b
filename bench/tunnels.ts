/**
 * `npm run bench:tunnels [-- --quick] [-- --profile DIR] [-- --idle]`: cloudflared's wire beside our connector's, and what
 * connections cost that are idle. See bench/README.md.
 */
import { parseArgs } from 'node:util';
import { generator } from './load.js';
import { CLOUDFLARED_BIN } from './tunnel-edge.js';
import { measureIdle } from './tunnels-idle.js';
import { measureTraffic, profileTraffic } from './tunnels-traffic.js';

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean' }, profile: { type: 'string' }, idle: { type: 'boolean' } },
});
const { idle, ...size } = options.quick
  ? { rounds: 3, seconds: 2, times: 1, idle: 5 }
  : { rounds: 5, seconds: 5, times: 3, idle: 30 };

console.log(
  `Node ${process.version}, load from ${generator}, cloudflared: ${CLOUDFLARED_BIN ?? 'the peer of the tests'}\n`,
);
if (options.profile !== undefined) await profileTraffic(options.profile, size);
else {
  if (!options.idle) await measureTraffic(size);
  await measureIdle(idle);
}
