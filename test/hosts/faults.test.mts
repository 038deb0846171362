// Faults that involve a host's HTTP library, over real sockets: the code that users see in each host, the number of
// calls, and the secrecy of the token. test/faults tests the core with every fault of every call.
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Host } from '../../core/index.ts';
import { freePort } from '../../scripts/free-port.mjs';
import type { Fault } from '../../simulator/index.ts';
import { byId, everythingOf, TOKEN, useRig } from '../n8n/support/rig.mts';
import { type FlowOptions, submitted, useFlows } from '../node-red/support/rig.mts';
import {
	emptyBody,
	errorPage,
	forbidden,
	rateLimited,
	redirect,
	tokenEcho,
} from '../support/answers.mts';

const rig = useRig();
const start = useFlows();

// No pause between attempts, because n8n's would use the real clock.
beforeEach(() => void jest.spyOn(Math, 'random').mockReturnValue(0));

/** The code, and the number of calls. Without an answer, nobody knows whether the last call was sent in time. */
type Ended = [code: string, calls: number | undefined];

const FAULTS: Array<[fault: Fault, result: Ended, submit: Ended]> = [
	[{ name: 'reset' }, ['service_unavailable', 6], ['submit_unconfirmed', 1]],
	[{ name: 'stall' }, ['service_unavailable', undefined], ['submit_unconfirmed', undefined]],
	[{ name: 'truncated_body' }, ['service_unavailable', 6], ['submit_unconfirmed', 1]],
	[emptyBody(), ['bad_response', 6], ['submit_unconfirmed', 1]],
	[errorPage({ status: 502 }), ['service_unavailable', 6], ['submit_unconfirmed', 1]],
	[rateLimited({ retryAfter: 0 }), ['rate_limited', 6], ['rate_limited', 4]],
	[
		errorPage({ status: 503, retryAfter: 9_999 }),
		['service_unavailable', 1],
		['service_unavailable', 1],
	],
	[redirect('http://localhost:9/'), ['bad_response', 1], ['bad_response', 1]],
	[
		tokenEcho(`${TOKEN}, runcomfy-simulator-token`, { status: 401 }),
		['service_unavailable', 6],
		['submit_unconfirmed', 1],
	],
	[{ name: 'utf8_bom' }, ['ok', 1], ['ok', 1]],
];

/** Time limit for a call without an answer, in milliseconds. */
const LIMIT_MS = 100;

const { timeout } = AbortSignal;

const limited = (host: Host): Host => ({
	...host,
	request: (request) => host.request({ ...request, timeoutMs: LIMIT_MS }),
});

async function byN8n(call: 'submit' | 'result', fault?: Fault) {
	const deploymentId = rig.simulator.deploymentIds.textToImage;
	const { requestId } = await submitted(rig);
	const before = rig.countOf(call);
	if (fault) rig.simulator.inject({ ...fault, on: call, times: Infinity });
	const silent = fault?.name === 'stall';
	if (silent) {
		jest
			.spyOn(AbortSignal, 'timeout')
			.mockImplementation((ms) => timeout.call(AbortSignal, Math.min(ms, LIMIT_MS)));
	}
	const outcome = await rig.runNode({
		operation: call === 'submit' ? 'submit' : 'getResult',
		deploymentId: byId(deploymentId),
		...(call === 'submit' ? { overrides: '{}' } : { requestId }),
		options: { checkInputs: false, downloadFiles: false },
	});
	const data = outcome.error?.context?.data;
	return {
		ended: [data?.['error_code'] ?? 'ok', silent ? undefined : rig.countOf(call) - before],
		named: data?.['request_id'] === requestId,
		details: data?.['error_details'],
		all: everythingOf(outcome),
	};
}

async function byNodeRed(call: 'submit' | 'result', fault?: Fault, options: FlowOptions = {}) {
	const silent = fault?.name === 'stall';
	const flow = await start(
		`runcomfy-${call}`,
		{ output: 'files' },
		silent ? { hostOf: limited } : options,
	);
	const { requestId, deploymentId } = await submitted(flow);
	const before = flow.simulator.count(call);
	if (fault) flow.simulator.inject({ ...fault, on: call, times: Infinity });
	flow.receive({ deploymentId, ...(call === 'result' ? { requestId } : {}) });
	await flow.ended();
	const [caught] = flow.caught;
	return {
		ended: [caught?.error.code ?? 'ok', silent ? undefined : flow.simulator.count(call) - before],
		named: caught?.error.cause['requestId'] === requestId,
		details: caught?.error.cause['details'],
		all: JSON.stringify([caught, flow.warned]),
		token: flow.simulator.token,
	};
}

describe.each(FAULTS)('%j', (fault, result, submit) => {
	it('on a result ends alike in both hosts, which name the request', async () => {
		const n8n = await byN8n('result', fault);
		const nodeRed = await byNodeRed('result', fault);
		const failed = result[0] !== 'ok';
		expect([n8n.ended, n8n.named]).toEqual([result, failed]);
		expect([nodeRed.ended, nodeRed.named]).toEqual([result, failed]);
		expect(n8n.all).not.toContain(rig.simulator.token);
		expect(nodeRed.all).not.toContain(nodeRed.token);
	});

	it('on a submit ends alike in both hosts, and none is sent that may be the second', async () => {
		const n8n = await byN8n('submit', fault);
		const nodeRed = await byNodeRed('submit', fault);
		expect(n8n.ended).toEqual(submit);
		expect(nodeRed.ended).toEqual(submit);
		expect(n8n.all).not.toContain(rig.simulator.token);
		expect(nodeRed.all).not.toContain(nodeRed.token);
	});
});

it('a refusal that repeats the token in any words shows it in no host', async () => {
	const apiToken = 'b2f1c0de-1111-4222-8333';
	const fault = forbidden({ message: `cannot verify ${apiToken}` });
	rig.credential['apiToken'] = apiToken;
	const n8n = await byN8n('result', fault);
	const nodeRed = await byNodeRed('result', fault, { credentials: { apiToken } });
	for (const { ended, all } of [n8n, nodeRed]) {
		expect(ended).toEqual(['forbidden', 1]);
		expect(all).toContain('cannot verify [token]');
		expect(all).not.toContain(apiToken);
	}
});

it('a placeholder as the Comfy.org key changes no word of an answer, in no host', async () => {
	const comfyOrgApiKey = 'none';
	const fault = forbidden({ message: 'there is none' });
	rig.credential['comfyOrgApiKey'] = comfyOrgApiKey;
	const n8n = await byN8n('result', fault);
	const nodeRed = await byNodeRed('result', fault, { credentials: { comfyOrgApiKey } });
	for (const { all } of [n8n, nodeRed]) expect(all).toContain('there is none');
});

describe.each(['submit', 'result'] as const)('a %s with nothing at the other end', (call) => {
	it.each([
		// RFC 6761 reserves this name, so it never resolves.
		['no such host', () => 'https://runcomfy.invalid', /^(ENOTFOUND|EAI_AGAIN)$/],
		['no server', async () => `http://127.0.0.1:${await freePort()}`, /^ECONNREFUSED$/],
	])('%s: both hosts say so', async (_what, address, code) => {
		const baseUrl = await address();
		rig.credential['baseUrl'] = baseUrl;
		const said = {
			ended: ['service_unavailable', 0],
			details: { network_code: expect.stringMatching(code) },
		};
		expect(await byN8n(call)).toMatchObject(said);
		expect(await byNodeRed(call, undefined, { config: { baseUrl } })).toMatchObject(said);
	});
});
