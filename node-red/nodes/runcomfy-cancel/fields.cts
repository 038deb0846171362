import { select, shownWhen, typed } from '../../contract/fields.cjs';
import { COMMON, REQUEST } from '../../contract/sharedFields.cjs';

export const FIELDS = {
	...COMMON,
	target: select(['request', 'topic', 'node', 'all'], {
		icon: 'crosshairs',
		help: 'one request by its id, or runs of this Node-RED: those of a topic, those of a node, or all',
	}),
	...shownWhen({ field: 'target', not: ['topic', 'node', 'all'] }, REQUEST),
	runNode: typed('runNode', '', {
		required: true,
		icon: 'play',
		when: { field: 'target', is: ['node'] },
		help: 'the run node whose runs are canceled',
	}),
};
