import { Visitor } from "oxc-parser";
import { lineOf, place, type Source } from "./source.ts";

/** Names of types and classes that say nothing; see the glossary of `STYLE.md`. */
const banned = /^[A-Z].*(?:Manager|Service|Handler|Helper|Util|Utils|Processor|Data|Info|Context|Base)$/u;

/** Every exported name of a file without a doc comment right above one of its declarations, as a sentence. */
export function undocumentedExports(source: Source): readonly string[] {
  const documented = new Set<string>();
  const declared = new Map<string, number>();
  const exported = new Map<string, number>();
  for (const statement of source.program.body) {
    const declaration = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
    for (const name of namesOf(declaration)) {
      declared.set(name, statement.start);
      if (declaration !== statement) exported.set(name, statement.start);
      if (isDocumented(source, statement.start)) documented.add(name);
    }
    if (statement.type !== "ExportNamedDeclaration" || statement.source) continue;
    for (const { local } of statement.specifiers) {
      const at = local.type === "Identifier" ? declared.get(local.name) : undefined;
      // What was imported has its sentence where it is declared.
      if (local.type !== "Identifier" || at === undefined) continue;
      exported.set(local.name, at);
      if (isDocumented(source, statement.start)) documented.add(local.name);
    }
  }
  return [...exported]
    .filter(([name]) => !documented.has(name))
    .map(([name, at]) => `${place(source, at)} exports ${name} without a sentence of documentation`);
}

/** Every method of an exported interface of a port without a doc comment, as a sentence. */
export function undocumentedMethods(source: Source): readonly string[] {
  return source.program.body
    .flatMap((statement) => (statement.type === "ExportNamedDeclaration" ? [statement.declaration] : []))
    .flatMap((declaration) => (declaration?.type === "TSInterfaceDeclaration" ? declaration.body.body : []))
    .filter(
      (member) =>
        member.type === "TSMethodSignature" ||
        (member.type === "TSPropertySignature" && member.typeAnnotation?.typeAnnotation.type === "TSFunctionType"),
    )
    .filter((member) => !isDocumented(source, member.start))
    .map((member) => `${place(source, member.start)} is a port's method without a sentence of documentation`);
}

/** Every cast (`as`, or a definite `!`) without a comment on its lines or on the line above, as a sentence. `as const` is free. */
export function uncommentedCasts(source: Source): readonly string[] {
  const casts: { start: number; end: number }[] = [];
  new Visitor({
    TSAsExpression: (node) => {
      const isConst =
        node.typeAnnotation.type === "TSTypeReference" &&
        node.typeAnnotation.typeName.type === "Identifier" &&
        node.typeAnnotation.typeName.name === "const";
      if (!isConst) casts.push(node);
    },
    TSTypeAssertion: (node) => casts.push(node),
    VariableDeclarator: (node) => node.definite && casts.push(node),
    PropertyDefinition: (node) => node.definite && casts.push(node),
  }).visit(source.program);
  return casts
    .filter((cast) => !isCommented(source, cast))
    .map((cast) => `${place(source, cast.start)} casts without a comment that says why`);
}

/** Every exported type or class whose name `STYLE.md` bans, as a sentence. */
export function bannedNames(source: Source): readonly string[] {
  if (source.path === "src/app/context.ts") return [];
  return source.program.body
    .flatMap((statement) => (statement.type === "ExportNamedDeclaration" ? namesOf(statement.declaration) : []))
    .filter((name) => banned.test(name))
    .filter((name) => !(name.endsWith("Handler") && source.path.startsWith("src/http/")))
    .map((name) => `${source.path} exports ${name}, a name that says nothing`);
}

/** Every use of the environment, as a sentence. */
export function environmentReads(source: Source): readonly string[] {
  const found: number[] = [];
  new Visitor({
    MemberExpression: (node) => {
      const key = node.property.type === "Literal" ? node.property.value : undefined;
      const name = node.property.type === "Identifier" ? node.property.name : key;
      const object = node.object.type === "MemberExpression" ? node.object.property : node.object;
      if (name === "env" && object.type === "Identifier" && object.name === "process") found.push(node.start);
    },
    ImportDeclaration: (node) => {
      if (/^(?:node:)?process$/u.test(node.source.value)) found.push(node.start);
    },
  }).visit(source.program);
  return found.map((at) => `${place(source, at)} reads the environment`);
}

type Statement = Source["program"]["body"][number];

function namesOf(statement: Statement | null): readonly string[] {
  if (statement?.type === "VariableDeclaration")
    return statement.declarations.flatMap(({ id }) => (id.type === "Identifier" ? [id.name] : []));
  if (statement && "id" in statement && statement.id?.type === "Identifier") return [statement.id.name];
  return [];
}

/** Whether a doc comment ends right above, with nothing but line comments in between. */
function isDocumented(source: Source, at: number): boolean {
  const comment = source.comments.findLast(({ type, end }) => type === "Block" && end <= at);
  if (!comment?.value.startsWith("*") || !/\w/u.test(comment.value)) return false;
  const between = source.text.slice(comment.end, at).replaceAll(/^[ \t]*\/\/.*\n/gmu, "");
  return /^[ \t]*\n?[ \t]*$/u.test(between);
}

function isCommented(source: Source, { start, end }: { readonly start: number; readonly end: number }): boolean {
  const first = lineOf(source, start);
  const last = lineOf(source, end);
  return source.comments.some((comment) => {
    if (!/\w/u.test(comment.value)) return false;
    const from = lineOf(source, comment.start);
    const to = lineOf(source, comment.end);
    if (to >= first && from <= last) return true;
    return to === first - 1 && source.text.slice(0, comment.start).split("\n").at(-1)?.trim() === "";
  });
}
