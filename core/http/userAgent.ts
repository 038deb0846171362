/**
 * Identifies the product to the API and to the storage host. The latter answers 403 to the default
 * user agents of HTTP libraries (reported by users; not documented).
 */
export const USER_AGENT = 'n8n-nodes-runcomfy (+https://www.npmjs.com/package/n8n-nodes-runcomfy)';
