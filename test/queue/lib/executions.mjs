// Executions as n8n stores them, told apart by the mark that each was started with.
import { markIn } from './workflows.mjs';

/** The most that n8n returns at once. */
const PAGE = 100;

const FINAL = ['success', 'error', 'crashed', 'canceled'];

export const isFinal = ({ status }) => FINAL.includes(status);
export const hasFailed = ({ status }) => status === 'error' || status === 'crashed';

/** @param {Function} rest @param {string} workflowId */
export function executionsOf(rest, workflowId) {
	/** @type {Map<string, number>} */
	const marks = new Map();
	const filter = encodeURIComponent(JSON.stringify({ workflowId }));

	async function list() {
		const all = new Map();
		for (let from = ''; ; ) {
			const { results, nextCursor } = await rest(
				'GET',
				`/rest/executions?limit=${PAGE}&filter=${filter}${from}`,
			);
			for (const execution of results) all.set(execution.id, execution);
			if (results.length < PAGE || nextCursor === null) return [...all.values()];
			// n8n 2.8 has no cursor yet.
			from = nextCursor
				? `&cursor=${encodeURIComponent(nextCursor)}`
				: `&lastId=${results.at(-1).id}`;
		}
	}

	/** Everything that n8n returns of it, as text. */
	const textOf = async (id) => JSON.stringify(await rest('GET', `/rest/executions/${id}`));

	async function markOf(id) {
		const known = marks.get(id);
		if (known !== undefined) return known;
		const mark = markIn(await textOf(id));
		if (mark !== undefined) marks.set(id, mark);
		return mark;
	}

	return {
		list,
		textOf,
		/** The executions of each mark, the newest first. */
		async byMark() {
			const found = new Map();
			for (const execution of await list()) {
				const mark = await markOf(execution.id);
				if (mark !== undefined) found.set(mark, [...(found.get(mark) ?? []), execution]);
			}
			return found;
		},
		/** Why it failed, according to n8n. */
		errorOf: async (id) => errorIn((await rest('GET', `/rest/executions/${id}`)).data),
		find: async (id) => rest('GET', `/rest/executions/${id}`),
		stop: (id) => rest('POST', `/rest/executions/${id}/stop`),
		/** Does what *Executions > Retry* does; with `saved`, *Retry with currently saved workflow*. */
		retry: (id, saved = false) =>
			rest('POST', `/rest/executions/${id}/retry`, { loadWorkflow: saved }),
	};
}

/** n8n stores data flatted: a list of parts that name each other by their place in it. @param {string} data */
function errorIn(data) {
	const parts = JSON.parse(data);
	const part = (owner, key) => owner?.[key] !== undefined && parts[Number(owner[key])];
	const error = part(part(parts[0], 'resultData'), 'error');
	return error ? `${part(error, 'message')} ${part(error, 'description') || ''}`.trim() : 'none';
}
