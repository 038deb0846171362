// Calls the core with texts of many megabytes, and prints the outcome of each call as JSON.
const dist = '../../../dist/core';
const core = require(dist);
const { toMediaInput } = require(`${dist}/media/mediaInput`);
const { isBase64 } = require(`${dist}/form/values`);
const { errorFromAnswer } = require(`${dist}/errors/fromAnswer`);
const { fileTypeOf, safeFilename } = require(`${dist}/media/filenames`);
const { readOutputs } = require(`${dist}/files/outputs`);
const { isPrivateHostname } = require(`${dist}/http/privateAddress`);

const MANY = 20_000_000;
const letters = 'A'.repeat(MANY);
const blanks = ' '.repeat(MANY);
const sleep = () => new Promise((resolve) => setImmediate(resolve));
const limits = { maxBytes: 2 ** 30, filename: 'a.png', mimeType: 'image/png', sleep };

/** @type {Record<string, () => unknown>} */
const calls = {
	'media from Base64': () => toMediaInput(letters, limits),
	'media from a data URI': () => toMediaInput(`data:image/png;base64,${letters}`, limits),
	'a data URI of parameters': () =>
		toMediaInput(`data:image/png${';a'.repeat(MANY / 2)};base64,AAAA`, limits),
	'Base64 with a gap': () => toMediaInput(`AAAA${blanks}AAAA`, limits),
	isBase64: () => isBase64(letters),
	'an answer of blanks': () => errorFromAnswer(500, undefined, `x${blanks}y`, {}),
	'an answer that speaks of blanks': () => errorFromAnswer(500, { message: `x${blanks}y` }, '', {}),
	'an answer of one word': () => errorFromAnswer(500, { message: letters }, '', {}),
	'a file name of letters': () => safeFilename(`a.${letters}`),
	'a file name of blanks': () => safeFilename(`${blanks}a`),
	'the type of a file name': () => fileTypeOf(`a.${letters}`),
	'JSON with many digits': () => require(`${dist}/json/numbers`).parseJson(`[${'1'.repeat(MANY)}]`),
	"a user's JSON with blanks": () =>
		core.parseUserJson(`{${blanks}"a":1 x}`, { field: 'Overrides' }),
	outputs: () =>
		readOutputs({
			9: { images: [{ filename: letters, url: `https://a/${letters}` }, letters] },
		}),
	'a deployment id': () => core.checkId(letters, 'deployment id'),
	'a host name': () => isPrivateHostname('1'.repeat(MANY)),
};

async function outcomeOf(call) {
	try {
		await call();
		return 'done';
	} catch (error) {
		return error?.name === 'RunComfyError' ? 'done' : `${error}`;
	}
}

(async () => {
	const outcomes = {};
	for (const [name, call] of Object.entries(calls)) outcomes[name] = await outcomeOf(call);
	process.stdout.write(JSON.stringify(outcomes));
})();
