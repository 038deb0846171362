import { checkbox, number, select, shownWhen, typed } from '../../contract/fields.cjs';
import { commonFields, DEPLOYMENT, INSTANCE, MODEL_LIMIT } from '../../contract/sharedFields.cjs';
import { versionOf } from '../../runtime/node/migrate.cjs';

const OPERATIONS = [
	...['list', 'get', 'enable', 'disable', 'update', 'create', 'delete', 'free'],
	'balance',
	'models',
	'call',
];
const operation = (...is: string[]) => ({ field: 'operation', is });
const optional = { placeholder: 'asItIs' };

export const FIELDS = {
	...commonFields(versionOf('runcomfy-deployment')),
	operation: select(OPERATIONS, {
		icon: 'wrench',
		help: 'list the deployments of the account, get, enable, disable, change, create or delete one, free the GPU memory of a machine, read the balance of the account, search the models that RunComfy hosts, or call ComfyUI on a machine',
	}),
	...shownWhen({ field: 'operation', not: ['list', 'create', 'balance', 'models'] }, DEPLOYMENT),
	workflowId: typed('text', '', {
		...{ check: 'id', required: true, icon: 'sitemap', when: operation('create') },
		example: '7f2ebf4d-0000-4000-8000-000000000001',
		help: 'of the workflow, saved to the RunComfy cloud, that a new deployment runs: see its page there',
	}),
	...shownWhen(operation('update', 'create'), {
		deploymentName: typed('text', '', {
			...{ icon: 'cubes', requiredWhen: operation('create') },
			help: 'what the deployment is called in lists; to create one, it needs a name',
		}),
		hardware: typed('hardware', '', {
			...{ ...optional, icon: 'microchip' },
			help: 'the GPU of every instance. Empty, as in the fields below: it stays as it is. A new deployment gets `AMPERE_48`, and for the fields below 0, 1, 1, 60, `v1`',
		}),
		minInstances: number('', {
			...{ ...optional, icon: 'arrow-down', atMost: 'maxInstances' },
			help: 'instances that run, and cost, all the time. With 0 nothing costs while idle',
		}),
		maxInstances: number('', {
			...{ ...optional, icon: 'arrow-up' },
			help: 'how many requests can run at the same time, each on an instance of its own',
		}),
		queueSize: number('', {
			...{ ...optional, icon: 'align-justify' },
			help: 'requests that may wait per instance before another instance is started',
		}),
		keepWarm: number('', {
			...{ ...optional, icon: 'fire' },
			help: 'how long an instance stays, and costs, after its last request',
		}),
		workflowVersion: typed('text', '', {
			...{ ...optional, icon: 'code-fork' },
			help: 'the saved version of the workflow to run, such as `v2`',
		}),
	}),
	confirmDelete: checkbox('without it nothing is deleted: a message ends in `invalid_input`', {
		...{ check: 'ticked', when: operation('delete') },
	}),
	...shownWhen(operation('free', 'call'), INSTANCE),
	...shownWhen(operation('call'), {
		method: {
			...{ kind: 'select', value: 'GET', options: ['GET', 'POST'], icon: 'exchange' },
			help: 'how ComfyUI’s own server is called',
		},
		instancePath: typed('text', '', {
			...{ required: true, icon: 'terminal', example: 'object_info' },
			help: 'of ComfyUI’s own server, such as `object_info`, `history` or `upload/image`',
		}),
		body: typed('json', '', {
			...{ icon: 'code', placeholder: 'optional', when: { field: 'method', is: ['POST'] } },
			help: 'what is posted; with a file, its other form fields',
		}),
		file: typed('file', '', {
			...{ icon: 'file-image-o', placeholder: 'optional', when: { field: 'method', is: ['POST'] } },
			help: 'a Buffer, such as `msg.payload`, that is posted as a form',
		}),
		filename: typed('text', '', {
			...{ icon: 'tag', example: 'image.png', when: { field: 'method', is: ['POST'] } },
			help: 'what the file is called there',
		}),
	}),
	...shownWhen(operation('models'), {
		search: typed('text', '', {
			...{ icon: 'search', placeholder: 'allModels' },
			help: 'words to find hosted models by. Empty: all',
		}),
		category: typed('text', '', {
			...{ icon: 'folder-o', example: 'text-to-image' },
			help: 'what the models are for',
		}),
		...MODEL_LIMIT,
	}),
};
