export { parseScenario, readScenario } from './reader.js';
export { runReal } from './real/run-real.js';
export { jsonReport } from './report/json.js';
export { junitReport } from './report/junit.js';
export { timeline } from './report/timeline.js';
export { runScenario } from './runner.js';
export { ScenarioError } from './scenario-error.js';
