// The parsers of the n8n nodes with garbage: round trips, and only our own errors.
import { describe, expect, it } from '@jest/globals';
import { RunComfyError } from '../../core/index';
import { readForm } from '../../nodes/RunComfy/parameters/form';
import { parseFieldId, toFieldId } from '../../nodes/RunComfy/parameters/formFields';
import { resumeAddress } from '../../nodes/RunComfy/wait/wake';
import { readFilter, readSecret } from '../../nodes/RunComfyTrigger/parameters';
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
				own(() => readForm({ context: given, itemIndex: 0 } as never, 'deployment'));
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
