export { type Origin, type OriginOptions, startOrigin } from './origin.js';
