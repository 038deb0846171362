// Tests of the core come in through core/index.ts or core/parsers.ts, so that files of the core can move.
import { describe, expect, it } from '@jest/globals';
import { importsOf, sourcesOf } from './sources.mts';

const DOORS = new Set(['core/index', 'core/parsers']);

/** Pure functions with a contract of their own, which a test may import from where they are, and why. */
const DEEP: Record<string, string> = {
	'core/http/retry': 'how long each wait may be, at its two ends',
	'core/request/polling': 'the polling schedule, moment by moment',
	'core/request/runTimes': 'how well a run must have been seen for its time to count',
	'core/time/waiting': 'leaves no timer and no listener behind',
	'core/submission/choiceDefaults': 'what another choice of a dynamic combo needs, one by one',
	...rules('core/workflow/form', 'what the form calls an input, and how likely it is', [
		'constants',
		'rank',
		'texts',
	]),
};

function rules(folder: string, reason: string, files: string[]): Record<string, string> {
	return Object.fromEntries(files.map((file) => [`${folder}/${file}`, reason]));
}

const FOLDERS = ['core', 'contract', 'faults', 'hosts', 'support'].map((name) => `test/${name}`);

describe('tests of the core', () => {
	const inner = FOLDERS.flatMap(sourcesOf)
		.flatMap((file) => importsOf(file))
		.filter(({ target }) => target?.startsWith('core/') && !DOORS.has(target));

	it('come in through its two doors, but for what is listed here', () => {
		const unlisted = inner.filter(({ target = '' }) => !(target in DEEP));
		expect(unlisted.map(({ from, specifier }) => `${from} imports ${specifier}`)).toEqual([]);
	});

	it('need each exception', () => {
		const used = new Set(inner.map(({ target }) => target));
		expect(Object.keys(DEEP).filter((file) => !used.has(file))).toEqual([]);
	});
});
