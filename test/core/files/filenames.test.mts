import { describe, expect, it } from '@jest/globals';
import { freeFilename, safeFilename } from '../../../core/index';

const bytesOf = (text: string) => new TextEncoder().encode(text).length;

describe('a safe file name', () => {
	it.each([
		['ComfyUI_00001_.png', 'ComfyUI_00001_.png'],
		['été 日本.png', 'été 日本.png'],
		['../../etc/passwd', 'passwd'],
		['..\\..\\windows\\a.png', 'a.png'],
		['', 'output'],
		['..', 'output'],
		['...png', 'png'],
		['.htaccess', 'htaccess'],
		['a.png.', 'a.png'],
		['a<b>c:d"e|f?g*h.png', 'a_b_c_d_e_f_g_h.png'],
		['a\u0000b\nc\u007fd.png', 'a_b_c_d.png'],
		['evil\u202egnp.exe', 'evil_gnp.exe'],
		['half\ud800.png', 'half_.png'],
		['con', '_con'],
		['com1.png', '_com1.png'],
		['LPT9 .png', '_LPT9 .png'],
		['COM¹.png', '_COM¹.png'],
		['lpt³', '_lpt³'],
		['CONIN$', '_CONIN$'],
		['console.png', 'console.png'],
		['COM10.png', 'COM10.png'],
	])('of %j is %j', (name, safe) => {
		expect(safeFilename(name)).toBe(safe);
	});

	it('is short enough for every file system, and keeps its extension', () => {
		for (const char of ['a', 'é', '日', '😀', '👩‍👩‍👧']) {
			for (const length of [50, 100, 199, 200, 201, 300, 5_000]) {
				const safe = safeFilename(`${char.repeat(length)}.png`);
				expect(bytesOf(safe)).toBeLessThanOrEqual(200);
				expect(safe.endsWith('.png')).toBe(true);
				expect(() => encodeURIComponent(safe)).not.toThrow();
				expect(safeFilename(safe)).toBe(safe);
			}
		}
		expect(safeFilename('x'.repeat(500)).length).toBe(200);
		const longest = `${'日'.repeat(65)}a.png`;
		expect([bytesOf(longest), safeFilename(longest)]).toEqual([200, longest]);
		expect(safeFilename(`a.${'x'.repeat(500)}`).length).toBe(200);
	});

	it.each(['. . ', '  ', ' .'])('ends with neither dot nor blank where it is cut: %j', (end) => {
		const start = 'x'.repeat(198);
		expect(safeFilename(`${start}${end}and more`)).toBe(start);
		expect(safeFilename(`${start.slice(4)}${end}and more.png`)).toBe(`${start.slice(4)}.png`);
	});
});

describe('free file names', () => {
	const givenTo = async (names: string[]) => {
		const taken = new Set<string>();
		for (const name of names) {
			taken.add(await freeFilename(name, async (one) => taken.has(one)));
		}
		return [...taken];
	};

	it('differ by a number before the extension', async () => {
		const names = ['a.png', 'a.png', 'a.png', 'a', 'a', 'a_2.png', 'b.tar.gz', 'b.tar.gz'];
		expect(await givenTo(names)).toEqual([
			...['a.png', 'a_2.png', 'a_3.png', 'a', 'a_2'],
			...['a_2_2.png', 'b.tar.gz', 'b.tar_2.gz'],
		]);
	});

	it('are found with few questions among many', async () => {
		let asked = 0;
		const isTaken = async (name: string) => {
			asked += 1;
			return name === 'x.png' || Number(/_(\d+)/.exec(name)?.[1]) <= 100_000;
		};
		expect(await freeFilename('x.png', isTaken)).toBe('x_100001.png');
		expect(asked).toBeLessThan(40);
	});
});
