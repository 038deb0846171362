// Pictures of a browser, each under a line that says what it shows, as one animated WebP.
/** Height of the line above each picture, in pixels. */
const CAPTION = 56;

/**
 * @param {any} page of Playwright: the browser behind it encodes
 * @param {{caption: string, png: Buffer, ms: number}[]} frames pictures of one size
 * @returns {Promise<Buffer>}
 */
export async function animate(page, frames) {
	const stills = await page.evaluate(
		encode,
		frames.map(({ caption, png }) => ({ caption, png: png.toString('base64'), bar: CAPTION })),
	);
	const [{ width, height }] = stills;
	const pictures = stills.map(({ webp }, at) => ({
		data: pictureOf(Buffer.from(webp, 'base64')),
		delayMs: frames[at].ms,
	}));
	return joinWebp({ width, height }, pictures);
}

/** Joins stills of one size into a WebP that plays in a loop (RFC 9649). */
function joinWebp(size, pictures) {
	const head = Buffer.alloc(10);
	head.writeUInt8(0x02, 0);
	writeSize(head, size, 4);
	const frames = pictures.map(({ data, delayMs }) => {
		const frame = Buffer.alloc(16);
		writeSize(frame, size, 6);
		frame.writeUIntLE(delayMs, 12, 3);
		return riffChunk('ANMF', Buffer.concat([frame, data]));
	});
	const chunks = [riffChunk('VP8X', head), riffChunk('ANIM', Buffer.alloc(6)), ...frames];
	return riffChunk('RIFF', Buffer.concat([Buffer.from('WEBP'), ...chunks]));
}

function writeSize(into, { width, height }, at) {
	into.writeUIntLE(width - 1, at, 3);
	into.writeUIntLE(height - 1, at + 3, 3);
}

/** A chunk is a name, a length, and data padded to an even length. */
function riffChunk(name, data) {
	const length = Buffer.alloc(4);
	length.writeUInt32LE(data.length);
	return Buffer.concat([Buffer.from(name), length, data, Buffer.alloc(data.length % 2)]);
}

/** What a browser reads in it: the frames, and the size of each. */
export function inspect(page, animation) {
	return page.evaluate(async (base64) => {
		const { ImageDecoder } = globalThis;
		const data = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
		const decoder = new ImageDecoder({ data, type: 'image/webp' });
		await decoder.tracks.ready;
		const { frameCount } = decoder.tracks.selectedTrack;
		const sizes = [];
		for (let frameIndex = 0; frameIndex < frameCount; frameIndex += 1) {
			const { image } = await decoder.decode({ frameIndex });
			sizes.push(`${image.displayWidth}x${image.displayHeight}`);
		}
		return sizes;
	}, animation.toString('base64'));
}

/**
 * Finds the chunk with the picture in a still WebP, and returns it with its header. A browser may put a colour
 * profile beside it.
 */
function pictureOf(still) {
	for (let at = 12; at < still.length; ) {
		const size = still.readUInt32LE(at + 4);
		const end = at + 8 + size + (size % 2);
		if (/^VP8[ L]$/.test(still.toString('latin1', at, at + 4))) return still.subarray(at, end);
		at = end;
	}
	throw new Error('A WebP without a picture');
}

/* Runs in the page. */
async function encode(pictures) {
	const { document, Image } = globalThis;
	const stills = [];
	for (const { caption, png, bar } of pictures) {
		const image = new Image();
		image.src = `data:image/png;base64,${png}`;
		await image.decode();
		const canvas = document.createElement('canvas');
		canvas.width = image.width;
		canvas.height = image.height + bar;
		// Without transparency a still is one chunk.
		const context = canvas.getContext('2d', { alpha: false });
		context.fillStyle = '#24292f';
		context.fillRect(0, 0, canvas.width, bar);
		context.fillStyle = '#ffffff';
		context.font = '600 26px sans-serif';
		context.textBaseline = 'middle';
		context.fillText(caption, 20, bar / 2);
		context.drawImage(image, 0, bar);
		const url = canvas.toDataURL('image/webp', 0.8);
		stills.push({ width: canvas.width, height: canvas.height, webp: url.split(',')[1] });
	}
	return stills;
}
