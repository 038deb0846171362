import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Import {
	/** The importing file, relative to the repository, with slashes. */
	from: string;
	line: number;
	/** As it is written. */
	specifier: string;
	/** Where a relative import leads, relative to the repository, without extension. */
	target?: string;
	/** `import type`, or only types between its braces: gone after compilation. */
	typeOnly: boolean;
}

/** Every source file of one folder. */
export function sourcesOf(folder: string): string[] {
	return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
		.filter((name) => /\.[cm]?ts$/.test(name))
		.map((name) => `${folder}/${name.split(sep).join('/')}`);
}

/** Everything that a source file names as a module, in whatever form. */
export function importsOf(file: string, text = readFileSync(join(root, file), 'utf8')): Import[] {
	const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
	const found: Import[] = [];
	const add = (node: ts.Node, literal: ts.Node | undefined, typeOnly: boolean) => {
		const specifier = literal && ts.isStringLiteralLike(literal) ? literal.text : '<computed>';
		found.push({
			from: file,
			line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1,
			specifier,
			...(specifier.startsWith('.') ? { target: resolveFrom(file, specifier) } : {}),
			typeOnly,
		});
	};
	const visit = (node: ts.Node): void => {
		if (ts.isImportDeclaration(node)) {
			add(node, node.moduleSpecifier, isTypeOnly(node.importClause));
		} else if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
			add(node, node.moduleSpecifier, isTypeOnlyExport(node));
		} else if (ts.isImportEqualsDeclaration(node)) {
			const { moduleReference } = node;
			if (ts.isExternalModuleReference(moduleReference)) {
				add(node, moduleReference.expression, node.isTypeOnly);
			}
		} else if (ts.isImportTypeNode(node)) {
			add(node, ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, true);
		} else if (ts.isCallExpression(node) && isLoader(node.expression)) {
			add(node, node.arguments[0], false);
		}
		ts.forEachChild(node, visit);
	};
	visit(source);
	return found;
}

/** Every text in a source file, also the parts of templates; comments and module names are none. */
export function textsOf(file: string, text = readFileSync(join(root, file), 'utf8')): string[] {
	const found: string[] = [];
	const visit = (node: ts.Node): void => {
		if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
		if (ts.isStringLiteralLike(node) || ts.isTemplateLiteralToken(node)) found.push(node.text);
		if (ts.isRegularExpressionLiteral(node)) found.push(node.text);
		ts.forEachChild(node, visit);
	};
	visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
	return found;
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
	if (!clause) return false;
	if (clause.isTypeOnly) return true;
	const bindings = clause.namedBindings;
	return (
		!clause.name &&
		bindings !== undefined &&
		ts.isNamedImports(bindings) &&
		bindings.elements.length > 0 &&
		bindings.elements.every((element) => element.isTypeOnly)
	);
}

function isTypeOnlyExport(node: ts.ExportDeclaration): boolean {
	if (node.isTypeOnly) return true;
	const clause = node.exportClause;
	return (
		clause !== undefined &&
		ts.isNamedExports(clause) &&
		clause.elements.length > 0 &&
		clause.elements.every((element) => element.isTypeOnly)
	);
}

/** `import(…)`, `require(…)`, `require.resolve(…)`; a function made by `createRequire`, by its use. */
function isLoader(callee: ts.Expression): boolean {
	if (callee.kind === ts.SyntaxKind.ImportKeyword) return true;
	const text = callee.getText();
	return /^(require|module\.require|require\.resolve|load)$/.test(text);
}

function resolveFrom(file: string, specifier: string): string {
	const target = relative(root, resolve(root, dirname(file), specifier))
		.split(sep)
		.join('/');
	return target.replace(/\.[cm]?[jt]s$/, '');
}
