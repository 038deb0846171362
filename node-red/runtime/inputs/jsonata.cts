import type { NodeAPI } from 'node-red';
import type { EvaluateJsonata } from '../../../core/index.js';

/** Of a price none is longer. */
const LONGEST = 10_000;

/**
 * Evaluates JSONata that came with an answer, by Node-RED's own. Unlike a user's it gets nothing of this
 * Node-RED to see, and no function of its own: one that calls itself would never end.
 */
export const foreignJsonata =
	({ util }: NodeAPI): EvaluateJsonata =>
	(text, input) => {
		if (
			text.length > LONGEST ||
			/\bfunction\b|λ|~>|\.\.|\$(env|eval|flowContext|globalContext)\b/.test(text)
		) {
			throw new SyntaxError('The expression does more than working out a value');
		}
		const expression = util.prepareJSONataExpression(text, {} as never);
		return new Promise((resolve, reject) => {
			util.evaluateJSONataExpression(expression, input as never, (error, value) => {
				if (error) reject(error);
				else resolve(value);
			});
		});
	};
