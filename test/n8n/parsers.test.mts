// The parsers of the n8n nodes, with values that nobody sends on purpose: round trips, and only errors of our own.
import { describe, expect, it } from '@jest/globals';
import { attachedReceipt, endedReceipt, type Receipt, RunComfyError } from '../../core/index';
import { parseFieldId, toFieldId } from '../../nodes/RunComfy/parameters/formFields';
import { readFurtherInputs } from '../../nodes/RunComfy/parameters/furtherInputs';
import {
	endErrorOf,
	type Entry,
	isUnconfirmed,
	type NodeRun,
	numbered,
	openRequests,
	outcomeOf,
	unfinished,
} from '../../nodes/RunComfy/session/ledger';
import { resumeAddress } from '../../nodes/RunComfy/wait/wake';
import { readFilter, readSecret } from '../../nodes/RunComfyTrigger/parameters';
import { recall, receivedBy, store } from '../../nodes/RunComfyTrigger/received';
import fc, { hostileData, hostileText, spoiled } from '../support/random.mts';

const check = <T,>(arbitrary: fc.Arbitrary<T>, property: (given: T) => unknown) =>
	fc.assert(
		fc.asyncProperty(arbitrary, async (given) => void (await property(given))),
		{ numRuns: 300 },
	);

/** Stands in for n8n where code only reads parameters. */
const context = (parameters: Record<string, unknown>) =>
	({
		getNodeParameter: (name: string, second: unknown, third: unknown) =>
			parameters[name] ?? third ?? second,
	}) as never;

const own = (work: () => unknown) => {
	try {
		return work();
	} catch (error) {
		expect(error).toBeInstanceOf(RunComfyError);
		return undefined;
	}
};

describe('the id of a field in a form', () => {
	const part = fc.string({ minLength: 1, unit: 'grapheme' });
	const nodeId = fc.oneof(part, fc.constantFrom('38:2', 'a.b', '%2E', '.'));

	it('names its node and input', () =>
		check(
			fc.tuple(nodeId, fc.oneof(part, fc.constantFrom('model.width', '%', 'a%2Eb'))),
			([node, input]) => {
				const id = toFieldId(node, input);
				expect(id).toMatch(/./);
				if (!node.includes('.')) expect(parseFieldId(id)).toEqual({ nodeId: node, input });
			},
		));

	it('is one, or none', () =>
		check(hostileText(['.', '%', '2E', 'a']), (text) => parseFieldId(text)));
});

describe('parameters', () => {
	it('Further Inputs give rows, or an error that names one', () =>
		check(
			// n8n itself stores a list of rows there.
			fc.array(spoiled({ input: '31.steps', value: '20' }, ['input', 'value'])),
			(inputs) => {
				const rows = inputs.filter((row) => typeof row === 'object' && row !== null);
				const given = context({ furtherInputs: { inputs: rows } });
				own(() => readFurtherInputs({ context: given, itemIndex: 0 } as never));
			},
		));

	it('the filter of the trigger is one, or an error that names the field', () =>
		check(
			fc.tuple(hostileData(['completed', 'https://x/deployments/d']), hostileData(['a,b'])),
			([deployments, statuses]) => {
				own(() => readFilter(context({ deployments, statuses })));
			},
		));

	it('a secret that is not a text does not let anybody in', () =>
		check(hostileData(['s']), (secret) => {
			const read = own(() => readSecret(context({ 'options.secret': secret })));
			const isText = typeof (secret ?? '') === 'string';
			expect(read).toBe(isText ? String(secret ?? '').trim() : undefined);
		}));
});

describe('the address where an execution is resumed', () => {
	const resumed = (resumeUrl: unknown) =>
		resumeAddress({ getWorkflowDataProxy: () => ({ $execution: { resumeUrl } }) } as never);

	it('is one of the web, or none', () =>
		check(hostileText(['http://', 'a.example', '/webhook-waiting/7', '?', 'ftp:']), (text) => {
			const found = resumed(text);
			if (found) expect(found.pathname.endsWith('/runcomfy')).toBe(true);
		}));
});

describe('the ledger of a run', () => {
	const error = fc.record({
		code: fc.constantFrom(
			'aborted' as const,
			'timed_out' as const,
			'submit_unconfirmed' as const,
			'run_failed' as const,
		),
		message: fc.string(),
		requestId: fc.option(fc.string(), { nil: undefined }),
		hint: fc.string(),
	});

	it('keeps an error as it was, also as JSON', () =>
		check(error, ({ code, message, ...facts }) => {
			const thrown = new RunComfyError(code, message, facts);
			const stored = JSON.parse(JSON.stringify(thrown)) as NonNullable<Receipt['end']>;
			const receipt = attachedReceipt({ requestId: 'r', deploymentId: 'd' }, 1);
			const entry = { receipt: endedReceipt(receipt, stored), status: 'x', fingerprint: 'f' };
			expect(endErrorOf(entry)?.toJSON()).toEqual(thrown.toJSON());
			expect(isUnconfirmed(thrown)).toBe(code === 'submit_unconfirmed');
		}));

	it('lists what is open, and hands on what is unfinished', () =>
		check(
			fc.array(
				fc.record(
					{
						receipt: fc.record(
							{
								ids: fc.constant({ deploymentId: 'd', requestId: 'r' }),
								state: fc.constantFrom('accepted' as const, 'attached' as const),
								at: fc.constant(1),
								end: fc.constant({ code: 'aborted' as const, message: 'm' }),
							},
							{ requiredKeys: ['ids', 'state', 'at'] },
						),
						status: fc.constant('in_queue'),
						fingerprint: fc.constant('f'),
						outcome: fc.constant({ items: [] }),
						deadline: fc.nat(),
					},
					{ requiredKeys: ['status', 'fingerprint'] },
				),
			),
			(list) => {
				const entries = Object.fromEntries(list.entries());
				const run = { tries: 1, failed: false, entries } as unknown as NodeRun;
				const open = list.filter((one) => one.receipt && !one.receipt.end && !one.outcome);
				expect(openRequests(run)).toHaveLength(open.length);
				const kept = list.filter(({ receipt }) => !receipt?.end && receipt?.state !== 'attached');
				expect(numbered(unfinished(run))).toHaveLength(kept.length);
				for (const one of Object.values(unfinished(run)))
					expect(one).not.toHaveProperty('deadline');
				for (const one of list as unknown as Entry[])
					expect(outcomeOf(one)?.ok).toBe(one.outcome ? true : undefined);
			},
		));
});

describe('the events that n8n stores for a trigger', () => {
	it('are known to the next process, whatever else is stored', () =>
		check(
			fc.tuple(
				hostileData(['delivered', '1 a']),
				fc.uniqueArray(fc.stringMatching(/^[\w:-]{1,20}$/), { maxLength: 5 }),
			),
			([junk, events]) => {
				const lines = events.map((event) => `${Date.now()} ${event}`);
				const stored: Record<string, unknown> = {};
				const first = received();
				recall(first, { delivered: junk } as never);
				first.times.clear();
				recall(first, { delivered: lines } as never);
				store(first, stored as never);
				expect(stored['delivered']).toEqual(lines);
				const second = received();
				recall(second, JSON.parse(JSON.stringify(stored)));
				expect([...second.times.keys()]).toEqual(events);
			},
		));
});

let triggers = 0;
const received = () => receivedBy(`trigger ${(triggers += 1)}`, true);
