// The mutants that no test kills, kept with the reason in test/mutants/survivors.json.
import { relative } from 'node:path';

/**
 * @typedef {object} Survivor
 * @property {string} file
 * @property {number} line where it was; it may have moved since
 * @property {string} code the line of the source
 * @property {string} from what is mutated
 * @property {string} to what it becomes
 * @property {string} reason why no test kills it; empty where nobody has looked at it
 */

/** @typedef {import('@stryker-mutator/api/core').MutantResult} MutantResult */

const KILLED = new Set(['Killed', 'Timeout']);
const ALIVE = new Set(['Survived', 'NoCoverage']);
const LONGEST = 120;

/** @param {readonly MutantResult[]} results */
export function scoreOf(results) {
	const killed = results.filter(({ status }) => KILLED.has(status)).length;
	const survived = results.filter(({ status }) => ALIVE.has(status)).length;
	return {
		mutants: killed + survived,
		killed,
		survived,
		score: percent(killed, killed + survived),
	};
}

/** @param {number} part @param {number} whole */
const percent = (part, whole) => (whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)} %`);

/**
 * @param {readonly MutantResult[]} results
 * @param {string} root
 * @param {(file: string) => string} read
 * @returns {Survivor[]}
 */
export function survivorsOf(results, root, read) {
	return results
		.filter(({ status }) => ALIVE.has(status))
		.map(({ fileName, location, replacement }) => {
			const source = read(fileName).split('\n');
			return {
				file: relative(root, fileName),
				line: location.start.line,
				code: short(source[location.start.line - 1] ?? ''),
				from: short(cut(source, location)),
				to: short(replacement ?? ''),
				reason: '',
			};
		})
		.sort((one, other) => one.file.localeCompare(other.file) || one.line - other.line);
}

/** @param {string[]} source @param {MutantResult['location']} location from 1 */
function cut(source, { start, end }) {
	const lines = source.slice(start.line - 1, end.line);
	const last = lines.length - 1;
	return lines
		.map((line, at) => (at === last ? line.slice(0, end.column - 1) : line))
		.map((line, at) => (at === 0 ? line.slice(start.column - 1) : line))
		.join(' ');
}

/** @param {string} text */
function short(text) {
	const line = text.replace(/\s+/g, ' ').trim();
	return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
}

/** Not by its line: code above it may change. @param {Survivor} survivor */
const keyOf = ({ file, code, from, to }) => JSON.stringify([file, code, from, to]);

/**
 * @param {readonly Survivor[]} found of one run
 * @param {readonly Survivor[]} kept
 * @param {(file: string) => boolean} wasRun whether the run has mutated it
 */
export function compare(found, kept, wasRun) {
	const reasons = new Map(kept.map((one) => [keyOf(one), one.reason]));
	const alive = new Set(found.map(keyOf));
	const known = found.map((one) => ({ ...one, reason: reasons.get(keyOf(one)) ?? '' }));
	return {
		/** Those that nobody has given a reason for. */
		fresh: known.filter(({ reason }) => reason === ''),
		/** Kept ones that are no more. */
		gone: kept.filter((one) => wasRun(one.file) && !alive.has(keyOf(one))),
		/** What to keep from now on. */
		now: [...kept.filter(({ file }) => !wasRun(file)), ...known].sort(
			(one, other) => one.file.localeCompare(other.file) || one.line - other.line,
		),
	};
}
