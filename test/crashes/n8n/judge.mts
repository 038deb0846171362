import type { End } from '../points.mts';
import type { Story } from './world.mts';

/** All that is known of an item that ended in a way that is not allowed. */
export function endOf({ lives, paid }: Story): End | object {
	const brief = { paid, lives: lives.map(({ handed, output }) => [handed, output]) };
	const handed = lives.flatMap((life) => life.handed);
	const output = lives.map((life) => life.output).join('\n');
	// What had been paid for before the last life, and whether that life has paid again.
	const [before = [], now = []] = paid.slice(-2);
	const [only] = before;
	const whole = handed.length > 0 && handed.every(({ bytes = 0 }) => bytes > 0);
	if (!whole || before.length > 1 || now.length > 2) return brief;
	const isOf = (id: string | undefined) => handed.every(({ requestId }) => requestId === id);
	if (now.length === 1 && isOf(now[0])) {
		if (handed.length > 2) return brief;
		return handed.length === 1 ? 'delivered' : 'delivered again';
	}
	if (now.length !== 2 || handed.at(-1)?.requestId !== now[1] || only === undefined) return brief;
	return output.includes(only) ? 'in the log' : 'not known';
}
