// What the ComfyUI behind an instance answers.
import { describe, expect, it } from '@jest/globals';
import { at, type Client, start } from './support.mts';

const ALL = '/prod/v2/deployments';

describe('the instance proxy', () => {
	const proxyPath = (deployment: string, instance: unknown, path: string) =>
		`${ALL}/${deployment}/instances/${String(instance)}/proxy/${path}`;

	it('reaches an instance that runs, and one that is still warm', async () => {
		const { sim, call, run, status, pass } = await start();
		const id = await run('textToImage');
		const instance = (await status(id)).json['instance_id'];
		const { textToImage } = sim.deploymentIds;
		const free = await call('POST', proxyPath(textToImage, instance, 'api/free'), {
			unload_models: true,
		});
		expect([free.status, free.text]).toEqual([200, '']);
		pass(2000);
		const stats = await call('POST', proxyPath(textToImage, instance, 'system_stats'), {});
		expect(at(stats.json, 'devices', 0, 'type')).toBe('cuda');
		const other = await call('POST', proxyPath(textToImage, instance, 'api/nothing'), {});
		expect([other.status, other.text]).toEqual([404, '404: Not Found']);
	});

	it('does not reach an instance that has shut down, or another deployment’s', async () => {
		const { sim, call, run, status, pass } = await start();
		const instance = (await status(await run('textToImage'))).json['instance_id'];
		const { textToImage, video } = sim.deploymentIds;
		const foreign = await call('POST', proxyPath(video, instance, 'api/free'), {});
		expect(foreign.json['error_code']).toBe(404001);
		pass(1000 + 60_001);
		const gone = await call('POST', proxyPath(textToImage, instance, 'api/free'), {});
		expect(gone.json['error_code']).toBe(404001);
	});
});

describe('an instance that has run something', () => {
	const warm = async () => {
		const client = await start();
		const id = await client.run('imageEdit', { '9': { inputs: { filename_prefix: 'a/b' } } });
		client.pass(1000);
		const instance = String(client.sim.jobs.get(id)?.instanceId);
		const path = `${ALL}/${client.sim.deploymentIds.imageEdit}/instances/${instance}/proxy`;
		const fetchRaw = (query: string, init: RequestInit = {}) =>
			fetch(`${client.sim.url}${path}/${query}`, {
				...init,
				headers: { authorization: `Bearer ${client.sim.token}` },
			});
		return { ...client, id, path, fetchRaw };
	};
	const formOf = (bytes: string, more: Record<string, string> = {}) => {
		const form = new FormData();
		form.append('image', new Blob([Buffer.from(bytes, 'hex')]), 'in.png');
		for (const [name, value] of Object.entries(more)) form.append(name, value);
		return { method: 'POST', body: form };
	};
	const PNG = '89504e470d0a1a0a0000000d';

	it('has it in its history, whole and by id', async () => {
		const { call, path, id } = await warm();
		const entry = {
			prompt: expect.arrayContaining([id]),
			outputs: expect.objectContaining({
				'9': { images: [{ filename: 'b_00001_.png', subfolder: 'a', type: 'output' }] },
			}),
			status: { status_str: 'success', completed: true, messages: [] },
		};
		expect((await call('GET', `${path}/history`)).json).toEqual({ [id]: entry });
		expect((await call('GET', `${path}/api/history/${id}`)).json).toEqual({ [id]: entry });
		expect((await call('GET', `${path}/history/other`)).json).toEqual({});
	});

	it('shows its files', async () => {
		const { fetchRaw } = await warm();
		const file = await fetchRaw('view?filename=b_00001_.png&subfolder=a&type=output');
		expect([file.status, file.headers.get('content-type')]).toEqual([200, 'image/png']);
		expect((await file.arrayBuffer()).byteLength).toBeGreaterThan(1000);
		expect((await fetchRaw('view?filename=b_00001_.png')).status).toBe(404);
		expect((await fetchRaw('view')).status).toBe(400);
	});

	it('takes a picture, shows it, and gives it to a node by its name', async () => {
		const { fetchRaw, run, sim } = await warm();
		const upload = async (...form: Parameters<typeof formOf>) =>
			(await fetchRaw('upload/image', formOf(...form))).json();
		const named = (name: string, subfolder = '') => ({ name, subfolder, type: 'input' });
		expect(await upload(PNG)).toEqual(named('in.png'));
		expect(await upload(PNG)).toEqual(named('in.png'));
		expect(await upload(`${PNG}00`)).toEqual(named('in (1).png'));
		expect(await upload(`${PNG}00`, { overwrite: 'true', subfolder: 'x' })).toEqual(
			named('in.png', 'x'),
		);
		expect(sim.requests.at(-1)?.body).toMatch(/^a form of \d+ bytes$/);
		const shown = await fetchRaw('view?filename=in.png&type=input');
		expect(Buffer.from(await shown.arrayBuffer()).toString('hex')).toBe(PNG);
		const outcomeOf = async (image: string) =>
			sim.jobs.get(await run('imageEdit', { '189': { inputs: { image } } }))?.outcome;
		const facts = ['outputs', '9', 'images', 0, 'file', 'spec', 'facts', 0];
		expect(at(await outcomeOf('x/in.png'), ...facts)).toBe('input x/in.png, 13 bytes, image/png');
		expect(await outcomeOf('x/none.png')).toMatchObject({ kind: 'failed' });
	});

	it('answers GET, and refuses the wrong method and what is no form', async () => {
		const { call, path }: Client & { path: string } = await warm();
		expect((await call('GET', `${path}/object_info`)).json).toHaveProperty('KSampler');
		expect((await call('GET', `${path}/free`)).status).toBe(405);
		expect((await call('POST', `${path}/history`, {})).status).toBe(405);
		expect((await call('POST', `${path}/upload/image`, {})).status).toBe(400);
	});
});
