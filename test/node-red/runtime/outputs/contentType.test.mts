// What an http response node needs to send a picture.
import { describe, expect, it } from '@jest/globals';
import type { NodeMessage } from 'node-red';
import type * as ContentTypeModule from '../../../../node-red/runtime/node/message.cts';
import type { DeploymentIds } from '../../../../simulator/types.cts';
import { dist } from '../../support/dist.mts';
import { useFlows } from '../../support/rig.mts';

const { setContentType } = dist<typeof ContentTypeModule>('node-red/runtime/node/message.cjs');

describe('the content type of a file', () => {
	const withHeaders = (headers: unknown, type = 'image/png') => {
		const msg = { _msgid: 'm', headers } as NodeMessage;
		setContentType(msg, type);
		return msg['headers'];
	};

	it.each([undefined, null, 'text'])('is set where msg.headers is %j', (headers) => {
		expect(withHeaders(headers)).toEqual({ 'content-type': 'image/png' });
	});

	it('leaves the headers that the flow has set, and their object', () => {
		const headers = { 'Content-Type': 'text/html', 'cache-control': 'no-store' };
		expect(withHeaders(headers)).toEqual({
			'cache-control': 'no-store',
			'content-type': 'image/png',
		});
		expect(headers).toEqual({ 'Content-Type': 'text/html', 'cache-control': 'no-store' });
	});

	it('takes the place of headers of an answer that the flow has fetched', () => {
		const fetched = { 'content-length': '7', etag: 'x', 'x-node-red-request-node': '12ab' };
		expect(withHeaders(fetched)).toEqual({ 'content-type': 'image/png' });
	});

	it.each([
		...['text/html', 'image/svg+xml', 'image/SVG+XML', 'IMAGE/SVG+XML; charset=utf-8', 'text/xml'],
		...['text/plain'],
		...['application/pdf', 'application/octet-stream', 'model/gltf+json', 'nonsense'],
	])('keeps a browser from running a file of the type %s', (type) => {
		const set = withHeaders({ 'Content-Security-Policy': 'script-src *', 'x-mine': 1 }, type);
		expect(set).toEqual({
			'content-type': type,
			'x-mine': 1,
			'content-security-policy': 'sandbox',
			'x-content-type-options': 'nosniff',
		});
	});

	it.each(['image/png', 'video/mp4', 'audio/mpeg'])('says no more of %s', (type) => {
		const set = withHeaders({ 'content-security-policy': "default-src 'self'" }, type);
		expect(set).toEqual({
			'content-type': type,
			'content-security-policy': "default-src 'self'",
		});
	});
});

describe('a run node', () => {
	const start = useFlows();

	async function sentBy(fields: object, deployment: keyof DeploymentIds = 'textToImage') {
		const flow = await start('runcomfy-run', { output: 'buffer', setHeaders: true, ...fields });
		flow.receive({
			deploymentId: flow.simulator.deploymentIds[deployment],
			headers: { 'x-mine': 1 },
		} as object as NodeMessage);
		await flow.ended();
		return flow.sent[0];
	}

	it('tells it with the first file as Buffer', async () => {
		expect(await sentBy({})).toHaveProperty('headers', {
			'content-type': 'image/png',
			'x-mine': 1,
		});
	});

	it.each([{ setHeaders: undefined }, { setHeaders: false }, { output: 'buffers' }])(
		'leaves msg.headers alone with %j',
		async (fields) => {
			expect(await sentBy(fields)).toHaveProperty('headers', { 'x-mine': 1 });
		},
	);

	it('leaves them alone where there is no file', async () => {
		const sent = await sentBy({}, 'text');
		expect(sent).toMatchObject({ payload: null, headers: { 'x-mine': 1 } });
	});
});
