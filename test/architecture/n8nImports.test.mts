// Tests of the n8n nodes drive the built node in n8n's engine, so that files of the nodes can move.
import { describe, expect, it } from '@jest/globals';
import { importsOf, sourcesOf } from './sources.mts';

/** What a test may load from where it is, and why. */
const DEEP: Record<string, string> = {
	'nodes/RunComfy/runtime': 'a restart of n8n, as far as the nodes can notice',
	'nodes/RunComfy/parameters/formFields': 'a parser: any text',
	'nodes/RunComfy/parameters/furtherInputs': 'a parser: any text',
	'nodes/RunComfyTrigger/parameters': 'a parser: any value of a field',
	'nodes/RunComfyTrigger/received': 'a parser: any static data',
	'nodes/RunComfy/session/ledger':
		'what each try of the node leaves to the next one; also a parser of that',
	'nodes/RunComfy/session/session': 'an item that was left, or not begun',
	'nodes/RunComfy/transport/host': 'the host contract with the core: sockets, garbage collection',
	'nodes/RunComfy/transport/streams': 'how chunks are joined',
	'nodes/RunComfy/wait/park':
		'tables of when a node parks, n8n under no address, hours of watching on a virtual clock',
	'nodes/RunComfy/wait/reentry': 'engines that differ from the present one',
	'nodes/RunComfy/wait/wake':
		'a parser: any address; where parked executions are called; a thousand wake-ups on a virtual clock',
};

describe('tests of the n8n nodes', () => {
	const inner = ['test/n8n', 'test/faults', 'test/hosts', 'test/support']
		.flatMap(sourcesOf)
		.flatMap((file) => importsOf(file))
		.map((one) => ({ ...one, target: one.target?.replace(/^dist\//, '') ?? '' }))
		.filter(({ target, typeOnly }) => target.startsWith('nodes/') && !typeOnly);

	it('load nothing of their insides but what is listed here', () => {
		const unlisted = inner.filter(({ target }) => !(target in DEEP));
		expect(unlisted.map(({ from, specifier }) => `${from} loads ${specifier}`)).toEqual([]);
	});

	it('need each exception', () => {
		const used = new Set(inner.map(({ target }) => target));
		expect(Object.keys(DEEP).filter((file) => !used.has(file))).toEqual([]);
	});
});
