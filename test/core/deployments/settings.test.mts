// The settings of a deployment, checked before RunComfy is called.
import { describe, expect, it } from '@jest/globals';
import { type DeploymentChanges } from '../../../core/deployments/settings.ts';
import { checkDeploymentChanges } from '../../../core/index';
import { thrownBy } from '../support/virtualHost.mts';

type Case = [keyof DeploymentChanges, unknown, string];

const WRONG: Case[] = [
	...[null, '  ', {}, []].flatMap((value): Case[] => [
		['name', value, 'Name'],
		['workflow_version', value, 'Workflow Version'],
		['hardware', value, 'Hardware'],
		['min_instances', value, 'Min Instances'],
	]),
	...[-1, 1.5, '-1', '1.5', '1e3', 'two', NaN, Infinity, 2 ** 53, true].map((value): Case => {
		return ['max_instances', value, 'Max Instances'];
	}),
	['queue_size', -1, 'Queue Size'],
	['keep_warm_duration_in_seconds', -1, 'Keep Warm Duration (Seconds)'],
	['hardware', ['AMPERE_24', 'AMPERE_48'], 'Hardware'],
	['hardware', 'AMPERE_24, AMPERE_48', 'Hardware'],
	['hardware', 48, 'Hardware'],
	['min_instances', ['5'], 'Min Instances'],
];

describe('changes of a deployment', () => {
	it('contain only the given fields', () => {
		expect(checkDeploymentChanges({ queue_size: '4', name: undefined })).toEqual({ queue_size: 4 });
		expect(checkDeploymentChanges({ is_enabled: 'false' })).toEqual({ is_enabled: false });
		expect(checkDeploymentChanges({ is_enabled: 'true' })).toEqual({ is_enabled: true });
		expect(checkDeploymentChanges({ is_enabled: true, hardware: ['AMPERE_80'] })).toEqual({
			is_enabled: true,
			hardware: ['AMPERE_80'],
		});
	});

	it.each([[{}], [{ name: undefined }]])('are not %j', (given) => {
		expect(thrownBy(() => checkDeploymentChanges(given))).toMatchObject({
			code: 'invalid_input',
			message: 'There is nothing to update',
			hint: expect.stringContaining('Max Instances'),
		});
	});

	it('never hold the workflow id, which the service does not change', () => {
		const given = { queue_size: 1, workflow_id: 'another' };
		expect(checkDeploymentChanges(given)).toEqual({ queue_size: 1 });
	});

	it('take numbers as text, one hardware without its list, also of next year, and cut blanks', () => {
		const given = {
			name: ' Pictures ',
			workflow_version: 2,
			hardware: ' RUBIN_288 ',
			min_instances: '1',
			max_instances: ' 3 ',
		};
		expect(checkDeploymentChanges(given)).toEqual({
			name: 'Pictures',
			workflow_version: '2',
			hardware: ['RUBIN_288'],
			min_instances: 1,
			max_instances: 3,
		});
	});

	it.each([
		...WRONG,
		...['yes', 1, null, ''].map((value): Case => ['is_enabled', value, 'Enabled']),
	])('have no %s %j', (name, value, label) => {
		expect(thrownBy(() => checkDeploymentChanges({ [name]: value }))).toMatchObject({
			code: 'invalid_input',
			message: expect.stringMatching(new RegExp(`^${label.replace(/[()]/g, '\\$&')} must be `)),
			hint: expect.stringContaining('Current value: '),
		});
	});
});
