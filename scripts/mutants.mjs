// `npm run test:mutants`: changes the code in small ways and sees whether a test fails for each. Words choose folders
// or files: `npm run test:mutants -- core/request`. A folder's mutants are tried by the tests of the same folder below
// test/. What survives is printed; if nothing can be done about one, a comment at its line says why:
// `// Stryker disable next-line EqualityOperator: both are the same here`.
import { existsSync } from 'node:fs';
import { extname, join } from 'node:path';
import { Stryker } from '@stryker-mutator/core';
import config from '../stryker.config.mjs';
import { testFolder } from './jest.mjs';
import { root } from './root.mjs';

const words = process.argv.slice(2).map((word) => word.replace(/\/$/, ''));
const chosen = words.length > 0 ? words : ['core', 'node-red/runtime', 'nodes'];
const missing = chosen.filter((word) => !existsSync(join(root, word)));
if (missing.length > 0) throw new Error(`There is no ${missing.join(', ')}.`);
process.chdir(root);

await new Stryker({
	...config,
	mutate: chosen.map((word) => (extname(word) ? word : `${word}/**/*.{ts,cts}`)),
	jest: {
		projectType: 'custom',
		configFile: 'jest.config.mjs',
		// Jest lists the files below its roots again for each mutant.
		config: {
			roots: [...new Set(chosen.map((word) => `<rootDir>/${testFolder(word)}`))],
			testEnvironment: './test/jest-environment.cjs',
		},
		// It looks among the tests only, and passes over what they import by way of an index file.
		enableFindRelatedTests: false,
	},
}).runMutationTest();
