/** The reference of the API: /openapi.json for people. */

import { currentCaller, usesToken } from "./caller.js";
import { fill, h, one } from "./dom.js";
import { applyTheme } from "./preferences.js";

/** @typedef {Record<string, any>} Json a part of the document */
/** @typedef {{method: string, path: string, about: Json}} Operation */

const JSON_TYPE = "application/json";
const METHODS = ["get", "post", "put", "patch", "delete"];
const root = document.documentElement.dataset.root || "./";
const detail = one("#detail");
const index = one("#index");
/** @type {Json} */
let api = {};

applyTheme();
window.addEventListener("hashchange", openTarget);
start();

async function start() {
  try {
    const answer = await fetch(`${root}openapi.json`);
    if (!answer.ok) throw new Error(answer.statusText);
    api = await answer.json();
  } catch {
    return fill(
      detail,
      h("p.trouble", { role: "alert" }, "The API's document cannot be read right now."),
    );
  }
  showIndex();
  showAll();
  openTarget();
}

function showIndex() {
  fill(
    index,
    api.tags.map((/** @type {Json} */ tag) => [
      h("h2", null, tag.name),
      operationsOf(tag.name).map(({ method, path, about }) =>
        h("a", { href: `#${about.operationId}` }, methodName(method), h("code", null, path)),
      ),
    ]),
    h("h2", null, "Shapes"),
    h("a", { href: "#shapes" }, "Every shape"),
  );
}

function showAll() {
  fill(
    detail,
    h(
      "article.reference",
      null,
      h("h1", null, `${api.info.title} API`),
      h("div.intro", null, paragraphs(api.info.description), documentLink()),
      api.tags.map((/** @type {Json} */ tag) =>
        h(
          "section",
          null,
          h("h2", null, tag.name),
          tag.description && h("p", null, rich(sentence(tag.description))),
          operationsOf(tag.name).map(operationItem),
        ),
      ),
      h(
        "section",
        { id: "shapes" },
        h("h2", null, "Shapes"),
        Object.entries(api.components.schemas).map(shapeItem),
      ),
    ),
  );
}

function documentLink() {
  return h(
    "p",
    null,
    "For programs all of this is at ",
    h("a", { href: `${root}openapi.json` }, "openapi.json"),
    ".",
  );
}

/** What the address names is opened. */
function openTarget() {
  const item = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!item || item === detail) return;
  if (item instanceof HTMLDetailsElement) item.open = true;
  item.scrollIntoView();
  item.querySelector("summary")?.focus({ preventScroll: true });
}

/**
 * @param {string} tag
 * @returns {Operation[]}
 */
function operationsOf(tag) {
  return Object.entries(api.paths).flatMap(([path, methods]) =>
    METHODS.filter((method) => methods[method]?.tags.includes(tag)).map((method) => ({
      method,
      path,
      about: methods[method],
    })),
  );
}

/** @param {Operation} operation */
function operationItem({ method, path, about }) {
  const parameters = (about.parameters ?? []).map(resolved);
  return h(
    "details.item",
    { id: about.operationId },
    h(
      "summary",
      null,
      methodName(method),
      h("code", null, path),
      h("span.quiet", null, rich(about.summary)),
    ),
    h(
      "div",
      null,
      about.description && h("p", null, rich(about.description)),
      h("p.quiet", null, whoMay(about)),
      parameters.length > 0 && [h("h3", null, "Parameters"), parameterTable(parameters)],
      about.requestBody && [h("h3", null, "Body"), bodyFields(about.requestBody.content)],
      h("h3", null, "Answers"),
      answerTable(about.responses),
      h("h3", null, "Example"),
      example({ method, path, about }, parameters),
    ),
  );
}

/** @param {string} method */
function methodName(method) {
  return h(`span.method.${method}`, null, method.toUpperCase());
}

/** @param {Json} about */
function whoMay(about) {
  const roles = about["x-roles"];
  return roles ? `For ${roles.join(", ")} (${about["x-permission"]}).` : "For everybody.";
}

/** @param {Json[]} parameters */
function parameterTable(parameters) {
  return table(
    ["Name", "In", "Type", "What it is"],
    parameters.map(({ name, in: place, schema, description, required }) => [
      nameOf(name, required),
      place,
      typeOf(schema),
      rich(description ?? ""),
    ]),
  );
}

/** @param {Json} content */
function bodyFields(content) {
  const shape = content[JSON_TYPE]?.schema;
  if (shape) return [h("p", null, typeOf(shape)), fieldTable(resolved(shape))];
  return h("p", null, "A file: ", Object.keys(content).join(", "), ".");
}

/** @param {Json} responses */
function answerTable(responses) {
  return table(
    ["Status", "Body", "What it means"],
    Object.entries(responses).map(([status, response]) => {
      const { content = {}, headers = {}, description } = resolved(response);
      return [
        h("code", null, status),
        Object.keys(content).length ? bodyOf(content) : "none",
        [rich(description), " ", headerNames(headers)],
      ];
    }),
  );
}

/** @param {Json} content */
function bodyOf(content) {
  const schema = /** @type {Json} */ (Object.values(content)[0]).schema;
  const whole = schema.allOf?.[0] ?? schema;
  return whole.$ref ? typeOf(whole) : Object.keys(content).join(", ");
}

/** @param {Json} headers */
function headerNames(headers) {
  return h("span.quiet", null, `Headers: ${Object.keys(headers).join(", ")}.`);
}

/** @param {[name: string, schema: Json]} shape */
function shapeItem([name, schema]) {
  return h(
    "details.item",
    { id: `shape-${name}` },
    h("summary", null, h("b", null, name), h("span.quiet", null, rich(schema.description ?? ""))),
    h("div", null, schema.properties ? fieldTable(schema) : h("p", null, typeOf(schema))),
  );
}

/** @param {Json} schema */
function fieldTable(schema) {
  return table(
    ["Field", "Type", "What it is"],
    Object.entries(schema.properties).map(([name, field]) => [
      nameOf(name, schema.required?.includes(name)),
      typeOf(field),
      [
        // What may be null says what it is in its other form.
        rich(field.description ?? field.anyOf?.[0].description ?? ""),
        (field.oneOf ?? []).map((/** @type {Json} */ one) =>
          h("p", null, h("code", null, one.const), ": ", rich(one.description)),
        ),
      ],
    ]),
  );
}

/**
 * @param {string} name
 * @param {boolean} required
 */
function nameOf(name, required) {
  return [h("code", null, name), required && h("span.must", null, "required")];
}

/**
 * The first cell of a row is its head.
 * @param {string[]} heads
 * @param {import("./dom.js").Child[][]} rows
 */
function table(heads, rows) {
  return h(
    "div.scroll",
    { tabindex: "0", role: "group", "aria-label": heads[0] },
    h(
      "table",
      null,
      h("thead", null, h("tr", null, heads.map((head) => h("th", { scope: "col" }, head)))),
      h(
        "tbody",
        null,
        rows.map(([head, ...cells]) =>
          h("tr", null, h("th", { scope: "row" }, head), cells.map((cell) => h("td", null, cell))),
        ),
      ),
    ),
  );
}

/**
 * A schema in words.
 * @param {Json} schema
 * @returns {import("./dom.js").Child}
 */
function typeOf(schema) {
  if (schema.$ref) {
    const name = schema.$ref.split("/").at(-1);
    return h("a", { href: `#shape-${name}` }, name);
  }
  if (schema.enum) return schema.enum.map(separated((value) => h("code", null, value), ", "));
  if (schema.anyOf) return schema.anyOf.map(separated(typeOf, " or "));
  if (schema.type === "array") return ["list of ", typeOf(schema.items ?? {})];
  return [schema.type ?? "any value", limits(schema)];
}

/** @param {Json} schema */
function limits({ format, minimum, maximum, minLength, maxLength, pattern, default: usual }) {
  const said = [
    format,
    minimum !== undefined && `${minimum} to ${maximum}`,
    maxLength !== undefined && `${minLength ?? 0} to ${maxLength} characters`,
    pattern && `like ${pattern}`,
    !["", null, undefined].includes(usual) && `usually ${JSON.stringify(usual)}`,
  ].filter(Boolean);
  return said.length ? h("span.quiet", null, `, ${said.join(", ")}`) : null;
}

/**
 * @param {(one: any) => import("./dom.js").Child} show
 * @param {string} separator
 */
function separated(show, separator) {
  return (/** @type {any} */ value, /** @type {number} */ at) => [at ? separator : null, show(value)];
}

/**
 * @param {Operation} operation
 * @param {Json[]} parameters
 */
function example(operation, parameters) {
  const text = curl(operation, parameters);
  const button = h("button.small", { type: "button", onclick: copy }, "Copy");
  return h("div.example", null, h("pre", { tabindex: "0" }, h("code", null, text)), button);

  async function copy() {
    await navigator.clipboard.writeText(text);
    fill(button, "Copied");
  }
}

/**
 * @param {Operation} operation
 * @param {Json[]} parameters
 */
function curl({ method, path, about }, parameters) {
  const url = new URL(root, location.href).href.replace(/\/$/, "") + filledPath(path);
  const query = parameters
    .filter((one) => one.in === "query" && (one.required || one.schema.examples))
    .map((one) => `${one.name}=${encodeURIComponent(one.schema.examples?.[0] ?? "…")}`);
  const parts = [
    `curl${method === "get" ? "" : ` -X ${method.toUpperCase()}`} ${quoted(query.length ? `${url}?${query.join("&")}` : url)}`,
    ...(about["x-roles"] ? identity(about["x-roles"]) : []),
    ...parameters
      .filter((one) => one.in === "header" && one.required)
      .map((one) => `-H ${quoted(`${one.name}: *`)}`),
  ];
  if (about.requestBody) parts.push(...bodyOptions(about.requestBody.content));
  return parts.join(" \\\n     ");
}

/** @param {Json} content */
function bodyOptions(content) {
  const shape = content[JSON_TYPE]?.schema;
  return shape
    ? [`-H 'Content-Type: ${JSON_TYPE}'`, `-d ${quoted(JSON.stringify(exampleOf(shape)))}`]
    : [`-H 'Content-Type: ${Object.keys(content)[0]}'`, "--data-binary @FILE"];
}

/** @param {string} path */
function filledPath(path) {
  return path.replace(/\{(\w+)\}/g, (_, name) => name.toUpperCase());
}

/**
 * Whoever the page at / knows, in a role that may do it.
 * @param {string[]} roles
 */
function identity(roles) {
  if (usesToken) return ['-H "Authorization: Bearer $TOKEN"'];
  const caller = currentCaller();
  const role = caller && roles.includes(caller.role) ? caller.role : roles[0];
  const actor = encodeURIComponent(caller?.actor ?? "ann");
  return [`-H 'X-Role: ${role}'`, `-H ${quoted(`X-Actor: ${actor}`)}`];
}

/** @param {string} text */
function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * A value that the schema allows.
 * @param {Json} schema
 * @returns {any}
 */
function exampleOf(schema) {
  if (schema.$ref) return exampleOf(resolved(schema));
  if (schema.examples) return schema.examples[0];
  if (schema.anyOf) return exampleOf(schema.anyOf[0]);
  if (schema.type !== "object") return "…";
  const fields = Object.entries(schema.properties ?? {});
  return Object.fromEntries(
    fields
      .filter(([name, field]) => schema.required?.includes(name) || hasExample(field))
      .map(([name, field]) => [name, exampleOf(field)]),
  );
}

/** @param {Json} schema */
function hasExample(schema) {
  return Boolean(schema.examples ?? schema.anyOf?.[0].examples);
}

/**
 * What a reference stands for.
 * @param {Json} part
 * @returns {Json}
 */
function resolved(part) {
  if (!part.$ref) return part;
  const steps = part.$ref.slice(2).split("/");
  return steps.reduce((/** @type {any} */ at, /** @type {string} */ step) => at[step], api);
}

/**
 * Paragraphs and lists of a text in Markdown.
 * @param {string} text
 */
function paragraphs(text) {
  return text
    .trim()
    .split("\n\n")
    .map((part) =>
      part.startsWith("- ")
        ? h(
            "ul",
            null,
            part
              .slice(2)
              .split("\n- ")
              .map((line) => h("li", null, rich(line))),
          )
        : h("p", null, rich(part)),
    );
}

/**
 * Text with `code` in it.
 * @param {string} text
 */
function rich(text) {
  return text.split("`").map((part, at) => (at % 2 ? h("code", null, part) : part));
}

/** @param {string} text */
function sentence(text) {
  return text[0].toUpperCase() + text.slice(1);
}
