// Garbage in what users give, and in what is read outside of a call: only the core's own errors come out. (A call makes
// everything that its reader throws an error of its own: see test/faults.)
import { describe, expect, it } from '@jest/globals';
import { checkOverrides } from '../../../core/comfyui/checkOverrides';
import { KnownGraph } from '../../../core/comfyui/knownGraph';
import { errorFromAnswer } from '../../../core/errors/fromAnswer';
import { readNetworkFailure } from '../../../core/errors/network';
import { chooseOutputs, readOutputs } from '../../../core/files/outputs';
import * as core from '../../../core/index';
import { toMediaInput } from '../../../core/media/mediaInput';
import { nameNodes, readFailures } from '../../../core/request/failures';
import { checkWebhook } from '../../../core/request/webhookUrl';
import fc, { hostileData, hostileText, spoiled } from '../../support/random.mts';
import { combo } from '../../support/v3Classes.mts';
import { KNOWN, submission } from '../submission/rig.mts';
import { clientOf } from '../support/virtualHost.mts';
import { GRAPH, readInfo } from '../support/workflows.mts';
import { expectOwnErrorsOnly, MEDIA } from './ownErrors.mts';

/** Any arguments, because that is what is being tested. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Any = any;
type Case = [name: string, valid: unknown, words: string, call: (given: Any) => unknown];

const OVERRIDES = { 6: { inputs: { text: 'a cat' } }, 3: { inputs: { seed: 1, steps: '20' } } };
const NODES = '6 inputs class_type _meta title KSampler seed random text prompt nodes';
const FAILURE = {
	error: 'OutOfMemory',
	details: '{"node_id": "3"}',
	errors: [{ message: 'm', exception_type: 't' }],
	node_errors: { 3: { class_type: 'A', errors: [{ message: 'x' }] } },
};
const CLASS = {
	input: {
		required: {
			model: combo({ x: { required: { a: ['INT'] } } }),
			rows: ['COMFY_DYNAMICGROUP_V3', { template: { required: { a: ['INT'] } }, min: 1, max: 2 }],
			format: [['gif', 'mp4'], { formats: { mp4: [['crf', 'INT', { default: 19 }]] } }],
			picture: ['COMBO', { options: ['a.png'], image_upload: true, tooltip: 'x' }],
			a: ['INT', { min: 0, max: 5, step: 1, default: 1, control_after_generate: true }],
		},
	},
	input_order: { required: ['model', 'a'] },
	output: ['IMAGE', ['x']],
};
const ANSWER = { error_code: 422001, message: 'no', detail: [{ loc: ['body', '6'], msg: 'x' }] };
const FILES = { 9: { images: [{ url: 'https://a.example/b.png', filename: 'b.png' }, 'x'] } };

function useClass(given: unknown) {
	const info = readInfo({ A: (typeof given === 'object' ? given : {}) as object });
	const graph = new KnownGraph({ 1: { class_type: 'A', inputs: { model: 'x', a: 1 } } }, info);
	return checkOverrides(graph);
}

const DATA: Case[] = [
	['overrides', OVERRIDES, NODES, (it) => submission({ overrides: core.parseOverrides(it) })],
	['a workflow', GRAPH, NODES, (it) => core.describeInputs(core.parseWorkflow(it), KNOWN.info)],
	['a workflow to send', GRAPH, NODES, (it) => submission({ workflow: core.parseWorkflow(it) })],
	['a class', CLASS, 'input required optional options key template min names', useClass],
	['settings', { name: 'n' }, 'hardware is_enabled', (it) => core.checkDeploymentChanges(it ?? {})],
	['outputs', FILES, 'text gifs temp type', (it) => chooseOutputs(readOutputs(it))],
	[
		'reasons',
		[FAILURE, 'node 3: no'],
		'debug_info node_id node_type title',
		(it) => nameNodes({ error: readFailures(it) }, GRAPH),
	],
	['an answer', ANSWER, 'error detail loc msg', (it) => errorFromAnswer(500, it, '', {})],
	[
		'a callback',
		{ request_id: 'r', deployment_id: 'd' },
		'status',
		(it) => core.toCallback('/?a=b', it),
	],
	['what the network throws', { code: 'X', cause: {} }, 'message errors', readNetworkFailure],
	['anything', {}, 'code message', (it) => core.toRunComfyError(it, 'bad_response')],
];

const PIECES: Array<[name: string, pieces: string[], call: (text: string) => unknown]> = [
	['overrides', ['{', '}', '"6"', ':', '"inputs"', ',', ' '], core.parseOverrides],
	['a workflow', ['{', '}', '"6"', ':', '"class_type"', ',', '['], core.parseWorkflow],
	[
		'a webhook',
		['https://', 'http:', 'a.example', '/', '?', ':99999', '@'],
		(text) => checkWebhook(clientOf({}).client, text),
	],
	[
		'a deployment',
		['https://', 'a', '/deployments/', '%2e', '?', '#'],
		(it) => core.checkId(it, 'deployment id'),
	],
	['media', ['data:', 'image/png', ';base64', ',', 'AAAA', '='], (it) => toMediaInput(it, MEDIA)],
	['an address', ['?', 'secret', '=', '&', '%', '+'], (text) => core.bringsSecret(text, 'x')],
];

const never = <T,>(given: fc.Arbitrary<T>, call: (one: T) => unknown) =>
	fc.assert(
		fc.asyncProperty(given, (one) => expectOwnErrorsOnly(() => call(one))),
		{ numRuns: 300 },
	);

describe('data that nobody means to give', () => {
	it.each(DATA)('%s: right data is taken', async (_name, valid, _words, call) => {
		await expect((async () => call(valid))()).resolves.toBeDefined();
	});

	it.each(DATA)('%s throws nothing but its own errors', async (_name, valid, words, call) => {
		await never(spoiled(valid, words.split(' ')), call);
		await never(hostileData(words.split(' ')), call);
	});

	it.each(PIECES)('%s in pieces throws nothing but its own errors', async (_name, pieces, call) => {
		await never(hostileText(pieces), call);
	});
});
