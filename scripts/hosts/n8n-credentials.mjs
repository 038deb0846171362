// What n8n's engine asks for credentials, without n8n's store.
/** Credentials as given, applied to requests as their class says; nothing stored, nothing encrypted. */
export function createCredentialsHelper(n8n, loader, nodeTypes, credentials) {
	const workflow = new n8n.Workflow({ nodes: [], connections: {}, active: false, nodeTypes });
	const node = { id: '1', name: 'Credential', type: '', typeVersion: 1, position: [0, 0] };
	const resolve = (value, $credentials) =>
		typeof value === 'object' && value !== null
			? mapValues(value, (entry) => resolve(entry, $credentials))
			: workflow.expression.getSimpleParameterValue(node, value, 'internal', { $credentials });

	return new (class extends n8n.ICredentialsHelper {
		getParentTypes() {
			return [];
		}
		isCredentialUsableByNode() {
			return true;
		}
		async getDecrypted(_additionalData, _details, type) {
			return { ...credentials[type] };
		}
		async authenticate(data, type, options) {
			const { authenticate } = loader.getCredential(type).type;
			const { headers, qs, body } = resolve(authenticate.properties, data);
			return {
				...options,
				headers: { ...options.headers, ...headers },
				...(qs ? { qs: { ...options.qs, ...qs } } : {}),
				...(body ? { body: { ...options.body, ...body } } : {}),
			};
		}
		async preAuthentication() {
			return undefined;
		}
		async runPreAuthentication() {
			return undefined;
		}
		getCredentialsProperties(type) {
			return loader.getCredential(type).type.properties;
		}
	})();
}

function mapValues(object, map) {
	return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]));
}
