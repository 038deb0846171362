// `npm run test:mutants`: changes the code in small ways and looks whether a test fails for each. Words choose
// folders or files: `npm run test:mutants -- core/request`. Those that no test kills are in
// test/mutants/survivors.json with the reason; one that is not there fails. `--keep` writes them there, for
// somebody to add the reason. `--fresh` forgets what earlier runs have found out about code that is still the same.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';
import { areasFor, mutated, nameOf, testedBy } from './mutants/areas.mjs';
import { compare, scoreOf, survivorsOf } from './mutants/survivors.mjs';
import { tableOf } from './mutants/table.mjs';
import { root } from './root.mjs';

const WORK = 'output/mutants';
const KEPT = join(root, 'test/mutants/survivors.json');
/** What is imported of dist/, and how files of Node-RED name others there: the sources instead. */
const SOURCES = {
	'^\\./dist/(.*)\\.cjs$': '<rootDir>/$1.cts',
	'^\\./dist/(.*)\\.js$': '<rootDir>/$1.ts',
	'^(\\.{1,2}/.*)\\.cjs$': ['$1.cts', '$1.cjs'],
	'^(\\.{1,2}/.*/core/index)\\.js$': '$1.ts',
};

const { values, positionals } = parseArgs({
	options: {
		keep: { type: 'boolean', default: false },
		fresh: { type: 'boolean', default: false },
	},
	allowPositionals: true,
});

const areas = areasFor(positionals.map((word) => word.replace(/\/$/, '')));
if (areas.length === 0)
	throw new Error(`Nothing that is mutated is named ${positionals.join(', ')}`);
process.chdir(root);
mkdirSync(WORK, { recursive: true });

/** @type {import('@stryker-mutator/api/core').MutantResult[]} */
const all = [];
for (const area of areas) {
	console.log(`\n> ${mutated(area).join(' ')}`);
	all.push(...(await mutate(area)));
}

const kept = JSON.parse(readFileSync(KEPT, 'utf8'));
const found = survivorsOf(all, root, (file) => readFileSync(file, 'utf8'));
const files = new Set(all.map(({ fileName }) => relative(root, fileName)));
const { fresh, gone, now } = compare(found, kept, (file) => files.has(file));
const rows = [...new Set(areas.map(({ folder }) => folder))].map((folder) => ({
	folder,
	...scoreOf(all.filter(({ fileName }) => folderOf(fileName) === folder)),
}));
console.log(`\n${tableOf([...rows, { folder: 'all', ...scoreOf(all) }])}`);
for (const { file, line, from, to } of fresh)
	console.log(`Survived, without a reason: ${file}:${line} ${from} → ${to}`);
for (const { file, from, to } of gone) console.log(`No more: ${file} ${from} → ${to}`);
if (values.keep) writeFileSync(KEPT, `${JSON.stringify(now, null, '\t')}\n`);
if (fresh.length > 0) process.exitCode = 1;

/** The innermost of those that are listed. @param {string} file */
function folderOf(file) {
	const around = areas.filter(({ folder }) => relative(root, file).startsWith(`${folder}/`));
	return around.sort((one, other) => other.folder.length - one.folder.length)[0]?.folder;
}

/** @param {import('./mutants/areas.mjs').Area} area */
async function mutate(area) {
	const incrementalFile = `${WORK}/${nameOf(area)}.json`;
	if (values.fresh) rmSync(incrementalFile, { force: true });
	const stryker = new Stryker({
		mutate: mutated(area),
		incremental: true,
		incrementalFile,
		...(area.built ? { buildCommand: 'node scripts/build.mjs' } : {}),
		jest: {
			projectType: 'custom',
			configFile: 'jest.config.mjs',
			config: {
				testMatch: testedBy(area),
				// Jest lists the files below its roots anew for each mutant.
				roots: [...new Set(testedBy(area).map((test) => test.slice(0, test.lastIndexOf('/'))))],
				testEnvironment: './test/jest-environment.cjs',
				...(area.sources ? { moduleNameMapper: SOURCES } : {}),
			},
			// It looks among the tests only, and passes over what they import by way of an index file.
			enableFindRelatedTests: false,
		},
	});
	const results = await stryker.runMutationTest();
	const { only } = area;
	// It also tells what an earlier run has found out about the other files of the area.
	return results.filter(({ fileName }) => !only || only.includes(relative(root, fileName)));
}
