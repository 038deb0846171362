// Writes Markdown as Prettier formats it, so that Prettier leaves generated pages unchanged.

/**
 * @param {string[]} head
 * @param {string[][]} rows
 */
export function tableOf(head, rows) {
	const lines = [head, ...rows].map((cells) => cells.map((cell) => cell.replaceAll('|', '\\|')));
	const widths = head.map((_, at) => Math.max(3, ...lines.map((line) => line[at]?.length ?? 0)));
	const [first, ...others] = lines.map((cells) =>
		lineOf(widths.map((width, at) => (cells[at] ?? '').padEnd(width))),
	);
	return [first, lineOf(widths.map((width) => '-'.repeat(width))), ...others].join('\n');
}

const lineOf = (/** @type {string[]} */ cells) => `| ${cells.join(' | ')} |`;

/** Converts the HTML that n8n allows in texts. */
export function fromHtml(/** @type {string} */ html) {
	return html
		.replace(/<a href="([^"]+)"[^>]*>([^<]*)<\/a>/g, '[$2]($1)')
		.replace(/<code>([^<]*)<\/code>/g, '`$1`')
		.replace(/<(?:i|em)>([^<]*)<\/(?:i|em)>/g, '_$1_')
		.replace(/<b>([^<]*)<\/b>/g, '**$1**')
		.replace(/<br ?\/?>/g, ' ');
}

/**
 * Fills each block between its markers, `<!-- generated: NAME -->` and `<!-- end -->`.
 * @param {string} page
 * @param {Record<string, string>} blocks
 */
export function fill(page, blocks) {
	return page.replace(
		/(<!-- generated: ([\w-]+) -->\n)[^]*?(<!-- end -->)/g,
		(_all, begin, name, end) => {
			if (!(name in blocks)) throw new Error(`No block of the name ${name} is generated`);
			return `${begin}\n${blocks[name]}\n\n${end}`;
		},
	);
}
