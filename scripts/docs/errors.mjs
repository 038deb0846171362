// The table of error codes, from core/errors/codes.ts as compiled.
import { loadCore } from '../dist.mjs';
import { tableOf } from './markdown.mjs';

const REPEAT = { later: 'yes, later', after_help: 'once that is done', no: 'no' };
const REQUEST = {
	failed: 'has failed',
	canceled: 'was canceled',
	goes_on: 'goes on',
	unknown: 'may be running',
};

export function errorBlocks() {
	const rows = Object.entries(loadCore().CODES).map(
		([code, { meaning, hint, repeat, request }]) => [
			`\`${code}\``,
			meaning,
			hint,
			REPEAT[repeat],
			REQUEST[request],
		],
	);
	return {
		errors: tableOf(['code', 'meaning', 'what to do', 'try again?', 'an accepted request'], rows),
	};
}
