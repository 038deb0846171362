// What the dialogs ask RunComfy × what a host's HTTP library has a hand in; and nodes with nothing at
// the other end.
import {
	afterAll,
	afterEach,
	beforeAll,
	beforeEach,
	describe,
	expect,
	it,
	jest,
} from '@jest/globals';
import type { NodeAPI } from 'node-red';
import helper from 'node-red-node-test-helper';
import { CODES } from '../../../core/index';
import { freePort } from '../../../scripts/free-port.mjs';
import { dist } from '../../node-red/support/dist.mts';
import { startFlow } from '../../node-red/support/rig.mts';
import type { Fault } from '../support/fault.mts';
import { ACTIONS, type FrontedFlow, startFronted, TOKEN } from '../support/nodeRed.mts';
import { rightOf } from '../support/right.mts';
import { wireFaultsFor } from '../support/wire.mts';

beforeAll(() => helper.startServer());
afterAll(() => helper.stopServer());
beforeEach(() => void jest.spyOn(Math, 'random').mockReturnValue(0));

const registerSet = dist<(RED: NodeAPI) => void>(
	'node-red/nodes/runcomfy-config/runcomfy-config.cjs',
);

interface Question {
	at: RegExp;
	path: string;
	query: (flow: FrontedFlow) => object | Promise<object>;
}

const QUESTIONS: Record<string, Question> = {
	'deployments list': {
		at: /^GET \/prod\/v2\/deployments(\?|$)/,
		path: '/runcomfy/deployments',
		query: () => ({}),
	},
	'deployments get': {
		at: /^GET \/prod\/v2\/deployments\/[^/]+/,
		path: '/runcomfy/inputs',
		query: async (flow) => ({ deployment: await flow.copy() }),
	},
	balance: { at: /\/balance$/, path: '/runcomfy/test', query: () => ({}) },
};

/** An answer that is right for one question alone. */
const RIGHT_HERE: Record<string, string> = { 'deployments list': 'an empty list' };

async function ask({ path, query }: Question, flow: FrontedFlow) {
	const account = { account: 'new', baseUrl: flow.front.url, apiToken: TOKEN };
	const { status, body, text } = await helper
		.request()
		.post(path)
		.send({ ...account, ...(await query(flow)) });
	return { status, text, code: status === 200 ? 'ok' : (body as { code: string }).code };
}

describe('Node-RED runtime', () => {
	describe.each(Object.entries(QUESTIONS))('%s', (name, question) => {
		let flow: FrontedFlow;
		beforeAll(async () => {
			flow = await startFronted(ACTIONS['status']!);
			await helper.unload();
			await helper.load([registerSet], [], {});
		});
		afterEach(() => flow.front.disarm());
		afterAll(() => flow.stop());

		// How long a person waits for a dialog is a test of the dialogs.
		const faults = wireFaultsFor(name, 'read').filter(({ kind }) => kind !== 'silent');
		it.each(faults.map((fault) => [fault.name, fault] as const))('%s', async (_, fault: Fault) => {
			flow.front.arm(question.at, fault);
			const { code, status, text } = await ask(question, flow);
			flow.front.disarm();
			const right = RIGHT_HERE[name] === fault.name ? 'ok' : rightOf('read', fault.kind).code;
			expect(code).toBe(right);
			if (right !== 'ok') expect(status).toBe(CODES[right as keyof typeof CODES].adminStatus);
			expect(text).not.toContain(TOKEN);
			expect((await ask(question, flow)).code).toBe('ok');
		});
	});

	const NOWHERE: Record<string, () => Promise<string>> = {
		// RFC 6761: a name that never is one.
		'DNS failure': () => Promise.resolve('https://runcomfy.invalid'),
		'connection refused': async () => `http://127.0.0.1:${await freePort()}`,
	};
	const nodes = ['submit', 'status', 'result', 'cancel'].map(
		(name) => [name, ACTIONS[name]!] as const,
	);
	describe.each(nodes)('%s', (_name, { type, fields = {}, message }) => {
		it.each(Object.entries(NOWHERE))('%s', async (_, address) => {
			const flow = await startFlow(type, fields, { config: { baseUrl: await address() } });
			const requestId = 'req-1';
			flow.receive({ deploymentId: 'dep-1', ...message?.({ requestId }) } as never);
			await flow.ended();
			expect(flow.caught).toMatchObject([
				{
					...(message ? { requestId } : {}),
					error: { code: 'service_unavailable', cause: { deploymentId: 'dep-1' } },
				},
			]);
			expect(flow.sent).toEqual([]);
			await flow.stop();
		});
	});
});
