// What the fields of a run node say of its runs when something happens to the node.
import { expect, it } from '@jest/globals';
import {
	fateOnClose,
	type Policies,
	readPolicies,
} from '../../../../node-red/runtime/runs/policies.cts';

const USUAL: Policies = {
	...{ redeploy: 'keep', delete: 'cancel', shutdown: 'leave', restart: 'resume' },
};

it.each<[object, Partial<Policies>]>([
	[{}, {}],
	[{ onRedeploy: 'keep', onDelete: 'cancel', onShutdown: 'leave', onRestart: 'resume' }, {}],
	[{ onRedeploy: 'x', onDelete: 'x', onShutdown: 'x', onRestart: 'x' }, {}],
	[{ onRedeploy: 'cancel' }, { redeploy: 'cancel' }],
	[{ onDelete: 'detach' }, { delete: 'detach' }],
	[{ onShutdown: 'cancel' }, { shutdown: 'cancel' }],
	[{ onRestart: 'forget' }, { restart: 'forget' }],
])('%j is the usual, but for %j', (fields, more) => {
	expect(readPolicies(fields)).toEqual({ ...USUAL, ...more });
});

it.each([
	['redeploy', {}, 'keep'],
	['redeploy', { onRedeploy: 'cancel' }, 'cancel'],
	['shutdown', {}, 'leave'],
	['shutdown', { onShutdown: 'cancel' }, 'cancel'],
	['delete', {}, 'cancel'],
	['delete', { onDelete: 'detach' }, 'leave'],
] as const)('at a %s, %j, runs meet: %s', (closing, fields, fate) => {
	expect(fateOnClose(readPolicies(fields), closing)).toBe(fate);
});
