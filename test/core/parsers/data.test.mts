// Every parser and builder of the core, with what nobody means to give it: it throws nothing but its own errors.
import { describe, expect, it } from '@jest/globals';
import {
	cancel,
	checkDeploymentChanges,
	checkId,
	checkInstanceCall,
	checkNewDeployment,
	checkOverrides,
	checkValue,
	checkWorkflow,
	chooseOutputs,
	createDeployment,
	createRunTimes,
	currentValueHint,
	describeInputs,
	type Draft,
	drawSeeds,
	expectSuccess,
	findInexactInteger,
	fitValue,
	getBalance,
	getDeployment,
	getResult,
	getStatus,
	type InstanceCall,
	listDeployments,
	mergeOverrides,
	parseExtraData,
	parseOverrides,
	parseWorkflow,
	partnerPrice,
	prepare,
	readOutputs,
	readWorkflowFile,
	recallRunTimes,
	redactDeep,
	type RequestRef,
	resultState,
	someWorkflow,
	specOf,
	stringifyJson,
	submit,
	toCallback,
	toDeploymentId,
	toRunComfyError,
	type WorkflowApiJson,
} from '../../../core/index';
import {
	applyOverrides,
	classTypesOfEditor,
	convertEditor,
	errorFromAnswer,
	mapTexts,
	nameNodes,
	readClass,
	readFailures,
	readNetworkFailure,
} from '../../../core/parsers';
import { hostileData, spoiled } from '../../support/hostileData.mts';
import fc from '../../support/properties.mts';
import { INFO } from '../support/editorClasses.mts';
import { readInfo } from '../support/v3Classes.mts';
import { clientOf } from '../support/virtualHost.mts';
import { GRAPH, OBJECT_INFO } from '../support/workflowGraphs.mts';
import { expectOwnErrorsOnly, ONCE } from './ownErrors.mts';
import { VALID } from './valid.mts';
import { ANSWER, API, CLASSES, DEPLOYMENT, EDITOR, FAILURE, NODES, OUTPUTS } from './words.mts';

const NAME = { name: 'Field' };
const REF: RequestRef = { deploymentId: 'd', requestId: 'r' };
const KNOWN = readInfo(OBJECT_INFO);
const CLIENT = clientOf({}).client;

const SPEC = { kind: 'choice' as const, choices: ['a', 1, true] };

/** Answers of RunComfy, read by a call of its API. */
const answered = (body: unknown) =>
	clientOf({ status: 200, body: stringifyJson(body) ?? '' }).client;

const refusing = (body: unknown) =>
	clientOf({ status: 422, body: stringifyJson(body) ?? '' }).client;

const NEW = {
	...{ name: 'n', workflow_id: 'w', workflow_version: 'v1', hardware: 'AMPERE_48' },
	...{ min_instances: 0, max_instances: 1, queue_size: 1, keep_warm_duration_in_seconds: 60 },
};
const KNOWN_GRAPH = { workflow: GRAPH, info: KNOWN, warnings: [] };
const DRAFT: Draft = {
	deploymentId: 'd',
	fields: [
		{ nodeId: '6', input: 'text', value: 'a', label: 'Text', source: 'x', spec: { kind: 'other' } },
	],
	overrides: { 3: { inputs: { seed: 'random' } } },
};
const draftOf = (overrides: unknown): Draft => ({
	deploymentId: 'd',
	overrides: parseOverrides(overrides),
});

/** Whatever a call takes: that is what is tried. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Any = any;

const DATA: Array<[name: string, words: string[], call: (given: Any) => unknown]> = [
	[
		'parseOverrides',
		[...NODES, 'overrides', 'prompt', 'nodes', 'links'],
		(it) => parseOverrides(it),
	],
	['parseWorkflow', [...NODES, 'workflow', 'prompt', 'nodes'], (it) => parseWorkflow(it)],
	['someWorkflow', [...NODES, 'nodes', 'links'], (it) => someWorkflow(it, NAME)],
	['mergeOverrides', NODES, (it) => mergeOverrides(parseOverrides(it), parseOverrides(it))],
	['applyOverrides', NODES, (it) => applyOverrides(GRAPH, parseOverrides(it))],
	['drawSeeds', NODES, (it) => drawSeeds(parseOverrides(it), GRAPH, KNOWN)],
	['checkOverrides', NODES, (it) => checkOverrides(parseOverrides(it), GRAPH, KNOWN)],
	['checkWorkflow', NODES, (it) => checkWorkflow(asWorkflow(it), KNOWN)],
	['describeInputs', NODES, (it) => describeInputs(asWorkflow(it), KNOWN)],
	['partnerPrice', NODES, (it) => partnerPrice(asWorkflow(it), KNOWN, {})],
	['parseExtraData', ['api_key_comfy_org'], (it) => parseExtraData(it, NAME)],
	['readClass', CLASSES, (it) => readClass({ A: it }, 'A')],
	['specOf by object_info', CLASSES, (it) => readAndUse(it)],
	['convertEditor', EDITOR, (it) => convertEditor(asObject(it), INFO)],
	['classTypesOfEditor', EDITOR, (it) => classTypesOfEditor(asObject(it))],
	['readWorkflowFile', [...EDITOR, ...NODES], (it) => readWorkflowFile(bytesOf(it), { name: 'a' })],
	['readFailures', FAILURE, (it) => readFailures(it)],
	['errorFromAnswer', ANSWER, (it) => errorFromAnswer(500, it, '', {})],
	['errorFromAnswer, HTTP 200', ANSWER, (it) => errorFromAnswer(200, it, '', {})],
	['getStatus', ANSWER, (it) => getStatus(answered(it), REF, ONCE)],
	[
		'getResult',
		[...ANSWER, ...FAILURE],
		async (it) => expectSuccess(await getResult(answered(it), REF, ONCE)),
	],
	['cancel', ANSWER, (it) => cancel(answered(it), REF, ONCE)],
	['submit', ANSWER, (it) => submit(answered(it), { deploymentId: 'd' }, ONCE)],
	[
		'submit of anything',
		NODES,
		(it) => submit(clientOf({}).client, { deploymentId: 'd', overrides: it ?? {} }, ONCE),
	],
	['getBalance', ['balance', 'credits', 'amount'], (it) => getBalance(answered(it), ONCE)],
	[
		'listDeployments',
		[...DEPLOYMENT, 'deployments', 'id'],
		(it) => listDeployments(answered(it), {}, ONCE),
	],
	[
		'getDeployment',
		[...DEPLOYMENT, 'payload', 'id'],
		(it) => getDeployment(answered(it), 'd', {}, ONCE),
	],
	[
		'createDeployment, refused',
		ANSWER,
		(it) => createDeployment(refusing(it), checkNewDeployment(NEW), ONCE),
	],
	[
		'prepare',
		NODES,
		async (it) =>
			(
				await prepare(CLIENT, draftOf(it), { read: () => Promise.resolve(KNOWN_GRAPH) })
			).withFiles(),
	],
	[
		'prepare, by another graph',
		NODES,
		(it) =>
			prepare(CLIENT, DRAFT, {
				read: () => Promise.resolve({ ...KNOWN_GRAPH, workflow: asWorkflow(it) }),
			}),
	],
	['checkNewDeployment', DEPLOYMENT, (it) => checkNewDeployment(asObject(it))],
	['checkDeploymentChanges', DEPLOYMENT, (it) => checkDeploymentChanges(asObject(it))],
	[
		'checkInstanceCall',
		['method', 'path', 'body', 'GET', 'POST'],
		(it) => checkInstanceCall(asObject(it) as unknown as InstanceCall),
	],
	['readOutputs', OUTPUTS, (it) => chooseOutputs(readOutputs(it))],
	['toCallback', API, (it) => toCallback('/?secret=a&b=c', it)],
	['checkId', ['d'], (it) => checkId(it, 'deployment id')],
	['toDeploymentId', ['https://x/deployments/d'], (it) => toDeploymentId(it)],
	['resultState', ['completed', 'cancelled'], (it) => resultState(it)],
	['recallRunTimes', ['d'], (it) => recallRunTimes(createRunTimes(), it)],
	[
		'readNetworkFailure',
		['code', 'cause', 'message', 'errors', 'ECONNREFUSED'],
		(it) => readNetworkFailure(it),
	],
	['toRunComfyError', ['code', 'message', 'cause'], (it) => toRunComfyError(it, 'bad_response')],
	['fitValue and checkValue', ['a', '__value__'], (it) => checkValue(fitValue(it, SPEC), SPEC)],
	[
		'nameNodes',
		[...NODES, ...FAILURE],
		(it) => nameNodes({ error: readFailures(it) }, asObject(it) as never),
	],
	['redactDeep', ['token', 'Bearer'], (it) => redactDeep(it, ['secret-1'])],
	['mapTexts', ['a'], (it) => mapTexts(it, (text) => text)],
	['currentValueHint', ['a'], (it) => currentValueHint(it)],
	['stringifyJson', ['a'], (it) => [stringifyJson(it), findInexactInteger(it)]],
];

const asObject = (given: unknown): Record<string, unknown> =>
	typeof given === 'object' && given !== null && !Array.isArray(given)
		? (given as Record<string, unknown>)
		: {};

/** A graph, as far as it is one: with the nodes that have a class. */
const asWorkflow = (given: unknown): WorkflowApiJson => {
	try {
		return parseWorkflow(given);
	} catch {
		return { 6: { class_type: 'KSampler', inputs: asObject(given) } };
	}
};

const bytesOf = (given: unknown) => Buffer.from(stringifyJson(given) ?? '');

function readAndUse(given: unknown) {
	const info = readInfo({ A: asObject(given) });
	const workflow = { 1: { class_type: 'A', inputs: { model: 'x', a: 1 } } };
	const { inputs = [] } = info['A'] ?? {};
	for (const { name } of inputs) specOf(workflow[1], name, info, {});
	return [describeInputs(workflow, info), checkWorkflow(workflow, info)];
}

/** Data that chance found, and for which something else was thrown once. */
const FOUND: Array<[name: string, given: unknown]> = [
	['errorFromAnswer', { detail: [{ loc: ['body', { toString: false }], msg: 'x' }] }],
	['errorFromAnswer', { detail: [{ loc: ['body'], msg: [{ toString: null }] }] }],
	['createDeployment, refused', { detail: [{ loc: ['body', 'name'], msg: {} }] }],
	['describeInputs', { 6: { class_type: 'CLIPTextEncode', inputs: null } }],
	['prepare, by another graph', { 6: { class_type: 'CLIPTextEncode', inputs: null } }],
	['specOf by object_info', { input_order: { required: [{ toString: false }] } }],
	['convertEditor', { nodes: [{ id: 4, type: 'Encode', mode: { toString: 'a' } }] }],
	['classTypesOfEditor', { links: [[1, 1, { toString: 0 }, 2, 0]] }],
	['readNetworkFailure', { toString: false }],
	['toRunComfyError', { toString: false }],
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
