// What n8n's engine asks for credentials, without n8n's store.
/** Credentials as given, applied to requests as their class does; nothing stored, nothing encrypted. */
export function createCredentialsHelper(n8n, loader, credentials) {
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
