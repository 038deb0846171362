// Gives n8n's engine credentials without n8n's store.
/** Uses credentials as given, and applies them to requests as their class does. Nothing is stored or encrypted. */
export function createCredentialsHelper(n8n, loader, credentials) {
	return new (class extends n8n.ICredentialsHelper {
		getParentTypes() {
			return [];
		}
		isCredentialUsableByNode() {
			return true;
		}
		async getDecrypted(_additionalData, { id }, type) {
			const given = { ...credentials[type] };
			if (Object.keys(given).length > 0) return given;
			// n8n says the same of a credential that was deleted.
			throw new Error(`Credential with ID "${id}" does not exist for type "${type}".`);
		}
		async authenticate(data, type, options) {
			return loader.getCredential(type).type.authenticate(data, options);
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
