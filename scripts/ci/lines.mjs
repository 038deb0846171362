import { parse } from 'yaml';

/**
 * @typedef {object} Line
 * @property {string} run as the runner gives it to bash, with the values of the matrix in it
 * @property {string} instead what is tried in its place on a machine of one's own
 * @property {string} [why] it is another one
 */

/** What must not, or cannot, be done outside of GitHub. @type {Array<[RegExp, string, string]>} */
const INSTEAD = [
	[
		/npm publish (\S+) .*/,
		'npm publish $1 --dry-run --registry http://127.0.0.1:9/',
		'nothing is published',
	],
	[/sudo (apt-get update -qq) && sudo apt-get install .*/, '$1', 'nothing is installed'],
];

/**
 * The commands of a workflow, once for each combination of the matrix that they name.
 * @param {string} text YAML
 * @returns {Line[]}
 */
export function linesOf(text) {
	const { jobs } = parse(text);
	return Object.values(jobs).flatMap(({ steps, strategy }) =>
		steps
			.filter((/** @type {{run?: string}} */ { run }) => run)
			.flatMap((/** @type {{run: string}} */ { run }) => expand(run.trim(), strategy?.matrix ?? {}))
			.map(toLine),
	);
}

/** @param {string} run @param {Record<string, unknown[]>} matrix @returns {string[]} */
function expand(run, matrix) {
	const [whole, name = ''] = /\$\{\{ *matrix\.(\w+) *\}\}/.exec(run) ?? [];
	if (!whole) return [run];
	return (matrix[name] ?? []).flatMap((value) =>
		expand(run.replaceAll(whole, String(value)), matrix),
	);
}

/** @param {string} run @returns {Line} */
function toLine(run) {
	const changes = INSTEAD.filter(([pattern]) => run.search(pattern) >= 0);
	const instead = changes.reduce((line, [pattern, other]) => line.replace(pattern, other), run);
	const why = changes.map(([, , reason]) => reason).join(', ');
	return { run, instead, ...(why && { why }) };
}
