// All fields of each node, in dialog order. The build generates the node's definition, dialog and documentation from
// this table.
import { DEFAULT_BASE_URL, DEFAULTS, DEPLOYMENT_DEFAULTS } from '../../core';
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
	INSTANCE,
	MODEL_LIMIT,
	nodeNameFields,
	OUTPUT_OPTIONS,
	OUTPUTS,
	REQUEST,
	TARGET,
	WAITING,
} from './sharedFields';

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
				help: 'how many requests may be at RunComfy at the same time, across all flows. Accounts with the same token and base URL share the smallest of their limits. Further messages wait in order of arrival',
			}),
			stopBelowBalance: line('', {
				check: 'number',
				icon: 'usd',
				placeholder: 'noLimit',
				help: 'an amount in US dollars. If your balance is lower, nothing is submitted, and messages fail with `insufficient_funds`. An amount that is not a number of 0 or more fails with `invalid_input`. The balance is checked at most once a minute',
			}),
			allowPrivate: checkbox(
				'allow files from addresses of this machine and its network: see [security](../SECURITY.md)',
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
				'short messages with the state, queue position and time, at most two per second',
			),
			outputs,
		}),
		...folded('resultOptions', OUTPUT_OPTIONS),
		...folded('waiting', {
			...WAITING,
			onStop: select(['keep', 'cancel'], {
				icon: 'power-off',
				help: 'what happens to this node’s requests when you redeploy it or stop the flows or Node-RED. If they keep running, the node sends their results once it is back. Deleting or disabling the node always cancels its requests',
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
				help: 'names of message properties to restore with the result, besides `topic` and `parts`. Empty: all plain properties, up to 16 KB',
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
			help: 'one request by its id, or runs of this Node-RED: all, or those with a topic',
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
			help: 'a text that callers must know; the dialog generates one. `${NAME}` reads it from the environment',
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
			help: 'list deployments; get, enable, disable, change, create or delete one; read the account’s balance; search hosted models; or call ComfyUI on a machine',
		}),
		...shownWhen({ field: 'operation', not: ['list', 'create', 'balance', 'models'] }, DEPLOYMENT),
		workflowId: typed('text', '', {
			check: 'id',
			required: true,
			icon: 'sitemap',
			when: operation('create'),
			example: '7f2ebf4d-0000-4000-8000-000000000001',
			help: 'the id of the new deployment’s workflow. Save the workflow to the RunComfy cloud; its page there shows the id',
		}),
		...shownWhen(operation('update', 'create'), {
			deploymentName: typed('text', '', {
				icon: 'cubes',
				requiredWhen: operation('create'),
				help: 'the name of the deployment in lists, required for a new deployment',
			}),
			hardware: typed('hardware', '', {
				...optional('hardware'),
				icon: 'microchip',
				help: 'the GPU of each instance. This field and those below: left empty, a change keeps the current setting, and a new deployment gets the defaults that the dialog shows (`AMPERE_48`; 0, 1, 1, 60 and `v1` for the fields below)',
			}),
			minInstances: number('', {
				...optional('min_instances'),
				icon: 'arrow-down',
				atMost: 'maxInstances',
				help: 'how many instances always run and are billed. With 0, an idle deployment costs nothing',
			}),
			maxInstances: number('', {
				...optional('max_instances'),
				icon: 'arrow-up',
				help: 'how many requests can run at the same time, each on its own instance',
			}),
			queueSize: number('', {
				...optional('queue_size'),
				icon: 'align-justify',
				help: 'requests that may wait per instance before another instance is started',
			}),
			keepWarm: number('', {
				...optional('keep_warm_duration_in_seconds'),
				icon: 'fire',
				help: 'how long an instance stays on, and is billed, after its last request',
			}),
			workflowVersion: typed('text', '', {
				...optional('workflow_version'),
				icon: 'code-fork',
				help: 'the saved version of the workflow to run, such as `v2`',
			}),
		}),
		confirmDelete: checkbox(
			'unless this box is ticked, the node deletes nothing, and messages fail with `invalid_input`',
			{ check: 'ticked', when: operation('delete') },
		),
		...shownWhen(operation('call'), {
			...INSTANCE,
			method: {
				kind: 'select',
				value: 'GET',
				options: ['GET', 'POST'],
				icon: 'exchange',
				help: 'the HTTP method of the call to ComfyUI’s server',
			},
			instancePath: typed('text', '', {
				required: true,
				icon: 'terminal',
				example: 'object_info',
				help: 'the path on ComfyUI’s server: `object_info` or `history` with GET, `api/free` with POST',
			}),
			body: typed('json', '', {
				icon: 'code',
				placeholder: 'optional',
				when: { field: 'method', is: ['POST'] },
				help: 'the body to post. With the path `api/free`, `{"unload_models": true, "free_memory": true}` frees GPU memory',
			}),
		}),
		...shownWhen(operation('models'), {
			search: typed('text', '', {
				icon: 'search',
				placeholder: 'allModels',
				help: 'search text for hosted models. Empty: all models',
			}),
			category: typed('text', '', {
				icon: 'folder-o',
				example: 'text-to-image',
				help: 'the category of models, such as text to image',
			}),
			...MODEL_LIMIT,
		}),
	},
};
