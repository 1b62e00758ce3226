// Strict reading and canonical writing of messages. No package; `runtime.py` is its twin, line by line.
//
// Reading parses the whole document, then checks the value; writing checks the value, then encodes it. Whatever is
// wrong first is the only thing reported, and both languages look in the same order, so they report the same code and
// pointer. A plain object is a Map here, so that no member name can be special.

import { createHash } from "node:crypto";

export const MAX_BYTES = 1_048_576;
export const MAX_DEPTH = 32;
const MAX_INTEGER = Number.MAX_SAFE_INTEGER;

/** The bytes or the value are no such message; `code` is one of runtime.py's CODES, `pointer` an RFC 6901 pointer. */
export class MessageError extends Error {
  constructor(code, pointer, detail = "") {
    super(`${pointer || "the message"}: ${code}${detail && ` (${detail})`}`);
    this.name = "MessageError";
    this.code = code;
    this.pointer = pointer;
  }
}

/** A number as it was spelled, so that its reader can see a fraction, a sign, or too many digits. */
class NumberText {
  constructor(text) {
    this.text = text;
  }
}

// Parsing

const SPACE = /[ \t\n\r]*/y;
const STRING = /"([^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})[^"\\\x00-\x1f]*)*)"/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WORDS = [["true", true], ["false", false], ["null", null]];
// Under the flag u, a pair is one code point and only a lone surrogate is left to match.
const SURROGATE = /[\ud800-\udfff]/u;

/** @param {Uint8Array} data @returns {unknown} the JSON value; numbers stay NumberText, objects are Maps */
export function parse(data) {
  if (data.length > MAX_BYTES) throw new MessageError("too_large", "", `more than ${MAX_BYTES} bytes`);
  if (data[0] === 0xef && data[1] === 0xbb && data[2] === 0xbf) throw new MessageError("bom", "");
  const text = decode(data);
  const [value, end] = parseValue(text, skip(text, 0), "", 1);
  if (skip(text, end) !== text.length) throw new MessageError("syntax", "", `more text at character ${end}`);
  return value;
}

function decode(data) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
  } catch {
    throw new MessageError("utf8", "");
  }
}

function match(pattern, text, at) {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function skip(text, at) {
  match(SPACE, text, at);
  return SPACE.lastIndex;
}

function parseValue(text, at, pointer, depth) {
  const first = text[at];
  if (first === '"') return parseString(text, at, pointer);
  if (first === "{" || first === "[") {
    if (depth > MAX_DEPTH) throw new MessageError("too_deep", pointer, `more than ${MAX_DEPTH} levels`);
    return (first === "{" ? parseObject : parseArray)(text, at, pointer, depth);
  }
  const number = match(NUMBER, text, at);
  if (number) return [new NumberText(number[0]), NUMBER.lastIndex];
  for (const [word, value] of WORDS) {
    if (text.startsWith(word, at)) return [value, at + word.length];
  }
  throw syntax(pointer, at);
}

function parseObject(text, at, pointer, depth) {
  const members = new Map();
  at = skip(text, at + 1);
  if (text[at] === "}") return [members, at + 1];
  for (;;) {
    if (text[at] !== '"') throw syntax(pointer, at);
    const [name, afterName] = parseString(text, at, pointer);
    const inner = child(pointer, name);
    if (members.has(name)) throw new MessageError("duplicate_key", inner);
    at = skip(text, afterName);
    if (text[at] !== ":") throw syntax(pointer, at);
    const [value, afterValue] = parseValue(text, skip(text, at + 1), inner, depth + 1);
    members.set(name, value);
    at = skip(text, afterValue);
    if (text[at] === "}") return [members, at + 1];
    if (text[at] !== ",") throw syntax(pointer, at);
    at = skip(text, at + 1);
  }
}

function parseArray(text, at, pointer, depth) {
  const values = [];
  at = skip(text, at + 1);
  if (text[at] === "]") return [values, at + 1];
  for (;;) {
    const [value, afterValue] = parseValue(text, at, `${pointer}/${values.length}`, depth + 1);
    values.push(value);
    at = skip(text, afterValue);
    if (text[at] === "]") return [values, at + 1];
    if (text[at] !== ",") throw syntax(pointer, at);
    at = skip(text, at + 1);
  }
}

function parseString(text, at, pointer) {
  const found = match(STRING, text, at);
  if (!found) throw syntax(pointer, at);
  const end = STRING.lastIndex;
  if (!found[1].includes("\\")) return [found[1], end];
  const value = JSON.parse(found[0]);
  if (SURROGATE.test(value)) throw new MessageError("surrogate", pointer);
  return [value, end];
}

function syntax(pointer, at) {
  return new MessageError("syntax", pointer, `character ${at}`);
}

function child(pointer, name) {
  return `${pointer}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

// Encoding (RFC 8785)

/** @param {unknown} value of Maps, arrays, strings, numbers, booleans and null @returns {Uint8Array} RFC 8785 bytes */
export function canonical(value) {
  return new TextEncoder().encode(encode(value, ""));
}

function encode(value, at) {
  if (typeof value === "string") return encodeString(value, at);
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") return numberText(value, at);
  if (value instanceof Map) {
    // Without a comparison, sort() goes by UTF-16 code units, as RFC 8785 section 3.2.3 wants.
    const names = [...value.keys()].sort();
    return `{${names.map((k) => `${encodeString(k, at)}:${encode(value.get(k), child(at, k))}`).join(",")}}`;
  }
  if (Array.isArray(value)) return `[${value.map((item, index) => encode(item, `${at}/${index}`)).join(",")}]`;
  throw new MessageError("type", at, typeof value);
}

function encodeString(value, at) {
  if (SURROGATE.test(value)) throw new MessageError("surrogate", at);
  return JSON.stringify(value);
}

/** @param {number} value @param {string} at @returns {string} as RFC 8785 section 3.2.2.3 spells it */
export function numberText(value, at = "") {
  if (!Number.isFinite(value)) throw new MessageError("number_range", at);
  return String(value === 0 ? 0 : value);
}

// Codecs: `read(plain, pointer)` checks and returns the typed value; `plain(typed, pointer)` goes back, unchecked

const asIs = (value) => value;

function check(good, code, at, detail = "") {
  if (!good) throw new MessageError(code, at, detail);
}

export const required = (name, codec) => ({ name, required: true, codec });

/** A member that may be absent: undefined in JavaScript, never null in JSON. */
export const optional = (name, codec) => ({ name, required: false, codec });

/** An object of known members; `fields` stand in the order of RFC 8785. */
export function record(...fields) {
  const known = new Set(fields.map((field) => field.name));
  const refuseUnknown = (names, at) => {
    const unknown = names.filter((name) => !known.has(name)).sort();
    if (unknown.length) throw new MessageError("additionalProperties", child(at, unknown[0]));
  };
  return {
    read(value, at) {
      check(value instanceof Map, "type", at, "no object");
      refuseUnknown([...value.keys()], at);
      for (const field of fields) {
        if (field.required && !value.has(field.name)) throw new MessageError("required", `${at}/${field.name}`);
      }
      const present = fields.filter(({ name }) => value.has(name));
      return Object.freeze(
        Object.fromEntries(present.map(({ name, codec }) => [name, codec.read(value.get(name), `${at}/${name}`)])),
      );
    },
    plain(message, at) {
      check(isRecord(message), "type", at, "no object");
      refuseUnknown(Object.keys(message), at);
      // Own members only: every object inherits a `constructor`.
      const present = fields.filter(({ name }) => Object.hasOwn(message, name) && message[name] !== undefined);
      return new Map(present.map(({ name, codec }) => [name, codec.plain(message[name], `${at}/${name}`)]));
    },
  };
}

function isRecord(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Map);
}

/** An object whose members' names are data: a Map in JavaScript. */
export function table(key, value, least, most) {
  return {
    read(members, at) {
      check(members instanceof Map, "type", at, "no object");
      check(members.size >= least, "minProperties", at);
      check(most === null || members.size <= most, "maxProperties", at);
      const names = [...members.keys()].sort();
      for (const name of names) {
        try {
          key.read(name, at);
        } catch (error) {
          if (!(error instanceof MessageError)) throw error;
          throw new MessageError("propertyNames", child(at, name), error.code);
        }
      }
      return new Map(names.map((name) => [name, value.read(members.get(name), child(at, name))]));
    },
    plain(members, at) {
      check(members instanceof Map, "type", at, "no Map");
      for (const name of members.keys()) {
        check(typeof name === "string", "type", at, "a name that is no string");
        check(!SURROGATE.test(name), "surrogate", at);
      }
      return new Map([...members].map(([name, item]) => [name, value.plain(item, child(at, name))]));
    },
  };
}

/** An array. */
export function items(item, least, most) {
  return {
    read(values, at) {
      check(Array.isArray(values), "type", at, "no array");
      check(values.length >= least, "minItems", at);
      check(most === null || values.length <= most, "maxItems", at);
      return Object.freeze(values.map((value, index) => item.read(value, `${at}/${index}`)));
    },
    plain(values, at) {
      check(Array.isArray(values), "type", at, "no array");
      // Unlike map, from does not skip the holes of a sparse array.
      return Array.from(values, (value, index) => item.plain(value, `${at}/${index}`));
    },
  };
}

/** A string; lengths are in code points. */
export function text(least = 0, most = null, pattern = null) {
  return {
    read(value, at) {
      checkString(value, at);
      const length = codePoints(value);
      check(length >= least, "minLength", at);
      check(most === null || length <= most, "maxLength", at);
      check(pattern === null || pattern.test(value), "pattern", at);
      return value;
    },
    plain: asIs,
  };
}

function checkString(value, at) {
  check(typeof value === "string", "type", at, "no string");
  check(!SURROGATE.test(value), "surrogate", at);
}

function codePoints(value) {
  let count = 0;
  for (const _ of value) count += 1;
  return count;
}

/** One of some strings. */
export function choice(...values) {
  return {
    read(value, at) {
      checkString(value, at);
      check(values.includes(value), "enum", at);
      return value;
    },
    plain: asIs,
  };
}

/** One value only, of the kind that `codec` reads. */
export function constant(codec, expected) {
  return {
    read(value, at) {
      check(codec.read(value, at) === expected, "const", at);
      return expected;
    },
    plain: asIs,
  };
}

export function boolean() {
  return {
    read(value, at) {
      check(typeof value === "boolean", "type", at, "no boolean");
      return value;
    },
    plain: asIs,
  };
}

/** Spelled without fraction and exponent, and within 2**53 - 1. */
export function integer(minimum = null, maximum = null) {
  return {
    read(value, at) {
      const whole = readInteger(value, at);
      check(minimum === null || whole >= minimum, "minimum", at);
      check(maximum === null || whole <= maximum, "maximum", at);
      return whole;
    },
    plain: asIs,
  };
}

function readInteger(value, at) {
  if (value instanceof NumberText) {
    check(/^-?[0-9]+$/.test(value.text), "integer_form", at, value.text);
    check(value.text !== "-0", "negative_zero", at);
    value = Number(value.text);
  }
  check(typeof value === "number", "type", at, "no integer");
  check(Math.abs(value) <= MAX_INTEGER, "number_range", at, String(value));
  check(Number.isInteger(value), "integer_form", at, String(value));
  check(!Object.is(value, -0), "negative_zero", at);
  return value;
}

/** A double within 2**53 - 1: all those beyond are integers, and would have been rounded without a word. */
export function number(minimum = null, maximum = null) {
  return {
    read(value, at) {
      const double = readNumber(value, at);
      check(minimum === null || double >= minimum, "minimum", at);
      check(maximum === null || double <= maximum, "maximum", at);
      return double;
    },
    plain: asIs,
  };
}

function readNumber(value, at) {
  if (value instanceof NumberText) {
    const spelled = value.text;
    value = Number(spelled);
    const vanished = value === 0 && /[1-9]/.test(spelled.split(/[eE]/)[0]);
    check(!vanished, "number_range", at, spelled);
  }
  check(typeof value === "number", "type", at, "no number");
  check(Math.abs(value) <= MAX_INTEGER, "number_range", at, String(value));
  check(!Object.is(value, -0), "negative_zero", at);
  return value;
}

// Formats: strings with one spelling for each value

const INT64 = /^(?:0|-?[1-9][0-9]{0,18})$/;
const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const DECIMAL = /^-?(?:0|[1-9][0-9]{0,27})(?:\.[0-9]{0,17}[1-9])?$/;
const DATE = /^([0-9]{4})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$/;
const TIME = /^(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{0,8}[1-9])?Z$/;
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const isInt64 = (value) => value >= INT64_MIN && value <= INT64_MAX;

/** `int64-string`: decimal digits within 64 bits; a bigint in JavaScript, an int in Python. */
export function int64() {
  return {
    read(value, at) {
      checkString(value, at);
      check(INT64.test(value) && isInt64(BigInt(value)), "format", at, "int64-string");
      return BigInt(value);
    },
    plain(value, at) {
      check(typeof value === "bigint", "type", at, "no bigint");
      check(isInt64(value), "format", at, "int64-string");
      return String(value);
    },
  };
}

/** `decimal-string`: at most 28 digits before and 18 after the point; no exponent, no zero that says nothing. */
export function decimal() {
  return {
    read(value, at) {
      checkString(value, at);
      check(DECIMAL.test(value) && value !== "-0", "format", at, "decimal-string");
      return value;
    },
    plain: asIs,
  };
}

/** `utc-timestamp`: RFC 3339 with a Z and up to nine digits of a second; no leap second. */
export function timestamp() {
  return {
    read(value, at) {
      checkString(value, at);
      const split = value.indexOf("T");
      const good = split >= 0 && isDate(value.slice(0, split)) && TIME.test(value.slice(split + 1));
      check(good, "format", at, "utc-timestamp");
      return value;
    },
    plain: asIs,
  };
}

/** `date`: a day of the Gregorian calendar, 0001-01-01 to 9999-12-31. */
export function date() {
  return {
    read(value, at) {
      checkString(value, at);
      check(isDate(value), "format", at, "date");
      return value;
    },
    plain: asIs,
  };
}

function isDate(spelled) {
  const found = DATE.exec(spelled);
  if (!found) return false;
  const [year, month, day] = found.slice(1).map(Number);
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return year > 0 && day <= DAYS[month - 1] + (leap ? 1 : 0);
}

// What the generated modules call

/** Return the message in `data`, or throw MessageError. */
export const read = (codec, data) => codec.read(parse(data), "");

/** Return the canonical bytes of `message`, or throw MessageError. */
export function write(codec, message) {
  const plain = codec.plain(message, "");
  codec.read(plain, "");
  const data = canonical(plain);
  check(data.length <= MAX_BYTES, "too_large", "");
  return data;
}

/** Return the SHA-256 of the canonical bytes, in hexadecimal. */
export const digest = (codec, message) => createHash("sha256").update(write(codec, message)).digest("hex");
