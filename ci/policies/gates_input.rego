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
	"sort": {"gates": ["array"], "rules": ["array"]},
	"files": {"starts": ["array"], "ends": ["array"]},
	"step": {"from": ["number"], "approvals": ["number"]},
}

outcomes := {"passed", "failed", "undecided", "skipped"}

rank := {"critical": 0, "high": 1, "medium": 2, "low": 3, "info": 4}

# A list or an object, or an empty one where the key holds something else (which `malformed` then says).
list(holder, key) := holder[key] if type_name(holder[key]) == "array"

list(holder, key) := [] if not type_name(holder[key]) == "array"

object_of(holder, key) := holder[key] if type_name(holder[key]) == "object"

object_of(holder, key) := {} if not type_name(holder[key]) == "object"

all_gates := list(input, "gates")

all_findings := list(input, "findings")

all_waivers := list(input, "waivers")

default settings := {}

settings := data.gates if type_name(data.gates) == "object"

# What has keys that must be there: its path, itself, and its row in `kinds`.
holders contains ["", input, "document"]

holders contains ["change.", input.change, "change"] if type_name(input.change) == "object"

holders contains ["risk.", input.risk, "risk"] if type_name(input.risk) == "object"

holders contains [sprintf("gates[%d].", [i]), gate, "gate"] if some i, gate in all_gates

holders contains [sprintf("findings[%d].", [i]), found, "finding"] if some i, found in all_findings

holders contains [sprintf("findings[%d].package.", [i]), found["package"], "package"] if {
	some i, found in all_findings
	type_name(found["package"]) == "object"
}

holders contains [sprintf("findings[%d].waiver.", [i]), found.waiver, "cover"] if {
	some i, found in all_findings
	type_name(found.waiver) == "object"
}

holders contains [sprintf("waivers[%d].", [i]), waiver, "waiver"] if some i, waiver in all_waivers

holders contains ["data.gates.", settings, "settings"]

holders contains ["data.gates.kinds.", settings.kinds, "sorts"] if type_name(settings.kinds) == "object"

holders contains [sprintf("data.gates.kinds.%v.", [name]), sort_, "sort"] if {
	some name, sort_ in object_of(settings, "kinds")
}

holders contains [sprintf("data.gates.required.%v.", [name]), files, "files"] if {
	some name, files in object_of(settings, "required")
}

holders contains [sprintf("data.gates.risk[%d].", [i]), step, "step"] if some i, step in list(settings, "risk")

fits(holder, key, wanted_kinds) if type_name(holder[key]) in wanted_kinds

shown(holder, key) := holder[key]

shown(holder, key) := null if not type_name(holder[key])

state(holder, key) := sprintf("is of the kind %v", [type_name(holder[key])])

state(holder, key) := "is missing" if not type_name(holder[key])

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

# Lists of which each entry must be text.
texts contains ["approvals", list(input, "approvals")]

texts contains ["only", list(input, "only")]

texts contains ["change.files", list(object_of(input, "change"), "files")]

texts contains ["data.gates.must_pass", list(settings, "must_pass")]

texts contains [sprintf("data.gates.kinds.%v.%v", [name, key]), list(sort_, key)] if {
	some name, sort_ in object_of(settings, "kinds")
	some key in ["gates", "rules"]
}

texts contains [sprintf("data.gates.required.%v.%v", [name, key]), list(files, key)] if {
	some name, files in object_of(settings, "required")
	some key in ["starts", "ends"]
}

faults contains {
	"rule": "entry_not_text",
	"path": sprintf("%v[%d]", [path, i]),
	"value": entry,
	"message": sprintf("%v[%d] is of the kind %v and must be text", [path, i, type_name(entry)]),
	"fix": "write it as text",
} if {
	some [path, entries] in texts
	some i, entry in entries
	type_name(entry) != "string"
}

# Words of which only some are known.
words contains ["schema", input.schema, {"dynamic.gates/1"}]

words contains [sprintf("gates[%d].outcome", [i]), gate.outcome, outcomes] if some i, gate in all_gates

words contains [sprintf("findings[%d].severity", [i]), found.severity, object.keys(rank)] if {
	some i, found in all_findings
}

words contains [sprintf("data.gates.%v", [key]), object.get(settings, key, null), object.keys(rank)] if {
	some key in ["block_at", "vulnerability_block_at"]
}

faults contains {
	"rule": "unknown_word",
	"path": path,
	"value": word,
	"message": sprintf("%v is a word that this policy does not know", [path]),
	"fix": sprintf("use one of %v", [concat(", ", sort(known))]),
} if {
	some [path, word, known] in words
	type_name(word) == "string"
	not word in known
}

# A day that exists, of this century: the engines read other texts each in its way.
is_day(date) if regex.match(`^20[0-9][0-9]-(01|03|05|07|08|10|12)-(0[1-9]|[12][0-9]|3[01])$`, date)

is_day(date) if regex.match(`^20[0-9][0-9]-(04|06|09|11)-(0[1-9]|[12][0-9]|30)$`, date)

is_day(date) if regex.match(`^20[0-9][0-9]-02-(0[1-9]|1[0-9]|2[0-8])$`, date)

is_day(date) if regex.match(`^20([02468][048]|[13579][26])-02-29$`, date)

dates contains ["today", input.today]

dates contains [sprintf("findings[%d].waiver.expires", [i]), found.waiver.expires] if {
	some i, found in all_findings
}

dates contains [sprintf("waivers[%d].expires", [i]), waiver.expires] if some i, waiver in all_waivers

faults contains {
	"rule": "no_date",
	"path": path,
	"value": date,
	"message": sprintf("%v is no day of the years 2000 to 2099", [path]),
	"fix": "write it as YYYY-MM-DD",
} if {
	some [path, date] in dates
	type_name(date) == "string"
	not is_day(date)
}

sound if count(faults) == 0

deny contains fault if some fault in faults
