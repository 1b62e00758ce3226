# Part of gates.rego: is the document one that can be judged? Each key that is missing, or of another kind, is named.
package dynamic.gates

import rego.v1

kinds := {
	"document": {
		"schema": ["string"],
		"today": ["string"],
		"author": ["string"],
		"approvals": ["array"],
		"only": ["null", "array"],
		"gates": ["array"],
		"findings": ["array"],
		"waivers": ["array"],
		"change": ["object"],
		"risk": ["null", "object"],
	},
	"gate": {"name": ["string"], "outcome": ["string"], "reason": ["string"]},
	"finding": {
		"gate": ["string"],
		"rule": ["string"],
		"severity": ["string"],
		"message": ["string"],
		"fix": ["string"],
		"path": ["string"],
		"line": ["number"],
		"package": ["null", "object"],
		"fixed_in": ["null", "string"],
		"fingerprint": ["string"],
		"owner": ["string"],
		"new": ["boolean"],
		"waiver": ["null", "object"],
	},
	"package": {"ecosystem": ["string"], "name": ["string"], "version": ["string"]},
	"cover": {"reason": ["string"], "owner": ["string"], "expires": ["string"]},
	"waiver": {
		"fingerprint": ["string"],
		"reason": ["string"],
		"owner": ["string"],
		"expires": ["string"],
		"expired": ["boolean"],
		"used": ["boolean"],
	},
	"change": {"everything": ["boolean"], "base": ["string"], "files": ["array"]},
	"risk": {"score": ["number"]},
	"settings": {
		"block_at": ["string"],
		"kinds": ["object"],
		"vulnerability_block_at": ["string"],
		"waiver_days": ["number"],
		"must_pass": ["array"],
		"required": ["object"],
		"risk": ["array"],
	},
	"sorts": {"secret": ["object"], "vulnerability": ["object"], "licence": ["object"]},
	"sort": {"gates": ["array"], "rules": ["array"], "except": ["array"]},
	"files": {"starts": ["array"], "has": ["array"], "ends": ["array"]},
	"step": {"from": ["number"], "approvals": ["number"]},
}

# Keys of which only some words are known, by the row of what holds them.
known_words := {
	"document": {"schema": ["dynamic.gates/1"]},
	"gate": {"outcome": ["passed", "failed", "undecided", "skipped"]},
	"finding": {"severity": object.keys(rank)},
	"settings": {"block_at": object.keys(rank), "vulnerability_block_at": object.keys(rank)},
}

# Keys that hold a list of texts, and keys that hold a day.
texts := {
	"document": ["approvals", "only"],
	"change": ["files"],
	"settings": ["must_pass"],
	"sort": ["gates", "rules", "except"],
	"files": ["starts", "has", "ends"],
}

days := {"document": ["today"], "cover": ["expires"], "waiver": ["expires"]}

rank := {"critical": 0, "high": 1, "medium": 2, "low": 3, "info": 4}

# A negated call is given plain variables only: OPA takes `not is(input, ...)` of a missing `input.x.y` for undefined.
has(holder, key) if type_name(holder[key])

is(holder, key, kind) if type_name(holder[key]) == kind

# A list or an object; nothing where the key holds something else, which `malformed` then says.
list(holder, key) := holder[key] if is(holder, key, "array")

object_of(holder, key) := holder[key] if is(holder, key, "object")

all_gates := list(input, "gates")

all_findings := list(input, "findings")

all_waivers := list(input, "waivers")

default settings := {}

settings := data.gates if type_name(data.gates) == "object"

# What has keys that must be there: its path, itself, and its row in `kinds`.
holders contains ["", input, "document"]

holders contains ["change.", input.change, "change"] if is(input, "change", "object")

holders contains ["risk.", input.risk, "risk"] if is(input, "risk", "object")

holders contains [sprintf("gates[%d].", [i]), gate, "gate"] if some i, gate in all_gates

holders contains [sprintf("findings[%d].", [i]), found, "finding"] if some i, found in all_findings

holders contains [sprintf("findings[%d].package.", [i]), found["package"], "package"] if {
	some i, found in all_findings
	is(found, "package", "object")
}

holders contains [sprintf("findings[%d].waiver.", [i]), found.waiver, "cover"] if {
	some i, found in all_findings
	is(found, "waiver", "object")
}

holders contains [sprintf("waivers[%d].", [i]), waiver, "waiver"] if some i, waiver in all_waivers

holders contains ["data.gates.", settings, "settings"]

holders contains ["data.gates.kinds.", settings.kinds, "sorts"] if is(settings, "kinds", "object")

holders contains [sprintf("data.gates.kinds.%v.", [name]), sort_, "sort"] if {
	some name, sort_ in object_of(settings, "kinds")
}

holders contains [sprintf("data.gates.required.%v.", [name]), files, "files"] if {
	some name, files in object_of(settings, "required")
}

holders contains [sprintf("data.gates.risk[%d].", [i]), step, "step"] if some i, step in list(settings, "risk")

fits(holder, key, wanted_kinds) if type_name(holder[key]) in wanted_kinds

shown(holder, key) := holder[key]

shown(holder, key) := null if not has(holder, key)

state(holder, key) := sprintf("is of the kind %v", [type_name(holder[key])])

state(holder, key) := "is missing" if not has(holder, key)

faults contains {
	"rule": "malformed",
	"path": concat("", [path, key]),
	"value": shown(holder, key),
	"message": sprintf("%v%v %v and must be %v", [path, key, state(holder, key), concat(" or ", wanted_kinds)]),
	"fix": "build the document with ./dynamic gate run --json, and see the head of gates.rego",
} if {
	some [path, holder, row] in holders
	some key, wanted_kinds in kinds[row]
	not fits(holder, key, wanted_kinds)
}

faults contains {
	"rule": "entry_not_text",
	"path": sprintf("%v%v[%d]", [path, key, i]),
	"value": entry,
	"message": sprintf("%v%v[%d] is of the kind %v and must be text", [path, key, i, type_name(entry)]),
	"fix": "write it as text",
} if {
	some [path, holder, row] in holders
	some key in texts[row]
	some i, entry in list(holder, key)
	type_name(entry) != "string"
}

faults contains {
	"rule": "unknown_word",
	"path": concat("", [path, key]),
	"value": holder[key],
	"message": sprintf("%v%v is a word that this policy does not know", [path, key]),
	"fix": sprintf("use one of %v", [concat(", ", sort(known))]),
} if {
	some [path, holder, row] in holders
	some key, known in known_words[row]
	is(holder, key, "string")
	not fits_word(holder, key, known)
}

fits_word(holder, key, known) if holder[key] in known

# A day that exists, of this century: the engines read other texts each in its way.
is_day(date) if regex.match(`^20[0-9][0-9]-(01|03|05|07|08|10|12)-(0[1-9]|[12][0-9]|3[01])$`, date)

is_day(date) if regex.match(`^20[0-9][0-9]-(04|06|09|11)-(0[1-9]|[12][0-9]|30)$`, date)

is_day(date) if regex.match(`^20[0-9][0-9]-02-(0[1-9]|1[0-9]|2[0-8])$`, date)

is_day(date) if regex.match(`^20([02468][048]|[13579][26])-02-29$`, date)

faults contains {
	"rule": "no_date",
	"path": concat("", [path, key]),
	"value": date,
	"message": sprintf("%v%v is no day of the years 2000 to 2099", [path, key]),
	"fix": "write it as YYYY-MM-DD",
} if {
	some [path, holder, row] in holders
	some key in days[row]
	is(holder, key, "string")
	date := holder[key]
	not is_day(date)
}

# A person, as the manifest has them: in another spelling an author would pass for somebody else than who approves.
is_handle(person) if regex.match(`^[a-z0-9](-?[a-z0-9]){0,38}$`, person)

people_named contains ["author", input.author] if {
	is(input, "author", "string")
	input.author != ""
}

people_named contains [sprintf("approvals[%d]", [i]), person] if {
	some i, person in list(input, "approvals")
	type_name(person) == "string"
}

faults contains {
	"rule": "no_handle",
	"path": path,
	"value": person,
	"message": sprintf("%v is no handle, so that nobody can tell whose it is", [path]),
	"fix": "write it in lower case and without @, as the roles of the manifest have it",
} if {
	some [path, person] in people_named
	not is_handle(person)
}

sound if count(faults) == 0

deny contains fault if some fault in faults
