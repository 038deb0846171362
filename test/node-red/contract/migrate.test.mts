// Nodes from before: every shape that a flow file may hold goes on working as it did.
import { describe, expect, it } from '@jest/globals';
import type * as MigrateModule from '../../../node-red/contract/migrate.cts';
import { dist } from '../support/dist.mts';
import { TYPES } from '../support/flow.mts';
import { useFlows } from '../support/setup.mts';

const { migrate, versionOf } = dist<typeof MigrateModule>('node-red/contract/migrate.cjs');
const start = useFlows();
const NEW_IN_2 = {
	inputMode: 'json',
	rows: [],
	checkInputs: false,
	deploymentId: 'deploymentId',
	deploymentIdType: 'msg',
};

describe.each(['runcomfy-run', 'runcomfy-submit'])('%s', (type) => {
	it.each([
		['of version 1', { schemaVersion: 1, overrides: 'a', overridesType: 'msg' }],
		['as the dialog keeps the version', { schemaVersion: '1', overrides: 'a' }],
		['from before there were versions', { overrides: 'a' }],
		['with a version that is none', { schemaVersion: 'x', overrides: 'a' }],
	])('%s takes its overrides from where it did, unchecked', (_what, def) => {
		expect(migrate(type, def)).toEqual({ ...def, ...NEW_IN_2, schemaVersion: 2 });
	});

	it('that the editor has filled with gaps has them filled', () => {
		const def = { schemaVersion: 1, inputMode: undefined, rows: undefined, checkInputs: undefined };
		expect(migrate(type, def)).toEqual({ ...NEW_IN_2, schemaVersion: 2 });
	});

	it.each([
		{ deploymentId: 'abc' },
		{ deploymentId: '', deploymentIdType: 'str' },
		{ deploymentId: 'a', deploymentIdType: 'flow' },
	])('with its deployment at %j keeps it there', (given) => {
		expect(migrate(type, { ...given })).toMatchObject(given);
	});

	it.each([2, '2', 3])('of version %j is left as it is', (schemaVersion) => {
		const def = { schemaVersion, inputMode: 'rows' };
		expect(migrate(type, def)).toBe(def);
	});

	it('of an old flow is not changed itself', () => {
		const def = Object.freeze({ schemaVersion: 1 });
		migrate(type, def);
		expect(def).toEqual({ schemaVersion: 1 });
	});
});

describe('the other types', () => {
	it.each(['runcomfy-config', ...TYPES].filter((type) => versionOf(type) === 1))(
		'%s has its first version',
		(type) => {
			const def = { schemaVersion: 1 };
			expect(migrate(type, def)).toBe(def);
		},
	);
});

describe('an old flow', () => {
	it('runs as it did: an object in msg.payload counts, and nothing is asked before', async () => {
		const flow = await start('runcomfy-submit', { schemaVersion: 1 });
		const payload = { 31: { inputs: { steps: 0 } } };
		flow.receive({ deploymentId: flow.simulator.deploymentIds.textToImage, payload });
		await flow.ended();
		expect(flow.simulator.requests.map(({ route, body }) => [route, body])).toEqual([
			['submit', { overrides: payload }],
		]);
	});
});
