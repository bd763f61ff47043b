import { run } from './cli.js';
import { endWithParent } from './commands/parent.js';

endWithParent();
void run(process.argv.slice(2)).then((code) => process.exit(code));
