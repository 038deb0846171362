// All fields of each node, in dialog order. The build generates the node's definition, dialog and help from
// this table.
import { DEFAULT_BASE_URL, DEFAULTS } from '../../core';
import {
	checkbox,
	type Field,
	type Fields,
	folded,
	line,
	number,
	section,
	select,
	shownWhen,
	typed,
} from './fields';
import {
	COMMON,
	DEPLOYMENT,
	INPUT_OPTIONS,
	INPUTS,
	NAME,
	OUTPUTS,
	REQUEST,
	TARGET,
	WAITING,
} from './sharedFields';

/** Number of outputs; the dialog updates this field when `progress` changes. */
const outputs: Field = { kind: 'hidden', value: 1 };

export const FIELDS: Readonly<Record<string, Fields>> = {
	'runcomfy-config': {
		apiToken: {
			kind: 'password',
			credential: true,
			required: true,
			icon: 'key',
			placeholder: 'apiToken',
			below: 'test',
		},
		...NAME,
		...folded('advanced', {
			comfyOrgApiKey: {
				kind: 'password',
				credential: true,
				icon: 'handshake-o',
				placeholder: 'comfyOrgApiKey',
			},
			baseUrl: line(DEFAULT_BASE_URL, {
				check: 'url',
				icon: 'globe',
				example: DEFAULT_BASE_URL,
			}),
			concurrency: line(DEFAULTS.nodeRed.concurrency, {
				required: true,
				check: 'whole',
				icon: 'tasks',
			}),
		}),
	},
	'runcomfy-run': {
		...COMMON,
		...section('input', { ...TARGET, ...INPUTS }),
		...folded('inputOptions', INPUT_OPTIONS),
		...section('result', {
			...OUTPUTS,
			progress: checkbox(),
			outputs,
		}),
		...folded('waiting', WAITING),
	},
	'runcomfy-submit': {
		...COMMON,
		...TARGET,
		...INPUTS,
		...folded('inputOptions', INPUT_OPTIONS),
	},
	'runcomfy-status': { ...COMMON, ...REQUEST },
	'runcomfy-result': {
		...COMMON,
		...section('input', REQUEST),
		...section('result', OUTPUTS),
		...section('waiting', {
			wait: checkbox(),
			...shownWhen({ field: 'wait' }, WAITING),
		}),
	},
	'runcomfy-cancel': {
		...COMMON,
		target: select(['request', 'topic', 'all'], {
			icon: 'crosshairs',
		}),
		...shownWhen({ field: 'target', not: ['topic', 'all'] }, REQUEST),
	},
	'runcomfy-deployment': {
		...COMMON,
		operation: select(['list', 'get', 'enable', 'disable', 'update', 'balance'], {
			icon: 'wrench',
		}),
		...shownWhen({ field: 'operation', not: ['list', 'balance'] }, DEPLOYMENT),
		...shownWhen(
			{ field: 'operation', is: ['update'] },
			{
				deploymentName: typed('text', '', {
					icon: 'cubes',
					placeholder: 'asItIs',
				}),
				hardware: typed('hardware', '', {
					icon: 'microchip',
				}),
				minInstances: number('', {
					placeholder: 'asItIs',
					icon: 'arrow-down',
					atMost: 'maxInstances',
				}),
				maxInstances: number('', {
					placeholder: 'asItIs',
					icon: 'arrow-up',
				}),
				queueSize: number('', {
					placeholder: 'asItIs',
					icon: 'align-justify',
				}),
				keepWarm: number('', {
					placeholder: 'asItIs',
					icon: 'fire',
				}),
				workflowVersion: typed('text', '', {
					placeholder: 'asItIs',
					icon: 'code-fork',
				}),
			},
		),
	},
};
