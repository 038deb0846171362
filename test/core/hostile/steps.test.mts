// Twice the input causes at most twice the work, up to 1 MB. Work is counted in executed blocks of code, not in
// seconds.
import { afterAll, describe, expect, it } from '@jest/globals';
import { checkOverrides } from '../../../core/comfyui/checkOverrides';
import { checkWorkflow } from '../../../core/comfyui/checkWorkflow';
import { KnownGraph } from '../../../core/comfyui/knownGraph';
import { readNodeClass } from '../../../core/comfyui/objectInfo';
import { applyOverrides, groupRows, mergeOverrides } from '../../../core/comfyui/overrides';
import { errorFromAnswer } from '../../../core/errors/fromAnswer';
import { readOutputs } from '../../../core/files/outputs';
import { isPrivateHostname } from '../../../core/http/privateAddress';
import type { WorkflowApiJson } from '../../../core/index';
import * as core from '../../../core/index';
import { findInexactInteger, parseJson, withoutNonFinite } from '../../../core/json/numbers';
import { readEntries } from '../../../core/json/scan';
import { safeFilename } from '../../../core/media/filenames';
import { toMediaInput } from '../../../core/media/mediaInput';
import { readFailures } from '../../../core/request/failures';
import { drawSeeds } from '../../../core/submission/seeds';
import { countSteps } from '../../support/steps.mts';
import { GRAPH, OBJECT_INFO, readInfo } from '../support/workflows.mts';
import { expectOwnErrorsOnly, MEDIA } from './ownErrors.mts';

const steps = countSteps(/\/core\/(?!parsers).*\.ts$/);
afterAll(() => steps.stop());

const KNOWN = readInfo(OBJECT_INFO);
const parseOwn = (text: string) => core.parseUserJson(text, { name: 'Field' });
const SPEC = { kind: 'choice' as const, choices: ['euler', 'dpmpp_2m'] };
const MB = 2 ** 20;

/** Repeats the text up to `size` characters. */
const repeated = (text: string, size: number) => text.repeat(Math.ceil(size / text.length));
/** Creates items of 32 characters each, up to `size` characters. */
const many = <T,>(size: number, one: (index: number) => T): T[] =>
	Array.from({ length: Math.floor(size / 32) }, (_, index) => one(index));
const fields = <T,>(size: number, one: (index: number) => [string, T]) =>
	Object.fromEntries(many(size, one));

const samplers = (size: number): WorkflowApiJson =>
	fields(size / 2, (index) => [
		`${index}`,
		{ class_type: 'KSampler', inputs: { seed: index, model: [`${index + 1}`, 0] } },
	]);
const wide = (size: number): WorkflowApiJson => ({
	1: { class_type: 'KSampler', inputs: fields(size, (index) => [`input_${index}`, index]) },
});

const TEXTS: Array<
	[name: string, text: (size: number) => string, call: (text: string) => unknown]
> = [
	['JSON of large integers', (size) => `[${repeated('18446744073709551615,', size)}1]`, parseJson],
	[
		'JSON of escaped marks',
		(size) => `[1234567890123456789,"${repeated('\\u0001 ', size)}"]`,
		parseJson,
	],
	['JSON of backslashes', (size) => `[1234567890123456789,"${repeated('\\\\', size)}"]`, parseJson],
	['JSON of quotes', (size) => `[1234567890123456789,"${repeated('\\"', size)}"]`, parseJson],
	['Python’s JSON', (size) => repeated('NaN,"a",', size), withoutNonFinite],
	['a user’s JSON of brackets', (size) => repeated('[', size), parseOwn],
	['a user’s JSON of quotes', (size) => `[${repeated('"a",', size)}x`, parseOwn],
	['a user’s JSON of lines', (size) => `[1${repeated('\n', size)}x`, parseOwn],
	[
		'an answer of titles',
		(size) => repeated('<html><title', size),
		(text) => errorFromAnswer(500, undefined, text, {}),
	],
	[
		'an answer of findings',
		(size) => size.toString(),
		(size) =>
			errorFromAnswer(
				422,
				{ detail: many(Number(size), (index) => ({ loc: ['body', index], msg: 'no' })) },
				'',
				{},
			),
	],
	['a file name', (size) => repeated('a. ', size), safeFilename],
	[
		'Base64',
		(size) => repeated('AAAA\n', size),
		(text) => toMediaInput(text, { ...MEDIA, mimeType: 'image/png' }),
	],
	[
		'an address that is called',
		(size) => `/?${repeated('a=b&', size)}`,
		(url) => [
			core.bringsSecret(url, 'x'),
			core.toCallback(url, { request_id: 'r', deployment_id: 'd' }),
		],
	],
	['a host name', (size) => repeated('1.', size), isPrivateHostname],
	[
		'the words of a failure',
		(size) => repeated('node 3 KSampler: ', size),
		(text) => errorOf(readFailures(text)),
	],
	[
		'a value that is none of the choices',
		(size) => repeated('eule', size),
		(text) => core.checkValue(core.fitValue(text, SPEC), SPEC),
	],
	[
		'entries of an object',
		(size) => `{${repeated('"a": {"b": [1]},', size)}"z": 1}`,
		(text) => readEntries(chunks(text), new Set(['z']), 2 * MB, () => undefined),
	],
];

const errorOf = (error: ReturnType<typeof readFailures>) =>
	core.expectSuccess({ request_id: 'r', deployment_id: 'd', status: 'failed', error, raw: {} });

async function* chunks(text: string) {
	const bytes = Buffer.from(text);
	for (let at = 0; at < bytes.length; at += 1_000) yield bytes.subarray(at, at + 1_000);
}

const DATA: Array<[name: string, data: (size: number) => unknown, call: (data: never) => unknown]> =
	[
		[
			'a workflow',
			samplers,
			(it) => [core.parseWorkflow(it), checkWorkflow(new KnownGraph(it, KNOWN))],
		],
		['the form of a workflow', samplers, (it) => core.describeInputs(it, KNOWN)],
		['the form of a node', wide, (it) => core.describeInputs(it, KNOWN)],
		['a node', wide, (it) => checkWorkflow(new KnownGraph(it, KNOWN))],
		[
			'overrides',
			wideOverrides,
			(it) => checkOverrides(new KnownGraph(GRAPH, KNOWN, core.parseOverrides(it))),
		],
		[
			'overrides of many nodes',
			overridesOf,
			(it) => [
				mergeOverrides(it, it),
				applyOverrides(GRAPH, it),
				drawSeeds(it, (place) => new KnownGraph(GRAPH, KNOWN, it).taken(place)),
			],
		],
		[
			'rows',
			(size) => many(size, (index) => ({ nodeId: '6', input: `i${index}`, value: index })),
			groupRows,
		],
		[
			'a class of inputs',
			(size) => classOf(fields(size, (index) => [`i${index}`, ['INT', {}]])),
			(it) => readNodeClass(it, 'A'),
		],
		[
			'a class of choices',
			(size) => classOf({ a: [many(size, (index) => `choice ${index}`)] }),
			(it) => readNodeClass(it, 'A'),
		],
		[
			'outputs',
			(size) => ({
				9: { images: many(size, (index) => ({ url: `https://a.example/${index}.png` })) },
			}),
			readOutputs,
		],
		[
			'failures',
			(size) => many(size, (index) => ({ message: `m ${index}`, node_id: index })),
			(it) => errorOf(readFailures(it)),
		],
		[
			'large integers',
			(size) => many(size, (index) => 2n ** 64n + BigInt(index)),
			(it) => [core.stringifyJson(it), findInexactInteger(it)],
		],
		['file names', (size) => many(size, () => 'a.png'), unique],
	];

async function unique(names: string[]) {
	const taken = new Set<string>();
	for (const name of names) taken.add(await core.freeFilename(name, async (one) => taken.has(one)));
}

function wideOverrides(size: number) {
	return { 6: { inputs: fields(size, (index) => [`input_${index}`, index]) } };
}

function overridesOf(size: number) {
	return fields(size, (index) => [`${index}`, { inputs: { seed: 'random' } }]);
}

const classOf = (required: object) => ({ A: { input: { required }, output: [] } });

async function expectLinear<T>(make: (size: number) => T, call: (given: T) => unknown) {
	const count = (size: number) => {
		const given = make(size);
		return steps.count(() => expectOwnErrorsOnly(() => call(given)));
	};
	await count(2 ** 10);
	const [half, whole] = [await count(2 ** 14), await count(2 ** 15)];
	expect(whole).toBeGreaterThan(0);
	expect(whole).toBeLessThan(2.5 * half + 500);
	expect(await count(MB)).toBeLessThan(2.5 * (MB / 2 ** 15) * whole + 500);
}

describe('work in proportion to the size', () => {
	it.each(TEXTS)('text: %s', (_name, text, call) => expectLinear(text, call));
	it.each(DATA)('data: %s', (_name, data, call) =>
		expectLinear(data, call as (given: unknown) => unknown),
	);
});
