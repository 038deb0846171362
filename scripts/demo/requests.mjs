// What this process asks of RunComfy, as seen on its way: n8n stores no request id of a stopped run.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';

const FINISHED = 'http.client.response.finish';

/**
 * @typedef {object} SeenRequests
 * @property {Map<string, import('./stop.mjs').State>} states by request id
 * @property {() => number} submits how many were sent and answered
 * @property {() => void} end
 */

/** @returns {SeenRequests} */
export function watchRequests() {
	/** @type {SeenRequests['states']} */
	const states = new Map();
	let submits = 0;
	/** @param {any} message Node's: the request and its answer */
	const see = ({ request, response }) => {
		if (/\/inference(\?|$)/.test(request.path)) submits += 1;
		const [, id, what] = /\/requests\/([^/?]+)\/(status|result|cancel)/.exec(request.path) ?? [];
		if (id === undefined) return;
		if (what === 'cancel' && response.statusCode < 300) states.set(id, 'canceled');
		else if (!states.has(id)) states.set(id, 'under way');
	};
	subscribe(FINISHED, see);
	return { states, submits: () => submits, end: () => void unsubscribe(FINISHED, see) };
}
