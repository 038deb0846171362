// n8n's REST API as its editor uses it, with the owner's session.

export const OWNER = {
	email: 'owner@example.com',
	firstName: 'Ada',
	lastName: 'Owner',
	password: 'Owner-Password-1',
};

/** Makes the owner (or logs in) and gives a REST client with the session's cookie. */
export async function openSession(url) {
	const post = (path, body) =>
		fetch(url + path, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify(body),
		});
	let answer = await post('/rest/owner/setup', OWNER);
	if (!answer.ok) {
		answer = await post('/rest/login', {
			emailOrLdapLoginId: OWNER.email,
			password: OWNER.password,
		});
	}
	if (!answer.ok) throw new Error(`n8n login: HTTP ${answer.status} ${await answer.text()}`);
	const cookie = answer.headers
		.getSetCookie()
		.map((line) => line.split(';')[0])
		.join('; ');

	/** The `data` of n8n's answer. */
	const rest = async (method, path, body) => {
		const reply = await fetch(`${url}${path}`, {
			method,
			// A connection that n8n closes while the next call goes out would fail that one.
			headers: { cookie, 'content-type': 'application/json', connection: 'close' },
			...(body === undefined ? {} : { body: JSON.stringify(body) }),
		});
		const text = await reply.text();
		if (!reply.ok) throw new Error(`${method} ${path}: HTTP ${reply.status} ${text.slice(0, 500)}`);
		const json = text ? JSON.parse(text) : undefined;
		return json && typeof json === 'object' && 'data' in json ? json.data : json;
	};
	return { cookie, rest };
}
