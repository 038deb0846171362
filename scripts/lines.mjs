/**
 * The lines that a child process prints, growing as they come.
 * @param {import('node:child_process').ChildProcessByStdio<null, import('node:stream').Readable, import('node:stream').Readable>} child
 * @param {(line: string) => void} log is told each of them
 * @returns {string[]}
 */
export function collectLines(child, log) {
	const lines = [];
	for (const stream of [child.stdout, child.stderr]) {
		let rest = '';
		stream.setEncoding('utf8').on('data', (text) => {
			const parts = (rest + text).split('\n');
			rest = parts.pop() ?? '';
			for (const line of parts) {
				lines.push(line);
				log(line);
			}
		});
	}
	return lines;
}
