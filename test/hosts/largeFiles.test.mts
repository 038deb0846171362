// Uploads a large file with the transports of both hosts: it arrives complete each time.
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { describe, expect, it, jest } from '@jest/globals';
import type { IExecuteFunctions } from 'n8n-workflow';
import type { Dispatcher } from 'undici';
import { createClient, type Host, prepare } from '../../core/index.ts';
import { type SubmitAnswer } from '../../core/request/receipt.ts';
import type * as RedHostModule from '../../node-red/runtime/account/host.ts';
import type * as N8nHostModule from '../../nodes/RunComfy/transport/host.ts';
import { TOKEN, useRig, useServers } from '../n8n/support/rig.mts';
import { dist } from '../node-red/support/dist.mts';
import { pursuitOf } from '../support/pursued.mts';

const require = createRequire(import.meta.url);
const redHost = dist<typeof RedHostModule>('node-red/runtime/account/host.js');
const n8nHost = require('../../dist/nodes/RunComfy/transport/host.js') as typeof N8nHostModule;

const rig = useRig();
const serve = useServers();

const MB = 2 ** 20;
const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
const picture = (bytes: number) =>
	Buffer.concat([PNG, Buffer.alloc(bytes - PNG.length, 'abcdefg')]);
const dataUri = (bytes: Buffer) => `data:image/png;base64,${bytes.toString('base64')}`;

const HOSTS: Record<string, (pool: Dispatcher) => Host> = {
	'Node-RED': (pool) =>
		redHost.createHost({ account: { token: TOKEN, secrets: [TOKEN] }, dispatcher: () => pool }),
	n8n: () =>
		n8nHost.createHost(rig.executeContext({}) as unknown as IExecuteFunctions, {
			secrets: [TOKEN],
		}),
};

interface Arrived {
	/** SHA-256 of the body. */
	digest: string;
	length: number;
	headers: NodeJS.Dict<string | string[]>;
}

interface Scene {
	value: unknown;
	/** The service's reaction to each submit, counted from 1, after reading its body. */
	answers?: (number: number) => number;
	/** The answer to a submit, whose connection is reset after its beginning. */
	refusal?: number;
}

/** Submits through a host to the test's own service. */
async function submitBy(name: string, { value, answers, refusal }: Scene) {
	const arrived: Arrived[] = [];
	const url = await serve((request, response) => {
		if (refusal !== undefined && request.method === 'POST') {
			request.once('data', () =>
				response.writeHead(refusal).end('{}', () => request.socket.resetAndDestroy()),
			);
			return;
		}
		const hash = createHash('sha256');
		let length = 0;
		request.on('data', (chunk: Buffer) => {
			hash.update(chunk);
			length += chunk.length;
		});
		request.on('end', () => {
			arrived.push({ digest: hash.digest('hex'), length, headers: request.headers });
			const answer = answers?.(arrived.length) ?? 200;
			const body = answer === 200 ? '{"request_id":"r-1"}' : '{}';
			response.writeHead(answer, { 'retry-after': '0' }).end(body);
		});
	});
	const pool = redHost.createPool();
	try {
		const client = createClient({ host: HOSTS[name]!(pool), baseUrl: url });
		const overrides = {
			189: { inputs: { image: value } },
			6: { inputs: { text: 'ü "x"', n: 5n } },
		};
		const prepared = await prepare(client, { target: { deploymentId: 'd' }, overrides });
		const { input } = await prepared.withFiles();
		const outcome = await pursuitOf(client, input)
			.accepted()
			.then(
				(answer: SubmitAnswer) => answer.request_id,
				(error: { code: string }) => error.code,
			);
		return { outcome, arrived };
	} finally {
		await pool.destroy();
	}
}

const bodyWith = (image: string) =>
	Buffer.from(
		`{"overrides":{"6":{"inputs":{"text":"ü \\"x\\"","n":5}},"189":{"inputs":{"image":"${image}"}}}}`,
	);
const digestOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

describe.each(Object.keys(HOSTS))('%s sends a file', (name) => {
	it('of any size, every byte of it', async () => {
		const file = picture(8 * MB);
		const { outcome, arrived } = await submitBy(name, { value: file });
		const body = bodyWith(dataUri(file));
		expect(outcome).toBe('r-1');
		expect(arrived).toMatchObject([{ digest: digestOf(body), length: body.length }]);
		expect(arrived[0]?.headers['content-length']).toBe(String(body.length));
		expect(arrived[0]?.headers['transfer-encoding']).toBeUndefined();
	});

	it('given as text in the same way', async () => {
		const text = dataUri(picture(3 * MB + 1));
		const wrapped = text.replace(/.{76}/g, '$&\r\n').replaceAll('=', '');
		const { outcome, arrived } = await submitBy(name, { value: wrapped });
		expect(outcome).toBe('r-1');
		expect(arrived).toMatchObject([{ digest: digestOf(bodyWith(text)) }]);
	});

	it('whole once more if the service has refused it for the moment', async () => {
		const file = picture(MB);
		jest.spyOn(Math, 'random').mockReturnValue(0);
		const answers = (number: number) => (number === 1 ? 429 : 200);
		const { outcome, arrived } = await submitBy(name, { value: file, answers });
		const digest = digestOf(bodyWith(dataUri(file)));
		expect(outcome).toBe('r-1');
		expect(arrived).toMatchObject([{ digest }, { digest }]);
	});

	it('no further if the service refuses it, and says so', async () => {
		const { outcome } = await submitBy(name, { value: picture(8 * MB), refusal: 413 });
		expect(outcome).toBe('invalid_request');
	});
});
