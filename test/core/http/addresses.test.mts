// Which URLs a request may go to, and with which secrets.
import { describe, expect, it, jest } from '@jest/globals';
import { download } from '../../../core/files/download';
import { isPrivateHostname } from '../../../core/http/privateAddress';
import { createClient, followRedirects, privateAddressError } from '../../../core/index';
import { submit } from '../../../core/request/submit';
import { collect, FILE } from '../files/downloading.mts';
import { REF } from '../support/fakeJob.mts';
import { clientOf, createVirtualHost, errorOf, json } from '../support/virtualHost.mts';

const PRIVATE = [
	...['localhost', 'LOCALHOST.', 'a.localhost', '0.0.0.0', '127.0.0.1', '127.255.0.9'],
	...['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', '169.254.169.254'],
	...['100.64.0.1', '100.127.255.255', '224.0.0.1', '255.255.255.255'],
	...['[::]', '[::1]', '::1', '[::ffff:127.0.0.1]', '::ffff:10.0.0.1', '[::127.0.0.1]'],
	...['[fe80::1]', 'fe80::1%eth0', '[fc00::1]', '[fdff::1]', '[fec0::1]', '[ff02::1]'],
	...['[64:ff9b::7f00:1]', '64:ff9b:1::1', '[2002:7f00:1::]', '[2002:c0a8:101::]'],
	...['my.own.localhost', '64:ff9b:1::808:808', 'ff00::1', 'febf::1', 'feff::1', 'FE80::1'],
	...['::a00:1', '[::ffff:c0a8:1]', '::ffff:0:7f00:1', 'ip6-localhost', 'ip6-loopback'],
	...['mylocalhost', 'simulator', 'simulator.', 'localhost..', 'metadata.google.internal'],
	...['METADATA.google.internal.', 'printer.local', 'x.local..', 'nas.home.arpa'],
	// Not assigned to anybody on the internet.
	...['64:1::1', '65:ff9b::808:808', '1fff::1', '4000::1', 'fe00::1', '::808:808'],
	...['2001::1', '2001:0:53aa:64c:1000:2a8b:80ff:fffe', '[2001:0:0:0::7f00:1]', '10.0.0.1.'],
];

const PUBLIC = [
	...['store.example', 'localhost.example', '1.1.1.1', '9.255.0.1', '11.0.0.1', '172.15.0.1'],
	...['172.32.0.1', '192.167.0.1', '192.169.0.1', '100.63.0.1', '100.128.0.1', '169.253.0.1'],
	...['223.255.255.255', '198.18.0.1', '[2606:4700::1111]', '[::ffff:1.1.1.1]'],
	...['[64:ff9b::101:101]', '[2002:101:101::]', '10.example', 'fe80.example'],
	...['2001:db8::7f00:1', '2003:7f00:1::', '2000::1', '3fff::1', '::ffff:808:808'],
	...['2606:4700:1:2:3:4:5:6', '2606:4700:4700:0:0:0:0:1111'],
	...['', '.', 'localhosts.example', 'local.example', 'internal.example.', 'x.locals'],
	...['10.0.0.1.example', 'x10.0.0.1', '2001:1::1'],
];

describe('a hostname', () => {
	it.each(PRIVATE)('%s is on a private network', (hostname) => {
		expect(isPrivateHostname(hostname)).toBe(true);
	});

	it.each(PUBLIC)('%s is not', (hostname) => {
		expect(isPrivateHostname(hostname)).toBe(false);
	});

	it.each(['0x7f.1', '2130706433', '127.1', '127.0.0.1.', '0177.0.0.1', 'LocalHost', '[0::1]'])(
		'written as %s is recognized before any request is made',
		async (hostname) => {
			const send = jest.fn<() => Promise<never>>();
			const url = `http://user@${hostname}:8080/a`;
			const done = followRedirects(
				{ method: 'GET', url, authenticate: false, publicOnly: true },
				{ send, read: () => ({ status: 200, location: undefined }), drop: () => undefined },
			);
			await expect(done).rejects.toMatchObject({ code: 'ERR_PRIVATE_ADDRESS' });
			expect(send).not.toHaveBeenCalled();
		},
	);
});

it('an output at a private address is not asked for again, and the error says what to do (P73)', async () => {
	const { client, host } = clientOf(privateAddressError('169.254.169.254')!);
	expect(await errorOf(download(client, REF, FILE, { save: collect }))).toMatchObject({
		code: 'output_unavailable',
		retryable: false,
		message: expect.stringContaining('private address'),
		hint: expect.stringContaining('your own network'),
	});
	expect(host.calls).toMatchObject([{ request: { publicOnly: true } }]);
});

const host = createVirtualHost(() => ({}));

describe('the base URL', () => {
	it.each(['http://api.runcomfy.net', 'http://203.0.113.7:8080', ' HTTP://proxy.example/a '])(
		'%s is refused: it would send the token in clear',
		(baseUrl) => {
			expect(() => createClient({ host, baseUrl })).toThrow(
				expect.objectContaining({
					code: 'invalid_input',
					message: expect.stringContaining('where anyone can read it'),
					hint: expect.stringContaining('https://'),
				}),
			);
		},
	);
});

describe('the secret of a webhook URL', () => {
	const SECRET = 's3cr3t-of-mine';
	const errorOf = (webhook: string) =>
		submit(clientOf(json({})).client, { deploymentId: 'dep-1', webhook }).then(
			() => 'no error',
			(error: unknown) => JSON.stringify([error, String(error)]),
		);

	it.each([
		`http://hook.example/?secret=${SECRET}`,
		`http://user:${SECRET}@hook.example/`,
		`hook?token=${SECRET}`,
	])('is not in the error for %s', async (webhook) => {
		const shown = await errorOf(webhook);
		expect(shown).toContain('The webhook URL');
		expect(shown).not.toContain(SECRET);
	});
});

const FROM = 'https://store.example/a/b.png?sig=1';

/** Gives these answers in order, and the last one from then on. */
function following(answers: { status: number; location?: string | undefined }[], request = {}) {
	const sent: string[] = [];
	const dropped: number[] = [];
	const last = followRedirects<number>(
		{ method: 'GET', url: FROM, authenticate: false, ...request },
		{
			send: async (url) => Math.min(sent.push(url), answers.length) - 1,
			read: (number) => ({ status: 200, location: undefined, ...answers[number] }),
			drop: (number) => void dropped.push(number),
		},
	);
	return last.then((answer) => ({ answer, sent, dropped }));
}

describe('a redirect', () => {
	it.each([301, 302, 303, 307, 308])('(%i) is followed', async (status) => {
		const end = await following([{ status, location: 'https://other.example/c' }, { status: 200 }]);
		expect(end).toEqual({ answer: 1, sent: [FROM, 'https://other.example/c'], dropped: [0] });
	});

	it.each([
		undefined,
		'http://',
		'file:///etc/passwd',
		'ftp://x/',
		'data:,x',
		'xhttp://x/',
		'https+unix://x/',
	])('to %s is not followed', async (location) => {
		expect((await following([{ status: 302, location }])).sent).toEqual([FROM]);
	});

	it('is followed five times at most', async () => {
		const end = await following([{ status: 302, location: '/again' }]);
		expect(end.sent).toHaveLength(6);
		expect(end.dropped).toHaveLength(5);
	});

	it.each([{ authenticate: true }, { method: 'POST' }, { method: 'OPTIONS' }])(
		'is not followed with the token, or by a call that sends something: %j',
		async (request) => {
			const answers = [{ status: 302, location: 'https://other.example/c' }];
			expect((await following(answers, request)).sent).toEqual([FROM]);
		},
	);

	it.each([
		['a private address', ['http://10.0.0.1/']],
		['a public one, and from there to a private one', ['/b', 'http://[::ffff:a00:1]/']],
	])('to %s ends there, unless that is allowed', async (_where, locations) => {
		const answers = [...locations.map((location) => ({ status: 302, location })), { status: 200 }];
		await expect(following(answers, { publicOnly: true })).rejects.toMatchObject({
			code: 'ERR_PRIVATE_ADDRESS',
		});
		expect((await following(answers, { publicOnly: false })).answer).toBe(locations.length);
	});
});
