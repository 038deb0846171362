// All fields of each node, in dialog order. The build generates the node's definition, dialog and documentation from
// this table.
import { DEFAULT_BASE_URL, DEFAULTS, DEPLOYMENT_DEFAULTS } from '../../core/index.js';
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
} from './fields.cjs';
import {
	COMMON,
	DEPLOYMENT,
	INPUT_OPTIONS,
	INPUTS,
	INSTANCE,
	MODEL_LIMIT,
	nameFields,
	OUTPUT_OPTIONS,
	OUTPUTS,
	REQUEST,
	TARGET,
	WAITING,
} from './sharedFields.cjs';

/** Number of outputs; the dialog updates this field when `progress` changes. */
const outputs: Field = { kind: 'hidden', value: 1 };

const OPERATIONS = [
	...['list', 'get', 'enable', 'disable', 'update', 'create', 'delete'],
	...['balance', 'models', 'call'],
];
const operation = (...is: string[]) => ({ field: 'operation', is });
/** An update leaves empty fields unchanged; a new deployment gets the default instead. */
const optional = (name: keyof typeof DEPLOYMENT_DEFAULTS) => ({
	placeholder: 'asItIs',
	emptyMeans: { ...operation('create'), value: String(DEPLOYMENT_DEFAULTS[name]) },
});

export const FIELDS: Readonly<Record<string, Fields>> = {
	'runcomfy-config': {
		apiToken: {
			kind: 'password',
			credential: true,
			required: true,
			icon: 'key',
			placeholder: 'apiToken',
			below: 'test',
			help: 'from your RunComfy profile page; `${RUNCOMFY_API_TOKEN}` takes it from the environment',
		},
		...nameFields('the name in the list of accounts'),
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
				help: 'the address of the API. Change it only for a simulator or a proxy',
			}),
			concurrency: line(DEFAULTS.nodeRed.concurrency, {
				required: true,
				check: 'whole',
				icon: 'tasks',
				help: 'requests at RunComfy at the same time, over all flows with this token and base URL, of which the smallest number counts; the rest wait in the order of arrival',
			}),
			stopBelowBalance: line('', {
				check: 'number',
				icon: 'usd',
				placeholder: 'noLimit',
				help: 'an amount in US dollars. If your balance is below it, the node submits nothing, and the message ends in `insufficient_funds`; with an amount that is not a number from 0, in `invalid_input`. The node asks for the balance at most once a minute',
			}),
			allowPrivate: checkbox(
				'fetch files also from addresses of this machine and its own network: see [security](../SECURITY.md)',
			),
		}),
	},
	'runcomfy-run': {
		...COMMON,
		...section('input', { ...TARGET, ...INPUTS }),
		...folded('inputOptions', INPUT_OPTIONS),
		...section('result', {
			...OUTPUTS,
			progress: checkbox(
				'small messages about the state, the place in the queue and the time, at most two a second',
			),
			outputs,
		}),
		...folded('resultOptions', OUTPUT_OPTIONS),
		...folded('waiting', {
			...WAITING,
			onStop: select(['keep', 'cancel'], {
				icon: 'power-off',
				help: 'what happens to the requests of this node when you deploy it again, or stop the flows or Node-RED. If they keep going, their messages come out of the node once it is back. If you delete or disable the node, its requests are always canceled',
			}),
		}),
	},
	'runcomfy-submit': {
		...COMMON,
		...TARGET,
		...INPUTS,
		...folded('inputOptions', {
			...INPUT_OPTIONS,
			keep: line('', {
				icon: 'tags',
				placeholder: 'keep',
				help: 'names of message properties that come back with the result, besides `topic` and `parts`. Empty: all plain ones, up to 16 KB',
			}),
		}),
	},
	'runcomfy-status': { ...COMMON, ...REQUEST },
	'runcomfy-result': {
		...COMMON,
		...section('input', REQUEST),
		...section('result', OUTPUTS),
		...folded('resultOptions', OUTPUT_OPTIONS),
		...section('waiting', {
			wait: checkbox('hold the message until the request has ended'),
			...shownWhen({ field: 'wait' }, WAITING),
		}),
	},
	'runcomfy-cancel': {
		...COMMON,
		target: select(['request', 'topic', 'all'], {
			icon: 'crosshairs',
			help: 'one request by its id, or runs of this Node-RED: those of a topic, or all',
		}),
		...shownWhen({ field: 'target', not: ['topic', 'all'] }, REQUEST),
	},
	'runcomfy-webhook': {
		...COMMON,
		path: line('/runcomfy', {
			required: true,
			check: 'path',
			icon: 'globe',
			example: '/runcomfy',
			short: true,
			help: 'the path that RunComfy calls',
		}),
		secret: line('', {
			credential: true,
			required: true,
			icon: 'key',
			below: 'address',
			short: true,
			help: 'a text that callers must know; the dialog makes one. `${NAME}` takes it from the environment',
		}),
		// Id of the node that the secret was generated for: a copied node has a new id, and needs its own secret.
		secretFor: { kind: 'hidden', value: '', check: 'secret' },
		...section('result', OUTPUTS),
		...folded('resultOptions', OUTPUT_OPTIONS),
	},
	'runcomfy-deployment': {
		...COMMON,
		operation: select(OPERATIONS, {
			icon: 'wrench',
			help: 'list the deployments of the account, get, enable, disable, change, create or delete one, read the balance of the account, search the models that RunComfy hosts, or call ComfyUI on a machine',
		}),
		...shownWhen({ field: 'operation', not: ['list', 'create', 'balance', 'models'] }, DEPLOYMENT),
		workflowId: typed('text', '', {
			check: 'id',
			required: true,
			icon: 'sitemap',
			when: operation('create'),
			example: '7f2ebf4d-0000-4000-8000-000000000001',
			help: 'the id of the workflow that the new deployment runs. Save the workflow to the RunComfy cloud; its page there shows the id',
		}),
		...shownWhen(operation('update', 'create'), {
			deploymentName: typed('text', '', {
				icon: 'cubes',
				requiredWhen: operation('create'),
				help: 'the name of the deployment in lists. A new deployment needs one',
			}),
			hardware: typed('hardware', '', {
				...optional('hardware'),
				icon: 'microchip',
				help: 'the GPU of each instance. Leave this field, or one of those below, empty to keep its value. A new deployment gets the defaults that the dialog shows: `AMPERE_48`, and 0, 1, 1, 60, `v1` for the fields below',
			}),
			minInstances: number('', {
				...optional('min_instances'),
				icon: 'arrow-down',
				atMost: 'maxInstances',
				help: 'how many instances run, and cost, all the time. With 0, you pay nothing while it is idle',
			}),
			maxInstances: number('', {
				...optional('max_instances'),
				icon: 'arrow-up',
				help: 'how many requests can run at the same time, each on an instance of its own',
			}),
			queueSize: number('', {
				...optional('queue_size'),
				icon: 'align-justify',
				help: 'requests that may wait per instance before another instance is started',
			}),
			keepWarm: number('', {
				...optional('keep_warm_duration_in_seconds'),
				icon: 'fire',
				help: 'how long an instance stays, and costs, after its last request',
			}),
			workflowVersion: typed('text', '', {
				...optional('workflow_version'),
				icon: 'code-fork',
				help: 'the saved version of the workflow to run, such as `v2`',
			}),
		}),
		confirmDelete: checkbox(
			'without this tick, the node deletes nothing, and the message ends in `invalid_input`',
			{ check: 'ticked', when: operation('delete') },
		),
		...shownWhen(operation('call'), {
			...INSTANCE,
			method: {
				kind: 'select',
				value: 'GET',
				options: ['GET', 'POST'],
				icon: 'exchange',
				help: 'the method of the call to ComfyUI’s own server',
			},
			instancePath: typed('text', '', {
				required: true,
				icon: 'terminal',
				example: 'object_info',
				help: 'the path on ComfyUI’s own server: `object_info` or `history` with GET, `api/free` with POST',
			}),
			body: typed('json', '', {
				icon: 'code',
				placeholder: 'optional',
				when: { field: 'method', is: ['POST'] },
				help: 'the body to post. With the path `api/free`, `{"unload_models": true, "free_memory": true}` frees the memory of the GPU',
			}),
		}),
		...shownWhen(operation('models'), {
			search: typed('text', '', {
				icon: 'search',
				placeholder: 'allModels',
				help: 'words to find hosted models by. Empty: all',
			}),
			category: typed('text', '', {
				icon: 'folder-o',
				example: 'text-to-image',
				help: 'what the models do, such as text to image',
			}),
			...MODEL_LIMIT,
		}),
	},
};
