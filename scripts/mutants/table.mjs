/**
 * Columns as wide as their widest cell; numbers to the right.
 * @param {readonly Record<string, string | number>[]} rows with the same keys, the heads of the columns
 */
export function tableOf(rows) {
	const heads = Object.keys(rows[0] ?? {});
	const cells = [heads, ...rows.map((row) => heads.map((head) => String(row[head])))];
	const widths = heads.map((_head, at) =>
		Math.max(...cells.map((line) => (line[at] ?? '').length)),
	);
	return cells
		.map((line) =>
			line
				.map((cell, at) =>
					at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0),
				)
				.join('  '),
		)
		.join('\n');
}
