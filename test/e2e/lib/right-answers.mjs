// The table of what ComfyUI takes and refuses, and how a host has answered each row.
import { importTypeScript } from './typescript.mjs';

const { REFUSED, TAKEN } = await importTypeScript('test/support/rightAnswers.mts');
export const { startAnswersService } = await importTypeScript('test/support/answersService.mts');

export const DEPLOYMENT_ID = '11111111-2222-4333-8444-555555555555';

/** Overrides of one node each; `right` is "taken", or the finding: input, problem, suggestion. */
export const ROWS = [...TAKEN, ...REFUSED].map(([nodeId, inputs, right = 'taken']) => ({
	nodeId,
	inputs,
	right,
	overrides: { [nodeId]: { inputs } },
}));

export const COUNTS = `${TAKEN.length} rows taken, ${REFUSED.length} refused before the submit`;

/** @param {object} answer of a host: the id of the request, or what is said to be wrong */
function read({ nodeId, inputs }, { requestId, findings, ...rest }, submits) {
	if (requestId === undefined) return findings?.map(shown).join() ?? JSON.stringify(rest);
	const { workflow_api_json: whole, overrides } = submits[Number(requestId.slice(1)) - 1];
	const sent = (whole ?? overrides)[nodeId]?.inputs ?? {};
	const lacking = Object.keys(inputs).filter((input) => !Object.hasOwn(sent, input));
	return lacking.length === 0 ? 'taken' : `sent without ${lacking.join()}`;
}

function shown({ path, problem, suggestion }) {
	return [path.split('.inputs.')[1], problem, suggestion].filter(Boolean).join(' ');
}

/**
 * Rows that the host has not answered as ComfyUI would, as texts.
 * @param {{requestId?: string, findings?: object[]}[]} answers by row
 * @param {Record<string, any>[]} submits bodies that the service received
 */
export function wrongAnswers(answers, submits) {
	const wrong = ROWS.flatMap((row, at) => {
		const answer = read(row, answers[at] ?? {}, submits);
		return answer === row.right
			? []
			: [`${JSON.stringify(row.overrides)}: ${answer}, not ${row.right}`];
	});
	const more = submits.length - TAKEN.length;
	return [...wrong, ...(more === 0 ? [] : [`${more} more submits than rows to take`])];
}

/** Goes in as texts and comes out as numbers: this row shows how ComfyUI converts. */
export const CONVERTED = { overrides: { 4: { inputs: { steps: 20, cfg: 7.5, seed: 123 } } } };
