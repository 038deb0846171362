import { checkbox, type Field, folded, section, select } from '../../contract/fields.cjs';
import {
	COMMON,
	INPUT_OPTIONS,
	INPUTS,
	OUTPUT_OPTIONS,
	OUTPUTS,
	TARGET,
	WAITING,
} from '../../contract/sharedFields.cjs';

/** How many outputs the node has; the dialog keeps it in step with `progress`. */
const outputs: Field = { kind: 'hidden', value: 1 };

export const FIELDS = {
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
	...folded('waiting', WAITING),
	...folded('ongoing', {
		onRedeploy: select(['keep', 'cancel'], {
			icon: 'refresh',
			help: 'what happens to the requests in progress when you deploy the flow',
		}),
		onDelete: select(['cancel', 'detach'], {
			icon: 'trash-o',
			help: 'what happens to them if you delete or disable the node',
		}),
		onShutdown: select(['leave', 'cancel'], {
			icon: 'power-off',
			help: 'what happens to them when Node-RED stops',
		}),
		onRestart: select(['resume', 'forget'], {
			icon: 'play',
			help: 'whether the node waits for them again after a start of Node-RED',
		}),
	}),
};
