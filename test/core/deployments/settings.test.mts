// The settings of a deployment, checked before RunComfy is called.
import { describe, expect, it } from '@jest/globals';
import type { Unchecked } from '../../../core/deployments/settings';
import { type DeploymentChanges } from '../../../core/deployments/settings.ts';
import { type DeploymentFields } from '../../../core/deployments/settings.ts';
import { checkDeploymentChanges, checkNewDeployment, HARDWARE } from '../../../core/index';
import { thrownBy } from '../support/virtualHost.mts';
import { FIELDS } from '../support/workflows.mts';

type Case = [keyof DeploymentFields | 'is_enabled', unknown, string];

const WRONG: Case[] = [
	...[undefined, null, '', '  ', {}, []].flatMap((value): Case[] => [
		['name', value, 'Name'],
		['workflow_id', value, 'Workflow ID'],
		['workflow_version', value, 'Workflow Version'],
		['hardware', value, 'Hardware'],
		['min_instances', value, 'Min Instances'],
	]),
	...[-1, 1.5, '-1', '1.5', '1e3', 'two', NaN, Infinity, 2 ** 53, true].flatMap((value): Case[] => [
		['min_instances', value, 'Min Instances'],
		['max_instances', value, 'Max Instances'],
		['queue_size', value, 'Queue Size'],
		['keep_warm_duration_in_seconds', value, 'Keep Warm Duration (Seconds)'],
	]),
	['hardware', ['AMPERE_24', 'AMPERE_48'], 'Hardware'],
	['hardware', 'AMPERE_24, AMPERE_48', 'Hardware'],
	['hardware', 48, 'Hardware'],
	['min_instances', ['5'], 'Min Instances'],
];

describe('a new deployment', () => {
	it('keeps good values as they are', () => {
		expect(checkNewDeployment(FIELDS)).toEqual(FIELDS);
	});

	it('takes numbers as text, one hardware without its list, also of next year, and cuts blanks', () => {
		const given: Unchecked<DeploymentFields> = {
			...FIELDS,
			name: ' Pictures ',
			workflow_version: 2,
			hardware: ' RUBIN_288 ',
			min_instances: '1',
			max_instances: ' 3 ',
			keep_warm_duration_in_seconds: '120',
		};
		expect(checkNewDeployment(given)).toEqual({
			...FIELDS,
			workflow_version: '2',
			hardware: ['RUBIN_288'],
			min_instances: 1,
			max_instances: 3,
			keep_warm_duration_in_seconds: 120,
		});
	});

	it.each(WRONG)('has no %s %j', (name, value, label) => {
		expect(thrownBy(() => checkNewDeployment({ ...FIELDS, [name]: value }))).toMatchObject({
			code: 'invalid_input',
			message: expect.stringMatching(new RegExp(`^${label.replace(/[()]/g, '\\$&')} must be `)),
			hint: expect.stringMatching(/Current value: |is empty/),
		});
	});

	it('names every hardware that there is if none fits', () => {
		const { message } = thrownBy(() => checkNewDeployment({ ...FIELDS, hardware: '' }));
		for (const { sku } of HARDWARE) expect(message).toContain(sku);
	});

	it('has at least as many instances at most as it has at least', () => {
		const given = { ...FIELDS, min_instances: '3', max_instances: 2 };
		expect(thrownBy(() => checkNewDeployment(given))).toMatchObject({
			code: 'invalid_input',
			message: 'Min Instances (3) is larger than Max Instances (2)',
			hint: 'Lower Min Instances, or raise Max Instances.',
		});
		expect(checkNewDeployment({ ...given, max_instances: 3 }).min_instances).toBe(3);
	});

	it.each([
		[undefined, /is empty/],
		[null, /is empty/],
		['', /is empty/],
		['  ', /^Current value: /],
		[[], /^Current value: /],
	])('that has %j for its name is told so', (name, hint) => {
		expect(thrownBy(() => checkNewDeployment({ ...FIELDS, name }))).toMatchObject({
			hint: expect.stringMatching(hint),
		});
	});
});

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

	it.each<[Unchecked<DeploymentChanges>]>([[{}], [{ name: undefined }]])('are not %j', (given) => {
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

	it.each([
		...WRONG.filter(([name, value]) => name !== 'workflow_id' && value !== undefined),
		...['yes', 1, null, ''].map((value): Case => ['is_enabled', value, 'Enabled']),
	])('have no %s %j', (name, value, label) => {
		const error = thrownBy(() => checkDeploymentChanges({ [name]: value }));
		expect(error).toMatchObject({ code: 'invalid_input' });
		expect(error.message.startsWith(`${label} must be `)).toBe(true);
	});

	it.each([{ min_instances: 2 }, { max_instances: 0 }])('may be one end alone: %j', (given) => {
		expect(checkDeploymentChanges(given)).toEqual(given);
	});
});
