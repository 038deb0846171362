// Where RunComfy is given the address of a parked execution, and what is learnt from whether it calls.
import { describe, expect, it } from '@jest/globals';
import type { IExecuteFunctions } from 'n8n-workflow';
import { createClient } from '../../../core/index.ts';
import { learnRunTime } from '../../../core/request/runTimes.ts';
import type { Ledger } from '../../../nodes/RunComfy/session/ledger.ts';
import { runTimes } from '../../../nodes/RunComfy/session/session.ts';
import { createCalls, toldHere } from '../../../nodes/RunComfy/wait/calls.ts';
import { createVirtualHost } from '../../core/support/virtualHost.mts';

const OWN = '7';
const END = '2026-01-01T00:00:00Z';

function callsAt(
	origin: string,
	{
		baseUrl = 'https://api.test',
		wanted = true,
		reachable = true,
		staysForBrief = true,
		...run
	}: Options = {},
) {
	const context = {
		getExecutionId: () => OWN,
		getWorkflowDataProxy: () => ({
			$execution: { resumeUrl: origin && `${origin}/webhook-waiting/7?signature=s` },
		}),
	} as unknown as IExecuteFunctions;
	const host = createVirtualHost(() => new Error('no call'));
	const now = () => Date.parse(END) + (run.lateMs ?? 0);
	const { items = 1 } = run;
	const entries = () => Array.from({ length: items }, (_, item) => [item, {}]);
	const ledger = { resumed: true, woken: undefined, entries, ...run };
	const calls = createCalls(context, {
		client: createClient({ host: { ...host, now }, baseUrl }),
		ledger: ledger as unknown as Ledger,
		wanted,
		staysForBrief,
		reachable: () => Promise.resolve(reachable),
	});
	return { calls, told: () => toldHere(context) };
}

interface Options {
	baseUrl?: string;
	wanted?: boolean;
	reachable?: boolean;
	resumed?: boolean;
	woken?: Ledger['woken'];
	lateMs?: number;
	staysForBrief?: boolean;
	items?: number;
}

describe('the address that RunComfy is given', () => {
	it.each<[string, Options, string | undefined]>([
		['https://n8n.example.com', {}, 'https://n8n.example.com'],
		['https://n8n.example.com', { wanted: false }, undefined],
		['http://n8n.example.com', {}, undefined],
		['https://localhost:5678', {}, undefined],
		['https://192.168.0.7', {}, undefined],
		['https://[::1]', {}, undefined],
		['', {}, undefined],
		// A WEBHOOK_URL without its https://.
		['none:', { baseUrl: 'http://127.0.0.1:9' }, undefined],
		['http://127.0.0.1:5678', { baseUrl: 'http://127.0.0.1:9' }, 'http://127.0.0.1:5678'],
	])('where n8n has %s, %j', (origin, options, given) => {
		const address = callsAt(origin, options).calls.addressFor('dep');
		expect(address).toBe(given && `${given}/webhook-waiting/7/runcomfy?signature=s&runcomfy=call`);
	});

	it('is not given for a run that is known to be brief, where that is waited for in memory', () => {
		for (const [id, ms] of [
			['brief', 4_999],
			['long', 5_000],
		] as const) {
			learnRunTime(runTimes, id, ms);
		}
		const given = (options: Options) => {
			const { calls } = callsAt('https://n8n.example.com', options);
			return ['brief', 'long', 'unknown'].map((id) => calls.addressFor(id) !== undefined);
		};
		expect(given({})).toEqual([false, true, true]);
		expect(given({ staysForBrief: false })).toEqual([true, true, true]);
	});
});

describe('whether calls come', () => {
	const seen = (origin: string, options: Options) => {
		const { calls, told } = callsAt(origin, options);
		calls.learn({ told: OWN, finishedAt: END });
		return told();
	};

	it('is told by the first one, by one that is lost, and by the next that comes', () => {
		const origin = 'https://a.example.com';
		expect(callsAt(origin).told()).toBe('untried');
		expect(seen(origin, { woken: 'runcomfy' })).toBe('proven');
		// It came while n8n was about to store the execution, or n8n has looked first.
		expect(seen(origin, { woken: 'other', lateMs: 5_000 })).toBe('proven');
		expect(seen(origin, { woken: 'other', lateMs: 60_000 })).toBeUndefined();
		expect(seen(origin, { resumed: false, lateMs: 60_000 })).toBeUndefined();
		expect(seen(origin, { woken: 'runcomfy', lateMs: 60_000 })).toBe('proven');
		expect(callsAt('https://b.example.com').told()).toBe('untried');
	});

	it('is told by 20 s, of one request, in the execution whose address RunComfy has', () => {
		const origin = 'https://d.example.com';
		const lost = { woken: 'other', lateMs: 20_001 } as const;
		expect(seen(origin, { ...lost, lateMs: 20_000 })).toBe('untried');
		expect(seen(origin, { ...lost, items: 2 })).toBe('untried');
		const { calls, told } = callsAt(origin, lost);
		calls.learn({ told: 'another', finishedAt: END });
		calls.learn({ told: OWN, finishedAt: undefined });
		expect(told()).toBe('untried');
		expect(seen(origin, lost)).toBeUndefined();
	});

	it('is nothing to learn without an address', () => {
		expect(seen('', { woken: 'runcomfy' })).toBe('untried');
		expect(seen('', { woken: 'other', lateMs: 60_000 })).toBe('untried');
	});

	it('lets a request wait without a look where n8n reaches itself, and its timer has come', async () => {
		const origin = 'https://c.example.com';
		const awaited = (options: Options, told: string | undefined = OWN) =>
			callsAt(origin, options).calls.awaited(told);
		expect(await awaited({})).toBe('untried');
		expect(await awaited({}, 'another')).toBeUndefined();
		expect(await awaited({ reachable: false })).toBeUndefined();
		expect(await awaited({ resumed: false })).toBeUndefined();
		expect(await awaited({ woken: 'other' })).toBeUndefined();
		seen(origin, { woken: 'other', lateMs: 60_000 });
		expect(await awaited({})).toBeUndefined();
	});
});
