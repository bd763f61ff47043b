/**
 * re2js, run when somebody first asks for its engine. Rules are compiled synchronously, so it cannot be behind
 * `import()`; and 260 KB of tables and classes would otherwise be set up at each start.
 */
Object.defineProperty(exports, 'RE2JS', { enumerable: true, get: () => require('re2js').RE2JS });
