import type { DeploymentFields } from '../../../core/index';

/** The fields that a new deployment needs. */
export const FIELDS: DeploymentFields = {
	name: 'Pictures',
	workflow_id: 'f10e0000-0000-4000-8000-000000000001',
	workflow_version: 'v1',
	hardware: ['AMPERE_48'],
	min_instances: 0,
	max_instances: 2,
	queue_size: 1,
	keep_warm_duration_in_seconds: 60,
};
