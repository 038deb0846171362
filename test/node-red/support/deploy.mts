import type { EventEmitter } from 'node:events';
import helper from 'node-red-node-test-helper';

interface RuntimeEvent {
	id?: string;
	payload?: { error?: string };
}

/** As the helper's `setFlows`, which gives the flows only 300 ms to start. */
export async function deploy(
	events: EventEmitter,
	flows: object[],
	type: string,
	credentials: object,
): Promise<void> {
	const { _redNodes: runtime } = helper as unknown as {
		_redNodes: { setFlows(flows: object[], credentials: object, type: string): Promise<void> };
	};
	let over = () => undefined as void;
	const started = new Promise<void>((resolve, reject) => {
		const fail = ({ id, payload }: RuntimeEvent) => {
			if (id === 'runtime-state' && payload?.error) reject(new Error(payload.error));
		};
		events.once('flows:started', resolve);
		events.on('runtime-event', fail);
		over = () => {
			events.off('flows:started', resolve);
			events.off('runtime-event', fail);
		};
	});
	await Promise.all([started, runtime.setFlows(flows, credentials, type)]).finally(over);
}
