// All fields of each node, in dialog order. The build generates the node's definition, dialog and documentation from
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
	nodeNameFields,
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
			help: 'from your RunComfy profile page; `${RUNCOMFY_API_TOKEN}` reads it from the environment',
		},
		...nodeNameFields('the name in lists of accounts'),
		...folded('advanced', {
			comfyOrgApiKey: {
				kind: 'password',
				credential: true,
				icon: 'handshake-o',
				placeholder: 'comfyOrgApiKey',
				help: 'for partner nodes (Kling, Seedream, …): see [partner nodes](inputs-and-files.md#partner-nodes)',
			},
			baseUrl: line(DEFAULT_BASE_URL, {
				check: 'url',
				icon: 'globe',
				example: DEFAULT_BASE_URL,
				help: 'the API’s address. Change it only for a simulator or a proxy',
			}),
			concurrency: line(DEFAULTS.nodeRed.concurrency, {
				required: true,
				check: 'whole',
				icon: 'tasks',
				help: 'how many requests of this account may be at RunComfy at the same time, across all flows. Further messages wait in order of arrival',
			}),
		}),
	},
	'runcomfy-run': {
		...COMMON,
		...section('input', { ...TARGET, ...INPUTS }),
		...folded('inputOptions', INPUT_OPTIONS),
		...section('result', {
			...OUTPUTS,
			progress: checkbox(
				'short messages with the state, queue position and time, at most two per second',
			),
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
			wait: checkbox('hold the message until the request has ended'),
			...shownWhen({ field: 'wait' }, WAITING),
		}),
	},
	'runcomfy-cancel': {
		...COMMON,
		target: select(['request', 'topic', 'all'], {
			icon: 'crosshairs',
			help: 'one request by its id, or runs of this Node-RED: all, or those with a topic',
		}),
		...shownWhen({ field: 'target', not: ['topic', 'all'] }, REQUEST),
	},
	'runcomfy-deployment': {
		...COMMON,
		operation: select(['list', 'get', 'enable', 'disable', 'update', 'balance'], {
			icon: 'wrench',
			help: 'list deployments; get, enable, disable or change one; or read the account’s balance',
		}),
		...shownWhen({ field: 'operation', not: ['list', 'balance'] }, DEPLOYMENT),
		...shownWhen(
			{ field: 'operation', is: ['update'] },
			{
				deploymentName: typed('text', '', {
					icon: 'cubes',
					placeholder: 'asItIs',
					help: 'the name of the deployment in lists',
				}),
				hardware: typed('hardware', '', {
					icon: 'microchip',
					help: 'the GPU of each instance. An empty field keeps the current setting',
				}),
				minInstances: number('', {
					placeholder: 'asItIs',
					icon: 'arrow-down',
					atMost: 'maxInstances',
					help: 'how many instances always run and are billed. With 0, an idle deployment costs nothing',
				}),
				maxInstances: number('', {
					placeholder: 'asItIs',
					icon: 'arrow-up',
					help: 'how many requests can run at the same time, each on its own instance',
				}),
				queueSize: number('', {
					placeholder: 'asItIs',
					icon: 'align-justify',
					help: 'requests that may wait per instance before another instance is started',
				}),
				keepWarm: number('', {
					placeholder: 'asItIs',
					icon: 'fire',
					help: 'how long an instance stays on, and is billed, after its last request',
				}),
				workflowVersion: typed('text', '', {
					placeholder: 'asItIs',
					icon: 'code-fork',
					help: 'the saved version of the workflow to run, such as `v2`',
				}),
			},
		),
	},
};
