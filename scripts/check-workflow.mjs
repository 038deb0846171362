// GitHub's own language service on the text of a workflow. It is written for bundlers (its modules import
// JSON in a way that Node.js refuses), so lint-workflows.mjs bundles this file before it loads it.
import { validate } from '@actions/languageservice';
import { TextDocument } from 'vscode-languageserver-textdocument';

let texts = 0;

/** @param {string} text YAML */
export async function check(text) {
	// By its address, the service keeps what it has read.
	const address = `file:///${++texts}/.github/workflows/ci.yml`;
	const found = await validate(TextDocument.create(address, 'yaml', 1, text), {});
	return found.map(({ message, range }) => ({ line: range.start.line + 1, message }));
}
