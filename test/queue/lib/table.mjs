// The figures of all scenes, which the tests write and their runner reads.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/** @param {string} row @param {string} waitMode @param {string} text */
export function record(row, waitMode, text) {
	console.log(`${row} [${waitMode}]: ${text}`);
	const file = process.env.RUNCOMFY_QUEUE_FIGURES;
	if (file) appendFileSync(file, `${JSON.stringify({ row, waitMode, text })}\n`);
}

/** A row for each scene, a column for each way of waiting; Markdown. @param {string} file */
export function tableOf(file) {
	const figures = existsSync(file)
		? readFileSync(file, 'utf8')
				.split('\n')
				.filter(Boolean)
				.map((line) => JSON.parse(line))
		: [];
	const modes = [...new Set(figures.map(({ waitMode }) => waitMode))];
	const rows = [...new Set(figures.map(({ row }) => row))];
	const cell = (row, mode) =>
		figures
			.filter((figure) => figure.row === row && figure.waitMode === mode)
			.map(({ text }) => text)
			.at(-1) ?? '';
	const line = (cells) => `| ${cells.join(' | ')} |`;
	return [
		line(['', ...modes]),
		line(['---', ...modes.map(() => '---')]),
		...rows.map((row) => line([row, ...modes.map((mode) => cell(row, mode))])),
	].join('\n');
}
