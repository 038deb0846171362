// As data.test.mts, for what reads a text.
import { describe, it } from '@jest/globals';
import {
	checkWebhook,
	getStatus,
	parseExtraData,
	parseOverrides,
	parseUserJson,
	parseWorkflow,
	readWorkflowFile,
	type RequestRef,
	secretIn,
	toCallback,
	toDeploymentId,
	toMediaInput,
} from '../../../core/index';
import { retryAfterOf } from '../../../core/parsers';
import { hostileText } from '../../support/hostileData.mts';
import fc from '../../support/properties.mts';
import { clientOf } from '../support/virtualHost.mts';
import { expectOwnErrorsOnly, ONCE } from './ownErrors.mts';

const NAME = { name: 'Field' };
const REF: RequestRef = { deploymentId: 'd', requestId: 'r' };
const CLIENT = clientOf({}).client;

const PIECES: Array<[name: string, pieces: string[], call: (text: string) => unknown]> = [
	['parseOverrides', ['{', '}', '"6"', ':', '"inputs"', ',', ' '], (text) => parseOverrides(text)],
	[
		'parseWorkflow',
		['{', '}', '"6"', ':', '"class_type"', ',', '['],
		(text) => parseWorkflow(text),
	],
	[
		'parseUserJson',
		['{', '}', '"', ':', "'", ',', '\\', '\n', '[', ']'],
		(text) => parseUserJson(text, NAME),
	],
	['parseExtraData', ['{', '}', '"a"', ':', ','], (text) => parseExtraData(text, NAME)],
	[
		'checkWebhook',
		['https://', 'http:', 'a.example', '/', '?', ':99999', '@'],
		(text) => checkWebhook(CLIENT, text),
	],
	[
		'toDeploymentId',
		['https://', 'a', '/deployments/', '%2e', '?', '#'],
		(text) => toDeploymentId(text),
	],
	[
		'toMediaInput',
		['data:', 'image/png', ';base64', ',', 'AAAA', '=', '-_'],
		(text) => toMediaInput(text, MEDIA),
	],
	[
		'secretIn',
		['?', 'secret', '=', '&', '%', '+'],
		(text) => [secretIn(text), toCallback(text, { request_id: 'r', deployment_id: 'd' })],
	],
	[
		'retryAfterOf',
		['1', '.', ' GMT', 'Wed, 21 Oct 2015 07:28:00', '-'],
		(text) => retryAfterOf({ 'retry-after': text, date: text }, 0),
	],
	[
		'an answer',
		['{', '}', '"error_code"', ':', '1', '<html>', '<title>', '\ufeff'],
		(text) => getStatus(clientOf({ body: text }).client, REF, ONCE),
	],
	[
		'readWorkflowFile',
		['\x89PNG\r\n\x1a\n', 'RIFF', 'WEBP', 'ftyp', '{', '\xff\xd8'],
		(text) => readWorkflowFile(Buffer.from(text, 'latin1'), { name: 'a' }),
	],
];

const MEDIA = {
	toBase64: (bytes: Uint8Array) => Buffer.from(bytes).toString('base64'),
	sleep: () => Promise.resolve(),
};

describe('text that nobody means to give', () => {
	it.each(PIECES)('%s throws nothing but its own errors', async (_name, pieces, call) => {
		await fc.assert(
			fc.asyncProperty(hostileText(pieces), (given) => expectOwnErrorsOnly(() => call(given))),
			{ numRuns: 300 },
		);
	});
});
