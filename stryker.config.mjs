// How mutants are made and run; which there are, and by which tests each is tried: scripts/mutants/areas.mjs.
/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
	testRunner: 'jest',
	plugins: ['@stryker-mutator/jest-runner', './scripts/mutants/messages.mjs'],
	coverageAnalysis: 'perTest',
	// A mutant of what runs while a file is loaded is tried by every test: ten times the time for tables and limits.
	ignoreStatic: true,
	// Texts for people, by far the most mutants: a test that knows each word would only be a second copy of them.
	ignorers: ['messages'],
	concurrency: 2,
	// A busy machine must not be taken for a mutant that never ends: most of those are seen by how often they are entered.
	timeoutMS: 15_000,
	timeoutFactor: 4,
	tempDirName: 'output/mutants/sandbox',
	ignorePatterns: ['/dist', '/output', '/bench', '/examples', '/.git'],
	reporters: ['progress-append-only'],
	allowConsoleColors: false,
	disableTypeChecks: '{core,node-red,nodes}/**/*.{ts,cts,mts}',
};
