// The list of error codes, from core/errors/codes.ts as compiled.
import { loadCore } from '../dist.mjs';

const REPEAT = { later: 'yes, later', after_help: 'once that is done', no: 'no' };
const REQUEST = {
	failed: 'has failed',
	canceled: 'was canceled',
	goes_on: 'goes on',
	unknown: 'is in an unknown state',
};

export function errorBlocks() {
	const errors = Object.entries(loadCore().CODES).map(
		([code, { meaning, hint, repeat, request }]) =>
			`- \`${code}\`: ${meaning}. ${hint} _Repeat the call: ${REPEAT[repeat]}. An accepted request ${REQUEST[request]}._`,
	);
	return { errors: errors.join('\n') };
}
