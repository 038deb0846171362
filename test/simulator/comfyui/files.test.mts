// Input and output files of a ComfyUI.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { at, type Json, urlsIn } from '../support.mts';
import { bridge, errorIn, stateIn } from './rig.mts';

const dataUri = (type: string, text: string) => `data:${type};base64,${btoa(text)}`;
const inputOf = (prompt: Json, id: string, name: string) =>
	at(prompt, 'prompt', id, 'inputs', name);

describe('a file that goes in', () => {
	it('as a data URI is uploaded, under the same name each time', async () => {
		const { stub, run, prompt } = await bridge();
		await run({ '1': { inputs: { image: dataUri('image/jpeg', 'a fox') } } });
		expect(stub.uploads).toMatchObject([{ text: 'a fox' }]);
		const [{ name } = { name: '' }] = stub.uploads;
		expect(name).toMatch(/^runcomfy-[\da-f]{16}\.jpg$/);
		expect(inputOf(prompt(), '1', 'image')).toBe(name);
		await run({ '1': { inputs: { image: dataUri('image/jpeg', 'a fox') } } });
		expect(inputOf(prompt(), '1', 'image')).toBe(name);
	});

	it('as an address is fetched first', async () => {
		const web = createServer((_request, response) => {
			response.writeHead(200, { 'content-type': 'audio/x-wav' }).end('a tone');
		});
		await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
		const { stub, submit } = await bridge();
		const audio = `http://127.0.0.1:${(web.address() as AddressInfo).port}/tone?x=1`;
		const graph = { '1': { class_type: 'LoadAudio', inputs: { audio } } };
		await submit({ workflow_api_json: graph });
		expect(stub.uploads).toMatchObject([{ text: 'a tone' }]);
		expect(stub.uploads[0]?.name).toMatch(/\.wav$/);
		web.close();
		web.closeAllConnections();
	});

	it('is a text to a node that takes texts', async () => {
		const { stub, run, prompt } = await bridge();
		const text = dataUri('text/plain', 'a fox');
		await run({ '2': { inputs: { text } } });
		expect(stub.uploads).toEqual([]);
		expect(inputOf(prompt(), '2', 'text')).toBe(text);
	});

	it.each([
		['is no Base64', 'data:image/png,hello'],
		['cannot be fetched', 'http://127.0.0.1:1/a.png'],
	])('and %s fails the run', async (_name, image) => {
		const { stub, run, result } = await bridge();
		const failed = await result(await run({ '1': { inputs: { image } } }));
		expect(stateIn(failed)).toBe('failed');
		expect(errorIn(failed)).toMatchObject({ error: 'FileUploadException' });
		expect(at(errorIn(failed), 'details')).toContain('Node 1 (LoadImage): image: ');
		expect(stub.pending).toEqual([]);
	});
});

describe('a file that comes out', () => {
	async function made(filename: string, text: string) {
		const rig = await bridge();
		const id = await rig.run();
		rig.stub.succeed({ '9': { images: [{ filename, subfolder: 'a b', type: 'output' }] } });
		rig.stub.files[`output/a b/${filename}`] = text;
		const url = urlsIn(await rig.result(id))[0] ?? '';
		return { ...rig, url };
	}

	it.each([
		['clip.mp4', 'video/mp4'],
		['mesh.glb', 'model/gltf-binary'],
		['song.opus', 'audio/ogg'],
		// Neither may run a script with the simulator's origin.
		['drawing.svg', 'application/octet-stream'],
		['page.html', 'application/octet-stream'],
	])('%s has the type %s', async (name, type) => {
		const { download, url } = await made(name, '0123456789');
		const { headers } = await download(url);
		expect(headers.get('content-type')).toBe(type);
		expect(headers.get('x-content-type-options')).toBe('nosniff');
	});
});
