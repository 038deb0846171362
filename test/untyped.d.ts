// Modules that ship no types, as far as the tests use them.
declare module '@n8n/scan-community-package/scanner/scanner.mjs' {
	interface Analysis {
		passed: boolean;
		message?: string;
		details?: string;
	}
	export function analyzePackage(dir: string, patterns: string[]): Promise<Analysis>;
	export function buildScanConfig(): Promise<unknown>;
	export const SOURCE_FILE_PATTERNS: string[];
}
