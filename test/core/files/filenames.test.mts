import { describe, expect, it } from '@jest/globals';
import { safeFilename, uniqueFilename } from '../../../core/index';

const bytesOf = (text: string) => new TextEncoder().encode(text).length;

describe('a safe file name', () => {
	it.each([
		['ComfyUI_00001_.png', 'ComfyUI_00001_.png'],
		['a b (1).png', 'a b (1).png'],
		['été 日本.png', 'été 日本.png'],
		['../../etc/passwd', 'passwd'],
		['..\\..\\windows\\a.png', 'a.png'],
		['/abs/a.png', 'a.png'],
		['a/', 'output'],
		['', 'output'],
		['.', 'output'],
		['..', 'output'],
		['...png', 'png'],
		['.htaccess', 'htaccess'],
		[' a.png ', 'a.png'],
		['a.png.', 'a.png'],
		['a<b>c:d"e|f?g*h.png', 'a_b_c_d_e_f_g_h.png'],
		['a\u0000b\nc\u007fd.png', 'a_b_c_d.png'],
		['evil\u202egnp.exe', 'evil_gnp.exe'],
		['half\ud800.png', 'half_.png'],
		['con', '_con'],
		['NUL.txt', '_NUL.txt'],
		['com1.png', '_com1.png'],
		['LPT9 .png', '_LPT9 .png'],
		['COM¹.png', '_COM¹.png'],
		['lpt³', '_lpt³'],
		['CONIN$', '_CONIN$'],
		['conout$.txt.png', '_conout$.txt.png'],
		['console.png', 'console.png'],
		['COM10.png', 'COM10.png'],
	])('of %j is %j', (name, safe) => {
		expect(safeFilename(name)).toBe(safe);
	});

	it('is short enough for every file system, and keeps its extension', () => {
		for (const char of ['a', 'é', '日', '😀', '👩‍👩‍👧']) {
			for (const length of [50, 100, 119, 120, 121, 300, 5_000]) {
				const safe = safeFilename(`${char.repeat(length)}.png`);
				expect(safe.length).toBeLessThanOrEqual(120);
				expect(bytesOf(safe)).toBeLessThanOrEqual(200);
				expect(safe.endsWith('.png')).toBe(true);
				expect(() => encodeURIComponent(safe)).not.toThrow();
				expect(safeFilename(safe)).toBe(safe);
			}
		}
		expect(safeFilename('x'.repeat(500)).length).toBe(120);
		const longest = `${'日'.repeat(65)}a.png`;
		expect([bytesOf(longest), safeFilename(longest)]).toEqual([200, longest]);
		expect(safeFilename(`a.${'x'.repeat(500)}`).length).toBe(120);
	});
});

describe('unique file names', () => {
	it('differ by a number before the extension', () => {
		const taken = new Set<string>();
		const names = ['a.png', 'a.png', 'A.PNG', 'a', 'a', 'a_2.png', 'b.tar.gz', 'b.tar.gz'];
		expect(names.map((name) => uniqueFilename(name, taken))).toEqual([
			'a.png',
			'a_2.png',
			'A_3.PNG',
			'a',
			'a_2',
			'a_2_2.png',
			'b.tar.gz',
			'b.tar_2.gz',
		]);
	});

	it('differ if only the way of writing an accent does not', () => {
		const taken = new Set<string>();
		expect(uniqueFilename('\u00e9.png', taken)).toBe('\u00e9.png');
		expect(uniqueFilename('e\u0301.png', taken)).toBe('e\u0301_2.png');
	});

	it('never repeat, whatever comes', () => {
		const taken = new Set<string>();
		const names = Array.from({ length: 200 }, (_, index) =>
			uniqueFilename(['x.png', 'X.png', 'x_2.png', 'x_3'][index % 4] ?? '', taken),
		);
		expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(200);
	});
});
