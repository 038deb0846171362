import { describe, expect, it } from '@jest/globals';
import { followRedirects } from '../../../core/http/redirect';

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

	it.each([200, 201, 300, 304, 305, 400, 503])('is not what HTTP %i is', async (status) => {
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
	])('to %s is none', async (location) => {
		expect((await following([{ status: 302, location }])).sent).toEqual([FROM]);
	});

	it('is followed five times, and the answer after that is the last', async () => {
		const end = await following([{ status: 302, location: '/again' }]);
		expect(end.sent).toHaveLength(6);
		expect(end.dropped).toHaveLength(5);
	});

	it('is not followed by a call with the token', async () => {
		const answers = [{ status: 302, location: 'https://other.example/c' }];
		expect((await following(answers, { authenticate: true })).sent).toEqual([FROM]);
	});

	it('waits until the answer before it is given up', async () => {
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
});
