import { describe, expect, it, jest } from '@jest/globals';
import {
	createClient,
	download,
	followRedirects,
	isPrivateHost,
	privateAddressError,
} from '../../../core/index';
import { collect, errorOf, FILE, file } from '../files/downloading.mts';
import { REF } from '../support/fakeJob.mts';
import { createVirtualHost } from '../support/virtualHost.mts';

const PRIVATE = [
	...['localhost', 'LOCALHOST.', 'a.localhost', '0.0.0.0', '127.0.0.1', '127.255.0.9'],
	...['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', '169.254.169.254'],
	...['100.64.0.1', '100.127.255.255', '224.0.0.1', '255.255.255.255'],
	...['[::]', '[::1]', '::1', '[::ffff:127.0.0.1]', '::ffff:10.0.0.1', '[::127.0.0.1]'],
	...['[fe80::1]', 'fe80::1%eth0', '[fc00::1]', '[fdff::1]', '[fec0::1]', '[ff02::1]'],
	...['[64:ff9b::7f00:1]', '64:ff9b:1::1', '[2002:7f00:1::]', '[2002:c0a8:101::]'],
	...[
		'my.own.localhost',
		'64:ff9b:1::808:808',
		'ff00::1',
		'febf::1',
		'feff::1',
		'FE80::1',
		'::a00:1',
		'[::ffff:c0a8:1]',
		'::ffff:0:7f00:1',
		...['ip6-localhost', 'ip6-loopback', 'mylocalhost', 'simulator', 'simulator.', 'localhost..'],
		...['metadata.google.internal', 'METADATA.google.internal.', 'printer.local', 'x.local..'],
		...['2001::1', '2001:0:53aa:64c:1000:2a8b:80ff:fffe', '[2001:0:0:0::7f00:1]', '10.0.0.1.'],
	],
];

const PUBLIC = [
	...['store.example', 'localhost.example', '1.1.1.1', '9.255.0.1', '11.0.0.1', '172.15.0.1'],
	...['172.32.0.1', '192.167.0.1', '192.169.0.1', '100.63.0.1', '100.128.0.1', '169.253.0.1'],
	...['223.255.255.255', '198.18.0.1', '[2606:4700::1111]', '[::ffff:1.1.1.1]'],
	...['[64:ff9b::101:101]', '[2002:101:101::]', '10.example', 'fe80.example'],
	...['64:1::1', '65:ff9b::7f00:1', '2001:db8::7f00:1', '2003:7f00:1::', 'fbff::1', 'fe00::1'],
	...[
		'2606:4700:1:2:3:4:5:6',
		'fe7f::1',
		'1::7f00:1',
		'0:0:0:0:1:ffff:7f00:1',
		'2606:4700:4700:0:0:0:0:1111',
	],
	...['', '.', 'localhosts.example', 'local.example', 'internal.example.', 'x.locals'],
	...['10.0.0.1.example', 'x10.0.0.1', '2001:1::1', '::fffe:0:7f00:1', '::ffff:0:808:808'],
];

describe('a host', () => {
	it.each(PRIVATE)('%s is on a private network', (host) => {
		expect(isPrivateHost(host)).toBe(true);
	});

	it.each(PUBLIC)('%s is not', (host) => {
		expect(isPrivateHost(host)).toBe(false);
	});

	it.each(['0x7f.1', '2130706433', '127.1', '127.0.0.1.', '0177.0.0.1', 'LocalHost', '[0::1]'])(
		'written as %s is recognized before any request is made',
		async (host) => {
			const send = jest.fn<() => Promise<never>>();
			const url = `http://user@${host}:8080/a`;
			const done = followRedirects(
				{ url, authenticate: false, publicOnly: true },
				{ send, read: () => ({ status: 200, location: undefined }), drop: () => undefined },
			);
			await expect(done).rejects.toMatchObject({ code: 'ERR_PRIVATE_ADDRESS' });
			expect(send).not.toHaveBeenCalled();
		},
	);
});

describe('an output at a private address', () => {
	const fetched = (url: string, options: { baseUrl?: string; allowPrivate?: boolean } = {}) => {
		const host = createVirtualHost(() => file(5));
		const guarded: typeof host = {
			...host,
			async request(sent) {
				const { hostname } = new URL(sent.url);
				if (sent.publicOnly && isPrivateHost(hostname)) throw privateAddressError(hostname);
				return host.request(sent);
			},
		};
		const client = createClient({ host: guarded, ...options });
		return { host, done: download(client, REF, { ...FILE, url }, { save: collect }) };
	};

	it('is not fetched, and the error says what to do', async () => {
		const { host, done } = fetched('http://169.254.169.254/latest/a.png');
		expect(await errorOf(done)).toMatchObject({
			code: 'output_unavailable',
			retryable: false,
			message: expect.stringContaining('private address'),
			hint: expect.stringContaining('Allow Private Addresses'),
		});
		expect(host.calls).toEqual([]);
		expect(host.clock.sleeping()).toBe(0);
	});

	it.each([
		['the API is at one', { baseUrl: 'http://127.0.0.1:4010' }],
		['the user allows it', { allowPrivate: true }],
	])('is fetched if %s', async (_why, options) => {
		expect((await fetched('http://10.0.0.1/a.png', options).done).stored).toBe(5);
	});
});
