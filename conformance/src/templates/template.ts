// Random prompt templates from a grammar: text, expressions, filters, tests, loops, conditions, macros, assignments, raw
// blocks, comments, whitespace control and undefined names, in any nesting. Some are wrong on purpose.

import fc from "fast-check"

export interface TemplateCase {
  readonly name: string
  readonly template: string
  readonly inputs: Readonly<Record<string, unknown>>
}

const SEED = 20_261_126
const COUNT = 640

const INPUTS: Readonly<Record<string, unknown>> = {
  name: "Ada Lovelace",
  n: 3,
  f: 2.5,
  flag: true,
  nothing: null,
  text: "one\ntwo <b> & 'three'\n",
  words: ["pear", "fig", "apple", "fig"],
  numbers: [3, 1, 2],
  rows: [
    { id: 2, name: "b", tags: ["x", "y"] },
    { id: 1, name: "a", tags: [] }
  ],
  user: { name: "Bob", age: 42, "last name": "Dole", address: { city: "Köln" } },
  empty: []
}

/** The same ones every time, each template once. */
export function templateCases(): readonly TemplateCase[] {
  const templates = fc.sample(templateArbitrary(), { numRuns: COUNT, seed: SEED })
  return [...new Set(templates)].map((template, at) => ({ name: `grammar ${at + 1}`, template, inputs: INPUTS }))
}

type Text = fc.Arbitrary<string>

const SCALARS = ["name", "n", "f", "flag", "nothing", "text", "user.name", "user['last name']", "user.address.city"]
const LISTS = [
  "words",
  "numbers",
  "rows",
  "empty",
  "rows[0].tags",
  "name.split()",
  "range(n)",
  "[1, 'a', none]",
  "user"
]
const MISSING = ["missing", "user.missing", "missing.deeper", "rows[7]", "words[9]"]
const LITERALS = ["1", "-2", "1.5", "'lit'", '"q"', "true", "none", "[]", "{'k': 1}", "(1, 2)"]

const FILTERS_OF_ANY = [
  "default('d')",
  "default('d', true)",
  "string",
  "length",
  "upper",
  "lower",
  "title",
  "capitalize",
  "trim",
  "replace('a', 'o')",
  "tojson",
  "list",
  "int",
  "float",
  "e",
  "wordcount",
  "indent(2)",
  "truncate(6)",
  "center(9)",
  "first",
  "last",
  "reverse",
  "pprint"
]
const FILTERS_OF_LISTS = [
  "join(', ')",
  "sort",
  "sort(reverse=true)",
  "unique",
  "length",
  "first",
  "last",
  "reverse | list",
  "batch(2) | list",
  "slice(2) | list",
  "sum",
  "min",
  "max",
  "map('upper') | join('|')",
  "select('odd') | list",
  "reject('none') | list",
  "map(attribute='name') | join(',')",
  "selectattr('id', 'gt', 1) | list | length",
  "groupby('id') | list | length",
  "tojson"
]
const TESTS = [
  "defined",
  "undefined",
  "none",
  "string",
  "number",
  "mapping",
  "sequence",
  "odd",
  "even",
  "iterable",
  "sameas none"
]
const METHODS = [
  "name.upper()",
  "name.split(' ')[0]",
  "name[0:3]",
  "words[-1]",
  "words[1:]",
  "user.items() | list",
  "user.keys() | list",
  "user.get('age', 0)",
  "'%s-%d' % (name, n)",
  "'{} {}'.format(n, f)",
  "name.startswith('A')",
  "words.index('fig')",
  "name.replace('a', 'e').title()",
  "text.splitlines()",
  "', '.join(words)"
]

function templateArbitrary(): Text {
  const { template } = fc.letrec<Record<"template" | "statement" | "expression" | "condition", string>>((tie) => {
    const anyOf = (...texts: readonly string[]) => fc.constantFrom(...texts)
    const scalar = anyOf(...SCALARS)
    const list = anyOf(...LISTS)
    const simple = fc.oneof(scalar, scalar, list, anyOf(...LITERALS), anyOf(...MISSING), anyOf(...METHODS))
    const filtered = fc.oneof(
      fc.tuple(simple, anyOf(...FILTERS_OF_ANY)).map(([value, filter]) => `${value} | ${filter}`),
      fc.tuple(list, anyOf(...FILTERS_OF_LISTS)).map(([value, filter]) => `${value} | ${filter}`)
    )
    const operator = anyOf("+", "-", "*", "/", "//", "%", "~", "==", "!=", "<", ">=", "in", "not in", "and", "or")
    const expression = fc.oneof(
      { maxDepth: 3 },
      simple,
      filtered,
      fc.tuple(simple, operator, simple).map(([left, op, right]) => `${left} ${op} ${right}`),
      fc.tuple(tie("expression"), anyOf(...FILTERS_OF_ANY)).map(([value, filter]) => `(${value}) | ${filter}`),
      fc.tuple(simple, tie("condition"), simple).map(([yes, test, no]) => `${yes} if ${test} else ${no}`)
    )
    const condition = fc.oneof(
      simple,
      fc.tuple(simple, anyOf("is", "is not"), anyOf(...TESTS)).map((parts) => parts.join(" ")),
      fc.tuple(simple, anyOf("==", ">", "<", "in"), simple).map((parts) => parts.join(" ")),
      simple.map((value) => `not ${value}`)
    )
    const open = anyOf("{% ", "{% ", "{%- ")
    const shut = anyOf(" %}", " %}", " -%}")
    const tag = (body: Text): Text => fc.tuple(open, body, shut).map((parts) => parts.join(""))
    const word = (text: string): Text => tag(fc.constant(text))
    const join = (...parts: readonly Text[]): Text => fc.tuple(...parts).map((texts) => texts.join(""))
    const loopBody = fc.oneof(
      anyOf(
        "{{ item }}",
        "- {{ loop.index }}/{{ loop.length }}: {{ item }}\n",
        "{{ loop.cycle('a', 'b') }}{% if not loop.last %}, {% endif %}",
        "{{ item.name }}{{ loop.first }}",
        "{{ loop.revindex0 }}{{ loop.previtem }}",
        "{% if loop.changed(item) %}*{% endif %}{{ item }}\n"
      ),
      tie("template")
    )
    const statement = fc.oneof(
      { maxDepth: 4 },
      join(word("set v = 5"), anyOf("{{ v }}", "{{ v + n }}")),
      join(tag(tie("expression").map((value) => `set v = ${value}`)), fc.constant("{{ v }}")),
      join(
        tag(tie("condition").map((test) => `if ${test}`)),
        tie("template"),
        word("else"),
        tie("template"),
        word("endif")
      ),
      join(
        tag(tie("condition").map((test) => `if ${test}`)),
        tie("template"),
        tag(tie("condition").map((test) => `elif ${test}`)),
        tie("template"),
        word("endif")
      ),
      join(tag(list.map((values) => `for item in ${values}`)), loopBody, word("endfor")),
      join(
        tag(list.map((values) => `for item in ${values} if item`)),
        loopBody,
        word("else"),
        fc.constant("none"),
        word("endfor")
      ),
      join(word("for key, value in user.items()"), anyOf("{{ key }}={{ value }};\n"), word("endfor")),
      join(
        word("macro m(a, b='B')"),
        anyOf("[{{ a }}{{ b }}]", "{{ a | upper }}{{ caller() if caller }}", "{{ varargs }}{{ kwargs }}{{ a }}"),
        word("endmacro"),
        anyOf("{{ m(1) }}", "{{ m(name, b=2) }}", "{{ m(1, 2, 3) }}", "{{ m() }}", "{% call m('x') %}body{% endcall %}")
      ),
      join(word("raw"), anyOf("{{ name }} {% if %}"), word("endraw")),
      join(
        tag(anyOf("filter lower", "filter indent(2)", "filter replace('o', '0')")),
        tie("template"),
        word("endfilter")
      ),
      join(word("with q = n"), anyOf("{{ q * 2 }}"), word("endwith")),
      anyOf(
        "{# a comment #}",
        "{#- a comment -#}\n",
        "{% set ns = namespace(c=0) %}{% for i in numbers %}{% set ns.c = ns.c + i %}{% endfor %}{{ ns.c }}",
        "{% block main %}in a block{% endblock %}"
      )
    )
    const output = fc
      .tuple(anyOf("{{ ", "{{ ", "{{- "), tie("expression"), anyOf(" }}", " }}", " -}}"))
      .map((parts) => parts.join(""))
    const plain = anyOf(
      "system:\n",
      "user:\n",
      "Hello ",
      "\n",
      "  \n",
      " and ",
      "é✓ ",
      "a\n\n  b\n",
      "{ not } a tag %} "
    )
    const broken = anyOf(
      "{% if n %}open",
      "{{ name",
      "{% endfor %}",
      "{{ n | nofilter }}",
      "{% nope %}",
      "{{ 1 + }}",
      "{{ n is notest }}"
    )
    const piece = fc.oneof(
      { arbitrary: plain, weight: 5 },
      { arbitrary: output, weight: 6 },
      { arbitrary: tie("statement"), weight: 5 }
    )
    const pieces = fc
      .array(piece, { minLength: 1, maxLength: 4, depthIdentifier: "template" })
      .map((parts) => parts.join(""))
    return {
      expression,
      condition,
      statement,
      template: fc.oneof({ arbitrary: pieces, weight: 40 }, { arbitrary: broken, weight: 1 })
    }
  })
  return template
}
