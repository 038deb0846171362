// The outcomes of all hosts as one table, and what is wrong with them.
import { growthOf, isFlat } from './slope.mjs';

/** @typedef {import('./phases.mjs').Outcome} Outcome */

const HEAD = [
	'host',
	'requests',
	'accepted',
	'results',
	'repeated',
	'faults',
	's',
	'process',
	'heap after each phase, MB',
	'growth',
	'handles, first and last',
	'p99 of the event loop, ms',
];

/** Markdown. @param {readonly Outcome[]} outcomes */
export function tableOf(outcomes) {
	const line = (cells) => `| ${cells.join(' | ')} |`;
	return [line(HEAD), line(HEAD.map(() => '---')), ...outcomes.flatMap(rowsOf).map(line)].join(
		'\n',
	);
}

/** @param {Outcome} outcome */
function rowsOf({ host, requests, paid, results, repeated, faults, seconds, looks }) {
	const counts = [host, requests, paid, results, repeated, faults, seconds];
	return Object.entries(looks).map(([process, seen], at) => [
		...(at === 0 ? counts : counts.map(() => '')),
		process,
		seen.map(({ heap }) => heap).join(' '),
		`${(100 * growthOf(heapsOf(seen))).toFixed(1)} %`,
		`${total(seen.at(0))} → ${total(seen.at(-1))}`,
		seen.map(({ delay }) => delay.toFixed(0)).join(' '),
	]);
}

/** What breaks a promise, in words. @param {Outcome} outcome */
export function problemsOf({ host, requests, paid, results, repeated, looks }) {
	const problems = [];
	if (results !== requests) problems.push(`${host}: ${results} results of ${requests} requests`);
	if (paid !== requests) problems.push(`${host}: ${paid} requests were paid for, not ${requests}`);
	if (repeated > 0) problems.push(`${host}: ${repeated} results came out twice`);
	for (const [process, seen] of Object.entries(looks)) {
		if (!isFlat(heapsOf(seen))) problems.push(`${host}, ${process}: its heap grows`);
		if (!isFlat(seen.map(total))) problems.push(`${host}, ${process}: its open handles grow`);
	}
	return problems;
}

const heapsOf = (seen) => seen.map(({ heap }) => heap);
const total = ({ handles }) => Object.values(handles).reduce((sum, count) => sum + count, 0);
