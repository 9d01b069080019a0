import { z } from 'zod';

const schema = z.looseObject({ $ref: z.string().optional() });

const content = z.record(z.string(), z.object({ schema: schema.optional() })).default({});

const operation = z.object({
  operationId: z.string(),
  tags: z.array(z.string()).default([]),
  summary: z.string(),
  description: z.string().default(''),
  parameters: z
    .array(
      z.object({
        name: z.string(),
        in: z.string(),
        required: z.boolean().default(false),
        description: z.string().default(''),
      }),
    )
    .default([]),
  requestBody: z.object({ content }).optional(),
  responses: z.record(z.string(), z.object({ description: z.string(), content })),
});

/** The part of an OpenAPI document that the page shows. */
const openApi = z.object({
  info: z.object({ title: z.string(), version: z.string(), description: z.string() }),
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.object({ schemas: z.record(z.string(), schema) }),
});

type Schema = z.output<typeof schema>;
type Operation = z.output<typeof operation>;

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}' +
  'code,pre{font-family:ui-monospace,monospace;font-size:.9em}pre{overflow:auto;padding:1rem;background:#f4f4f4}' +
  'table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.3rem .6rem;' +
  'border-bottom:1px solid #ddd}section{margin:2.5rem 0}';

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

const code = (text: string): string => `<code>${escapeHtml(text)}</code>`;

const prettyJson = (value: unknown): string => `<pre>${escapeHtml(JSON.stringify(value, null, 2))}</pre>`;

/** A schema by its name in the document, or in full. */
function renderSchema(described: Schema): string {
  const name = /^#\/components\/schemas\/(\w+)$/.exec(described.$ref ?? '')?.[1];
  return name === undefined ? prettyJson(described) : `<a href="#schema-${name}">${code(name)}</a>`;
}

function renderContent(bodies: z.output<typeof content>): string {
  return Object.entries(bodies)
    .map(
      ([mediaType, body]) =>
        `${code(mediaType)} ${body.schema === undefined ? '' : renderSchema(body.schema)}`,
    )
    .join('');
}

function renderParameters({ parameters }: Operation): string {
  const rows = parameters.map(
    (parameter) =>
      `<tr><td>${code(parameter.name)}</td><td>${escapeHtml(parameter.in)}</td>` +
      `<td>${parameter.required ? 'required' : 'optional'}</td>` +
      `<td>${escapeHtml(parameter.description)}</td></tr>`,
  );
  return rows.length === 0 ? '' : `<h4>Parameters</h4><table>${rows.join('')}</table>`;
}

function renderOperation(path: string, method: string, described: Operation): string {
  const { operationId, tags, summary, description, requestBody, responses } = described;
  const answers = Object.entries(responses).map(
    ([status, response]) =>
      `<tr><td>${escapeHtml(status)}</td><td>${escapeHtml(response.description)}</td>` +
      `<td>${renderContent(response.content)}</td></tr>`,
  );
  return [
    `<section id="${escapeHtml(operationId)}"><h3>${escapeHtml(summary)}</h3>`,
    `<p>${code(`${method.toUpperCase()} ${path}`)} (${escapeHtml(tags.join(', '))})</p>`,
    `<p>${escapeHtml(description)}</p>`,
    renderParameters(described),
    requestBody === undefined ? '' : `<h4>Body</h4>${renderContent(requestBody.content)}`,
    `<h4>Answers</h4><table>${answers.join('')}</table></section>`,
  ].join('');
}

/** Renders an OpenAPI document as one page of plain HTML, without scripts or other files. */
export function renderReference(document: unknown): string {
  const { info, paths, components } = openApi.parse(document);
  const title = escapeHtml(`${info.title} API ${info.version}`);
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => renderOperation(path, method, described)),
  );
  const schemas = Object.entries(components.schemas).map(
    ([name, described]) =>
      `<section id="schema-${name}"><h3>${code(name)}</h3>${prettyJson(described)}</section>`,
  );
  return [
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>`,
    `<style>${STYLE}</style></head><body><h1>${title}</h1>`,
    `<p>${escapeHtml(info.description)}</p>`,
    ...operations,
    '<h2>Schemas</h2>',
    ...schemas,
    '</body></html>',
  ].join('\n');
}
