// A call under the address of a parked execution: without n8n's engine.
import { beforeAll, beforeEach, jest } from '@jest/globals';
import type { IWebhookFunctions } from 'n8n-workflow';
import type { Client } from '../../../core/index.ts';
import type { Entry, NodeRun } from '../../../nodes/RunComfy/session/entries.ts';
import type { answerCall as AnswerCall } from '../../../nodes/RunComfy/wait/resume.ts';
import { clientOf, json, type Reply, type VirtualHost } from '../../core/support/virtualHost.mts';
import { EPOCH } from '../../support/virtualClock.mts';

// Without n8n-workflow, which takes seconds to load, and of which one function is needed.
let client: Client | undefined;
let answerCall: typeof AnswerCall;
/** Milliseconds that a look has taken by the clock of the machine. */
let tookMs = 0;

/** To be called once by a file of tests. */
export function useCalls(): void {
	beforeAll(async () => {
		jest.doMock('n8n-workflow', () => ({
			NodeHelpers: { getContext: (data: { kept: unknown }) => data.kept },
		}));
		jest.doMock('../../../nodes/RunComfy/session/session.ts', () => ({
			openClient: async () => client ?? Promise.reject(new Error('no credential')),
		}));
		({ answerCall } = await import('../../../nodes/RunComfy/wait/resume.ts'));
	});
	beforeEach(() => {
		tookMs = 0;
		let reads = 0;
		jest
			.spyOn(performance, 'now')
			.mockImplementation(() => 1_000 + (reads++ % 2 === 0 ? 0 : tookMs));
	});
}

/** How long looks take from now on, by the clock of the machine. */
export const takeMs = (ms: number): void => {
	tookMs = ms;
};

/** States by request id: of the status, and of the result where that is another. */
export type States = Record<string, string | { status: string; result: string | Reply } | Reply>;

let executions = 0;

export interface Options {
	states?: States;
	query?: Record<string, string>;
	body?: object;
	stopAtFailure?: boolean;
	/** Milliseconds since the epoch, by request id. */
	deadlines?: Record<string, number>;
	parked?: boolean;
	credential?: boolean;
}

/** A call for an execution that is parked for the requests with these states. */
export function calling(options: Options = {}) {
	const { states = {}, query = {}, body = {}, stopAtFailure = false, deadlines = {} } = options;
	// What is known of the end of a request stays known: other ids for each execution.
	executions += 1;
	const own = (id: string) => `${id}-${executions}`;
	const script = ({ path, leaf }: { path: string; leaf: string }) => {
		if (path.startsWith('/webhook-waiting')) return json('runcomfy parked p');
		const id = path.split('/').at(-2)?.split('-')[0] ?? '';
		const state = states[id] ?? 'in_progress';
		if (typeof state === 'string') return json({ status: state });
		if ('result' in state) {
			const said = leaf === 'result' ? state.result : state.status;
			return typeof said === 'string' ? json({ status: said }) : said;
		}
		return state as Reply;
	};
	const found = clientOf(script);
	const entries = Object.fromEntries(
		Object.keys(states).map((id, index): [number, Entry] => [
			index,
			{
				accepted: {
					answer: { request_id: own(id), deployment_id: 'd', status: 'in_queue' },
					...{ at: EPOCH, notes: { warnings: [] } },
				},
				...{ status: 'in_queue', fingerprint: 'f' },
				...(deadlines[id] === undefined ? {} : { deadline: deadlines[id] }),
			},
		]),
	);
	const run: NodeRun = { tries: 1, failed: false, entries };
	if (options.parked !== false) {
		const address = 'http://n8n/webhook-waiting/7/runcomfy?signature=s';
		run.parked = { id: 'p', executionId: String(executions), at: EPOCH, stopAtFailure, address };
	}
	const stack: Array<{ node: { name: string } }> = [
		{ node: { name: 'Run' } },
		{
			node: {
				name: 'RunComfy: a waiting execution can only be retried with the original workflow',
			},
		},
		{ node: { name: 'Other' } },
	];
	const answered: unknown[] = [];
	const response = {
		setHeader: (name: string, value: string) => void answered.push([name, value]),
		status(code: number) {
			answered.push(code);
			return { json: (told: unknown) => void answered.push(told) };
		},
	};
	const context = (kind: Record<string, string> = query, said: object = body) =>
		({
			getNode: () => ({ name: 'Run' }),
			getQueryData: () => kind,
			getBodyData: () => said,
			getResponseObject: () => response,
			runExecutionData: {
				executionData: { nodeExecutionStack: stack },
				kept: { requests: { 0: run } },
			},
		}) as unknown as IWebhookFunctions;
	const call = async (kind?: Record<string, string>, said?: object) => {
		client = options.credential === false ? undefined : found.client;
		return answerCall(context(kind, said));
	};
	const looks = () => looksOf(found.host);
	return { call, run, stack, answered, looks, host: found.host, own };
}

/** The calls to RunComfy: which request, and what of it. */
const looksOf = ({ calls }: VirtualHost) =>
	calls
		.filter(({ path }) => !path.startsWith('/webhook-waiting'))
		.map(({ path, leaf }) => `${path.split('/').at(-2)?.split('-')[0]} ${leaf}`);
