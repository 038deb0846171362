// How mutants are made and tried: see scripts/mutants.mjs.
/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
	testRunner: 'jest',
	plugins: ['@stryker-mutator/jest-runner', './scripts/stryker-texts.mjs'],
	// The tests of the hosts, and those that meet the simulator, load dist/.
	buildCommand: 'node scripts/build.mjs',
	coverageAnalysis: 'perTest',
	// Otherwise every test tries every mutant of what runs while a file is loaded: ten times the time, for tables.
	ignoreStatic: true,
	// Texts for people, by far the most mutants: a test that knows each word would only be a second copy of them.
	ignorers: ['texts'],
	concurrency: 2,
	// On a busy machine a slow test must not count as a mutant that never ends.
	timeoutMS: 15_000,
	timeoutFactor: 4,
	tempDirName: 'output/mutants',
	ignorePatterns: ['/dist', '/output', '/examples', '/.git'],
	reporters: ['progress-append-only', 'clear-text'],
	clearTextReporter: { logTests: false, reportTests: false },
	allowConsoleColors: false,
	disableTypeChecks: '{core,credentials,node-red,nodes,simulator}/**/*.{ts,cts,mts}',
	thresholds: { high: 95, low: 85, break: 80 },
};
