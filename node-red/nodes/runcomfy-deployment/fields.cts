import { checkbox, number, select, shownWhen, typed } from '../../contract/fields.cjs';
import { COMMON, DEPLOYMENT, INSTANCE, MODEL_LIMIT } from '../../contract/sharedFields.cjs';

const OPERATIONS = [
	...['list', 'get', 'enable', 'disable', 'update', 'create', 'delete', 'free'],
	...['balance', 'models', 'call'],
];
const operation = (...is: string[]) => ({ field: 'operation', is });
const optional = { placeholder: 'asItIs' };

export const FIELDS = {
	...COMMON,
	operation: select(OPERATIONS, {
		icon: 'wrench',
		help: 'list the deployments of the account, get, enable, disable, change, create or delete one, free the GPU memory of a machine, read the balance of the account, search the models that RunComfy hosts, or call ComfyUI on a machine',
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
			...optional,
			icon: 'microchip',
			help: 'the GPU of each instance. Leave this field, or one of those below, empty to keep its value. A new deployment gets `AMPERE_48`, and 0, 1, 1, 60, `v1` for the fields below',
		}),
		minInstances: number('', {
			...optional,
			icon: 'arrow-down',
			atMost: 'maxInstances',
			help: 'how many instances run, and cost, all the time. With 0, you pay nothing while it is idle',
		}),
		maxInstances: number('', {
			...optional,
			icon: 'arrow-up',
			help: 'how many requests can run at the same time, each on an instance of its own',
		}),
		queueSize: number('', {
			...optional,
			icon: 'align-justify',
			help: 'requests that may wait per instance before another instance is started',
		}),
		keepWarm: number('', {
			...optional,
			icon: 'fire',
			help: 'how long an instance stays, and costs, after its last request',
		}),
		workflowVersion: typed('text', '', {
			...optional,
			icon: 'code-fork',
			help: 'the saved version of the workflow to run, such as `v2`',
		}),
	}),
	confirmDelete: checkbox(
		'without this tick, the node deletes nothing, and the message ends in `invalid_input`',
		{ check: 'ticked', when: operation('delete') },
	),
	...shownWhen(operation('free', 'call'), INSTANCE),
	...shownWhen(operation('call'), {
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
			help: 'the path on ComfyUI’s own server, such as `object_info`, `history` or `upload/image`',
		}),
		body: typed('json', '', {
			icon: 'code',
			placeholder: 'optional',
			when: { field: 'method', is: ['POST'] },
			help: 'the body to post; with a file, the other fields of its form',
		}),
		file: typed('file', '', {
			icon: 'file-image-o',
			placeholder: 'optional',
			when: { field: 'method', is: ['POST'] },
			help: 'a Buffer, such as `msg.payload`, to post as a form',
		}),
		filename: typed('text', '', {
			icon: 'tag',
			example: 'image.png',
			when: { field: 'method', is: ['POST'] },
			help: 'the name of the file there',
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
};
