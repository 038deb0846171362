import { describe, expect, it } from '@jest/globals';
import { followRedirects } from '../../../core/index';

const FROM = 'https://store.example/a/b.png?sig=1';

/** Answers one after the other, of which the last one stays. */
function following(answers: { status: number; location?: string | undefined }[], request = {}) {
	const sent: string[] = [];
	const dropped: number[] = [];
	const last = followRedirects<number>(
		{ url: FROM, authenticate: false, ...request },
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

	it.each([200, 201, 300, 304, 305, 400, 503])('is not HTTP %i', async (status) => {
		const end = await following([{ status, location: 'https://other.example/c' }]);
		expect(end).toEqual({ answer: 0, sent: [FROM], dropped: [] });
	});

	it.each([
		['c.png', 'https://store.example/a/c.png'],
		['/c', 'https://store.example/c'],
		['//other.example/c', 'https://other.example/c'],
		['http://other.example/c', 'http://other.example/c'],
	])('to %s goes to %s', async (location, url) => {
		expect((await following([{ status: 302, location }, { status: 200 }])).sent).toEqual([
			FROM,
			url,
		]);
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

	it('is not followed with the token', async () => {
		const answers = [{ status: 302, location: 'https://other.example/c' }];
		expect((await following(answers, { authenticate: true })).sent).toEqual([FROM]);
	});

	it('is followed after the answer before it was dropped', async () => {
		const order: string[] = [];
		await followRedirects<number>(
			{ url: FROM, authenticate: false },
			{
				send: async () => order.push('sent'),
				read: () => ({ status: order.length > 1 ? 200 : 302, location: '/c' }),
				drop: async () => {
					await Promise.resolve();
					order.push('dropped');
				},
			},
		);
		expect(order).toEqual(['sent', 'dropped', 'sent']);
	});

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
