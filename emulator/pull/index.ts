export { formatProblem } from '../config/index.js';
export { pullTokenMissing } from './errors.js';
export { type Pulled, type PullOptions, pull } from './pull.js';
