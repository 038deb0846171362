// Passes garbage to every parser and builder of the core, which may throw only the core's own errors.
import { describe, expect, it } from '@jest/globals';
import { checkOverrides } from '../../../core/comfyui/checkOverrides';
import { checkWorkflow } from '../../../core/comfyui/checkWorkflow';
import { KnownGraph } from '../../../core/comfyui/knownGraph';
import { readNodeClass } from '../../../core/comfyui/objectInfo';
import { errorFromAnswer } from '../../../core/errors/fromAnswer';
import { readNetworkFailure } from '../../../core/errors/network';
import { chooseOutputs, readOutputs } from '../../../core/files/outputs';
import { retryAfterOf } from '../../../core/http/retry';
import * as core from '../../../core/index';
import { type RequestRef, type WorkflowApiJson } from '../../../core/index';
import { toMediaInput } from '../../../core/media/mediaInput';
import { nameNodes, readFailures } from '../../../core/request/failures';
import { submit } from '../../../core/request/submit';
import { checkWebhook } from '../../../core/request/webhookUrl';
import fc, { hostileData, hostileText, spoiled } from '../../support/random.mts';
import { field, KNOWN as KNOWN_GRAPH, submission } from '../submission/rig.mts';
import { clientOf } from '../support/virtualHost.mts';
import { GRAPH, readInfo } from '../support/workflows.mts';
import {
	ANSWER,
	API,
	CLASSES,
	DEPLOYMENT,
	expectOwnErrorsOnly,
	FAILURE,
	MEDIA,
	NODES,
	ONCE,
	OUTPUTS,
	VALID,
} from './ownErrors.mts';

const NAME = { name: 'Field' };
const REF: RequestRef = { deploymentId: 'd', requestId: 'r' };
const CLIENT = clientOf({}).client;

/** Answers of RunComfy, read by a call of its API. */
const answered = (body: unknown) =>
	clientOf({ status: 200, body: core.stringifyJson(body) ?? '' }).client;

const refusing = (body: unknown) =>
	clientOf({ status: 422, body: core.stringifyJson(body) ?? '' }).client;

const { info: KNOWN } = KNOWN_GRAPH;
const DRAFT = {
	fields: [field('6.text', 'a')],
	overrides: { 3: { inputs: { seed: 'random' } } },
};

/** Any arguments, because that is what is being tested. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Any = any;

const DATA: Array<[name: string, words: string[], call: (given: Any) => unknown]> = [
	['parseOverrides', [...NODES, 'overrides', 'prompt', 'nodes', 'links'], core.parseOverrides],
	['parseWorkflow', [...NODES, 'workflow', 'prompt', 'nodes'], core.parseWorkflow],
	[
		'checkOverrides',
		NODES,
		(it) => checkOverrides(new KnownGraph(GRAPH, KNOWN, core.parseOverrides(it))),
	],
	['checkWorkflow', NODES, (it) => checkWorkflow(new KnownGraph(asWorkflow(it), KNOWN))],
	['describeInputs', NODES, (it) => core.describeInputs(asWorkflow(it), KNOWN)],
	['readNodeClass', CLASSES, (it) => readNodeClass(it, 'A')],
	['specIn by object_info', CLASSES, (it) => readAndUse(it)],
	['readFailures', FAILURE, readFailures],
	['errorFromAnswer', ANSWER, (it) => errorFromAnswer(500, it, '', {})],
	['getStatus', ANSWER, (it) => core.getStatus(answered(it), REF, ONCE)],
	[
		'getResult',
		[...ANSWER, ...FAILURE],
		async (it) => core.expectSuccess(await core.getResult(answered(it), REF, ONCE)),
	],
	['cancel', ANSWER, (it) => core.cancel(answered(it), REF, ONCE)],
	['submit', ANSWER, (it) => submit(answered(it), { deploymentId: 'd' })],
	[
		'submit of anything',
		NODES,
		(it) => submit(clientOf({}).client, { deploymentId: 'd', overrides: it ?? {} }),
	],
	[
		'listDeployments',
		[...DEPLOYMENT, 'deployments', 'id'],
		(it) => core.listDeployments(answered(it), {}, ONCE),
	],
	[
		'updateDeployment, refused',
		ANSWER,
		(it) => core.updateDeployment(refusing(it), 'd', { name: 'n' }, ONCE),
	],
	['prepare', NODES, (it) => submission({ overrides: core.parseOverrides(it) })],
	[
		'prepare, by another graph',
		NODES,
		(it) => submission(DRAFT, { ...KNOWN_GRAPH, workflow: asWorkflow(it) }),
	],
	['checkDeploymentChanges', DEPLOYMENT, (it) => core.checkDeploymentChanges(asObject(it))],
	['readOutputs', OUTPUTS, (it) => chooseOutputs(readOutputs(it))],
	['toCallback', API, (it) => core.toCallback('/?secret=a&b=c', it)],
	[
		'readNetworkFailure',
		['code', 'cause', 'message', 'errors', 'ECONNREFUSED'],
		readNetworkFailure,
	],
	[
		'toRunComfyError',
		['code', 'message', 'cause'],
		(it) => core.toRunComfyError(it, 'bad_response'),
	],
	[
		'nameNodes',
		[...NODES, ...FAILURE],
		(it) => nameNodes({ error: readFailures(it) }, asObject(it) as never),
	],
];

const asObject = (given: unknown): Record<string, unknown> =>
	typeof given === 'object' && given !== null && !Array.isArray(given)
		? (given as Record<string, unknown>)
		: {};

/** Keeps only the nodes of a graph that have a class. */
const asWorkflow = (given: unknown): WorkflowApiJson => {
	try {
		return core.parseWorkflow(given);
	} catch {
		return { 6: { class_type: 'KSampler', inputs: asObject(given) } };
	}
};

function readAndUse(given: unknown) {
	const info = readInfo({ A: asObject(given) });
	const workflow = { 1: { class_type: 'A', inputs: { model: 'x', a: 1 } } };
	const { inputs = [] } = info['A'] ?? {};
	const graph = new KnownGraph(workflow, info);
	for (const { name } of inputs) graph.taken({ nodeId: '1', input: name });
	return [core.describeInputs(workflow, info), checkWorkflow(graph)];
}

/** Random data that once caused a foreign error in a parser. */
const FOUND: Array<[name: string, given: unknown]> = [
	['errorFromAnswer', { detail: [{ loc: ['body', { toString: false }], msg: 'x' }] }],
	['errorFromAnswer', { detail: [{ loc: ['body'], msg: [{ toString: null }] }] }],
	['updateDeployment, refused', { detail: [{ loc: ['body', 'name'], msg: {} }] }],
	['describeInputs', { 6: { class_type: 'CLIPTextEncode', inputs: null } }],
	['prepare, by another graph', { 6: { class_type: 'CLIPTextEncode', inputs: null } }],
	['specIn by object_info', { input_order: { required: [{ toString: false }] } }],
	['readNetworkFailure', { toString: false }],
	['toRunComfyError', { toString: false }],
];

const PIECES: Array<[name: string, pieces: string[], call: (text: string) => unknown]> = [
	['parseOverrides', ['{', '}', '"6"', ':', '"inputs"', ',', ' '], core.parseOverrides],
	['parseWorkflow', ['{', '}', '"6"', ':', '"class_type"', ',', '['], core.parseWorkflow],
	[
		'parseUserJson',
		['{', '}', '"', ':', "'", ',', '\\', '\n', '[', ']'],
		(text) => core.parseUserJson(text, NAME),
	],
	[
		'checkWebhook',
		['https://', 'http:', 'a.example', '/', '?', ':99999', '@'],
		(text) => checkWebhook(CLIENT, text),
	],
	[
		'toDeploymentId',
		['https://', 'a', '/deployments/', '%2e', '?', '#'],
		(it) => core.checkId(it, 'deployment id'),
	],
	[
		'toMediaInput',
		['data:', 'image/png', ';base64', ',', 'AAAA', '=', '-_'],
		(text) => toMediaInput(text, MEDIA),
	],
	[
		'bringsSecret',
		['?', 'secret', '=', '&', '%', '+'],
		(text) => [
			core.bringsSecret(text, 'x'),
			core.toCallback(text, { request_id: 'r', deployment_id: 'd' }),
		],
	],
	[
		'retryAfterOf',
		['1', '.', ' GMT', 'Wed, 21 Oct 2015 07:28:00', '-'],
		(text) => retryAfterOf({ 'retry-after': text, date: text }, 0),
	],
	[
		'an answer',
		['{', '}', '"error_code"', ':', '1', '<html>', '<title>', '\ufeff'],
		(text) => core.getStatus(clientOf({ body: text }).client, REF, ONCE),
	],
];

describe('data that nobody means to give', () => {
	it.each(FOUND)('%s, as found once: %j', async (name, given) => {
		const [, , call] = DATA.find(([one]) => one === name) ?? [];
		expect(call).toBeDefined();
		await expectOwnErrorsOnly(() => call?.(given));
	});

	it.each(DATA)('%s throws nothing but its own errors', async (name, words, call) => {
		const data = name in VALID ? spoiled(VALID[name], words) : hostileData(words);
		await fc.assert(
			fc.asyncProperty(data, (given) => expectOwnErrorsOnly(() => call(given))),
			{ numRuns: 300 },
		);
	});

	it.each(Object.keys(VALID).filter((name) => !name.endsWith('refused')))(
		'%s takes what it is for',
		async (name) => {
			const [, , call] = DATA.find(([one]) => one === name) ?? [];
			await expect((async () => call?.(VALID[name]))()).resolves.toBeDefined();
		},
	);
});

it.each(PIECES)(
	'text that nobody means to give: %s throws nothing but its own errors',
	async (_name, pieces, call) => {
		await fc.assert(
			fc.asyncProperty(hostileText(pieces), (given) => expectOwnErrorsOnly(() => call(given))),
			{ numRuns: 300 },
		);
	},
);
