// The table of error codes, from core/errors/codes.ts as compiled.
import { loadCore } from '../dist.mjs';
import { tableOf } from './markdown.mjs';

const REPEAT = { later: 'yes, later', after_help: 'once that is done', no: 'no' };
const REQUEST = {
	failed: 'it has failed',
	canceled: 'it was canceled',
	goes_on: '',
	unknown: 'it may be running',
};

export function errorBlocks() {
	const codes = Object.entries(loadCore().CODES);
	const rows = codes.map(([code, { meaning, hint, repeat }]) => [
		`\`${code}\``,
		meaning,
		hint,
		REPEAT[repeat],
	]);
	const ended = codes
		.filter(([, { request }]) => REQUEST[request] !== '')
		.map(([code, { request }]) => `\`${code}\` (${REQUEST[request]})`);
	return {
		errors: `${tableOf(['code', 'meaning', 'what to do', 'try again?'], rows)}

A request that RunComfy has accepted goes on, except after ${ended.join(', ')}.`,
	};
}
