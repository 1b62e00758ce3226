# Part of gates.rego: which findings block.
package dynamic.gates

import rego.v1

# What may block, by its index: new against the baseline, and not waived.
open_findings := {i: found |
	some i, found in all_findings
	found.new == true
	not covered(found)
}

of_kind(kind, found) if {
	named(kind, found)
	not excepted(kind, found)
}

named(kind, found) if found.gate in settings.kinds[kind].gates

named(kind, found) if {
	some start in settings.kinds[kind].rules
	startswith(found.rule, start)
}

# What a gate says of its own work: that a file was not read.
excepted(kind, found) if found.rule in settings.kinds[kind]["except"]

at_least(found, severity) if rank[found.severity] <= rank[severity]

# A gate that does not say whether there is a fix is taken to have one.
has_fix(found) if found.fixed_in != ""

vulnerable(found) if {
	of_kind("vulnerability", found)
	type_name(found["package"]) == "object"
	has_fix(found)
	at_least(found, settings.vulnerability_block_at)
}

harmless(found) if found.new == false

harmless(found) if covered(found)

harmless(found) if {
	rank[found.severity] > rank[settings.block_at]
	not of_kind("secret", found)
	not of_kind("licence", found)
	not vulnerable(found)
}

deny contains {
	"rule": "severe_finding",
	"path": sprintf("findings[%d].severity", [i]),
	"value": found.severity,
	"message": sprintf("%v: %v (%v)", [found.gate, found.message, found.rule]),
	"fix": found.fix,
} if {
	sound
	some i, found in open_findings
	at_least(found, settings.block_at)
}

deny contains {
	"rule": "new_secret",
	"path": sprintf("findings[%d].rule", [i]),
	"value": found.rule,
	"message": sprintf("what %v finds may be a secret, whatever its severity: %v", [found.gate, found.message]),
	"fix": found.fix,
} if {
	sound
	some i, found in open_findings
	of_kind("secret", found)
}

deny contains {
	"rule": "vulnerable_pin",
	"path": sprintf("findings[%d].package", [i]),
	"value": found["package"],
	"message": sprintf("%v, and nothing says that it has no fix: %v", [found.rule, found.message]),
	"fix": found.fix,
} if {
	sound
	some i, found in open_findings
	vulnerable(found)
}

deny contains {
	"rule": "refused_licence",
	"path": sprintf("findings[%d].rule", [i]),
	"value": found.rule,
	"message": sprintf("a licence that is refused: %v", [found.message]),
	"fix": found.fix,
} if {
	sound
	some i, found in open_findings
	of_kind("licence", found)
}

deny contains {
	"rule": "finding_of_no_gate",
	"path": sprintf("findings[%d].gate", [i]),
	"value": found.gate,
	"message": sprintf("%v is none of the gates that ran", [found.gate]),
	"fix": "build the document with ./dynamic gate run --json",
} if {
	sound
	some i, found in all_findings
	name := found.gate
	not name in ran
}
