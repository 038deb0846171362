// The findings in an error: which are listed, their wording, and the maximum length.
import { describe, expect, it } from '@jest/globals';
import { checkOverrides } from '../../../core/comfyui/checkOverrides';
import { KnownGraph } from '../../../core/comfyui/knownGraph';
import { type Overrides } from '../../../core/comfyui/overrides';
import { changed, GRAPH, node, nodes, withInput } from '../support/workflows.mts';
import { failure, KNOWN } from './rig.mts';

/** Sets this many inputs that do not exist. */
const unknown = (count: number): Overrides => ({
	6: { inputs: Object.fromEntries(Array.from({ length: count }, (_, n) => [`wrong_${n}`, 1])) },
});

describe('a refusal', () => {
	it.each([
		['one input', { overrides: unknown(1) }, /^An input does not fit the workflow: node 6/],
		[
			'no output',
			{ workflow: changed((graph) => delete graph['9']) },
			/^The workflow cannot run: the workflow has no output node/,
		],
		[
			'an unknown class',
			{ workflow: { ...GRAPH, 5: { class_type: 'Empty', inputs: {} } } },
			/^The workflow cannot run: the machine has no node class/,
		],
		[
			'a link of another type',
			{ workflow: withInput('8', 'samples', ['4', 0]) },
			/^The workflow cannot run: .*links? to|takes/,
		],
		[
			'an input, and the whole',
			{ workflow: { ...withInput('3', 'steps', 0), 8: node('VAEDecode', { samples: ['3', 0] }) } },
			/^2 problems in the workflow: /,
		],
	])('of %s', async (_what, draft, message) => {
		expect(await failure(draft, { ...KNOWN, typed: true })).toMatchObject({
			code: 'invalid_overrides',
			message: expect.stringMatching(message),
			hint: expect.stringContaining('nothing is billed'),
			retryable: false,
		});
	});

	it('tells of twenty, counts the rest, and keeps them all for programs', async () => {
		expect((await failure({ overrides: unknown(20) })).message).toMatch(
			/^20 inputs .*"wrong_19"; it has text, clip$/,
		);
		const more = await failure({ overrides: unknown(22) });
		expect(more.message).toMatch(/^22 inputs .*"wrong_19"; it has text, clip; and 2 more$/);
		expect(more.details).toEqual({
			findings: checkOverrides(new KnownGraph(GRAPH, KNOWN.info, unknown(22))),
		});
	});
});

describe('a node that is not there', () => {
	const told = (nodeId: string, workflow = GRAPH) => {
		const [found, ...others] = checkOverrides(
			new KnownGraph(workflow, {}, { [nodeId]: { inputs: {} } }),
		);
		const { message = '', suggestion, ...rest } = found ?? {};
		expect([rest, others]).toEqual([{ path: nodeId, problem: 'unknown_node' }, []]);
		return [suggestion, message.slice(message.indexOf('node "'))];
	};

	it.each([
		['38:3', '38:2', 'node "38:3" (did you mean 38:2 · Upscale?)'],
		['Sampler', '3', 'node "Sampler" (did you mean 3 · Sampler?)'],
		// The first of two nodes with that title.
		['CLIP Text Encode', '6', expect.stringMatching(/did you mean 6 · CLIP Text Encode \(/)],
	])('%s may be meant as another, by its id or title', (nodeId, suggestion, message) => {
		expect(told(nodeId)).toEqual([suggestion, message]);
	});

	it('is reported with up to ten existing ones', () => {
		const of = (count: number) => nodes(count, (number) => node('KSampler', {}, `N${number}`));
		expect(told('zzz', of(10))).toEqual([
			undefined,
			expect.stringMatching(/^node "zzz"; it has 1 · N1, 2 · N2, .*, 10 · N10$/),
		]);
		expect(told('zzz', of(11))[1]).toMatch(/, 10 · N10, …$/);
		expect(told('zzz', {})[1]).toBe('node "zzz"; it has none');
	});
});
